/* The console's view of the media engine. */
#include <stdio.h>
#include <string.h>

#include "core/media/address.h"
#include "core/media/engine.h"
#include "core/media/ice_stream.h"
#include "core/media/media.h"
#include "core/media/port.h"
#include "core/media/rtp_config.h"
#include "core/media/setup.h"
#include "core/media/stream.h"

static void print_known(char out[RD__ADDRESS_TEXT], const struct rd__address *address)
{
	if (address->size)
		rd__address_print(address, out);
	else
		rd_strcpy(out, RD__ADDRESS_TEXT, "-");
}

static void print_address(char out[RD__ADDRESS_TEXT], const struct sockaddr_storage *storage)
{
	struct rd__address address;

	rd__address_set(&address, storage);
	print_known(out, &address);
}

static const char *codec_name(const struct rd_stream *stream)
{
	const struct rd_stream_format *format = rd__sent_format(stream->setup);

	return format ? format->codec->name : "-";
}

static const char *mos(int hundredths, char *out, size_t size)
{
	if (!hundredths)
		return "-";
	snprintf(out, size, "%.2f", hundredths / 100.0);
	return out;
}

static void show_stream(struct rd_cli *cli, const struct rd_stream *stream)
{
	struct sockaddr_storage own;
	struct rd__address far;
	char local[RD__ADDRESS_TEXT], remote[RD__ADDRESS_TEXT], heard[8], told[8];
	struct rd_stream_stats stats;

	rd_stream_stats(stream, &stats);
	rd_stream_local(stream, &own);
	print_address(local, &own);
	rd__stream_remote(stream, &far);
	print_known(remote, &far);
	rd_cli_print(cli,
		     "%-22s %-22s %-6s %-9s %8llu %8llu %6u %6u %7.1f %7.1f %7.1f %6u"
		     " %7u %5s %6s\n",
		     local, remote, codec_name(stream),
		     rd__link_way_name(rd__stream_way(stream)),
		     (unsigned long long)stats.rx_packets, (unsigned long long)stats.tx_packets,
		     stats.rx_lost, stats.far_lost, stats.rx_jitter_us / 1000.0,
		     stats.far_jitter_us / 1000.0, stats.round_trip_us / 1000.0,
		     stats.rx_stranger, stats.rx_refused, mos(stats.rx_mos, heard, sizeof(heard)),
		     mos(stats.tx_mos, told, sizeof(told)));
}

static int show_streams(struct rd_cli *cli, int argc, const char *const *argv)
{
	int count = 0;

	(void)argc;
	(void)argv;
	rd_cli_print(cli,
		     "%-22s %-22s %-6s %-9s %8s %8s %6s %6s %7s %7s %7s %6s %7s %5s %6s\n",
		     "Local", "Remote", "Codec", "Way", "In", "Out", "Lost", "FarLost", "Jitter",
		     "FarJit", "Trip", "Alien", "Refused", "MOS", "FarMOS");
	if (rd__media_running()) {
		rd_list_foreach(node, tmp, rd__streams()) {
			show_stream(cli, rd_list_entry(node, struct rd_stream, all));
			count++;
		}
	}
	rd_cli_print(cli, "%d streams, %d port pairs in use; times in ms\n", count,
		     rd__ports_used());
	return 0;
}

static void show_pair(struct rd_cli *cli, const struct rd_stream *stream)
{
	struct rd_ice_candidate ours, theirs;
	char local[RD__ADDRESS_TEXT], remote[RD__ADDRESS_TEXT];

	if (!rd_stream_ice_selected(stream, 1, &ours, &theirs)) {
		rd_cli_print(cli, "-\n");
		return;
	}
	print_address(local, &ours.address);
	print_address(remote, &theirs.address);
	rd_cli_print(cli, "%s %s to %s %s\n", rd__ice_type_name((enum rd__ice_type)ours.type),
		     local, rd__ice_type_name((enum rd__ice_type)theirs.type), remote);
}

static void show_agent(struct rd_cli *cli, const struct rd_stream *stream)
{
	struct sockaddr_storage own;
	char local[RD__ADDRESS_TEXT];

	rd_stream_local(stream, &own);
	print_address(local, &own);
	rd_cli_print(cli, "%-22s %-10s %-7s ", local,
		     rd__ice_state_name(rd__stream_ice_state(stream)),
		     rd_stream_ice_controlling(stream) ? "leads" : "follows");
	show_pair(cli, stream);
}

static int show_ice(struct rd_cli *cli, int argc, const char *const *argv)
{
	int count = 0;

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-22s %-10s %-7s %s\n", "Local", "State", "Role", "Pair in use");
	if (rd__media_running()) {
		rd_list_foreach(node, tmp, rd__streams()) {
			const struct rd_stream *stream =
				rd_list_entry(node, struct rd_stream, all);

			if (!rd_stream_has_ice(stream))
				continue;
			show_agent(cli, stream);
			count++;
		}
	}
	rd_cli_print(cli, "%d streams with ICE\n", count);
	return 0;
}

static void show_server(struct rd_cli *cli, const char *what, const struct rd__address *server)
{
	char text[RD__ADDRESS_TEXT];

	rd_cli_print(cli, "%s%s\n", what,
		     server->size ? rd__address_print(server, text) : "none");
}

static int show_settings(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct rd__rtp_settings *settings = rd__rtp_settings();

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "Ports:          %d to %d\n", settings->port_from,
		     settings->port_to + 1);
	rd_cli_print(cli, "In use:         %d pairs, and %d kept for the next calls\n",
		     rd__ports_used(), rd__port_pool_count());
	rd_cli_print(cli, "Reports every:  %d ms\n", settings->rtcp_interval_ms);
	rd_cli_print(cli, "Source lock:    %s, after %d packets\n",
		     settings->strict ? "yes" : "no", settings->learn_packets);
	show_server(cli, "STUN server:    ", &settings->stun);
	show_server(cli, "TURN server:    ", &settings->turn);
	return 0;
}

const struct rd_cli_command rd__media_commands[] = {
	{ .name = "rtp show streams",
	  .usage = "",
	  .help = "Streams of sound: addresses, codec, packets, loss, jitter, round trip.",
	  .run = show_streams },
	{ .name = "rtp show ice",
	  .usage = "",
	  .help = "Streams with ICE: state, and the addresses that sound takes.",
	  .run = show_ice },
	{ .name = "rtp show settings",
	  .usage = "",
	  .help = "What rtp.conf says, and how many ports are in use.",
	  .run = show_settings },
	{ 0 },
};

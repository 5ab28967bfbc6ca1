/* sip show trunks, sip drain trunk, sip undrain trunk. */
#include <stdio.h>
#include <string.h>

#include <ringdown/cause.h>

#include "modules/sip_trunk/trunk.h"

/* ---- sip show trunks ---- */

/* "12 s", of several; "-": of none. */
static const char *mean(char buf[16], uint64_t sum_ms, unsigned count, bool precise)
{
	if (!count)
		return "-";
	if (precise)
		snprintf(buf, 16, "%.1f s", (double)sum_ms / count / 1000);
	else
		snprintf(buf, 16, "%u s", (unsigned)(sum_ms / count / 1000));
	return buf;
}

static const char *milliseconds(char buf[16], unsigned us)
{
	if (!us)
		return "-";
	snprintf(buf, 16, "%u.%u ms", us / 1000, us / 100 % 10);
	return buf;
}

static const char *share(char buf[16], unsigned part, unsigned whole)
{
	if (!whole)
		return "-";
	snprintf(buf, 16, "%u %%", (unsigned)((uint64_t)part * 100 / whole));
	return buf;
}

static void print_trunk(struct rd_cli *cli, const struct rd_sip_peer *peer)
{
	static const struct trunk_count none;
	const struct trunk_state *state = trunk_state_find(peer->name);
	const struct trunk_count *in = state ? &state->in : &none;
	const struct trunk_count *out = state ? &state->out : &none;
	char rtt[16], asr[16], acd[16], pdd[16];

	rd_cli_print(cli, "%-16s %-12s %9s %4u %4u %8u %8u %8u %6s %7s %7s\n", peer->name,
		     trunk_state_name(peer, state), milliseconds(rtt, peer->rtt_us),
		     in->now, out->now, in->attempts, out->attempts, out->answered,
		     share(asr, out->answered, out->attempts - out->waiting),
		     mean(acd, out->talk_ms, out->talks, false),
		     mean(pdd, out->ring_ms, out->rang, true));
}

/* What calls that nobody answered ended with. */
static void print_causes(struct rd_cli *cli, const char *way, const struct trunk_count *count)
{
	for (int cause = 0; cause < TRUNK_CAUSES; cause++)
		if (count->causes[cause])
			rd_cli_print(cli, "  %s, not answered: %u with cause %d, %s\n", way,
				     count->causes[cause], cause, rd_cause_text(cause));
}

static void print_limit(struct rd_cli *cli, enum trunk_way way, const struct trunk_limit *limit,
			const struct trunk_meter *meter)
{
	char text[RD_SIP_NUMBER + 32];

	rd_cli_print(cli, "  %s: %u calls now, %u refused\n",
		     trunk_limit_text(text, sizeof(text), way, limit), meter ? meter->now : 0,
		     meter ? meter->refused : 0);
}

static void print_limits(struct rd_cli *cli, const char *name, const struct trunk_state *state)
{
	const struct trunk *trunk = trunks_in_force ? trunk_find(trunks_in_force, name) : NULL;

	for (enum trunk_way way = 0; trunk && way < TRUNK_WAYS; way++)
		for (const struct trunk_limit *it = trunk->limits[way]; it; it = it->next)
			print_limit(cli, way, it, trunk_meter_of(state, way, it));
}

static void print_details(struct rd_cli *cli, const char *name, const struct trunk_state *state)
{
	print_limits(cli, name, state);
	if (!state)
		return;
	print_causes(cli, "outgoing", &state->out);
	print_causes(cli, "incoming", &state->in);
}

static int show_trunks(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_sip_peer peer;
	const void *pos = NULL;
	unsigned count = 0;

	if (argc > 1)
		return -EINVAL;
	rd_cli_print(cli, "%-16s %-12s %9s %4s %4s %8s %8s %8s %6s %7s %7s\n", "Trunk", "State",
		     "RTT", "In", "Out", "Incoming", "Outgoing", "Answered", "ASR", "ACD", "PDD");
	while (trunk_driver->peer_next(&pos, &peer)) {
		if (argc && strcmp(argv[0], peer.name) != 0)
			continue;
		print_trunk(cli, &peer);
		count++;
		if (argc)
			print_details(cli, peer.name, trunk_state_find(peer.name));
	}
	if (argc && !count) {
		rd_cli_print(cli, "There is no trunk \"%s\".\n", argv[0]);
		return -ENOENT;
	}
	if (!argc)
		rd_cli_count(cli, count, "trunk", "trunks");
	return 0;
}

/* ---- drain ---- */

static int set_drained(struct rd_cli *cli, int argc, const char *const *argv, bool drained)
{
	struct rd_sip_peer peer;
	struct trunk_state *state;

	if (argc != 1)
		return -EINVAL;
	if (!trunk_driver->peer(argv[0], &peer)) {
		rd_cli_print(cli, "There is no trunk \"%s\".\n", argv[0]);
		return -ENOENT;
	}
	state = trunk_state_of(peer.name);
	if (!state)
		return -ENOMEM;
	trunk_set_drained(state, drained);
	rd_cli_print(cli, drained ? "%s gets no new calls; %u go on.\n" : "%s gets calls again.\n",
		     peer.name, state->in.now + state->out.now);
	return 0;
}

static int drain(struct rd_cli *cli, int argc, const char *const *argv)
{
	return set_drained(cli, argc, argv, true);
}

static int undrain(struct rd_cli *cli, int argc, const char *const *argv)
{
	return set_drained(cli, argc, argv, false);
}

const struct rd_cli_command trunk_commands[] = {
	{ .name = "sip show guard",
	  .help = "What each user has called by trunks today: minutes, money, calls that go on, "
		  "and whether he may call.",
	  .run = trunk_usage_show },
	{ .name = "sip reset guard",
	  .usage = "USER",
	  .help = "He begins the day anew, and may call again.",
	  .run = trunk_usage_reset },
	{ .name = "sip show trunks",
	  .usage = "[TRUNK]",
	  .help = "List trunks and peers: state, calls now and since the start, share of those "
		  "answered (ASR), mean length (ACD), mean time until it rang (PDD); of one, "
		  "its limits and why calls were not answered, too.",
	  .run = show_trunks },
	{ .name = "sip show rates",
	  .usage = "NUMBER",
	  .help = "What a minute to a number costs by each trunk that has prices.",
	  .run = trunk_show_rates },
	{ .name = "sip drain trunk",
	  .usage = "TRUNK",
	  .help = "No new calls from it or to it; those that are go on.",
	  .run = drain },
	{ .name = "sip undrain trunk",
	  .usage = "TRUNK",
	  .help = "Calls from it and to it may be again.",
	  .run = undrain },
	{ 0 }
};

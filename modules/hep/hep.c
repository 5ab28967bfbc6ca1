/* The module hep: messages of SIP and reports of RTP go to a server that keeps them (HEPv3, as
 * Homer and its agents speak it), in a datagram each, or one after the other by TCP or TLS. What
 * that server or the way to it does not take is lost and counted: nothing here waits. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <ringdown/channel.h>
#include <ringdown/cli.h>
#include <ringdown/clock.h>
#include <ringdown/config.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/metric.h>
#include <ringdown/module.h>
#include <ringdown/rtcp.h>
#include <ringdown/sip_wire.h>
#include <ringdown/tech.h>
#include <ringdown/tls.h>

#include "modules/hep/hep.h"

static const char CONF[] = "hep.conf";

static struct hep_settings *settings; /* in force; NULL before the first commit */
static const struct rd_sip_wire *wire;
static bool loaded, watching;
static bool told; /* that packets are lost */
static uint64_t lost_ms; /* when the last one was */
static struct hep_pipe *pipe_open; /* by TCP or TLS; NULL: none */
static uint64_t messages_sent, reports_sent, lost;

/* ---- hep.conf ---- */

#define SETTING(member) offsetof(struct hep_settings, member)

static const char *const transports[] = { "udp", "tcp", "tls", NULL };

static const struct rd_option options[] = {
	{ .name = "enabled",
	  .type = RD_OPTION_BOOL,
	  .offset = SETTING(enabled),
	  .fallback = "no",
	  .help = "is anything sent?" },
	{ .name = "capture_address",
	  .type = RD_OPTION_CUSTOM,
	  .offset = SETTING(address),
	  .parse = option_host_port,
	  .help = "where to" },
	{ .name = "transport",
	  .type = RD_OPTION_ENUM,
	  .offset = SETTING(transport),
	  .fallback = "udp",
	  .names = transports,
	  .help = "by what: udp, tcp or tls" },
	{ .name = "ca_list_file",
	  .type = RD_OPTION_STRING,
	  .offset = SETTING(ca_file),
	  .pem = RD_PEM_OTHERS,
	  .help = "who may have signed the server's certificate, by TLS" },
	{ .name = "server_name",
	  .type = RD_OPTION_STRING,
	  .offset = SETTING(server_name),
	  .help = "the name in it; unset: its address" },
	{ .name = "capture_password",
	  .type = RD_OPTION_STRING,
	  .offset = SETTING(password),
	  .secret = true,
	  .help = "goes along with each packet" },
	{ .name = "capture_id",
	  .type = RD_OPTION_INT,
	  .offset = SETTING(id),
	  .fallback = "0",
	  .min = 0,
	  .max = INT32_MAX,
	  .help = "the number by which the server knows us" },
	{ .name = "capture_name",
	  .type = RD_OPTION_STRING,
	  .offset = SETTING(name),
	  .help = "and the name" },
	{ .name = "uuid_type",
	  .type = RD_OPTION_STRING,
	  .offset = SETTING(uuid_type),
	  .fallback = "call-id",
	  .help = "what a call is known by" },
	{ 0 }
};

static const char *const sections[] = { "general", NULL };
static const struct rd_options_file conf = {
	.name = CONF, .section = "general", .table = options, .sections = sections
};

static void settings_free(struct hep_settings *old)
{
	if (!old)
		return;
	if (old->fd >= 0)
		close(old->fd);
	rd_tls_client_free(old->tls);
	rd_pool_free(old->pool);
}

static void judge(const struct hep_settings *coming, struct rd_config_report *report)
{
	if (coming->enabled && !coming->address.size)
		rd_config_error(report, CONF, 0, "[general] enabled, and no capture_address");
	if ((coming->password && strlen(coming->password) > HEP_TEXT_MAX) ||
	    (coming->name && strlen(coming->name) > HEP_TEXT_MAX))
		rd_config_error(report, CONF, 0,
				"[general] capture_password, capture_name: %d letters at most",
				HEP_TEXT_MAX);
	if (strcasecmp(coming->uuid_type, "channel") == 0)
		rd_config_warning(report, CONF, 0,
				  "[general] uuid_type = channel has no effect: a call is known by "
				  "its Call-ID");
	else if (strcasecmp(coming->uuid_type, "call-id") != 0)
		rd_config_error(report, CONF, 0, "[general] uuid_type = \"%s\": call-id is known",
				coming->uuid_type);
}

static void read_trust(struct hep_settings *coming, struct rd_config_report *report)
{
	const char *why;

	if (coming->enabled && coming->transport == HEP_TLS &&
	    rd_tls_client_new(&coming->tls, coming->ca_file, &why))
		rd_config_error(report, CONF, 0, "[general] ca_list_file = \"%s\": %s",
				coming->ca_file ? coming->ca_file : "", why);
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct rd_pool *pool = NULL;
	struct hep_settings *coming = rd_pool_new_with(&pool, 0, sizeof(*coming));
	int rc;

	if (!coming)
		return -ENOMEM;
	coming->pool = pool;
	coming->fd = -1;
	rc = rd_options_load(&conf, coming, pool, report);
	if (rc)
		settings_free(coming);
	if (rc == 0) {
		judge(coming, report);
		read_trust(coming, report);
		*snapshot = coming;
	}
	return rc;
}

static void discard(void *snapshot)
{
	settings_free(snapshot);
}

/* ---- sending ---- */

static int open_socket(struct hep_settings *coming)
{
	if (!coming->enabled || coming->transport != HEP_UDP)
		return 0;
	coming->fd = socket(coming->address.socket.ss_family,
			    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (coming->fd < 0 || connect(coming->fd, (const struct sockaddr *)&coming->address.socket,
				      coming->address.size) < 0)
		return -errno;
	return 0;
}

/* A host where nobody listens takes every second one: that is no end of it. */
enum { QUIET_MS = 60000, SHIELD_MS = 5000 };

static void note(bool gone, uint64_t packets, const char *why)
{
	lost += packets;
	if (!gone)
		lost_ms = rd_now_ms();
	if (!rd_log_is_news(&told, !gone || (told && rd_now_ms() - lost_ms < QUIET_MS)))
		return;
	if (told)
		rd_warning("hep: %s: %s",
			   packets ? "a packet is lost" : "the server is not reached", why);
	else
		rd_notice("hep: packets go out again; %llu were lost", (unsigned long long)lost);
}

/* It has been written, or not; of none: there is no connection. */
static void told_of(const struct hep_counts *packets, int rc)
{
	uint64_t count = packets->messages + packets->reports;

	if (rc == 0) {
		messages_sent += packets->messages;
		reports_sent += packets->reports;
	}
	note(rc == 0, rc == 0 ? 0 : count, rd_strerror(rc));
}

static void send_packet(struct hep_message *message, const void *payload)
{
	struct hep_counts one = { message->kind == HEP_SIP, message->kind != HEP_SIP };
	uint8_t head[HEP_HEAD_MAX];
	size_t head_size = hep_head(head, settings, message);
	struct iovec parts[] = { { head, head_size }, { (void *)payload, message->size } };
	const struct msghdr datagram = { .msg_iov = parts, .msg_iovlen = RD_ARRAY_SIZE(parts) };

	if (!head_size)
		note(false, 1, "it is too long, or of no address");
	else if (!pipe_open)
		/* ECONNREFUSED tells of an earlier one, and this one has not gone either. */
		told_of(&one, sendmsg(settings->fd, &datagram, MSG_NOSIGNAL) < 0 ? -errno : 0);
	else if (!hep_pipe_put(pipe_open, message->kind, parts, RD_ARRAY_SIZE(parts)))
		note(false, 1, "the server does not keep up");
}

static void sip_message(const struct rd_sip_wire_message *seen, void *arg)
{
	struct hep_message message = { .kind = HEP_SIP,
				       .from = seen->from,
				       .to = seen->to,
				       .is_stream = seen->is_stream,
				       .wall_us = rd_wall_us(),
				       .correlation = seen->call_id,
				       .size = seen->text.n };

	(void)arg;
	send_packet(&message, seen->text.p);
}

/* Its leg's Call-ID; a leg of another kind has none, and nobody could find the report. */
static bool read_call_id(const struct rd_stream *stream, struct rd_buf *out)
{
	struct rd_channel *ch = rd_channel_of_stream(stream);

	return ch && rd_channel_get(ch, "callid", out) == 0 && out->n;
}

static void rtcp_packet(const struct rd_rtcp_packet *seen, void *arg)
{
	const struct sockaddr *local = (const void *)&seen->local;
	const struct sockaddr *remote = (const void *)&seen->remote;
	struct hep_message message = { .kind = HEP_RTCP,
				       .from = seen->sent ? local : remote,
				       .to = seen->sent ? remote : local,
				       .wall_us = rd_wall_us() };
	struct rd_buf call_id, text;

	(void)arg;
	rd_buf_init(&call_id);
	rd_buf_init(&text);
	if (read_call_id(seen->stream, &call_id) && hep_report(&text, seen->bytes, seen->size) &&
	    !text.failed) {
		message.correlation = (struct rd_str){ call_id.p, call_id.n };
		message.size = text.n;
		send_packet(&message, text.p);
	}
	rd_buf_fini(&text);
	rd_buf_fini(&call_id);
}

static const struct rd_sip_wire_watcher sip_watcher = { .notify = sip_message };
static struct rd_rtcp_watcher rtcp_watcher = { .notify = rtcp_packet };

/* ---- what is in force ---- */

static void stop_watching(void)
{
	if (!watching)
		return;
	wire->unwatch(&sip_watcher);
	rd_rtcp_unwatch(&rtcp_watcher);
	watching = false;
}

static int start_watching(void)
{
	int rc = watching || !settings->enabled ? 0 : wire->watch(&sip_watcher);

	if (rc || watching || !settings->enabled)
		return rc;
	rd_rtcp_watch(&rtcp_watcher);
	watching = true;
	return 0;
}

static void prepare(void *snapshot, struct rd_config_report *report)
{
	int rc = loaded ? open_socket(snapshot) : 0;

	if (rc)
		rd_config_error(report, CONF, 0, "[general] capture_address: %s", rd_strerror(rc));
}

static bool is_same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* What is known of one stays true when the files are read again. */
static bool is_same_server(const struct hep_settings *old, const struct hep_settings *coming)
{
	const struct host_port *a = &old->address, *b = &coming->address;

	return old->enabled && coming->enabled && old->transport == coming->transport &&
	       is_same_text(old->server_name, coming->server_name) && a->size == b->size &&
	       memcmp(&a->socket, &b->socket, b->size) == 0;
}

/* The connection to the same server stays. */
static int take_pipe(bool is_same)
{
	if (is_same && pipe_open) {
		hep_pipe_trust(pipe_open, settings->tls);
		return 0;
	}
	hep_pipe_end(pipe_open);
	pipe_open = NULL;
	return settings->enabled && settings->transport != HEP_UDP
		       ? hep_pipe_new(&pipe_open, settings, told_of)
		       : 0;
}

static void commit(void *snapshot)
{
	struct hep_settings *old = settings;
	bool is_same;
	int rc;

	settings = snapshot;
	is_same = old && is_same_server(old, settings);
	told = told && is_same;
	if (loaded) {
		if (!settings->enabled)
			stop_watching();
		rc = take_pipe(is_same);
		if (rc == 0)
			rc = start_watching();
		if (rc)
			rd_error("hep: nothing is sent: %s", rd_strerror(rc));
	}
	settings_free(old);
}

static const char *const files[] = { CONF, NULL };

static const struct rd_module_config config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};

/* ---- what can be seen ---- */

static int show(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%s\n",
		     settings->enabled ? "Messages and reports are sent."
				       : "Nothing is sent: hep.conf, enabled.");
	rd_cli_print(cli, "%llu messages, %llu reports; %llu lost\n",
		     (unsigned long long)messages_sent, (unsigned long long)reports_sent,
		     (unsigned long long)lost);
	return 0;
}

static const struct rd_cli_command commands[] = {
	{ .name = "hep show", .help = "Show what was sent by HEP, and what was lost", .run = show },
	{ 0 }
};

static void measure(struct rd_metrics *out)
{
	rd_metric_begin(out, "hep_packets_total", RD_METRIC_COUNTER,
			"Packets of HEP that went out.");
	rd_metric_value(out, (double)messages_sent, "kind", "sip", NULL);
	rd_metric_value(out, (double)reports_sent, "kind", "rtcp", NULL);
	rd_metric_begin(out, "hep_packets_lost_total", RD_METRIC_COUNTER,
			"Packets of HEP that could not be sent.");
	rd_metric_value(out, (double)lost, NULL);
}

/* ---- life ---- */

static void unload(void)
{
	stop_watching();
	hep_pipe_end(pipe_open);
	pipe_open = NULL;
	rd_shield_begin(SHIELD_MS);
	hep_pipes_await();
	rd_shield_end();
	rd_interface_put(wire);
	settings_free(settings);
	settings = NULL;
	loaded = false;
}

static int load(void)
{
	int rc;

	wire = rd_interface_get(RD_SIP_WIRE, RD_SIP_WIRE_VERSION);
	rc = wire ? open_socket(settings) : -ENOENT;
	if (rc && wire)
		rd_error("hep: %s: capture_address: %s", CONF, rd_strerror(rc));
	if (rc == 0)
		rc = take_pipe(false);
	if (rc == 0)
		rc = start_watching();
	loaded = rc == 0;
	if (rc)
		unload();
	return rc;
}

static const char *const needs[] = { "chan_sip", NULL };

RD_MODULE(.name = "hep", .synopsis = "SIP and RTCP to a server that keeps them (HEPv3)",
	  .needs = needs, .commands = commands, .config = &config, .prepare = prepare,
	  .measure = measure, .load = load, .unload = unload);

/* Console commands about calls in progress. What scripts look for in the
 * output is worded as they know it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ringdown/clock.h>
#include <ringdown/dialplan.h>
#include <ringdown/originate.h>

#include "core/call/bridge.h"
#include "core/call/call.h"

/* ---- core show channels ---- */

static const char *text_or(const char *s, const char *otherwise)
{
	return s && *s ? s : otherwise;
}

static const char *number_of(const struct rd_channel *ch)
{
	return text_or(rd_channel_party(ch, RD_PARTY_CALLER)->number, "");
}

static const char *bridge_of(const struct rd_channel *ch, const char *otherwise)
{
	return ch->bridge ? rd_bridge_id(ch->bridge) : otherwise;
}

static uint64_t seconds_of(const struct rd_channel *ch)
{
	return (rd_now_ms() - ch->created_ms) / 1000;
}

static void print_plain(struct rd_cli *cli, const struct rd_channel *ch)
{
	char place[RD__PLACE_MAX * 2 + 16], doing[256];

	snprintf(place, sizeof(place), "%s@%s:%d", ch->exten, ch->context, ch->priority);
	if (ch->doing)
		snprintf(doing, sizeof(doing), "%s(%s)", ch->doing, text_or(ch->doing_args, ""));
	else
		snprintf(doing, sizeof(doing), "(None)");
	rd_cli_print(cli, "%-24.24s %-24.24s %-7.7s %-40.40s\n", ch->name, place,
		     rd_channel_state_name(ch->state), doing);
}

static void print_concise(struct rd_cli *cli, const struct rd_channel *ch)
{
	rd_cli_print(cli, "%s!%s!%s!%d!%s!%s!%s!%s!%s!%s!%s!%" PRIu64 "!%s!%s\n", ch->name,
		     ch->context, ch->exten, ch->priority, rd_channel_state_name(ch->state),
		     text_or(ch->doing, "(None)"), text_or(ch->doing_args, ""), number_of(ch),
		     rd__channel_item(ch, RD__ITEM_ACCOUNT),
		     rd__channel_item(ch, RD__ITEM_PEER_ACCOUNT),
		     text_or(rd__channel_item(ch, RD__ITEM_AMA_FLAGS), "3"), seconds_of(ch),
		     bridge_of(ch, "(None)"), ch->uniqueid);
}

static void format_length(char *text, size_t size, uint64_t seconds)
{
	snprintf(text, size, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
		 (int)(seconds % 60));
}

#define VERBOSE_ROW                                                                                \
	"%-24.24s %-16.16s %-16.16s %-4s %-7.7s %-12.12s %-25.25s %-15.15s %8s %-11.11s %-11.11s " \
	"%-36.36s\n"

static void print_verbose(struct rd_cli *cli, const struct rd_channel *ch)
{
	char priority[12], length[32];

	snprintf(priority, sizeof(priority), "%d", ch->priority);
	format_length(length, sizeof(length), seconds_of(ch));
	rd_cli_print(cli, VERBOSE_ROW, ch->name, ch->context, ch->exten, priority,
		     rd_channel_state_name(ch->state), text_or(ch->doing, "(None)"),
		     text_or(ch->doing_args, ""), number_of(ch), length,
		     rd__channel_item(ch, RD__ITEM_ACCOUNT),
		     rd__channel_item(ch, RD__ITEM_PEER_ACCOUNT), bridge_of(ch, ""));
}

static void print_counts(struct rd_cli *cli)
{
	size_t calls = rd__calls_running();

	rd_cli_print(cli, "%zu active call%s\n%" PRIu64 " call%s processed\n", calls,
		     calls == 1 ? "" : "s", rd__calls_started(),
		     rd__calls_started() == 1 ? "" : "s");
}

enum { ROWS = 256 }; /* from one pause to the next, after which a list is another one */

static struct rd_channel *next_channel(struct rd_cli *cli, const struct rd_channel *ch, int *rows)
{
	uint64_t order = ch->order;

	if (++*rows % ROWS)
		return rd_channel_next(ch);
	return rd_cli_pause(cli) ? NULL : rd__channel_after(order);
}

static struct rd_bridge *next_bridge(struct rd_cli *cli, const struct rd_bridge *bridge, int *rows)
{
	uint64_t order = bridge->order;

	if (++*rows % ROWS)
		return rd_bridge_next(bridge);
	return rd_cli_pause(cli) ? NULL : rd__bridge_after(order);
}

static int show_channels(struct rd_cli *cli, int argc, const char *const *argv)
{
	const char *how = argc ? argv[0] : "";
	void (*print)(struct rd_cli *, const struct rd_channel *) = print_plain;
	struct rd_channel *ch = rd_channel_next(NULL);
	int rows = 0;

	if (argc > 1)
		return -EINVAL;
	if (strcmp(how, "concise") == 0)
		print = print_concise;
	else if (strcmp(how, "verbose") == 0)
		print = print_verbose;
	else if (strcmp(how, "count") == 0)
		print = NULL;
	else if (*how)
		return -EINVAL;
	if (print == print_plain)
		rd_cli_print(cli, "%-24s %-24s %-7s %-40s\n", "Channel", "Location", "State",
			     "Application(Data)");
	if (print == print_verbose)
		rd_cli_print(cli, VERBOSE_ROW, "Channel", "Context", "Extension", "Prio", "State",
			     "Application", "Data", "CallerID", "Duration", "Accountcode",
			     "PeerAccount", "BridgeID");
	for (; print && ch; ch = next_channel(cli, ch, &rows))
		print(cli, ch);
	if (print == print_concise)
		return 0;
	rd_cli_count(cli, rd_channel_count(), "active channel", "active channels");
	print_counts(cli);
	return 0;
}

#define CALL_ROW "%-28.28s %-28.28s %-9s %8s %s\n"

static void print_bridge(struct rd_cli *cli, const struct rd_bridge *bridge)
{
	struct rd_channel *legs[2] = { NULL, NULL };
	char length[32], more[32];
	int n = rd_bridge_channels(bridge, legs, 2), all = rd_bridge_count(bridge);

	format_length(length, sizeof(length), rd__bridge_seconds(bridge));
	snprintf(more, sizeof(more), "and %d more", all - 1);
	rd_cli_print(cli, CALL_ROW, n > 0 ? legs[0]->name : "-",
		     all > 2 ? more : n > 1 ? legs[1]->name : "-",
		     rd_bridge_way(bridge), length, rd_bridge_id(bridge));
}

static int show_calls(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_bridge *bridge = rd_bridge_next(NULL);
	int rows = 0;

	(void)argc;
	(void)argv;
	if (bridge)
		rd_cli_print(cli, CALL_ROW, "Channel", "Channel", "Sound", "Duration", "Bridge");
	for (; bridge; bridge = next_bridge(cli, bridge, &rows))
		print_bridge(cli, bridge);
	print_counts(cli);
	return 0;
}

/* ---- core show channel NAME ---- */

static void print_party(struct rd_cli *cli, const char *title, const struct rd_party *party)
{
	rd_cli_print(cli, "%16s: %s\n%16s: %s\n", title, text_or(party->number, "(N/A)"), "name",
		     text_or(party->name, "(N/A)"));
}

static void print_variables(struct rd_cli *cli, const struct rd_channel *ch)
{
	const char *name, *value;
	size_t pos = 0;

	rd_cli_print(cli, "%16s:\n", "Variables");
	while (rd_var_next(ch, &pos, &name, &value))
		rd_cli_print(cli, "%s=%s\n", name, value);
}

static void print_streams(struct rd_cli *cli, const struct rd_channel *ch)
{
	const struct rd_stream *stream;

	for (int i = 0; (stream = rd__channel_stream_at(ch, i)); i++) {
		const struct rd_stream_config *config = rd_stream_config(stream);
		struct rd_stream_stats stats = { 0 };

		rd_stream_stats(stream, &stats);
		rd_cli_print(cli, "%16s: %s, received %" PRIu64 " sent %" PRIu64 " lost %" PRIu32
			     "\n", "Stream",
			     config && config->format_count ? config->formats[0].codec->name : "-",
			     stats.rx_packets, stats.tx_packets, stats.rx_lost);
	}
}

static int show_channel(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_channel *ch;

	if (argc != 1)
		return -EINVAL;
	ch = rd__channel_find(argv[0]);
	if (!ch) {
		rd_cli_print(cli, "%s is not a known channel\n", argv[0]);
		return 1;
	}
	rd_cli_print(cli, " -- General --\n%16s: %s\n%16s: %s\n%16s: %s\n%16s: %s\n", "Name",
		     ch->name, "Type", ch->tech->name, "UniqueID", ch->uniqueid, "LinkedID",
		     ch->linkedid);
	print_party(cli, "Caller ID", rd_channel_party(ch, RD_PARTY_CALLER));
	print_party(cli, "Connected Line", rd_channel_party(ch, RD_PARTY_CONNECTED));
	rd_cli_print(cli, "%16s: %s\n%16s: %s (%d)\n%16s: %s\n%16s: %" PRIu64 " s\n%16s: %s\n",
		     "Language", rd_channel_language(ch), "State",
		     rd_channel_state_name(ch->state), ch->state, "Direction",
		     ch->outgoing ? "out" : "in", "Elapsed", seconds_of(ch), "Bridge ID",
		     bridge_of(ch, "(Not bridged)"));
	if (ch->bridge)
		rd_cli_print(cli, "%16s: %s\n", "Sound", rd_bridge_way(ch->bridge));
	print_streams(cli, ch);
	rd_cli_print(cli, " --   PBX   --\n%16s: %s\n%16s: %s\n%16s: %d\n%16s: %s\n%16s: %s\n",
		     "Context", ch->context, "Extension", ch->exten, "Priority", ch->priority,
		     "Application", text_or(ch->doing, "(N/A)"), "Data",
		     text_or(ch->doing_args, "(None)"));
	print_variables(cli, ch);
	rd__channel_unref(ch);
	return 0;
}

/* The n-th live channel whose name begins with what was typed. */
static char *complete_channel(int argc, const char *const *argv, int n)
{
	const char *typed = argc ? argv[argc - 1] : "";

	if (argc > 1)
		return NULL;
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		if (strncasecmp(ch->name, typed, strlen(typed)) == 0 && n-- == 0)
			return rd_strdup(ch->name);
	return NULL;
}

/* ---- channel ... ---- */

static int hang_up_all(struct rd_cli *cli)
{
	struct rd_channel *ch, *next;

	for (ch = rd_channel_next(NULL); ch; ch = next) {
		next = rd_channel_next(ch);
		if (ch->state == RD_CHANNEL_GONE)
			continue;
		rd_cli_print(cli, "Requested Hangup on channel '%s'\n", ch->name);
		rd_hangup(ch, RD_CAUSE_NORMAL);
	}
	return 0;
}

static int hang_up(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_channel *ch;

	if (argc != 1)
		return -EINVAL;
	if (strcasecmp(argv[0], "all") == 0)
		return hang_up_all(cli);
	ch = rd__channel_find(argv[0]);
	if (!ch) {
		rd_cli_print(cli, "%s is not a known channel\n", argv[0]);
		return 1;
	}
	rd_cli_print(cli, "Requested Hangup on channel '%s'\n", ch->name);
	rd_hangup(ch, RD_CAUSE_NORMAL);
	rd__channel_unref(ch);
	return 0;
}

/* "context,exten,priority", "exten,priority" or "priority". */
static int redirect_to(struct rd_channel *ch, const char *target)
{
	const char *caller = rd_channel_party(ch, RD_PARTY_CALLER)->number;
	struct rd_place place;
	int rc = rd_dialplan_read_place(ch, target, &place);

	if (!rc && !rd_dialplan_exists(place.context, place.exten, place.priority, caller))
		rc = -ENOENT;
	return rc ? rc : rd_channel_redirect(ch, place.context, place.exten, place.priority);
}

static int redirect(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_channel *ch;
	int rc;

	if (argc != 2)
		return -EINVAL;
	ch = rd__channel_find(argv[0]);
	if (!ch) {
		rd_cli_print(cli, "%s is not a known channel\n", argv[0]);
		return 1;
	}
	rc = redirect_to(ch, argv[1]);
	if (rc)
		rd_cli_print(cli, "Channel '%s' cannot go to %s: %s\n", ch->name, argv[1],
			     rc == -ENOENT ? "there is no such place in the dialplan"
					   : rd_strerror(rc));
	else
		rd_cli_print(cli, "Channel '%s' successfully redirected to %s\n", ch->name,
			     argv[1]);
	rd__channel_unref(ch);
	return rc ? 1 : 0;
}

/* extension [exten@][context] */
static int read_extension(const char *text, char *exten, char *context, size_t size)
{
	const char *at = strchr(text, '@');
	struct rd_str name = { text, at ? (size_t)(at - text) : strlen(text) };

	return rd_strcpyn(exten, size, name.n ? name : RD_STR("s")) &&
			       rd_strcpy(context, size, at && at[1] ? at + 1 : "default")
		       ? 0
		       : -ENAMETOOLONG;
}

static bool is_technology(struct rd_str channel)
{
	char name[32];
	struct rd_str head;

	rd_str_cut(&channel, '/', &head);
	return rd_strcpyn(name, sizeof(name), head) && rd_tech_find(name);
}

/* What becomes of a call, between the command and the fiber that makes it. The
 * command may have gone: whoever lets go last frees it. */
struct attempt {
	struct rd_cond changed;
	bool called, over;
	int rc;
	struct rd_dial_result result;
	int holders;
};

static void let_go(struct attempt *attempt)
{
	if (--attempt->holders > 0)
		return;
	rd_cond_fini(&attempt->changed);
	rd_free(attempt);
}

static void attempt_called(void *arg)
{
	struct attempt *attempt = arg;

	attempt->called = true;
	rd_cond_broadcast(&attempt->changed);
}

static void attempt_over(int rc, const struct rd_dial_result *result, const char *uniqueid,
			 void *arg)
{
	struct attempt *attempt = arg;

	(void)uniqueid;
	attempt->over = true;
	attempt->rc = rc;
	attempt->result = *result;
	rd_cond_broadcast(&attempt->changed);
	let_go(attempt);
}

/* Until somebody is called: what comes then is the call's own story. */
static int attempt_call(struct rd_cli *cli, struct rd_originate *what)
{
	struct attempt *attempt = rd_zalloc(sizeof(*attempt));
	int rc;

	if (!attempt)
		return -ENOMEM;
	rd_cond_init(&attempt->changed);
	attempt->holders = 2;
	what->async = true;
	what->called = attempt_called;
	what->done = attempt_over;
	what->arg = attempt;
	rc = rd_originate(what, NULL);
	if (rc)
		attempt->holders = 1;
	while (!rc && !attempt->called && !attempt->over)
		rc = rd_cond_wait(&attempt->changed, RD_FOREVER);
	if (!rc && !attempt->called)
		rc = attempt->rc;
	if (!rc && !attempt->called && attempt->result.status != RD_DIAL_ANSWER) {
		rd_cli_print(cli, "%s cannot be called: %s\n", what->channel,
			     attempt->result.cause ?
				     rd_cause_text(attempt->result.cause) :
				     rd_dial_status_name(attempt->result.status));
		rc = 1;
	}
	let_go(attempt);
	return rc;
}

static int originate(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_originate what = { 0 };
	char exten[RD__PLACE_MAX], context[RD__PLACE_MAX];
	int rc;

	if (argc < 3)
		return -EINVAL;
	what.channel = argv[0];
	if (strcmp(argv[1], "application") == 0 && argc <= 4) {
		what.app = argv[2];
		what.app_args = argc == 4 ? argv[3] : "";
	} else if (strcmp(argv[1], "extension") == 0 && argc == 3) {
		rc = read_extension(argv[2], exten, context, sizeof(exten));
		if (rc)
			return rc;
		what.exten = exten;
		what.context = context;
	} else {
		return -EINVAL;
	}
	if (strchr(what.channel, '/') && !is_technology(rd_str_of(what.channel))) {
		rd_cli_print(cli, "%s: there is no such technology\n", what.channel);
		return 1;
	}
	rc = attempt_call(cli, &what);
	if (rc == -EINVAL)
		rd_cli_print(cli, "%s: wants TECHNOLOGY/RESOURCE\n", argv[0]);
	else if (rc == -ENOENT)
		rd_cli_print(cli, "No such %s: %s\n", argv[1], argv[2]);
	else
		return rc;
	return 1;
}

const struct rd_cli_command rd__channel_commands[] = {
	{ .name = "core show channels",
	  .usage = "[concise|verbose|count]",
	  .help = "List the channels, and how many there are.\n"
		  "concise is for scripts: fields parted by '!'.",
	  .run = show_channels },
	{ .name = "core show channel",
	  .usage = "NAME",
	  .help = "Show everything about one channel.",
	  .run = show_channel,
	  .complete = complete_channel },
	{ .name = "core show calls",
	  .help = "List who talks to whom, and how many calls there are and were.",
	  .run = show_calls },
	{ .name = "channel originate",
	  .usage = "TECH/RESOURCE application NAME [ARGS] | TECH/RESOURCE extension "
		   "[EXTEN@][CONTEXT]",
	  .help = "Ring somebody, and run an application or an extension when they answer.",
	  .run = originate },
	{ .name = "channel redirect",
	  .usage = "NAME [[CONTEXT,]EXTEN,]PRIORITY",
	  .help = "Send a channel to another place in the dialplan.",
	  .run = redirect,
	  .complete = complete_channel },
	{ .name = "channel request hangup",
	  .usage = "NAME|all",
	  .help = "Hang up one channel, or all.",
	  .run = hang_up,
	  .complete = complete_channel },
	{ .name = "channel hangup",
	  .usage = "NAME|all",
	  .help = "The same as \"channel request hangup\".",
	  .run = hang_up,
	  .complete = complete_channel },
	{ 0 },
};

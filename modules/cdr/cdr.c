/* Call detail records, made of what the event bus tells. Who writes them down
 * subscribes to CallRecord: cdr_sqlite, cdr_csv, or a module of yours. */
#include <ringdown/log.h>
#include <ringdown/module.h>

#include "modules/cdr/cdr.h"

static struct cdr_kept own = { .legs = RD_LIST_INIT(own.legs),
			       .ended = RD_LIST_INIT(own.ended),
			       .met = RD_LIST_INIT(own.met) };
struct cdr_kept *cdr_kept = &own;

static const size_t sizes[] = { sizeof(own), sizeof(struct cdr_leg), sizeof(struct cdr_record), 0 };
static const size_t *const shape[] = { sizes, NULL };
static const struct rd_module_state state = { .version = 1,
					      .shape = shape,
					      .size = sizeof(own),
					      .place = (void **)&cdr_kept,
					      .take_over = cdr_legs_take_over };

/* ---- cdr.conf ---- */

#define OPTION(member) offsetof(struct cdr_settings, member)
#define ALWAYS_BATCHED "records are always written in batches, twice a second or oftener"

static const struct rd_option options[] = {
	{ .name = "enable", .type = RD_OPTION_BOOL, .offset = OPTION(enable), .fallback = "yes",
	  .help = "write call records" },
	{ .name = "unanswered", .type = RD_OPTION_BOOL, .offset = OPTION(unanswered),
	  .fallback = "no", .help = "also of calls that nobody answered and that called nobody" },
	{ .name = "congestion", .type = RD_OPTION_BOOL, .offset = OPTION(congestion),
	  .fallback = "no", .help = "CONGESTION instead of FAILED" },
	{ .name = "initiatedseconds", .type = RD_OPTION_BOOL, .offset = OPTION(round_up),
	  .fallback = "no", .help = "count every second that was begun" },
	{ .name = "channeldefaultenabled", .type = RD_OPTION_BOOL,
	  .offset = OPTION(on_by_default), .fallback = "yes",
	  .help = "no: only of channels with ResetCDR(e)" },
	RD_OPTION_ABSENT("endbeforehexten", "a record ends when the caller hangs up"),
	RD_OPTION_ABSENT("batch", ALWAYS_BATCHED),
	RD_OPTION_ABSENT("size", ALWAYS_BATCHED),
	RD_OPTION_ABSENT("time", ALWAYS_BATCHED),
	RD_OPTION_ABSENT("scheduleronly", ALWAYS_BATCHED),
	RD_OPTION_ABSENT("safeshutdown", ALWAYS_BATCHED),
	RD_OPTION_ABSENT("canceldispositionenabled", "who hangs up while it rings: NO ANSWER"),
	RD_OPTION_ABSENT("ignoredialchanges", "every party that is dialled has a record"),
	RD_OPTION_ABSENT("ignorestatechanges", "a record follows the call"),
	{ 0 }
};

static const char *const sections[] = { "general", "csv", NULL };
/* Of modules that write elsewhere, there. */
static const char *const unused[] = { "custom", "manager", "odbc",
				      "radius", "sqlite", "syslog", NULL };

static const struct rd_options_file conf = {
	.name = "cdr.conf", .section = "general", .table = options, .sections = sections,
	.unused = unused
};

static int build(void **snapshot, struct rd_config_report *report)
{
	return rd_options_new(&conf, sizeof(struct cdr_settings), snapshot, report);
}

static void commit(void *snapshot)
{
	cdr_kept->settings = *(struct cdr_settings *)snapshot;
	rd_free(snapshot);
}

static const char *const files[] = { "cdr.conf", NULL };

static const struct rd_module_config config = {
	.files = files, .build = build, .commit = commit, .discard = rd_free
};

/* ---- console ---- */

static int show_status(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	rd_cli_print(cli, "Call records:       %s\n", cdr_kept->settings.enable ? "on" : "off");
	rd_cli_print(cli, "Unanswered calls:   %s\n", cdr_kept->settings.unanswered ? "yes" : "no");
	rd_cli_print(cli, "Somebody writes:    %s\n",
		     rd_event_wanted(RD_EVENT_CALL_RECORD) ? "yes" : "no (load cdr_sqlite)");
	return 0;
}

static void print_text(struct rd_cli *cli, const struct cdr_leg *leg,
		       const struct cdr_record *record, const char *field, int width)
{
	struct rd_buf text;

	rd_buf_init(&text);
	cdr_record_get(leg, record, field, false, &text);
	rd_cli_print(cli, "%-*s ", width, rd_buf_text(&text));
	rd_buf_fini(&text);
}

static int show_active(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-24s %-24s %-12s %-19s %-8s %s\n", "Channel", "To", "Dialled",
		     "Since", "Seconds", "Disposition");
	for (struct cdr_leg *leg = cdr_leg_next(NULL); leg; leg = cdr_leg_next(leg)) {
		const struct cdr_record *record = cdr_leg_live(leg);

		if (!record)
			continue;
		print_text(cli, leg, record, "channel", 24);
		print_text(cli, leg, record, "dstchannel", 24);
		print_text(cli, leg, record, "dst", 12);
		print_text(cli, leg, record, "start", 19);
		print_text(cli, leg, record, "duration", 8);
		print_text(cli, leg, record, "disposition", 0);
		rd_cli_print(cli, "\n");
	}
	return 0;
}

static const struct rd_cli_command commands[] = {
	{ .name = "cdr show status", .usage = "", .run = show_status,
	  .help = "What is recorded of calls" },
	{ .name = "cdr show active", .usage = "", .run = show_active,
	  .help = "The records of calls that go on" },
	{ 0 }
};

/* ---- the module ---- */

static const struct rd_subscriber subscribers[] = {
	{ .name = "cdr",
	  .types = RD_EVENT_BIT(RD_EVENT_CHANNEL_STEP) | RD_EVENT_BIT(RD_EVENT_CHANNEL_STATE) |
		   RD_EVENT_BIT(RD_EVENT_CHANNEL_END) | RD_EVENT_BIT(RD_EVENT_DIAL_BEGIN) |
		   RD_EVENT_BIT(RD_EVENT_DIAL_END) | RD_EVENT_BIT(RD_EVENT_BRIDGE_ENTER) |
		   RD_EVENT_BIT(RD_EVENT_BRIDGE_LEAVE),
	  .notify = cdr_notify },
	{ 0 }
};

RD_MODULE(.name = "cdr", .synopsis = "Call detail records", .config = &config, .apps = cdr_apps,
	  .functions = cdr_functions, .commands = commands, .subscribers = subscribers,
	  .load = cdr_legs_start, .unload = cdr_legs_stop, .state = &state);

/* Channel event logging: what the event bus tells of calls, in the words of
 * Asterisk's CEL. Who writes it down subscribes to CallEvent: cel_sqlite, cel_csv,
 * or a module of yours. What of them is told stands in settings.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ringdown/bridge.h>
#include <ringdown/channel.h>
#include <ringdown/log.h>
#include <ringdown/map.h>
#include <ringdown/module.h>
#include <ringdown/spy.h>

#include "modules/ama_flags.h"
#include "modules/cel/cel.h"
#include "modules/channel_item.h"
#include "modules/quoted.h"

static struct cel_kept own;
struct cel_kept *cel_kept = &own;

/* ---- one event ---- */

static bool is_wanted(enum cel_type type)
{
	const struct cel_settings *settings = cel_settings();

	return settings && settings->enable && settings->types & 1u << type &&
	       rd_event_wanted(RD_EVENT_CALL_EVENT);
}

struct told {
	enum cel_type type;
	const char *app, *data;	  /* NULL: what the channel runs */
	const char *peer; /* a channel's name. NULL: none */
	const char *extra; /* JSON, or what CELGenUserEvent() says. NULL: none */
	const char *user_type;	  /* CEL_USER_DEFINED */
};

static const char *known(const char *text)
{
	return text ? text : "";
}

static void tell(const struct rd_channel *const_ch, const struct told *told)
{
	struct rd_channel *ch = (struct rd_channel *)const_ch;
	const struct rd_party *caller = rd_channel_party(ch, RD_PARTY_CALLER);
	char *app = channel_item(ch, "appname"), *data = channel_item(ch, "appdata");
	char *account = channel_item(ch, "accountcode");
	char *user = channel_item(ch, "userfield");
	const struct rd_event_field fields[] = {
		{ "eventtype", cel_type_names[told->type] },
		{ "cidname", known(caller->name) },
		{ "cidnum", known(caller->number) },
		{ "cidani", known(rd_channel_party(ch, RD_PARTY_ANI)->number) },
		{ "cidrdnis", known(rd_channel_party(ch, RD_PARTY_REDIRECTING_FROM)->number) },
		{ "ciddnid", known(rd_channel_dialled(ch)) },
		{ "exten", rd_channel_exten(ch) },
		{ "context", rd_channel_context(ch) },
		{ "channame", rd_channel_name(ch) },
		{ "appname", told->app ? told->app : known(app) },
		{ "appdata", told->app ? known(told->data) : known(data) },
		{ "amaflags", ama_flags_name(ama_flags_of(ch)) },
		{ "accountcode", known(account) },
		{ "uniqueid", rd_channel_uniqueid(ch) },
		{ "linkedid", rd_channel_linkedid(ch) },
		{ "userfield", known(user) },
		{ "peer", known(told->peer) },
		{ "userdeftype", known(told->user_type) },
		{ "extra", known(told->extra) },
	};
	struct rd_event event = { .type = RD_EVENT_CALL_EVENT, .channel = ch, .fields = fields,
				  .field_count = RD_ARRAY_SIZE(fields) };

	rd_event_publish(&event);
	rd_free(app);
	rd_free(data);
	rd_free(account);
	rd_free(user);
}

static void tell_plain(const struct rd_channel *ch, enum cel_type type)
{
	const struct told told = { .type = type };

	if (is_wanted(type))
		tell(ch, &told);
}

/* With {"name":"text"} as its extra. */
static void tell_with(const struct rd_channel *ch, struct told *told, const char *name,
		      const char *text)
{
	struct rd_buf extra;

	rd_buf_init(&extra);
	rd_buf_printf(&extra, "{\"%s\":", name);
	json_add_quoted(&extra, known(text));
	rd_buf_addc(&extra, '}');
	told->extra = extra.failed ? NULL : rd_buf_text(&extra);
	tell(ch, told);
	rd_buf_fini(&extra);
}

/* ---- applications ---- */

static bool is_watched(const char *app)
{
	for (const char **name = cel_settings()->apps; name && *name; name++)
		if (strcasecmp(*name, app) == 0 || strcasecmp(*name, "all") == 0)
			return true;
	return false;
}

static void app_ended(const struct rd_channel *ch)
{
	char *app = cel_kept->running ? rd_map_remove(cel_kept->running, rd_channel_uniqueid(ch))
				      : NULL;
	const struct told told = { .type = CEL_APP_END, .app = app,
				   .data = app ? app + strlen(app) + 1 : NULL };

	if (app && is_wanted(CEL_APP_END))
		tell(ch, &told);
	rd_free(app);
}

static void app_begins(const struct rd_event *event)
{
	size_t name = strlen(event->name) + 1, data = strlen(event->text) + 1;
	const struct told told = { .type = CEL_APP_START, .app = event->name, .data = event->text };
	char *both;

	app_ended(event->channel);
	if (!cel_settings()->enable || !is_watched(event->name))
		return;
	both = rd_malloc(name + data);
	if (both) {
		memcpy(both, event->name, name);
		memcpy(both + name, event->text, data);
	}
	if (!both ||
	    rd_map_set(cel_kept->running, rd_channel_uniqueid(event->channel), both, NULL)) {
		rd_error("%s: no memory for the end of %s in its log",
			 rd_channel_name(event->channel), event->name);
		rd_free(both);
	}
	if (is_wanted(CEL_APP_START))
		tell(event->channel, &told);
}

/* ---- what the bus tells ---- */

static void on_state(const struct rd_event *event)
{
	struct told told = { .type = CEL_HANGUP };
	struct rd_buf extra;

	if (event->number == RD_CHANNEL_UP)
		tell_plain(event->channel, CEL_ANSWER);
	if (event->number != RD_CHANNEL_GONE)
		return;
	app_ended(event->channel);
	if (!is_wanted(CEL_HANGUP))
		return;
	rd_buf_init(&extra);
	rd_buf_printf(&extra,
		      "{\"hangupcause\":%d,\"dialstatus\":", rd_channel_cause(event->channel));
	json_add_quoted(&extra, known(rd_var_get(event->channel, "DIALSTATUS")));
	rd_buf_addc(&extra, '}');
	told.extra = extra.failed ? NULL : rd_buf_text(&extra);
	tell(event->channel, &told);
	rd_buf_fini(&extra);
}

/* The last of those that belong together. */
static void on_end(const struct rd_channel *ch)
{
	const struct rd_channel *other = NULL;

	app_ended(ch);
	tell_plain(ch, CEL_CHAN_END);
	if (!is_wanted(CEL_LINKEDID_END))
		return;
	while ((other = rd_channel_next(other)))
		if (other != ch &&
		    strcmp(rd_channel_linkedid(other), rd_channel_linkedid(ch)) == 0)
			return;
	tell_plain(ch, CEL_LINKEDID_END);
}

static void on_bridge(const struct rd_event *event, enum cel_type type)
{
	struct rd_channel *others[3]; /* the two who talk come first */
	struct told told = { .type = type };
	int count;

	if (!is_wanted(type) || rd_spy_intrudes(event->channel))
		return;
	count = rd_bridge_channels(event->bridge, others, RD_ARRAY_SIZE(others));
	for (int i = 0; i < count; i++)
		if (others[i] != event->channel && !rd_spy_intrudes(others[i]))
			told.peer = rd_channel_name(others[i]);
	tell_with(event->channel, &told, "bridge_id", rd_bridge_id(event->bridge));
}

static void add_field(struct rd_buf *out, const char *name, const char *value)
{
	rd_buf_printf(out, "%s\"%s\":", out->n ? "," : "{", name);
	json_add_quoted(out, known(value));
}

/* Where it goes is "1002@office". */
static void tell_blind(const struct rd_event *event, struct told *told)
{
	struct rd_str context = rd_str_of(event->text), exten;
	struct rd_buf extra;
	char *name;

	rd_str_cut(&context, '@', &exten);
	name = rd_strndup(exten.p, exten.n);
	rd_buf_init(&extra);
	add_field(&extra, "extension", name);
	add_field(&extra, "context", context.n ? context.p : "");
	rd_buf_addc(&extra, '}');
	told->extra = extra.failed || !name ? NULL : rd_buf_text(&extra);
	tell(event->channel, told);
	rd_buf_fini(&extra);
	rd_free(name);
}

static void on_transfer(const struct rd_event *event)
{
	bool blind = strcmp(event->name, "blind") == 0;
	struct told told = { .type = blind ? CEL_BLINDTRANSFER : CEL_ATTENDEDTRANSFER,
			     .peer = rd_channel_name(event->peer) };

	if (!is_wanted(told.type))
		return;
	if (blind)
		tell_blind(event, &told);
	else
		tell_with(event->channel, &told, "channel2_name", event->text);
}

static void on_other(const struct rd_event *event, enum cel_type type)
{
	struct told told = { .type = type,
			     .peer = event->peer ? rd_channel_name(event->peer) : NULL };
	char extra[64];

	if (type == CEL_DTMF) {
		snprintf(extra, sizeof(extra), "{\"digit\":\"%.1s\",\"duration_ms\":%lld}",
			 known(event->text), (long long)event->number);
		told.extra = extra;
	}
	if (is_wanted(type))
		tell(event->channel, &told);
}

/* "701@default" is place 701 of lot default. */
static void on_parking(const struct rd_event *event)
{
	bool begins = strcmp(event->text, "PARKED") == 0;
	const char *at = strchr(event->name, '@');
	struct told told = { .type = begins ? CEL_PARK_START : CEL_PARK_END,
			     .peer = event->peer ? rd_channel_name(event->peer) : NULL };
	struct rd_buf extra;

	if (!is_wanted(told.type))
		return;
	rd_buf_init(&extra);
	if (begins)
		add_field(&extra, "parker_dial_string", rd_event_value(event, "parker"));
	else
		add_field(&extra, "reason", event->text);
	add_field(&extra, "parking_lot", at ? at + 1 : "");
	rd_buf_addc(&extra, '}');
	told.extra = rd_buf_text(&extra);
	tell(event->channel, &told);
	rd_buf_fini(&extra);
}

static void notify(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (!cel_kept->running || !cel_settings() || !event->channel)
		return;
	switch (event->type) {
	case RD_EVENT_CHANNEL_NEW:
		tell_plain(event->channel, CEL_CHAN_START);
		break;
	case RD_EVENT_CHANNEL_STATE:
		on_state(event);
		break;
	case RD_EVENT_CHANNEL_STEP:
		app_begins(event);
		break;
	case RD_EVENT_CHANNEL_END:
		on_end(event->channel);
		break;
	case RD_EVENT_CHANNEL_DIGIT:
		on_other(event, CEL_DTMF);
		break;
	case RD_EVENT_BRIDGE_ENTER:
		on_bridge(event, CEL_BRIDGE_ENTER);
		break;
	case RD_EVENT_BRIDGE_LEAVE:
		on_bridge(event, CEL_BRIDGE_EXIT);
		break;
	case RD_EVENT_TRANSFER:
		on_transfer(event);
		break;
	case RD_EVENT_PICKUP:
		on_other(event, CEL_PICKUP);
		break;
	case RD_EVENT_PARKING:
		on_parking(event);
		break;
	case RD_EVENT_DIAL_END:
		if (event->peer && strcmp(event->text, "FORWARD") == 0)
			on_other(event, CEL_FORWARD);
		break;
	default:
		break;
	}
}

/* ---- CELGenUserEvent ---- */

static int celgenuserevent_app(struct rd_channel *ch, const char *args)
{
	const char *argv[2];
	struct told told = { .type = CEL_USER_DEFINED };
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	told.user_type = argv[0];
	told.extra = argv[1];
	if (is_wanted(CEL_USER_DEFINED))
		tell(ch, &told);
	return 0;
}

static const struct rd_app apps[] = {
	{ .name = "CELGenUserEvent",
	  .run = celgenuserevent_app,
	  .synopsis = "Put an event of your own into the channel event log",
	  .syntax = "CELGenUserEvent(event-name[,extra text])" },
	{ 0 }
};

/* ---- console, life ---- */

static int show_status(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct cel_settings *settings = cel_settings();

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "Channel event log: %s\n", settings->enable ? "on" : "off");
	for (int i = 0; settings->enable && i < CEL_TYPES; i++)
		if (settings->types & 1u << i)
			rd_cli_print(cli, "  %s\n", cel_type_names[i]);
	return 0;
}

static const struct rd_cli_command commands[] = {
	{ .name = "cel show status", .usage = "", .run = show_status,
	  .help = "What of channels is logged" },
	{ 0 }
};

static const struct rd_subscriber subscriber = {
	.name = "cel",
	.types = RD_EVENT_BIT(RD_EVENT_CHANNEL_NEW) | RD_EVENT_BIT(RD_EVENT_CHANNEL_STATE) |
		 RD_EVENT_BIT(RD_EVENT_CHANNEL_STEP) | RD_EVENT_BIT(RD_EVENT_CHANNEL_END) |
		 RD_EVENT_BIT(RD_EVENT_CHANNEL_DIGIT) | RD_EVENT_BIT(RD_EVENT_BRIDGE_ENTER) |
		 RD_EVENT_BIT(RD_EVENT_BRIDGE_LEAVE) | RD_EVENT_BIT(RD_EVENT_TRANSFER) |
		 RD_EVENT_BIT(RD_EVENT_PICKUP) | RD_EVENT_BIT(RD_EVENT_PARKING) |
		 RD_EVENT_BIT(RD_EVENT_DIAL_END),
	.notify = notify,
};

static void forget_running(void)
{
	const char *id;
	size_t pos = 0;
	void *app;

	while (cel_kept->running && rd_map_next(cel_kept->running, &pos, &id, &app))
		rd_free(rd_map_remove(cel_kept->running, id));
}

void cel_listen(bool on)
{
	if (on == (cel_kept->listener != NULL))
		return;
	if (on && rd_subscribe(&subscriber)) {
		rd_error("no memory to hear of channels: none is logged");
		return;
	}
	if (!on) {
		rd_unsubscribe(cel_kept->listener);
		forget_running();
	}
	cel_kept->listener = on ? &subscriber : NULL;
}

/* Without memory the old code listens on. */
static void take_over(void)
{
	if (!cel_kept->listener || cel_kept->listener == &subscriber || rd_subscribe(&subscriber))
		return;
	rd_unsubscribe(cel_kept->listener);
	cel_kept->listener = &subscriber;
}

static const size_t sizes[] = { sizeof(own), sizeof(struct cel_settings), 0 };
static const size_t *const shape[] = { sizes, NULL };
static const struct rd_module_state state = { .version = 1,
					      .shape = shape,
					      .size = sizeof(own),
					      .place = (void **)&cel_kept,
					      .take_over = take_over };

static int load(void)
{
	int rc = rd_map_new(&cel_kept->running, 0);

	if (rc)
		cel_settings_drop();
	return rc;
}

static void unload(void)
{
	cel_settings_drop();
	rd_map_free(cel_kept->running);
	cel_kept->running = NULL;
}

RD_MODULE(.name = "cel", .synopsis = "Channel event logging", .config = &cel_config, .apps = apps,
	  .commands = commands, .load = load, .unload = unload, .state = &state);

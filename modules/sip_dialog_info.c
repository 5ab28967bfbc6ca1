/* The event package dialog (RFC 4235): lamps. A resource is an extension with a hint;
 * its dialogs are the calls of the devices behind it. A device that has no calls but
 * a state (Custom:door) counts as one dialog of the extension's name, and so does an
 * idle extension, in state terminated: many phones put a lamp out for that alone. */
#include <stdio.h>

#include <ringdown/xml.h>

#include "modules/sip_hint.h"
#include "modules/sip_package.h"
#include "modules/sip_told.h"

#define TYPE	  "application/dialog-info+xml"
#define NAMESPACE "urn:ietf:params:xml:ns:dialog-info"

/* The one dialog that is watched (RFC 4235 §3.2), as its device names it; "": any. */
struct wanted {
	char call_id[256], local_tag[128], remote_tag[128];
};

struct lamp {
	struct hint_watch hint;
	struct told told; /* dialogs, by id */
	struct wanted wanted;
};

/* One dialog as the document tells it. */
struct shown {
	const char *id, *state, *direction; /* direction NULL: not known */
	const char *name, *number;	    /* of the far side; NULL: not known */
	bool is_held, is_hidden;
	char call_id[256], local_tag[128], remote_tag[128]; /* "": not known */
};

/* A document on its way. */
struct document {
	struct rd_xml_writer *writer;
	const struct rd_sip_watch *watch;
	struct lamp *lamp;
	bool full;
	unsigned news, count;
};

/* ---- one dialog ---- */

static void write_identity(struct document *document, const char *name, const char *uri)
{
	rd_xml_begin(document->writer, "identity");
	if (name && *name)
		rd_xml_put(document->writer, "display", name);
	rd_xml_text(document->writer, uri);
	rd_xml_end(document->writer);
}

static void write_target(struct document *document, const char *uri, bool is_held)
{
	rd_xml_begin(document->writer, "target");
	rd_xml_put(document->writer, "uri", uri);
	if (is_held) {
		rd_xml_begin(document->writer, "param");
		rd_xml_put(document->writer, "pname", "+sip.rendering");
		rd_xml_put(document->writer, "pval", "no");
		rd_xml_end(document->writer);
	}
	rd_xml_end(document->writer);
}

static void write_local(struct document *document, const struct shown *shown)
{
	rd_xml_begin(document->writer, "local");
	write_identity(document, hint_name(&document->lamp->hint), document->watch->entity);
	write_target(document, document->watch->entity, shown->is_held);
	rd_xml_end(document->writer);
}

static void write_remote(struct document *document, const struct shown *shown)
{
	char uri[768] = "sip:anonymous@anonymous.invalid";

	if (!shown->number && !shown->is_hidden)
		return;
	if (!shown->is_hidden &&
	    sip_package_events()->uri_beside(document->watch, shown->number, uri, sizeof(uri)))
		return;
	rd_xml_begin(document->writer, "remote");
	write_identity(document, shown->is_hidden ? NULL : shown->name, uri);
	write_target(document, uri, false);
	rd_xml_end(document->writer);
}

static void put_unless_empty(struct document *document, const char *name, const char *value)
{
	if (*value)
		rd_xml_put(document->writer, name, value);
}

static void write_dialog(struct document *document, const struct shown *shown)
{
	rd_xml_begin(document->writer, "dialog");
	rd_xml_put(document->writer, "id", shown->id);
	put_unless_empty(document, "call-id", shown->call_id);
	put_unless_empty(document, "local-tag", shown->local_tag);
	put_unless_empty(document, "remote-tag", shown->remote_tag);
	if (shown->direction)
		rd_xml_put(document->writer, "direction", shown->direction);
	rd_xml_element(document->writer, "state", shown->state);
	if (strcmp(shown->state, "terminated") != 0) {
		write_local(document, shown);
		write_remote(document, shown);
	}
	rd_xml_end(document->writer);
	document->count++;
}

static bool is_one(const char *wanted, const char *is)
{
	return !*wanted || strcmp(wanted, is) == 0;
}

static bool is_wanted(const struct wanted *wanted, const struct shown *shown)
{
	return is_one(wanted->call_id, shown->call_id) &&
	       is_one(wanted->local_tag, shown->local_tag) &&
	       is_one(wanted->remote_tag, shown->remote_tag);
}

static void show(struct document *document, const struct shown *shown)
{
	uint32_t sum = told_mix(TOLD_START, shown->state);
	bool is_news;

	if (!is_wanted(&document->lamp->wanted, shown))
		return;
	sum = told_mix(told_mix(sum, shown->name), shown->number);
	sum = told_mix(sum, shown->is_held ? "held" : "");
	sum = told_mix(told_mix(sum, shown->local_tag), shown->remote_tag);
	is_news = told_part(&document->lamp->told, shown->id, sum);
	document->news += is_news;
	if (is_news || document->full)
		write_dialog(document, shown);
}

/* ---- which there are ---- */

static const char *state_of(const struct rd_channel *ch)
{
	switch (rd_channel_state(ch)) {
	case RD_CHANNEL_DIALING:
		return "trying";
	case RD_CHANNEL_RING: /* it calls, and hears ringing */
	case RD_CHANNEL_RINGING:
		return "early";
	case RD_CHANNEL_UP:
		return "confirmed";
	default:
		return NULL;
	}
}

static void get(struct rd_channel *ch, const char *item, char *value, size_t size)
{
	struct rd_buf text;

	rd_buf_init(&text);
	if (rd_channel_get(ch, item, &text) == 0)
		rd_strcpy(value, size, rd_buf_text(&text));
	rd_buf_fini(&text);
}

/* What a phone needs to take the call over (RFC 3891). It is the device's dialog, and
 * its own tag is to us the remote one. */
static void name_dialog(struct shown *shown, struct rd_channel *ch)
{
	if (strcmp(rd_channel_tech(ch), "SIP") != 0)
		return;
	get(ch, "pjsip,call-id", shown->call_id, sizeof(shown->call_id));
	get(ch, "pjsip,remote_tag", shown->local_tag, sizeof(shown->local_tag));
	get(ch, "pjsip,local_tag", shown->remote_tag, sizeof(shown->remote_tag));
}

static void show_channel(struct document *document, struct rd_channel *ch)
{
	const struct rd_party *far = rd_channel_party(ch, RD_PARTY_CONNECTED);
	struct shown shown = {
		.id = rd_channel_uniqueid(ch),
		.state = state_of(ch),
		.direction = rd_channel_outgoing(ch) ? "recipient" : "initiator",
		.name = far->name,
		.number = far->number,
		.is_held = rd_channel_on_hold(ch),
		.is_hidden = far->number && !rd_presentation_shown(far->number_pres),
	};

	if (!shown.state)
		return;
	if (!shown.number && !rd_channel_outgoing(ch))
		shown.number = rd_channel_dialled(ch);
	if (shown.number && !*shown.number)
		shown.number = NULL;
	name_dialog(&shown, ch);
	show(document, &shown);
}

/* What a device says of itself that has no calls here. */
static void show_state(struct document *document, const char *device,
		       enum rd_device_state state)
{
	struct shown shown = { .id = device };

	switch (state) {
	case RD_DEVICE_RINGING:
	case RD_DEVICE_RINGINUSE:
		shown.state = "early";
		shown.direction = "recipient";
		break;
	case RD_DEVICE_ONHOLD:
		shown.is_held = true;
		/* fall through */
	case RD_DEVICE_INUSE:
	case RD_DEVICE_BUSY:
		shown.state = "confirmed";
		break;
	default:
		return;
	}
	show(document, &shown);
}

static void show_device(struct document *document, const char *device)
{
	struct rd_channel *ch = NULL;
	unsigned calls = 0;

	while ((ch = rd_device_channel(device, ch))) {
		show_channel(document, ch);
		calls++;
	}
	if (!calls)
		show_state(document, device, rd_device_state(device));
}

static void show_devices(struct document *document)
{
	struct rd_str rest = rd_str_of(hint_devices(&document->lamp->hint)), one;
	char device[128];
	bool more = true;

	while (more) {
		more = rd_str_cut(&rest, '&', &one);
		if (rd_strcpyn(device, sizeof(device), rd_str_trim(one)) && *device)
			show_device(document, device);
	}
}

/* Those that were told and are no more. */
static void show_ended(struct document *document)
{
	const char *id;

	while ((id = told_gone(&document->lamp->told))) {
		const struct shown shown = { .id = id, .state = "terminated" };

		write_dialog(document, &shown);
		document->news++;
	}
}

/* ---- the package ---- */

static void write_root(struct document *document, const struct rd_sip_notice *notice)
{
	rd_xml_begin(document->writer, "dialog-info");
	rd_xml_put(document->writer, "xmlns", NAMESPACE);
	rd_xml_put_number(document->writer, "version", notice->version);
	rd_xml_put(document->writer, "state", notice->full ? "full" : "partial");
	rd_xml_put(document->writer, "entity", document->watch->entity);
}

static int print(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		 struct rd_buf *body)
{
	const struct shown idle = { .id = watch->resource, .state = "terminated" };
	struct document document = {
		.watch = watch,
		.lamp = watch->data,
		.full = notice->full,
	};
	int rc = rd_xml_writer_new(&document.writer, body);

	if (rc)
		return rc;
	write_root(&document, notice);
	told_begin(&document.lamp->told);
	show_devices(&document);
	show_ended(&document);
	if (!document.count && !*document.lamp->wanted.call_id)
		write_dialog(&document, &idle);
	rc = rd_xml_writer_close(document.writer);
	return rc == 0 && !document.news && !notice->must ? -EALREADY : rc;
}

/* What is not said is "". */
static bool read_param(const struct rd_sip_watch *watch, const char *name, char *value,
		       size_t size)
{
	return sip_package_events()->param(watch, name, value, size) != -EMSGSIZE;
}

/* False: it names one that no call of ours can have. */
static bool read_wanted(struct wanted *wanted, const struct rd_sip_watch *watch)
{
	return read_param(watch, "call-id", wanted->call_id, sizeof(wanted->call_id)) &&
	       read_param(watch, "to-tag", wanted->local_tag, sizeof(wanted->local_tag)) &&
	       read_param(watch, "from-tag", wanted->remote_tag, sizeof(wanted->remote_tag));
}

static int open_watch(struct rd_sip_watch *watch)
{
	struct lamp *lamp = rd_zalloc(sizeof(*lamp));
	int rc;

	if (!lamp)
		return -ENOMEM;
	told_init(&lamp->told);
	if (!read_wanted(&lamp->wanted, watch)) {
		rd_free(lamp);
		return 404;
	}
	rc = hint_watch_open(&lamp->hint, watch, NULL);
	if (rc) {
		rd_free(lamp);
		return rc == -ENOENT ? 404 : rc;
	}
	watch->data = lamp;
	watch->passing = *lamp->wanted.call_id; /* no call outlives us */
	return 0;
}

static void close_watch(struct rd_sip_watch *watch)
{
	struct lamp *lamp = watch->data;

	hint_watch_close(&lamp->hint);
	told_fini(&lamp->told);
	rd_free(lamp);
}

static const char *const types[] = { TYPE, NULL };

static const struct rd_sip_package package = {
	.name = "dialog",
	.types = types,
	.open = open_watch,
	.close = close_watch,
	.print = print,
};

/* ---- what happens ---- */

static void notify(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (!sip_package_events())
		return;
	if (event->type == RD_EVENT_RELOAD)
		hints_reloaded();
	else if (event->type == RD_EVENT_MODULE)
		hints_look_again();
	else if (event->channel)
		hints_changed(rd_channel_device(event->channel));
	else if (event->name)
		hints_changed(event->name);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "sip_dialog_info",
	  .types = RD_EVENT_BIT(RD_EVENT_DEVICE_STATE) | RD_EVENT_BIT(RD_EVENT_CHANNEL_STATE) |
		   RD_EVENT_BIT(RD_EVENT_CHANNEL_PARTY) | RD_EVENT_BIT(RD_EVENT_CHANNEL_HOLD) |
		   RD_EVENT_BIT(RD_EVENT_CHANNEL_END) | RD_EVENT_BIT(RD_EVENT_RELOAD) |
		   RD_EVENT_BIT(RD_EVENT_MODULE),
	  .notify = notify },
	{ 0 }
};

static void unload(void)
{
	hint_package_unload(&package);
}

static int load(void)
{
	return hint_package_load(&package);
}

RD_MODULE(.name = "sip_dialog_info",
	  .synopsis = "Lamps for SIP phones: dialogs of extensions, RFC 4235",
	  .needs = sip_package_needs,
	  .subscribers = subscribers,
	  .load = load,
	  .unload = unload);

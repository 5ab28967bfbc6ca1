/* The event package reg (RFC 3680): which devices are registered for a number. A phone
 * may watch its own. */
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/xml.h>

#include "modules/sip_package.h"
#include "modules/sip_told.h"

#define TYPE	  "application/reginfo+xml"
#define NAMESPACE "urn:ietf:params:xml:ns:reginfo"

/* ---- why they went ---- */

#define DEATHS 64 /* the latest: a NOTIFY follows soon */

static struct {
	uint32_t id;
	char reason[16];
} deaths[DEATHS];

static unsigned death_count;

static uint32_t death_id(const char *phone, const char *uri)
{
	return told_mix(told_mix(TOLD_START, phone), uri);
}

static void note_death(const struct rd_event *event)
{
	const char *reason = rd_event_value(event, "reason");
	unsigned at;

	if (!*reason)
		return;
	at = death_count++ % DEATHS;
	deaths[at].id = death_id(event->name, event->text);
	rd_strcpy(deaths[at].reason, sizeof(deaths[at].reason), reason);
}

static const char *reason_of(const char *phone, const char *uri)
{
	uint32_t id = death_id(phone, uri);

	for (unsigned i = 1; i <= DEATHS && i <= death_count; i++)
		if (deaths[(death_count - i) % DEATHS].id == id)
			return deaths[(death_count - i) % DEATHS].reason;
	return "unregistered";
}

/* ---- contacts ---- */

/* The same device has the same id for as long as it is there: a number made of its
 * URI and its Call-ID. */
static void make_id(char id[16], const struct rd_sip_binding *binding)
{
	snprintf(id, 16, "c%08x",
		 told_mix_str(told_mix_str(TOLD_START, binding->uri), binding->call_id));
}

static void put_str(struct rd_xml_writer *writer, const char *name, struct rd_str value)
{
	char *text = rd_strndup(value.p, value.n);

	rd_xml_put(writer, name, text ? text : "");
	rd_free(text);
}

static void write_contact(struct rd_xml_writer *writer, const char *id,
			  const struct rd_sip_binding *binding)
{
	char *uri = rd_strndup(binding->uri.p, binding->uri.n), q[16];

	snprintf(q, sizeof(q), "%d.%03d", binding->q / 1000, binding->q % 1000);
	rd_xml_begin(writer, "contact");
	rd_xml_put(writer, "id", id);
	rd_xml_put(writer, "state", "active");
	rd_xml_put(writer, "event", binding->renewed ? "refreshed" : "registered");
	rd_xml_put_number(writer, "expires", binding->expires_s);
	rd_xml_put(writer, "q", q);
	put_str(writer, "callid", binding->call_id);
	rd_xml_put_number(writer, "cseq", binding->cseq);
	rd_xml_element(writer, "uri", uri ? uri : "");
	rd_xml_end(writer);
	rd_free(uri);
}

/* Told once, with the URI that it had: its id is all that is left of it here. */
static void write_gone(struct rd_xml_writer *writer, const char *phone,
		       const char *id_and_uri)
{
	char id[16];
	const char *space = strchr(id_and_uri, ' ');

	if (!space || !rd_strcpyn(id, sizeof(id),
				  (struct rd_str){ id_and_uri, (size_t)(space - id_and_uri) }))
		return;
	rd_xml_begin(writer, "contact");
	rd_xml_put(writer, "id", id);
	rd_xml_put(writer, "state", "terminated");
	rd_xml_put(writer, "event", reason_of(phone, space + 1));
	rd_xml_element(writer, "uri", space + 1);
	rd_xml_end(writer);
}

/* What has gone since last time first, and then what there is. How much is news. */
static unsigned write_contacts(struct rd_xml_writer *writer, const char *phone,
			       struct told *told)
{
	struct rd_sip_binding binding;
	unsigned news = 0;
	const char *gone;
	size_t pos = 0;

	told_begin(told);
	while (sip_package_events()->binding(phone, &pos, &binding)) {
		char id[16], *part;

		make_id(id, &binding);
		part = rd_asprintf("%s %.*s", id, RD_STR_ARG(binding.uri));
		/* The stamp is of its renewal. */
		news += !part || told_part(told, part, (uint32_t)binding.stamp);
		rd_free(part);
		write_contact(writer, id, &binding);
	}
	for (; (gone = told_gone(told)); news++)
		write_gone(writer, phone, gone);
	return news;
}

/* ---- the package ---- */

static const char *state_of(const char *name, const struct told *told)
{
	struct rd_sip_phone phone;

	if (sip_package_events()->phone(name, &phone) == 0 && phone.contacts)
		return "active";
	return rd_list_empty(&told->parts) ? "init" : "terminated";
}

static int print(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		 struct rd_buf *body)
{
	struct told *told = watch->data;
	struct rd_xml_writer *writer;
	unsigned news;
	int rc = rd_xml_writer_new(&writer, body);

	if (rc)
		return rc;
	rd_xml_begin(writer, "reginfo");
	rd_xml_put(writer, "xmlns", NAMESPACE);
	rd_xml_put_number(writer, "version", notice->version);
	rd_xml_put(writer, "state", notice->full ? "full" : "partial");
	rd_xml_begin(writer, "registration");
	rd_xml_put(writer, "aor", watch->entity);
	rd_xml_put(writer, "id", watch->resource);
	rd_xml_put(writer, "state", state_of(watch->subject, told));
	news = write_contacts(writer, watch->subject, told);
	rc = rd_xml_writer_close(writer);
	return rc == 0 && !news && !notice->must ? -EALREADY : rc;
}

static void renewed(const struct rd_event *event, void *arg);

/* Subscribed while there is a watch: all phones renew now and then, and few are watched. */
static const struct rd_subscriber renewals = { .name = "sip_reg renewals",
					       .types = RD_EVENT_BIT(RD_EVENT_CONTACT_RENEWED),
					       .notify = renewed };
static unsigned watch_count;

static int open_watch(struct rd_sip_watch *watch)
{
	struct told *told;

	if (strcmp(watch->subject, watch->phone) != 0)
		return 403;
	told = rd_malloc(sizeof(*told));
	if (!told)
		return -ENOMEM;
	if (!watch_count && rd_subscribe(&renewals)) {
		rd_free(told);
		return -ENOMEM;
	}
	watch_count++;
	told_init(told);
	watch->data = told;
	return 0;
}

static void close_watch(struct rd_sip_watch *watch)
{
	told_fini(watch->data);
	rd_free(watch->data);
	if (--watch_count == 0)
		rd_unsubscribe(&renewals);
}

static const char *const types[] = { TYPE, NULL };

static const struct rd_sip_package package = {
	.name = "reg",
	.types = types,
	.gap_ms = 5000, /* RFC 3680 §4.10 */
	.open = open_watch,
	.close = close_watch,
	.print = print,
};

static void renewed(const struct rd_event *event, void *arg)
{
	(void)arg;
	sip_package_events()->resource_changed(&package, event->name);
}

static void notify(const struct rd_event *event, void *arg)
{
	(void)arg;
	if (event->name && event->text && event->number == 0)
		note_death(event);
	if (sip_package_events() && event->name)
		sip_package_events()->resource_changed(&package, event->name);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "sip_reg", .types = RD_EVENT_BIT(RD_EVENT_CONTACT), .notify = notify },
	{ 0 }
};

static void unload(void)
{
	sip_package_unload(&package);
}

static int load(void)
{
	return sip_package_load(&package);
}

RD_MODULE(.name = "sip_reg",
	  .synopsis = "Registrations told to SIP phones, RFC 3680",
	  .needs = sip_package_needs,
	  .subscribers = subscribers,
	  .load = load,
	  .unload = unload);

/* The event package presence (RFC 3856): is somebody there, and what is he doing. A
 * resource is an extension with a hint, or a phone. The document (PIDF, RFC 3863, with
 * activities of RFC 4480) is made of what its devices do and of what they have
 * published about themselves. */
#include <stdio.h>

#include <ringdown/xml.h>

#include "modules/sip_hint.h"
#include "modules/sip_package.h"

#define TYPE	 "application/pidf+xml"
#define IDS_MAX  100 /* of one name */
#define BODY_MAX 32768 /* what goes into a NOTIFY with some room to spare */

#define PIDF   "urn:ietf:params:xml:ns:pidf"
#define PERSON "urn:ietf:params:xml:ns:pidf:data-model"
#define RPID   "urn:ietf:params:xml:ns:pidf:rpid"

static const struct rd_sip_package package;

struct presence {
	struct hint_watch hint;
	enum rd_device_state told; /* of the devices, last time */
	size_t published_sum;	   /* of what is published, last time */
};

/* What a state of devices means for people. */
static const struct {
	bool is_open;
	const char *activity; /* of RFC 4480, NULL: none */
	const char *note;
} meanings[] = {
	[RD_DEVICE_UNKNOWN] = { false, NULL, "Unknown" },
	[RD_DEVICE_NOT_INUSE] = { true, NULL, "Ready" },
	[RD_DEVICE_INUSE] = { true, "on-the-phone", "On the phone" },
	[RD_DEVICE_BUSY] = { true, "busy", "Busy" },
	[RD_DEVICE_INVALID] = { false, NULL, "Unavailable" },
	[RD_DEVICE_UNAVAILABLE] = { false, NULL, "Unavailable" },
	[RD_DEVICE_RINGING] = { true, NULL, "Ringing" },
	[RD_DEVICE_RINGINUSE] = { true, "on-the-phone", "On the phone, ringing" },
	[RD_DEVICE_ONHOLD] = { true, "on-the-phone", "On hold" },
};

/* ---- what the devices do ---- */

/* All that it does is to be called: by calls that ring, or do not even ring yet. */
static bool is_only_called(const char *device)
{
	struct rd_channel *ch = NULL;
	unsigned calls = 0;

	while ((ch = rd_device_channel(device, ch))) {
		enum rd_channel_state state = rd_channel_state(ch);

		if (state == RD_CHANNEL_UP || state == RD_CHANNEL_RING)
			return false;
		calls += state == RD_CHANNEL_DIALING || state == RD_CHANNEL_RINGING;
	}
	return calls;
}

static bool has_calls(enum rd_device_state state)
{
	return state == RD_DEVICE_INUSE || state == RD_DEVICE_BUSY || state == RD_DEVICE_ONHOLD ||
	       state == RD_DEVICE_RINGINUSE;
}

/* Nobody is on the phone whom a call has not reached yet. */
static enum rd_device_state state_of(const char *devices)
{
	enum rd_device_state state = rd_device_state(devices);
	struct rd_str rest = rd_str_of(devices), one;
	char device[128];
	bool more = true;

	if (!has_calls(state))
		return state;
	while (more) {
		more = rd_str_cut(&rest, '&', &one);
		if (rd_strcpyn(device, sizeof(device), rd_str_trim(one)) &&
		    has_calls(rd_device_state(device)) && !is_only_called(device))
			return state;
	}
	return state == RD_DEVICE_RINGINUSE ? RD_DEVICE_RINGING : RD_DEVICE_NOT_INUSE;
}

static void write_tuple(struct rd_xml_writer *writer, const struct rd_sip_watch *watch,
			enum rd_device_state state)
{
	char id[64] = "x";

	rd_strcpy(id + 1, sizeof(id) - 1, watch->resource); /* an XML name, and ours */
	rd_xml_begin(writer, "tuple");
	rd_xml_put(writer, "id", id);
	rd_xml_begin(writer, "status");
	rd_xml_element(writer, "basic", meanings[state].is_open ? "open" : "closed");
	rd_xml_end(writer);
	rd_xml_begin(writer, "contact");
	rd_xml_put(writer, "priority", "1");
	rd_xml_text(writer, watch->entity);
	rd_xml_end(writer);
	rd_xml_element(writer, "note", meanings[state].note);
	rd_xml_end(writer);
}

static void write_person(struct rd_xml_writer *writer, enum rd_device_state state)
{
	rd_xml_begin(writer, "dm:person");
	rd_xml_put(writer, "id", "phone");
	if (meanings[state].activity) {
		char name[32];

		snprintf(name, sizeof(name), "rpid:%s", meanings[state].activity);
		rd_xml_begin(writer, "rpid:activities");
		rd_xml_element(writer, name, "");
		rd_xml_end(writer);
	}
	rd_xml_element(writer, "dm:note", meanings[state].note);
	rd_xml_end(writer);
}

/* ---- what they have published ---- */

/* The ids that a document has (RFC 3863 §4.1.2: each once). */
struct ids {
	struct rd_pool *pool;
	struct id {
		struct id *next;
		const char *text;
	} * first;
};

static bool has_id(const struct ids *ids, const char *text)
{
	const struct id *id = ids->first;

	while (id && strcmp(id->text, text) != 0)
		id = id->next;
	return id;
}

/* Two devices of one make call their tuples alike: the second one is "t4109.2". NULL without
 * memory, or where there is no end of them. */
static const char *unique_id(struct ids *ids, const char *text)
{
	struct id *id = rd_pool_alloc(ids->pool, sizeof(*id));
	const char *wanted = text;

	for (unsigned i = 2; wanted && has_id(ids, wanted); i++)
		wanted = i < IDS_MAX ? rd_pool_printf(ids->pool, "%s.%u", text, i) : NULL;
	if (!id || !wanted)
		return NULL;
	*id = (struct id){ ids->first, wanted };
	ids->first = id;
	return wanted;
}

/* The same element by another id, where it must have one. NULL without memory. */
static const struct rd_xml *with_unique_id(const struct rd_xml *node, struct ids *ids)
{
	const struct rd_xml_attribute *old = node->attributes;
	struct rd_xml_attribute *attributes;
	struct rd_xml *copy;

	attributes = rd_pool_alloc(ids->pool, node->attribute_count * sizeof(*attributes) + 1);
	copy = rd_pool_alloc(ids->pool, sizeof(*copy));
	if (!attributes || !copy)
		return NULL;
	*copy = *node;
	copy->attributes = attributes;
	for (size_t i = 0; i < node->attribute_count; i++) {
		attributes[i] = old[i];
		if (*old[i].ns || strcmp(old[i].name, "id") != 0)
			continue;
		attributes[i].value = unique_id(ids, old[i].value);
		if (!attributes[i].value)
			return NULL;
	}
	return copy;
}

static bool is_person(const struct rd_xml *node)
{
	return strcmp(node->ns, PERSON) == 0 && strcmp(node->name, "person") == 0;
}

static bool is_tuple(const struct rd_xml *node)
{
	return strcmp(node->ns, PIDF) == 0 && strcmp(node->name, "tuple") == 0;
}

/* The tuples, or the persons, of each document. How many. */
static unsigned copy_published(struct rd_xml_writer *writer, struct ids *ids, const char *resource,
			       bool (*wanted)(const struct rd_xml *node))
{
	struct rd_sip_publication publication;
	const struct rd_xml *root;
	unsigned count = 0;
	size_t pos = 0;

	while (sip_package_events()->publication(&package, resource, &pos, &publication)) {
		if (rd_xml_read(&root, ids->pool, publication.body))
			continue;
		for (const struct rd_xml *node = root->first; node; node = node->next) {
			const struct rd_xml *copy = wanted(node) ? with_unique_id(node, ids) : NULL;

			if (!copy)
				continue;
			rd_xml_copy(writer, copy, PIDF);
			count++;
		}
	}
	return count;
}

static int check_published(const char *resource, const char *type, struct rd_str body)
{
	const struct rd_xml *root;
	struct rd_pool *pool;
	int status = 400;

	(void)resource, (void)type;
	if (rd_pool_new(&pool, 0))
		return 500;
	if (rd_xml_read(&root, pool, body) == 0 && strcmp(root->ns, PIDF) == 0 &&
	    strcmp(root->name, "presence") == 0)
		status = 0;
	rd_pool_free(pool);
	return status;
}

/* ---- the document ---- */

static void write_root(struct rd_xml_writer *writer, const struct rd_sip_watch *watch)
{
	rd_xml_begin(writer, "presence");
	rd_xml_put(writer, "xmlns", PIDF);
	rd_xml_put(writer, "xmlns:dm", PERSON);
	rd_xml_put(writer, "xmlns:rpid", RPID);
	rd_xml_put(writer, "entity", watch->entity);
}

/* On the phone is what we know best; else a person knows best about himself. */
static int write_presence(const struct rd_sip_watch *watch, enum rd_device_state state,
			  bool with_published, struct rd_pool *pool, struct rd_buf *body)
{
	struct ids ids = { .pool = pool };
	struct rd_xml_writer *writer;
	unsigned persons = 0;
	int rc = rd_xml_writer_new(&writer, body);

	if (rc)
		return rc;
	write_root(writer, watch);
	write_tuple(writer, watch, state);
	if (with_published)
		copy_published(writer, &ids, watch->subject, is_tuple);
	if (with_published && !meanings[state].activity)
		persons = copy_published(writer, &ids, watch->subject, is_person);
	if (!persons)
		write_person(writer, state);
	return rd_xml_writer_close(writer);
}

/* A number that changes with what is published. */
static size_t sum_of_published(const char *resource)
{
	struct rd_sip_publication publication;
	size_t pos = 0, sum = 0;

	while (sip_package_events()->publication(&package, resource, &pos, &publication))
		for (const char *tag = publication.etag; *tag; tag++)
			sum = sum * 31 + (unsigned char)*tag;
	return sum;
}

static int print(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		 struct rd_buf *body)
{
	struct presence *own = watch->data;
	enum rd_device_state state = state_of(hint_devices(&own->hint));
	size_t published_sum = sum_of_published(watch->subject);
	struct rd_pool *pool;
	int rc;

	if (!notice->must && state == own->told && published_sum == own->published_sum)
		return -EALREADY;
	rc = rd_pool_new(&pool, 0);
	if (rc)
		return rc;
	rc = write_presence(watch, state, true, pool, body);
	if (rc == 0 && body->n > BODY_MAX) { /* somebody tells too much about himself */
		rd_buf_reset(body);
		rc = write_presence(watch, state, false, pool, body);
	}
	rd_pool_free(pool);
	own->told = state;
	own->published_sum = published_sum;
	return rc;
}

/* ---- the package ---- */

static int open_watch(struct rd_sip_watch *watch)
{
	struct presence *own = rd_zalloc(sizeof(*own));
	struct rd_sip_phone phone;
	char device[128] = "SIP/";
	bool is_phone = sip_package_events()->phone(watch->subject, &phone) == 0 &&
			rd_strcpy(device + 4, sizeof(device) - 4, watch->subject);
	int rc;

	if (!own)
		return -ENOMEM;
	rc = hint_watch_open(&own->hint, watch, is_phone ? device : NULL);
	if (rc) {
		rd_free(own);
		return rc == -ENOENT ? 404 : rc;
	}
	watch->data = own;
	return 0;
}

static void close_watch(struct rd_sip_watch *watch)
{
	struct presence *own = watch->data;

	hint_watch_close(&own->hint);
	rd_free(own);
}

static const char *const types[] = { TYPE, NULL };

static const struct rd_sip_package package = {
	.name = "presence",
	.types = types,
	.publish_types = types,
	.published = check_published,
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
	{ .name = "sip_presence",
	  .types = RD_EVENT_BIT(RD_EVENT_DEVICE_STATE) | RD_EVENT_BIT(RD_EVENT_CHANNEL_STATE) |
		   RD_EVENT_BIT(RD_EVENT_RELOAD) | RD_EVENT_BIT(RD_EVENT_MODULE),
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

RD_MODULE(.name = "sip_presence",
	  .synopsis = "Presence for SIP phones, RFC 3856",
	  .needs = sip_package_needs,
	  .subscribers = subscribers,
	  .load = load,
	  .unload = unload);

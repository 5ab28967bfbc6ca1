/* The documents of resource lists: a multipart with the list itself (RLMI), and a part
 * for each resource that has something to say. */
#include <stdio.h>

#include <ringdown/xml.h>

#include "channels/sip/event/interface.h"
#include "channels/sip/event/list.h"

#define RLMI	  "application/rlmi+xml"
#define NAMESPACE "urn:ietf:params:xml:ns:rlmi"
#define BOUNDARY  24

/* What is longer goes on in further NOTIFYs. */
#define DOCUMENT_MAX (SIP_OUT_MAX - 5000)

/* A list's document on its way. */
struct document {
	struct sip_watch *watch;
	const struct rd_sip_notice *notice;
	const char *host; /* behind the @ of Content-IDs */
	struct rd_xml_writer *writer;
	struct rd_buf parts;
	char boundary[BOUNDARY + 1];
	unsigned count; /* resources in it */
	unsigned told; /* of them, with their state */
	size_t size; /* about; what must be in it counts before it is written */
	bool is_cut; /* the states that are left come in the next one */
};

const struct sip_list *sip_list_find(const char *name, const char *event)
{
	const struct sip_list *list = sip.settings->lists;

	while (list && (strcmp(list->name, name) != 0 || strcmp(list->event, event) != 0))
		list = list->next;
	return list;
}

/* ---- items ---- */

static int add_item(struct sip_watch *watch, const char *name)
{
	char entity[768];
	struct sip_watch_params params = {
		.ops = watch->pub.package,
		.package = sip_package_find(rd_str_of(watch->pub.package->name)),
		.parent = watch,
		.resource = rd_str_of(name),
		.context = rd_str_of(watch->pub.context),
		.phone = rd_str_of(watch->pub.phone),
		.type = watch->pub.type,
		.partial = watch->partial,
	};
	struct sip_watch *item;
	int rc;

	rc = sip_uri_beside(&watch->pub, name, entity, sizeof(entity));
	if (rc)
		return rc;
	params.entity = rd_str_of(entity);
	rc = sip_watch_new(&item, &params);
	if (rc == 0 && sip_watch_open(item))
		sip_watch_end(item, RD_SIP_END_NORESOURCE, 0);
	return rc;
}

int sip_list_open(struct sip_watch *watch, const struct sip_list *list)
{
	int rc = 0;

	watch->is_list = true;
	watch->always_full = list->full_state;
	watch->batch_ms = list->batch_ms;
	for (const char *const *name = list->members; rc == 0 && name && *name; name++)
		rc = add_item(watch, *name);
	return rc;
}

bool sip_list_fits(const struct sip_watch *watch, const struct sip_list *list)
{
	const char *const *name = list->members;

	rd_list_foreach(node, tmp, &watch->items) {
		const struct sip_watch *item = rd_list_entry(node, struct sip_watch, in_parent);

		if (!name || !*name || strcmp(*name++, item->pub.resource) != 0)
			return false;
	}
	return !name || !*name;
}

/* ---- parts ---- */

static void write_part(struct document *document, const char *type, const char *id,
		       const struct rd_buf *body)
{
	rd_buf_printf(&document->parts,
		      "\r\n--%s\r\nContent-Transfer-Encoding: binary\r\n"
		      "Content-ID: <%s@%s>\r\nContent-Type: %s\r\n\r\n",
		      document->boundary, id, document->host, type);
	rd_buf_add(&document->parts, body->p, body->n);
}

static void put_id(struct document *document, const char *id)
{
	char cid[256];

	snprintf(cid, sizeof(cid), "%s@%s", id, document->host);
	rd_xml_put(document->writer, "cid", cid);
}

/* A line of the list without an instance (RFC 4662 §5.3): it is in the list, and its state
 * is told later. */
static void write_name(struct document *document, const struct sip_watch *item)
{
	rd_xml_begin(document->writer, "resource");
	rd_xml_put(document->writer, "uri", item->pub.entity);
	rd_xml_end(document->writer);
	document->count++;
}

static size_t size_of_name(const struct sip_watch *item)
{
	return strlen("<resource uri=\"\"></resource>") + strlen(item->pub.entity);
}

/* An instance and its part, whose headers take some 300 bytes together. */
static size_t size_of_state(const struct document *document, const struct sip_watch *item,
			    const struct rd_buf *body)
{
	return 300 + strlen(item->pub.resource) + 2 * strlen(document->host) +
	       strlen(item->pub.type) + body->n;
}

static void write_instance(struct document *document, const struct sip_watch *item,
			   const char *id, const struct rd_buf *body)
{
	rd_xml_begin(document->writer, "resource");
	rd_xml_put(document->writer, "uri", item->pub.entity);
	rd_xml_begin(document->writer, "instance");
	rd_xml_put(document->writer, "id", item->pub.resource);
	rd_xml_put(document->writer, "state", item->state == SIP_WATCH_ENDED	 ? "terminated"
					      : item->state == SIP_WATCH_PENDING ? "pending"
										 : "active");
	if (item->state == SIP_WATCH_ENDED)
		rd_xml_put(document->writer, "reason", sip_end_name(item->why));
	if (body->n)
		put_id(document, id);
	rd_xml_end(document->writer);
	rd_xml_end(document->writer);
	document->count++;
}

/* The state that is left for later is told in full then: a package knows what it has
 * printed, not that it was thrown away. */
static void leave_for_later(struct document *document, struct sip_watch *item)
{
	document->is_cut = true;
	item->dirty = item->full = true;
	if (document->notice->full)
		write_name(document, item);
}

static void write_state(struct document *document, struct sip_watch *item, const char *id,
			const struct rd_buf *body)
{
	document->size += size_of_state(document, item, body);
	if (!document->notice->full)
		document->size += size_of_name(item);
	if (document->size > DOCUMENT_MAX && document->told) {
		leave_for_later(document, item);
		return;
	}
	write_instance(document, item, id, body);
	if (body->n)
		write_part(document, item->pub.type, id, body);
	document->told++;
	item->version++;
	item->dirty = item->full = false;
}

/* One resource: its line in the list, and its part if it has something to say. */
static void write_item(struct document *document, struct sip_watch *item, unsigned index)
{
	bool must = document->notice->full || item->full;
	const struct rd_sip_notice notice = {
		.full = must || !item->partial,
		.must = must,
		.last = document->notice->last,
		.version = item->version,
	};
	struct rd_buf body;
	char id[64];
	int rc = -ENODATA;

	rd_buf_init(&body);
	snprintf(id, sizeof(id), "r%u.%u", index, item->version);
	if (item->is_open && item->state == SIP_WATCH_ACTIVE)
		rc = item->pub.package->print(&item->pub, &notice, &body);
	if (rc)
		rd_buf_reset(&body);
	if (rc == -EALREADY && !must)
		item->dirty = false;
	else
		write_state(document, item, id, &body);
	rd_buf_fini(&body);
}

/* All names are in a full list, whatever becomes of the states. */
static void count_names(struct document *document)
{
	rd_list_foreach(node, tmp, &document->watch->items)
		document->size += size_of_name(rd_list_entry(node, struct sip_watch, in_parent));
}

static void write_items(struct document *document)
{
	unsigned index = 0;

	if (document->notice->full)
		count_names(document);
	rd_list_foreach(node, tmp, &document->watch->items) {
		struct sip_watch *item = rd_list_entry(node, struct sip_watch, in_parent);

		index++;
		if (!item->dirty && !document->notice->full)
			continue;
		if (document->is_cut)
			leave_for_later(document, item);
		else
			write_item(document, item, index);
	}
}

/* ---- the whole ---- */

static int write_list(struct document *document, struct rd_buf *list)
{
	int rc = rd_xml_writer_new(&document->writer, list);

	if (rc)
		return rc;
	rd_xml_begin(document->writer, "list");
	rd_xml_put(document->writer, "xmlns", NAMESPACE);
	rd_xml_put(document->writer, "uri", document->watch->pub.entity);
	rd_xml_put_number(document->writer, "version", document->notice->version);
	rd_xml_put(document->writer, "fullState", document->notice->full ? "true" : "false");
	write_items(document);
	return rd_xml_writer_close(document->writer);
}

int sip_list_print(struct sip_watch *watch, const struct rd_sip_notice *notice,
		   struct rd_buf *body, char type[SIP_LIST_TYPE_MAX])
{
	const char *host = strrchr(watch->pub.entity, '@');
	struct document document = {
		.watch = watch, .notice = notice, .host = host ? host + 1 : "list"
	};
	struct rd_buf list;
	int rc;

	rd_random_token(document.boundary, BOUNDARY);
	rd_buf_init(&list);
	rd_buf_init(&document.parts);
	rc = write_list(&document, &list);
	if (rc == 0 && !document.count && !notice->must)
		rc = -EALREADY;
	if (rc == 0) {
		rd_buf_printf(body, "--%s\r\nContent-Transfer-Encoding: binary\r\n"
				    "Content-ID: <list@%s>\r\nContent-Type: " RLMI
				    ";charset=\"UTF-8\"\r\n\r\n%s",
			      document.boundary, document.host, rd_buf_text(&list));
		rd_buf_add(body, document.parts.p, document.parts.n);
		rd_buf_printf(body, "\r\n--%s--\r\n", document.boundary);
		snprintf(type, SIP_LIST_TYPE_MAX,
			 "multipart/related;type=\"" RLMI "\";start=\"<list@%.64s>\";"
			 "boundary=\"%s\"",
			 document.host, document.boundary);
		rc = document.parts.failed || list.failed || body->failed ? -ENOMEM : 0;
	}
	watch->goes_on = rc == 0 && document.is_cut;
	rd_buf_fini(&document.parts);
	rd_buf_fini(&list);
	return rc;
}

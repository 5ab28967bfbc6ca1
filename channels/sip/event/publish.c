/* PUBLISH: new, renewed, changed or removed documents, by their entity tags. */
#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/map.h>

#include "channels/sip/endpoint/admit.h"
#include "channels/sip/endpoint/settings_domains.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/event/publish_private.h"

#define BODY_MAX  16384
#define DOCUMENTS 10 /* of one resource */
#define HOUR_S    3600u

/* One PUBLISH taken apart. */
struct wish {
	struct sip_server *server;
	const struct sip_msg *msg;
	const struct sip_endpoint *endpoint;
	struct sip_package *package;
	struct sip_document *old; /* that its SIP-If-Match names */
	const char *type;
	uint32_t expires_s;
	char resource[SIP_RESOURCE_SIZE];
};

/* ---- documents ---- */

static struct sip_published *find_published(const struct sip_package *package,
					    const char *resource)
{
	return package->published ? rd_map_get(package->published, resource) : NULL;
}

static void forget_empty(struct sip_published *published)
{
	if (published->count)
		return;
	rd_map_remove(published->package->published, published->name);
	rd_free(published);
}

static void document_free(struct sip_document *document)
{
	rd_timer_stop(&document->expiry);
	rd_list_remove(&document->link);
	document->owner->count--;
	rd_free(document);
}

static void remove_document(struct sip_document *document)
{
	struct sip_published *published = document->owner;
	const struct rd_sip_package *ops = published->package->ops;
	char resource[SIP_RESOURCE_SIZE];

	rd_strcpy(resource, sizeof(resource), published->name);
	document_free(document);
	forget_empty(published);
	sip_resource_changed(ops, resource);
}

static void take_back(struct sip_document *document)
{
	sip_document_unstore(document->etag);
	remove_document(document);
}

static void expired(void *arg)
{
	take_back(arg);
}

static struct sip_published *get_published(struct sip_package *package, const char *resource)
{
	struct sip_published *published = find_published(package, resource);

	if (published)
		return published;
	if (!package->published && rd_map_new(&package->published, 0))
		return NULL;
	published = rd_zalloc(sizeof(*published) + strlen(resource) + 1);
	if (!published)
		return NULL;
	strcpy(published->name, resource);
	published->package = package;
	rd_list_init(&published->documents);
	if (rd_map_set(package->published, resource, published, NULL) == 0)
		return published;
	rd_free(published);
	return NULL;
}

void sip_document_set_expires(struct sip_document *document, uint32_t seconds)
{
	document->expires_ms = rd_now_ms() + seconds * 1000ull;
	rd_timer_start(&document->expiry, (int)seconds * 1000);
}

static void renew(struct sip_document *document, uint32_t seconds)
{
	char before[SIP_ETAG_LENGTH + 1];

	memcpy(before, document->etag, sizeof(before));
	rd_random_token(document->etag, SIP_ETAG_LENGTH);
	sip_document_set_expires(document, seconds);
	sip_document_store(document, before);
}

static const char *put(char **at, const char *bytes, size_t n)
{
	char *copy = *at;

	if (n)
		memcpy(copy, bytes, n);
	*at += n;
	return copy;
}

static struct sip_document *document_alloc(const struct sip_document_params *params)
{
	size_t phone = strlen(params->phone) + 1, type = strlen(params->type) + 1;
	struct sip_document *document =
		rd_malloc(sizeof(*document) + phone + type + params->body.n);
	char *at;

	if (!document)
		return NULL;
	memset(document, 0, sizeof(*document));
	at = document->text;
	document->phone = put(&at, params->phone, phone);
	document->type = put(&at, params->type, type);
	document->body =
		(struct rd_str){ put(&at, params->body.p, params->body.n), params->body.n };
	rd_timer_init(&document->expiry, expired, document);
	return document;
}

int sip_document_new(struct sip_document **dp, struct sip_package *package,
		     const struct sip_document_params *params)
{
	struct sip_published *published = get_published(package, params->resource);
	struct sip_document *document;

	if (!published)
		return -ENOMEM;
	document = document_alloc(params);
	if (!document) {
		forget_empty(published);
		return -ENOMEM;
	}
	document->owner = published;
	rd_list_push(&published->documents, &document->link);
	published->count++;
	*dp = document;
	return 0;
}

void sip_publications_free(struct sip_package *package)
{
	struct sip_published *published;
	size_t pos = 0;
	void *value;

	while (package->published && rd_map_next(package->published, &pos, NULL, &value)) {
		published = value;
		rd_list_foreach(node, tmp, &published->documents)
			document_free(rd_list_entry(node, struct sip_document, link));
		rd_free(published);
	}
	rd_map_free(package->published);
	package->published = NULL;
}

bool sip_publication_next(const struct sip_package *package, const char *resource, size_t *pos,
			  struct rd_sip_publication *out)
{
	const struct sip_published *published = find_published(package, resource);
	size_t i = 0;

	if (!published)
		return false;
	rd_list_foreach(node, tmp, &published->documents) {
		const struct sip_document *document =
			rd_list_entry(node, struct sip_document, link);

		if (i++ < *pos)
			continue;
		++*pos;
		out->etag = document->etag;
		out->type = document->type;
		out->body = document->body;
		return true;
	}
	return false;
}

unsigned sip_document_seconds_left(const struct sip_document *document)
{
	uint64_t now = rd_now_ms();

	return document->expires_ms > now ? (unsigned)((document->expires_ms - now) / 1000) : 0;
}

unsigned sip_publications_each(const struct sip_package *package,
			       void (*see)(void *arg, const struct sip_publication_info *info),
			       void *arg)
{
	unsigned count = 0;
	size_t pos = 0;
	void *value;

	while (package->published && rd_map_next(package->published, &pos, NULL, &value)) {
		const struct sip_published *published = value;

		rd_list_foreach(node, tmp, &published->documents) {
			const struct sip_document *document =
				rd_list_entry(node, struct sip_document, link);
			const struct sip_publication_info info = {
				published->name, document->phone, document->etag, document->body.n,
				sip_document_seconds_left(document)
			};

			see(arg, &info);
			count++;
		}
	}
	return count;
}

/* ---- reading ---- */

/* What it may mean to change is not there, and comes back at once. */
static bool is_absent(const struct wish *wish)
{
	return sip_package_is_away(wish->package) || sip_publications_awaited();
}

static unsigned read_event(struct wish *wish)
{
	struct rd_str value = sip_msg_value(wish->msg, SIP_H_EVENT), name, id;

	if (!value.n)
		return 489;
	if (sip_event_parse(value, &name, &id))
		return 400;
	wish->package = sip_package_find(name);
	if (wish->package && is_absent(wish))
		return 500;
	return wish->package && wish->package->ops->published ? 0 : 489;
}

/* A phone speaks for itself alone. */
static unsigned read_resource(struct wish *wish)
{
	const struct sip_endpoint *meant = sip_domains_find_uri(sip.settings, &wish->msg->target);

	if (!meant || strcmp(meant->name, wish->endpoint->name) != 0)
		return 403;
	return rd_strcpy(wish->resource, sizeof(wish->resource), meant->name) ? 0 : 404;
}

static unsigned read_expires(struct wish *wish)
{
	uint32_t least = (uint32_t)sip.settings->sub_min_expiry_ms / 1000;
	int rc = sip_msg_number(wish->msg, SIP_H_EXPIRES, &wish->expires_s);

	if (rc == -ENOENT || rc == -ERANGE)
		wish->expires_s = HOUR_S;
	else if (rc)
		return 400;
	if (wish->expires_s && wish->expires_s < least) /* at most an hour */
		return 423;
	wish->expires_s = RD_MIN(wish->expires_s,
				 (uint32_t)sip.settings->sub_max_expiry_ms / 1000);
	return 0;
}

static struct sip_document *find_document(const struct wish *wish, struct rd_str etag)
{
	const struct sip_published *published = find_published(wish->package, wish->resource);

	if (!published)
		return NULL;
	rd_list_foreach(node, tmp, &published->documents) {
		struct sip_document *document = rd_list_entry(node, struct sip_document, link);

		if (rd_str_eq(rd_str_of(document->etag), etag))
			return document;
	}
	return NULL;
}

static unsigned read_condition(struct wish *wish)
{
	const struct sip_header *header = sip_msg_header(wish->msg, SIP_H_SIP_IF_MATCH);

	if (!header)
		return wish->msg->body.n || !wish->expires_s ? 0 : 400;
	if (sip_msg_header_next(wish->msg, header))
		return 400;
	wish->old = find_document(wish, header->value);
	return wish->old ? 0 : 412;
}

static unsigned read_body(struct wish *wish)
{
	struct rd_str rest = sip_msg_value(wish->msg, SIP_H_CONTENT_TYPE), type;
	const char *const *types = wish->package->ops->publish_types;

	if (!wish->msg->body.n)
		return 0;
	if (wish->msg->body.n > BODY_MAX)
		return 413;
	rd_str_cut(&rest, ';', &type);
	while (*types && !rd_str_ieq(rd_str_of(*types), rd_str_trim(type)))
		types++;
	wish->type = *types;
	return *types ? (unsigned)wish->package->ops->published(wish->resource, *types,
								wish->msg->body)
		      : 415;
}

static unsigned check(struct wish *wish)
{
	unsigned status = read_event(wish);

	if (!status)
		status = read_resource(wish);
	if (!status)
		status = read_expires(wish);
	if (!status)
		status = read_condition(wish);
	return status ? status : read_body(wish);
}

/* ---- doing ---- */

static void print_accept(struct sip_out *out, const char *const *types)
{
	sip_out_header_begin(out, SIP_H_ACCEPT);
	for (const char *separator = ""; *types; types++, separator = ", ") {
		sip_out_cstr(out, separator);
		sip_out_cstr(out, *types);
	}
	sip_out_crlf(out);
}

static void refuse(const struct wish *wish, unsigned status)
{
	struct sip_out *out = sip_answer_begin(wish->server, status);

	sip_print_refusal(out, status, wish->package && is_absent(wish));
	if (status == 415)
		print_accept(out, wish->package->ops->publish_types);
	sip_reply_send(wish->server, out);
}

static void agree(const struct wish *wish, const char *etag)
{
	struct sip_out *out = sip_answer_begin(wish->server, 200);

	sip_out_header(out, SIP_H_SIP_ETAG, rd_str_of(etag));
	sip_out_header_number(out, SIP_H_EXPIRES, wish->expires_s);
	sip_reply_send(wish->server, out);
}

/* A document takes the place of the one that it changes. 0 or a status. */
static unsigned store(const struct wish *wish, struct sip_document **dp)
{
	const struct sip_document_params params = {
		.resource = wish->resource,
		.phone = wish->endpoint->name,
		.type = wish->type,
		.body = wish->msg->body,
	};
	const struct sip_published *published = find_published(wish->package, wish->resource);

	if (!wish->old && published && published->count >= DOCUMENTS)
		return 403;
	if (sip_document_new(dp, wish->package, &params))
		return 500;
	if (wish->old) {
		sip_document_unstore(wish->old->etag);
		document_free(wish->old);
	}
	return 0;
}

static void end_publication(const struct wish *wish)
{
	char etag[SIP_ETAG_LENGTH + 1];

	rd_random_token(etag, SIP_ETAG_LENGTH);
	agree(wish, etag);
	if (wish->old)
		take_back(wish->old);
}

static void publish(const struct wish *wish)
{
	struct sip_document *document = wish->old;
	unsigned status = 0;

	if (!wish->expires_s) {
		end_publication(wish);
		return;
	}
	if (wish->msg->body.n)
		status = store(wish, &document);
	if (status) {
		refuse(wish, status);
		return;
	}
	renew(document, wish->expires_s);
	agree(wish, document->etag);
	if (wish->msg->body.n)
		sip_resource_changed(wish->package->ops, wish->resource);
}

void sip_publish_received(struct sip_server *server, const struct sip_msg *msg)
{
	struct wish wish = { .server = server, .msg = msg };
	unsigned status;

	wish.endpoint = sip_admit(server, msg);
	if (!wish.endpoint)
		return;
	status = check(&wish);
	if (status)
		refuse(&wish, status);
	else
		publish(&wish);
}

/* Publications over restarts: a phone renews its own by the tag that it was given, and would be
 * refused by it. Those of a package stay there when its module goes, and come back with it. */
#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/store.h>

#include "channels/sip/event/publish_private.h"

static const char *const steps[] = {
	"CREATE TABLE sip_publications (id INTEGER PRIMARY KEY AUTOINCREMENT, "
	"etag TEXT NOT NULL UNIQUE, event TEXT NOT NULL, resource TEXT NOT NULL, "
	"phone TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, expires INTEGER NOT NULL)",
	NULL
};

static const struct rd_schema schema = { .name = "sip_publications", .steps = steps };

enum { ETAG, RESOURCE, PHONE, TYPE, BODY, EXPIRES, COLUMNS };

static bool stored; /* the store is open */
static unsigned awaited; /* packages whose documents are being read */

/* ---- writing ---- */

static int64_t expires_of(const struct sip_document *document)
{
	return (int64_t)rd_wall() + sip_document_seconds_left(document);
}

static int insert(const struct sip_document *document)
{
	const struct rd_value values[] = {
		RD_TEXT(document->etag),        RD_TEXT(document->owner->package->ops->name),
		RD_TEXT(document->owner->name), RD_TEXT(document->phone),
		RD_TEXT(document->type),        RD_TEXT_OF(document->body),
		RD_INT(expires_of(document)),
	};

	/* Text of SQL ends there. */
	if (memchr(document->body.p, '\0', document->body.n))
		return 0;
	return rd_store_write("INSERT INTO sip_publications (etag, event, resource, phone, type, "
			      "body, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
			      values, (int)RD_ARRAY_SIZE(values), NULL, NULL);
}

static int update(const struct sip_document *document, const char *before)
{
	const struct rd_value values[] = { RD_TEXT(document->etag), RD_INT(expires_of(document)),
					   RD_TEXT(before) };

	return rd_store_write("UPDATE sip_publications SET etag = ?, expires = ? WHERE etag = ?",
			      values, (int)RD_ARRAY_SIZE(values), NULL, NULL);
}

void sip_document_store(const struct sip_document *document, const char *before)
{
	int rc = 0;

	if (stored)
		rc = *before ? update(document, before) : insert(document);
	if (rc)
		rd_warning("sip/%s: what it has published could not be stored: %s", document->phone,
			   rd_strerror(rc));
}

void sip_document_unstore(const char *etag)
{
	const struct rd_value value = RD_TEXT(etag);

	if (stored)
		rd_store_write("DELETE FROM sip_publications WHERE etag = ?", &value, 1, NULL,
			       NULL);
}

/* ---- reading back ---- */

static bool is_welcome(const struct sip_package *package, const struct rd_value *row)
{
	const struct rd_sip_package *ops = package->ops;
	const char *const *types = ops->publish_types;

	if (!ops->published || row[EXPIRES].i <= (int64_t)rd_wall() ||
	    !sip_settings_find(sip.settings, rd_str_of(row[PHONE].text)))
		return false;
	while (*types && strcmp(*types, row[TYPE].text) != 0)
		types++;
	return *types &&
	       ops->published(row[RESOURCE].text, row[TYPE].text, rd_str_of(row[BODY].text)) == 0;
}

static bool restore(struct sip_package *package, const struct rd_value *row)
{
	const struct sip_document_params params = {
		.resource = row[RESOURCE].text,
		.phone = row[PHONE].text,
		.type = row[TYPE].text,
		.body = rd_str_of(row[BODY].text),
	};
	struct sip_document *document;

	if (!is_welcome(package, row) || sip_document_new(&document, package, &params))
		return false;
	rd_strcpy(document->etag, sizeof(document->etag), row[ETAG].text);
	sip_document_set_expires(document, (uint32_t)(row[EXPIRES].i - (int64_t)rd_wall()));
	sip_resource_changed(package->ops, row[RESOURCE].text);
	return true;
}

static void rows_read(int rc, const struct rd_rows *rows, void *arg)
{
	char *event = arg;
	struct sip_package *package = sip_package_find(rd_str_of(event));
	unsigned count = 0;

	awaited--;
	for (int i = 0; rc >= 0 && stored && package && i < rows->count; i++)
		count += restore(package, rows->values + (size_t)i * COLUMNS);
	if (count)
		rd_verbose("sip: what was published is back: %u for %s", count, event);
	rd_free(event);
}

void sip_publications_restore(const char *event)
{
	const struct rd_value name = RD_TEXT(event);
	char *copy = stored ? rd_strdup(event) : NULL;

	if (!copy)
		return;
	awaited++;
	if (rd_store_query_then("SELECT etag, resource, phone, type, body, expires "
				"FROM sip_publications WHERE event = ? ORDER BY id",
				&name, 1, rows_read, copy) == 0)
		return;
	awaited--;
	rd_free(copy);
}

bool sip_publications_awaited(void)
{
	return awaited > 0;
}

int sip_publications_open(void)
{
	const struct rd_value now = RD_INT((int64_t)rd_wall());
	int rc = rd_store_schema(&schema);

	if (rc)
		return rc;
	stored = true;
	return rd_store_write("DELETE FROM sip_publications WHERE expires <= ?", &now, 1, NULL,
			      NULL);
}

void sip_publications_close(void)
{
	stored = false;
}

/* Subscriptions over restarts: a phone that subscribed for an hour goes on being
 * told. Memory is the truth; what changed is written a little later. NOTIFYs are not
 * written, so a watch that comes back counts on from far above. */
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/store.h>

#include "channels/sip/endpoint/location.h"
#include "channels/sip/event/list.h"

#define JUMP 100000 /* more NOTIFYs than are sent between two refreshes */

static const char *const steps[] = {
	"CREATE TABLE sip_subscriptions (call_id TEXT NOT NULL, local_tag TEXT NOT NULL, "
	"remote_tag TEXT NOT NULL, local TEXT NOT NULL, remote TEXT NOT NULL, "
	"target TEXT NOT NULL, routes TEXT NOT NULL, local_cseq INTEGER NOT NULL, "
	"remote_cseq INTEGER NOT NULL, to_source INTEGER NOT NULL, event TEXT NOT NULL, "
	"event_id TEXT NOT NULL, resource TEXT NOT NULL, context TEXT NOT NULL, "
	"phone TEXT NOT NULL, entity TEXT NOT NULL, type TEXT NOT NULL, "
	"version INTEGER NOT NULL, expires INTEGER NOT NULL, transport TEXT NOT NULL, "
	"source TEXT NOT NULL, port INTEGER NOT NULL, PRIMARY KEY (call_id, local_tag))",
	"ALTER TABLE sip_subscriptions ADD COLUMN params TEXT NOT NULL DEFAULT ''",
	/* To which of our addresses it came. */
	"ALTER TABLE sip_subscriptions ADD COLUMN ours TEXT NOT NULL DEFAULT ''",
	/* And to which port; 0: written before there was this column. */
	"ALTER TABLE sip_subscriptions ADD COLUMN ours_port INTEGER NOT NULL DEFAULT 0", NULL
};

static const struct rd_schema schema = { .name = "sip_events", .steps = steps };

#define COLUMN_NAMES                                                                               \
	"call_id, local_tag, remote_tag, local, remote, target, routes, local_cseq, "              \
	"remote_cseq, to_source, event, event_id, resource, context, phone, entity, "              \
	"type, version, expires, transport, source, port, params, ours, ours_port"

enum {
	CALL_ID,
	LOCAL_TAG,
	REMOTE_TAG,
	LOCAL,
	REMOTE,
	TARGET,
	ROUTES,
	LOCAL_CSEQ,
	REMOTE_CSEQ,
	TO_SOURCE,
	EVENT,
	EVENT_ID,
	RESOURCE,
	CONTEXT,
	PHONE,
	ENTITY,
	TYPE,
	DOCUMENT,
	EXPIRES,
	TRANSPORT,
	SOURCE,
	PORT,
	PARAMS,
	OURS,
	OURS_PORT,
	COLUMNS
};

static struct rd_list dirty = RD_LIST_INIT(dirty);
static struct rd_timer flush;
static bool stored; /* the store is open */

/* ---- writing ---- */

/* What no phone asked for is not, nor what will not be there any more. */
static bool is_kept(const struct sip_watch *watch)
{
	return stored && !watch->is_implicit && watch->state != SIP_WATCH_ENDED &&
	       !watch->pub.passing;
}

static int write_row(const struct sip_watch *watch)
{
	const struct sip_dialog *dialog = watch->dialog;
	char source[SIP_SOCKADDR_TEXT], ours[SIP_SOCKADDR_TEXT];
	const struct rd_value values[COLUMNS] = {
		[CALL_ID] = RD_TEXT_OF(dialog->call_id),
		[LOCAL_TAG] = RD_TEXT_OF(dialog->local_tag),
		[REMOTE_TAG] = RD_TEXT_OF(dialog->remote_tag),
		[LOCAL] = RD_TEXT_OF(dialog->local),
		[REMOTE] = RD_TEXT_OF(dialog->remote),
		[TARGET] = RD_TEXT_OF(dialog->target),
		[ROUTES] = RD_TEXT_OF(dialog->routes),
		[LOCAL_CSEQ] = RD_INT(dialog->local_cseq),
		[REMOTE_CSEQ] = RD_INT(dialog->remote_cseq),
		[TO_SOURCE] = RD_INT(dialog->aim),
		[EVENT] = RD_TEXT(watch->pub.package->name),
		[EVENT_ID] = RD_TEXT(watch->pub.id),
		[RESOURCE] = RD_TEXT(watch->pub.resource),
		[CONTEXT] = RD_TEXT(watch->pub.context),
		[PHONE] = RD_TEXT(watch->pub.phone),
		[ENTITY] = RD_TEXT(watch->pub.entity),
		[TYPE] = RD_TEXT(watch->pub.type),
		[DOCUMENT] = RD_INT(watch->version),
		[EXPIRES] = RD_INT((int64_t)rd_wall() + sip_watch_seconds_left(watch)),
		[TRANSPORT] = RD_TEXT(dialog->flow.transport->name),
		[SOURCE] = RD_TEXT(source),
		[PORT] = RD_INT(sip_sockaddr_port(&dialog->flow.peer)),
		[PARAMS] = RD_TEXT(watch->pub.params),
		[OURS] = RD_TEXT(ours),
		[OURS_PORT] = RD_INT(sip_sockaddr_port(&dialog->flow.local)),
	};

	sip_stored_flow_source(&dialog->flow, source);
	sip_sockaddr_host(&dialog->flow.local, ours);
	return rd_store_write("INSERT OR REPLACE INTO sip_subscriptions (" COLUMN_NAMES ") "
			      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
			      "?, ?, ?, ?, ?)",
			      values, COLUMNS, NULL, NULL);
}

static void write_watch(const struct sip_watch *watch)
{
	int rc = is_kept(watch) ? write_row(watch) : 0;

	if (rc)
		rd_warning("sip/%s: its subscription could not be stored: %s",
			   watch->pub.phone, rd_strerror(rc));
}

static void flush_due(void *arg)
{
	struct rd_list *node;

	(void)arg;
	while ((node = rd_list_pop(&dirty)))
		write_watch(rd_list_entry(node, struct sip_watch, dirty_link));
}

void sip_watch_store(struct sip_watch *watch)
{
	if (!is_kept(watch) || rd_list_linked(&watch->dirty_link))
		return;
	rd_list_push(&dirty, &watch->dirty_link);
	if (!rd_timer_running(&flush))
		rd_timer_start(&flush, 0);
}

void sip_watch_unstore(struct sip_watch *watch)
{
	rd_list_remove(&watch->dirty_link);
	if (!stored || watch->is_implicit)
		return;
	rd_store_write("DELETE FROM sip_subscriptions WHERE call_id = ? AND local_tag = ?",
		       (const struct rd_value[]){ RD_TEXT_OF(watch->dialog->call_id),
						  RD_TEXT_OF(watch->dialog->local_tag) },
		       2, NULL, NULL);
}

/* ---- reading back ---- */

static bool find_flow(const struct rd_value *row, struct sip_flow *flow)
{
	const struct sip_stored_flow stored_flow = { .transport = row[TRANSPORT].text,
						     .uri = rd_str_of(row[TARGET].text),
						     .source = row[SOURCE].text,
						     .port = row[PORT].i,
						     .ours = row[OURS].text,
						     .ours_port = row[OURS_PORT].i };

	return sip_stored_flow_find(sip.transports, &stored_flow, flow);
}

static int restore_dialog(const struct rd_value *row, const struct sip_flow *flow,
			  struct sip_dialog **dp)
{
	const struct sip_dialog_saved saved = {
		.call_id = rd_str_of(row[CALL_ID].text),
		.local_tag = rd_str_of(row[LOCAL_TAG].text),
		.remote_tag = rd_str_of(row[REMOTE_TAG].text),
		.local = rd_str_of(row[LOCAL].text),
		.remote = rd_str_of(row[REMOTE].text),
		.target = rd_str_of(row[TARGET].text),
		.routes = rd_str_of(row[ROUTES].text),
		.local_cseq = (uint32_t)row[LOCAL_CSEQ].i + JUMP,
		.remote_cseq = (uint32_t)row[REMOTE_CSEQ].i,
		.answers = true,
		.flow = flow,
	};
	int rc = sip_dialog_restore(dp, sip.dialogs, &saved);

	if (rc == 0)
		sip_dialog_set_aim(*dp, (enum sip_aim)row[TO_SOURCE].i);
	return rc;
}

static int restore_watch(const struct rd_value *row, struct sip_package *package,
			 const struct sip_endpoint *endpoint, struct sip_dialog *dialog,
			 struct sip_watch **wp)
{
	const struct sip_watch_params params = {
		.ops = package->ops,
		.package = package,
		.dialog = dialog,
		.resource = rd_str_of(row[RESOURCE].text),
		.context = rd_str_of(row[CONTEXT].text),
		.phone = rd_str_of(row[PHONE].text),
		.entity = rd_str_of(row[ENTITY].text),
		.id = rd_str_of(row[EVENT_ID].text),
		.event_params = rd_str_of(row[PARAMS].text),
		.type = sip_package_type(package->ops, row[TYPE].text),
		.expires_s = (unsigned)(row[EXPIRES].i - (int64_t)rd_wall()),
		.partial = endpoint->notify_partial,
	};

	return params.type ? sip_watch_new(wp, &params) : -ENOENT;
}

static void restore(const struct rd_value *row)
{
	struct sip_package *package = sip_package_find(rd_str_of(row[EVENT].text));
	const struct sip_endpoint *endpoint =
		sip_settings_find(sip.settings, rd_str_of(row[PHONE].text));
	const struct sip_list *list;
	struct sip_dialog *dialog;
	struct sip_watch *watch;
	struct sip_flow flow;

	if (!package || !endpoint || row[EXPIRES].i <= (int64_t)rd_wall() ||
	    !find_flow(row, &flow) || restore_dialog(row, &flow, &dialog))
		return;
	if (restore_watch(row, package, endpoint, dialog, &watch)) {
		sip_dialog_free(dialog);
		return;
	}
	watch->version = (unsigned)row[DOCUMENT].i + JUMP;
	list = sip_list_find(watch->pub.resource, watch->pub.package->name);
	if (list ? sip_list_open(watch, list) != 0 : sip_watch_open(watch) != 0)
		sip_watch_end(watch, RD_SIP_END_NORESOURCE, 0);
	else
		sip_watch_changed(watch, true);
}

static void rows_read(int rc, const struct rd_rows *rows, void *arg)
{
	unsigned before = sip_events.watch_count;

	(void)arg;
	if (!stored)
		return;
	for (int i = 0; rc >= 0 && i < rows->count; i++)
		restore(rows->values + (size_t)i * COLUMNS);
	if (sip_events.watch_count > before)
		rd_verbose("sip: %u subscriptions are back", sip_events.watch_count - before);
}

void sip_watches_restore(const char *event)
{
	const struct rd_value name = RD_TEXT(event);

	if (stored)
		rd_store_query_then("SELECT " COLUMN_NAMES " FROM sip_subscriptions "
				    "WHERE event = ? ORDER BY expires",
				    &name, 1, rows_read, NULL);
}

int sip_watches_open(void)
{
	const struct rd_value now = RD_INT((int64_t)rd_wall());
	int rc = rd_store_schema(&schema);

	if (rc)
		return rc;
	rd_timer_init(&flush, flush_due, NULL);
	stored = true;
	return rd_store_write("DELETE FROM sip_subscriptions WHERE expires <= ?", &now, 1,
			      NULL, NULL);
}

void sip_watches_keep(void)
{
	if (!stored)
		return;
	rd_list_foreach(node, tmp, &sip_events.watches) {
		struct sip_watch *watch = rd_list_entry(node, struct sip_watch, in_all);

		rd_list_remove(&watch->dirty_link);
		write_watch(watch);
	}
	rd_timer_stop(&flush);
	stored = false;
}

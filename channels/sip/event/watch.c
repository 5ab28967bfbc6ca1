/* A watch: one subscription that we serve, from its SUBSCRIBE or REFER to its
 * last NOTIFY. What it says is in notify.c. */
#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "channels/sip/endpoint/record.h"
#include "channels/sip/endpoint/settings_domains.h"
#include "channels/sip/event/list.h"

/* A timer's milliseconds are an int. */
#define SECONDS_MAX 2000000u
#define IS_BACK_MS  100

static const char *put(char **at, struct rd_str text)
{
	char *copy = *at;

	if (text.n)
		memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	*at += text.n + 1;
	return copy;
}

static void expired(void *arg)
{
	sip_watch_end(arg, RD_SIP_END_TIMEOUT, 0);
}

static struct rd_str subject_of(const struct sip_watch_params *params)
{
	const struct sip_endpoint *endpoint;
	struct sip_uri uri;

	if (params->subject.n)
		return params->subject;
	if (!params->entity.n || sip_uri_parse(&uri, params->entity, NULL))
		return params->resource;
	endpoint = sip_domains_find_uri(sip.settings, &uri);
	return endpoint ? rd_str_of(endpoint->name) : params->resource;
}

static struct sip_watch *watch_alloc(const struct sip_watch_params *params)
{
	struct rd_str subject = subject_of(params);
	struct sip_watch *watch = rd_malloc(sizeof(*watch) + params->resource.n + subject.n +
					    params->context.n + params->phone.n + params->entity.n +
					    params->id.n + params->event_params.n + 7);
	char *at;

	if (!watch)
		return NULL;
	memset(watch, 0, sizeof(*watch));
	at = watch->text;
	watch->pub.resource = put(&at, params->resource);
	watch->pub.subject = put(&at, subject);
	watch->pub.context = put(&at, params->context);
	watch->pub.phone = put(&at, params->phone);
	watch->pub.entity = put(&at, params->entity);
	watch->pub.id = put(&at, params->id);
	watch->pub.params = put(&at, params->event_params);
	return watch;
}

/* ---- how many a phone has ---- */

unsigned sip_watches_of_phone(const char *phone)
{
	return sip_events.phones ? (unsigned)(uintptr_t)rd_map_get(sip_events.phones, phone)
				 : 0;
}

/* Without memory for its count, a phone has one more than it should. */
static void count_watch(struct sip_watch *watch)
{
	uintptr_t count = sip_watches_of_phone(watch->pub.phone);

	sip_events.watch_count++;
	if (!sip_events.phones && rd_map_new(&sip_events.phones, 0))
		return;
	watch->is_counted = rd_map_set(sip_events.phones, watch->pub.phone,
				       (void *)(count + 1), NULL) == 0;
}

static void discount_watch(const struct sip_watch *watch)
{
	uintptr_t count = sip_watches_of_phone(watch->pub.phone);

	sip_events.watch_count--;
	if (watch->is_counted && count > 1)
		rd_map_set(sip_events.phones, watch->pub.phone, (void *)(count - 1), NULL);
	else if (watch->is_counted)
		rd_map_remove(sip_events.phones, watch->pub.phone);
	if (sip_events.watch_count)
		return;
	rd_map_free(sip_events.phones);
	sip_events.phones = NULL;
}

/* ---- birth and death ---- */

static void stand_alone(struct sip_watch *watch, unsigned expires_s)
{
	rd_list_push(&sip_events.watches, &watch->in_all);
	sip_dialog_join(watch->dialog, SIP_USAGE_NOTIFIER, &watch->usage);
	count_watch(watch);
	sip_watch_set_expires(watch, expires_s);
}

static void become_item(struct sip_watch *watch, struct sip_watch *parent)
{
	watch->parent = parent;
	rd_list_push(&parent->items, &watch->in_parent);
}

int sip_watch_new(struct sip_watch **wp, const struct sip_watch_params *params)
{
	struct sip_watch *watch = watch_alloc(params);

	if (!watch)
		return -ENOMEM;
	watch->magic = SIP_WATCH_MAGIC;
	watch->pub.package = params->ops;
	watch->pub.type = params->type;
	watch->pub.data = params->data;
	watch->partial = params->partial;
	watch->state = SIP_WATCH_ACTIVE;
	watch->dialog = params->dialog;
	rd_timer_init(&watch->expiry, expired, watch);
	rd_timer_init(&watch->notify, sip_notify_due, watch);
	rd_list_init(&watch->in_package);
	rd_list_init(&watch->dirty_link);
	rd_list_init(&watch->items);
	rd_list_init(&watch->in_parent);
	rd_list_init(&watch->in_all);
	if (params->package)
		rd_list_push(&params->package->watches, &watch->in_package);
	if (params->dialog)
		stand_alone(watch, params->expires_s);
	else
		become_item(watch, params->parent);
	*wp = watch;
	return 0;
}

unsigned sip_watch_open(struct sip_watch *watch)
{
	int rc = watch->pub.package->open ? watch->pub.package->open(&watch->pub) : 0;

	if (rc < 0)
		return 500;
	if (rc >= 300)
		return (unsigned)rc;
	watch->is_open = true;
	if (rc == RD_SIP_PENDING)
		watch->state = SIP_WATCH_PENDING;
	return 0;
}

void sip_watch_close(struct sip_watch *watch)
{
	if (watch->is_open && watch->pub.package->close)
		watch->pub.package->close(&watch->pub);
	watch->is_open = false;
}

void sip_watch_free(struct sip_watch *watch)
{
	if (!watch)
		return;
	RD_CHECK(watch, SIP_WATCH_MAGIC);
	if (watch->client)
		sip_client_forget(watch->client);
	rd_timer_stop(&watch->expiry);
	rd_timer_stop(&watch->notify);
	rd_list_foreach(node, tmp, &watch->items)
		sip_watch_free(rd_list_entry(node, struct sip_watch, in_parent));
	sip_watch_close(watch);
	rd_list_remove(&watch->in_all);
	rd_list_remove(&watch->in_package);
	rd_list_remove(&watch->in_parent);
	if (watch->dialog) {
		sip_watch_unstore(watch);
		sip_dialog_leave(watch->dialog, &watch->usage);
		discount_watch(watch);
	}
	watch->magic = 0;
	rd_free(watch);
}

int sip_watch_implicit(struct sip_watch **wp, struct sip_dialog *dialog,
		       const struct rd_sip_package *ops, const char *id,
		       unsigned expires_s, void *data)
{
	const struct sip_endpoint *endpoint = dialog->account;
	const struct sip_watch_params params = {
		.ops = ops,
		.dialog = dialog,
		.phone = rd_str_of(endpoint ? endpoint->name : ""),
		.id = rd_str_of(id),
		.type = ops->types[0],
		.expires_s = expires_s,
		.data = data,
	};
	int rc = sip_watch_new(wp, &params);

	if (rc == 0)
		(*wp)->is_implicit = (*wp)->is_open = true;
	return rc;
}

/* ---- time ---- */

void sip_watch_set_expires(struct sip_watch *watch, unsigned seconds)
{
	seconds = RD_MIN(seconds, SECONDS_MAX);
	watch->expires_ms = rd_now_ms() + seconds * 1000ull;
	rd_timer_start(&watch->expiry, (int)seconds * 1000);
}

unsigned sip_watch_seconds_left(const struct sip_watch *watch)
{
	uint64_t now = rd_now_ms();

	return watch->expires_ms > now ? (unsigned)((watch->expires_ms - now + 999) / 1000) : 0;
}

/* ---- what happens to it ---- */

/* How long until the next NOTIFY may go. */
static int gap_left(const struct sip_watch *watch)
{
	uint64_t due = watch->notified_ms + (unsigned)watch->pub.package->gap_ms;
	uint64_t now = rd_now_ms();

	return watch->notified_ms && due > now ? (int)(due - now) : 0;
}

void sip_watch_changed(struct sip_watch *watch, bool full)
{
	if (watch->state == SIP_WATCH_ENDED)
		return;
	watch->dirty = true;
	watch->full |= full;
	if (watch->parent)
		sip_watch_changed(watch->parent, false);
	else if (!watch->client && !rd_timer_running(&watch->notify))
		rd_timer_start(&watch->notify, RD_MAX(gap_left(watch), watch->batch_ms));
}

void sip_resource_changed(const struct rd_sip_package *ops, const char *resource)
{
	struct sip_package *package = sip_package_find(rd_str_of(ops->name));

	if (!package)
		return;
	rd_list_foreach(node, tmp, &package->watches) {
		struct sip_watch *watch = rd_list_entry(node, struct sip_watch, in_package);

		if (strcmp(watch->pub.resource, resource) == 0 ||
		    strcmp(watch->pub.subject, resource) == 0)
			sip_watch_changed(watch, false);
	}
}

void sip_watch_activate(struct sip_watch *watch)
{
	if (watch->state != SIP_WATCH_PENDING)
		return;
	watch->state = SIP_WATCH_ACTIVE;
	sip_watch_changed(watch, true);
}

static bool set_ended(struct sip_watch *watch, enum rd_sip_end why, int retry_s)
{
	if (watch->state == SIP_WATCH_ENDED)
		return false;
	watch->state = SIP_WATCH_ENDED;
	watch->why = why;
	watch->retry_s = retry_s;
	watch->full = true;
	rd_timer_stop(&watch->expiry);
	rd_timer_stop(&watch->notify);
	return true;
}

/* An item stays in its list, to be told of as terminated. */
static void end_item(struct sip_watch *item)
{
	sip_watch_close(item);
	item->dirty = true;
	sip_watch_changed(item->parent, false);
}

void sip_watch_end(struct sip_watch *watch, enum rd_sip_end why, int retry_s)
{
	if (!set_ended(watch, why, retry_s))
		return;
	if (watch->parent)
		end_item(watch);
	else
		sip_notify_now(watch);
}

void sip_watch_dismiss(struct sip_watch *watch, enum rd_sip_end why, int retry_s)
{
	set_ended(watch, why, retry_s);
	if (watch->client)
		sip_client_forget(watch->client);
	watch->client = NULL;
	sip_notify_now(watch);
}

void sip_watches_end(enum rd_sip_end why, int retry_s)
{
	rd_list_foreach(node, tmp, &sip_events.watches)
		sip_watch_dismiss(rd_list_entry(node, struct sip_watch, in_all), why, retry_s);
}

/* For a connection; but not in the middle of the registration by the new one. */
static void no_longer_wait(struct sip_watch *watch)
{
	if (watch->tries && !watch->client)
		rd_timer_start(&watch->notify, IS_BACK_MS);
}

static void follow(const char *phone, const struct sip_contact *contact,
		   const struct sip_flow *before)
{
	if (!sip_watches_of_phone(phone))
		return;
	rd_list_foreach(node, tmp, &sip_events.watches) {
		struct sip_watch *watch = rd_list_entry(node, struct sip_watch, in_all);

		if (!watch->dialog || strcmp(watch->pub.phone, phone) != 0)
			continue;
		sip_dialog_follow(watch->dialog, before, &contact->flow);
		sip_dialog_take_along(watch->dialog, watch->client, before);
		no_longer_wait(watch);
	}
}

void sip_watches_follow(const struct sip_contact *contact, const struct sip_flow *before)
{
	const struct sip_endpoint *at;
	const char *name = NULL;

	while ((name = sip_record_next_owner(contact->aor->name, name, &at)))
		follow(name, contact, before);
}

static void look_again(const char *phone)
{
	if (!sip_watches_of_phone(phone))
		return;
	rd_list_foreach(node, tmp, &sip_events.watches) {
		struct sip_watch *watch = rd_list_entry(node, struct sip_watch, in_all);

		if (strcmp(watch->pub.phone, phone) == 0)
			no_longer_wait(watch);
	}
}

void sip_watches_look_again(const struct sip_contact *contact)
{
	const struct sip_endpoint *at;
	const char *name = NULL;

	while ((name = sip_record_next_owner(contact->aor->name, name, &at)))
		look_again(name);
}

/* May it go on, after sip.conf was read anew? */
static bool is_wanted(const struct sip_watch *watch)
{
	const struct sip_list *list;

	if (!sip_settings_find(sip.settings, rd_str_of(watch->pub.phone)))
		return false;
	if (!watch->is_list)
		return true;
	list = sip_list_find(watch->pub.resource, watch->pub.package->name);
	return list && sip_list_fits(watch, list);
}

void sip_watches_check(void)
{
	rd_list_foreach(node, tmp, &sip_events.watches) {
		struct sip_watch *watch = rd_list_entry(node, struct sip_watch, in_all);

		if (!watch->is_implicit && !is_wanted(watch))
			sip_watch_end(watch, watch->is_list ? RD_SIP_END_DEACTIVATED
							    : RD_SIP_END_REJECTED, 0);
	}
}

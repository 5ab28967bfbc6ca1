/* Watched extensions: found by the devices behind them. */
#include <string.h>

#include <ringdown/dialplan.h>
#include <ringdown/map.h>
#include <ringdown/tech.h>

#include "modules/sip_hint.h"
#include "modules/sip_package.h"

/* An extension in a context while anybody watches it. */
struct hint {
	struct rd_list watches, members; /* members: of its devices */
	char *devices, *name, *fallback;
	const char *exten, *context;
	char key[]; /* "1001@office", and behind it "1001" and "office" */
};

/* A device, and the hints that it is in. */
struct device {
	struct rd_list members;
	char name[];
};

/* A device in a hint. */
struct member {
	struct rd_list of_hint, of_device;
	struct hint *hint;
	struct device *device;
};

static struct rd_map *hints, *devices;
static bool unsure; /* there was no dialplan when it was asked: while it gets a new file */

static void free_maps(void)
{
	rd_map_free(hints);
	rd_map_free(devices);
	hints = devices = NULL;
	unsure = false;
}

int hint_package_load(const struct rd_sip_package *package)
{
	int rc = rd_map_new(&hints, 0);

	if (rc == 0)
		rc = rd_map_new(&devices, RD_MAP_NOCASE);
	if (rc == 0)
		rc = sip_package_load(package);
	if (rc)
		free_maps();
	return rc;
}

void hint_package_unload(const struct rd_sip_package *package)
{
	sip_package_unload(package);
	free_maps(); /* the watches went with the package */
}

/* ---- devices ---- */

static struct device *get_device(struct rd_str name)
{
	struct device *device = rd_map_getn(devices, name.p, name.n);

	if (device)
		return device;
	device = rd_zalloc(sizeof(*device) + name.n + 1);
	if (!device)
		return NULL;
	memcpy(device->name, name.p, name.n);
	rd_list_init(&device->members);
	if (rd_map_set(devices, device->name, device, NULL) == 0)
		return device;
	rd_free(device);
	return NULL;
}

static void drop_member(struct member *member)
{
	struct device *device = member->device;

	rd_list_remove(&member->of_hint);
	rd_list_remove(&member->of_device);
	rd_free(member);
	if (!rd_list_empty(&device->members))
		return;
	rd_map_remove(devices, device->name);
	rd_free(device);
}

static int add_member(struct hint *hint, struct rd_str name)
{
	struct device *device = get_device(name);
	struct member *member = device ? rd_zalloc(sizeof(*member)) : NULL;

	if (device && !member && rd_list_empty(&device->members)) {
		rd_map_remove(devices, device->name);
		rd_free(device);
	}
	if (!member)
		return -ENOMEM;
	member->hint = hint;
	member->device = device;
	rd_list_push(&hint->members, &member->of_hint);
	rd_list_push(&device->members, &member->of_device);
	return 0;
}

static void forget_devices(struct hint *hint)
{
	rd_list_foreach(node, tmp, &hint->members)
		drop_member(rd_list_entry(node, struct member, of_hint));
	rd_free(hint->devices);
	rd_free(hint->name);
	hint->devices = hint->name = NULL;
}

static int add_members(struct hint *hint)
{
	struct rd_str rest = rd_str_of(hint->devices), name;
	bool more = true;
	int rc = 0;

	while (rc == 0 && more) {
		more = rd_str_cut(&rest, '&', &name);
		name = rd_str_trim(name);
		if (name.n)
			rc = add_member(hint, name);
	}
	return rc;
}

/* ---- hints ---- */

/* Ask the dialplan. 0, -ENOENT, -ENOMEM; -ENOSYS: there is none, and the hint is as it was. */
static int look_up(struct hint *hint)
{
	struct rd_buf found, name;
	int rc;

	rd_buf_init(&found);
	rd_buf_init(&name);
	rc = rd_dialplan_hint(hint->context, hint->exten, &found, &name);
	if (rc && rc != -ENOSYS && hint->fallback) {
		rd_buf_reset(&found);
		rd_buf_adds(&found, hint->fallback);
		rc = 0;
	}
	if (rc == 0) {
		forget_devices(hint);
		hint->devices = rd_buf_take(&found);
		hint->name = rd_strdup(rd_buf_text(&name));
		rc = hint->devices && hint->name ? add_members(hint) : -ENOMEM;
	}
	rd_buf_fini(&found);
	rd_buf_fini(&name);
	return rc < 0 && rc != -ENOMEM && rc != -ENOSYS ? -ENOENT : rc;
}

static void hint_free(struct hint *hint)
{
	forget_devices(hint);
	rd_free(hint->fallback);
	rd_free(hint);
}

static void make_key(char *key, const char *exten, const char *context)
{
	strcpy(key, exten);
	strcat(key, "@");
	strcat(key, context);
}

static int hint_new(struct hint **hp, const struct rd_sip_watch *watch, const char *fallback)
{
	size_t exten = strlen(watch->resource), context = strlen(watch->context);
	size_t key = exten + context + 2;
	struct hint *hint = rd_zalloc(sizeof(*hint) + 2 * key);
	int rc = -ENOMEM;

	if (!hint)
		return rc;
	rd_list_init(&hint->watches);
	rd_list_init(&hint->members);
	make_key(hint->key, watch->resource, watch->context);
	hint->exten = memcpy(hint->key + key, watch->resource, exten + 1);
	hint->context = memcpy(hint->key + key + exten + 1, watch->context, context + 1);
	hint->fallback = rd_strdup(fallback);
	if (hint->fallback || !fallback)
		rc = look_up(hint);
	if (rc == 0)
		rc = rd_map_set(hints, hint->key, hint, NULL);
	if (rc)
		hint_free(hint);
	else
		*hp = hint;
	return rc;
}

static void hint_drop(struct hint *hint)
{
	if (!rd_list_empty(&hint->watches))
		return;
	rd_map_remove(hints, hint->key);
	hint_free(hint);
}

static struct hint *find_hint(const struct rd_sip_watch *watch)
{
	char key[512];

	if (strlen(watch->resource) + strlen(watch->context) + 2 > sizeof(key))
		return NULL;
	make_key(key, watch->resource, watch->context);
	return rd_map_get(hints, key);
}

int hint_watch_open(struct hint_watch *own, struct rd_sip_watch *watch, const char *fallback)
{
	struct hint *hint = find_hint(watch);
	int rc = hint ? 0 : hint_new(&hint, watch, fallback);

	if (rc)
		return rc;
	own->hint = hint;
	own->watch = watch;
	rd_list_push(&hint->watches, &own->link);
	return 0;
}

void hint_watch_close(struct hint_watch *own)
{
	rd_list_remove(&own->link);
	hint_drop(own->hint);
}

const char *hint_devices(const struct hint_watch *own)
{
	return own->hint->devices ? own->hint->devices : "";
}

const char *hint_name(const struct hint_watch *own)
{
	return own->hint->name ? own->hint->name : "";
}

/* ---- what happens ---- */

static void tell(struct hint *hint)
{
	rd_list_foreach(node, tmp, &hint->watches)
		sip_package_events()->changed(rd_list_entry(node, struct hint_watch, link)->watch);
}

static void tell_hints_with(const char *name)
{
	const struct device *device = rd_map_get(devices, name);

	if (!device)
		return;
	rd_list_foreach(node, tmp, &device->members)
		tell(rd_list_entry(node, struct member, of_device)->hint);
}

void hints_changed(const char *device)
{
	char alias[128];

	if (!devices || !rd_map_count(devices))
		return;
	tell_hints_with(device);
	if (rd_device_alias(device, alias, sizeof(alias)))
		tell_hints_with(alias);
}

/* The last watch takes the hint along. */
static void end_watches(struct hint *hint)
{
	struct rd_list *node = hint->watches.next;

	while (node != &hint->watches) {
		bool is_last = node->next == &hint->watches;
		struct rd_list *next = node->next;

		sip_package_events()->end(rd_list_entry(node, struct hint_watch, link)->watch,
			    RD_SIP_END_NORESOURCE, 0);
		if (is_last)
			return;
		node = next;
	}
}

void hints_reloaded(void)
{
	size_t pos = 0;
	void *value;

	while (hints && rd_map_next(hints, &pos, NULL, &value)) {
		struct hint *hint = value;
		int rc = look_up(hint);

		if (rc == -ENOENT)
			end_watches(hint);
		else if (rc == -ENOSYS)
			unsure = true;
		else
			tell(hint);
	}
}

void hints_look_again(void)
{
	if (!unsure)
		return;
	unsure = false;
	hints_reloaded();
}

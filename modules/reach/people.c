/* Who wants what, in memory and in the store: /Reach/1001/forward/busy. Changes are told on the
 * bus, and to the lamps. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/event.h>
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/store.h>
#include <ringdown/tech.h>

#include "modules/reach/reach.h"

#define FAMILY "Reach"
#define BLOCK  "block/"

enum { KEY_MAX = 300, SECONDS_MAX = 3600 };

static struct kept {
	struct rd_map *people; /* by name */
	struct rd_map *desks; /* who has logged in, by device */
} own, *kept = &own;

static const size_t sizes[] = { sizeof(own), sizeof(struct reach_person), 0 };
static const size_t *const shape[] = { sizes, NULL };

const struct rd_module_state reach_kept = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&kept
};

static const char *const item_names[REACH_ITEMS] = {
	[REACH_FORWARD_ALWAYS] = "forward/always",
	[REACH_FORWARD_BUSY] = "forward/busy",
	[REACH_FORWARD_NO_ANSWER] = "forward/noanswer",
	[REACH_FORWARD_UNREACHABLE] = "forward/unreachable",
	[REACH_FORWARD_TIME] = "forward/time",
	[REACH_DND] = "dnd",
	[REACH_CALL_WAITING] = "callwaiting",
	[REACH_SCREENING] = "screening",
	[REACH_HOTDESK] = "hotdesk",
};

/* ---- people ---- */

static void person_free(struct reach_person *person)
{
	if (!person)
		return;
	for (int i = 0; i < REACH_ITEMS; i++)
		rd_free(person->value[i]);
	rd_map_free(person->blocked);
	rd_free(person->home);
	rd_free(person);
}

bool reach_is_anybody(void)
{
	return kept->people && rd_map_count(kept->people);
}

const struct reach_person *reach_person_find(const char *name)
{
	return kept->people ? rd_map_get(kept->people, name) : NULL;
}

static struct reach_person *person_get(const char *name)
{
	struct reach_person *person = kept->people ? rd_map_get(kept->people, name) : NULL;
	size_t n = strlen(name) + 1;

	if (person)
		return person;
	if (!kept->people && rd_map_new(&kept->people, RD_MAP_NOCASE))
		return NULL;
	person = rd_zalloc(sizeof(*person) + n);
	if (!person)
		return NULL;
	memcpy(person->name, name, n);
	if (rd_map_set(kept->people, name, person, NULL)) {
		rd_free(person);
		return NULL;
	}
	return person;
}

static void drop_if_content(struct reach_person *person)
{
	for (int i = 0; i < REACH_ITEMS; i++)
		if (person->value[i])
			return;
	if (person->blocked && rd_map_count(person->blocked))
		return;
	rd_map_remove(kept->people, person->name);
	person_free(person);
}

const struct reach_person *reach_person_next(size_t *pos)
{
	void *person;

	return kept->people && rd_map_next(kept->people, pos, NULL, &person) ? person : NULL;
}

bool reach_name_of(const char *device, char name[REACH_NAME_MAX])
{
	const char *slash = strchr(device, '/');
	size_t n = slash ? strcspn(++slash, "/") : 0;

	return n && n < REACH_NAME_MAX && !memchr(slash, '@', n) &&
	       rd_strcpyn(name, REACH_NAME_MAX, (struct rd_str){ slash, n });
}

const struct reach_person *reach_guest_of(const char *device)
{
	return kept->desks ? rd_map_get(kept->desks, device) : NULL;
}

/* ---- values ---- */

const char *reach_item_name(enum reach_item item)
{
	return item_names[item];
}

int reach_item_of(const char *name)
{
	for (int i = 0; i < REACH_ITEMS; i++)
		if (strcasecmp(name, item_names[i]) == 0)
			return i;
	return -ENOENT;
}

bool reach_is_switch(enum reach_item item)
{
	return item == REACH_DND || item == REACH_CALL_WAITING || item == REACH_SCREENING;
}

/* What everybody has. */
static const char *usual(enum reach_item item)
{
	if (item == REACH_CALL_WAITING)
		return "1";
	return reach_is_switch(item) ? "0" : "";
}

const char *reach_get(const struct reach_person *person, enum reach_item item)
{
	return person && person->value[item] ? person->value[item] : usual(item);
}

static const char *switch_value(const char *text)
{
	static const char *const on[] = { "1", "yes", "on", "true" };
	static const char *const off[] = { "0", "no", "off", "false" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(on); i++) {
		if (strcasecmp(text, on[i]) == 0)
			return "1";
		if (strcasecmp(text, off[i]) == 0)
			return "0";
	}
	return NULL;
}

static bool is_seconds(const char *text)
{
	uint64_t n;

	return rd_str_to_u64(rd_str_of(text), SECONDS_MAX, &n) == 0 && n > 0;
}

/* As it is kept: "" for what everybody has. NULL: there is no such value. */
static const char *kept_value(enum reach_item item, const char *text, const char *name)
{
	if (*text && reach_is_switch(item))
		text = switch_value(text);
	else if (*text && item == REACH_FORWARD_TIME && !is_seconds(text))
		text = NULL;
	else if (*text && item == REACH_HOTDESK && !strchr(text, '/'))
		text = NULL;
	else if (item < REACH_FORWARD_TIME && strcasecmp(text, name) == 0)
		text = NULL; /* to himself */
	return text && strcmp(text, usual(item)) == 0 ? "" : text;
}

/* ---- changes ---- */

static void tell(const char *name, const char *what, const char *value, const char *before)
{
	const struct rd_event_field fields[] = { { "value", value }, { "before", before } };
	struct rd_event event = { .type = RD_EVENT_REACH,
				  .name = name,
				  .text = what,
				  .fields = fields,
				  .field_count = RD_ARRAY_SIZE(fields) };

	rd_verbose("reach: %s: %s = %s", name, what, *value ? value : "(as everybody)");
	rd_event_publish(&event);
}

static int write_through(const char *name, const char *what, const char *value)
{
	char key[KEY_MAX];
	int n = snprintf(key, sizeof(key), "%s/%s", name, what), rc;

	if (n < 0 || (size_t)n >= sizeof(key))
		return -ENAMETOOLONG;
	rc = *value ? rd_db_put(FAMILY, key, value) : rd_db_del(FAMILY, key);
	return rc == -ENOENT ? 0 : rc;
}

/* The device that is his: the guest's phone is of the same technology. */
static int make_home(const struct reach_person *person, const char *desk, char **home)
{
	char text[REACH_HOME_MAX];
	int n = snprintf(text, sizeof(text), "%.*s/%s", (int)strcspn(desk, "/"), desk,
			 person->name);

	if (n < 0 || (size_t)n >= sizeof(text))
		return -ENAMETOOLONG;
	*home = rd_strdup(text);
	return *home ? 0 : -ENOMEM;
}

static int sit_down(struct reach_person *person, const char *device, char **home)
{
	int rc = kept->desks ? 0 : rd_map_new(&kept->desks, RD_MAP_NOCASE);

	if (!rc)
		rc = make_home(person, device, home);
	if (!rc)
		rc = rd_map_set(kept->desks, device, person, NULL);
	if (rc)
		rd_free(*home);
	return rc;
}

static int take_desk(struct reach_person *person, const char *device)
{
	const char *before = person->value[REACH_HOTDESK];
	char *home = NULL;
	int rc = *device ? sit_down(person, device, &home) : 0;

	if (rc)
		return rc;
	if (before && strcasecmp(before, device) != 0 && rd_map_get(kept->desks, before) == person)
		rd_map_remove(kept->desks, before);
	rd_free(person->home);
	person->home = home;
	return 0;
}

static int take(struct reach_person *person, enum reach_item item, const char *value)
{
	char *copy = *value ? rd_strdup(value) : NULL;
	int rc = *value && !copy ? -ENOMEM : 0;

	if (!rc && item == REACH_HOTDESK)
		rc = take_desk(person, value);
	if (rc) {
		rd_free(copy);
		return rc;
	}
	rd_free(person->value[item]);
	person->value[item] = copy;
	return 0;
}

static bool is_name(const char *name)
{
	return *name && strlen(name) < REACH_NAME_MAX && !strpbrk(name, "/@");
}

/* In memory and in the store, or in neither. */
static int keep(struct reach_person *person, enum reach_item item, const char *value)
{
	char before[REACH_VALUE_MAX];
	int rc;

	rd_strcpy(before, sizeof(before), person->value[item] ? person->value[item] : "");
	rc = take(person, item, value);
	if (rc)
		return rc;
	rc = write_through(person->name, item_names[item], value);
	if (rc)
		take(person, item, before);
	return rc;
}

/* Who sat at that desk has none from now on. Where that cannot be, it is his still. */
static int change_desk(struct reach_person *person, const char *desk)
{
	struct reach_person *guest = kept->desks ? rd_map_get(kept->desks, desk) : NULL;
	char before[REACH_VALUE_MAX];
	int rc;

	rd_strcpy(before, sizeof(before), reach_get(person, REACH_HOTDESK));
	rc = keep(person, REACH_HOTDESK, desk);
	if (!guest || guest == person)
		return rc;
	if (!rc) {
		rc = reach_set(guest->name, REACH_HOTDESK, "");
		if (rc)
			keep(person, REACH_HOTDESK, before);
	}
	if (rc && rd_map_set(kept->desks, desk, guest, NULL))
		rd_error("reach: no memory: %s is not known at %s any more", guest->name, desk);
	return rc;
}

/* What stands for his own phone is another one now. */
static void look_at_home(const char *home)
{
	if (*home)
		rd_device_changed(home);
}

int reach_set(const char *name, enum reach_item item, const char *value)
{
	const char *kept = kept_value(item, value, name);
	char who[REACH_NAME_MAX], home[2][REACH_HOME_MAX], before[REACH_VALUE_MAX];
	struct reach_person *person;
	int rc;

	if (!kept || !is_name(name))
		return -EINVAL;
	if (strlen(kept) >= REACH_VALUE_MAX)
		return -ENAMETOOLONG;
	if (!*kept && !reach_person_find(name))
		return 0;
	rd_strcpy(who, sizeof(who), name); /* it may be the person's own, who may go */
	person = person_get(who);
	if (!person)
		return -ENOMEM;
	rd_strcpy(before, sizeof(before), reach_get(person, item));
	rd_strcpy(home[0], sizeof(home[0]), person->home ? person->home : "");
	rc = item == REACH_HOTDESK ? change_desk(person, kept) : keep(person, item, kept);
	rd_strcpy(home[1], sizeof(home[1]), person->home ? person->home : "");
	drop_if_content(person);
	if (rc)
		return rc;
	tell(who, item_names[item], kept, before);
	reach_lamp_changed(who, item);
	for (size_t i = 0; i < RD_ARRAY_SIZE(home) && item == REACH_HOTDESK; i++)
		look_at_home(home[i]);
	return 0;
}

static int take_block(struct reach_person *person, const char *number, bool blocked)
{
	int rc = person->blocked ? 0 : rd_map_new(&person->blocked, RD_MAP_NOCASE);

	if (!rc && blocked)
		rc = rd_map_set(person->blocked, number, person, NULL);
	else if (!rc)
		rd_map_remove(person->blocked, number);
	return rc;
}

int reach_block(const char *name, const char *number, bool blocked)
{
	struct reach_person *person;
	char what[REACH_VALUE_MAX];
	int n = snprintf(what, sizeof(what), BLOCK "%s", number), rc;

	if (!is_name(name) || !*number || strchr(number, '/'))
		return -EINVAL;
	if (n < 0 || (size_t)n >= sizeof(what))
		return -ENAMETOOLONG;
	person = person_get(name);
	if (!person)
		return -ENOMEM;
	rc = take_block(person, number, blocked);
	if (!rc) {
		rc = write_through(name, what, blocked ? "1" : "");
		if (rc)
			take_block(person, number, !blocked);
	}
	drop_if_content(person);
	if (!rc)
		tell(name, what, blocked ? "1" : "", blocked ? "" : "1");
	return rc;
}

/* ---- from the store ---- */

static int load_one(const char *path, const char *value)
{
	char name[REACH_NAME_MAX];
	const char *what = strchr(path, '/');
	struct reach_person *person;
	int item;

	if (!what ||
	    !rd_strcpyn(name, sizeof(name), (struct rd_str){ path, (size_t)(what - path) }))
		return 0;
	what++;
	person = person_get(name);
	if (!person)
		return -ENOMEM;
	if (strncmp(what, BLOCK, strlen(BLOCK)) == 0)
		return take_block(person, what + strlen(BLOCK), true);
	item = reach_item_of(what);
	if (item >= 0)
		return take(person, (enum reach_item)item, value);
	drop_if_content(person);
	return 0;
}

/* Hints were looked at before anything was known. */
static void light_lamps(void)
{
	const struct reach_person *person;
	size_t pos = 0;

	while ((person = reach_person_next(&pos)))
		for (int i = 0; i < REACH_ITEMS; i++)
			if (person->value[i])
				reach_lamp_changed(person->name, (enum reach_item)i);
}

int reach_people_load(void)
{
	const char *path, *value;
	size_t pos = 0;
	int rc = 0;

	while (!rc && rd_db_next(&pos, FAMILY, NULL, &path, &value))
		rc = load_one(path + 1 + strlen(FAMILY "/"), value);
	if (!rc)
		light_lamps();
	return rc;
}

void reach_people_free(void)
{
	size_t pos = 0;
	void *person;

	while (kept->people && rd_map_next(kept->people, &pos, NULL, &person))
		person_free(person);
	rd_map_free(kept->people);
	rd_map_free(kept->desks);
	kept->people = kept->desks = NULL;
}

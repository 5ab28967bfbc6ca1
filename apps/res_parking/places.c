/* Who is parked where, and telling the house of it: events, and devices "park:701@context",
 * whose state lamps show. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/event.h>
#include <ringdown/log.h>
#include <ringdown/tech.h>

#include "apps/res_parking/parking.h"

struct parking_place *parking_next(const struct parking_place *after)
{
	struct rd_list *next = after ? after->link.next : parking_state->places.next;

	return next == &parking_state->places ? NULL
					      : rd_list_entry(next, struct parking_place, link);
}

static struct parking_place *find_number(const char *lot, int number)
{
	struct parking_place *it = NULL;

	while ((it = parking_next(it)))
		if (it->number == number && strcmp(it->lot->name, lot) == 0)
			return it;
	return NULL;
}

static struct parking_place *find_oldest(const char *lot)
{
	struct parking_place *it = NULL, *found = NULL;

	while ((it = parking_next(it)))
		if (strcmp(it->lot->name, lot) == 0 && (!found || it->since_ms < found->since_ms))
			found = it;
	return found;
}

struct parking_place *parking_find(const char *lot, int number)
{
	return number ? find_number(lot, number) : find_oldest(lot);
}

/* -- telling ------------------------------------------------------------------------- */

static void tell(const struct parking_place *place, const char *what, struct rd_channel *by)
{
	char name[2 * PARKING_DEVICE_MAX];
	const struct rd_event_field field = { "parker", place->parker };
	struct rd_event event = {
		.type = RD_EVENT_PARKING,
		.channel = place->ch,
		.peer = by,
		.name = name,
		.text = what,
		.number = place->number,
		.fields = &field,
		.field_count = 1,
	};

	snprintf(name, sizeof(name), "%d@%s", place->number, place->lot->name);
	rd_verbose("%s: %s at %s", rd_channel_name(place->ch), what, name);
	rd_event_publish(&event);
	snprintf(name, sizeof(name), "park:%d@%s", place->number, place->lot->context);
	rd_device_changed(name);
}

int parking_device_state(const char *resource)
{
	const char *at = strchr(resource, '@');
	const struct parking_place *it = NULL;

	while (at && (it = parking_next(it)))
		if (it->number == atoi(resource) && strcmp(it->lot->context, at + 1) == 0)
			return RD_DEVICE_INUSE;
	return at ? RD_DEVICE_NOT_INUSE : RD_DEVICE_INVALID;
}

const char *parking_device_check(const char *resource, char *buf, size_t size)
{
	const struct parking_lot *lot = parking_lots_coming();
	char *end;
	long number = strtol(resource, &end, 10);

	if (!lot)
		return NULL;
	for (; lot && *end == '@'; lot = lot->next)
		if (number >= lot->first && number <= lot->last && !strcmp(lot->context, end + 1))
			return NULL;
	snprintf(buf, size, "no lot of res_parking.conf has a place \"%s\"", resource);
	return buf;
}

/* -- coming and going ------------------------------------------------------------------ */

static int last_of(const struct parking_lot *lot)
{
	int last = parking_state->last_given
			   ? (int)(uintptr_t)rd_map_get(parking_state->last_given, lot->name)
			   : 0;

	return last >= lot->first && last < lot->last ? last : lot->first - 1;
}

static int choose(const struct parking_lot *lot, int *number)
{
	int count = lot->last - lot->first + 1;
	int from = lot->in_turn ? last_of(lot) + 1 : lot->first;

	for (int i = 0; i < count; i++) {
		*number = lot->first + (from - lot->first + i) % count;
		if (!find_number(lot->name, *number))
			return 0;
	}
	return -ENOSPC;
}

/* Without memory the next search begins at the first one again: no harm. */
static void note_given(const struct parking_lot *lot, int number)
{
	if (lot->in_turn &&
	    (parking_state->last_given || rd_map_new(&parking_state->last_given, 0) == 0))
		rd_map_set(parking_state->last_given, lot->name, (void *)(uintptr_t)number, NULL);
}

static bool is_before(const struct parking_place *a, const struct parking_place *b)
{
	int order = strcmp(a->lot->name, b->lot->name);

	return order < 0 || (order == 0 && a->number < b->number);
}

static void insert(struct parking_place *place)
{
	struct rd_list *at = parking_state->places.prev;

	while (at != &parking_state->places &&
	       is_before(place, rd_list_entry(at, struct parking_place, link)))
		at = at->prev;
	rd_list_insert_after(at, &place->link);
}

int parking_occupy(struct parking_place *place, int wanted)
{
	const struct parking_lot *lot = place->lot;
	int rc = 0;

	place->number = wanted;
	if (!wanted)
		rc = choose(lot, &place->number);
	else if (wanted < lot->first || wanted > lot->last || find_number(lot->name, wanted))
		rc = -EBUSY;
	if (rc)
		return rc;
	note_given(lot, place->number);
	place->since_ms = rd_now_ms();
	insert(place);
	tell(place, "PARKED", NULL);
	return 0;
}

void parking_vacate(struct parking_place *place, const char *why, struct rd_channel *by)
{
	if (!rd_list_linked(&place->link))
		return;
	rd_list_remove(&place->link);
	tell(place, why, by);
}

void parking_places_drop(void)
{
	rd_map_free(parking_state->last_given);
	parking_state->last_given = NULL;
}

/* Ends of dialogs that have said since that they are elsewhere: by the Contact of a
 * re-INVITE or UPDATE, or of the answer to one (RFC 3261 §12.2). The far end goes on by
 * the Record-Route of the beginning, which knows only where they were.
 *
 * A place is remembered for whoever is on the other side of the call, as his Record-Route
 * tells, and for nobody else. */
#include <string.h>

#include <ringdown/map.h>

#include "modules/sip_proxy/proxy.h"

/* Then the one that was renewed longest ago is forgotten. */
#define MOVED_MAX 16384

struct moved {
	struct rd_list link; /* the one renewed last comes last */
	char place[PROXY_MARK + 1];
	char key[PROXY_MARK + 1];
};

static struct rd_list all = RD_LIST_INIT(all);
static struct rd_map *by_key; /* NULL: none yet */

static void forget(struct moved *moved)
{
	rd_map_remove(by_key, moved->key);
	rd_list_remove(&moved->link);
	rd_free(moved);
}

static void forget_key(const char *key)
{
	struct moved *moved = by_key ? rd_map_get(by_key, key) : NULL;

	if (moved)
		forget(moved);
}

void proxy_moved_drop(void)
{
	while (!rd_list_empty(&all))
		forget(rd_list_entry(all.next, struct moved, link));
	rd_map_free(by_key);
	by_key = NULL;
}

unsigned proxy_moved_count(void)
{
	return by_key ? (unsigned)rd_map_count(by_key) : 0;
}

/* NULL without memory. */
static struct moved *moved_new(const char *key)
{
	struct moved *moved;

	if (!by_key && rd_map_new(&by_key, 0))
		return NULL;
	moved = rd_zalloc(sizeof(*moved));
	if (!moved)
		return NULL;
	rd_strcpy(moved->key, sizeof(moved->key), key);
	rd_list_init(&moved->link);
	if (rd_map_set(by_key, key, moved, NULL)) {
		rd_free(moved);
		return NULL;
	}
	if (rd_map_count(by_key) > MOVED_MAX)
		forget(rd_list_entry(all.next, struct moved, link));
	return moved;
}

/* Without memory it stays where it was. */
static void note(const char *key, const char *place)
{
	struct moved *moved = by_key ? rd_map_get(by_key, key) : NULL;

	if (!moved)
		moved = moved_new(key);
	if (!moved)
		return;
	rd_strcpy(moved->place, sizeof(moved->place), place);
	rd_list_remove(&moved->link);
	rd_list_push(&all, &moved->link);
}

/* ---- what a request and its 2xx say ---- */

static bool refreshes_target(struct rd_str method)
{
	static const char *const methods[] = { "INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(methods); i++)
		if (rd_str_eq(method, rd_str_of(methods[i])))
			return true;
	return false;
}

static void keys_of(char sender[PROXY_MARK + 1], char receiver[PROXY_MARK + 1],
		    const struct rd_sip_request *request, enum proxy_side side)
{
	proxy_mark_moved(request, request->from_tag, proxy_other_side(side), sender);
	proxy_mark_moved(request, request->to_tag, side, receiver);
}

void proxy_moved_note(const struct rd_sip_request *request, const struct proxy_route *route,
		      const struct rd_sip_message *answer, const char *was)
{
	char sender[PROXY_MARK + 1], receiver[PROXY_MARK + 1], place[PROXY_MARK + 1];

	if (!route->ours || route->side == PROXY_NOWHERE)
		return;
	keys_of(sender, receiver, request, route->side);
	if (rd_str_eq(request->method, RD_STR("BYE"))) {
		forget_key(sender);
		forget_key(receiver);
	} else if (refreshes_target(request->method)) {
		if (proxy_record_end(place, request, request->message, NULL))
			note(sender, place);
		if (proxy_record_end(place, request, answer, was))
			note(receiver, place);
	}
}

bool proxy_moved_leads(const struct rd_sip_request *request, const struct proxy_route *route,
		       const char *place)
{
	const struct moved *moved;
	char key[PROXY_MARK + 1];

	if (!by_key || route->side == PROXY_NOWHERE)
		return false;
	proxy_mark_moved(request, request->to_tag, route->side, key);
	moved = rd_map_get(by_key, key);
	return moved && strcmp(moved->place, place) == 0;
}

/* Dynamic members over a restart: one entry of DB() for each queue, in the family and
 * form that Asterisk keeps them in: "interface;penalty;paused;name;device;reason|...". */
#include <stdlib.h>
#include <string.h>

#include <ringdown/log.h>
#include <ringdown/store.h>

#include "apps/app_queue/queue.h"

#define FAMILY "Queue/PersistentMembers"

enum { FIELDS = 6 };

void queue_keep(const struct queue *queue)
{
	const char *name = queue->settings->name;
	struct rd_buf text;
	int rc = 0;

	if (!queue->settings->snapshot->persistent)
		return;
	rd_buf_init(&text);
	rd_list_foreach(node, tmp, &queue->members) {
		const struct queue_member *it = rd_list_entry(node, struct queue_member, link);

		if (it->dynamic)
			rd_buf_printf(&text, "%s%s;%d;%d;%s;%s;%s", text.n ? "|" : "",
				      it->interface, it->penalty, it->paused, it->name, it->device,
				      it->reason);
	}
	if (text.failed)
		rc = -ENOMEM;
	else if (text.n)
		rc = rd_db_put(FAMILY, name, rd_buf_text(&text));
	else
		rd_db_del(FAMILY, name);
	rd_buf_fini(&text);
	if (rc)
		rd_warning("%s: its members would be lost at a restart: %s", name, rd_strerror(rc));
}

static void restore_member(struct queue *queue, struct rd_str text)
{
	struct rd_str field[FIELDS] = { { 0 } };
	char interface[QUEUE_DEVICE_MAX];
	struct queue_member *member;
	bool more = true;
	uint64_t penalty = 0;

	for (int i = 0; more && i < FIELDS; i++)
		more = rd_str_cut(&text, ';', &field[i]);
	if (!rd_strcpyn(interface, sizeof(interface), field[0]) || !*interface ||
	    queue_member_find(queue, interface) || queue_member_new(&member, interface))
		return;
	rd_str_to_u64(field[1], 1000000, &penalty);
	member->penalty = (int)penalty;
	member->dynamic = true;
	member->paused = rd_str_eq(field[2], RD_STR("1"));
	if (field[3].n)
		rd_strcpyn(member->name, sizeof(member->name), field[3]);
	if (field[4].n)
		rd_strcpyn(member->device, sizeof(member->device), field[4]);
	rd_strcpyn(member->reason, sizeof(member->reason), field[5]);
	queue_member_add(queue, member);
}

static void restore_queue(struct queue *queue, struct rd_pool *pool)
{
	const char *text;
	struct rd_str rest, one;
	bool more = true;

	if (!queue->settings->snapshot->persistent ||
	    rd_db_get(FAMILY, queue->settings->name, pool, &text))
		return;
	rest = rd_str_of(text);
	while (more) {
		more = rd_str_cut(&rest, '|', &one);
		restore_member(queue, one);
	}
}

void queue_restore(void)
{
	struct rd_pool *pool;
	struct queue *queue;
	size_t pos = 0;

	if (rd_pool_new(&pool, 0))
		return;
	while ((queue = queue_next(&pos)))
		restore_queue(queue, pool);
	rd_pool_free(pool);
}

/* What was counted outlives a restart, in the database: an entry for each queue, and one for
 * each member who has had a call. */
#include <inttypes.h>
#include <stdio.h>

#include <ringdown/store.h>

#include "apps/app_queue/queue.h"

#define FAMILY        "Queue/Statistics"
#define MEMBER_FAMILY "Queue/MemberStatistics"

enum { FIELDS = 6, KEY_MAX = QUEUE_NAME_MAX + QUEUE_DEVICE_MAX + 2 };

static void put(const char *family, const char *key, const char *text)
{
	int rc = rd_db_put(family, key, text);

	if (rc && rc != -ENODEV)
		rd_warning("%s: what was counted would be lost at a restart: %s", key,
			   rd_strerror(rc));
}

/* Numbers with ; between them; those that are not there are 0. */
static void get(const char *family, const char *key, uint64_t number[FIELDS])
{
	struct rd_pool *pool;
	struct rd_str rest, field;
	const char *text;
	bool more = true;

	if (rd_pool_new(&pool, 0))
		return;
	if (rd_db_get(family, key, pool, &text) == 0) {
		rest = rd_str_of(text);
		for (int i = 0; more && i < FIELDS; i++) {
			more = rd_str_cut(&rest, ';', &field);
			if (rd_str_to_u64(field, UINT64_MAX, &number[i]))
				number[i] = 0;
		}
	}
	rd_pool_free(pool);
}

/* -- of a queue ----------------------------------------------------------------------- */

/* In which place the member stands whose turn it is; the numbers of their order are of one run. */
static unsigned place_of_next(const struct queue *queue)
{
	unsigned place = 0;

	rd_list_foreach(node, tmp, &queue->members)
		place += rd_list_entry(node, struct queue_member, link)->order < queue->rr_next;
	return place;
}

void queue_statistics_keep(const struct queue *queue)
{
	char text[FIELDS * 12];

	snprintf(text, sizeof(text), "%u;%u;%u;%u;%u;%u", queue->completed, queue->abandoned,
		 queue->in_time, queue->hold_s, queue->talk_s, place_of_next(queue));
	put(FAMILY, queue->settings->name, text);
}

void queue_statistics_restore(struct queue *queue)
{
	uint64_t number[FIELDS] = { 0 };

	get(FAMILY, queue->settings->name, number);
	queue->completed = (unsigned)number[0];
	queue->abandoned = (unsigned)number[1];
	queue->in_time = (unsigned)number[2];
	queue->hold_s = (unsigned)number[3];
	queue->talk_s = (unsigned)number[4];
	queue->rr_next = (unsigned)number[5];
}

/* -- of a member ---------------------------------------------------------------------- */

static void key_of(const struct queue_member *member, char key[KEY_MAX])
{
	snprintf(key, KEY_MAX, "%s/%s", member->queue->settings->name, member->interface);
}

void queue_statistics_keep_member(const struct queue_member *member)
{
	char key[KEY_MAX], text[48];

	if (!member->queue)
		return;
	key_of(member, key);
	snprintf(text, sizeof(text), "%u;%" PRIu64, member->calls, member->last_call_ms);
	put(MEMBER_FAMILY, key, text);
}

void queue_statistics_restore_member(struct queue_member *member)
{
	uint64_t number[FIELDS] = { 0 };
	char key[KEY_MAX];

	key_of(member, key);
	get(MEMBER_FAMILY, key, number);
	member->calls = (unsigned)number[0];
	member->last_call_ms = number[1];
}

void queue_statistics_forget_member(const struct queue_member *member)
{
	char key[KEY_MAX];

	key_of(member, key);
	rd_db_del(MEMBER_FAMILY, key);
}

void queue_statistics_reset(struct queue *queue)
{
	queue->completed = queue->abandoned = queue->in_time = queue->hold_s = queue->talk_s = 0;
	rd_db_del(FAMILY, queue->settings->name);
	rd_list_foreach(node, tmp, &queue->members) {
		struct queue_member *member = rd_list_entry(node, struct queue_member, link);

		member->calls = 0;
		member->last_call_ms = 0;
	}
	rd_db_deltree(MEMBER_FAMILY, queue->settings->name);
}

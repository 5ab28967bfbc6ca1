/* Members over a restart: an entry of DB() for the dynamic ones of each queue, in the family and
 * form that Asterisk keeps them in: "interface;penalty;paused;name;device;reason;wrapup|...", with
 * ";ringinuse" after it where that was said; and one for those of queues.conf of whom another
 * thing was said since: "interface;penalty;paused;ringinuse" as the file has them,
 * ";penalty;paused;ringinuse;reason" as they are, ringinuse being 0 where nothing is said, else
 * 1 or 2. A ; | or % of a name is written %3B, %7C, %25, as it would end the name otherwise. */
#include <stdio.h>
#include <string.h>

#include <ringdown/log.h>
#include <ringdown/store.h>

#include "apps/app_queue/queue.h"

#define FAMILY  "Queue/PersistentMembers"
#define CHANGES "Queue/ChangedMembers"

enum { FIELDS = 8 };

/* -- texts between ; and | ------------------------------------------------------------- */

static const char special[] = "%;|";

static void add_text(struct rd_buf *out, const char *text)
{
	for (; *text; text++)
		if (strchr(special, *text))
			rd_buf_printf(out, "%%%02X", (unsigned char)*text);
		else
			rd_buf_addc(out, *text);
}

static char special_at(struct rd_str text)
{
	for (const char *c = special; text.n >= 3 && *c; c++) {
		char code[4];

		snprintf(code, sizeof(code), "%%%02X", (unsigned char)*c);
		if (memcmp(text.p, code, 3) == 0)
			return *c;
	}
	return '\0';
}

/* What does not fit is cut off. */
static void read_text(char *dst, size_t size, struct rd_str text)
{
	size_t n = 0;

	while (text.n && n + 1 < size) {
		char c = special_at(text);
		size_t taken = c ? 3 : 1;

		dst[n++] = c ? c : *text.p;
		text.p += taken;
		text.n -= taken;
	}
	dst[n] = '\0';
}

/* -- keeping ----------------------------------------------------------------------------- */

static void add_member(struct rd_buf *out, const struct queue_member *member)
{
	const char *fields[] = { member->name, member->device, member->reason };

	if (out->n)
		rd_buf_addc(out, '|');
	add_text(out, member->interface);
	rd_buf_printf(out, ";%d;%d", member->penalty, member->paused);
	for (size_t i = 0; i < RD_ARRAY_SIZE(fields); i++) {
		rd_buf_addc(out, ';');
		add_text(out, fields[i]);
	}
	rd_buf_printf(out, ";%d", RD_MAX(member->wrapup_ms, 0) / 1000);
	if (member->ringinuse >= 0)
		rd_buf_printf(out, ";%d", member->ringinuse);
}

static bool is_as_said(const struct queue_member *member)
{
	return member->penalty == member->said.penalty && member->paused == member->said.paused &&
	       member->ringinuse == member->said.ringinuse;
}

/* What the file says, and what counts. */
static void add_change(struct rd_buf *out, const struct queue_member *member)
{
	const struct queue_said *said = &member->said;

	if (out->n)
		rd_buf_addc(out, '|');
	add_text(out, member->interface);
	rd_buf_printf(out, ";%d;%d;%d;%d;%d;%d;", said->penalty, said->paused, said->ringinuse + 1,
		      member->penalty, member->paused, member->ringinuse + 1);
	add_text(out, member->reason);
}

static bool is_there(const char *family, const char *name, const char *text)
{
	struct rd_pool *pool;
	const char *there;
	bool same;

	if (rd_pool_new(&pool, 0))
		return false;
	same = rd_db_get(family, name, pool, &there) == 0 && strcmp(there, text) == 0;
	rd_pool_free(pool);
	return same;
}

static void put_away(const char *family, const char *name, struct rd_buf *text)
{
	int rc = 0;

	if (text->failed)
		rc = -ENOMEM;
	else if (!text->n)
		rd_db_del(family, name);
	else if (!is_there(family, name, rd_buf_text(text)))
		rc = rd_db_put(family, name, rd_buf_text(text));
	rd_buf_fini(text);
	if (rc)
		rd_warning("%s: its members would not be as they are after a restart: %s", name,
			   rd_strerror(rc));
}

void queue_keep(const struct queue *queue)
{
	struct rd_buf dynamic, changes;

	if (!queue->settings->snapshot->persistent)
		return;
	rd_buf_init(&dynamic);
	rd_buf_init(&changes);
	rd_list_foreach(node, tmp, &queue->members) {
		const struct queue_member *it = rd_list_entry(node, struct queue_member, link);

		if (it->dynamic)
			add_member(&dynamic, it);
		else if (!is_as_said(it))
			add_change(&changes, it);
	}
	put_away(FAMILY, queue->settings->name, &dynamic);
	put_away(CHANGES, queue->settings->name, &changes);
}

/* -- restoring --------------------------------------------------------------------------- */

static void restore_member(struct queue *queue, struct rd_str text)
{
	struct rd_str field[FIELDS] = { { 0 } };
	char interface[QUEUE_DEVICE_MAX];
	struct queue_member *member;
	bool more = true;
	uint64_t penalty = 0, wrapup_s = 0;

	for (int i = 0; more && i < FIELDS; i++)
		more = rd_str_cut(&text, ';', &field[i]);
	read_text(interface, sizeof(interface), field[0]);
	if (!queue_interface_is_fine(interface) || queue_member_find(queue, interface) ||
	    queue_member_new(&member, interface))
		return;
	rd_str_to_u64(field[1], QUEUE_NUMBER_MAX, &penalty);
	member->penalty = (int)penalty;
	member->dynamic = true;
	member->paused = rd_str_eq(field[2], RD_STR("1"));
	if (field[3].n)
		read_text(member->name, sizeof(member->name), field[3]);
	if (field[4].n)
		read_text(member->device, sizeof(member->device), field[4]);
	read_text(member->reason, sizeof(member->reason), field[5]);
	if (rd_str_to_u64(field[6], QUEUE_NUMBER_MAX, &wrapup_s) == 0 && wrapup_s)
		member->wrapup_ms = (int)wrapup_s * 1000;
	if (field[7].n)
		member->ringinuse = rd_str_eq(field[7], RD_STR("1"));
	queue_member_add(queue, member);
}

static int read_said(struct queue_said *said, const struct rd_str field[3])
{
	uint64_t penalty, ringinuse;
	int rc = rd_str_to_u64(field[0], QUEUE_NUMBER_MAX, &penalty);

	if (rc == 0)
		rc = rd_str_to_u64(field[2], 2, &ringinuse);
	if (rc == 0)
		*said = (struct queue_said){ .penalty = (int)penalty,
					     .ringinuse = (int)ringinuse - 1,
					     .paused = rd_str_eq(field[1], RD_STR("1")) };
	return rc;
}

/* Of a line that is not as it was then, only what was not said in other words counts. */
static void restore_change(struct queue *queue, struct rd_str text)
{
	enum { THEN = 1, NOW = 4, REASON = 7 };
	struct rd_str field[REASON + 1] = { { 0 } };
	char interface[QUEUE_DEVICE_MAX];
	struct queue_member *member;
	struct queue_said said[2];
	bool more = true;

	for (int i = 0; more && i <= REASON; i++)
		more = rd_str_cut(&text, ';', &field[i]);
	read_text(interface, sizeof(interface), field[0]);
	member = queue_member_find(queue, interface);
	if (!member || member->dynamic || read_said(&said[0], field + THEN) ||
	    read_said(&said[1], field + NOW))
		return;
	if (said[0].penalty == member->said.penalty)
		member->penalty = said[1].penalty;
	if (said[0].ringinuse == member->said.ringinuse)
		member->ringinuse = said[1].ringinuse;
	if (said[0].paused == member->said.paused) {
		member->paused = said[1].paused;
		read_text(member->reason, sizeof(member->reason), field[REASON]);
	}
	queue_member_update(member);
}

static void restore_each(struct queue *queue, const char *family,
			 void (*restore)(struct queue *queue, struct rd_str text))
{
	struct rd_pool *pool;
	const char *text;
	struct rd_str rest, one;
	bool more = true;

	if (rd_pool_new(&pool, 0))
		return;
	if (rd_db_get(family, queue->settings->name, pool, &text) == 0) {
		rest = rd_str_of(text);
		while (more) {
			more = rd_str_cut(&rest, '|', &one);
			restore(queue, one);
		}
	}
	rd_pool_free(pool);
}

void queue_restore(struct queue *queue)
{
	if (!queue->settings->snapshot->persistent)
		return;
	restore_each(queue, FAMILY, restore_member);
	restore_each(queue, CHANGES, restore_change);
}

/* -- a reload ---------------------------------------------------------------------------- */

void queue_member_hear(struct queue_member *member, const struct queue_said *line)
{
	bool is_new = member->dynamic;

	if (is_new || line->penalty != member->said.penalty)
		member->penalty = line->penalty;
	if (is_new || line->ringinuse != member->said.ringinuse)
		member->ringinuse = line->ringinuse;
	if (!is_new && line->paused != member->said.paused && line->paused != member->paused)
		queue_member_pause(member, line->paused, "");
	member->said = *line;
}

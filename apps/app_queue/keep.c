/* Dynamic members over a restart: one entry of DB() for each queue, in the family and
 * form that Asterisk keeps them in: "interface;penalty;paused;name;device;reason;wrapup|...".
 * A ; | or % of a name is written %3B, %7C, %25, as it would end the name otherwise. */
#include <stdio.h>
#include <string.h>

#include <ringdown/log.h>
#include <ringdown/store.h>

#include "apps/app_queue/queue.h"

#define FAMILY "Queue/PersistentMembers"

enum { FIELDS = 7 };

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
}

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
			add_member(&text, it);
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
	queue_member_add(queue, member);
}

void queue_restore(struct queue *queue)
{
	struct rd_pool *pool;
	const char *text;
	struct rd_str rest, one;
	bool more = true;

	if (!queue->settings->snapshot->persistent || rd_pool_new(&pool, 0))
		return;
	if (rd_db_get(FAMILY, queue->settings->name, pool, &text) == 0) {
		rest = rd_str_of(text);
		while (more) {
			more = rd_str_cut(&rest, '|', &one);
			restore_member(queue, one);
		}
	}
	rd_pool_free(pool);
}

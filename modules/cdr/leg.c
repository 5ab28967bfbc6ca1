/* Legs, the channels that have records, from the first of these to the telling of the last.
 * What happens to them is in events.c. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "modules/cdr/cdr.h"

enum {
	HOLD_MS = 500, /* as long the h extension may still set CDR() */
	RESUME_MS = 50, /* and so long two may be on their way to another bridge */
};

/* ---- legs ---- */

struct cdr_leg *cdr_leg_find(const struct rd_channel *ch)
{
	return ch ? rd_channel_attached(ch, &cdr_kept->key) : NULL;
}

void cdr_leg_forget_variables(struct cdr_leg *leg)
{
	const char *name;
	size_t pos = 0;
	void *value;

	while (leg->variables && rd_map_next(leg->variables, &pos, &name, &value))
		rd_free(value);
	rd_map_free(leg->variables);
	leg->variables = NULL;
}

static void leg_free(struct cdr_leg *leg)
{
	cdr_journal_pass_over(leg);
	rd_list_remove(&leg->link);
	(void)rd_channel_attach(leg->ch, &cdr_kept->key, NULL, NULL); /* there is room already */
	rd_list_foreach(node, tmp, &leg->records)
		cdr_record_free(rd_list_entry(node, struct cdr_record, link));
	cdr_leg_forget_variables(leg);
	cdr_place_free(&leg->place);
	rd_free(leg);
}

void cdr_leg_set_place(struct cdr_leg *leg)
{
	cdr_text_set(&leg->place.context, rd_channel_context(leg->ch));
	cdr_text_set(&leg->place.exten, rd_channel_exten(leg->ch));
}

static struct cdr_leg *leg_new(struct rd_channel *ch)
{
	struct cdr_leg *leg = rd_zalloc(sizeof(*leg));

	if (!leg || rd_channel_attach(ch, &cdr_kept->key, leg, NULL)) {
		rd_error("%s: no memory for its call record", rd_channel_name(ch));
		rd_free(leg);
		return NULL;
	}
	leg->ch = ch;
	leg->off = !cdr_kept->settings.on_by_default;
	rd_list_init(&leg->records);
	rd_list_push(&cdr_kept->legs, &leg->link);
	cdr_leg_set_place(leg);
	return leg;
}

struct cdr_leg *cdr_leg_of(struct rd_channel *ch)
{
	struct cdr_leg *leg = cdr_leg_find(ch);

	if (!leg && cdr_kept->at_work) {
		leg = leg_new(ch);
		if (leg)
			cdr_record_new(leg);
	}
	return leg;
}

struct cdr_record *cdr_leg_last(const struct cdr_leg *leg)
{
	return rd_list_empty(&leg->records)
		       ? NULL
		       : rd_list_entry(leg->records.prev, struct cdr_record, link);
}

/* Of several phones that ring, the last may have ended before another one. */
struct cdr_record *cdr_leg_live(const struct cdr_leg *leg)
{
	for (struct rd_list *it = leg->records.prev; it != &leg->records; it = it->prev) {
		struct cdr_record *record = rd_list_entry(it, struct cdr_record, link);

		if (record->phase != CDR_ENDED)
			return record;
	}
	return NULL;
}

struct cdr_record *cdr_leg_need_live(struct cdr_leg *leg)
{
	struct cdr_record *live = cdr_leg_live(leg);

	return live ? live : cdr_record_new(leg);
}

struct cdr_leg *cdr_leg_next(const struct cdr_leg *leg)
{
	const struct rd_list *next = leg ? leg->link.next : cdr_kept->legs.next;

	return next == &cdr_kept->legs ? NULL : rd_list_entry(next, struct cdr_leg, link);
}

/* ---- records that have ended ---- */

static void tell_ended(void *arg)
{
	uint64_t now_ms = rd_now_ms();

	(void)arg;
	while (!rd_list_empty(&cdr_kept->ended)) {
		struct cdr_record *record =
			rd_list_entry(cdr_kept->ended.next, struct cdr_record, ended);

		if (record->tell_ms > now_ms) {
			rd_timer_start(&cdr_kept->teller, (int)(record->tell_ms - now_ms));
			return;
		}
		cdr_record_tell(record->leg, record);
	}
}

void cdr_leg_end(struct cdr_leg *leg, struct cdr_record *record)
{
	if (record->phase == CDR_ENDED)
		return;
	cdr_record_end(leg, record);
	record->tell_ms = rd_now_ms() + HOLD_MS;
	rd_list_push(&cdr_kept->ended, &record->ended);
	if (!rd_timer_running(&cdr_kept->teller))
		rd_timer_start(&cdr_kept->teller, HOLD_MS);
}

struct cdr_record *cdr_leg_resume(struct cdr_leg *leg, const char *peer_id)
{
	uint64_t since_ms = rd_now_ms() + HOLD_MS - RESUME_MS;

	rd_list_foreach(node, tmp, &leg->records) {
		struct cdr_record *record = rd_list_entry(node, struct cdr_record, link);

		if (!rd_list_linked(&record->ended) || record->tell_ms < since_ms ||
		    record->disposition != CDR_ANSWERED || strcmp(record->peer_id, peer_id) != 0)
			continue;
		rd_list_remove(&record->ended);
		record->end_us = 0;
		return record;
	}
	return NULL;
}

void cdr_leg_end_all(struct cdr_leg *leg)
{
	rd_list_foreach(node, tmp, &leg->records)
		cdr_leg_end(leg, rd_list_entry(node, struct cdr_record, link));
}

static void tell_all(const struct cdr_leg *leg)
{
	rd_list_foreach(node, tmp, &leg->records) {
		struct cdr_record *record = rd_list_entry(node, struct cdr_record, link);

		if (rd_list_linked(&record->ended))
			cdr_record_tell(leg, record);
	}
}

void cdr_leg_close(struct cdr_leg *leg)
{
	cdr_leg_end_all(leg);
	tell_all(leg);
	leg_free(leg);
}

void cdr_leg_reset(struct cdr_leg *leg, bool keep)
{
	if (keep)
		cdr_leg_end_all(leg);
	tell_all(leg);
	rd_list_foreach(node, tmp, &leg->records)
		cdr_record_free(rd_list_entry(node, struct cdr_record, link));
	cdr_record_new(leg);
}

/* ---- all of them ---- */

bool cdr_legs_are_kept(void)
{
	return cdr_kept->at_work;
}

int cdr_legs_start(void)
{
	rd_timer_init(&cdr_kept->teller, tell_ended, NULL);
	cdr_kept->at_work = true;
	cdr_journal_start();
	return 0;
}

void cdr_timer_take_over(struct rd_timer *timer, void (*fire)(void *arg))
{
	bool running = rd_timer_running(timer);

	rd_timer_stop(timer);
	rd_timer_init(timer, fire, NULL);
	if (running)
		rd_timer_start(timer, 0);
}

void cdr_legs_take_over(void)
{
	cdr_timer_take_over(&cdr_kept->teller, tell_ended);
	cdr_journal_take_over();
}

void cdr_legs_stop(void)
{
	struct cdr_leg *leg;

	rd_timer_stop(&cdr_kept->teller);
	cdr_kept->at_work = false;
	while ((leg = cdr_leg_next(NULL))) {
		if (cdr_leg_live(leg))
			rd_notice("%s: it gets no call record: the module goes",
				  rd_channel_name(leg->ch));
		tell_all(leg);
		leg_free(leg);
	}
	cdr_journal_stop();
}

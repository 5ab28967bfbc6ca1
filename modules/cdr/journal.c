/* Records of calls that go on, in the store: what a daemon that was killed leaves there is told
 * by its next run, as if those calls had ended when it was last seen. A call is written once it
 * has gone on for some seconds, and anew when its record is another; most short ones never are. */
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/store.h>

#include "modules/cdr/cdr.h"

enum {
	LOOK_MS = 5000,
	LOOKED_AT = 1000,
	WRITTEN = 100, /* at most in one turn */
	GO_ON_MS = 10,
	WITHIN_MS = 450, /* as records are: both in one commit */
	TELL_MS = 1000, /* those who write records have begun by then */
	KEY_SIZE = CDR_ID_SIZE + 12,
};

static const char *const steps[] = {
	"CREATE TABLE cdr_open (id TEXT PRIMARY KEY, fields TEXT NOT NULL)",
	"CREATE TABLE cdr_seen (id INTEGER PRIMARY KEY, at INTEGER NOT NULL)", NULL
};

static const struct rd_schema schema = { .name = "cdr", .steps = steps };

static struct cdr_journal *journal(void)
{
	return &cdr_kept->journal;
}

static void write_soon(const char *sql, const struct rd_value *values, int n)
{
	rd_store_write_within(WITHIN_MS, sql, values, n, NULL, NULL);
}

static void key_of(const struct cdr_record *record, char key[KEY_SIZE])
{
	snprintf(key, KEY_SIZE, "%s/%u", rd_channel_uniqueid(record->leg->ch), record->sequence);
}

/* ---- writing ---- */

void cdr_journal_forget(struct cdr_record *record)
{
	char key[KEY_SIZE];
	const struct rd_value value = RD_TEXT(key);

	if (!record->journaled)
		return;
	record->journaled = 0;
	journal()->written--;
	key_of(record, key);
	if (journal()->stored)
		write_soon("DELETE FROM cdr_open WHERE id = ?", &value, 1);
}

static uint32_t mix(uint32_t sum, const char *text)
{
	for (; text && *text; text++)
		sum = (sum ^ (unsigned char)*text) * 16777619u;
	return (sum ^ 0xff) * 16777619u;
}

/* Of what may be another in the course of the call; never 0. */
static uint32_t sum_of(const struct cdr_record *record)
{
	const struct cdr_place *place = &record->place;
	uint32_t sum = 2166136261u ^ (uint32_t)record->phase;

	sum = mix(mix(mix(sum, place->context), place->exten), place->app);
	sum = mix(mix(mix(sum, place->data), record->peer_name), record->shown_id);
	return sum ? sum : 1;
}

static void write_record(const struct cdr_leg *leg, struct cdr_record *record,
			 const struct cdr_record *shown)
{
	char key[KEY_SIZE];
	struct rd_buf text;

	rd_buf_init(&text);
	key_of(record, key);
	if (cdr_record_print(leg, shown, &text) == 0) {
		const struct rd_value values[] = { RD_TEXT(key), RD_TEXT(rd_buf_text(&text)) };

		write_soon("INSERT OR REPLACE INTO cdr_open VALUES (?, ?)", values, 2);
		journal()->written += !record->journaled;
		record->journaled = sum_of(shown);
	}
	rd_buf_fini(&text);
}

/* True: it was written. */
static bool look_at(const struct cdr_leg *leg, struct cdr_record *record)
{
	struct cdr_record shown = *record;

	if (record->phase == CDR_ENDED)
		return false;
	if (record->disposition != CDR_ANSWERED || record->phase == CDR_MET ||
	    !cdr_record_is_wanted(leg, record)) {
		cdr_journal_forget(record);
		return false;
	}
	if (!record->peer_id[0]) /* as where it ends */
		shown.place = leg->place;
	if (record->journaled == sum_of(&shown) ||
	    (!record->journaled &&
	     (int64_t)rd_wall_us() - record->answer_us < LOOK_MS * INT64_C(1000)))
		return false;
	write_record(leg, record, &shown);
	return true;
}

static void write_seen(void)
{
	const struct rd_value now = RD_INT((int64_t)rd_wall_us());

	write_soon("INSERT OR REPLACE INTO cdr_seen VALUES (1, ?)", &now, 1);
}

void cdr_journal_pass_over(const struct cdr_leg *leg)
{
	if (journal()->next == leg)
		journal()->next = cdr_leg_next(leg);
}

static void look_due(void *arg)
{
	struct cdr_journal *it = journal();
	unsigned looked_at = 0, count = 0;

	(void)arg;
	if (!it->next)
		it->next = cdr_leg_next(NULL);
	for (; it->next && looked_at < LOOKED_AT && count < WRITTEN; looked_at++) {
		rd_list_foreach(node, tmp, &it->next->records)
			count += look_at(it->next, rd_list_entry(node, struct cdr_record, link));
		it->next = cdr_leg_next(it->next);
	}
	if (it->written && !it->next)
		write_seen();
	rd_timer_start(&it->look, it->next ? GO_ON_MS : LOOK_MS);
}

/* ---- what was left behind ---- */

static void tell_due(void *arg)
{
	(void)arg;
	for (int i = 0; i < journal()->left_rows.count; i++) {
		const struct rd_value *row = journal()->left_rows.values + 2 * (size_t)i;

		cdr_record_tell_printed(row[1].text, journal()->seen_us);
		write_soon("DELETE FROM cdr_open WHERE id = ?", row, 1);
	}
	rd_notice("%d calls that went on when the daemon was last seen have their records",
		  journal()->left_rows.count);
	rd_pool_free(journal()->left);
	journal()->left = NULL;
}

static int read_left(void)
{
	struct rd_rows seen;
	int rc = rd_store_query("SELECT at FROM cdr_seen", NULL, 0, journal()->left, &seen);

	if (rc >= 0)
		rc = rd_store_query("SELECT id, fields FROM cdr_open ORDER BY rowid", NULL, 0,
				    journal()->left, &journal()->left_rows);
	if (rc >= 0 && seen.count)
		journal()->seen_us = seen.values[0].i;
	return rc;
}

static int begin(void)
{
	int rc = rd_store_schema(&schema);

	if (rc < 0)
		return rc;
	rc = rd_pool_new(&journal()->left, 0);
	if (rc == 0)
		rc = read_left();
	if (rc >= 0 && journal()->left_rows.count) {
		rd_timer_start(&journal()->tell, TELL_MS);
	} else {
		rd_pool_free(journal()->left);
		journal()->left = NULL;
	}
	return rc;
}

void cdr_journal_start(void)
{
	int rc;

	rd_timer_init(&journal()->look, look_due, NULL);
	rd_timer_init(&journal()->tell, tell_due, NULL);
	rc = begin();
	if (rc < 0) {
		if (rc != -ENODEV)
			rd_warning("calls that are cut off by a crash get no record: %s",
				   rd_strerror(rc));
		return;
	}
	journal()->stored = true;
	rd_timer_start(&journal()->look, LOOK_MS);
}

void cdr_journal_take_over(void)
{
	cdr_timer_take_over(&journal()->look, look_due);
	cdr_timer_take_over(&journal()->tell, tell_due);
}

void cdr_journal_stop(void)
{
	rd_timer_stop(&journal()->look);
	rd_timer_stop(&journal()->tell);
	rd_pool_free(journal()->left); /* the next run tells it */
	journal()->left = NULL;
	journal()->next = NULL;
	journal()->stored = false;
}

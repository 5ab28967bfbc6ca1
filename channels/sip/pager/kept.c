/* Texts for a phone that is away: in the store until one of its devices registers, then they go
 * there one by one, the oldest first. Whoever wrote is told 202 once the disk has it (RFC 3428
 * §7). How many wait for whom is known here; what they say is not: kept_rows.c. */
#include <string.h>

#include <ringdown/log.h>
#include <ringdown/map.h>

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/pager/kept.h"
#include "channels/sip/pager/kept_rows.h"

enum {
	SOON_MS = 500, /* whoever registers hears of that first */
	LATER_MS = 60 * 1000, /* whoever is here and did not take one is asked again */
	SWEEP_MS = 3600 * 1000,
};

/* What waits for one phone. */
struct box {
	unsigned count; /* in the store, or on their way there: */
	unsigned writing;
	bool came; /* it registered while there were such */
	int64_t after; /* the last that this round has dealt with */
	bool asks; /* the store for the next one */
	bool again; /* a device has registered while one was sent */
	struct sip_delivery *delivery; /* of the one that is sent now; NULL: none is */
	struct rd_timer soon, later;
	char name[];
};

/* A question to the store. The driver may have stopped, and started anew, before it answers. */
struct asked {
	unsigned run;
	struct box *box;
	struct sip_delivery
		*delivery; /* that is put in there; NULL: nobody waits for it any more */
};

static struct rd_map *boxes; /* by phone; NULL: the store is not open */
static struct rd_timer sweep;
static unsigned run;

static struct box *box_find(const char *phone)
{
	return boxes ? rd_map_get(boxes, phone) : NULL;
}

static void look(struct box *box);

static void look_now(void *arg)
{
	struct box *box = arg;

	box->again = box->delivery;
	look(box);
}

static void look_later(void *arg)
{
	look(arg);
}

static struct box *box_of(const char *phone)
{
	struct box *box = box_find(phone);
	size_t size = strlen(phone) + 1;

	if (box)
		return box;
	box = rd_zalloc(sizeof(*box) + size);
	if (!box)
		return NULL;
	memcpy(box->name, phone, size);
	rd_timer_init(&box->soon, look_now, box);
	rd_timer_init(&box->later, look_later, box);
	if (rd_map_set(boxes, box->name, box, NULL)) {
		rd_free(box);
		return NULL;
	}
	return box;
}

static struct asked *ask(struct box *box, struct sip_delivery *delivery)
{
	struct asked *asked = rd_zalloc(sizeof(*asked));

	if (asked)
		*asked = (struct asked){ .run = run, .box = box, .delivery = delivery };
	return asked;
}

/* ---- taking them out ---- */

static void next(struct box *box);

static void done_with(struct box *box, int64_t id)
{
	if (sip_kept_row_delete(id))
		rd_error("sip/%s: a text that it has may come again", box->name);
	if (box->count)
		box->count--;
}

/* Asking again would change nothing. Who is not there (480), talks (486) or hears too
 * much at once (429) may take it later (RFC 3261 §21.4.24), and so may one with a fault
 * (500), but not one who knows no texts (501, 505), or none so long (513). */
static bool is_refused(unsigned status)
{
	bool passes = status == 429 || status == 480 || status == 486;
	bool cannot = status == 501 || status == 505 || status == 513;

	return (status >= 400 && status < 500 && !passes) || cannot || status >= 600;
}

static void delivered(void *arg, unsigned status)
{
	struct box *box = arg;
	bool again = box->again;

	box->delivery = NULL;
	box->again = false;
	if (!is_refused(status) && (status < 200 || status >= 300)) {
		rd_timer_start(&box->later, LATER_MS);
		if (again)
			look(box);
		return;
	}
	if (is_refused(status))
		rd_warning("sip/%s: a text that was kept for it is thrown away: it says %u",
			   box->name, status);
	done_with(box, box->after);
	next(box);
}

static int deliver(struct box *box, const struct sip_kept_row *row)
{
	struct sip_recipient to = {
		.endpoint = sip_settings_find(sip.settings, rd_str_of(box->name)),
		.secure = row->secure,
	};

	rd_strcpy(to.device, sizeof(to.device), row->device);
	return to.endpoint ? sip_deliver(&box->delivery, &to, &row->text, delivered, box) : -ENOENT;
}

/* One for a device that is still away lets the others pass. */
static void take(struct box *box, const struct sip_kept_row *row)
{
	int rc;

	box->after = row->id;
	if (row->is_over) {
		done_with(box, box->after);
		next(box);
		return;
	}
	rc = deliver(box, row);
	if (rc == -ENOTCONN && *row->device)
		next(box);
	else if (rc == -EMSGSIZE)
		delivered(box, 413);
}

static void found(int rc, const struct rd_rows *rows, void *arg)
{
	struct asked *asked = arg;
	struct box *box = asked->box;
	bool current = asked->run == run;
	struct sip_kept_row row;

	rd_free(asked);
	if (!current)
		return;
	box->asks = false;
	if (rc < 0 || !rows->count)
		return;
	sip_kept_row_read(&row, rows->values);
	take(box, &row);
}

static void next(struct box *box)
{
	struct asked *asked = box->count ? ask(box, NULL) : NULL;

	if (!asked)
		return;
	box->asks = true;
	if (sip_kept_row_next(box->name, box->after, found, asked)) {
		box->asks = false;
		rd_free(asked);
	}
}

/* From the oldest on, unless somebody is at it. */
static void look(struct box *box)
{
	if (box->asks || box->delivery)
		return;
	box->after = 0;
	next(box);
}

void sip_texts_look(const struct sip_contact *contact)
{
	const struct sip_endpoint *at;
	const char *phone = NULL;

	while (boxes && (phone = sip_record_next_owner(contact->aor->name, phone, &at))) {
		struct box *box = box_find(phone);

		if (!box || !box->count)
			continue;
		box->came = box->writing;
		if (!rd_timer_running(&box->soon))
			rd_timer_start(&box->soon, SOON_MS);
	}
}

/* ---- putting them in ---- */

/* The next one is a reason to ask again; the first, which it has just not taken, is none. */
static void all_written(struct box *box)
{
	bool waited = rd_timer_running(&box->later);

	if (!waited)
		rd_timer_start(&box->later, LATER_MS);
	if (waited || box->came)
		look(box);
	box->came = false;
}

static void kept(int rc, void *arg)
{
	struct asked *asked = arg;
	struct sip_delivery *delivery = asked->delivery;
	bool current = asked->run == run;
	struct box *box = asked->box;

	rd_free(asked);
	if (current)
		box->writing--;
	if (current && rc)
		box->count--;
	if (delivery) {
		delivery->keeping = NULL;
		sip_delivery_finish(delivery, rc ? 480 : 202);
	}
	if (current && !box->writing)
		all_written(box);
}

static int put(struct sip_delivery *delivery, struct box *box)
{
	struct asked *asked = ask(box, delivery);
	int rc = asked ? sip_kept_row_insert(delivery, kept, asked) : -ENOMEM;

	if (rc) {
		rd_free(asked);
		return rc;
	}
	delivery->keeping = asked;
	box->count++;
	box->writing++;
	return 0;
}

/* The store takes texts, not bytes; and what is for now only is not kept. */
static bool can_be_kept(const struct sip_delivery *delivery)
{
	return boxes && delivery->to_phone && !delivery->was_kept && !delivery->endpoint->host &&
	       sip_kept_for_s(delivery) &&
	       !(delivery->body.n && memchr(delivery->body.p, '\0', delivery->body.n));
}

int sip_text_keep(struct sip_delivery *delivery)
{
	struct box *box;

	if (!can_be_kept(delivery))
		return -ENOTSUP;
	box = box_of(delivery->endpoint->name);
	if (!box)
		return -ENOMEM;
	if (box->count >= (unsigned)delivery->endpoint->max_kept_texts) {
		rd_notice("sip/%s: a text is refused: %u wait for it already", box->name,
			  box->count);
		return -ENOSPC;
	}
	return put(delivery, box);
}

void sip_text_keep_forget(struct sip_delivery *delivery)
{
	struct asked *asked = delivery->keeping;

	if (asked)
		asked->delivery = NULL;
	delivery->keeping = NULL;
}

bool sip_texts_wait(const struct sip_endpoint *endpoint)
{
	const struct box *box = box_find(endpoint->name);

	return box && box->count;
}

/* ---- life ---- */

static void counted(int rc, const struct rd_rows *rows, void *arg)
{
	struct asked *asked = arg;
	bool current = asked->run == run;

	rd_free(asked);
	for (int i = 0; current && rc >= 0 && i < rows->count; i++) {
		const struct rd_value *row = rows->values + (size_t)i * rows->columns;
		struct box *box = box_of(row[0].text);

		if (box && !box->count) {
			box->count = (unsigned)row[1].i;
			rd_timer_start(&box->soon, SOON_MS);
		}
	}
}

static int count_all(void)
{
	struct asked *asked = ask(NULL, NULL);
	int rc = asked ? sip_kept_rows_count(counted, asked) : -ENOMEM;

	if (rc)
		rd_free(asked);
	return rc;
}

/* What is taken out of a box at this moment finds its end there. */
static void found_old(int rc, const struct rd_rows *rows, void *arg)
{
	struct asked *asked = arg;
	bool current = asked->run == run;

	rd_free(asked);
	for (int i = 0; current && rc >= 0 && i < rows->count; i++) {
		const struct rd_value *row = rows->values + (size_t)i * rows->columns;
		struct box *box = box_find(row[1].text);

		if (box && !box->asks && !box->delivery)
			done_with(box, row[0].i);
	}
}

static void forget_old(void *arg)
{
	struct asked *asked = ask(NULL, NULL);

	(void)arg;
	rd_timer_start(&sweep, SWEEP_MS);
	if (asked && sip_kept_rows_over(found_old, asked))
		rd_free(asked);
}

int sip_texts_open(void)
{
	int rc = sip_kept_rows_open();

	if (!rc)
		rc = rd_map_new(&boxes, RD_MAP_NOCASE);
	if (rc)
		return rc;
	rd_timer_init(&sweep, forget_old, NULL);
	rd_timer_start(&sweep, SWEEP_MS);
	return count_all();
}

void sip_texts_close(void)
{
	size_t pos = 0;
	void *value;

	run++;
	if (!boxes)
		return;
	rd_timer_stop(&sweep);
	while (rd_map_next(boxes, &pos, NULL, &value)) {
		struct box *box = value;

		rd_timer_stop(&box->soon);
		rd_timer_stop(&box->later);
		if (box->delivery)
			sip_delivery_forget(box->delivery);
		rd_free(box);
	}
	rd_map_free(boxes);
	boxes = NULL;
}

int sip_command_texts(struct rd_cli *cli, int argc, const char *const *argv)
{
	size_t pos = 0, count = 0;
	void *value;

	(void)argc, (void)argv;
	while (boxes && rd_map_next(boxes, &pos, NULL, &value)) {
		const struct box *box = value;

		if (!box->count)
			continue;
		rd_cli_print(cli, "%-24s %u\n", box->name, box->count);
		count++;
		if (rd_cli_pause(cli))
			return -ECANCELED;
	}
	rd_cli_count(cli, count, "phone that texts wait for", "phones that texts wait for");
	return 0;
}

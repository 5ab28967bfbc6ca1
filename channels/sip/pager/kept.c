/* Texts for a phone that is away: in the store until one of its devices registers, then they go
 * there one by one, the oldest first. Whoever wrote is told 202 once the disk has it (RFC 3428
 * §7). How many wait for whom is known here; what they say is not. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/map.h>
#include <ringdown/store.h>

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/pager/delivery.h"
#include "channels/sip/pager/kept.h"

enum {
	SOON_MS = 500, /* whoever registers hears of that first */
	SWEEP_MS = 3600 * 1000,
	NAME = 80,
};

static const char *const steps[] = {
	"CREATE TABLE sip_texts (id INTEGER PRIMARY KEY AUTOINCREMENT, phone TEXT NOT NULL, "
	"device TEXT NOT NULL, secure INTEGER NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, "
	"headers TEXT NOT NULL, to_uri TEXT NOT NULL, from_name TEXT NOT NULL, "
	"from_number TEXT NOT NULL, from_pres INTEGER NOT NULL, expires INTEGER NOT NULL)",
	"CREATE INDEX sip_texts_phone ON sip_texts (phone, id)", NULL
};

static const struct rd_schema schema = { .name = "sip_texts", .steps = steps };

/* What waits for one phone. */
struct box {
	unsigned count; /* in the store, or on their way there: */
	unsigned writing;
	bool came; /* it registered while there were such */
	int64_t after; /* the last that this round has dealt with */
	bool asks; /* the store for the next one */
	bool again; /* a device has registered while one was sent */
	struct sip_delivery *delivery; /* of the one that is sent now; NULL: none is */
	struct rd_timer soon;
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

enum {
	ID,
	DEVICE,
	SECURE,
	TYPE,
	BODY,
	HEADERS,
	TO_URI,
	FROM_NAME,
	FROM_NUMBER,
	FROM_PRES,
	EXPIRES,
	COLUMNS
};

static void done_with(struct box *box, int64_t id)
{
	const struct rd_value param = RD_INT(id);

	if (rd_store_write("DELETE FROM sip_texts WHERE id = ?", &param, 1, NULL, NULL))
		rd_error("sip/%s: a text that it has may come again", box->name);
	if (box->count)
		box->count--;
}

/* Asking again would change nothing. */
static bool is_refused(unsigned status)
{
	return (status >= 400 && status < 500 && status != 480) || status >= 600;
}

static void delivered(void *arg, unsigned status)
{
	struct box *box = arg;
	bool again = box->again;

	box->delivery = NULL;
	box->again = false;
	if (!is_refused(status) && (status < 200 || status >= 300)) {
		if (again)
			look(box);
		return; /* until it registers again */
	}
	if (is_refused(status))
		rd_warning("sip/%s: a text that was kept for it is thrown away: it says %u",
			   box->name, status);
	done_with(box, box->after);
	next(box);
}

static int deliver(struct box *box, const struct rd_value *row)
{
	struct sip_recipient to = {
		.endpoint = sip_settings_find(sip.settings, rd_str_of(box->name)),
		.secure = row[SECURE].i,
	};
	const struct rd_party from = {
		.name = *row[FROM_NAME].text ? row[FROM_NAME].text : NULL,
		.number = *row[FROM_NUMBER].text ? row[FROM_NUMBER].text : NULL,
		.name_pres = (enum rd_presentation)row[FROM_PRES].i,
		.number_pres = (enum rd_presentation)row[FROM_PRES].i,
	};
	const struct sip_text text = {
		.type = rd_str_of(row[TYPE].text),
		.body = rd_str_of(row[BODY].text),
		.headers = rd_str_of(row[HEADERS].text),
		.to = rd_str_of(row[TO_URI].text),
		.from = &from,
		.was_kept = true,
	};

	rd_strcpy(to.device, sizeof(to.device), row[DEVICE].text);
	return to.endpoint ? sip_deliver(&box->delivery, &to, &text, delivered, box) : -ENOENT;
}

/* One for a device that is still away lets the others pass. */
static void take(struct box *box, const struct rd_value *row)
{
	int rc;

	box->after = row[ID].i;
	if (row[EXPIRES].i <= (int64_t)rd_wall()) {
		done_with(box, box->after);
		next(box);
		return;
	}
	rc = deliver(box, row);
	if (rc == -ENOTCONN && *row[DEVICE].text)
		next(box);
	else if (rc == -EMSGSIZE)
		delivered(box, 413);
}

static void found(int rc, const struct rd_rows *rows, void *arg)
{
	struct asked *asked = arg;
	struct box *box = asked->box;
	bool current = asked->run == run;

	rd_free(asked);
	if (!current)
		return;
	box->asks = false;
	if (rc >= 0 && rows->count)
		take(box, rows->values);
}

static void next(struct box *box)
{
	const struct rd_value params[] = { RD_TEXT(box->name), RD_INT(box->after) };
	struct asked *asked = box->count ? ask(box, NULL) : NULL;

	if (!asked)
		return;
	box->asks = true;
	if (rd_store_query_then("SELECT id, device, secure, type, body, headers, to_uri, "
				"from_name, from_number, from_pres, expires FROM sip_texts "
				"WHERE phone = ? AND id > ? ORDER BY id LIMIT 1",
				params, 2, found, asked)) {
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
	if (current && box->came && !box->writing) {
		box->came = false;
		look(box);
	}
}

/* "Expires: 60" of its lines; UINT64_MAX: they say nothing of it. */
static uint64_t expires_of(struct rd_str lines)
{
	struct rd_str line, name;
	uint64_t seconds;

	while (lines.n) {
		rd_str_cut(&lines, '\n', &line);
		if (rd_str_cut(&line, ':', &name) && rd_str_ieq(name, RD_STR("Expires")) &&
		    rd_str_to_u64(rd_str_trim(line), UINT32_MAX, &seconds) == 0)
			return seconds;
	}
	return UINT64_MAX;
}

/* When it was written (RFC 3428 §5), for who reads it much later. */
static void print_date(struct rd_str lines, struct rd_buf *out)
{
	rd_buf_add(out, lines.p, lines.n);
	if (!rd_str_istarts(lines, RD_STR("Date:")) && !strcasestr(rd_buf_text(out), "\nDate:"))
		rd_buf_printf(out, "Date: %s\r\n", sip_date_now());
}

static struct rd_value text_of(struct rd_pool *pool, struct rd_str text)
{
	const char *copy = rd_pool_strndup(pool, text.n ? text.p : "", text.n);

	return RD_TEXT(copy ? copy : "");
}

static int insert(const struct sip_delivery *delivery, struct asked *asked, struct rd_pool *pool)
{
	const struct rd_party *from = &delivery->from.party;
	uint64_t expires_s = RD_MIN((uint64_t)delivery->endpoint->keep_texts_ms / 1000,
				    expires_of(delivery->headers));
	struct rd_buf headers;
	int rc;

	rd_buf_init(&headers);
	print_date(delivery->headers, &headers);
	rc = headers.failed
		     ? -ENOMEM
		     : rd_store_write(
			       "INSERT INTO sip_texts (phone, device, secure, type, "
			       "body, headers, to_uri, from_name, from_number, from_pres, "
			       "expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			       (const struct rd_value[]){
				       RD_TEXT(delivery->endpoint->name), RD_TEXT(delivery->device),
				       RD_INT(delivery->secure), text_of(pool, delivery->type),
				       text_of(pool, delivery->body),
				       RD_TEXT(rd_buf_text(&headers)), text_of(pool, delivery->to),
				       RD_TEXT(from->name ? from->name : ""),
				       RD_TEXT(from->number ? from->number : ""),
				       RD_INT(from->number_pres),
				       RD_INT((int64_t)rd_wall() + (int64_t)expires_s) },
			       11, kept, asked);
	rd_buf_fini(&headers);
	return rc;
}

static int put(struct sip_delivery *delivery, struct box *box)
{
	struct asked *asked = ask(box, delivery);
	struct rd_pool *pool;
	int rc = asked ? rd_pool_new(&pool, 0) : -ENOMEM;

	if (!rc) {
		rc = insert(delivery, asked, pool);
		rd_pool_free(pool);
	}
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
	       delivery->endpoint->keep_texts_ms && expires_of(delivery->headers) &&
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
	int rc = asked ? rd_store_query_then("SELECT phone, COUNT(*) FROM sip_texts GROUP BY phone",
					     NULL, 0, counted, asked)
		       : -ENOMEM;

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
	const struct rd_value now = RD_INT((int64_t)rd_wall());
	struct asked *asked = ask(NULL, NULL);

	(void)arg;
	rd_timer_start(&sweep, SWEEP_MS);
	if (asked && rd_store_query_then("SELECT id, phone FROM sip_texts WHERE expires <= ?", &now,
					 1, found_old, asked))
		rd_free(asked);
}

/* Before any are counted. */
static void forget_old_uncounted(void)
{
	const struct rd_value now = RD_INT((int64_t)rd_wall());

	rd_store_write("DELETE FROM sip_texts WHERE expires <= ?", &now, 1, NULL, NULL);
}

int sip_texts_open(void)
{
	int rc = rd_store_schema(&schema);

	if (!rc)
		rc = rd_map_new(&boxes, RD_MAP_NOCASE);
	if (rc)
		return rc;
	rd_timer_init(&sweep, forget_old, NULL);
	rd_timer_start(&sweep, SWEEP_MS);
	forget_old_uncounted();
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

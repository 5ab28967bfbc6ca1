/* What a text that is kept is in the store. */
#include <string.h>

#include <ringdown/clock.h>

#include "channels/sip/our_headers.h"
#include "channels/sip/pager/kept_rows.h"

static const char *const steps[] = {
	"CREATE TABLE sip_texts (id INTEGER PRIMARY KEY AUTOINCREMENT, phone TEXT NOT NULL, "
	"device TEXT NOT NULL, secure INTEGER NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, "
	"headers TEXT NOT NULL, to_uri TEXT NOT NULL, from_name TEXT NOT NULL, "
	"from_number TEXT NOT NULL, from_pres INTEGER NOT NULL, expires INTEGER NOT NULL)",
	"CREATE INDEX sip_texts_phone ON sip_texts (phone, id)", NULL
};

static const struct rd_schema schema = { .name = "sip_texts", .steps = steps };

int sip_kept_rows_open(void)
{
	const struct rd_value now = RD_INT((int64_t)rd_wall());
	int rc = rd_store_schema(&schema);

	if (!rc)
		rd_store_write("DELETE FROM sip_texts WHERE expires <= ?", &now, 1, NULL, NULL);
	return rc;
}

/* ---- putting one in ---- */

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

uint64_t sip_kept_for_s(const struct sip_delivery *delivery)
{
	return RD_MIN((uint64_t)delivery->endpoint->keep_texts_ms / 1000,
		      expires_of(delivery->headers));
}

/* When it was written (RFC 3428 §5), for who reads it much later. */
static void print_date(struct rd_str lines, struct rd_buf *out)
{
	rd_buf_add(out, lines.p, lines.n);
	if (!rd_str_istarts(lines, RD_STR("Date:")) && !strcasestr(rd_buf_text(out), "\nDate:"))
		rd_buf_printf(out, "Date: %s\r\n", sip_date_now());
}

static int insert(const struct sip_delivery *delivery, const char *headers,
		  void (*done)(int rc, void *arg), void *arg)
{
	const struct rd_party *from = &delivery->from.party;
	const struct rd_value values[] = {
		RD_TEXT(delivery->endpoint->name),
		RD_TEXT(delivery->device),
		RD_INT(delivery->secure),
		RD_TEXT_OF(delivery->type),
		RD_TEXT_OF(delivery->body),
		RD_TEXT(headers),
		RD_TEXT_OF(delivery->to),
		RD_TEXT(from->name ? from->name : ""),
		RD_TEXT(from->number ? from->number : ""),
		RD_INT(from->number_pres),
		RD_INT((int64_t)rd_wall() + (int64_t)sip_kept_for_s(delivery)),
	};

	return rd_store_write("INSERT INTO sip_texts (phone, device, secure, type, body, headers, "
			      "to_uri, from_name, from_number, from_pres, expires) "
			      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			      values, RD_ARRAY_SIZE(values), done, arg);
}

int sip_kept_row_insert(const struct sip_delivery *delivery, void (*done)(int rc, void *arg),
			void *arg)
{
	struct rd_buf headers;
	int rc;

	rd_buf_init(&headers);
	print_date(delivery->headers, &headers);
	rc = headers.failed ? -ENOMEM : insert(delivery, rd_buf_text(&headers), done, arg);
	rd_buf_fini(&headers);
	return rc;
}

/* ---- taking one out ---- */

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
};

int sip_kept_row_next(const char *phone, int64_t after, sip_kept_told *told, void *arg)
{
	const struct rd_value params[] = { RD_TEXT(phone), RD_INT(after) };

	return rd_store_query_then("SELECT id, device, secure, type, body, headers, to_uri, "
				   "from_name, from_number, from_pres, expires FROM sip_texts "
				   "WHERE phone = ? AND id > ? ORDER BY id LIMIT 1",
				   params, RD_ARRAY_SIZE(params), told, arg);
}

void sip_kept_row_read(struct sip_kept_row *row, const struct rd_value *values)
{
	*row = (struct sip_kept_row){
		.id = values[ID].i,
		.is_over = values[EXPIRES].i <= (int64_t)rd_wall(),
		.secure = values[SECURE].i,
		.device = values[DEVICE].text,
		.from = { .name = *values[FROM_NAME].text ? values[FROM_NAME].text : NULL,
			  .number = *values[FROM_NUMBER].text ? values[FROM_NUMBER].text : NULL,
			  .name_pres = (enum rd_presentation)values[FROM_PRES].i,
			  .number_pres = (enum rd_presentation)values[FROM_PRES].i },
		.text = { .type = rd_str_of(values[TYPE].text),
			  .body = rd_str_of(values[BODY].text),
			  .headers = rd_str_of(values[HEADERS].text),
			  .to = rd_str_of(values[TO_URI].text),
			  .from = &row->from,
			  .was_kept = true },
	};
}

int sip_kept_row_delete(int64_t id)
{
	const struct rd_value param = RD_INT(id);

	return rd_store_write("DELETE FROM sip_texts WHERE id = ?", &param, 1, NULL, NULL);
}

/* ---- all of them ---- */

int sip_kept_rows_count(sip_kept_told *told, void *arg)
{
	return rd_store_query_then("SELECT phone, COUNT(*) FROM sip_texts GROUP BY phone", NULL, 0,
				   told, arg);
}

int sip_kept_rows_over(sip_kept_told *told, void *arg)
{
	const struct rd_value now = RD_INT((int64_t)rd_wall());

	return rd_store_query_then("SELECT id, phone FROM sip_texts WHERE expires <= ?", &now, 1,
				   told, arg);
}

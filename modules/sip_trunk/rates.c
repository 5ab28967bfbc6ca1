/* Prices of a trunk. Prefixes are numbers whose order is that of the alphabet, so that all
 * that begin alike stand together, the shortest first. One search finds the last that is not
 * behind a number; every prefix of the number is that one, or one that it begins with. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "modules/sip_trunk/numbers.h"
#include "modules/sip_trunk/rates_private.h"

#define DIGITS_MAX  15 /* of a prefix: 4 bits for each */
#define COLUMNS_MAX 32
#define ERRORS_MAX  20 /* that are told of one file */
#define NONE	    UINT32_MAX

struct rate {
	uint64_t prefix; /* its digits from the highest bits on, each one more than it is */
	uint32_t price;
	uint32_t within; /* the longest other one that it begins with, or NONE; while it is
			  * read: its line */
};

struct rates {
	size_t count, room;
	struct rate *list;
};

void rates_free(struct rates *rates)
{
	if (!rates)
		return;
	rd_free(rates->list);
	rd_free(rates);
}

size_t rates_count(const struct rates *rates)
{
	return rates->count;
}

size_t rates_bytes(const struct rates *rates)
{
	return sizeof(*rates) + rates->room * sizeof(*rates->list);
}

/* ---- looking for one ---- */

static uint64_t key_of(struct rd_str digits)
{
	uint64_t key = 0;

	for (size_t i = 0; i < digits.n && i < DIGITS_MAX; i++)
		key |= (uint64_t)(digits.p[i] - '0' + 1) << (60 - 4 * i);
	return key;
}

static size_t digits_of(uint64_t key)
{
	size_t n = 0;

	while (key << 4 * n)
		n++;
	return n;
}

static bool begins_with(uint64_t key, uint64_t prefix)
{
	return !((key ^ prefix) >> (64 - 4 * digits_of(prefix)));
}

/* How many are not behind it. */
static size_t count_until(const struct rates *rates, uint64_t key)
{
	size_t from = 0, to = rates->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (rates->list[middle].prefix <= key)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

bool rates_find(const struct rates *rates, struct rd_str digits, uint32_t *price, size_t *prefix)
{
	uint64_t key = key_of(digits);
	size_t until = count_until(rates, key);
	uint32_t at = until ? (uint32_t)(until - 1) : NONE;

	while (at != NONE && !begins_with(key, rates->list[at].prefix))
		at = rates->list[at].within;
	if (at == NONE)
		return false;
	*price = rates->list[at].price;
	*prefix = digits_of(rates->list[at].prefix);
	return true;
}

/* ---- reading ---- */

void rates_complain(struct rates_reader *reader, int line, const char *what, struct rd_str where)
{
	if (reader->errors++ < ERRORS_MAX)
		rd_config_error(reader->report, reader->name, line, "\"%.*s\": %s",
				RD_STR_ARG(where), what);
}

static struct rd_str unquote(struct rd_str text)
{
	text = rd_str_trim(text);
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
		text = (struct rd_str){ text.p + 1, text.n - 2 };
	return rd_str_trim(text);
}

/* A separator in quotes is none. */
static size_t split(struct rd_str line, char separator, struct rd_str columns[COLUMNS_MAX])
{
	size_t count = 0, from = 0;
	bool quoted = false;

	for (size_t i = 0; i <= line.n && count < COLUMNS_MAX; i++) {
		if (i < line.n && line.p[i] == '"')
			quoted = !quoted;
		if (i < line.n && (quoted || line.p[i] != separator))
			continue;
		columns[count++] = unquote((struct rd_str){ line.p + from, i - from });
		from = i + 1;
	}
	return count;
}

static bool read_prefix(struct rd_str text, uint64_t *key)
{
	if (text.n && text.p[0] == '+')
		text = (struct rd_str){ text.p + 1, text.n - 1 };
	*key = number_is_digits(text) ? key_of(text) : 0;
	return number_is_digits(text) && text.n <= DIGITS_MAX;
}

/* "0.0123", also with a comma. More than six places are cut off. */
static bool read_price(struct rd_str text, uint32_t *price)
{
	uint64_t value = 0, unit = RATE_UNIT;
	bool point = false;

	for (size_t i = 0; i < text.n; i++) {
		bool separates = text.p[i] == '.' || text.p[i] == ',';

		if (separates ? point : !isdigit((unsigned char)text.p[i]))
			return false;
		point |= separates;
		if (separates || !unit)
			continue;
		if (point)
			unit /= 10;
		value = point ? value + unit * (uint64_t)(text.p[i] - '0')
			      : value * 10 + RATE_UNIT * (uint64_t)(text.p[i] - '0');
		if (value > UINT32_MAX)
			return false;
	}
	*price = (uint32_t)value;
	return text.n && isdigit((unsigned char)text.p[0]);
}

static int add(struct rates_reader *reader, uint64_t prefix, uint32_t price)
{
	struct rates *rates = reader->rates;

	if (rates->count == rates->room) {
		size_t room = rates->room ? rates->room * 2 : 64;
		struct rate *list = rd_realloc(rates->list, room * sizeof(*list));

		if (!list)
			return -ENOMEM;
		rates->list = list;
		rates->room = room;
	}
	rates->list[rates->count++] = (struct rate){ prefix, price, (uint32_t)reader->line };
	return 0;
}

int rates_take(struct rates_reader *reader, struct rd_str prefix, struct rd_str price,
	       struct rd_str where)
{
	uint64_t key;
	uint32_t amount;

	if (!read_prefix(prefix, &key))
		rates_complain(reader, reader->line, "a prefix of 1 to 15 digits was expected",
			       where);
	else if (!read_price(price, &amount))
		rates_complain(reader, reader->line,
			       "a price such as 0.0123, less than 4294, was expected", where);
	else
		return add(reader, key, amount);
	return 0;
}

/* The names of columns; false: it is no such line. */
static bool read_names(struct rates_reader *reader, const struct rd_str *columns, size_t count,
		       struct rd_str line)
{
	size_t prefix = count, price = count;

	for (size_t i = 0; i < line.n; i++)
		if (isdigit((unsigned char)line.p[i]))
			return false;
	for (size_t i = 0; i < count; i++) {
		if (rd_str_ieq(columns[i], RD_STR("prefix")))
			prefix = i;
		if (rd_str_ieq(columns[i], RD_STR("price")))
			price = i;
	}
	if (prefix == count || price == count)
		rates_complain(reader, reader->line,
			       "columns \"prefix\" and \"price\" were expected",
			 line);
	reader->prefix = prefix;
	reader->price = price;
	reader->named = count;
	return true;
}

/* "49,0,0123": it would cost nothing. */
static bool is_cut(const struct rates_reader *reader, const struct rd_str *columns, size_t count)
{
	size_t next = reader->price + 1;

	return next < count && count > reader->named && number_is_digits(columns[reader->price]) &&
	       number_is_digits(columns[next]);
}

static int read_line(struct rates_reader *reader, struct rd_str line)
{
	char separator = memchr(line.p, ';', line.n) ? ';' : ',';
	struct rd_str columns[COLUMNS_MAX];
	size_t count = split(line, separator, columns);
	const struct rd_str none = { 0 };
	bool first = !reader->begun;

	reader->begun = true;
	if (first && read_names(reader, columns, count, line))
		return 0;
	if (separator == ',' && is_cut(reader, columns, count)) {
		rates_complain(reader, reader->line,
			       "a price with a comma needs quotes, or ; between columns; "
			       "or is another column meant? A first line names them", line);
		return 0;
	}
	return rates_take(reader, reader->prefix < count ? columns[reader->prefix] : none,
			  reader->price < count ? columns[reader->price] : none, line);
}

static int read_lines(struct rates_reader *reader, FILE *file)
{
	char text[1024];
	int rc = 0;

	while (rc == 0 && fgets(text, sizeof(text), file)) {
		struct rd_str line = rd_str_trim(rd_str_of(text));

		reader->line++;
		if (!strchr(text, '\n') && !feof(file)) {
			rates_complain(reader, reader->line, "a shorter line was expected",
				 (struct rd_str){ text, 20 });
			break;
		}
		if (line.n && line.p[0] != '#')
			rc = read_line(reader, line);
	}
	if (rc == 0 && ferror(file))
		rates_complain(reader, 0, rd_strerror(-errno), rd_str_of(reader->name));
	return rc;
}

/* ---- in order ---- */

/* Of two lines for one prefix the first comes first. */
static int compare(const void *a, const void *b)
{
	const struct rate *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return x->within < y->within ? -1 : x->within > y->within;
}

static void tell_twice(struct rates_reader *reader, const struct rate *first,
		       const struct rate *second)
{
	char what[64], prefix[DIGITS_MAX + 1];
	size_t n = digits_of(first->prefix);

	for (size_t i = 0; i < n; i++)
		prefix[i] = (char)('0' + (first->prefix >> (60 - 4 * i) & 15) - 1);
	snprintf(what, sizeof(what), "it has another price in line %u", first->within);
	rates_complain(reader, (int)second->within, what, (struct rd_str){ prefix, n });
}

/* Said twice with one price, it is said once. */
static void drop_doubles(struct rates_reader *reader)
{
	struct rates *rates = reader->rates;
	size_t kept = 0;

	for (size_t i = 0; i < rates->count; i++) {
		const struct rate *one = &rates->list[i];

		if (kept && rates->list[kept - 1].prefix == one->prefix) {
			if (rates->list[kept - 1].price != one->price)
				tell_twice(reader, &rates->list[kept - 1], one);
			continue;
		}
		rates->list[kept++] = *one;
	}
	rates->count = kept;
}

static void nest(struct rates *rates)
{
	for (size_t i = 0; i < rates->count; i++) {
		uint32_t at = i ? (uint32_t)(i - 1) : NONE;

		while (at != NONE && !begins_with(rates->list[i].prefix, rates->list[at].prefix))
			at = rates->list[at].within;
		rates->list[i].within = at;
	}
}

static int trim(struct rates *rates)
{
	struct rate *list = rd_realloc(rates->list, rates->count * sizeof(*list));

	if (!list)
		return -ENOMEM;
	rates->list = list;
	rates->room = rates->count;
	return 0;
}

static int put_in_order(struct rates_reader *reader)
{
	struct rates *rates = reader->rates;

	if (!rates->count)
		return 0;
	qsort(rates->list, rates->count, sizeof(*rates->list), compare);
	drop_doubles(reader);
	nest(rates);
	return trim(rates);
}

static int read_csv(struct rates_reader *reader, const char *path)
{
	FILE *file = fopen(path, "re");
	int rc;

	if (!file) {
		rates_complain(reader, 0, rd_strerror(-errno), rd_str_of(path));
		return 0;
	}
	rc = read_lines(reader, file);
	fclose(file);
	return rc;
}

static int read_file(struct rates_reader *reader, const char *path)
{
	int rc = rates_is_sqlite(path) ? rates_read_sqlite(reader, path) : read_csv(reader, path);

	if (rc == 0)
		rc = put_in_order(reader);
	if (reader->errors > ERRORS_MAX)
		rd_config_error(reader->report, reader->name, 0, "and %d more errors",
				reader->errors - ERRORS_MAX);
	return rc;
}

int rates_read(struct rates **rp, const char *name, struct rd_config_report *report)
{
	struct rates_reader reader = { .report = report, .name = name, .price = 1 };
	char *path = *name == '/' ? rd_strdup(name)
				  : rd_asprintf("%s/%s", rd_directory("etc"), name);
	int rc;

	reader.rates = rd_zalloc(sizeof(*reader.rates));
	rc = path && reader.rates ? read_file(&reader, path) : -ENOMEM;
	if (rc == 0 && reader.errors)
		rc = -EINVAL;
	if (rc)
		rates_free(reader.rates);
	else
		*rp = reader.rates;
	rd_free(path);
	return rc;
}

/* "report calls": the call records of cdr_sqlite as a table to read, or as CSV or
 * JSON for machines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ringdown/clock.h>
#include <ringdown/module.h>
#include <ringdown/store.h>

#include "modules/quoted.h"

enum { PAGE = 500, DAY = 24 * 3600 };

enum form { TABLE, CSV, JSON };

struct query {
	time_t from, to;
	const char *number; /* src, dst, where it was sent on to, or account; NULL: all */
	bool missed; /* only those that nobody answered */
	enum form form;
};

/* ---- the columns ---- */

enum { START, SRC, DST, DISPOSITION, DURATION, BILLSEC, CHANNEL, DSTCHANNEL, ACCOUNT, APP, MOS,
       UNIQUEID, LINKEDID, ID, COLUMNS };

static const struct column {
	const char *title, *key;
	int width; /* in a table; 0: not shown there */
	bool is_number;
} columns[COLUMNS] = {
	[START] = { "Start", "start", 19, false },
	[SRC] = { "From", "src", 14, false },
	[DST] = { "To", "dst", 14, false },
	[DISPOSITION] = { "Disposition", "disposition", 11, false },
	[DURATION] = { "Length", "duration", 7, true },
	[BILLSEC] = { "Talk", "billsec", 7, true },
	[CHANNEL] = { "Channel", "channel", 0, false },
	[DSTCHANNEL] = { "Answered by", "dstchannel", 22, false },
	[ACCOUNT] = { "Account", "accountcode", 0, false },
	[APP] = { "Application", "lastapp", 11, false },
	[MOS] = { "MOS", "mos", 4, true },
	[UNIQUEID] = { "Unique id", "uniqueid", 0, false },
	[LINKEDID] = { "Linked id", "linkedid", 0, false },
	[ID] = { "Id", "id", 0, true },
};

/* What is asked for; of the row that the view "call" has under this name. */
#define IS_WANTED(row)                                                                  \
	"(" row ".start >= ?1 AND " row ".start < ?2 AND (?4 IS NULL OR ?4 IN "         \
	"(" row ".src, " row ".dst, " row ".last_dst, " row ".accountcode)) "           \
	"AND (NOT ?5 OR (" row ".disposition = 'NO ANSWER' AND NOT EXISTS "             \
	"(SELECT 1 FROM call AS other WHERE other.linkedid = " row ".linkedid "         \
	"AND other.uniqueid = " row ".uniqueid AND other.dst = " row ".dst "            \
	"AND other.disposition = 'ANSWERED' AND other.dstchannel <> ''))))"

/* A call has several rows where several phones rang, or where it was moved. */
#define IS_FIRST_OF_CALL(more)                                                          \
	"NOT EXISTS (SELECT 1 FROM call AS before WHERE before.linkedid = "             \
	"call.linkedid AND before.id < call.id AND " IS_WANTED("before") more ")"

/* Behind the columns. */
enum { IS_NEW = COLUMNS, IS_NEWLY_ANSWERED };

/* A page behind the id that is given; the worse of what both sides heard. */
static const char page_sql[] =
	"SELECT start, src, dst, disposition, duration, billsec, channel, dstchannel, "
	"accountcode, lastapp, "
	"(SELECT min(rxmos) FROM call_quality WHERE call_quality.uniqueid IN "
	"(call.uniqueid, call.dstuniqueid) AND kind = 'audio'), uniqueid, linkedid, id, "
	IS_FIRST_OF_CALL("") ", disposition = 'ANSWERED' AND "
	IS_FIRST_OF_CALL(" AND before.disposition = 'ANSWERED'") " "
	"FROM call WHERE " IS_WANTED("call") " AND id > ?3 ORDER BY id LIMIT ?6";

/* ---- one row ---- */

static void value_text(const struct rd_value *value, int column, char *text, size_t size)
{
	time_t seconds;
	struct tm tm;

	text[0] = '\0';
	if (value->type == RD_VALUE_NULL)
		return;
	if (column == START) {
		seconds = (time_t)value->d;
		if (localtime_r(&seconds, &tm))
			strftime(text, size, "%Y-%m-%d %H:%M:%S", &tm);
	} else if (value->type == RD_VALUE_INT) {
		snprintf(text, size, "%lld", (long long)value->i);
	} else if (value->type == RD_VALUE_REAL) {
		snprintf(text, size, "%.1f", value->d);
	} else {
		rd_strcpy(text, size, value->text);
	}
}

/* "1:02:03", "2:03". */
static void length_text(const struct rd_value *value, char *text, size_t size)
{
	long long s = value->i;

	if (s >= 3600)
		snprintf(text, size, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(text, size, "%lld:%02lld", s / 60, s % 60);
}

static void print_table_row(struct rd_cli *cli, const struct rd_value *row)
{
	char text[256];

	for (int i = 0; i < COLUMNS; i++) {
		if (!columns[i].width)
			continue;
		if (i == DURATION || i == BILLSEC)
			length_text(&row[i], text, sizeof(text));
		else
			value_text(&row[i], i, text, sizeof(text));
		rd_cli_print(cli, columns[i].is_number ? "%*.*s  " : "%-*.*s  ", columns[i].width,
			     columns[i].width, text);
	}
	rd_cli_print(cli, "\n");
}

/* A text as long as it is; what is no text, as one. */
static void add_value(struct rd_buf *line, const struct rd_value *value, int column,
		      void (*add_quoted)(struct rd_buf *line, const char *text))
{
	bool is_text = value->type == RD_VALUE_TEXT && value->text;
	char text[64];

	if (!is_text)
		value_text(value, column, text, sizeof(text));
	if (columns[column].is_number)
		rd_buf_adds(line, is_text ? value->text : text);
	else
		add_quoted(line, is_text ? value->text : text);
}

static void add_csv_row(struct rd_buf *line, const struct rd_value *row)
{
	for (int i = 0; i < COLUMNS; i++) {
		rd_buf_adds(line, i ? "," : "");
		add_value(line, &row[i], i, csv_add_quoted);
	}
	rd_buf_addc(line, '\n');
}

static void add_json_row(struct rd_buf *line, const struct rd_value *row, bool first)
{
	rd_buf_adds(line, first ? "{" : ",\n{");
	for (int i = 0; i < COLUMNS; i++) {
		rd_buf_printf(line, "%s\"%s\":", i ? "," : "", columns[i].key);
		if (columns[i].is_number && row[i].type == RD_VALUE_NULL)
			rd_buf_adds(line, "null");
		else
			add_value(line, &row[i], i, json_add_quoted);
	}
	rd_buf_addc(line, '}');
}

/* ---- the whole ---- */

struct sums {
	long long rows, calls, answered, talk_s;
};

static void print_head(struct rd_cli *cli, enum form form)
{
	if (form == JSON)
		rd_cli_print(cli, "[");
	for (int i = 0; i < COLUMNS && form == CSV; i++)
		rd_cli_print(cli, "%s%s", i ? "," : "", columns[i].key);
	for (int i = 0; i < COLUMNS && form == TABLE; i++)
		if (columns[i].width)
			rd_cli_print(cli, columns[i].is_number ? "%*s  " : "%-*s  ",
				     columns[i].width, columns[i].title);
	if (form != JSON)
		rd_cli_print(cli, "\n");
}

static void print_foot(struct rd_cli *cli, enum form form, const struct sums *sums)
{
	if (form == JSON)
		rd_cli_print(cli, "]\n");
	if (form == TABLE)
		rd_cli_print(cli, "%lld call%s, %lld answered, %lld:%02lld:%02lld of talk\n",
			     sums->calls, sums->calls == 1 ? "" : "s", sums->answered,
			     sums->talk_s / 3600, sums->talk_s / 60 % 60, sums->talk_s % 60);
}

static int print_row(struct rd_cli *cli, const struct query *query, const struct rd_value *row,
		     struct sums *sums)
{
	struct rd_buf line;
	int rc;

	rd_buf_init(&line);
	if (query->form == TABLE)
		print_table_row(cli, row);
	else if (query->form == CSV)
		add_csv_row(&line, row);
	else
		add_json_row(&line, row, sums->rows == 0);
	rc = line.failed ? -ENOMEM : 0;
	if (!rc)
		rd_cli_print(cli, "%s", rd_buf_text(&line));
	rd_buf_fini(&line);
	sums->rows++;
	sums->calls += row[IS_NEW].i;
	sums->answered += row[IS_NEWLY_ANSWERED].i;
	sums->talk_s += row[BILLSEC].i;
	return rc;
}

/* The next page behind *id. Its rows, or negative. Yields. */
static int print_page(struct rd_cli *cli, const struct query *query, int64_t *id,
		      struct sums *sums)
{
	const struct rd_value params[] = {
		RD_REAL((double)query->from), RD_REAL((double)query->to), RD_INT(*id),
		RD_TEXT(query->number),	      RD_INT(query->missed),	  RD_INT(PAGE),
	};
	struct rd_rows rows;
	struct rd_pool *pool;
	int rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	rc = rd_store_query(page_sql, params, RD_ARRAY_SIZE(params), pool, &rows);
	for (int i = 0; !rc && i < rows.count; i++) {
		const struct rd_value *row = rows.values + i * rows.columns;

		*id = row[ID].i;
		rc = print_row(cli, query, row, sums);
		if (!rc)
			rc = rd_cli_pause(cli);
	}
	if (!rc)
		rc = rows.count;
	rd_pool_free(pool);
	return rc;
}

static int print_report(struct rd_cli *cli, const struct query *query)
{
	struct sums sums = { 0 };
	int64_t id = 0;
	int rc;

	print_head(cli, query->form);
	do
		rc = print_page(cli, query, &id, &sums);
	while (rc == PAGE);
	/* Also of a part: JSON that was begun is ended. */
	print_foot(cli, query->form, &sums);
	if (rc < 0)
		rd_cli_print(cli, "The report is not whole: %s\n", rd_strerror(rc));
	return RD_MIN(rc, 0);
}

/* ---- its arguments ---- */

static time_t midnight(int days_ago)
{
	time_t now = rd_wall();
	struct tm tm;

	localtime_r(&now, &tm);
	tm.tm_mday -= days_ago;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return mktime(&tm);
}

/* "2026-11-28" or "2026-11-28 14:30[:00]"; of a day without a time, extra days later. */
static bool read_time(const char *text, int extra_days, time_t *out)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *rest = strptime(text, "%Y-%m-%d", &tm);

	if (!rest)
		return false;
	if (*rest) {
		rest = strptime(rest + 1, "%H:%M", &tm);
		if (rest && *rest)
			rest = strptime(rest, ":%S", &tm);
	} else {
		tm.tm_mday += extra_days;
	}
	*out = mktime(&tm);
	return rest && !*rest;
}

static bool read_word(struct query *query, const char *word)
{
	if (strcmp(word, "--today") == 0)
		query->from = midnight(0);
	else if (strcmp(word, "--yesterday") == 0)
		query->from = midnight(1), query->to = midnight(0);
	else if (strcmp(word, "--all") == 0)
		query->from = 0;
	else if (strcmp(word, "--csv") == 0)
		query->form = CSV;
	else if (strcmp(word, "--json") == 0)
		query->form = JSON;
	else if (strcmp(word, "--missed") == 0)
		query->missed = true;
	else
		return false;
	return true;
}

static bool read_pair(struct query *query, const char *word, const char *value)
{
	if (strcmp(word, "--from") == 0)
		return read_time(value, 0, &query->from);
	if (strcmp(word, "--to") == 0)
		return read_time(value, 1, &query->to);
	if (strcmp(word, "--number") != 0)
		return false;
	query->number = value;
	return true;
}

static int report_calls(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct query query = { .from = midnight(0), .to = rd_wall() + DAY };

	for (int i = 0; i < argc; i++) {
		if (read_word(&query, argv[i]))
			continue;
		if (i + 1 == argc || !read_pair(&query, argv[i], argv[i + 1])) {
			rd_cli_print(cli, "\"%s\" is not understood here\n", argv[i]);
			return -EINVAL;
		}
		i++;
	}
	return print_report(cli, &query);
}

static const struct rd_cli_command commands[] = {
	{ .name = "report calls",
	  .usage = "[--today|--yesterday|--all] [--from TIME] [--to TIME] [--number N] [--missed] "
		   "[--csv|--json]",
	  .run = report_calls,
	  .help = "The calls that were made: of today when nothing is said. TIME is "
		  "2026-11-28 or \"2026-11-28 14:30\"; a day as --to is a whole one. N is a "
		  "number that called or was called, or an account. MOS is the worse of what "
		  "both sides heard." },
	{ 0 }
};

static const char *const needs[] = { "cdr_sqlite", NULL };

RD_MODULE(.name = "call_report", .synopsis = "Reports about calls", .needs = needs,
	  .commands = commands);

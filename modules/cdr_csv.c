/* Call records in log/cdr-csv/Master.csv, in the columns that billing programs
 * for Asterisk read; with accountlogs, one file more for each account. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ringdown/log.h>
#include <ringdown/map.h>
#include <ringdown/module.h>

#include "modules/line_file.h"
#include "modules/quoted.h"

enum { ACCOUNT_MAX = 200 }; /* characters, of the name of a file */

struct settings {
	bool gmt, unique_id, user_field, accounts, new_columns;
};

static struct settings settings;
/* What stays when a new file takes the module's place. */
static struct kept {
	struct line_file *master;
	struct rd_map *accounts; /* name to struct line_file */
} own, *kept = &own;

static const size_t sizes[] = { sizeof(own), 0 };
static const size_t *const shape[] = { sizes, line_file_sizes, NULL };
static const struct rd_module_state state = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&kept
};

/* ---- cdr.conf, [csv] ---- */

#define OPTION(member) offsetof(struct settings, member)

static const struct rd_option options[] = {
	{ .name = "usegmtime", .type = RD_OPTION_BOOL, .offset = OPTION(gmt), .fallback = "no",
	  .help = "times in UTC" },
	{ .name = "loguniqueid", .type = RD_OPTION_BOOL, .offset = OPTION(unique_id),
	  .fallback = "yes", .help = "with the column uniqueid" },
	{ .name = "loguserfield", .type = RD_OPTION_BOOL, .offset = OPTION(user_field),
	  .fallback = "yes", .help = "with the column userfield" },
	{ .name = "accountlogs", .type = RD_OPTION_BOOL, .offset = OPTION(accounts),
	  .fallback = "yes", .help = "a file for each account code, too" },
	{ .name = "newcdrcolumns", .type = RD_OPTION_BOOL, .offset = OPTION(new_columns),
	  .fallback = "no", .help = "with the columns peeraccount, linkedid, sequence" },
	{ 0 }
};

/* Its sections are checked by cdr. */
static const struct rd_options_file conf = { .name = "cdr.conf",
					     .section = "csv",
					     .table = options };

static int build(void **snapshot, struct rd_config_report *report)
{
	struct settings *read = rd_zalloc(sizeof(*read));
	int rc = read ? rd_options_load(&conf, read, NULL, report) : -ENOMEM;

	if (rc)
		rd_free(read);
	else
		*snapshot = read;
	return rc;
}

static void commit(void *snapshot)
{
	settings = *(struct settings *)snapshot;
	rd_free(snapshot);
}

static const char *const files[] = { "cdr.conf", NULL };

static const struct rd_module_config config = {
	.files = files, .build = build, .commit = commit, .discard = rd_free
};

/* ---- a line ---- */

enum kind { TEXT, TIME, NUMBER };

static const struct column {
	const char *field;
	enum kind kind;
	const bool *only_if; /* NULL: always */
} columns[] = {
	{ "accountcode", TEXT, NULL },
	{ "src", TEXT, NULL },
	{ "dst", TEXT, NULL },
	{ "dcontext", TEXT, NULL },
	{ "clid", TEXT, NULL },
	{ "channel", TEXT, NULL },
	{ "dstchannel", TEXT, NULL },
	{ "lastapp", TEXT, NULL },
	{ "lastdata", TEXT, NULL },
	{ "start", TIME, NULL },
	{ "answer", TIME, NULL },
	{ "end", TIME, NULL },
	{ "duration", NUMBER, NULL },
	{ "billsec", NUMBER, NULL },
	{ "disposition", TEXT, NULL },
	{ "amaflags", TEXT, NULL },
	{ "uniqueid", TEXT, &settings.unique_id },
	{ "userfield", TEXT, &settings.user_field },
	{ "peeraccount", TEXT, &settings.new_columns },
	{ "linkedid", TEXT, &settings.new_columns },
	{ "sequence", NUMBER, &settings.new_columns },
};

static void print_time(char *text, size_t size, time_t seconds)
{
	struct tm tm;

	text[0] = '\0';
	if (settings.gmt ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm))
		strftime(text, size, "%Y-%m-%d %H:%M:%S", &tm);
}

/* Records come close together: of the same seconds. */
static void add_time(struct rd_buf *line, const char *epoch)
{
	static char known[32];
	static time_t known_seconds;
	static bool known_gmt;
	time_t seconds = strtoll(epoch, NULL, 10);

	if (seconds && (seconds != known_seconds || known_gmt != settings.gmt)) {
		print_time(known, sizeof(known), seconds);
		known_seconds = seconds;
		known_gmt = settings.gmt;
	}
	csv_add_quoted(line, seconds ? known : "");
}

static bool is_shown(const struct column *column)
{
	return !column->only_if || *column->only_if;
}

static void add_line(struct rd_buf *line, const struct rd_event *event)
{
	const char *separator = "";
	size_t at = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(columns); i++) {
		const char *text = rd_event_value_at(event, columns[i].field, &at);

		if (!is_shown(&columns[i]))
			continue;
		rd_buf_adds(line, separator);
		separator = ",";
		if (columns[i].kind == NUMBER)
			rd_buf_adds(line, text);
		else if (columns[i].kind == TIME)
			add_time(line, text);
		else
			csv_add_quoted(line, text);
	}
	rd_buf_addc(line, '\n');
}

/* ---- files ---- */

static int open_file(struct line_file **fp, const char *name)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/cdr-csv/%s.csv", rd_directory("log"), name);
	return line_file_new(fp, path);
}

/* May an account have a file of this name? */
static bool is_file_name(const char *account)
{
	return *account && *account != '.' && !strchr(account, '/') &&
	       strlen(account) <= ACCOUNT_MAX && strcmp(account, "Master") != 0;
}

/* The file of an account; NULL: it has none. */
static struct line_file *file_of(const char *account)
{
	struct line_file *file = rd_map_get(kept->accounts, account);

	if (file || !is_file_name(account))
		return file;
	if (open_file(&file, account) == 0) {
		if (rd_map_set(kept->accounts, account, file, NULL) == 0)
			return file;
		line_file_free(file);
	}
	rd_error("no memory for the file of account %s", account);
	return NULL;
}

static void notify(const struct rd_event *event, void *arg)
{
	struct line_file *account;
	struct rd_buf line;

	(void)arg;
	if (!kept->master)
		return;
	rd_buf_init(&line);
	add_line(&line, event);
	if (line.failed)
		rd_error("no memory for a line of Master.csv");
	else
		line_file_add(kept->master, line.p, line.n);
	account = settings.accounts && !line.failed ? file_of(rd_event_value(event, "accountcode"))
						    : NULL;
	if (account)
		line_file_add(account, line.p, line.n);
	rd_buf_fini(&line);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "cdr_csv", .types = RD_EVENT_BIT(RD_EVENT_CALL_RECORD), .notify = notify },
	{ 0 }
};

/* ---- life ---- */

static int load(void)
{
	int rc = rd_map_new(&kept->accounts, 0);

	if (rc)
		return rc;
	rc = open_file(&kept->master, "Master");
	if (rc)
		rd_map_free(kept->accounts);
	return rc;
}

static void unload(void)
{
	const char *name;
	size_t pos = 0;
	void *file;

	line_file_free(kept->master);
	kept->master = NULL;
	while (rd_map_next(kept->accounts, &pos, &name, &file))
		line_file_free(file);
	rd_map_free(kept->accounts);
}

static const char *const needs[] = { "cdr", NULL };

RD_MODULE(.name = "cdr_csv", .synopsis = "Call detail records as CSV", .needs = needs,
	  .config = &config, .subscribers = subscribers, .load = load, .unload = unload,
	  .state = &state);

/* Record(): what the caller says, into a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/config.h>
#include <ringdown/format.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/folders.h"
#include "apps/seconds.h"

enum {
	OPT_APPEND = 1,
	OPT_KEEP = 2,
	OPT_NOANSWER = 4,
	OPT_OPERATOR = 8,
	OPT_QUIET = 16,
	OPT_SKIP = 32,
	OPT_STAR = 64,
	OPT_NO_KEY = 128,
	OPT_ANY_KEY = 256,
};

static const struct rd_app_option record_options[] = {
	{ 'a', false, OPT_APPEND, 0 },	 { 'k', false, OPT_KEEP, 0 },
	{ 'n', false, OPT_NOANSWER, 0 }, { 'o', false, OPT_OPERATOR, 0 },
	{ 'q', false, OPT_QUIET, 0 },	 { 's', false, OPT_SKIP, 0 },
	{ 't', false, OPT_STAR, 0 },	 { 'x', false, OPT_NO_KEY, 0 },
	{ 'y', false, OPT_ANY_KEY, 0 },	 { 0 }
};

/* "greeting.wav" and "greeting:wav": name and format in one argument. */
static bool split_name(char *name, const char **format)
{
	char *dot = strrchr(name, '.');

	if (!dot || strchr(dot, '/'))
		dot = strrchr(name, ':');
	if (!dot || dot == name)
		return false;
	*dot = '\0';
	*format = dot + 1;
	return true;
}

/* %d becomes the first number that is not taken yet. Plain names are looked
 * for, and so written, among the sounds. */
static int make_path(struct rd_channel *ch, char *name, const char *format, char **out)
{
	struct rd_pool *pool = rd_channel_scratch(ch);
	char *mark = strstr(name, "%d");
	bool absolute = name[0] == '/';
	const char *folder = absolute ? "" : rd_directory("sounds");

	if (mark)
		*mark = '\0';
	for (int i = 0; i < 10000; i++) {
		char number[12] = "", *file;

		if (mark)
			snprintf(number, sizeof(number), "%d", i);
		*out = rd_pool_printf(pool, "%s%s%s%s%s", folder, absolute ? "" : "/",
				      name, number, mark ? mark + 2 : "");
		file = rd_pool_printf(pool, "%s.%s", *out ? *out : "", format);
		if (!*out || !file)
			return -ENOMEM;
		if (!mark || !rd_prompt_exists(*out, NULL))
			return 0;
	}
	return -EEXIST;
}

static const char *status_of(int rc, uint64_t flags, const struct rd_record_result *result)
{
	if (rc == -ECANCELED)
		return "HANGUP";
	if (rc < 0)
		return "ERROR";
	if (result->key == '0' && (flags & OPT_OPERATOR))
		return "OPERATOR";
	if (result->key)
		return "DTMF";
	if (result->by_silence)
		return "SILENCE";
	return "TIMEOUT";
}

static const char *stop_keys(uint64_t flags)
{
	if (flags & OPT_NO_KEY)
		return "";
	if (flags & OPT_ANY_KEY)
		return RD_ANY_DIGIT;
	if (flags & OPT_STAR)
		return flags & OPT_OPERATOR ? "*0" : "*";
	return flags & OPT_OPERATOR ? "#0" : "#";
}

static int fail(struct rd_channel *ch, const char *why, const char *what)
{
	rd_app_warning(ch, "%s \"%s\"", why, what);
	rd_var_set(ch, "RECORDED_FILE", "");
	return rd_var_set(ch, "RECORD_STATUS", "ERROR");
}

static void set_flags(struct rd_record_options *record, uint64_t flags)
{
	record->stop_keys = stop_keys(flags);
	record->append = flags & OPT_APPEND;
	record->beep = !(flags & OPT_QUIET);
	record->keep_on_hangup = flags & OPT_KEEP;
}

/* Yields. */
static int record_to(struct rd_channel *ch, const struct rd_record_options *record,
		     uint64_t flags)
{
	struct rd_record_result result = { 0 };
	int rc;

	rc = folders_make(record->path);
	rd_var_set(ch, "RECORDED_FILE", rc ? "" : record->path);
	if (!rc)
		rc = rd_record(ch, record, &result);
	if (rc < 0 && rc != -ECANCELED) {
		rd_app_warning(ch, "%s.%s: %s", record->path, record->format, rd_strerror(rc));
		rd_var_set(ch, "RECORDED_FILE", "");
	}
	rd_var_set(ch, "RECORD_STATUS", status_of(rc, flags, &result));
	return rc == -ECANCELED ? rc : 0;
}

static int record_app(struct rd_channel *ch, const char *args)
{
	struct rd_record_options record = { 0 };
	struct rd_app_options options;
	const char *argv[4];
	char *name, *path;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 4);

	if (rc < 0)
		return rc;
	if (rd_app_read_options(ch, record_options, argv[3], &options))
		return -ENOMEM;
	name = rd_pool_strdup(rd_channel_scratch(ch), argv[0]);
	if (!name)
		return -ENOMEM;
	if (!split_name(name, &record.format))
		return fail(ch, "a file name with its format was expected, not", argv[0]);
	if (!rd_format_find(record.format))
		return fail(ch, "there is no format", record.format);
	if (rd_channel_state(ch) != RD_CHANNEL_UP && (options.flags & OPT_SKIP)) {
		rd_var_set(ch, "RECORDED_FILE", "");
		return rd_var_set(ch, "RECORD_STATUS", "SKIP");
	}
	if (!(options.flags & OPT_NOANSWER)) {
		rc = rd_answer(ch);
		if (rc)
			return rc;
	}
	rc = make_path(ch, name, record.format, &path);
	if (rc)
		return rc == -ENOMEM ? rc : fail(ch, "no free number for", argv[0]);
	if (*argv[1])
		app_seconds(ch, argv[1], &record.silence_ms);
	if (*argv[2])
		app_seconds(ch, argv[2], &record.max_ms);
	record.path = path;
	set_flags(&record, options.flags);
	return record_to(ch, &record, options.flags);
}

static const char *check_name(struct rd_pool *pool, const char *text, char *buf, size_t size)
{
	char *name = rd_pool_strdup(pool, text);
	const struct rd_format *format;
	const char *extension;

	if (!name)
		return NULL;
	if (!split_name(name, &extension))
		return "a file name with its format is expected";
	format = rd_format_find(extension);
	if (format && format->open_write)
		return NULL;
	snprintf(buf, size, "no module writes the format \"%s\"", extension);
	return buf;
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	const char *wrong = check_name(pool, argv[0], buf, size);

	return wrong ? wrong : rd_app_check_options(pool, record_options, argv[3], buf, size);
}

static const char *record_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 4, check_arguments, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "Record",
	  .run = record_app,
	  .check = record_check,
	  .synopsis = "Record the caller to a file",
	  .syntax = "Record(file.format[,silence[,max_seconds[,options]]])",
	  .description =
		  "%d in the name becomes a number that is free. a: append. k: keep "
		  "the file when the caller hangs up. n: do not answer. o: 0 leaves "
		  "for the operator. q: no beep. s: only when up. t: * ends it "
		  "instead of #. x: no key ends it. y: any key ends it. "
		  "RECORDED_FILE is the name without its format; RECORD_STATUS is "
		  "DTMF, SILENCE, SKIP, TIMEOUT, HANGUP, OPERATOR or ERROR." },
	{ 0 }
};

RD_MODULE(.name = "app_record", .synopsis = "Record the caller", .apps = apps);

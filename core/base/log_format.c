/* A log record as a line of text or of JSON. What others sent may be in it,
 * so control characters come out in a form that no terminal obeys. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ringdown/str.h>

#include "core/base/log_record.h"

/* Fixed room: the log must work when there is no memory. */
struct line {
	char *p;
	size_t n, size;
};

struct words {
	const char *module, *fiber, *channel, *text;
};

static void add(struct line *line, const char *p, size_t n)
{
	n = RD_MIN(n, line->size - line->n);
	memcpy(line->p + line->n, p, n);
	line->n += n;
}

static void adds(struct line *line, const char *s)
{
	add(line, s, strlen(s));
}

static void split(const struct rd__log_record *record, struct words *words)
{
	words->module = record->strings;
	words->fiber = words->module + strlen(words->module) + 1;
	words->channel = words->fiber + strlen(words->fiber) + 1;
	words->text = words->channel + strlen(words->channel) + 1;
}

/* ---- time ---- */

/* "%3q" becomes the first three digits of the second's fraction. */
static void expand_fraction(char *out, size_t size, const char *format, unsigned us)
{
	size_t n = 0;

	for (; *format && n + 8 < size; format++) {
		int digits = 3;
		char fraction[8];

		if (format[0] != '%' ||
		    (format[1] != 'q' &&
		     !(format[1] >= '1' && format[1] <= '6' && format[2] == 'q'))) {
			out[n++] = *format;
			if (format[0] == '%' && format[1])
				out[n++] = *++format;
			continue;
		}
		if (format[1] != 'q')
			digits = *++format - '0';
		format++;
		snprintf(fraction, sizeof(fraction), "%06u", us % 1000000);
		memcpy(out + n, fraction, (size_t)digits);
		n += (size_t)digits;
	}
	out[n] = '\0';
}

static void add_time(struct line *line, const char *format, uint64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	char expanded[128], text[128];
	struct tm local;

	localtime_r(&seconds, &local);
	expand_fraction(expanded, sizeof(expanded), format, (unsigned)(wall_us % 1000000));
	if (strftime(text, sizeof(text), expanded, &local))
		adds(line, text);
}

/* ---- text ---- */

/* Newlines indent what follows; other control characters are spelt. */
static void add_plain(struct line *line, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		char spelt[8];

		if (c == '\n') {
			adds(line, "\n    ");
		} else if ((c < ' ' && c != '\t') || c == 0x7f) {
			snprintf(spelt, sizeof(spelt), "\\x%02x", c);
			adds(line, spelt);
		} else {
			add(line, text, 1);
		}
	}
}

static void add_who(struct line *line, const struct words *words)
{
	if (!*words->fiber && !*words->channel)
		return;
	adds(line, "[");
	add_plain(line, words->fiber);
	if (*words->channel && *words->fiber)
		adds(line, " ");
	add_plain(line, words->channel);
	adds(line, "]");
}

static void format_text(struct line *line, const struct rd__log_record *record,
			const struct words *words, const char *date_format,
			enum rd__log_layout layout, bool colour)
{
	static const char *const shown[] = { "ERROR", "WARNING", "NOTICE", "VERBOSE",
					     "DEBUG" };
	static const char *const colours[] = { "\033[1;31m", "\033[1;33m", "\033[1;36m",
					       "\033[32m", "\033[2m" };
	char level[32];

	add_time(line, date_format, record->wall_us);
	if (layout == RD__LOG_PID)
		snprintf(level, sizeof(level), "%s[%d]", shown[record->level], (int)getpid());
	else
		snprintf(level, sizeof(level), "%-7s", shown[record->level]);
	adds(line, " ");
	if (colour)
		adds(line, colours[record->level]);
	adds(line, level);
	if (colour)
		adds(line, "\033[0m");
	adds(line, " ");
	add_plain(line, words->module);
	add_who(line, words);
	adds(line, ": ");
	add_plain(line, words->text);
}

/* ---- JSON (RFC 8259) ---- */

static void add_json_string(struct line *line, const char *text)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + strlen(text);
	char spelt[8];

	adds(line, "\"");
	while (p < end) {
		size_t n = rd_utf8_length((struct rd_str){ (const char *)p, (size_t)(end - p) });

		if (n == 0) {
			adds(line, "\\ufffd");
		} else if (*p == '"' || *p == '\\') {
			snprintf(spelt, sizeof(spelt), "\\%c", *p);
			adds(line, spelt);
		} else if (*p == '\n') {
			adds(line, "\\n");
		} else if (*p < ' ' || *p == 0x7f) {
			snprintf(spelt, sizeof(spelt), "\\u%04x", *p);
			adds(line, spelt);
		} else {
			add(line, (const char *)p, n);
		}
		p += n ? n : 1;
	}
	adds(line, "\"");
}

static void add_json_member(struct line *line, const char *name, const char *value)
{
	if (!*value)
		return;
	adds(line, ",\"");
	adds(line, name);
	adds(line, "\":");
	add_json_string(line, value);
}

static void format_json(struct line *line, const struct rd__log_record *record,
			const struct words *words)
{
	time_t seconds = (time_t)(record->wall_us / 1000000);
	char date[32], stamp[64];
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(date, sizeof(date), "%FT%T", &utc);
	snprintf(stamp, sizeof(stamp), "{\"time\":\"%s.%06uZ\"", date,
		 (unsigned)(record->wall_us % 1000000));
	adds(line, stamp);
	add_json_member(line, "level", rd__log_level_names[record->level]);
	add_json_member(line, "module", words->module);
	add_json_member(line, "fiber", words->fiber);
	add_json_member(line, "channel", words->channel);
	add_json_member(line, "message", words->text);
	adds(line, "}");
}

size_t rd__log_format(char *out, size_t size, const struct rd__log_record *record,
		      const char *date_format, enum rd__log_layout layout, bool colour)
{
	struct line line = { .p = out, .size = size - 1 };
	struct words words;

	split(record, &words);
	if (layout == RD__LOG_JSON)
		format_json(&line, record, &words);
	else
		format_text(&line, record, &words, date_format, layout, colour);
	out[line.n++] = '\n';
	return line.n;
}

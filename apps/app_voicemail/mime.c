/* A mail as it goes to a server: see mime.h. */
#include "apps/app_voicemail/mime.h"

#include <string.h>

#include <ringdown/str.h>

enum {
	LINE_BYTES = 57, /* are 76 characters of base64 */
	WORD_BYTES = 42, /* of an encoded word, which is at most 75 characters */
	TEXT_LINE = 900, /* that a server has to take is 998 */
};

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* ---- base64 ---- */

static void put_group(FILE *out, const unsigned char *p, size_t n)
{
	unsigned group =
		(unsigned)p[0] << 16 | (n > 1 ? (unsigned)p[1] << 8 : 0) | (n > 2 ? p[2] : 0);

	fputc(digits[group >> 18], out);
	fputc(digits[group >> 12 & 63], out);
	fputc(n > 1 ? digits[group >> 6 & 63] : '=', out);
	fputc(n > 2 ? digits[group & 63] : '=', out);
}

static void put_base64(FILE *out, const unsigned char *p, size_t n)
{
	for (; n > 3; p += 3, n -= 3)
		put_group(out, p, 3);
	if (n)
		put_group(out, p, n);
}

/* ---- headers ---- */

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
			return false;
	return true;
}

/* Not within a character of several bytes. */
static size_t word_size(const char *text, size_t n)
{
	size_t size = RD_MIN(n, (size_t)WORD_BYTES);

	while (size > 1 && size < n && ((unsigned char)text[size] & 0xc0) == 0x80)
		size--;
	return size;
}

/* What is not ASCII, or would end the line, goes as encoded words. */
static void put_words(FILE *out, const char *text)
{
	size_t n = strlen(text);
	const char *between = "";

	if (is_plain(text)) {
		fputs(text, out);
		return;
	}
	while (n) {
		size_t size = word_size(text, n);

		fprintf(out, "%s=?utf-8?B?", between);
		put_base64(out, (const unsigned char *)text, size);
		fputs("?=", out);
		between = "\n ";
		text += size;
		n -= size;
	}
}

/* "Anna" <anna@example.org>: what stands in < > is an address, and nothing else is; smtp.c
 * reads them there. */
static void put_mailbox(FILE *out, const char *name, struct rd_str address)
{
	if (*name && is_plain(name)) {
		fputc('"', out);
		for (; *name; name++)
			fputc(strchr("\"\\<>", *name) ? ' ' : *name, out);
		fputs("\" ", out);
	} else if (*name) {
		put_words(out, name);
		fputc(' ', out);
	}
	fprintf(out, "<%.*s>", RD_STR_ARG(address));
}

static void put_recipients(FILE *out, const struct vm_mime *mime)
{
	struct rd_str rest = rd_str_of(mime->to), one;
	const char *between = "";

	while (rest.n) {
		rd_str_cut(&rest, '|', &one);
		one = rd_str_trim(one);
		if (!one.n)
			continue;
		fputs(between, out);
		put_mailbox(out, mime->to_name, one);
		between = ",\n ";
	}
}

static void put_date(FILE *out, time_t date)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm utc;

	gmtime_r(&date, &utc);
	fprintf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\n", days[utc.tm_wday], utc.tm_mday,
		months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

static void put_headers(FILE *out, const struct vm_mime *mime)
{
	const char *at = strchr(mime->from_address, '@');

	put_date(out, mime->date);
	fputs("From: ", out);
	put_mailbox(out, mime->from_name, rd_str_of(mime->from_address));
	fputs("\nTo: ", out);
	put_recipients(out, mime);
	fputs("\nSubject: ", out);
	put_words(out, mime->subject);
	fprintf(out, "\nMessage-ID: <%s@%s>\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n",
		mime->id, at ? at + 1 : "localhost");
}

/* ---- parts ---- */

/* As it is, where any server takes it so. */
static bool is_sent_as_it_is(const char *body)
{
	size_t length = 0;

	for (; *body; body++) {
		length = *body == '\n' ? 0 : length + 1;
		if (length > TEXT_LINE ||
		    (*body != '\n' && *body != '\t' &&
		     ((unsigned char)*body < ' ' || (unsigned char)*body > '~')))
			return false;
	}
	return true;
}

static void put_text(FILE *out, const char *body)
{
	bool plain = is_sent_as_it_is(body);
	size_t n = strlen(body);

	fprintf(out, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: %s\n\n",
		plain ? "7bit" : "base64");
	if (plain)
		fputs(body, out);
	for (size_t at = 0; !plain && at < n; at += LINE_BYTES) {
		put_base64(out, (const unsigned char *)body + at,
			   RD_MIN(n - at, (size_t)LINE_BYTES));
		fputc('\n', out);
	}
	fputc('\n', out);
}

static int put_file(FILE *out, const char *path)
{
	unsigned char line[LINE_BYTES];
	FILE *in = fopen(path, "rb");
	size_t n;
	int rc;

	if (!in)
		return -errno;
	while ((n = fread(line, 1, sizeof(line), in))) {
		put_base64(out, line, n);
		fputc('\n', out);
	}
	rc = ferror(in) ? -EIO : 0;
	fclose(in);
	return rc;
}

static int put_sound(FILE *out, const struct vm_mime *mime)
{
	const char *dot = strrchr(mime->sound, '.');

	fprintf(out,
		"Content-Type: audio/%s%s; name=\"%s\"\nContent-Transfer-Encoding: base64\n"
		"Content-Disposition: attachment; filename=\"%s\"\n\n",
		dot && strcmp(dot, ".wav") == 0 ? "x-" : "", dot ? dot + 1 : "basic",
		mime->sound_name, mime->sound_name);
	return put_file(out, mime->sound);
}

int vm_mime_write(FILE *out, const struct vm_mime *mime)
{
	int rc = 0;

	put_headers(out, mime);
	if (mime->sound) {
		fprintf(out, "Content-Type: multipart/mixed; boundary=\"=_%s\"\n\n--=_%s\n",
			mime->id, mime->id);
		put_text(out, mime->body);
		fprintf(out, "--=_%s\n", mime->id);
		rc = put_sound(out, mime);
		fprintf(out, "--=_%s--\n", mime->id);
	} else {
		put_text(out, mime->body);
	}
	return rc ? rc : ferror(out) ? -EIO : 0;
}

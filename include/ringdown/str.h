/* Ringdown SDK: string views that own nothing, and one growing buffer. */
#ifndef RINGDOWN_STR_H
#define RINGDOWN_STR_H

#include <string.h>

#include <ringdown/base.h>

/* A piece of somebody else's text; not terminated. {0} is "absent". */
struct rd_str {
	const char *p;
	size_t n;
};

#define RD_STR(literal) ((struct rd_str){ (literal), sizeof(literal) - 1 })
/* The same where a static one is initialised. */
#define RD_STR_INIT(literal) { (literal), sizeof(literal) - 1 }
/* For printf: "%.*s", RD_STR_ARG(s). */
#define RD_STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

/* A growing, always terminated buffer. An allocation that fails sets .failed
 * and later appends do nothing: check once, at the end. An append beyond
 * .limit (0: none) sets .full too. */
struct rd_buf {
	char *p;
	size_t n, cap, limit;
	bool failed, full;
};

/* Borrows it; NULL is the empty string. */
static inline struct rd_str rd_str_of(const char *s)
{
	return (struct rd_str){ s, s ? strlen(s) : 0 };
}

RD_API_BEGIN

/* With an i: ASCII letters without case. */
bool rd_str_eq(struct rd_str a, struct rd_str b);
bool rd_str_ieq(struct rd_str a, struct rd_str b);
bool rd_str_starts(struct rd_str s, struct rd_str prefix);
bool rd_str_istarts(struct rd_str s, struct rd_str prefix);
/* Without blanks at either end. */
struct rd_str rd_str_trim(struct rd_str s);
/* Decimal, whole string, no sign, at most max: 0, -EINVAL or -ERANGE. */
int rd_str_to_u64(struct rd_str s, uint64_t max, uint64_t *out);
/* Cut at the first c: *head gets what is before it, s what is after. False
 * when c was not there (then *head is all of s and s is absent). */
bool rd_str_cut(struct rd_str *s, char c, struct rd_str *head);

enum { RD_NUMBER_MAX = 21 };
/* The digits of n, terminated. Returns how many. */
size_t rd_print_number(char text[RD_NUMBER_MAX], uint64_t n);
/* A point and so many places of what stands behind it (5 of 3 places: ".005"),
 * terminated: text has room for places + 2. Returns how many characters. */
size_t rd_print_fraction(char *text, uint64_t fraction, int places);
/* The bytes, two small hexadecimal digits each, terminated: text has room for 2n + 1. */
void rd_print_hex(char *text, const void *bytes, size_t n);

/* An empty one, without memory yet; _fini gives back what it took, _reset keeps that for
 * the next text. */
void rd_buf_init(struct rd_buf *buf);
void rd_buf_fini(struct rd_buf *buf);
void rd_buf_reset(struct rd_buf *buf);
/* Append; see .failed above. */
void rd_buf_add(struct rd_buf *buf, const char *p, size_t n);
void rd_buf_adds(struct rd_buf *buf, const char *s);
void rd_buf_addc(struct rd_buf *buf, char c);
void rd_buf_printf(struct rd_buf *buf, const char *fmt, ...) RD_PRINTF(2, 3);
void rd_buf_vprintf(struct rd_buf *buf, const char *fmt, va_list ap);
/* The text, "" when empty; never NULL. Valid until the next change. */
const char *rd_buf_text(const struct rd_buf *buf);
/* Give the text away (the caller frees it); NULL when .failed. */
char *rd_buf_take(struct rd_buf *buf);

/* Copy with truncation; returns false when src did not fit. */
bool rd_strcpy(char *dst, size_t size, const char *src);
bool rd_strcpyn(char *dst, size_t size, struct rd_str src);

/* Bytes of the UTF-8 character that s begins with (RFC 3629), 0 when it is none. */
size_t rd_utf8_length(struct rd_str s);
/* Copy as UTF-8: a byte that belongs to no character of it is one of Latin-1, a control
 * character of that a question mark. What does not fit is cut between characters: false. */
bool rd_utf8_copy(char *dst, size_t size, struct rd_str src);

/* The name in list (NULL-terminated) nearest to s; NULL when none is near: one letter off,
 * or up to a third of them. */
const char *rd_str_nearest(const char *s, const char *const *list);

RD_API_END

#endif

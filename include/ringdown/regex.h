/* Ringdown SDK: regular expressions that people write in the dialplan. */
#ifndef RINGDOWN_REGEX_H
#define RINGDOWN_REGEX_H

#include <ringdown/base.h>

RD_API_BEGIN

struct rd_regex;

/* Where something was found: bytes from start to before end; -1 and -1 when it
 * has no part in the match. */
struct rd_regex_span {
	ssize_t start, end;
};

/**
 * An extended expression of POSIX, as regcomp(REG_EXTENDED) reads it in the C
 * locale, with "\w \W \s \S \b \B \< \> \` \'" but without references back to a
 * group. Give it to rd_regex_free().
 *
 * 0, -EINVAL: it cannot be read, -E2BIG: it is too large (counted repetitions are
 * written out), -ENOTSUP: it refers back to a group, -ENOMEM.
 */
int rd_regex_new(struct rd_regex **rep, const char *pattern);
void rd_regex_free(struct rd_regex *re);

/* Its groups, that is parentheses. */
size_t rd_regex_groups(const struct rd_regex *re);

/**
 * Look for it in a text: the match that begins first, and of those the longest.
 *
 * @spans  where: the whole match, and the first group; NULL: do not care
 *
 * 1: found, 0: not, -ETIME: what one expression may cost in all its matches, some
 * milliseconds, is used up.
 */
int rd_regex_match(struct rd_regex *re, const char *text, struct rd_regex_span spans[2]);

/* What -EINVAL, -E2BIG, -ENOTSUP and -ETIME mean here: "takes too long on this text". */
const char *rd_regex_error(int rc);

RD_API_END

#endif

/* Ringdown SDK: regular expressions that people write in the dialplan. */
#ifndef RINGDOWN_REGEX_H
#define RINGDOWN_REGEX_H

#include <regex.h>

#include <ringdown/base.h>

RD_API_BEGIN

/* regcomp() for an extended expression, without what would stop the exchange
 * while it is compiled: "{200}" within "{200}" is forty thousand copies, and
 * twenty of "+" are a million; and without references back to a group, which
 * would when it is matched. A fiber's stack is enough for it. Free it with
 * regfree(). 0, -EINVAL: it cannot be read, -E2BIG: it is too costly. */
int rd_regex_compile(regex_t *re, const char *pattern, int flags);

RD_API_END

#endif

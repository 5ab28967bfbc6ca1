/* Heap memory of libraries that let themselves be told where to get it: malloc, counted.
 * What fails there, and what stays, is theirs: tests of ours neither refuse nor count it. */
#ifndef CORE_BASE_BORROWED_H
#define CORE_BASE_BORROWED_H

#include <ringdown/base.h>

enum rd__borrowed { RD__BORROWED_DATABASE, RD__BORROWED_TLS, RD__BORROWED };

RD_API_BEGIN

/* As malloc(), realloc() and free(); on any thread. */
void *rd__borrow(enum rd__borrowed who, size_t size);
void *rd__borrow_again(enum rd__borrowed who, void *p, size_t size);
void rd__borrow_end(enum rd__borrowed who, void *p);
/* "database", "tls", and what it has now. */
const char *rd__borrowed(enum rd__borrowed who, long *bytes);

/* tls.c: OpenSSL borrows from now on, if it has not begun yet. */
void rd__tls_count(void);

RD_API_END

#endif

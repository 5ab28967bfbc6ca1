/* A keyed hash of short strings: SipHash-1-3 under a secret of this process,
 * so that nobody can choose names that collide. */
#ifndef CORE_BASE_HASH_H
#define CORE_BASE_HASH_H

#include <ringdown/base.h>

/* nocase: ASCII letters hash alike in both cases. */
uint64_t rd__hash(const char *p, size_t n, bool nocase);

#endif

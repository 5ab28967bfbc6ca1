/* Comparing what was keyed with what is secret: what the answer takes says nothing of where the
 * two differ. */
#ifndef APPS_SECRET_H
#define APPS_SECRET_H

#include <ringdown/str.h>

static inline bool app_same_secret(struct rd_str secret, struct rd_str keyed)
{
	unsigned char different = secret.n != keyed.n;

	for (size_t i = 0; i < secret.n; i++)
		different |= (unsigned char)(secret.p[i] ^ keyed.p[i < keyed.n ? i : 0]);
	return !different;
}

#endif

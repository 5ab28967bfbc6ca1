/* A certificate for DTLS, as the daemon has one when it has read rtp.conf. */
#ifndef TESTS_UNIT_OWN_IDENTITY_H
#define TESTS_UNIT_OWN_IDENTITY_H

#include "core/media/dtls_identity.h"

static inline void own_identity_take(void)
{
	const char *why;
	SSL_CTX *context = NULL;
	int rc = rd__dtls_identity_make(&context, &why);

	rd_assert(rc == 0);
	rd__dtls_identity_take(context);
}

#endif

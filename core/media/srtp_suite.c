/* The crypto suites: their names and sizes (RFC 4568 §6.2, 6188 §4, 7714 §12),
 * and master keys. */
#include <string.h>

#include "core/media/srtp_suite.h"

/* The short tag is for RTP alone: a report that is forged costs more. */
static const struct rd__srtp_suite suites[RD_SRTP_SUITES] = {
	[RD_SRTP_NONE] = { "none", NULL, 0, 0, 0, 0, false },
	[RD_SRTP_AEAD_AES_256_GCM] = { "AEAD_AES_256_GCM", "SRTP_AEAD_AES_256_GCM", 32, 12, 16,
				       16, true },
	[RD_SRTP_AEAD_AES_128_GCM] = { "AEAD_AES_128_GCM", "SRTP_AEAD_AES_128_GCM", 16, 12, 16,
				       16, true },
	[RD_SRTP_AES_256_CM_SHA1_80] = { "AES_256_CM_HMAC_SHA1_80", NULL, 32, 14, 10, 10,
					 false },
	[RD_SRTP_AES_CM_128_SHA1_80] = { "AES_CM_128_HMAC_SHA1_80", "SRTP_AES128_CM_SHA1_80",
					 16, 14, 10, 10, false },
	[RD_SRTP_AES_256_CM_SHA1_32] = { "AES_256_CM_HMAC_SHA1_32", NULL, 32, 14, 4, 10,
					 false },
	[RD_SRTP_AES_CM_128_SHA1_32] = { "AES_CM_128_HMAC_SHA1_32", "SRTP_AES128_CM_SHA1_32",
					 16, 14, 4, 10, false },
};

const struct rd__srtp_suite *rd__srtp_suite(enum rd_srtp_suite suite)
{
	rd_assert((unsigned)suite < RD_SRTP_SUITES);
	return &suites[suite];
}

const char *rd_srtp_name(enum rd_srtp_suite suite)
{
	return rd__srtp_suite(suite)->name;
}

enum rd_srtp_suite rd_srtp_by_name(struct rd_str name)
{
	for (int i = RD_SRTP_NONE + 1; i < RD_SRTP_SUITES; i++)
		if (rd_str_ieq(name, rd_str_of(suites[i].name)))
			return (enum rd_srtp_suite)i;
	return RD_SRTP_NONE;
}

size_t rd_srtp_master_size(enum rd_srtp_suite suite)
{
	return (size_t)rd__srtp_suite(suite)->key + rd__srtp_suite(suite)->salt;
}

void rd_srtp_key_make(struct rd_srtp_key *key, enum rd_srtp_suite suite)
{
	memset(key, 0, sizeof(*key));
	key->suite = suite;
	rd_random(key->master, rd_srtp_master_size(suite));
}

bool rd_srtp_key_equal(const struct rd_srtp_key *a, const struct rd_srtp_key *b)
{
	return a->suite == b->suite &&
	       memcmp(a->master, b->master, rd_srtp_master_size(a->suite)) == 0;
}

/* What the crypto suites are made of. */
#ifndef CORE_MEDIA_SRTP_SUITE_H
#define CORE_MEDIA_SRTP_SUITE_H

#include <ringdown/srtp.h>

enum {
	RD__SRTP_SALT = 14, /* RFC 7714's are shorter by two */
	RD__SRTP_KEY_MAX = 32,
	RD__SRTP_AUTH_KEY = 20, /* HMAC-SHA1's */
	RD__SRTP_TAG_MAX = 16,
	/* A packet grows by so much at most: SRTCP's index, and a tag. */
	RD__SRTP_GROWTH = 4 + RD__SRTP_TAG_MAX,
};

struct rd__srtp_suite {
	const char *name; /* in SDP */
	const char *profile; /* in DTLS, as OpenSSL calls it; NULL: has none */
	uint8_t key, salt; /* bytes */
	uint8_t tag, rtcp_tag;
	bool aead;
};

RD_API_BEGIN

const struct rd__srtp_suite *rd__srtp_suite(enum rd_srtp_suite suite);

RD_API_END

#endif

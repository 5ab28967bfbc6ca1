/* Ringdown SDK: what descriptions say of DTLS-SRTP (RFC 5763): fingerprints of
 * certificates, ours and theirs. The handshake is the media engine's. */
#ifndef RINGDOWN_DTLS_H
#define RINGDOWN_DTLS_H

#include <ringdown/base.h>
#include <ringdown/str.h>

#define RD_FINGERPRINT_MAX  64
#define RD_FINGERPRINT_TEXT (12 + 3 * RD_FINGERPRINT_MAX)

struct rd_fingerprint {
	char hash[12]; /* as in descriptions: "sha-256" */
	uint8_t size; /* 0: none */
	uint8_t digest[RD_FINGERPRINT_MAX];
};

/* The far end's side of a handshake. */
struct rd_dtls_peer {
	struct rd_fingerprint fingerprint;
	bool active; /* we begin */
};

RD_API_BEGIN

/* Of the certificate that new streams show; what a description of a stream says is
 * rd_stream_fingerprint() of stream.h. 0, -ENOMEM, or -EIO (logged). */
int rd_dtls_fingerprint(struct rd_fingerprint *out);
/* "sha-256 4A:AD:..." with a NUL; returns the length. */
size_t rd_fingerprint_print(const struct rd_fingerprint *fingerprint,
			    char out[RD_FINGERPRINT_TEXT]);
/* 0; -ENOTSUP for a hash that we do not trust or know, -EINVAL. */
int rd_fingerprint_parse(struct rd_fingerprint *fingerprint, struct rd_str text);
bool rd_fingerprint_equal(const struct rd_fingerprint *a, const struct rd_fingerprint *b);

RD_API_END

#endif

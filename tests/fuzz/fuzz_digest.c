/* Digest: whatever an Authorization or a challenge says, the check says no and
 * the answer is well formed. */
#include <stdint.h>
#include <stdlib.h>

#include "channels/sip/message/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char buffer[65536];

static void check(const struct sip_digest *digest)
{
	static const char ha1[] = "0123456789abcdef0123456789abcdef";
	static struct sip_nonces *nonces;
	const struct sip_digest_request request = { .method = RD_STR("REGISTER"),
						    .body = RD_STR("body") };
	struct sip_digest ours = *digest;
	char nonce[SIP_NONCE_TEXT];
	int rc;

	if (!nonces && sip_nonces_new(&nonces, 64, 60))
		return;
	rc = sip_digest_check(nonces, NULL, digest, ha1, &request);
	rd_assert(rc == -EINVAL || rc == -ESTALE);
	/* With a nonce that we made the response is looked at. */
	sip_nonces_make(nonces, NULL, nonce);
	ours.nonce = rd_str_of(nonce);
	rc = sip_digest_check(nonces, NULL, &ours, ha1, &request);
	rd_assert(rc == -EINVAL || rc == -EACCES);
}

static void answer(const struct sip_digest *challenge)
{
	const struct sip_digest_request request = { RD_STR("REGISTER"), RD_STR("sip:x"),
						    RD_STR("") };
	const struct sip_digest_login login = { RD_STR("u\"ser"), "00", 1 };
	struct sip_digest again;
	struct sip_out out;
	struct rd_str text;

	sip_out_init(&out, buffer, sizeof(buffer));
	if (challenge->algorithm == SIP_DIGEST_UNKNOWN ||
	    sip_digest_answer(&out, SIP_H_AUTHORIZATION, challenge, &login, &request) ||
	    out.overflow)
		return;
	text = sip_out_text(&out);
	text.p += sizeof("Authorization: ") - 1;
	text.n -= sizeof("Authorization: ") - 1;
	rd_assert(sip_digest_parse(&again, text, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	struct sip_digest digest;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (sip_digest_parse(&digest, (struct rd_str){ copy, size }, NULL) == 0) {
		check(&digest);
		answer(&digest);
	}
	free(copy);
	return 0;
}

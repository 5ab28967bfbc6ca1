/* a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31|1:4 FEC_ORDER=FEC_SRTP */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "channels/sip/sdp/crypto.h"

enum { TAG_MAX = 999999999,
       BASE64_MAX = 64 };

/* Words are set apart by one space or more. */
static bool next_word(struct rd_str *rest, struct rd_str *word)
{
	*rest = rd_str_trim(*rest);
	if (!rest->n)
		return false;
	rd_str_cut(rest, ' ', word);
	return true;
}

/* ---- keys ---- */

/* What base64 of that many bytes must look like: no other length is right. */
static bool decode(const struct rd_str text, uint8_t *out, size_t size)
{
	uint8_t bytes[BASE64_MAX];
	size_t padding = (3 - size % 3) % 3;

	if (text.n != (size + padding) / 3 * 4 || text.n > BASE64_MAX ||
	    EVP_DecodeBlock(bytes, (const unsigned char *)text.p, (int)text.n) !=
		    (int)(size + padding))
		return false;
	/* Padding is told from a character A only by looking. */
	for (size_t i = 1; i <= 2; i++)
		if ((text.p[text.n - i] == '=') != (i <= padding))
			return false;
	memcpy(out, bytes, size);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return true;
}

/* Behind the key a lifetime may stand, which ends no call, and a master key
 * identifier, which would stand in each packet. */
static int read_inline(struct rd_srtp_key *key, struct rd_str word)
{
	struct rd_str encoded;

	if (word.n < 7 || !rd_str_ieq((struct rd_str){ word.p, 7 }, RD_STR("inline:")))
		return -ENOTSUP;
	word = (struct rd_str){ word.p + 7, word.n - 7 };
	if (memchr(word.p, ';', word.n) || memchr(word.p, ':', word.n))
		return -ENOTSUP;
	rd_str_cut(&word, '|', &encoded);
	return decode(encoded, key->master, rd_srtp_master_size(key->suite)) ? 0 : -EINVAL;
}

/* Parameters change what the suite does: what is not known is not taken, but
 * for a hint on the window (RFC 4568 §6.3). */
static bool is_harmless(struct rd_str parameter)
{
	return (parameter.n > 4 &&
		rd_str_ieq((struct rd_str){ parameter.p, 4 }, RD_STR("WSH="))) ||
	       parameter.p[0] == '-' || rd_str_ieq(parameter, RD_STR("KDR=0"));
}

int sdp_crypto_parse(struct sdp_crypto *crypto, struct rd_str value)
{
	struct rd_str word;
	uint64_t tag;
	int rc;

	memset(crypto, 0, sizeof(*crypto));
	if (!next_word(&value, &word) || rd_str_to_u64(word, TAG_MAX, &tag) ||
	    !next_word(&value, &word))
		return -EINVAL;
	crypto->tag = (unsigned)tag;
	crypto->key.suite = rd_srtp_by_name(word);
	if (crypto->key.suite == RD_SRTP_NONE)
		return -ENOTSUP;
	if (!next_word(&value, &word))
		return -EINVAL;
	rc = read_inline(&crypto->key, word);
	while (rc == 0 && next_word(&value, &word))
		if (!is_harmless(word))
			rc = -ENOTSUP;
	return rc;
}

size_t sdp_crypto_print(const struct sdp_crypto *crypto, char out[SDP_CRYPTO_TEXT])
{
	int n = snprintf(out, SDP_CRYPTO_TEXT, "%u %s inline:", crypto->tag,
			 rd_srtp_name(crypto->key.suite));

	n += EVP_EncodeBlock((unsigned char *)out + n, crypto->key.master,
			     (int)rd_srtp_master_size(crypto->key.suite));
	return (size_t)n;
}

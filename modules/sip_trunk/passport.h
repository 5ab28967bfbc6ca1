/* A PASSporT (RFC 8225): who calls whom and when, signed with ES256. Texts and keys only: no
 * switch, no network, so that it may run on a thread of the pool. */
#ifndef MODULES_SIP_TRUNK_PASSPORT_H
#define MODULES_SIP_TRUNK_PASSPORT_H

#include <openssl/evp.h>

#include <ringdown/str.h>

#define PASSPORT_PARTY     128
#define PASSPORT_DESTS     8
#define PASSPORT_URL       512
#define PASSPORT_CLAIM     64
#define PASSPORT_SIGNATURE 86 /* in base64url, of 64 bytes */
#define PASSPORT_MAX       8192 /* characters of one that is read */

/* What becomes of a call's Identity. The names are those of Asterisk's STIR_SHAKEN(). */
enum stir_result {
	STIR_SUCCESS,
	STIR_NO_IDENTITY,
	STIR_INVALID_HEADER,
	STIR_NO_DATE,
	STIR_DATE_INVALID,
	STIR_DATE_STALE,
	STIR_RETRIEVAL,
	STIR_CONTENTS,
	STIR_NOT_TRUSTED,
	STIR_CERT_DATE,
	STIR_NO_TN_AUTH,
	STIR_NUMBER_NOT_OURS, /* the certificate is for other numbers */
	STIR_SIGNATURE,
	STIR_NO_IAT,
	STIR_IAT_STALE,
	STIR_PPT,
	STIR_ALG,
	STIR_TYP,
	STIR_CLAIMS,
	STIR_ATTEST,
	STIR_NO_ORIGID,
	STIR_NO_ORIG,
	STIR_ORIG_MISMATCH,
	STIR_NO_DEST,
	STIR_DEST_MISMATCH,
	STIR_NO_CALLER,
	STIR_INTERNAL,
	STIR_RESULTS
};

/* A telephone number in canonical form, or a URI. */
struct passport_party {
	char text[PASSPORT_PARTY]; /* "": nobody */
	bool is_uri;
};

struct passport {
	char ppt[PASSPORT_CLAIM]; /* "shaken", "div"; "": none */
	char x5u[PASSPORT_URL];
	struct passport_party orig, dest[PASSPORT_DESTS];
	struct passport_party div; /* who has sent it on (RFC 8946) */
	size_t dests;
	int64_t iat; /* seconds since 1970 */
	char attest; /* 'A', 'B', 'C'; 0: none */
	char origid[PASSPORT_CLAIM];
	void *keys; /* "mky" of one that is made: json_t; NULL: none */
	void *claims; /* of one that was read: all of them, json_t */
};

/* The three parts of what an Identity says; the compact form has but the last. */
struct passport_parts {
	struct rd_str input; /* "header.payload", as it is signed */
	struct rd_str header, payload, signature;
};

const char *stir_result_name(enum stir_result result);

/* A number without "+" and what makes it readable (RFC 8224 §8.3). False: it is none, and
 * buf is "". */
bool passport_number(char *buf, size_t size, struct rd_str text);

/* "header.payload" in the form that is signed (RFC 8225 §9). 0 or -ENOMEM. */
int passport_print(const struct passport *passport, struct rd_buf *input);
/* All of it, or in the compact form its signature behind two dots. 0, -ENOMEM, or -EIO: the
 * key is none that can. */
int passport_sign(const struct passport *passport, EVP_PKEY *key, bool compact, struct rd_buf *out);

/* Take a text apart: 0 or -EINVAL. */
int passport_split(struct passport_parts *parts, struct rd_str text);
/* Read header and payload of the full form. Whatever comes of it, passport_fini() follows. */
enum stir_result passport_read(struct passport *passport, const struct passport_parts *parts);
void passport_fini(struct passport *passport);

/* ---- passport_keys.c ---- */

/* What it must say of the keys in this description, absent for none. */
void passport_take_keys(struct passport *passport, struct rd_str sdp);
/* Of one that was read: does it say nothing of keys, or of these? */
bool passport_keys_fit(const struct passport *passport, struct rd_str sdp);

/* ---- passport.c ---- */

/* Has the owner of the key signed it? */
bool passport_is_signed(struct rd_str input, struct rd_str signature, EVP_PKEY *key);

#endif

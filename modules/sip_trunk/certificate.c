/* Certificates of STIR: see certificate.h. */
#include "modules/sip_trunk/certificate.h"

#include <jansson.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#define CHAIN_MAX 8

/* id-pe-TNAuthList and id-pe-JWTClaimConstraints, RFC 8226 */
#define TN_AUTH_LIST      "1.3.6.1.5.5.7.1.26"
#define CLAIM_CONSTRAINTS "1.3.6.1.5.5.7.1.27"

/* ---- which one, and who has issued it ---- */

/* No key of a PEM is decrypted by a word typed at the terminal. */
static int no_passphrase(char *buf, int size, int writes, void *arg)
{
	(void)buf, (void)size, (void)writes, (void)arg;
	return -1;
}

/* The rest of a PEM. */
static STACK_OF(X509) * read_chain(BIO *bio)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *one;

	while (chain && sk_X509_num(chain) < CHAIN_MAX &&
	       (one = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)))
		if (!sk_X509_push(chain, one)) {
			X509_free(one);
			break;
		}
	return chain;
}

static X509 *read_der(struct rd_str text)
{
	const unsigned char *p = (const unsigned char *)text.p;

	return d2i_X509(NULL, &p, (long)text.n);
}

static enum stir_result result_of(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return STIR_CERT_DATE;
	case X509_V_ERR_OUT_OF_MEM:
		return STIR_INTERNAL;
	default:
		return STIR_NOT_TRUSTED;
	}
}

static enum stir_result verify(X509 *x509, STACK_OF(X509) * chain, X509_STORE *store,
			       const char **error)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	enum stir_result result = STIR_INTERNAL;

	if (context && X509_STORE_CTX_init(context, store, x509, chain) == 1) {
		result = STIR_SUCCESS;
		if (X509_verify_cert(context) != 1) {
			int code = X509_STORE_CTX_get_error(context);

			result = result_of(code);
			*error = X509_verify_cert_error_string(code);
		}
	}
	X509_STORE_CTX_free(context);
	return result;
}

/* ES256 is over this curve alone (RFC 7518 §3.4). */
static bool is_p256(X509 *x509)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);
	char group[32];

	return key && EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       (strcmp(group, "prime256v1") == 0 || strcmp(group, "P-256") == 0);
}

enum stir_result stir_certificate_read(X509 **x509, struct rd_str text, X509_STORE *store,
				       const char **error)
{
	BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
	STACK_OF(X509) *chain = NULL;
	enum stir_result result = STIR_CONTENTS;

	*error = "it is no certificate";
	*x509 = bio ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;
	if (*x509)
		chain = read_chain(bio);
	else
		*x509 = read_der(text);
	if (*x509 && !is_p256(*x509)) {
		*error = "its key is not of P-256";
	} else if (*x509) {
		*error = NULL;
		result = verify(*x509, chain, store, error);
	}
	sk_X509_pop_free(chain, X509_free);
	BIO_free(bio);
	return result;
}

/* ---- DER ---- */

struct der {
	const unsigned char *p;
	size_t n;
};

/* The next element; false: there is none, or it is broken. */
static bool next(struct der *in, int *tag, int *class, struct der *body)
{
	const unsigned char *p = in->p;
	long n;

	if (!in->n || ASN1_get_object(&p, &n, tag, class, (long)in->n) & 0x81)
		return false;
	*body = (struct der){ p, (size_t)n };
	in->n -= (size_t)(p - in->p) + (size_t)n;
	in->p = p + n;
	return true;
}

static bool next_of(struct der *in, int wanted, struct der *body)
{
	int tag, class;

	return next(in, &tag, &class, body) && class == V_ASN1_UNIVERSAL && tag == wanted;
}

/* [tag], which is explicit */
static bool next_choice(struct der *in, int *tag, struct der *body)
{
	int class;

	return next(in, tag, &class, body) && class == V_ASN1_CONTEXT_SPECIFIC;
}

static struct rd_str text_of(struct der body)
{
	return (struct rd_str){ (const char *)body.p, body.n };
}

/* False: it has none. */
static bool extension(X509 *x509, const char *oid, struct der *body)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	int at = object ? X509_get_ext_by_OBJ(x509, object, -1) : -1;
	const ASN1_OCTET_STRING *data =
		at < 0 ? NULL : X509_EXTENSION_get_data(X509_get_ext(x509, at));

	ASN1_OBJECT_free(object);
	if (!data)
		return false;
	*body = (struct der){ ASN1_STRING_get0_data(data), (size_t)ASN1_STRING_length(data) };
	return true;
}

/* ---- for which numbers (RFC 8226 §9) ---- */

enum { ENTRY_PROVIDER, ENTRY_RANGE, ENTRY_NUMBER };

/* So many numbers of one length, from this one on. */
static bool is_in_range(struct der body, struct rd_str number)
{
	struct der range, start, length;
	uint64_t first, count = 0, value;

	if (!next_of(&body, V_ASN1_SEQUENCE, &range) ||
	    !next_of(&range, V_ASN1_IA5STRING, &start) ||
	    !next_of(&range, V_ASN1_INTEGER, &length) || length.n > 8 || start.n != number.n ||
	    rd_str_to_u64(text_of(start), INT64_MAX, &first) ||
	    rd_str_to_u64(number, INT64_MAX, &value))
		return false;
	for (size_t i = 0; i < length.n; i++)
		count = count << 8 | length.p[i];
	return value >= first && value - first < count;
}

/* A provider's code stands for all that are his: whose they are, no certificate says. */
static bool covers(int entry, struct der body, const struct passport_party *party)
{
	struct rd_str number = rd_str_of(party->text);
	struct der one;

	if (entry == ENTRY_PROVIDER)
		return true;
	if (party->is_uri)
		return false;
	if (entry == ENTRY_RANGE)
		return is_in_range(body, number);
	return entry == ENTRY_NUMBER && next_of(&body, V_ASN1_IA5STRING, &one) &&
	       rd_str_eq(text_of(one), number);
}

static enum stir_result check_number(X509 *x509, const struct passport_party *party,
				     bool needs_list)
{
	struct der list, entries, body;
	int entry;

	if (!extension(x509, TN_AUTH_LIST, &list))
		return needs_list ? STIR_NO_TN_AUTH : STIR_SUCCESS;
	if (!next_of(&list, V_ASN1_SEQUENCE, &entries))
		return STIR_NO_TN_AUTH;
	while (next_choice(&entries, &entry, &body))
		if (covers(entry, body, party))
			return STIR_SUCCESS;
	return STIR_NUMBER_NOT_OURS;
}

/* ---- what it may say (RFC 8226 §8) ---- */

static const json_t *claim(const struct passport *passport, struct rd_str name)
{
	char text[PASSPORT_CLAIM];

	return rd_strcpyn(text, sizeof(text), name) ? json_object_get(passport->claims, text)
						    : NULL;
}

static bool has_all(struct der list, const struct passport *passport)
{
	struct der names, name;

	if (!next_of(&list, V_ASN1_SEQUENCE, &names))
		return false;
	while (names.n)
		if (!next_of(&names, V_ASN1_IA5STRING, &name) || !claim(passport, text_of(name)))
			return false;
	return true;
}

static bool is_permitted(struct der values, const json_t *said)
{
	struct der value;

	while (next_of(&values, V_ASN1_UTF8STRING, &value))
		if (json_is_string(said) &&
		    rd_str_eq(text_of(value), rd_str_of(json_string_value(said))))
			return true;
	return false;
}

static bool are_permitted(struct der list, const struct passport *passport)
{
	struct der rows, row, name, values;

	if (!next_of(&list, V_ASN1_SEQUENCE, &rows))
		return false;
	while (rows.n) {
		const json_t *said;

		if (!next_of(&rows, V_ASN1_SEQUENCE, &row) ||
		    !next_of(&row, V_ASN1_IA5STRING, &name) ||
		    !next_of(&row, V_ASN1_SEQUENCE, &values))
			return false;
		said = claim(passport, text_of(name));
		if (said && !is_permitted(values, said))
			return false;
	}
	return true;
}

static bool may_claim(X509 *x509, const struct passport *passport)
{
	struct der constraints, parts, part;
	int which;

	if (!extension(x509, CLAIM_CONSTRAINTS, &constraints))
		return true;
	if (!next_of(&constraints, V_ASN1_SEQUENCE, &parts))
		return false;
	while (parts.n)
		if (!next_choice(&parts, &which, &part) ||
		    (which == 0 && !has_all(part, passport)) ||
		    (which == 1 && !are_permitted(part, passport)))
			return false;
	return true;
}

enum stir_result stir_certificate_check(X509 *x509, const struct passport *passport, int64_t now,
					bool needs_list)
{
	/* Who sends a call on answers for the number that it was for (RFC 8946 §4). */
	const struct passport_party *party =
		passport->div.text[0] ? &passport->div : &passport->orig;
	time_t when = (time_t)now;

	if (X509_cmp_time(X509_get0_notBefore(x509), &when) >= 0 ||
	    X509_cmp_time(X509_get0_notAfter(x509), &when) <= 0)
		return STIR_CERT_DATE;
	if (!may_claim(x509, passport))
		return STIR_CLAIMS;
	return check_number(x509, party, needs_list);
}

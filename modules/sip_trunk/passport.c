/* PASSporTs: see passport.h. JSON by jansson, ES256 by OpenSSL. */
#include "modules/sip_trunk/passport.h"

#include <stdio.h>

#include <jansson.h>
#include <openssl/ecdsa.h>

static const char *const names[STIR_RESULTS] = {
	[STIR_SUCCESS] = "success",
	[STIR_NO_IDENTITY] = "missing_identity_hdr",
	[STIR_INVALID_HEADER] = "invalid_header",
	[STIR_NO_DATE] = "missing_date_hdr",
	[STIR_DATE_INVALID] = "date_hdr_parse_failure",
	[STIR_DATE_STALE] = "date_hdr_range_error",
	[STIR_RETRIEVAL] = "cert_retrieval_failure",
	[STIR_CONTENTS] = "cert_contents_invalid",
	[STIR_NOT_TRUSTED] = "cert_not_trusted",
	[STIR_CERT_DATE] = "cert_date_failure",
	[STIR_NO_TN_AUTH] = "cert_no_tn_auth_ext",
	[STIR_NUMBER_NOT_OURS] = "cert_number_not_authorized",
	[STIR_SIGNATURE] = "signature_validation",
	[STIR_NO_IAT] = "missing_iat",
	[STIR_IAT_STALE] = "iat_range_error",
	[STIR_PPT] = "invalid_or_no_ppt",
	[STIR_ALG] = "invalid_or_no_alg",
	[STIR_TYP] = "invalid_or_no_typ",
	[STIR_CLAIMS] = "invalid_or_no_grants",
	[STIR_ATTEST] = "invalid_or_no_attest",
	[STIR_NO_ORIGID] = "missing_origid",
	[STIR_NO_ORIG] = "missing_orig_tn",
	[STIR_ORIG_MISMATCH] = "cid_orig_tn_mismatch",
	[STIR_NO_DEST] = "missing_dest_tn",
	[STIR_DEST_MISMATCH] = "dest_tn_mismatch",
	[STIR_NO_CALLER] = "invalid_or_no_callerid",
	[STIR_INTERNAL] = "internal_error",
};

const char *stir_result_name(enum stir_result result)
{
	return names[result];
}

bool passport_number(char *buf, size_t size, struct rd_str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if ((c >= '0' && c <= '9') || c == '*' || c == '#') {
			if (n + 1 >= size)
				goto none;
			buf[n++] = c;
		} else if (!strchr("+-.() ", c) || (c == '+' && i)) {
			goto none;
		}
	}
	buf[n] = '\0';
	return n;
none:
	buf[0] = '\0';
	return false;
}

/* ---- base64url without padding (RFC 7515 §2) ---- */

static void encode(struct rd_buf *out, const void *data, size_t n)
{
	size_t room = (n + 2) / 3 * 4 + 1;
	char *text = rd_malloc(room);
	int length;

	if (!text) {
		out->failed = true;
		return;
	}
	length = EVP_EncodeBlock((unsigned char *)text, data, (int)n);
	for (int i = 0; i < length; i++)
		text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	while (length && text[length - 1] == '=')
		length--;
	rd_buf_add(out, text, (size_t)length);
	rd_free(text);
}

/* Of two letters in which it differs from base64 both forms are met: RFC 8224 §4 has those of
 * base64. -1: it is no letter of either. */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-' || c == '+')
		return 62;
	return c == '_' || c == '/' ? 63 : -1;
}

/* The length of the data, or -EINVAL. */
static ssize_t decode(unsigned char *buf, size_t size, struct rd_str text)
{
	unsigned bits = 0, count = 0;
	size_t n = 0;

	if (text.n % 4 == 1 || text.n / 4 * 3 + 3 > size)
		return -EINVAL;
	for (size_t i = 0; i < text.n; i++) {
		int value = value_of(text.p[i]);

		if (value < 0)
			return -EINVAL;
		bits = (bits << 6 | (unsigned)value) & 0xffff;
		count += 6;
		if (count >= 8) {
			count -= 8;
			buf[n++] = (unsigned char)(bits >> count);
		}
	}
	return (ssize_t)n;
}

/* ---- out ---- */

static json_t *print_party(const struct passport_party *party)
{
	return json_pack("{ss}", party->is_uri ? "uri" : "tn", party->text);
}

/* All numbers, and all URIs, in an array of their own. */
static json_t *print_dests(const struct passport *passport)
{
	json_t *dest = json_object();

	for (size_t i = 0; dest && i < passport->dests; i++) {
		const char *kind = passport->dest[i].is_uri ? "uri" : "tn";
		json_t *list = json_object_get(dest, kind);

		if (!list) {
			json_object_set_new(dest, kind, json_array());
			list = json_object_get(dest, kind);
		}
		json_array_append_new(list, json_string(passport->dest[i].text));
	}
	return dest;
}

static json_t *print_payload(const struct passport *passport)
{
	json_t *payload = json_pack("{sososI}", "orig", print_party(&passport->orig), "dest",
				    print_dests(passport), "iat", (json_int_t)passport->iat);
	const char attest[2] = { passport->attest };

	if (passport->attest)
		json_object_set_new(payload, "attest", json_string(attest));
	if (passport->origid[0])
		json_object_set_new(payload, "origid", json_string(passport->origid));
	if (passport->div.text[0])
		json_object_set_new(payload, "div", print_party(&passport->div));
	if (passport->keys)
		json_object_set(payload, "mky", passport->keys);
	return payload;
}

static json_t *print_header(const struct passport *passport)
{
	json_t *header =
		json_pack("{ssssss}", "alg", "ES256", "typ", "passport", "x5u", passport->x5u);

	if (passport->ppt[0])
		json_object_set_new(header, "ppt", json_string(passport->ppt));
	return header;
}

/* Its keys in order, without blanks; the object is done with. */
static int serialize(struct rd_buf *out, json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	json_decref(object);
	if (!text)
		return -ENOMEM;
	encode(out, text, strlen(text));
	free(text);
	return 0;
}

int passport_print(const struct passport *passport, struct rd_buf *input)
{
	int rc = serialize(input, print_header(passport));

	rd_buf_addc(input, '.');
	if (rc == 0)
		rc = serialize(input, print_payload(passport));
	return rc ? rc : input->failed ? -ENOMEM : 0;
}

/* The two numbers of a signature, 32 bytes each (RFC 7518 §3.4), of its DER. */
static bool print_signature(struct rd_buf *out, const unsigned char *der, size_t n)
{
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)n);
	unsigned char raw[64];
	bool ok = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32) == 32 &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32) == 32;

	ECDSA_SIG_free(pair);
	if (ok)
		encode(out, raw, sizeof(raw));
	return ok;
}

static int sign(struct rd_buf *out, struct rd_str input, EVP_PKEY *key)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char der[160];
	size_t n = sizeof(der);
	bool ok = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestSign(context, der, &n, (const unsigned char *)input.p, input.n) == 1 &&
		  print_signature(out, der, n);

	EVP_MD_CTX_free(context);
	return ok ? 0 : -EIO;
}

int passport_sign(const struct passport *passport, EVP_PKEY *key, bool compact, struct rd_buf *out)
{
	struct rd_buf input;
	int rc;

	rd_buf_init(&input);
	rc = passport_print(passport, &input);
	if (rc == 0) {
		rd_buf_adds(out, compact ? "." : rd_buf_text(&input));
		rd_buf_addc(out, '.');
		rc = sign(out, (struct rd_str){ rd_buf_text(&input), input.n }, key);
	}
	rd_buf_fini(&input);
	return rc ? rc : out->failed ? -ENOMEM : 0;
}

/* ---- in ---- */

int passport_split(struct passport_parts *parts, struct rd_str text)
{
	struct rd_str rest = text;

	if (text.n > PASSPORT_MAX || !rd_str_cut(&rest, '.', &parts->header) ||
	    !rd_str_cut(&rest, '.', &parts->payload) || memchr(rest.p, '.', rest.n) ||
	    !parts->header.n != !parts->payload.n)
		return -EINVAL;
	parts->signature = rest;
	parts->input = (struct rd_str){ text.p, (size_t)(rest.p - text.p) - 1 };
	return 0;
}

/* Deeper than any claim is, and the parser calls itself. */
#define DEPTH_MAX 16

static bool is_deep(const char *text, size_t n)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < n; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!quoted && (text[i] == '}' || text[i] == ']'))
			depth--;
		if (depth > DEPTH_MAX)
			return true;
	}
	return false;
}

/* An object; NULL: it is none. */
static json_t *parse(struct rd_str part)
{
	unsigned char *text = rd_malloc(part.n + 4);
	ssize_t n = text ? decode(text, part.n + 4, part) : -ENOMEM;
	json_t *object = NULL;

	if (n > 0 && !is_deep((const char *)text, (size_t)n))
		object = json_loadb((const char *)text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	rd_free(text);
	if (object && json_is_object(object))
		return object;
	json_decref(object);
	return NULL;
}

/* False: it is not there, no string, or too long. */
static bool take(char *buf, size_t size, const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	buf[0] = '\0';
	return text && *text && rd_strcpy(buf, size, text);
}

static bool says(const json_t *object, const char *name, const char *wanted)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text && strcmp(text, wanted) == 0;
}

static enum stir_result read_header(struct passport *passport, const json_t *header)
{
	const json_t *ppt = json_object_get(header, "ppt");

	if (!says(header, "typ", "passport"))
		return STIR_TYP;
	if (!says(header, "alg", "ES256"))
		return STIR_ALG;
	/* What whoever reads it must understand, and we do not (RFC 7515 §4.1.11). */
	if (json_object_get(header, "crit"))
		return STIR_INVALID_HEADER;
	if (ppt && !take(passport->ppt, sizeof(passport->ppt), header, "ppt"))
		return STIR_PPT;
	return take(passport->x5u, sizeof(passport->x5u), header, "x5u") ? STIR_SUCCESS
									 : STIR_INVALID_HEADER;
}

/* {"tn":"..."} or {"uri":"..."} */
static bool take_party(struct passport_party *party, const json_t *object)
{
	party->is_uri = json_object_get(object, "uri");
	return json_object_size(object) == 1 &&
	       take(party->text, sizeof(party->text), object, party->is_uri ? "uri" : "tn");
}

/* {"tn":["...", ...]}, {"uri":[...]} or both. Some write {"tn":"..."}. */
static bool take_dests(struct passport *passport, const json_t *dest, const char *kind)
{
	const json_t *list = json_object_get(dest, kind), *one = list;
	size_t count = json_is_array(list) ? json_array_size(list) : list ? 1 : 0;

	for (size_t i = 0; i < count; i++) {
		struct passport_party *party = &passport->dest[passport->dests];
		const char *text;

		if (json_is_array(list))
			one = json_array_get(list, i);
		text = json_string_value(one);
		if (!text || !*text || passport->dests >= PASSPORT_DESTS ||
		    !rd_strcpy(party->text, sizeof(party->text), text))
			return false;
		party->is_uri = strcmp(kind, "uri") == 0;
		passport->dests++;
	}
	return true;
}

/* What "shaken" has besides (RFC 8588). */
static enum stir_result read_shaken(struct passport *passport, const json_t *payload)
{
	char attest[2];

	if (!take(attest, sizeof(attest), payload, "attest") || !strchr("ABC", attest[0]))
		return STIR_ATTEST;
	passport->attest = attest[0];
	return take(passport->origid, sizeof(passport->origid), payload, "origid") ? STIR_SUCCESS
										   : STIR_NO_ORIGID;
}

/* A number; the examples of RFC 8224 and RFC 8588 have it in quotes. */
static bool take_iat(struct passport *passport, const json_t *iat)
{
	uint64_t seconds;

	if (json_is_integer(iat))
		passport->iat = json_integer_value(iat);
	else if (rd_str_to_u64(rd_str_of(json_string_value(iat)), INT64_MAX, &seconds) == 0)
		passport->iat = (int64_t)seconds;
	return passport->iat > 0;
}

static enum stir_result read_payload(struct passport *passport, const json_t *payload)
{
	const json_t *dest = json_object_get(payload, "dest");

	if (!take_iat(passport, json_object_get(payload, "iat")))
		return STIR_NO_IAT;
	if (!take_party(&passport->orig, json_object_get(payload, "orig")))
		return STIR_NO_ORIG;
	if (!take_dests(passport, dest, "tn") || !take_dests(passport, dest, "uri") ||
	    !passport->dests)
		return STIR_NO_DEST;
	if (strcmp(passport->ppt, "div") == 0 &&
	    !take_party(&passport->div, json_object_get(payload, "div")))
		return STIR_CLAIMS;
	return strcmp(passport->ppt, "shaken") == 0 ? read_shaken(passport, payload) : STIR_SUCCESS;
}

enum stir_result passport_read(struct passport *passport, const struct passport_parts *parts)
{
	json_t *header = parse(parts->header);
	enum stir_result result = STIR_INVALID_HEADER;

	memset(passport, 0, sizeof(*passport));
	if (header)
		result = read_header(passport, header);
	json_decref(header);
	if (result != STIR_SUCCESS)
		return result;
	passport->claims = parse(parts->payload);
	return passport->claims ? read_payload(passport, passport->claims) : STIR_CLAIMS;
}

void passport_fini(struct passport *passport)
{
	json_decref(passport->claims);
	json_decref(passport->keys);
	passport->claims = passport->keys = NULL;
}

/* The DER of two numbers of 32 bytes; its length or -ENOMEM. */
static int der_of(unsigned char **der, const unsigned char *raw)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, 32, NULL), *s = BN_bin2bn(raw + 32, 32, NULL);
	int n = -ENOMEM;

	*der = NULL;
	if (pair && r && s && ECDSA_SIG_set0(pair, r, s))
		n = i2d_ECDSA_SIG(pair, der);
	else
		BN_free(r), BN_free(s);
	ECDSA_SIG_free(pair);
	return n;
}

bool passport_is_signed(struct rd_str input, struct rd_str signature, EVP_PKEY *key)
{
	EVP_MD_CTX *context = NULL;
	unsigned char raw[72], *der = NULL;
	int n = -EINVAL;
	bool ok = false;

	if (signature.n == PASSPORT_SIGNATURE && decode(raw, sizeof(raw), signature) == 64)
		n = der_of(&der, raw);
	if (n > 0) {
		context = EVP_MD_CTX_new();
		ok = context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
		     EVP_DigestVerify(context, der, (size_t)n, (const unsigned char *)input.p,
				      input.n) == 1;
	}
	EVP_MD_CTX_free(context);
	OPENSSL_free(der);
	return ok;
}

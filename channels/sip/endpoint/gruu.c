/* GRUUs are made and read here. A temporary one is one AES block: the epoch of the
 * device, which changes with its Call-ID, random bits, and zeros that show that the
 * block is one of ours. */
#include <openssl/evp.h>

#include <ringdown/base.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/endpoint/location_table.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/endpoint/settings_domains.h"

#define BLOCK  16
#define EPOCH  8 /* bytes of it */
#define RANDOM 4
#define PREFIX "tgruu."

static const char hex[] = "0123456789abcdef";

void sip_gruus_init(struct sip_location *location)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(location->gruus); i++)
		rd_list_init(&location->gruus[i]);
	rd_random(location->gruu_key, sizeof(location->gruu_key));
}

/* ---- epochs ---- */

static struct rd_list *bucket(struct sip_location *location, uint64_t epoch)
{
	return &location->gruus[epoch % RD_ARRAY_SIZE(location->gruus)];
}

static void set_epoch(struct sip_contact *contact, uint64_t epoch)
{
	rd_list_remove(&contact->by_epoch);
	contact->epoch = epoch;
	rd_list_push(bucket(contact->aor->location, epoch), &contact->by_epoch);
}

/* Another Call-ID of a flow is a device that has started anew: what was given out for it
 * before is void, on all its flows. A further flow has a Call-ID of its own (RFC 5627 §5.1,
 * RFC 5626 §4.2.1). */
void sip_gruu_begin(struct sip_contact *contact, uint64_t epoch)
{
	const struct sip_contact *last, *before;

	if (!contact->instance.n)
		return;
	last = sip_aor_newest(contact->aor, contact->instance, UINT64_MAX);
	before = contact->reg_id
			 ? sip_aor_find_flow(contact->aor, contact->instance, contact->reg_id)
			 : last;
	if (!epoch && last && last->epoch &&
	    (!before || rd_str_eq(before->call_id, contact->call_id)))
		epoch = last->epoch;
	while (!epoch)
		rd_random(&epoch, sizeof(epoch));
	rd_list_foreach(node, tmp, &contact->aor->contacts) {
		struct sip_contact *other = sip_contact_at(node);

		if (rd_str_eq(other->instance, contact->instance))
			set_epoch(other, epoch);
	}
	set_epoch(contact, epoch);
}

/* ---- the block ---- */

static bool crypt_block(const uint8_t key[BLOCK], const uint8_t in[BLOCK], uint8_t out[BLOCK],
			bool encrypt)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int n = 0;
	bool done = context &&
		    EVP_CipherInit_ex(context, EVP_aes_128_ecb(), NULL, key, NULL, encrypt) &&
		    EVP_CIPHER_CTX_set_padding(context, 0) &&
		    EVP_CipherUpdate(context, out, &n, in, BLOCK) && n == BLOCK;

	EVP_CIPHER_CTX_free(context);
	return done;
}

static bool read_block(struct rd_str text, uint8_t block[BLOCK])
{
	if (text.n != 2 * BLOCK)
		return false;
	for (size_t i = 0; i < 2 * BLOCK; i++)
		if (!sip_is(text.p[i], SIP_CH_HEX))
			return false;
	for (size_t i = 0; i < BLOCK; i++)
		block[i] = (uint8_t)(sip_hex_value(text.p[2 * i]) << 4 |
				     sip_hex_value(text.p[2 * i + 1]));
	return true;
}

/* ---- printing ---- */

/* What a URI parameter may not hold is escaped. */
static void print_escaped(struct sip_out *out, struct rd_str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (sip_is(c, SIP_CH_UNRESERVED) || (c && strchr("[]/:&+$", c))) {
			sip_out_char(out, c);
			continue;
		}
		sip_out_char(out, '%');
		sip_out_char(out, hex[(uint8_t)c >> 4]);
		sip_out_char(out, hex[(uint8_t)c & 15]);
	}
}

/* "<urn:uuid:1>" is urn:uuid:1. */
static struct rd_str without_brackets(struct rd_str instance)
{
	if (instance.n > 2 && instance.p[0] == '<' && instance.p[instance.n - 1] == '>')
		return (struct rd_str){ instance.p + 1, instance.n - 2 };
	return instance;
}

/* RFC 5630 §5.2.1 */
static const char *scheme_of(const struct sip_contact *contact)
{
	return sip_uri_is_secure(contact->uri) ? "sips:" : "sip:";
}

static void print_public(struct sip_out *out, const struct sip_contact *contact,
			 const struct sip_uri *aor)
{
	sip_out_cstr(out, ";pub-gruu=\"");
	sip_out_cstr(out, scheme_of(contact));
	sip_out_str(out, aor->user);
	sip_out_char(out, '@');
	sip_out_hostport(out, aor->host, aor->port);
	sip_out_cstr(out, ";gr=");
	print_escaped(out, without_brackets(contact->instance));
	sip_out_char(out, '"');
}

static void print_temporary(struct sip_out *out, const struct sip_contact *contact,
			    const struct sip_uri *aor)
{
	uint8_t plain[BLOCK] = { 0 }, block[BLOCK];

	memcpy(plain, &contact->epoch, EPOCH);
	rd_random(plain + EPOCH, RANDOM);
	if (!crypt_block(contact->aor->location->gruu_key, plain, block, true))
		return;
	sip_out_cstr(out, ";temp-gruu=\"");
	sip_out_cstr(out, scheme_of(contact));
	sip_out_cstr(out, PREFIX);
	for (int i = 0; i < BLOCK; i++) {
		sip_out_char(out, hex[block[i] >> 4]);
		sip_out_char(out, hex[block[i] & 15]);
	}
	sip_out_char(out, '@');
	sip_out_hostport(out, aor->host, aor->port);
	sip_out_cstr(out, ";gr\"");
}

void sip_print_gruus(struct sip_out *out, const struct sip_contact *contact,
		     struct rd_str aor)
{
	struct sip_uri uri;

	if (!contact->instance.n || sip_uri_parse(&uri, aor, NULL))
		return;
	print_public(out, contact, &uri);
	print_temporary(out, contact, &uri);
}

/* ---- reading ---- */

/* Of the section that has the domain in its name, or of the user alone. */
static struct sip_aor *find_record(struct sip_location *location, const struct sip_uri *uri)
{
	const struct sip_endpoint *endpoint =
		sip.settings ? sip_domains_find_uri(sip.settings, uri) : NULL;
	char name[256];
	ssize_t n = sip_unescape(name, sizeof(name), uri->user);

	if (endpoint)
		return sip_location_find(location, rd_str_of(endpoint->record));
	return n < 0 ? NULL
		     : sip_location_find(location,
					 sip_record_name((struct rd_str){ name, (size_t)n }));
}

static int find_public(struct sip_location *location, const struct sip_uri *uri,
		       struct rd_str gr, struct sip_gruu *gruu)
{
	ssize_t m = sip_unescape(gruu->instance + 1, sizeof(gruu->instance) - 3, gr);

	gruu->aor = find_record(location, uri);
	if (m < 0 || !gruu->aor)
		return -ENOENT;
	gruu->instance[0] = '<';
	gruu->instance[m + 1] = '>';
	gruu->instance[m + 2] = '\0';
	return 0;
}

static int find_temporary(struct sip_location *location, struct rd_str text,
			  struct sip_gruu *gruu)
{
	static const uint8_t zeros[BLOCK - EPOCH - RANDOM];
	uint8_t block[BLOCK], plain[BLOCK];
	uint64_t epoch;

	if (!read_block(text, block) ||
	    !crypt_block(location->gruu_key, block, plain, false) ||
	    memcmp(plain + EPOCH + RANDOM, zeros, sizeof(zeros)) != 0)
		return -ENOENT;
	memcpy(&epoch, plain, EPOCH);
	rd_list_foreach(node, tmp, bucket(location, epoch)) {
		const struct sip_contact *contact =
			rd_list_entry(node, struct sip_contact, by_epoch);

		if (contact->epoch != epoch ||
		    !rd_strcpyn(gruu->instance, sizeof(gruu->instance), contact->instance))
			continue;
		gruu->aor = contact->aor;
		return 0;
	}
	return -ENOENT;
}

int sip_gruu_find(struct sip_location *location, const struct sip_uri *uri,
		  struct sip_gruu *gruu)
{
	static const struct rd_str prefix = RD_STR_INIT(PREFIX);
	struct rd_str gr;

	if (!sip_param_get(uri->params, RD_STR("gr"), &gr))
		return -ENOENT;
	if (gr.n)
		return find_public(location, uri, gr, gruu);
	if (!rd_str_starts(uri->user, prefix))
		return -ENOENT;
	return find_temporary(location,
			      (struct rd_str){ uri->user.p + prefix.n, uri->user.n - prefix.n },
			      gruu);
}

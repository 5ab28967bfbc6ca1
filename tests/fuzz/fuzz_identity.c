/* Identity headers of strangers: what is read is printed and read again as the same. */
#include <stdint.h>
#include <stdlib.h>

#include <openssl/ec.h>

#include "modules/sip_trunk/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static EVP_PKEY *key_of_test(void)
{
	static EVP_PKEY *key;

	if (!key)
		key = EVP_EC_gen("P-256");
	return key;
}

/* Strings that are no UTF-8 are none that JSON has; jansson has refused them. */
static void print_again(const struct passport *passport)
{
	struct passport_parts parts;
	struct passport again;
	struct rd_buf out;

	rd_buf_init(&out);
	rd_assert(passport_sign(passport, key_of_test(), false, &out) == 0);
	if (passport_split(&parts, (struct rd_str){ rd_buf_text(&out), out.n }) == 0) {
		rd_assert(passport_is_signed(parts.input, parts.signature, key_of_test()));
		rd_assert(passport_read(&again, &parts) == STIR_SUCCESS);
		rd_assert(strcmp(again.orig.text, passport->orig.text) == 0);
		rd_assert(again.iat == passport->iat && again.dests == passport->dests);
		passport_fini(&again);
	}
	rd_buf_fini(&out);
}

static void use(const struct identity *identity)
{
	struct identity_call call = {
		.date = 1443208345, .now = 1443208345, .max_age_s = 60, .max_date_age_s = 60
	};
	struct passport_parts parts;
	struct passport passport;

	identity_party(&call.from, RD_STR("sip:12155551212@example.com;user=phone"));
	identity_party(&call.dest[0], RD_STR("sip:alice@example.com"));
	if (identity_read(&passport, identity, &call) == STIR_SUCCESS) {
		identity_is_for(&passport, &call);
		identity_is_signed(&passport, identity, key_of_test());
	}
	passport_fini(&passport);
	if (passport_split(&parts, identity->token) == 0 && parts.payload.n) {
		if (passport_read(&passport, &parts) == STIR_SUCCESS)
			print_again(&passport);
		passport_fini(&passport);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	struct passport_party party;
	struct identity identity;
	struct rd_str text;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	text = (struct rd_str){ copy, size };
	if (identity_parse(&identity, text) == 0)
		use(&identity);
	identity_party(&party, text);
	identity_date(text);
	free(copy);
	return 0;
}

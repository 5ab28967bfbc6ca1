/* Calls that came signed and go on: their PASSporTs go with them, for nobody here can sign for
 * who calls; and who has sent them on signs for that (RFC 8946). */
#include "modules/sip_trunk/stir.h"

/* What a call came with, kept with its channel. */
struct stir_kept {
	size_t count;
	char *headers[STIR_IDENTITIES]; /* values of Identity, in full form */
	struct passport_party was_for[2];
};

static const char kept_key;

static void kept_free(void *arg)
{
	struct stir_kept *kept = arg;

	for (size_t i = 0; i < kept->count; i++)
		rd_free(kept->headers[i]);
	rd_free(kept);
}

void stir_keep(struct rd_channel *ch, const struct identity_call *call, const char *header)
{
	struct stir_kept *kept = rd_channel_attached(ch, &kept_key);

	if (!kept) {
		kept = rd_zalloc(sizeof(*kept));
		if (!kept || rd_channel_attach(ch, &kept_key, kept, kept_free)) {
			rd_free(kept);
			return;
		}
		kept->was_for[0] = call->dest[1]; /* now, before it was at first */
		kept->was_for[1] = call->dest[0];
	}
	if (kept->count < STIR_IDENTITIES) {
		kept->headers[kept->count] = rd_strdup(header);
		kept->count += kept->headers[kept->count] != NULL;
	}
}

/* Of the call that began it all, or of who dials. */
static const struct stir_kept *kept_of(const struct rd_sip_peer_call *call)
{
	struct rd_channel *first = rd_channel_find(rd_channel_linkedid(call->channel));
	const struct stir_kept *kept = first ? rd_channel_attached(first, &kept_key) : NULL;

	if (first)
		rd_channel_unref(first);
	return kept || !call->caller ? kept : rd_channel_attached(call->caller, &kept_key);
}

/* False: it cannot be read. passport_fini() follows in any case. */
static bool read(struct passport *passport, const char *header)
{
	struct passport_parts parts;
	struct identity identity;

	memset(passport, 0, sizeof(*passport));
	return identity_parse(&identity, rd_str_of(header)) == 0 &&
	       passport_split(&parts, identity.token) == 0 &&
	       passport_read(passport, &parts) == STIR_SUCCESS;
}

static bool is_for(const struct passport *passport, const struct passport_party *whom)
{
	const struct identity_call call = { .dest = { *whom } };

	return whom->text[0] && identity_is_for(passport, &call);
}

/* Has one of them signed for this caller, as he is told on? */
static bool names(const struct stir_kept *kept, const struct passport_party *caller)
{
	struct passport passport;
	bool does = false;

	for (size_t i = 0; i < kept->count && !does; i++) {
		does = read(&passport, kept->headers[i]) &&
		       strcmp(passport.orig.text, caller->text) == 0;
		passport_fini(&passport);
	}
	return does;
}

static bool any_is_for(const struct stir_kept *kept, const struct passport_party *whom)
{
	struct passport passport;
	bool is = false;

	for (size_t i = 0; i < kept->count && !is; i++) {
		is = read(&passport, kept->headers[i]) && is_for(&passport, whom);
		passport_fini(&passport);
	}
	return is;
}

enum stir_passing stir_pass(const struct rd_sip_peer_call *call, const struct passport *own,
			    struct passport_party *from, struct rd_buf *headers)
{
	const struct stir_kept *kept = kept_of(call);
	enum stir_passing passing = STIR_NOT_PASSED;

	if (!kept || !names(kept, &own->orig))
		return STIR_NOT_PASSED;
	if (any_is_for(kept, &own->dest[0]))
		passing = STIR_PASSED;
	for (size_t i = 0; i < RD_ARRAY_SIZE(kept->was_for) && !passing; i++)
		if (any_is_for(kept, &kept->was_for[i])) {
			*from = kept->was_for[i];
			passing = STIR_DIVERTED;
		}
	for (size_t i = 0; i < kept->count && passing; i++)
		rd_buf_printf(headers, "Identity: %s\r\n", kept->headers[i]);
	return passing;
}

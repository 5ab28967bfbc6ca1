/* Calls that go are signed (RFC 8224 §6.1): who calls, and how well we know it. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "modules/sip_trunk/stir.h"

/* ---- who ---- */

void stir_number_of(char *buf, size_t size, const struct trunk *trunk, enum number_way way,
		    const char *number)
{
	char world[NUMBER_WORLD];

	if (trunk ? trunk_number_world(world, trunk, way, number)
		  : number_world(world, NULL, rd_str_of(number)))
		rd_strcpy(buf, size, world);
	else
		passport_number(buf, size, rd_str_of(number));
}

/* A caller who hides is told to those alone whom his number is told beside From. */
static bool may_tell(const struct rd_party *who, const struct trunk *trunk)
{
	bool beside = false;

	for (const char *const *it = trunk ? trunk->identity : NULL; it && *it; it++)
		beside = beside || strcasecmp(*it, "pai") == 0 || strcasecmp(*it, "ppi") == 0 ||
			 strcasecmp(*it, "rpid") == 0;
	return beside || rd_presentation_shown(who->number_pres);
}

/* ---- how well do we know it? ---- */

static bool is_peer(const struct rd_channel *ch)
{
	const char *device = rd_channel_device(ch);
	struct rd_sip_peer peer;

	return strncmp(device, "SIP/", 4) == 0 && trunk_driver->peer(device + 4, &peer);
}

/* It began at another trunk, which we know nothing of but what it said. */
static bool is_passed_on(const struct rd_sip_peer_call *call)
{
	struct rd_channel *first = rd_channel_find(rd_channel_linkedid(call->channel));
	bool is = (first && is_peer(first)) || (call->caller && is_peer(call->caller));

	if (first)
		rd_channel_unref(first);
	return is;
}

/* A: one of us with a number of ours; B: one of us with another; C: a call that we pass on. */
static enum stir_level by_policy(const struct rd_sip_peer_call *call, bool ours)
{
	if (is_passed_on(call))
		return STIR_GATEWAY;
	return ours ? STIR_FULL : STIR_PARTIAL;
}

static char letter_of(enum stir_level level)
{
	return " ABC"[level];
}

/* ---- with what ---- */

/* False: nobody signs for that number. */
static bool choose(struct stir_signer *signer, const struct stir_profile *profile,
		   const char *number)
{
	const struct stir_settings *settings = &trunks_in_force->stir;
	const struct stir_number *own = stir_number_find(settings, number);

	*signer = profile->signer;
	if (own && own->signer.key)
		signer->key = own->signer.key;
	if (own && own->signer.url)
		signer->url = own->signer.url;
	if (own && own->signer.level)
		signer->level = own->signer.level;
	if (own && own->signer.with_keys)
		signer->with_keys = true;
	if (!own && profile->unknown_level)
		signer->level = profile->unknown_level;
	else if (!own && settings->numbers)
		return false;
	return signer->key && signer->url;
}

static void add_date(struct rd_buf *headers, const struct passport *passport)
{
	char date[32];

	identity_print_date(date, passport->iat);
	rd_buf_printf(headers, "Date: %s\r\n", date);
}

/* What is signed is found in the record of the caller's call. */
static void record(struct rd_channel *caller, const struct passport *passport)
{
	const char letter[2] = { passport->attest };

	if (!caller || !passport->attest)
		return;
	rd_function_write(caller, "CDR", "stir_origid", passport->origid);
	rd_function_write(caller, "CDR", "stir_signed", letter);
}

/* 0, or why there is no line. */
static int sign(const struct rd_sip_peer_call *call, const struct passport *passport,
		const struct stir_signer *signer, bool compact, struct rd_buf *headers)
{
	struct rd_buf token;
	int rc;

	rd_buf_init(&token);
	rc = passport_sign(passport, signer->key, compact, &token);
	if (rc) {
		rd_warning("sip/%s: a call goes unsigned: %s", call->peer, rd_strerror(rc));
	} else {
		rd_buf_adds(headers, "Identity: ");
		identity_print(headers, rd_buf_text(&token), passport);
		rd_buf_adds(headers, "\r\n");
	}
	rd_buf_fini(&token);
	return rc;
}

/* False: its parties have no numbers that mean anything elsewhere, or are not to be told. */
static bool name_parties(struct passport *passport, const struct rd_sip_peer_call *call,
			 const struct trunk *trunk)
{
	const struct rd_party *who = rd_channel_party(call->channel, RD_PARTY_CONNECTED);

	if (!who->number || !may_tell(who, trunk))
		return false;
	stir_number_of(passport->orig.text, sizeof(passport->orig.text), trunk, NUMBER_CALLER_OUT,
		       who->number);
	stir_number_of(passport->dest[0].text, sizeof(passport->dest[0].text), trunk,
		       NUMBER_CALLED_OUT, call->number);
	passport->dests = 1;
	return passport->orig.text[0] && passport->dest[0].text[0];
}

/* ---- of a call that is signed already ---- */

/* By whom it was sent on, if we may sign for him. */
static void add_div(const struct rd_sip_peer_call *call, const struct passport *own,
		    const struct stir_profile *profile, const struct passport_party *from,
		    struct rd_buf *headers)
{
	struct passport passport = *own;
	struct stir_signer signer;

	if (!choose(&signer, profile, from->text) ||
	    !rd_strcpy(passport.x5u, sizeof(passport.x5u), signer.url)) {
		rd_notice("sip/%s: nobody signs that %s has sent the call on", call->peer,
			  from->text);
		return;
	}
	strcpy(passport.ppt, "div");
	passport.div = *from;
	sign(call, &passport, &signer, false, headers);
}

static bool pass_on(const struct rd_sip_peer_call *call, const struct passport *own,
		    const struct stir_profile *profile, struct rd_buf *headers)
{
	struct passport_party from;
	enum stir_passing passing = stir_pass(call, own, &from, headers);

	if (passing == STIR_DIVERTED)
		add_div(call, own, profile, &from, headers);
	if (passing)
		add_date(headers, own);
	return passing;
}

/* ---- of one that we sign ourselves ---- */

static void attest(struct passport *passport, const struct rd_sip_peer_call *call, bool ours,
		   const struct stir_signer *signer)
{
	strcpy(passport->ppt, "shaken");
	rd_random_uuid(passport->origid);
	passport->attest =
		letter_of(signer->level ? (enum stir_level)signer->level : by_policy(call, ours));
}

/* For one who cannot make out what was signed: all of it (RFC 8224 §6.2.2). */
static char *print_full(const struct rd_sip_peer_call *call, const struct passport *passport,
			const struct stir_signer *signer)
{
	struct rd_buf lines;
	char *text = NULL;

	rd_buf_init(&lines);
	if (sign(call, passport, signer, false, &lines) == 0) {
		add_date(&lines, passport);
		text = lines.failed ? NULL : rd_strdup(rd_buf_text(&lines));
	}
	rd_buf_fini(&lines);
	return text;
}

void stir_sign(struct rd_sip_peer_call *call, const struct trunk *trunk, bool ours,
	       struct rd_buf *headers, char **full)
{
	const struct stir_profile *profile = stir_profile_of(call);
	struct passport passport = { .iat = (int64_t)rd_wall() };
	bool compact = profile && profile->form == STIR_FORM_COMPACT;
	struct stir_signer signer;

	*full = NULL;
	if (!profile || !(profile->behavior & STIR_SIGNS) || profile->signs_none ||
	    !name_parties(&passport, call, trunk) || pass_on(call, &passport, profile, headers) ||
	    !choose(&signer, profile, passport.orig.text) ||
	    !rd_strcpy(passport.x5u, sizeof(passport.x5u), signer.url))
		return;
	if (profile->form == STIR_FORM_SHAKEN)
		attest(&passport, call, ours, &signer);
	if (signer.with_keys)
		passport_take_keys(&passport, call->keys);
	if (sign(call, &passport, &signer, compact, headers) == 0) {
		add_date(headers, &passport);
		record(call->caller, &passport);
		if (compact)
			*full = print_full(call, &passport, &signer);
	}
	passport_fini(&passport);
}

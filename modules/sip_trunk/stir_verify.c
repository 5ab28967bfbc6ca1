/* Calls that come are verified (RFC 8224 §6.2): at once, what their Identity says; then, while
 * the call waits, its certificate and signature. */
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "modules/sip_trunk/stir.h"

const struct rd_sip_proxy *stir_messages;

/* One Identity. Its result is STIR_SUCCESS until something is wrong. */
struct one {
	char *text;
	struct identity identity;
	struct passport passport;
};

struct stir_check {
	struct stir_wait wait;
	struct rd_sip_peer_call *call; /* NULL: over */
	bool busy; /* it waits, or its fiber does not run yet */
	struct rd_timer soon;
	struct identity_call facts;
	size_t count, at;
	struct one ones[STIR_IDENTITIES];
	struct stir_outcome outcomes[STIR_IDENTITIES];
	X509 *x509; /* of the one that a thread of the pool looks at ... */
	enum stir_result result; /* ... and what it finds */
};

static void check_free(struct stir_check *check)
{
	for (size_t i = 0; i < check->count; i++) {
		passport_fini(&check->ones[i].passport);
		rd_free(check->ones[i].text);
	}
	trunk_settings_unref(check->wait.settings);
	rd_free(check);
}

void stir_drop(struct stir_check *check)
{
	if (!check)
		return;
	check->call = NULL;
	check->wait.peer = NULL;
	if (rd_timer_running(&check->soon)) {
		rd_timer_stop(&check->soon);
		check->busy = false;
	}
	if (!check->busy)
		check_free(check);
}

const struct stir_profile *stir_profile_of(const struct rd_sip_peer_call *call)
{
	const struct stir_profile *profile;

	if (!call->stir_profile || !trunks_in_force)
		return NULL;
	profile = stir_profile_find(&trunks_in_force->stir, call->stir_profile);
	if (!profile)
		rd_warning("sip/%s: there is no profile \"%s\" in " STIR_CONF, call->peer,
			   call->stir_profile);
	return profile;
}

/* ---- refusals ---- */

static unsigned refusal(const struct stir_check *check, enum stir_result result)
{
	const struct stir_profile *profile = check->wait.profile;

	if (profile->failure_action != STIR_REJECT ||
	    (result == STIR_NO_IDENTITY && !profile->needs_identity))
		return 0;
	return stir_status(result);
}

/* Which ones are wrong, where that is to be told and is not plain: header lines, to be freed;
 * NULL: nothing. One of an unknown kind counts for nothing. */
static char *reasons(const struct stir_check *check)
{
	int action = check->wait.profile->failure_action;
	struct rd_buf lines;
	char *text;

	if (action == STIR_CONTINUE || (action == STIR_REJECT && check->count < 2))
		return NULL;
	rd_buf_init(&lines);
	for (size_t i = 0; i < check->count; i++) {
		enum stir_result result = check->outcomes[i].result;

		if (result != STIR_SUCCESS && result != STIR_PPT)
			stir_print_reason(&lines, result, check->ones[i].identity.token);
	}
	if (!check->count && check->wait.profile->needs_identity)
		stir_print_reason(&lines, STIR_NO_IDENTITY, (struct rd_str){ 0 });
	text = lines.n && !lines.failed ? rd_strdup(rd_buf_text(&lines)) : NULL;
	rd_buf_fini(&lines);
	return text;
}

static void note(const struct stir_check *check, enum stir_result result)
{
	if (result != STIR_SUCCESS && result != STIR_NO_IDENTITY)
		rd_notice("trunk %s: the signature of a call from %s to %s: %s", check->wait.peer,
			  check->facts.from.text, check->facts.dest[0].text,
			  stir_result_name(result));
}

/* ---- all of them together ---- */

static bool is_div(const struct one *one)
{
	return strcmp(one->passport.ppt, "div") == 0;
}

/* It is for whom the call is for, or was sent on to him by those who say so. */
static bool reaches(const struct stir_check *check, size_t i, size_t steps)
{
	const struct passport *passport = &check->ones[i].passport;

	if (identity_is_for(passport, &check->facts))
		return true;
	for (size_t k = 0; steps && k < check->count; k++)
		if (k != i && is_div(&check->ones[k]) &&
		    check->outcomes[k].result == STIR_SUCCESS &&
		    identity_is_diverted(passport, &check->ones[k].passport) &&
		    reaches(check, k, steps - 1))
			return true;
	return false;
}

static void check_ways(struct stir_check *check)
{
	for (size_t i = 0; i < check->count; i++)
		if (check->outcomes[i].result == STIR_SUCCESS &&
		    !reaches(check, i, STIR_IDENTITIES))
			check->outcomes[i].result = STIR_DEST_MISMATCH;
}

/* One that is right is enough (RFC 8224 §6.2.1); one of an unknown kind counts for nothing. */
static enum stir_result overall(const struct stir_check *check)
{
	enum stir_result result = STIR_NO_IDENTITY;

	for (size_t i = 0; i < check->count; i++) {
		enum stir_result one = check->outcomes[i].result;

		if (one == STIR_SUCCESS && !is_div(&check->ones[i]))
			return STIR_SUCCESS;
		if (one == STIR_SUCCESS)
			one = STIR_CLAIMS; /* it refers to another, which there is not */
		if (result == STIR_NO_IDENTITY || result == STIR_PPT)
			result = one;
	}
	return result;
}

/* ---- what is known at once ---- */

/* The number in the form of the whole world, where it is one. */
static void set_party(struct passport_party *party, const struct trunk *trunk, enum number_way way,
		      const char *number, struct rd_str uri)
{
	char digits[PASSPORT_PARTY];

	memset(party, 0, sizeof(*party));
	if (passport_number(digits, sizeof(digits), rd_str_of(number)))
		stir_number_of(party->text, sizeof(party->text), trunk, way, number);
	else
		identity_party(party, uri);
}

static void read_facts(struct stir_check *check, const struct rd_sip_peer_invite *invite,
		       const struct trunk *trunk)
{
	const struct stir_profile *profile = check->wait.profile;
	struct identity_call *facts = &check->facts;
	struct rd_str date = stir_messages->header(invite->message, "Date", 0);
	struct rd_str to = identity_uri(stir_messages->header(invite->message, "To", 0));

	set_party(&facts->from, trunk, NUMBER_CALLER_IN, invite->caller_number,
		  identity_uri(stir_messages->header(invite->message, "From", 0)));
	set_party(&facts->dest[0], trunk, NUMBER_CALLED_IN, invite->to, to);
	set_party(&facts->dest[1], trunk, NUMBER_CALLED_IN, invite->number, (struct rd_str){ 0 });
	facts->date = date.p ? identity_date(date) : 0;
	facts->now = (int64_t)rd_wall();
	facts->max_age_s = profile->max_age_ms / 1000;
	facts->max_date_age_s = profile->max_date_age_ms / 1000;
	facts->ignores_date = profile->ignores_date;
	facts->sdp = invite->body;
}

static int read_one(struct stir_check *check, struct rd_str header)
{
	struct one *one = &check->ones[check->count];
	struct stir_outcome *outcome = &check->outcomes[check->count];

	one->text = rd_strndup(header.p, header.n);
	if (!one->text)
		return -ENOMEM;
	check->count++;
	if (identity_parse(&one->identity, (struct rd_str){ one->text, header.n })) {
		outcome->result = STIR_INVALID_HEADER;
		return 0;
	}
	outcome->result = identity_read(&one->passport, &one->identity, &check->facts);
	outcome->attest = one->passport.attest;
	rd_strcpy(outcome->identity, sizeof(outcome->identity), one->passport.orig.text);
	return 0;
}

static int read_all(struct stir_check *check, const struct rd_sip_message *message)
{
	struct rd_str header;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < STIR_IDENTITIES; i++) {
		header = stir_messages->header(message, "Identity", i);
		if (!header.p)
			break;
		rc = read_one(check, header);
	}
	check_ways(check);
	return rc;
}

static void certificate(struct stir_wait *wait, X509 *x509, enum stir_result result);
static void begin(void *arg);

unsigned stir_begin(struct stir_check **cp, struct rd_sip_peer_call *call,
		    struct rd_sip_peer_invite *invite, const struct trunk *trunk)
{
	const struct stir_profile *profile = stir_profile_of(call);
	enum stir_result result;
	struct stir_check *check;
	unsigned status;

	*cp = NULL;
	if (!profile || !(profile->behavior & STIR_VERIFIES) || profile->verifies_none)
		return 0;
	check = rd_zalloc(sizeof(*check));
	if (!check)
		return 500;
	check->wait = (struct stir_wait){ .settings = trunk_settings_ref(trunks_in_force),
					  .profile = profile,
					  .peer = call->peer,
					  .done = certificate };
	rd_timer_init(&check->soon, begin, check);
	read_facts(check, invite, trunk);
	if (read_all(check, invite->message)) {
		check_free(check);
		return 500;
	}
	result = overall(check);
	note(check, result);
	status = refusal(check, result);
	if (status) {
		invite->warning = stir_words(result);
		invite->lines = reasons(check);
		check_free(check);
		return status;
	}
	if (result != STIR_SUCCESS) /* nothing else will be found */
		invite->lines = reasons(check);
	*cp = check;
	return 0;
}

/* ---- what takes its time ---- */

/* Should the call go on elsewhere. The compact form is for one that has our Date. */
static void keep(const struct stir_check *check)
{
	for (size_t i = 0; i < check->count; i++)
		if (check->outcomes[i].result == STIR_SUCCESS && check->ones[i].passport.claims)
			stir_keep(check->call->channel, &check->facts, check->ones[i].text);
}

static void finish(struct stir_check *check)
{
	struct rd_sip_peer_call *call = check->call;
	enum stir_result result;
	char *lines;

	check->busy = false;
	if (!call) {
		check_free(check);
		return;
	}
	check_ways(check);
	result = overall(check);
	note(check, result);
	stir_tell(call->channel, check->outcomes, check->count, result);
	if (result == STIR_SUCCESS)
		keep(check);
	lines = reasons(check);
	trunk_driver->go_on(call, refusal(check, result), stir_words(result), lines);
	rd_free(lines);
}

/* The next whose certificate is wanted. */
static void step(struct stir_check *check)
{
	while (check->at < check->count && check->outcomes[check->at].result != STIR_SUCCESS)
		check->at++;
	if (!check->call || check->at >= check->count)
		finish(check);
	else
		stir_certificate(&check->wait, check->ones[check->at].passport.x5u);
}

static void conclude(struct stir_check *check, enum stir_result result)
{
	check->outcomes[check->at++].result = result;
	step(check);
}

/* On a thread of the pool. */
static int verify(void *arg)
{
	struct stir_check *check = arg;
	const struct one *one = &check->ones[check->at];

	check->result = stir_certificate_check(check->x509, &one->passport, check->facts.now,
					       check->wait.profile->needs_list);
	if (check->result == STIR_SUCCESS &&
	    !identity_is_signed(&one->passport, &one->identity, X509_get0_pubkey(check->x509)))
		check->result = STIR_SIGNATURE;
	return 0;
}

static void verified(int rc, void *arg)
{
	struct stir_check *check = arg;

	X509_free(check->x509);
	check->x509 = NULL;
	conclude(check, rc ? STIR_INTERNAL : check->result);
}

static void certificate(struct stir_wait *wait, X509 *x509, enum stir_result result)
{
	struct stir_check *check = rd_list_entry(wait, struct stir_check, wait);

	if (result == STIR_SUCCESS && check->call) {
		X509_up_ref(x509);
		check->x509 = x509;
		if (rd_offload_then(verify, verified, check) == 0)
			return;
		X509_free(x509);
		result = STIR_INTERNAL;
	}
	conclude(check, result);
}

static void begin(void *arg)
{
	step(arg);
}

/* Never from within: the call is not all there yet. */
int stir_arrived(struct stir_check *check, struct rd_sip_peer_call *call)
{
	enum stir_result result;

	if (!check)
		return 0;
	result = overall(check);
	if (result != STIR_SUCCESS) {
		stir_tell(call->channel, check->outcomes, check->count, result);
		return 0;
	}
	check->call = call;
	check->busy = true;
	rd_timer_start(&check->soon, 0);
	return -EINPROGRESS;
}

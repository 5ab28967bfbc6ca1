/* The guard: what it counts of each address, and when it bans. */
#include <ringdown/clock.h>
#include <ringdown/event.h>
#include <ringdown/log.h>

#include "channels/sip/guard/private.h"

#define SOURCES_MAX 65536
#define FLOWS_MAX   262144

#define PROVEN_MS   600000	/* after that it must show again that it receives */
#define KNOWN_MS    604800000 /* the same for who is named in sip.conf: a week */
#define ASK_MS      5000
#define TELL_MS	    60000
#define TRUST_MS    7200000	/* two registrations of the usual length */
#define BAN_MAX_MS  86400000
#define FOREVER	    UINT64_MAX

/* How fast failures are forgotten, per second: of an address that nobody
 * authenticated from, and of one that has phones of ours, where a phone with a wrong
 * password may try as often as phones do. */
#define FORGET_STRANGER (1.0 / 15)
#define FORGET_OFFICE	1.0
#define OFFICE_FACTOR	5 /* and it has so many times more */
#define FORGET_PROBE	0.5

int sip_guard_new(struct sip_guard **gp)
{
	struct sip_guard *guard = rd_zalloc(sizeof(*guard));

	if (!guard)
		return -ENOMEM;
	if (guard_table_init(&guard->sources, SOURCES_MAX) ||
	    guard_table_init(&guard->flows, FLOWS_MAX) ||
	    guard_table_init(&guard->proven, FLOWS_MAX)) {
		sip_guard_free(guard);
		return -ENOMEM;
	}
	*gp = guard;
	return 0;
}

void sip_guard_free(struct sip_guard *guard)
{
	if (!guard)
		return;
	guard_table_fini(&guard->proven);
	guard_table_fini(&guard->flows);
	guard_table_fini(&guard->sources);
	rd_free(guard);
}

/* ---- finding ---- */

static bool is_leased(struct guard_table *table, const union sip_sockaddr *peer,
		  enum guard_scope scope)
{
	struct guard_key key;
	struct lease *lease;

	guard_key_of(&key, peer, scope);
	lease = (struct lease *)guard_table_find(table, &key);
	return lease && lease->until > rd_now_ms();
}

/* Without memory it does not hold. */
static void lease_until(struct guard_table *table, const union sip_sockaddr *peer,
		     enum guard_scope scope, uint64_t until)
{
	struct guard_key key;
	struct lease *lease;

	guard_key_of(&key, peer, scope);
	lease = (struct lease *)guard_table_find(table, &key);
	if (!lease)
		lease = (struct lease *)guard_table_add(table, &key, sizeof(*lease), NULL);
	if (lease)
		lease->until = RD_MAX(lease->until, until);
}

static void end_lease(struct guard_table *table, const union sip_sockaddr *peer,
		     enum guard_scope scope)
{
	struct guard_key key;
	struct lease *lease;

	guard_key_of(&key, peer, scope);
	lease = (struct lease *)guard_table_find(table, &key);
	if (lease)
		lease->until = 0;
}

static bool is_trusted(struct sip_guard *guard, const union sip_sockaddr *peer)
{
	return is_leased(&guard->flows, peer, GUARD_FLOW);
}

/* ---- banning ---- */

static void tell(const struct source *source, const char *what, const char *why)
{
	char host[SIP_SOCKADDR_TEXT];
	struct rd_event_field fields[] = { { "address", host } };
	struct rd_event event = { .type = RD_EVENT_SECURITY,
				  .name = what,
				  .text = why,
				  .fields = fields,
				  .field_count = RD_ARRAY_SIZE(fields) };

	sip_sockaddr_host(&source->address, host);
	rd_event_publish(&event);
}

/* Twice as long as the last time. */
static int next_ban_ms(const struct sip_guard *guard, const struct source *source)
{
	int64_t ms = guard->policy.ban_ms;

	for (unsigned i = 0; i < source->bans && ms < BAN_MAX_MS; i++)
		ms *= 2;
	return (int)RD_MIN(ms, BAN_MAX_MS);
}

static void forget(struct source *source)
{
	memset(&source->failures, 0, sizeof(source->failures));
	memset(&source->probes, 0, sizeof(source->probes));
	memset(&source->requests, 0, sizeof(source->requests));
	memset(&source->excess, 0, sizeof(source->excess));
}

/* Of an address that receives, it may be another who sent that in its name. */
static bool may_ban(const struct sip_guard *guard, const struct source *source, bool certain)
{
	if (source->is_exempt || !guard->policy.on)
		return false;
	if (guard_is_banned(source))
		return certain && source->doubtful;
	return certain || source->proven_until <= rd_now_ms();
}

static void ban(struct sip_guard *guard, struct source *source, const char *why, bool certain)
{
	char host[SIP_SOCKADDR_TEXT];
	int ms = next_ban_ms(guard, source);

	if (ms <= 0 || !may_ban(guard, source, certain))
		return;
	source->doubtful = !certain;
	source->by_hand = false;
	source->banned_until = rd_now_ms() + (uint64_t)ms;
	source->bans++;
	source->dropped = 0;
	source->why = why;
	forget(source);
	sip_sockaddr_host(&source->address, host);
	rd_warning("sip: %s is banned for %d s: %s; see \"sip show bans\"", host, ms / 1000,
		   why);
	tell(source, "AddressBanned", why);
}

/* It receives, and so it was perhaps another. */
static void acquit(struct source *source)
{
	if (!guard_is_banned(source) || !source->doubtful)
		return;
	source->banned_until = 0;
	source->bans--;
	forget(source);
	tell(source, "AddressReleased", "it shows that it receives");
}

/* One more: is it too much now? limit 0: never. */
static bool too_many(struct bucket *bucket, double forgotten_per_s, unsigned limit)
{
	uint64_t now = rd_now_ms();

	bucket->level -= (double)(now - bucket->at_ms) / 1000 * forgotten_per_s;
	bucket->level = RD_MAX(bucket->level, 0) + 1;
	bucket->at_ms = now;
	return limit && bucket->level > limit;
}

/* ---- what happens ---- */

static void tell_slowed(const struct sip_guard *guard, struct source *source)
{
	char host[SIP_SOCKADDR_TEXT];

	if (!rd_log_is_due(&source->told_ms, TELL_MS))
		return;
	sip_sockaddr_host(&source->address, host);
	rd_notice("sip: %s sends more than guard_rate = %u requests a second without a password; "
		  "others have to wait", host, guard->policy.rate);
}

/* What is above the limit has to come again, while so many in a second pass; who goes on like
 * that is a flood. */
static bool is_slowed(struct sip_guard *guard, struct source *source, bool certain)
{
	const struct sip_guard_policy *policy = &guard->policy;

	if (!too_many(&source->requests, policy->rate, policy->burst))
		return false;
	source->requests.level = policy->burst; /* it was not let in */
	tell_slowed(guard, source);
	if (too_many(&source->excess, policy->rate, policy->burst))
		ban(guard, source, "too many requests", certain);
	return true;
}

static bool may_pass(struct sip_guard *guard, struct source *source, bool certain)
{
	source->slowed = false;
	if (guard_is_banned(source) && !source->doubtful) {
		source->dropped++;
		return false;
	}
	if (!source->is_exempt && guard->policy.rate)
		source->slowed = is_slowed(guard, source, certain);
	return !source->slowed;
}

/* Nobody can forge the source of a connection, or send from the loopback network
 * through a real one. */
static bool cannot_be_forged(const struct sip_flow *flow)
{
	return flow->transport->reliable || sip_sockaddr_is_loopback(&flow->peer);
}

bool sip_guard_receive(struct sip_guard *guard, const struct sip_flow *flow, size_t size)
{
	struct source *source;

	if (!guard->policy.on)
		return true;
	if (is_trusted(guard, &flow->peer)) {
		source = guard_find(guard, &flow->peer);
		return !source || !source->by_hand || !guard_is_banned(source);
	}
	source = guard_get(guard, &flow->peer);
	if (!source)
		return false;
	/* Nobody sends again what went by a connection: it is refused. */
	if (!may_pass(guard, source, cannot_be_forged(flow)) &&
	    (guard_is_banned(source) || !flow->transport->reliable))
		return false;
	if (!sip_guard_is_proven(guard, flow))
		source->credit += (int64_t)size;
	return true;
}

bool sip_guard_slows(struct sip_guard *guard, const struct sip_flow *flow)
{
	const struct source *source =
		guard->policy.on && flow->transport->reliable &&
				!is_trusted(guard, &flow->peer)
			? guard_find(guard, &flow->peer) : NULL;

	return source && source->slowed;
}

bool sip_guard_doubts(struct sip_guard *guard, const struct sip_flow *flow)
{
	const union sip_sockaddr *peer = &flow->peer;
	struct source *source = is_trusted(guard, peer) ? NULL : guard_find(guard, peer);

	if (!source || cannot_be_forged(flow) || !source->doubtful || !guard_is_banned(source))
		return false;
	source->dropped++;
	return true;
}

bool sip_guard_is_proven(struct sip_guard *guard, const struct sip_flow *flow)
{
	const struct source *source;

	if (!guard->policy.on || cannot_be_forged(flow))
		return true;
	source = guard_find(guard, &flow->peer);
	if (!source || source->proven_until <= rd_now_ms())
		return false;
	return !guard_has_network(&flow->peer) ||
	       is_leased(&guard->proven, &flow->peer, GUARD_HOST);
}

bool sip_guard_trusts(struct sip_guard *guard, const struct sip_flow *flow)
{
	return is_trusted(guard, &flow->peer);
}

size_t sip_guard_credit(struct sip_guard *guard, const union sip_sockaddr *peer)
{
	const struct source *source = guard_find(guard, peer);

	return source ? (size_t)source->credit : 0;
}

bool sip_guard_send(struct sip_guard *guard, const struct sip_flow *flow, size_t size, size_t spare)
{
	struct source *source;

	if (sip_guard_is_proven(guard, flow))
		return true;
	source = guard_find(guard, &flow->peer);
	if (!source || source->credit < (int64_t)(size + spare))
		return false;
	source->credit -= (int64_t)size;
	return true;
}

bool sip_guard_ask(struct sip_guard *guard, const struct sip_flow *flow, size_t size)
{
	struct source *source = guard_find(guard, &flow->peer);

	if (!source || source->asked_until > rd_now_ms() || !sip_guard_send(guard, flow, size, 0))
		return false;
	source->asked_until = rd_now_ms() + ASK_MS;
	return true;
}

static void prove(struct sip_guard *guard, struct source *source, const union sip_sockaddr *peer,
		  uint64_t until)
{
	source->proven_until = RD_MAX(source->proven_until, until);
	if (guard_has_network(peer))
		lease_until(&guard->proven, peer, GUARD_HOST, until);
	acquit(source);
}

void sip_guard_proven(struct sip_guard *guard, const union sip_sockaddr *peer)
{
	struct source *source = guard->policy.on ? guard_get(guard, peer) : NULL;

	if (source)
		prove(guard, source, peer,
		      rd_now_ms() + (source->is_exempt ? KNOWN_MS : PROVEN_MS));
}

void sip_guard_trust(struct sip_guard *guard, const union sip_sockaddr *peer)
{
	struct source *source = guard->policy.on ? guard_get(guard, peer) : NULL;

	if (!source)
		return;
	source->office_until = rd_now_ms() + TRUST_MS;
	memset(&source->probes, 0, sizeof(source->probes));
	prove(guard, source, peer, source->office_until);
	lease_until(&guard->flows, peer, GUARD_FLOW, source->office_until);
}

void sip_guard_challenged(struct sip_guard *guard, const struct sip_flow *flow)
{
	struct source *source;

	if (!guard->policy.on || is_trusted(guard, &flow->peer))
		return;
	source = guard_get(guard, &flow->peer);
	if (source && too_many(&source->probes, FORGET_PROBE, guard->policy.probes))
		ban(guard, source, "it asks and never answers", cannot_be_forged(flow));
}

/* A flow that has authenticated and guesses on while its address is banned: without this
 * one password of ours would be a way to all others. */
static void distrust(struct sip_guard *guard, const union sip_sockaddr *peer)
{
	char text[SIP_SOCKADDR_TEXT];

	if (!is_trusted(guard, peer))
		return;
	end_lease(&guard->flows, peer, GUARD_FLOW);
	rd_notice("sip: %s has authenticated, and shares the ban of its address all the same:"
		  " wrong passwords", sip_sockaddr_text(peer, text));
}

void sip_guard_failed(struct sip_guard *guard, const union sip_sockaddr *peer)
{
	struct source *source = guard->policy.on ? guard_get(guard, peer) : NULL;
	bool is_office = source && source->office_until > rd_now_ms();
	unsigned limit = guard->policy.failures * (is_office ? OFFICE_FACTOR : 1);

	if (source)
		source->probes.level -= 1; /* it did answer */
	if (source && too_many(&source->failures,
			       is_office ? FORGET_OFFICE : FORGET_STRANGER, limit))
		ban(guard, source, "too many wrong passwords", true);
	if (source && guard_is_banned(source))
		distrust(guard, peer);
}

bool sip_guard_scanner(struct sip_guard *guard, const struct sip_flow *flow)
{
	struct source *source;

	if (!guard->policy.on || is_trusted(guard, &flow->peer))
		return true;
	source = guard_get(guard, &flow->peer);
	if (source)
		ban(guard, source, "it is a scanner", cannot_be_forged(flow));
	return source && source->is_exempt;
}

/* ---- by hand ---- */

int sip_guard_ban(struct sip_guard *guard, const union sip_sockaddr *address, int ms)
{
	struct source *source = guard_get(guard, address);

	if (!source)
		return -ENOMEM;
	source->banned_until = ms ? rd_now_ms() + (uint64_t)ms : FOREVER;
	source->by_hand = true;
	source->doubtful = false;
	source->dropped = 0;
	source->why = "by hand";
	tell(source, "AddressBanned", source->why);
	return 0;
}

int sip_guard_unban(struct sip_guard *guard, const union sip_sockaddr *address)
{
	struct source *source = guard_find(guard, address);

	if (!source || !guard_is_banned(source))
		return -ENOENT;
	source->banned_until = 0;
	source->bans = 0;
	source->by_hand = false;
	forget(source);
	tell(source, "AddressReleased", "by hand");
	return 0;
}

void sip_guard_each_ban(struct sip_guard *guard,
			void (*see)(void *arg, const struct sip_ban *ban), void *arg)
{
	uint64_t now = rd_now_ms();

	rd_list_foreach(link, next, &guard->sources.order) {
		const struct source *source =
			(struct source *)rd_list_entry(link, struct guard_node, link);
		struct sip_ban one = { .address = source->address,
				       .why = source->why,
				       .dropped = source->dropped };

		if (!guard_is_banned(source))
			continue;
		if (source->banned_until != FOREVER)
			one.left_s = (unsigned)((source->banned_until - now + 999) / 1000);
		see(arg, &one);
	}
}

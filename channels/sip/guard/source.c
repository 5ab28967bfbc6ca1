/* The sources of requests: IPv4 addresses, and the /64 of IPv6 ones. Where not all of such
 * a network are exempt, each that is has a source of its own: neither do its neighbours
 * share in that, nor is it banned for what they do. */
#include "channels/sip/guard/private.h"

/* Who is exempt of the address and its neighbours? */
static enum sip_guard_exempt exempt_at(const struct sip_guard *guard,
				       const union sip_sockaddr *address)
{
	const struct sip_guard_policy *policy = &guard->policy;

	return policy->exempt ? policy->exempt(policy->arg, address) : SIP_GUARD_NONE;
}

static void note_exempt(struct source *source, enum sip_guard_exempt exempt)
{
	source->is_exempt = source->is_alone ? exempt >= SIP_GUARD_HOST
					     : exempt == SIP_GUARD_ALL;
	source->is_mixed = exempt == SIP_GUARD_SOME || exempt == SIP_GUARD_HOST;
}

/* Who is exempt may have changed. */
void sip_guard_set_policy(struct sip_guard *guard, const struct sip_guard_policy *policy)
{
	guard->policy = *policy;
	rd_list_foreach(link, next, &guard->sources.order) {
		struct source *source =
			(struct source *)rd_list_entry(link, struct guard_node, link);

		note_exempt(source, exempt_at(guard, &source->address));
	}
}

static bool is_worth_keeping(const struct guard_node *node)
{
	const struct source *source = (const struct source *)node;

	return guard_is_banned(source) || source->proven_until > rd_now_ms();
}

/* That of a network may look like its first address. */
static void key_of(struct guard_key *key, const union sip_sockaddr *address, bool alone)
{
	guard_key_of(key, address, alone ? GUARD_HOST : GUARD_NETWORK);
	key->port = alone;
}

static struct source *find(struct sip_guard *guard, const union sip_sockaddr *address, bool alone)
{
	struct guard_key key;

	key_of(&key, address, alone);
	return (struct source *)guard_table_find(&guard->sources, &key);
}

static struct source *add(struct sip_guard *guard, const union sip_sockaddr *address,
			  enum sip_guard_exempt exempt)
{
	bool alone = exempt == SIP_GUARD_HOST;
	struct guard_key key;
	struct source *source;

	key_of(&key, address, alone);
	source = (struct source *)guard_table_add(&guard->sources, &key, sizeof(*source),
						  is_worth_keeping);
	if (!source)
		return NULL;
	source->address = *address;
	source->is_alone = alone;
	note_exempt(source, exempt);
	return source;
}

/* Only a network with exempt addresses in it needs a second look. */
static struct source *look(struct sip_guard *guard, const union sip_sockaddr *address,
			   enum sip_guard_exempt *exempt)
{
	struct source *source = find(guard, address, false);

	*exempt = SIP_GUARD_NONE;
	if (source && !source->is_mixed)
		return source;
	*exempt = exempt_at(guard, address);
	return *exempt == SIP_GUARD_HOST ? find(guard, address, true) : source;
}

struct source *guard_find(struct sip_guard *guard, const union sip_sockaddr *address)
{
	enum sip_guard_exempt exempt;

	return look(guard, address, &exempt);
}

struct source *guard_get(struct sip_guard *guard, const union sip_sockaddr *address)
{
	enum sip_guard_exempt exempt;
	struct source *source = look(guard, address, &exempt);

	return source ? source : add(guard, address, exempt);
}

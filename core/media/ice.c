/* An ICE agent's life: credentials, candidates, and the pairs that they form
 * (RFC 8445 §5 and §6.1.2). */
#include <stdio.h>
#include <string.h>

#include "core/media/address.h"
#include "core/media/ice_private.h"

enum {
	UFRAG_LEAST = 4,
	PWD_LEAST = 22,
	ROOM = 8, /* of arrays that grow, at first */
};

/* ---- birth and death ---- */

static void new_credentials(struct ice_own *credentials)
{
	rd_random_token(credentials->ufrag, ICE_UFRAG);
	rd_random_token(credentials->pwd, ICE_PWD);
}

int rd__ice_new(struct rd__ice **ip, const struct rd__ice_options *options,
		const struct rd__ice_ops *ops, void *arg)
{
	struct rd__ice *ice = rd_zalloc(sizeof(*ice));

	rd_assert(options->components >= 1 && options->components <= RD__ICE_COMPONENTS);
	if (!ice)
		return -ENOMEM;
	ice->options = *options;
	/* A lite agent only answers (RFC 8445 §6.1.1); were both lite, nobody would check. */
	ice->options.controlling &= !options->lite;
	ice->ops = *ops;
	ice->arg = arg;
	rd_random(&ice->tie, sizeof(ice->tie));
	new_credentials(&ice->ours);
	*ip = ice;
	return 0;
}

void rd__ice_free(struct rd__ice *ice)
{
	if (!ice)
		return;
	rd_free(ice->remotes);
	rd_free(ice->pairs);
	rd_free(ice);
}

/* ---- what it is ---- */

const char *rd__ice_ufrag(const struct rd__ice *ice)
{
	return ice->ours.ufrag;
}

const char *rd__ice_pwd(const struct rd__ice *ice)
{
	return ice->ours.pwd;
}

const struct rd__ice_candidate *rd__ice_local(const struct rd__ice *ice, int index)
{
	return &ice->locals[index];
}

int rd__ice_local_count(const struct rd__ice *ice)
{
	return ice->local_count;
}

int rd__ice_remote_count(const struct rd__ice *ice)
{
	return ice->remote_count;
}

bool rd__ice_controlling(const struct rd__ice *ice)
{
	return ice->options.controlling;
}

int rd__ice_components(const struct rd__ice *ice)
{
	return ice->options.components;
}

void rd__ice_lead(struct rd__ice *ice, bool controlling)
{
	if (ice->state != RD__ICE_NEW)
		return;
	ice->options.controlling = controlling && !ice->options.lite;
	ice__reckon_priorities(ice);
}

enum rd__ice_state rd__ice_state(const struct rd__ice *ice)
{
	return ice->state;
}

const char *rd__ice_state_name(enum rd__ice_state state)
{
	static const char *const names[] = { "new", "checking", "connected", "completed",
					     "failed" };

	return names[state];
}

static const char *const type_names[] = { "host", "srflx", "prflx", "relay" };

const char *rd__ice_type_name(enum rd__ice_type type)
{
	return type_names[type];
}

/* ---- candidates ---- */

/* RFC 8445 §5.1.2. */
uint32_t ice__priority(enum rd__ice_type type, int component, int preference)
{
	static const uint8_t types[] = { 126, 100, 110, 0 };

	return (uint32_t)types[type] << 24 | (uint32_t)preference << 8 |
	       (uint32_t)(256 - component);
}

static int find_local(const struct rd__ice *ice, const struct rd__ice_candidate *candidate)
{
	for (int i = 0; i < ice->local_count; i++)
		if (ice->locals[i].component == candidate->component &&
		    rd__address_equal(&ice->locals[i].address, &candidate->address) &&
		    rd__address_equal(&ice->locals[i].base, &candidate->base))
			return i;
	return -1;
}

static bool same_server(const struct rd__address *a, const struct rd__address *b)
{
	return a->size == b->size && (!a->size || rd__address_same_host(a, b));
}

/* Alike in type, host and server (§5.1.1.3): the number of the first such. */
static void found(struct rd__ice *ice, int index)
{
	struct rd__ice_candidate *candidate = &ice->locals[index];
	int first = 0;

	while (first < index && (ice->locals[first].type != candidate->type ||
				 !rd__address_same_host(&ice->locals[first].base,
							&candidate->base) ||
				 !same_server(&ice->servers[first], &ice->servers[index])))
		first++;
	snprintf(candidate->foundation, sizeof(candidate->foundation), "%d", first + 1);
}

/* Those of one component and type differ in their local preference. */
static int preference_of(const struct rd__ice *ice, const struct rd__ice_candidate *candidate)
{
	int preference = 65535;

	for (int i = 0; i < ice->local_count; i++)
		preference -= ice->locals[i].component == candidate->component &&
			      ice->locals[i].type == candidate->type;
	return preference;
}

/* What is sent from a reflexive candidate leaves from its base: the pair would
 * be the base's again (§6.1.2.4). */
static bool is_paired(const struct rd__ice_candidate *local)
{
	return local->type == RD__ICE_HOST || local->type == RD__ICE_RELAY;
}

static void describe(struct rd__ice *ice, int index, const struct rd__ice_candidate *candidate,
		     const struct rd__address *server)
{
	struct rd__ice_candidate *local = &ice->locals[index];
	int preference = preference_of(ice, candidate);

	*local = *candidate;
	local->priority = ice__priority(local->type, local->component, preference);
	ice->servers[index] = server ? *server : (struct rd__address){ .size = 0 };
	found(ice, index);
}

int rd__ice_add_local(struct rd__ice *ice, const struct rd__ice_candidate *candidate,
		      const struct rd__address *server)
{
	int index = find_local(ice, candidate);

	if (index >= 0) {
		/* A check may have found it before the server told us. */
		if (ice->locals[index].type == RD__ICE_PRFLX &&
		    candidate->type != RD__ICE_PRFLX)
			describe(ice, index, candidate, server);
		return index;
	}
	if (ice->local_count == RD__ICE_LOCALS)
		return -ENOSPC;
	index = ice->local_count;
	describe(ice, index, candidate, server);
	ice->local_count++;
	if (!is_paired(candidate))
		return index;
	for (int remote = 0; remote < ice->remote_count; remote++)
		ice__pair_of(ice, index, remote);
	return index;
}

/* To twice the room, at most so much. Without memory it stays as it is: then the
 * far end has told of less than it did. */
static void *grow(void *array, int *room, int max, size_t size)
{
	int wanted = RD_MIN(RD_MAX(*room * 2, (int)ROOM), max);
	void *larger = wanted > *room ? rd_realloc(array, (size_t)wanted * size) : NULL;

	if (!larger)
		return array;
	*room = wanted;
	return larger;
}

static bool has_room_for_remote(struct rd__ice *ice)
{
	if (ice->remote_count == ice->remote_room)
		ice->remotes = grow(ice->remotes, &ice->remote_room, RD__ICE_REMOTES,
				    sizeof(*ice->remotes));
	return ice->remote_count < ice->remote_room;
}

int ice__find_remote(const struct rd__ice *ice, int component,
		     const struct rd__address *address)
{
	for (int i = 0; i < ice->remote_count; i++)
		if (ice->remotes[i].component == component &&
		    rd__address_equal(&ice->remotes[i].address, address))
			return i;
	return -1;
}

static bool is_useful(const struct rd__ice *ice, const struct rd__ice_candidate *remote)
{
	return remote->component >= 1 && remote->component <= ice->options.components &&
	       remote->address.size && rd__address_port(&remote->address);
}

static void pair_remote(struct rd__ice *ice, int remote)
{
	for (int local = 0; local < ice->local_count; local++)
		if (is_paired(&ice->locals[local]))
			ice__pair_of(ice, local, remote);
}

void rd__ice_add_remote(struct rd__ice *ice, const struct rd__ice_candidate *candidate)
{
	int index;

	if (!is_useful(ice, candidate))
		return;
	index = ice__find_remote(ice, candidate->component, &candidate->address);
	if (index >= 0) {
		/* It was seen before it was told of: now we know what it is (§7.3.1.3). */
		if (ice->remotes[index].type == RD__ICE_PRFLX)
			ice->remotes[index] = *candidate;
		ice__reckon_priorities(ice);
		return;
	}
	if (!has_room_for_remote(ice))
		return;
	ice->remotes[ice->remote_count] = *candidate;
	pair_remote(ice, ice->remote_count++);
	if (ice->state == RD__ICE_FAILED)
		ice__begin(ice, ice->now_ms);
}

int ice__add_prflx(struct rd__ice *ice, int component, uint32_t priority,
		   const struct rd__address *address)
{
	struct rd__ice_candidate *remote;
	int index = ice->remote_count;

	if (!has_room_for_remote(ice))
		return -ENOSPC;
	remote = &ice->remotes[index];
	*remote = (struct rd__ice_candidate){ .type = RD__ICE_PRFLX,
					      .component = (uint8_t)component,
					      .priority = priority,
					      .address = *address };
	snprintf(remote->foundation, sizeof(remote->foundation), "prflx%d", index);
	ice->remote_count++;
	return index;
}

void rd__ice_end_of_candidates(struct rd__ice *ice)
{
	ice->all_remotes = true;
}

/* ---- pairs ---- */

/* RFC 8445 §6.1.2.3. */
static uint64_t pair_priority(const struct rd__ice *ice, const struct ice_pair *pair)
{
	uint32_t ours = ice->locals[pair->local].priority;
	uint32_t theirs = ice->remotes[pair->remote].priority;
	uint32_t g = ice__controlling(ice) ? ours : theirs;
	uint32_t d = ice__controlling(ice) ? theirs : ours;

	return (uint64_t)RD_MIN(g, d) << 32 | (uint64_t)RD_MAX(g, d) << 1 | (g > d);
}

bool ice__same_foundation(const struct rd__ice *ice, const struct ice_pair *a,
			  const struct ice_pair *b)
{
	return strcmp(ice->locals[a->local].foundation, ice->locals[b->local].foundation) == 0 &&
	       strcmp(ice->remotes[a->remote].foundation,
		      ice->remotes[b->remote].foundation) == 0;
}

/* One of each foundation is checked first, the others when it has succeeded. */
static enum ice_pair_state first_state(const struct rd__ice *ice, const struct ice_pair *pair)
{
	for (int i = 0; i < ice->pair_count; i++) {
		const struct ice_pair *other = &ice->pairs[i];

		if (ice__same_foundation(ice, pair, other))
			return other->state == ICE_SUCCEEDED ? ICE_WAITING : ICE_FROZEN;
	}
	return ICE_WAITING;
}

static struct ice_pair *insert(struct rd__ice *ice, const struct ice_pair *pair)
{
	int at = ice->pair_count;

	if (at == ice->pair_room)
		ice->pairs = grow(ice->pairs, &ice->pair_room, RD__ICE_PAIRS,
				  sizeof(*ice->pairs));
	while (at > 0 && ice->pairs[at - 1].priority < pair->priority)
		at--;
	if (at == ice->pair_room)
		return NULL;
	if (ice->pair_count == ice->pair_room)
		ice->pair_count--; /* the last one is the least likely */
	memmove(&ice->pairs[at + 1], &ice->pairs[at],
		(size_t)(ice->pair_count - at) * sizeof(*pair));
	ice->pair_count++;
	ice->pairs[at] = *pair;
	return &ice->pairs[at];
}

struct ice_pair *ice__pair_of(struct rd__ice *ice, int local, int remote)
{
	struct ice_pair pair = { .local = (uint8_t)local, .remote = (uint8_t)remote };
	const struct rd__ice_candidate *ours = &ice->locals[local];
	const struct rd__ice_candidate *theirs = &ice->remotes[remote];

	for (int i = 0; i < ice->pair_count; i++)
		if (ice->pairs[i].local == local && ice->pairs[i].remote == remote)
			return &ice->pairs[i];
	if (ours->component != theirs->component ||
	    ours->address.storage.ss_family != theirs->address.storage.ss_family)
		return NULL;
	pair.priority = pair_priority(ice, &pair);
	pair.state = (uint8_t)first_state(ice, &pair);
	return insert(ice, &pair);
}

void ice__reckon_priorities(struct rd__ice *ice)
{
	int count = ice->pair_count;

	ice->pair_count = 0;
	for (int i = 0; i < count; i++) {
		struct ice_pair pair = ice->pairs[i];

		pair.priority = pair_priority(ice, &pair);
		insert(ice, &pair);
	}
}

/* ---- agreements ---- */

static bool is_good(struct rd_str text, size_t least, size_t most)
{
	return text.n >= least && text.n <= most;
}

static bool same_credentials(const struct ice_credentials *credentials, struct rd_str ufrag,
			     struct rd_str pwd)
{
	return rd_str_eq(rd_str_of(credentials->ufrag), ufrag) &&
	       rd_str_eq(rd_str_of(credentials->pwd), pwd);
}

bool rd__ice_is_remote(const struct rd__ice *ice, struct rd_str ufrag, struct rd_str pwd)
{
	return same_credentials(&ice->theirs, ufrag, pwd);
}

static void forget_remotes(struct rd__ice *ice)
{
	ice->remote_count = ice->pair_count = 0;
	ice->all_remotes = false;
	ice->nominate_ms = 0;
}

void ice__begin(struct rd__ice *ice, uint64_t now_ms)
{
	ice->now_ms = ice->started_ms = ice->next_check_ms = now_ms;
	/* Who is checked with by a lite agent must check (§6.1.1). */
	if (ice->remote_lite && !ice->options.lite && !ice->options.controlling) {
		ice->options.controlling = true;
		ice__reckon_priorities(ice);
	}
	ice__set_state(ice, RD__ICE_CHECKING);
	ice__review(ice);
}

int rd__ice_set_remote(struct rd__ice *ice, struct rd_str ufrag, struct rd_str pwd, bool lite,
		       uint64_t now_ms)
{
	if (!is_good(ufrag, UFRAG_LEAST, RD__ICE_UFRAG) ||
	    !is_good(pwd, PWD_LEAST, RD__ICE_PWD))
		return -EINVAL;
	ice->remote_lite = lite;
	ice->renewed = false;
	if (same_credentials(&ice->theirs, ufrag, pwd))
		return 0;
	/* What came before their first description stays: it was theirs. */
	if (ice__has_remote(ice))
		forget_remotes(ice);
	rd_strcpyn(ice->theirs.ufrag, sizeof(ice->theirs.ufrag), ufrag);
	rd_strcpyn(ice->theirs.pwd, sizeof(ice->theirs.pwd), pwd);
	ice__begin(ice, now_ms);
	return 0;
}

void rd__ice_restart(struct rd__ice *ice, bool controlling)
{
	ice->ours_before = ice->ours;
	new_credentials(&ice->ours);
	ice->options.controlling = controlling && !ice->options.lite;
	forget_remotes(ice);
	memset(&ice->theirs, 0, sizeof(ice->theirs));
	ice->renewed = false;
	ice__set_state(ice, RD__ICE_NEW);
}

void rd__ice_renew(struct rd__ice *ice)
{
	if (ice->renewed)
		return;
	ice->ours_before = ice->ours;
	new_credentials(&ice->ours);
	ice->renewed = true;
}

void rd__ice_revert(struct rd__ice *ice)
{
	if (ice->renewed)
		ice->ours = ice->ours_before;
	ice->renewed = false;
}

void rd__ice_mux(struct rd__ice *ice)
{
	int kept = 0;

	ice->options.components = 1;
	for (int i = 0; i < ice->pair_count; i++)
		if (ice__component(ice, &ice->pairs[i]) == 1)
			ice->pairs[kept++] = ice->pairs[i];
	ice->pair_count = kept;
	ice__review(ice);
}

/* Lookups: RFC 3263's decision (locate.c) over what hosts file and cache know.
 * What they do not know is asked of the network, and the lookup runs once more
 * when an answer is there. */
#include <ringdown/clock.h>

#include "channels/sip/resolver/private.h"

struct sip_lookup {
	struct rd_list link; /* in the resolver's lookups, or ready */
	struct rd_list wait; /* in the entry that it waits for */
	struct sip_resolver *resolver;
	struct sip_where where;
	sip_located_fn *done; /* either this one, */
	sip_found_fn *found;  /* or this one, */
	rd_sip_naptr_fn *told; /* or this one, for records of the name in .host */
	char transport[32];   /* of what is found */
	void *arg;
	char host[];
};

/* ---- life ---- */

static void run_ready(void *arg);

int sip_resolver_new(struct sip_resolver **rp)
{
	struct sip_resolver *resolver = rd_zalloc(sizeof(*resolver));
	int rc;

	if (!resolver)
		return -ENOMEM;
	rd_list_init(&resolver->lookups);
	rd_list_init(&resolver->ready);
	rd_timer_init(&resolver->turn, run_ready, resolver);
	rc = dns_cache_new(&resolver->cache);
	if (rc == 0)
		rc = dns_dead_new(&resolver->dead);
	if (rc)
		sip_resolver_free(resolver);
	else
		*rp = resolver;
	return rc;
}

static void drop_all(struct rd_list *lookups)
{
	rd_list_foreach(node, tmp, lookups)
		sip_lookup_cancel(rd_list_entry(node, struct sip_lookup, link));
}

void sip_resolver_free(struct sip_resolver *resolver)
{
	if (!resolver)
		return;
	rd_timer_stop(&resolver->turn);
	drop_all(&resolver->lookups);
	drop_all(&resolver->ready);
	dns_ares_free(resolver->ares);
	dns_cache_free(resolver->cache);
	dns_dead_free(resolver->dead);
	rd_free(resolver);
}

static void ask_network(struct sip_resolver *resolver, enum dns_type type, const char *name)
{
	resolver->questions++;
	if (resolver->ask) {
		resolver->ask(resolver->ask_arg, type, name);
		return;
	}
	if (!resolver->ares && dns_ares_new(&resolver->ares, resolver, resolver->settings))
		sip_resolver_answer_take(resolver, type, name, dns_answer_empty(-EIO, 0));
	else
		dns_ares_ask(resolver->ares, type, name);
}

/* What is being waited for is asked of the new servers. */
void sip_resolver_configure(struct sip_resolver *resolver,
			    const struct sip_dns_settings *settings)
{
	struct dns_entry *entry = NULL;

	dns_ares_free(resolver->ares);
	resolver->ares = NULL;
	resolver->settings = settings;
	dns_cache_flush(resolver->cache);
	while (settings && (entry = dns_cache_next(resolver->cache, entry)))
		if (entry->asked)
			ask_network(resolver, entry->type, dns_entry_name(entry));
}

void sip_resolver_simulate(struct sip_resolver *resolver,
			   void (*ask)(void *arg, int type, const char *name), void *arg)
{
	resolver->ask = ask;
	resolver->ask_arg = arg;
}

/* ---- what is known ---- */

struct asking {
	struct sip_resolver *resolver;
	struct dns_entry *missing; /* the first that has to be waited for */
	uint64_t until_ms; /* all that was used holds so long */
};

static int known(void *arg, enum dns_type type, const char *name,
		 const struct dns_answer **answer)
{
	struct asking *asking = arg;
	struct sip_resolver *resolver = asking->resolver;
	int rc = dns_hosts_find(resolver->settings->hosts, type, name, answer);
	struct dns_entry *entry;

	if (rc != -ENODATA)
		return rc;
	if (!resolver->settings->enabled)
		return -ENOENT;
	entry = dns_cache_get(resolver->cache, type, name);
	if (!entry)
		return -ENOMEM;
	if (!dns_entry_fresh(entry) && !entry->asked) {
		entry->asked = true;
		ask_network(resolver, type, name);
	}
	if (!dns_entry_fresh(entry)) {
		if (!entry->asked)
			return -ENOMEM;
		asking->missing = asking->missing ? asking->missing : entry;
		return -EINPROGRESS;
	}
	asking->until_ms = RD_MIN(asking->until_ms, entry->expires_ms);
	*answer = entry->answer;
	return entry->answer->rc;
}

static void hinted(void *arg, enum dns_type type, const char *name)
{
	const struct asking *asking = arg;
	struct asking aside = { .resolver = asking->resolver };
	const struct dns_answer *answer;

	known(&aside, type, name, &answer);
}

static uint32_t random_number(void *arg)
{
	uint32_t number;

	(void)arg;
	rd_random(&number, sizeof(number));
	return number;
}

static int run(struct sip_resolver *resolver, const struct sip_where *where,
	       struct sip_targets *targets, struct dns_entry **missing)
{
	struct asking asking = { .resolver = resolver, .until_ms = UINT64_MAX };
	const struct dns_asker asker = {
		.ask = known, .hint = hinted, .arg = &asking, .random = random_number
	};
	int rc;

	if (!resolver->settings)
		return -EIO;
	rc = dns_locate(where, &asker, targets);
	if (asking.until_ms != UINT64_MAX)
		targets->ttl_s = (uint32_t)((asking.until_ms - rd_now_ms() + 999) / 1000);
	if (rc == 0)
		dns_dead_sort(resolver->dead, targets);
	*missing = asking.missing;
	return rc;
}

int sip_locate_now(struct sip_resolver *resolver, const struct sip_where *where,
		   struct sip_targets *targets)
{
	struct dns_entry *missing;

	return run(resolver, where, targets, &missing);
}

/* ---- lookups ---- */

static void make_ready(struct sip_lookup *lookup)
{
	rd_list_remove(&lookup->wait);
	rd_list_remove(&lookup->link);
	rd_list_push(&lookup->resolver->ready, &lookup->link);
	rd_timer_start(&lookup->resolver->turn, 0);
}

/* Its name is ready to be looked up. */
static struct sip_lookup *lookup_new(struct sip_resolver *resolver,
				     const struct sip_where *where, void *arg)
{
	struct sip_lookup *lookup = rd_malloc(sizeof(*lookup) + where->host.n);

	if (!lookup)
		return NULL;
	memset(lookup, 0, sizeof(*lookup));
	lookup->resolver = resolver;
	lookup->where = *where;
	memcpy(lookup->host, where->host.p, where->host.n);
	lookup->where.host.p = lookup->host;
	lookup->arg = arg;
	rd_list_init(&lookup->link);
	rd_list_init(&lookup->wait);
	make_ready(lookup);
	return lookup;
}

int sip_locate(struct sip_resolver *resolver, struct sip_lookup **lp,
	       const struct sip_where *where, sip_located_fn *done, void *arg)
{
	struct sip_lookup *lookup = lookup_new(resolver, where, arg);

	if (!lookup)
		return -ENOMEM;
	lookup->done = done;
	if (lp)
		*lp = lookup;
	return 0;
}

int sip_naptr_ask(struct sip_resolver *resolver, struct sip_lookup **lp, struct rd_str name,
		  rd_sip_naptr_fn *told, void *arg)
{
	char text[DNS_NAME];
	struct sip_where where = { .host.p = text };
	int rc = dns_name_normalize(text, name);

	if (rc)
		return rc;
	where.host.n = strlen(text) + 1; /* with its NUL */
	*lp = lookup_new(resolver, &where, arg);
	if (!*lp)
		return -ENOMEM;
	(*lp)->told = told;
	return 0;
}

int sip_find_now(struct sip_resolver *resolver, const struct sip_where *where,
		 const char *transport, struct sip_way **wp)
{
	struct sip_targets targets;
	int rc = sip_locate_now(resolver, where, &targets);

	return rc ? rc : sip_way_new(wp, resolver, where, &targets, transport);
}

int sip_find(struct sip_resolver *resolver, const struct sip_where *where,
	     const char *transport, struct sip_way **wp, struct sip_lookup **lp,
	     sip_found_fn *found, void *arg)
{
	int rc = wp ? sip_find_now(resolver, where, transport, wp) : -EINPROGRESS;
	struct sip_lookup *lookup;

	if (rc != -EINPROGRESS)
		return rc;
	lookup = lookup_new(resolver, where, arg);
	if (!lookup)
		return -ENOMEM;
	lookup->found = found;
	rd_strcpy(lookup->transport, sizeof(lookup->transport), transport ? transport : "");
	*lp = lookup;
	return rc;
}

void sip_lookup_cancel(struct sip_lookup *lookup)
{
	if (!lookup)
		return;
	rd_list_remove(&lookup->wait);
	rd_list_remove(&lookup->link);
	rd_free(lookup);
}

/* The lookup is gone when its user hears of it. */
static void tell_take(struct sip_lookup *lookup, int rc, const struct sip_targets *targets)
{
	sip_located_fn *done = lookup->done;
	sip_found_fn *found = lookup->found;
	struct sip_way *way = NULL;
	void *arg = lookup->arg;

	if (found && rc == 0)
		rc = sip_way_new(&way, lookup->resolver, &lookup->where, targets,
				 lookup->transport[0] ? lookup->transport : NULL);
	rd_free(lookup);
	if (found)
		found(arg, rc, way);
	else
		done(arg, rc, rc ? NULL : targets);
}

/* The same of records. */
static void tell_records_take(struct sip_lookup *lookup, int rc, const struct dns_answer *answer)
{
	struct rd_sip_naptr list[DNS_RECORDS_MAX];
	uint8_t order[DNS_RECORDS_MAX];
	rd_sip_naptr_fn *told = lookup->told;
	unsigned count = rc ? 0 : answer->count;
	void *arg = lookup->arg;

	if (count)
		dns_order_naptr(answer, order);
	for (unsigned i = 0; i < count; i++) {
		const struct dns_record *record = &answer->records[order[i]];
		bool makes_uri = strcmp(record->naptr.flags, "U") == 0;

		list[i] = (struct rd_sip_naptr){
			.order = record->naptr.order,
			.preference = record->naptr.preference,
			.flags = record->naptr.flags,
			.service = record->naptr.service,
			.regexp = makes_uri ? record->name : "",
		};
	}
	rd_free(lookup);
	told(arg, rc, list, count);
}

static void wait_for(struct sip_lookup *lookup, struct dns_entry *missing)
{
	rd_list_push(&lookup->resolver->lookups, &lookup->link);
	rd_list_push(&missing->waiters, &lookup->wait);
}

static void run_records(struct sip_lookup *lookup)
{
	struct asking asking = { .resolver = lookup->resolver };
	const struct dns_answer *answer = NULL;
	int rc = lookup->resolver->settings
			 ? known(&asking, DNS_NAPTR, lookup->host, &answer)
			 : -EIO;

	if (rc == -EINPROGRESS)
		wait_for(lookup, asking.missing);
	else
		tell_records_take(lookup, rc, answer);
}

static void run_lookup(struct sip_lookup *lookup)
{
	struct sip_resolver *resolver = lookup->resolver;
	struct dns_entry *missing;
	struct sip_targets targets;
	int rc = run(resolver, &lookup->where, &targets, &missing);

	if (rc == -EINPROGRESS)
		wait_for(lookup, missing);
	else
		tell_take(lookup, rc, &targets);
}

/* Those that come while it runs are for the next turn. */
static void run_ready(void *arg)
{
	struct sip_resolver *resolver = arg;
	struct rd_list turn, *node;

	rd_list_init(&turn);
	rd_list_insert_after(resolver->ready.prev, &turn);
	rd_list_remove(&resolver->ready);
	while ((node = rd_list_pop(&turn))) {
		struct sip_lookup *lookup = rd_list_entry(node, struct sip_lookup, link);

		if (lookup->told)
			run_records(lookup);
		else
			run_lookup(lookup);
	}
}

void sip_resolver_answer_take(struct sip_resolver *resolver, enum dns_type type,
			      const char *name, struct dns_answer *answer)
{
	struct dns_entry *entry = dns_cache_find(resolver->cache, type, name);

	if (!answer || (answer->rc && answer->rc != -ENOENT))
		resolver->failures++;
	if (!entry) {
		rd_free(answer);
		return;
	}
	dns_entry_take(entry, answer);
	rd_list_foreach(node, tmp, &entry->waiters)
		make_ready(rd_list_entry(node, struct sip_lookup, wait));
}

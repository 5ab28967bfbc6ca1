/* What the files of resolver/ share. */
#ifndef CHANNELS_SIP_RESOLVER_PRIVATE_H
#define CHANNELS_SIP_RESOLVER_PRIVATE_H

#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/map.h>

#include "channels/sip/resolver/resolver.h"

/* As DNS numbers them. */
enum dns_type {
	DNS_A = 1,
	DNS_SOA = 6,
	DNS_AAAA = 28,
	DNS_SRV = 33,
	DNS_NAPTR = 35,
};

/* A domain name as text and its NUL: lower case, no final dot; "" is the root. */
#define DNS_NAME 256
/* Of more records than this in one answer the best are kept. */
#define DNS_RECORDS_MAX 32

struct dns_record {
	union {
		union sip_sockaddr address; /* port 0 */
		struct {
			uint16_t priority, weight, port;
		} srv;
		struct {
			uint16_t order, preference;
			char flags[4], service[16]; /* upper case */
		} naptr;
	};
	/* SRV: the target; NAPTR: the replacement, or with the flag U the expression. */
	char name[DNS_NAME];
};

/* One block from rd_malloc. */
struct dns_answer {
	int rc; /* 0; -ENOENT: it is certain that there is none; else nobody knows */
	uint32_t ttl_s;
	unsigned count;
	struct dns_record records[];
};

/* ---- answer.c ---- */

/* The records of this type in a message as it comes from the wire; with none of
 * them an answer that says so, for as long as the SOA beside it wants. 0,
 * -EINVAL for what is no such message, -ENOMEM. */
int dns_answer_parse(struct dns_answer **ap, const uint8_t *data, size_t size,
		     enum dns_type type);
/* One without records. NULL without memory. */
struct dns_answer *dns_answer_empty(int rc, uint32_t ttl_s);
const char *dns_type_name(enum dns_type type);
/* A name as it is kept and asked for. 0 or -EINVAL. */
int dns_name_normalize(char out[DNS_NAME], struct rd_str name);

/* ---- order.c: pure ---- */

/* The lower, the sooner it is used; the same: chance or place decides. */
uint32_t dns_rank(enum dns_type type, const struct dns_record *record);

typedef uint32_t dns_random_fn(void *arg);

/* Fill order[] with the places of all records, the first to be used first. SRV:
 * RFC 2782, by priority, then at random by weight; NAPTR: RFC 2915 §2. */
void dns_order_srv(const struct dns_answer *answer, dns_random_fn *random, void *arg,
		   uint8_t order[DNS_RECORDS_MAX]);
void dns_order_naptr(const struct dns_answer *answer, uint8_t order[DNS_RECORDS_MAX]);

/* ---- locate.c: RFC 3263 §4, pure ---- */

struct dns_asker {
	/* What is known of a name: 0 with the answer, borrowed; -EINPROGRESS:
	 * not yet; -ENOENT: there is none; else why nobody knows. */
	int (*ask)(void *arg, enum dns_type type, const char *name,
		   const struct dns_answer **answer);
	/* It may be wanted soon: ask, but do not wait. May be NULL. */
	void (*hint)(void *arg, enum dns_type type, const char *name);
	void *arg;
	dns_random_fn *random;
	void *random_arg;
};

/* All that can be decided with what is known now: 0 with targets, -EINPROGRESS
 * until more is, -ENOENT (no such name, or not for SIP), -EPROTONOSUPPORT (no
 * transport of ours fits), or the asker's error. To be called again from the
 * start when an answer has come. */
int dns_locate(const struct sip_where *where, const struct dns_asker *asker,
	       struct sip_targets *targets);

/* ---- cache.c ---- */

struct dns_cache;

struct dns_entry {
	struct rd_list link; /* by last use, the oldest first */
	struct rd_list waiters; /* the cache's user's */
	struct dns_answer *answer; /* NULL: never had one */
	uint64_t expires_ms; /* of the answer */
	uint64_t answered_ms;
	bool asked; /* a question is out */
	enum dns_type type;
	char key[]; /* "SRV _sip._udp.example.com" */
};

int dns_cache_new(struct dns_cache **cp);
void dns_cache_free(struct dns_cache *cache);
/* The entry of a name, made when there is none. NULL without memory. */
struct dns_entry *dns_cache_get(struct dns_cache *cache, enum dns_type type,
				const char *name);
struct dns_entry *dns_cache_find(struct dns_cache *cache, enum dns_type type,
				 const char *name);
const char *dns_entry_name(const struct dns_entry *entry);
bool dns_entry_fresh(const struct dns_entry *entry);
/* Take what came. A failure does not displace what was known before: that is
 * used on for a while (RFC 8767). NULL: no memory, a failure. */
void dns_entry_take(struct dns_entry *entry, struct dns_answer *answer);
/* Forget all but what is being asked for. */
void dns_cache_flush(struct dns_cache *cache);
unsigned dns_cache_count(const struct dns_cache *cache);
/* Walk, the least recently used first: NULL starts. */
struct dns_entry *dns_cache_next(struct dns_cache *cache, struct dns_entry *after);

/* ---- dead.c ---- */

struct dns_dead;

int dns_dead_new(struct dns_dead **dp);
void dns_dead_free(struct dns_dead *dead);
/* Avoid it for so long. Without memory it is not remembered. */
void dns_dead_add(struct dns_dead *dead, const struct sip_target *target, int ms);
void dns_dead_remove(struct dns_dead *dead, const struct sip_target *target);
bool dns_dead_has(const struct dns_dead *dead, const struct sip_target *target);
/* The living to the front, else in their order. */
void dns_dead_sort(const struct dns_dead *dead, struct sip_targets *targets);
/* Walk: *pos 0 starts; those whose time is over are left out. */
bool dns_dead_next(const struct dns_dead *dead, size_t *pos, const char **name,
		   uint64_t *until_ms);

/* ---- hosts.c ---- */

/* 0 with the answer, -ENOENT: there is the name but no such record, -ENODATA:
 * the name is not in the file. hosts may be NULL. */
int dns_hosts_find(const struct sip_hosts *hosts, enum dns_type type, const char *name,
		   const struct dns_answer **answer);

/* ---- ares.c: the network ---- */

/* Asks name servers; what they say goes to sip_resolver_answer_take(). */
int dns_ares_new(struct dns_ares **ap, struct sip_resolver *resolver,
		 const struct sip_dns_settings *settings);
void dns_ares_free(struct dns_ares *ares);
void dns_ares_ask(struct dns_ares *ares, enum dns_type type, const char *name);

/* ---- resolver.c ---- */

struct sip_resolver {
	const struct sip_dns_settings *settings;
	struct dns_cache *cache;
	struct dns_dead *dead;
	struct dns_ares *ares; /* NULL: nothing was asked yet */
	struct rd_list lookups; /* waiting for an answer */
	struct rd_list ready; /* their answer is there */
	struct rd_timer turn; /* runs those */
	/* Who asks instead of c-ares; a test's. */
	void (*ask)(void *arg, int type, const char *name);
	void *ask_arg;
	uint64_t questions, failures; /* for the console */
};

/* What the network said; the answer is taken, NULL for want of memory. */
void sip_resolver_answer_take(struct sip_resolver *resolver, enum dns_type type,
			      const char *name, struct dns_answer *answer);

#endif

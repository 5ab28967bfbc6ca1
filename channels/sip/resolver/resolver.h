/* Where a request goes next: RFC 3263, with DNS through c-ares, a cache, and a
 * memory for targets that did not answer. Everything runs on the switch thread
 * and nothing ever waits: what is not known yet comes by callback.
 *
 * From a URI to a message on its way:
 *
 *	sip_where_of_uri()  what is asked: name, port, transport
 *	sip_find()	    to a way: targets, the best first (sip_locate(), sip_way_new())
 *	sip_way_next()	    opens a flow to one,
 *	sip_way_failed()    remembers that it is dead, and so on to the next
 *
 * A request outside of any dialog has all this done by sip_outside_send() in
 * outside.h. */
#ifndef CHANNELS_SIP_RESOLVER_RESOLVER_H
#define CHANNELS_SIP_RESOLVER_RESOLVER_H

#include <ringdown/map.h>
#include <ringdown/sip_trunk.h>

#include "channels/sip/message/message.h"
#include "channels/sip/message/uri.h"
#include "channels/sip/transport/transport.h"

struct rd_cli;
struct sip_resolver;
struct sip_lookup; /* one question under way */
struct dns_ares;

/* Addresses of both families, as bits. */
#define SIP_V4 1
#define SIP_V6 2

/* One address that a request may be sent to, and by what. */
struct sip_target {
	enum sip_protocol protocol;
	union sip_sockaddr address;
};

#define SIP_TARGETS_MAX 64

struct sip_targets {
	unsigned count;
	uint32_t ttl_s; /* after that, ask again */
	struct sip_target list[SIP_TARGETS_MAX]; /* in the order to try them */
};

/* What is looked for. */
struct sip_where {
	struct rd_str host; /* a name or an address */
	uint16_t port; /* 0: none given */
	bool secure; /* sips: TLS or nothing */
	enum sip_protocol protocol; /* SIP_PROTOCOLS: none given */
	/* What we can send by: for each protocol SIP_V4, SIP_V6. */
	uint8_t ways[SIP_PROTOCOLS];
};

/* The options of sip.conf [global]. Strings and maps live as long as the
 * settings do. */
struct sip_dns_settings {
	bool enabled;
	const char *servers; /* "127.0.0.1:5353, ::1"; NULL: the system's */
	int timeout_ms, tries;
	int dead_ms; /* how long a target is avoided that did not answer */
	int failover_ms; /* unheard for so long, and the next target is tried */
	struct sip_hosts *hosts; /* NULL: none */
};

/* Names of /etc/hosts; they come before DNS. */
struct sip_hosts;

/* 0, -ENOMEM; lines that are none are passed over. */
int sip_hosts_parse(struct sip_hosts **hp, struct rd_str text);
/* From a file; blocks, for a pool thread. A file that is not there is empty. */
int sip_hosts_load(struct sip_hosts **hp, const char *path);
void sip_hosts_free(struct sip_hosts *hosts);

/* ---- life ---- */

/* 0 or -ENOMEM. Nothing is asked before the first lookup. */
int sip_resolver_new(struct sip_resolver **rp);
/* Lookups under way are dropped without a word. */
void sip_resolver_free(struct sip_resolver *resolver);
/* Other settings, which must outlive their use; the cache is emptied. */
void sip_resolver_configure(struct sip_resolver *resolver,
			    const struct sip_dns_settings *settings);
/* Its cache, its counters and the dead targets, on the console. */
void sip_resolver_show(const struct sip_resolver *resolver, struct rd_cli *cli);
/* Whom to ask instead of name servers: for tests. The answers go to
 * sip_resolver_answer_take(), from within ask or later. */
void sip_resolver_simulate(struct sip_resolver *resolver,
			   void (*ask)(void *arg, int type, const char *name), void *arg);

/* ---- what is looked for ---- */

/* From a sip or sips URI: host or maddr, port, transport. ways is left empty.
 * 0 or -EINVAL. */
int sip_where_of_uri(struct sip_where *where, struct rd_str uri);
/* That of a URI whose host is an address, with port 0. 0 or -EINVAL. */
int sip_uri_address(union sip_sockaddr *address, struct rd_str uri);
/* From "host", "host:port", "[::1]:5060", or a URI. The same. */
int sip_where_of_text(struct sip_where *where, struct rd_str text);
/* Is its host a name that DNS may know? */
bool sip_where_is_name(const struct sip_where *where);
/* Is there any protocol among its ways that it can be called by, in its family where it is an
 * address? */
bool sip_where_has_way(const struct sip_where *where);
/* Fill in ways: by the transport section of this name (NULL: any of them). */
void sip_where_by(struct sip_where *where, struct sip_transports *transports,
		  const char *transport);

/* ---- looking ---- */

/* rc: 0 with targets (count > 0), -ENOENT: no such host or not for SIP,
 * -EPROTONOSUPPORT: no transport of ours fits, -ETIMEDOUT, -EIO: no name server
 * helped. The lookup is gone afterwards. */
typedef void sip_located_fn(void *arg, int rc, const struct sip_targets *targets);

/* Ask. done is called from the loop, never from within. 0, -EINVAL for what is
 * no host, -ENOMEM. */
int sip_locate(struct sip_resolver *resolver, struct sip_lookup **lp,
	       const struct sip_where *where, sip_located_fn *done, void *arg);
void sip_lookup_cancel(struct sip_lookup *lookup);

/* The same without waiting: addresses, and names that the cache knows. As done
 * is told, or -EINPROGRESS; the questions are out then, and it may be tried
 * again, or sip_locate() waits for the answers. */
int sip_locate_now(struct sip_resolver *resolver, const struct sip_where *where,
		   struct sip_targets *targets);

/* The NAPTR records of a name, for who makes something else of them (ENUM). told is called
 * from the loop, never from within. 0, -EINVAL for what is no name, -ENOMEM. */
int sip_naptr_ask(struct sip_resolver *resolver, struct sip_lookup **lp, struct rd_str name,
		  rd_sip_naptr_fn *told, void *arg);

/* ---- going there ---- */

/* Targets to be tried one after the other (RFC 3263 §4.3). */
struct sip_way;

/* To the targets that were found for where. transport: the section to send by,
 * NULL for any. 0 or -ENOMEM. */
int sip_way_new(struct sip_way **wp, struct sip_resolver *resolver,
		const struct sip_where *where, const struct sip_targets *targets,
		const char *transport);
/* Begin with the target that this flow leads to, if it is one of them and not dead while
 * another lives. */
void sip_way_prefer(struct sip_way *way, const struct sip_flow *flow);
void sip_way_free(struct sip_way *way);
/* A flow to the next target that can be reached at all. 0, or -EHOSTUNREACH
 * when there is none left. */
int sip_way_next(struct sip_way *way, struct sip_transports *transports,
		 struct sip_flow *flow);
/* A flow to the one that was opened last, once more. 0 or negative errno. */
int sip_way_again(const struct sip_way *way, struct sip_transports *transports,
		  struct sip_flow *flow);
bool sip_way_has_more(const struct sip_way *way);
/* And the next is none that did not answer a while ago. */
bool sip_way_has_better(const struct sip_way *way);
/* The target last opened did not answer, broke off or said 503: avoid it.
 * retry_after_s: for how long, as sip_retry_after() tells; 0 or negative: as
 * configured. */
void sip_way_failed(struct sip_way *way, int retry_after_s);
/* It lives. */
void sip_way_heard(struct sip_way *way);
/* How long to wait for its first sign of life before the next is tried, in ms;
 * 0: no longer than the transaction does, there is no other target. */
int sip_way_patience_ms(const struct sip_way *way);

/* The first of it, which is freed: for who needs but one. */
int sip_way_take_first(struct sip_way *way, struct sip_transports *transports,
		       struct sip_flow *flow);

/* ---- all of it: find, then go ---- */

/* rc 0: the way is the receiver's; else as sip_located_fn. */
typedef void sip_found_fn(void *arg, int rc, struct sip_way *way);

/* What can be found without waiting: 0 with *wp, -EINPROGRESS, or as sip_locate_now(). */
int sip_find_now(struct sip_resolver *resolver, const struct sip_where *where,
		 const char *transport, struct sip_way **wp);
/* The same; but with -EINPROGRESS found() is called when it is known, from the loop, and
 * *lp can be cancelled until then. wp NULL: it is called in any case but an error. */
int sip_find(struct sip_resolver *resolver, const struct sip_where *where,
	     const char *transport, struct sip_way **wp, struct sip_lookup **lp,
	     sip_found_fn *found, void *arg);

/* Did it fail a while ago? */
bool sip_resolver_avoids(const struct sip_resolver *resolver,
			 const struct sip_target *target);

#endif

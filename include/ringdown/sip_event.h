/* Ringdown SDK: event packages of SIP (RFC 6665): who wants to be told about
 * what, and how it is written down. The SIP driver keeps the subscriptions and
 * sends the NOTIFYs; a module brings the package. The driver publishes these
 * functions as an interface:
 *
 *	events = rd_interface_get(RD_SIP_EVENTS, RD_SIP_EVENTS_VERSION);
 *	rc = events->add(&package);
 *
 * with .needs = { "chan_sip", NULL }. Nothing here yields. */
#ifndef RINGDOWN_SIP_EVENT_H
#define RINGDOWN_SIP_EVENT_H

#include <ringdown/base.h>
#include <ringdown/str.h>

#define RD_SIP_EVENTS	      "sip_events"
#define RD_SIP_EVENTS_VERSION 6

struct rd_sip_package;
struct rd_sip_phone;

/* One subscription that we serve. All but data and passing is the driver's. */
struct rd_sip_watch {
	const struct rd_sip_package *package;
	const char *resource; /* user of the URI subscribed to, no escapes */
	const char *subject; /* the section of sip.conf that this URI means, or resource */
	const char *context;  /* where the subscriber's numbers are looked up */
	const char *phone;    /* the subscriber's section in sip.conf */
	const char *entity;   /* the URI subscribed to, "sip:1001@192.0.2.1" */
	const char *id;	      /* of the Event header, "" for none */
	const char *params;   /* all of that header's, "call-id=...;to-tag=..." */
	const char *type;     /* of the package's types, the one to print */
	void *data;	      /* the package's own */
	bool passing; /* it ends with the daemon: what is watched does. open() says so */
};

/* What one NOTIFY is to say. */
struct rd_sip_notice {
	bool full;	  /* all there is; else what changed since the last one */
	bool must;	  /* somebody waits for it, changed or not */
	bool last;	  /* the subscription ends with it */
	unsigned version; /* 0, 1, 2, ... of this subscription's documents */
};

/* Why a subscription ends (RFC 6665 §4.1.3). */
enum rd_sip_end {
	RD_SIP_END_TIMEOUT,
	RD_SIP_END_DEACTIVATED, /* try again at once */
	RD_SIP_END_PROBATION,	/* try again later */
	RD_SIP_END_REJECTED,	/* never again */
	RD_SIP_END_GIVEUP,
	RD_SIP_END_NORESOURCE,
	RD_SIP_END_INVARIANT, /* it can never change again */
};

/* open() may say so: the subscriber waits until activate(). */
#define RD_SIP_PENDING 1

/**
 * An event package.
 *
 * @types      what print() can write, the preferred first; NULL-terminated
 * @expires_s  how long a subscription lasts that does not say; 0: an hour
 * @gap_ms     the least time between two NOTIFYs about changes
 * @open       somebody subscribes: 0, RD_SIP_PENDING, a status to refuse
 *             it with (404, 403), or negative errno (500). May set watch->data
 * @close      it has ended: the last call. May be NULL
 * @print      append the state. 0; -EALREADY unless notice->must: nothing has
 *             changed, no NOTIFY is sent; -ENODATA: there is nothing to say; any
 *             other error is logged, and a NOTIFY without body sent
 * @published  look at a document somebody publishes for resource (PUBLISH, RFC
 *             3903): 0 or a status to refuse it with. NULL: nothing can be
 * @publish_types  what it may be; NULL-terminated
 * @unasked    a NOTIFY that belongs to no subscription of ours, from this phone or
 *             peer: the status of its answer. NULL: 481
 */
struct rd_sip_package {
	const char *name;
	const char *const *types;
	int expires_s;
	int gap_ms;
	int (*open)(struct rd_sip_watch *watch);
	void (*close)(struct rd_sip_watch *watch);
	int (*print)(struct rd_sip_watch *watch, const struct rd_sip_notice *notice,
		     struct rd_buf *body);
	int (*published)(const char *resource, const char *type, struct rd_str body);
	const char *const *publish_types;
	int (*unasked)(const struct rd_sip_phone *phone, const char *type, struct rd_str body);
};

/* A document that is published now. */
struct rd_sip_publication {
	const char *etag, *type;
	struct rd_str body;
};

/* A section of sip.conf. */
struct rd_sip_phone {
	const char *name, *context, *mailbox, *voicemail_number;
	const char *account;	   /* who we are there */
	const char *mwi_subscribe; /* the mailbox that it keeps for us; NULL: none */
	const char *mwi_incoming; /* the one that it tells of unasked; NULL: none */
	bool unsolicited_mwi;
	unsigned contacts; /* registered now */
	bool has_host; /* it is called there, too */
};

/* A device that is registered. */
struct rd_sip_binding {
	struct rd_str uri, call_id, user_agent;
	uint32_t cseq, expires_s; /* from now */
	int q;			  /* thousandths */
	bool renewed;		  /* since it came */
	struct rd_str instance; /* of the device, "<urn:uuid:...>"; absent: not said */
	uint64_t stamp; /* the later it was renewed, the higher; no other has it */
};

/* ---- as a subscriber ---- */

struct rd_sip_subscription;

struct rd_sip_subscribe {
	const char *peer;     /* section in sip.conf: where it is asked, and as whom */
	const char *resource; /* user part there */
	const char *event, *accept;
	int expires_s; /* 0: the state once, and no more (a fetch) */
	bool forks;    /* several may answer: tell of each */
	/* A NOTIFY: state is "active", "pending" or "terminated". Returns the
	 * status of the answer: 200, 415... */
	int (*notified)(struct rd_sip_subscription *subscription, const char *state,
			const char *type, struct rd_str body, void *arg);
	/* It is over: the last call. reason: as the far end gave it, or a
	 * word of ours. retry_s: when to try again; 0: at once, -1: never. */
	void (*ended)(struct rd_sip_subscription *subscription, const char *reason,
		      int retry_s, void *arg);
	void *arg;
};

struct rd_sip_events {
	/* Borrowed until removed. Subscriptions of a former run of the daemon, and what was
	 * published before it was removed, come back to it in a later turn. 0, -EEXIST,
	 * -ENOMEM. */
	int (*add)(const struct rd_sip_package *package);
	/* All its subscriptions end: probation; what is published waits in the store. Where
	 * its module goes for a new file of its own (RD_EVENT_MODULE "replacing"), they wait,
	 * and what adds a package of this name before "replaced" has them: open() is called
	 * anew, and everything told. */
	void (*remove)(const struct rd_sip_package *package);

	/* The state of a watch has changed: it gets a NOTIFY in a later turn, the
	 * newest state only when several changes come fast. */
	void (*changed)(struct rd_sip_watch *watch);
	/* The same for all of the package that watch this resource. */
	void (*resource_changed)(const struct rd_sip_package *package, const char *resource);
	/* A pending one is granted. */
	void (*activate)(struct rd_sip_watch *watch);
	/* watch is gone when the last NOTIFY is through; retry_s: for
	 * PROBATION and GIVEUP, 0: not said. */
	void (*end)(struct rd_sip_watch *watch, enum rd_sip_end why, int retry_s);

	/* Walk what is published for a resource: *pos starts at 0. */
	bool (*publication)(const struct rd_sip_package *package, const char *resource,
			    size_t *pos, struct rd_sip_publication *publication);

	/* -ENOENT: no such section. Borrowed until the next turn. */
	int (*phone)(const char *name, struct rd_sip_phone *phone);
	/* Walk all sections: *pos starts at NULL. */
	bool (*phone_next)(const void **pos, struct rd_sip_phone *phone);
	/* Walk the devices of a phone: *pos starts at 0. */
	bool (*binding)(const char *phone, size_t *pos, struct rd_sip_binding *binding);
	/* A NOTIFY that nobody asked for, to each device of a phone and to its host. */
	int (*tell_phone)(const char *phone, const char *event, const char *type,
			  struct rd_str body);

	/* 0 with *sp, -ENOENT (no such peer), -EHOSTUNREACH, -ENOMEM. */
	int (*subscribe)(struct rd_sip_subscription **sp,
			 const struct rd_sip_subscribe *params);
	/* Ends it with SUBSCRIBE, Expires: 0. No callback is made any more. */
	void (*unsubscribe)(struct rd_sip_subscription *subscription);

	/* A parameter of watch->params, its quotes and escapes undone: 0; -ENOENT with "",
	 * or -EMSGSIZE: it does not fit, value is "". */
	int (*param)(const struct rd_sip_watch *watch, const char *name, char *value,
		     size_t size);
	/* The URI of another user where watch->entity is, "sip:%2331@192.0.2.1" of "#31": 0, or
	 * -EMSGSIZE: it does not fit, uri is "". */
	int (*uri_beside)(const struct rd_sip_watch *watch, const char *user, char *uri,
			  size_t size);

	/* As tell_phone, with the URI of a user here, as that phone knows us, put into the body
	 * at an offset. */
	int (*tell_phone_uri)(const char *phone, const char *event, const char *type,
			      struct rd_str body, const char *user, size_t at);
};

#endif

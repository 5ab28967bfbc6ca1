/* Where phones are: the contacts of each address of record, in memory. What is
 * remembered over a restart is written behind (location_store.c). */
#ifndef CHANNELS_SIP_ENDPOINT_LOCATION_H
#define CHANNELS_SIP_ENDPOINT_LOCATION_H

#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/str.h>

#include "channels/sip/transport/transport.h"

struct sip_location;

/* One device of an address of record. */
struct sip_contact {
	struct rd_list link; /* in its address of record, best first */
	struct sip_aor *aor;
	struct rd_timer expiry;
	uint64_t expires_s; /* wall clock */
	uint32_t cseq;
	uint16_t q; /* thousandths */
	uint32_t reg_id;      /* of RFC 5626; 0: it is no managed flow */
	uint64_t stamp;	      /* the later it was renewed, the higher */
	uint64_t epoch;	      /* of its temporary GRUUs, 0: none */
	struct rd_list by_epoch; /* gruu.c's */
	struct sip_probe *probe; /* qualify.c's; NULL: it is not asked */
	uint64_t avoided_ms; /* until then it comes last: it did not answer lately */
	bool unproven; /* whoever registered it has not shown that he receives */
	bool unwritten; /* the store does not have it as it is */
	bool renewed; /* since it came */
	struct sip_flow flow; /* where it registered from */
	struct rd_list by_connection; /* location_flows.c's, and so is: */
	struct rd_timer keepalive;
	struct rd_str uri, call_id, user_agent;
	struct rd_str path;	/* "<a>, <b>", RFC 3327 */
	struct rd_str instance; /* "<urn:uuid:...>" without quotes */
	struct rd_str params;	/* others of Contact, from the first ';' */
	char text[]; /* their bytes */
};

/* An address of record: by the name of its endpoint. It stays once made. */
struct sip_aor {
	struct sip_location *location;
	struct rd_list contacts;
	struct rd_list dirty; /* waits to be written */
	bool stale_rows; /* the store may hold contacts that are gone */
	unsigned count;
	char name[];
};

/* Longer ones do not register, as docs/sip.md says; room for push parameters (RFC 8599). */
#define SIP_CONTACT_URI_MAX 2048

struct sip_contact_params {
	struct rd_str uri, call_id, user_agent, path, instance, params;
	uint32_t cseq, reg_id;
	uint64_t epoch; /* from the store; 0: as GRUUs demand */
	uint16_t q;
	uint32_t expires_s; /* from now */
	bool unproven;
	const struct sip_flow *flow;
};

/* 0 or -ENOMEM. */
int sip_location_new(struct sip_location **lp);
/* What is dirty is written first, if it was opened. */
void sip_location_free(struct sip_location *location);

/* The record of a name: NULL when it was never made; _get makes it, NULL
 * without memory. */
struct sip_aor *sip_location_find(struct sip_location *location, struct rd_str name);
struct sip_aor *sip_location_get(struct sip_location *location, struct rd_str name);
/* Walk over all; *pos starts at 0. */
struct sip_aor *sip_location_next(struct sip_location *location, size_t *pos);

/* The contact with an equal URI (RFC 3261 §19.1.4) that is no managed flow, or NULL. */
struct sip_contact *sip_aor_find(struct sip_aor *aor, struct rd_str uri);
/* What a REGISTER says of a device. */
struct sip_device {
	struct rd_str uri, instance, call_id, path;
	const struct sip_flow *flow; /* NULL: nothing is known but the URI */
};
/* The same, but not the one of another device that has the same private address. */
struct sip_contact *sip_aor_find_device(struct sip_aor *aor, const struct sip_device *device);
/* The one with an equal URI that was renewed last, be it a flow or not; or NULL. */
struct sip_contact *sip_aor_newest_at(const struct sip_aor *aor, struct rd_str uri);
/* Is it meant by this URI: written so, or equal where none is written so, and none of its
 * device that was renewed later? Two devices may have one private address. */
bool sip_contact_is_meant(const struct sip_contact *contact, struct rd_str uri);
/* The flow of an instance with this number (RFC 5626 §6), or NULL. */
struct sip_contact *sip_aor_find_flow(struct sip_aor *aor, struct rd_str instance,
				      uint32_t reg_id);
/* What this device registered at the same URI by the same way, as a flow or as none; NULL.
 * It is its one contact there still when the device begins with flows, or ends that. */
struct sip_contact *sip_aor_find_turned(struct sip_aor *aor, const struct sip_device *device,
					bool flow);
/* Of one instance the contact that was renewed last, but before this stamp; NULL. */
struct sip_contact *sip_aor_newest(const struct sip_aor *aor, struct rd_str instance,
				   uint64_t before);
/* Another flow of an instance, renewed before this stamp (UINT64_MAX: any): the newest that
 * answered lately, else the newest. A newer one that is silent is passed over for good where
 * an older one lives (RFC 5626 §5.3). NULL: there is none. */
struct sip_contact *sip_aor_next_flow(const struct sip_aor *aor, struct rd_str instance,
				      uint64_t before);
/* The one that has this stamp still, or NULL. */
struct sip_contact *sip_aor_by_stamp(const struct sip_aor *aor, uint64_t stamp);
/* Is it the one by which its device is called: of several flows one alone (RFC 5626 §7)? */
bool sip_contact_is_called(const struct sip_contact *contact);
/* Is it the first in the list of its device? */
bool sip_contact_stands_for_device(const struct sip_contact *contact);
/* The contact of this name and stamp, if it is there still, did not answer: for so long
 * others come first. 0: it does. */
void sip_location_avoid(struct sip_location *location, struct rd_str name, uint64_t stamp,
			int ms);
/* Does it come last, for that or because it does not answer OPTIONS? */
bool sip_contact_avoided(const struct sip_contact *contact);
/* Add, or renew the one that `old` points at (may be NULL). 0 or -ENOMEM. */
int sip_aor_bind(struct sip_aor *aor, struct sip_contact *old,
		 const struct sip_contact_params *params);
enum sip_unbound {
	SIP_UNBOUND_BY_ITSELF, /* it said so */
	SIP_UNBOUND_EXPIRED,
	SIP_UNBOUND_LOST,      /* its connection is gone: it may come again */
	SIP_UNBOUND_REPLACED,  /* there was no room for it */
};
/* It is freed, and whoever wants to know is told. */
void sip_aor_unbind(struct sip_contact *contact, enum sip_unbound why);

/* Who wants to know of contacts that come and go; one only. */
struct sip_location_user {
	void (*bound)(struct sip_contact *contact, bool is_new);
	/* The device was at this flow, and has registered from another one. */
	void (*moved)(const struct sip_contact *contact, const struct sip_flow *before);
	void (*unbound)(struct sip_contact *contact);
	/* The endpoint of this name does not answer at its host any more, the URI. */
	void (*host_silent)(const char *name, struct rd_str uri);
};
void sip_location_set_user(struct sip_location *location,
			   const struct sip_location_user *user);
void sip_location_tell_silent(const struct sip_location *location, const char *name,
			      struct rd_str uri);
/* What is at this URI, of the endpoint of this name, answers, or it does not any more:
 * tell whom it concerns. */
void sip_tell_reached(const char *name, struct rd_str uri, bool reached);

/* Of a node of sip_aor.contacts. */
static inline struct sip_contact *sip_contact_at(struct rd_list *node)
{
	return rd_list_entry(node, struct sip_contact, link);
}

static inline struct sip_contact *sip_aor_first(const struct sip_aor *aor)
{
	return rd_list_empty(&aor->contacts) ? NULL : sip_contact_at(aor->contacts.next);
}

/* A flow as the store has it, of a contact or of a subscription. */
struct sip_stored_flow {
	const char *transport; /* its section's name */
	struct rd_str uri;     /* of the far end; says the protocol */
	const char *source;
	int64_t port;
	const char *ours; /* our address and port on it; "" and 0: not written */
	int64_t ours_port;
};

/* What the store has as the source of a flow: its address, and of a link-local one the
 * interface that leads to it: "fe80::1%eth0". */
void sip_stored_flow_source(const struct sip_flow *flow, char source[SIP_SOCKADDR_TEXT]);

/* By the socket that is bound where it was; without one by the transport of this name, or by any
 * that reaches the far end. False: there is none. */
bool sip_stored_flow_find(struct sip_transports *transports, const struct sip_stored_flow *stored,
			  struct sip_flow *flow);

/* ---- connections (location_flows.c) ---- */

/* How to reach it now: as it registered, or, when that connection is lost, over
 * a new one to the address where it says that it listens. 0, -ENOTCONN, or what
 * sip_flow_open() says. */
int sip_contact_way(struct sip_contact *contact, struct sip_flow *flow);
/* How to reach a device again whose connection is lost: this instance (absent: it is not
 * known), or what was at this URI, as it is registered now. False: it is not. */
bool sip_location_flow(struct sip_location *location, struct rd_str name, struct rd_str instance,
		       struct rd_str uri, struct sip_flow *flow);
/* One that registered over this connection, or NULL. */
const struct sip_contact *sip_location_by_flow(struct sip_location *location,
					       const struct sip_flow *flow);
/* Contacts behind connections that are lost are unbound, unless they listen. */
void sip_location_watch(struct sip_location *location, struct sip_transports *transports);
/* For location.c: a contact is made, its flow has changed, it goes. */
void sip_contact_flow_init(struct sip_contact *contact);
void sip_contact_flow_changed(struct sip_contact *contact);
void sip_contact_flow_fini(struct sip_contact *contact);

/* ---- over restarts (location_store.c) ---- */

/* Bring the tables up to date and read back what is still valid. Contacts
 * whose transport is gone are dropped. Yields. 0 or negative errno. */
RD_YIELDS int sip_location_open(struct sip_location *location,
				struct sip_transports *transports);
/* For location.c: write what has changed of this record soon: a contact, or NULL:
 * one is gone. Does not yield. */
void sip_location_touch(struct sip_aor *aor, struct sip_contact *changed);
/* Give all that waits to the store, now. Does not yield. */
void sip_location_flush(struct sip_location *location);

#endif

/* What the files of our own registrations share; for enrol*.c only. */
#ifndef CHANNELS_SIP_ENDPOINT_ENROL_PRIVATE_H
#define CHANNELS_SIP_ENDPOINT_ENROL_PRIVATE_H

#include <ringdown/clock.h>
#include <ringdown/fiber.h>

#include "channels/sip/dialog/credentials.h"
#include "channels/sip/driver.h"
#include "channels/sip/outside.h"
#include "channels/sip/transport/stun.h"

#define ENROL_EXPIRES_MAX_S 86400u
#define ENROL_CONTACT_SIZE  256

enum enrol_state { ENROL_ASKED, ENROL_REGISTERED, ENROL_WAITS, ENROL_REFUSED };

/* The way that a registration went, and by which we are called (RFC 5626). */
struct enrol_flow {
	struct sip_flow way;
	bool stands; /* the registrar takes part: it is watched */
	bool proven; /* a sign of life has come by it */
	uint32_t timer_s; /* Flow-Timer, 0: none */
	struct rd_timer timer;
	unsigned asked; /* how often without a reply */
	uint8_t id[SIP_STUN_ID];
	union sip_sockaddr mapped; /* family 0: not known yet */
	union sip_sockaddr seen; /* by whom we are registered; family 0: he did not say ... */
	union sip_sockaddr elsewhere; /* ... and that he said later, last */
};

/* One registration with the registrar of a peer. */
struct enrolment {
	struct rd_list link;
	struct sip_settings *settings; /* a reference: what it was made with ... */
	const struct sip_endpoint *endpoint; /* ... and the section in there */
	unsigned reg_id; /* 1 and so on: by which of the proxies */
	struct sip_outside *request; /* NULL: none is out */
	struct rd_timer timer; /* the next one */
	enum enrol_state state;
	uint32_t cseq, expires_s; /* of the last REGISTER; wanted */
	unsigned failures, status; /* in a row; of the last answer, 0: none came */
	bool leaves; /* it asks to be forgotten, and is freed then */
	bool doubted; /* a request has failed by its flow, and it was not renewed since */
	bool again; /* what is out is not what is wanted by now */
	bool hastened; /* by an answer to OPTIONS, since it was registered last */
	bool plain; /* the first hop knows no flows (439) ... */
	bool unsure; /* ... or did so before a reload: the next REGISTER asks */
	uint64_t until_ms; /* so long we are registered */
	uint64_t renewed_ms, renewal_ms; /* when it was last, and will be next */
	/* From the last challenge: the next REGISTER has them at once, and so has the one
	 * that asks to be forgotten when there is no time for an answer. */
	struct sip_credentials *credentials;
	char call_id[25], tag[SIP_TAG_LENGTH + 1];
	char line[25]; /* "": it has none */
	char contact[ENROL_CONTACT_SIZE]; /* the URI that we said last */
	/* The one that a registrar without RFC 5626 has of us; "": none. */
	char bound[ENROL_CONTACT_SIZE];
	struct enrol_flow flow;
	char *redirected_to; /* URI of another registrar; NULL: the settings' */
	unsigned redirections; /* in a row */
	/* What the registrar has told; NULL: nothing of the kind. */
	char *service_route, *pub_gruu, *temp_gruu;
};

static inline const char *enrol_user(const struct sip_endpoint *endpoint)
{
	return endpoint->username ? endpoint->username : endpoint->name;
}

/* The user of our Contact. */
static inline const char *enrol_contact_user(const struct sip_endpoint *endpoint)
{
	return endpoint->register_contact ? endpoint->register_contact : enrol_user(endpoint);
}

static inline const char *enrol_server(const struct sip_endpoint *endpoint)
{
	return endpoint->register_server ? endpoint->register_server : endpoint->host;
}

static inline const char *enrol_scheme(const struct sip_endpoint *endpoint)
{
	return endpoint->register_secure ? "sips:" : "sip:";
}

/* Has the registrar our binding, whatever became of the last try to renew it? */
static inline bool enrol_stands(const struct enrolment *enrolment)
{
	return !enrolment->leaves && enrolment->state != ENROL_REFUSED &&
	       enrolment->until_ms > rd_now_ms();
}

/* ---- enrol.c ---- */

struct rd_list *enrol_all(void);
static inline struct enrolment *enrol_of(struct rd_list *node)
{
	return rd_list_entry(node, struct enrolment, link);
}

/* Is it with the endpoint of this name, be it in a section of its own (register_endpoint)? */
bool enrol_is_of(const struct enrolment *enrolment, const char *name);
/* The first hop of this one; NULL: the registrar itself. */
const char *enrol_proxy(const struct sip_endpoint *endpoint, unsigned reg_id);
/* Does another flow lead to the same peer? */
bool enrol_has_other_flow(const struct enrolment *enrolment);
/* The registrar has been told, or cannot be: it is no more. */
void enrol_end(struct enrolment *enrolment);
/* Tell the house, and the log. */
void enrol_tell(const struct enrolment *enrolment, const char *what);

/* ---- enrol_register.c ---- */

/* Send REGISTER, with Expires: 0 when it leaves. 0 or negative errno. */
int enrol_send(struct enrolment *enrolment);
/* Has the registrar a Contact of ours that is to go with what we say now? */
bool enrol_takes_back(const struct enrolment *enrolment);
/* At once where the registrar would call us is not where we are any more. */
void enrol_keep_up(struct enrolment *enrolment);
/* "<urn:uuid:...>" of this installation (RFC 5626 §4.1). */
struct rd_str enrol_instance(void);

/* ---- enrol_answer.c ---- */

void enrol_response(void *arg, const struct sip_msg *msg, const struct sip_flow *flow);
void enrol_failed(void *arg, int rc);
/* Begin again with the registrar that the settings name. */
void enrol_forget_redirection(struct enrolment *enrolment);
/* Once more when the time for it has come. */
void enrol_retry_later(struct enrolment *enrolment, int least_s);
/* No answer came, or nothing could be sent (rc says why): perhaps it was the flow that
 * failed. */
void enrol_unreached(struct enrolment *enrolment, int rc);

/* ---- enrol_learn.c ---- */

/* The same place for a registrar? */
bool enrol_same_contact(struct rd_str a, struct rd_str b);

/* From a 2xx: for how many seconds; its other findings are kept. */
uint32_t enrol_learn(struct enrolment *enrolment, const struct sip_msg *msg);

/* ---- enrol_line.c ---- */

/* Give it a line where the settings say so: the one that it had before a restart. */
void enrol_line_init(struct enrolment *enrolment);
/* It will not come back. */
void enrol_line_forget(const struct enrolment *enrolment);
/* Whose line the request-URI or To names; NULL: nobody's. */
const struct enrolment *enrol_line_find(const struct sip_msg *msg);

/* ---- enrol_flow.c ---- */

void enrol_flow_init(struct enrolment *enrolment);
/* A REGISTER that went this way has had its 2xx. */
void enrol_flow_use(struct enrolment *enrolment, const struct sip_flow *way,
		    const struct sip_msg *msg);
/* It is watched no more. */
void enrol_flow_drop(struct enrolment *enrolment);
/* It leads nowhere: another one is wanted, at once or later. */
void enrol_flow_failed(struct enrolment *enrolment);
/* A request failed by it, perhaps for its sake: the registrar is asked by it, soon. */
void enrol_flow_doubt(struct enrolment *enrolment);

#endif

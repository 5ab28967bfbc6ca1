/* What the files of our own registrations share; for enrol*.c only. */
#ifndef CHANNELS_SIP_ENDPOINT_ENROL_PRIVATE_H
#define CHANNELS_SIP_ENDPOINT_ENROL_PRIVATE_H

#include <ringdown/fiber.h>

#include "channels/sip/driver.h"
#include "channels/sip/outside.h"

enum enrol_state { ENROL_ASKED, ENROL_REGISTERED, ENROL_WAITS, ENROL_REFUSED };

/* One registration with the registrar of a peer. */
struct enrolment {
	struct rd_list link;
	struct sip_settings *settings; /* a reference: what it was made with ... */
	const struct sip_endpoint *endpoint; /* ... and the section in there */
	struct sip_outside *request; /* NULL: none is out */
	struct rd_timer timer; /* the next one */
	enum enrol_state state;
	uint32_t cseq, expires_s; /* of the last REGISTER; wanted */
	unsigned failures, status; /* in a row; of the last answer, 0: none came */
	bool leaves; /* it asks to be forgotten, and is freed then */
	bool again; /* what is out is not what is wanted by now */
	uint64_t until_ms; /* so long we are registered */
	char call_id[25], tag[SIP_TAG_LENGTH + 1];
	char contact[256]; /* the URI that we said last */
};

static inline const char *enrol_user(const struct sip_endpoint *endpoint)
{
	return endpoint->username ? endpoint->username : endpoint->name;
}

/* ---- enrol.c ---- */

/* The registrar has been told, or cannot be: it is no more. */
void enrol_end(struct enrolment *enrolment);
struct rd_list *enrol_all(void);

/* ---- enrol_register.c ---- */

/* Send REGISTER, with Expires: 0 when it leaves. 0 or negative errno. */
int enrol_send(struct enrolment *enrolment);
/* What is out is not waited for. */
void enrol_forget(struct enrolment *enrolment);

/* ---- enrol_answer.c ---- */

void enrol_response(void *arg, const struct sip_msg *msg, const struct sip_flow *flow);
void enrol_failed(void *arg, int rc);
/* Once more when the time for it has come. */
void enrol_retry_later(struct enrolment *enrolment, int least_s);

#endif

/* A scripted far end for whole SIP calls on the virtual clock: it writes requests
 * and answers, a test decides which. Stands on tests/unit/sip_line.h. */
#ifndef TESTS_SIM_SIP_PHONE_H
#define TESTS_SIM_SIP_PHONE_H

#include "tests/unit/sip_office.h"

/* One dialog as the far end sees it. */
struct sip_phone {
	char call_id[64], our_tag[64], their_tag[64], user[32];
	unsigned cseq, invite_cseq;
	char branch[64];    /* of the last request */
	char invite_branch[64];
	bool called;	    /* the exchange sent the INVITE */
	char request[4096]; /* the last one received */
};

#define SDP(extra)                                                          \
	"v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"      \
	"m=audio 5000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n" extra

/* Where phones send from: 127.0.0.9, which sip.conf is to know as [gate]. */
extern const char *phone_source;
/* From this port: 5060. */
extern uint16_t phone_port;

/* It calls: user from, number to. body "" for none. */
void phone_invite(struct sip_phone *phone, const char *from, const char *number,
		  const char *more, const char *body);
/* A request in its dialog (or, before a final answer, CANCEL). */
void phone_request(struct sip_phone *phone, const char *method, const char *more,
		   const char *body);
/* Requests of phones are lost. */
extern bool phone_unheard;
/* The last request of any phone once more, as if its answer had been lost. */
void phone_repeat(void);
/* The text of that request. */
const char *phone_said(void);
/* How many bytes it has at least. */
size_t phone_bytes(void);
void phone_ack(struct sip_phone *phone, const char *body);
/* The ACK to a refusal of the last INVITE. */
void phone_ack_refusal(struct sip_phone *phone);
/* Take the next message, an answer that begins like this ("SIP/2.0 180"), and
 * learn its tag. */
const char *phone_expect(struct sip_phone *phone, const char *start);
/* Skip 100s, 180s and 183s until the answer that begins like this. */
const char *phone_final(struct sip_phone *phone, const char *start);

/* It is called: take the next message, an INVITE. */
const char *phone_called(struct sip_phone *phone);
/* Answer the last request received ("180 Ringing"), as `tag`. */
void phone_answer(struct sip_phone *phone, const char *status, const char *more,
		  const char *body);
/* Take a request in the dialog: "BYE", "ACK", "CANCEL". */
const char *phone_expect_request(struct sip_phone *phone, const char *method);
/* Answer the INVITE, although another request came after it. */
void phone_answer_invite(struct sip_phone *phone, const char *invite, const char *status,
			 const char *more, const char *body);

/* Calls through the exchange, of which from is the caller's end. alice dials 700, which rings
 * the other. */
void phones_dial(struct sip_phone *from, struct sip_phone *to);
/* It is answered. */
void phones_connect(struct sip_phone *from, struct sip_phone *to);
/* The caller hangs up. */
void phones_hang_up(struct sip_phone *from, struct sip_phone *to);

/* Answer what asks whether somebody is there, from this address. */
void phone_answers_question(const char *question, const char *from, const char *status);

#endif

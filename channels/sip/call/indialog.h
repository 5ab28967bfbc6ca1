/* What begins a call, goes on in it, and ends it: requests of the far end, a row of
 * methods.c each, and ours. */
#ifndef CHANNELS_SIP_CALL_INDIALOG_H
#define CHANNELS_SIP_CALL_INDIALOG_H

#include "channels/sip/call/call.h"

/* ---- incoming.c ---- */

/* A variable of who calls: where the local number that he dialled is one. */
#define SIP_VAR_PHONE_CONTEXT "SIPPHONECONTEXT"
/* Of who calls, behind his number: "555;phone-context=example.com". */
#define SIP_VAR_CALLER_CONTEXT "SIPCALLERCONTEXT"

/* A new INVITE outside of any dialog. */
void sip_invite_received(struct sip_server *server, const struct sip_msg *msg);

/* ---- indialog.c: requests of the far end in a dialog; see methods.h ---- */

extern const struct sip_dialog_user sip_call_dialog_user;
/* Between these the log, and the report of a crash, name the call. What the first returns is
 * for the second. */
const char *sip_call_named_begin(const struct sip_call *call);
void sip_call_named_end(const char *outer);
void sip_call_bye_received(struct sip_call *call, struct sip_server *server,
			   const struct sip_msg *msg);
void sip_call_options_received(struct sip_call *call, struct sip_server *server,
			       const struct sip_msg *msg);
void sip_early_options_received(struct sip_call *call, struct sip_dialog *dialog,
				struct sip_server *server, const struct sip_msg *msg);
void sip_early_bye_received(struct sip_call *call, struct sip_dialog *dialog,
			    struct sip_server *server, const struct sip_msg *msg);
void sip_early_info_received(struct sip_call *call, struct sip_dialog *dialog,
			     struct sip_server *server, const struct sip_msg *msg);
/* INVITE or UPDATE in the dialog (reinvite.c). */
void sip_call_reinvited(struct sip_call *call, struct sip_server *server,
			const struct sip_msg *msg);
/* A re-INVITE that has waited is answered as if it came now. False: it was refused. */
bool sip_call_reinvite_again(struct sip_call *call, struct sip_server *server);
void sip_call_updated(struct sip_call *call, struct sip_server *server,
		      const struct sip_msg *msg);
/* Why a request that may carry an offer is refused: status 0, it is not. */
struct sip_refusal {
	unsigned status;
	const char *warning; /* the header's value; NULL: none */
};

/* For what reading or taking an offer said; 0 and -ENOENT are no refusal. */
struct sip_refusal sip_offer_refusal(int rc);
/* The same for the log. */
const char *sip_offer_trouble(int rc);
/* Refuse it, with what else its status needs. */
void sip_offer_refuse(struct sip_server *server, struct sip_refusal refusal);
static inline void sip_offer_refuse_plainly(struct sip_server *server, unsigned status)
{
	sip_offer_refuse(server, (struct sip_refusal){ .status = status });
}
/* What a request proposes is taken and answered as a whole, or all stays as it was before
 * (RFC 3261 §14.1, RFC 3311 §5.2). take reads it, and says whether it is an offer;
 * accept answers 200: 0 or negative. */
struct sip_refusal sip_call_take_whole(
	struct sip_call *call, struct sip_server *server, const struct sip_msg *msg,
	struct sip_refusal (*take)(struct sip_call *call, const struct sip_msg *msg, bool *offered),
	int (*accept)(struct sip_call *call, struct sip_server *server, bool offered));
/* 200 to an UPDATE, with the description that answers its offer; session NULL: it had
 * none. 0 or negative errno. */
int sip_call_accept_update(struct sip_call *call, struct sip_server *server,
			   struct sip_session *session,
			   const struct rd_stream_config *config);
/* The offer in a request that was just received, NULL: there is none, or it is refused
 * (which one that comes at the wrong time is, too). */
struct sip_refusal sip_offer_read(struct sdp **offer, const struct sip_session *session,
				  const struct sip_msg *msg);

/* ---- bye.c: hanging up ---- */

void sip_call_hangup(struct sip_call *call, int cause);
void sip_call_send_bye(struct sip_call *call, int cause);
/* The status that tells a caller of this cause: what the one whom he called said, where
 * that means more. call NULL: not known. */
unsigned sip_call_refusal_status(const struct sip_call *call, int cause);
/* A BYE in a dialog that never became the call's. */
void sip_dialog_send_bye(struct sip_dialog *dialog, int cause);

/* ---- modify.c: our re-INVITE or UPDATE ---- */

/* Tell the far end what changed, as soon as the dialog allows it. */
void sip_call_modify(struct sip_call *call);
/* The far end does not know the dialog any more, or is silent (§12.2.1.2): BYE, and over. */
void sip_call_lost(struct sip_call *call);
bool sip_call_modifying(const struct sip_call *call);
void sip_call_init_retry(struct sip_call *call);

/* ---- dtmf.c, text.c ---- */

/* MESSAGE in the dialog, both ways. */
int sip_call_send_text(struct sip_call *call, const char *text);
void sip_call_text_received(struct sip_call *call, struct sip_server *server,
			    const struct sip_msg *msg);
int sip_call_send_digit(struct sip_call *call, char digit, int ms);
void sip_call_keys_received(struct sip_call *call, struct sip_server *server,
			    const struct sip_msg *msg);

/* ---- record.c: the record button ---- */

bool sip_is_record_button(const struct sip_msg *msg);
void sip_record_button_received(struct sip_call *call, struct sip_server *server,
				const struct sip_msg *msg);

/* ---- picture.c ---- */

/* An INFO of RFC 5168? */
bool sip_is_media_control(const struct sip_msg *msg);
void sip_media_control_received(struct sip_call *call, struct sip_server *server,
				const struct sip_msg *msg);

/* ---- info.c: INFO and its packages ---- */

/* Send a request that only carries a body, also by another method; nobody waits for its
 * answer. 0 or negative errno. */
int sip_call_send_body(struct sip_call *call, enum sip_method method, struct rd_str type,
		       struct rd_str body);

#define SIP_INFO_KEYS "infoDtmf" /* the package that carries keys */

void sip_call_info_received(struct sip_call *call, struct sip_server *server,
			    const struct sip_msg *msg);
/* Recv-Info: the packages that we take. */
void sip_print_recv_info(struct sip_out *out);

#endif

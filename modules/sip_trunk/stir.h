/* STIR/SHAKEN of calls with peers that name a profile: outgoing ones are signed, those that
 * come are verified before anything runs on them. */
#ifndef MODULES_SIP_TRUNK_STIR_H
#define MODULES_SIP_TRUNK_STIR_H

#include <ringdown/function.h>
#include <ringdown/sip_proxy.h>

#include "modules/sip_trunk/identity.h"
#include "modules/sip_trunk/trunk.h"

#define STIR_IDENTITIES 4 /* of one call that are looked at */

extern const struct rd_sip_proxy *stir_messages; /* its functions that read them */

/* ---- stir_sign.c ---- */

/* The header lines that a call to the trunk is to have; none where nobody signs it. ours: who
 * calls has a number of the trunk's. *full: others, where the far end cannot make anything of
 * these, to be freed; NULL: none. */
void stir_sign(struct rd_sip_peer_call *call, const struct trunk *trunk, bool ours,
	       struct rd_buf *headers, char **full);
/* "030 1234" of a trunk in Berlin: "49301234"; "": it is no number. */
void stir_number_of(char *buf, size_t size, const struct trunk *trunk, enum number_way way,
		    const char *number);
/* That its peer names; NULL: none. */
const struct stir_profile *stir_profile_of(const struct rd_sip_peer_call *call);

/* ---- stir_pass.c: calls that came signed and go on ---- */

/* An Identity of this call was right, and is in full form. */
void stir_keep(struct rd_channel *ch, const struct identity_call *call, const char *header);

enum stir_passing {
	STIR_NOT_PASSED, /* it did not come signed, or not for this caller */
	STIR_PASSED, /* with what it came with alone */
	STIR_DIVERTED, /* and another has sent it on to whom it is for now */
};

/* own: who calls whom now. headers: Identities that the call came with; *from: whom it was
 * for, STIR_DIVERTED. */
enum stir_passing stir_pass(const struct rd_sip_peer_call *call, const struct passport *own,
			    struct passport_party *from, struct rd_buf *headers);

/* ---- stir_verify.c: what becomes of a call that comes ---- */

struct stir_check;

/* A call that has come, its numbers as the peer writes them. 0, or the status that refuses it:
 * by what can be known of its Identity without a certificate. *check NULL: nobody wants to
 * know. */
unsigned stir_begin(struct stir_check **check, struct rd_sip_peer_call *call,
		    struct rd_sip_peer_invite *invite, const struct trunk *trunk);
/* It has its channel. As rd_sip_trunks_user.arrived. */
int stir_arrived(struct stir_check *check, struct rd_sip_peer_call *call);
/* The call is over, or was none. NULL is fine. */
void stir_drop(struct stir_check *check);

/* ---- stir_answer.c: what the caller is told ---- */

/* 0: nothing is wrong. */
unsigned stir_status(enum stir_result result);
/* What helps whoever looks for the fault, beside the status. */
const char *stir_words(enum stir_result result);
/* The line "Reason: STIR;..." of one that is wrong. token: its PASSporT; absent: none. */
void stir_print_reason(struct rd_buf *lines, enum stir_result result, struct rd_str token);

/* ---- stir_cache.c: certificates ---- */

/* Somebody who waits for one. */
struct stir_wait {
	struct rd_list link;
	struct trunk_settings *settings; /* of which profile is; a reference of the waiter's */
	const struct stir_profile *profile;
	const char *peer; /* whose call it is, while it is */
	/* x509 is borrowed; NULL unless result is STIR_SUCCESS, and the log says why. */
	void (*done)(struct stir_wait *wait, X509 *x509, enum stir_result result);
};

/* done is told, perhaps at once. */
void stir_certificate(struct stir_wait *wait, const char *url);
/* What is kept may be wrong by what is in force now. */
void stir_cache_flush(void);
int stir_cache_init(void);
/* Nobody asks any more. */
void stir_cache_fini(void);

/* ---- stir_function.c ---- */

/* What became of one Identity. */
struct stir_outcome {
	char identity[PASSPORT_PARTY]; /* the number that was signed; "": none */
	char attest; /* 'A', 'B', 'C'; 0: none */
	enum stir_result result;
};

/* The channel, its variables and its call's record tell of it. */
void stir_tell(struct rd_channel *ch, const struct stir_outcome *outcomes, size_t count,
	       enum stir_result result);
/* STIR_SHAKEN() */
int stir_shaken_read(struct rd_channel *ch, const char *args, struct rd_buf *out);
const char *stir_shaken_check(const char *args, char *buf, size_t size);

#endif

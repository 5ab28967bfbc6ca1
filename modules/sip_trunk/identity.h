/* Identity of RFC 8224: a PASSporT in a header, and whether it fits the call that it came
 * with. */
#ifndef MODULES_SIP_TRUNK_IDENTITY_H
#define MODULES_SIP_TRUNK_IDENTITY_H

#include "modules/sip_trunk/passport.h"

/* One header, in pieces of its text. */
struct identity {
	struct rd_str token; /* the PASSporT */
	struct rd_str info, alg, ppt; /* absent: not there; without < > and quotes */
};

/* What a call says of itself. */
struct identity_call {
	struct passport_party from;
	struct passport_party dest[2]; /* who it was for at first (To), who it is for now */
	struct rd_str sdp; /* its description; absent: none */
	int64_t date; /* of Date; 0: there is none, -1: it cannot be read */
	int64_t now;
	int max_age_s, max_date_age_s;
	bool ignores_date;
};

/* 0 or -EINVAL. */
int identity_parse(struct identity *identity, struct rd_str text);
/* "token;info=<url>;alg=ES256;ppt=shaken" */
void identity_print(struct rd_buf *out, const char *token, const struct passport *passport);

/* "Fri, 25 Sep 2015 19:12:25 GMT" (RFC 3261 §20.17): seconds since 1970, or -1. */
int64_t identity_date(struct rd_str text);
/* The same in the other direction; buf has 32 bytes. */
void identity_print_date(char buf[32], int64_t seconds);

/* Of "Name <uri>;tag=x" or "uri", a header From or To: "uri". */
struct rd_str identity_uri(struct rd_str header);
/* Who a SIP or tel URI stands for: a number, or the URI without what does not matter
 * (RFC 8224 §8.5). uri: "sip:alice@Example.com;x=y". */
void identity_party(struct passport_party *party, struct rd_str uri);

/* Read it, and look whether it is this call's, as far as that is known without the
 * certificate. passport_fini() follows; in the compact form it is what the call says. */
enum stir_result identity_read(struct passport *passport, const struct identity *identity,
			       const struct identity_call *call);
/* Is it for whom the call is for? */
bool identity_is_for(const struct passport *passport, const struct identity_call *call);
/* Has this one (RFC 8946) sent on what was for whom the PASSporT is for? */
bool identity_is_diverted(const struct passport *passport, const struct passport *by);
/* Has the owner of this key signed what was read? */
bool identity_is_signed(const struct passport *passport, const struct identity *identity,
			EVP_PKEY *key);

#endif

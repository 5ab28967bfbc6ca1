/* Ringdown SDK: who is at a side of a call. Strings live in the channel's
 * pool; setters copy. */
#ifndef RINGDOWN_IDENT_H
#define RINGDOWN_IDENT_H

#include <ringdown/base.h>

/* How a name or number may be shown, RFC 3323/3325 and Q.931 in one. */
enum rd_presentation {
	RD_PRESENT_ALLOWED,	       /* "allowed_not_screened" */
	RD_PRESENT_ALLOWED_PASSED,     /* "allowed_passed_screen" */
	RD_PRESENT_ALLOWED_FAILED,     /* "allowed_failed_screen" */
	RD_PRESENT_ALLOWED_NETWORK,    /* "allowed" */
	RD_PRESENT_PROHIBITED,	       /* "prohib_not_screened" */
	RD_PRESENT_PROHIBITED_PASSED,  /* "prohib_passed_screen" */
	RD_PRESENT_PROHIBITED_FAILED,  /* "prohib_failed_screen" */
	RD_PRESENT_PROHIBITED_NETWORK, /* "prohib" */
	RD_PRESENT_UNAVAILABLE,	       /* "unavailable" */
};

struct rd_party {
	const char *name, *number; /* NULL when not known */
	enum rd_presentation name_pres, number_pres;
	const char *tag;
};

/* The identities of a channel. */
enum rd_party_kind {
	RD_PARTY_CALLER,    /* CALLERID(name|num): who is at this channel */
	RD_PARTY_CONNECTED, /* CONNECTEDLINE(): who this channel talks to */
	RD_PARTY_ANI,	    /* who pays */
	RD_PARTY_REDIRECTING_FROM,
	RD_PARTY_REDIRECTING_TO,
	RD_PARTY_REDIRECTING_ORIG,
	RD_PARTY_KINDS
};

/* Somebody who has sent a call on. */
struct rd_diversion {
	struct rd_party who;
	const char *reason; /* as REDIRECTING(reason) has it: "cfb" */
	unsigned count;	    /* how often he has */
};

struct rd_channel;

RD_API_BEGIN

/* Never NULL; borrowed until the next set. */
const struct rd_party *rd_channel_party(const struct rd_channel *ch,
					enum rd_party_kind kind);
/* Replaces all fields. 0 or -ENOMEM. Tells the technology when it is the
 * connected identity of a channel that is up or ringing. */
int rd_channel_set_party(struct rd_channel *ch, enum rd_party_kind kind,
			 const struct rd_party *party);

/* He has sent this call on, after all others: he is REDIRECTING(from) now, (orig) if he is
 * the first. Copied. 0 or -ENOMEM. */
int rd_channel_divert(struct rd_channel *ch, const struct rd_diversion *by);
/* Who did last, as REDIRECTING() has it now; texts are borrowed. False: nobody. */
bool rd_channel_diversion(const struct rd_channel *ch, struct rd_diversion *last);
/* Who did before him, 0 the latest of them; NULL: there is none. Borrowed. */
const struct rd_diversion *rd_channel_diversion_before(const struct rd_channel *ch,
						       unsigned at);

/* Both ways; from_name gives -ENOENT. */
const char *rd_presentation_name(enum rd_presentation pres);
int rd_presentation_from_name(const char *name);
static inline bool rd_presentation_shown(enum rd_presentation pres)
{
	return pres <= RD_PRESENT_ALLOWED_NETWORK;
}

/* Split '"Alice" <1001>', 'Alice <1001>', '1001': into buffers of size n. */
void rd_party_split(const char *text, char *name, char *number, size_t n);

RD_API_END

#endif

/* The structured headers, each taken apart on demand from the text of its
 * value. Views into that text; nothing is allocated, nothing is changed.
 *
 * The _next functions walk comma-separated lists: *rest starts as a header's
 * value and shrinks. They return 1 with an element, 0 at the end, or -EINVAL
 * with *what (may be NULL) saying what was expected. */
#ifndef CHANNELS_SIP_MESSAGE_HEADERS_H
#define CHANNELS_SIP_MESSAGE_HEADERS_H

#include "channels/sip/message/names.h"
#include "channels/sip/message/uri.h"

/* Via: SIP/2.0/UDP host:port;branch=...;rport;received=... */
struct sip_via {
	struct rd_str protocol;	 /* "SIP/2.0" */
	struct rd_str transport; /* "UDP" */
	struct rd_str host;	 /* IPv6 without its brackets */
	struct rd_str params;	 /* all, after the first ';' */
	struct rd_str branch;	 /* absent when not given */
	struct rd_str received;	 /* absent when not given, no brackets */
	struct rd_str maddr;
	uint16_t port;		 /* 0: none given */
	uint16_t rport;		 /* 0: none given */
	bool has_rport;		 /* ";rport" with or without a value */
	struct rd_str text;	 /* the whole element, trimmed; absent when it
				  * was understood only in part */
};

/* From, To, Contact, Route, Record-Route, Refer-To, P-Asserted-Identity, ...
 * Without angle brackets, ';' starts header parameters (RFC 3261 §20). */
struct sip_name_addr {
	struct rd_str display; /* quotes kept; absent when none */
	struct rd_str uri;     /* what stands between the angle brackets */
	struct rd_str params;  /* after the first ';' behind the URI */
	struct rd_str tag;     /* absent when none */
	struct rd_str text;    /* the whole element, trimmed */
	bool is_star;	       /* Contact: * */
};

struct sip_cseq {
	uint32_t number;
	enum sip_method method;
	struct rd_str method_name;
};

/* RAck: response-num CSeq-num method (RFC 3262 §7.2) */
struct sip_rack {
	uint32_t rseq;
	struct sip_cseq cseq;
};

/* Content-Type, Accept: type "/" subtype *(";" param) */
struct sip_media_type {
	struct rd_str type, subtype, params;
};

int sip_via_next(struct rd_str *rest, struct sip_via *via, const char **what);

int sip_name_addr_next(struct rd_str *rest, struct sip_name_addr *addr,
		       const char **what);

/* Exactly one element: From, To, Refer-To. 0 or -EINVAL. */
int sip_name_addr_parse(struct sip_name_addr *addr, struct rd_str value,
			const char **what);

/* From or To as it stands, but for its tag and whatever else follows the URI. */
struct rd_str sip_name_addr_untagged(const struct sip_name_addr *addr);

/* Next of "a, b;p=1, c", quotes and angle brackets respected; elements
 * trimmed, empty ones skipped. False at the end. */
bool sip_list_next(struct rd_str *rest, struct rd_str *element);

/* Is token in a comma-separated list? Without case. */
bool sip_list_has(struct rd_str list, struct rd_str token);

int sip_cseq_parse(struct sip_cseq *cseq, struct rd_str value, const char **what);
int sip_rack_parse(struct sip_rack *rack, struct rd_str value, const char **what);
int sip_media_type_parse(struct sip_media_type *type, struct rd_str value,
			 const char **what);

/* Seconds or counts: digits, then optional parameters or a comment, which
 * are ignored. 0, -EINVAL, or -ERANGE above 2^32 - 1. */
int sip_number_parse(uint32_t *number, struct rd_str value);

#endif

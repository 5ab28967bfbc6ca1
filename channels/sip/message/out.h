/* Printing messages into one buffer of fixed size. Nothing is allocated; what
 * does not fit sets .overflow, and one look at the end suffices. */
#ifndef CHANNELS_SIP_MESSAGE_OUT_H
#define CHANNELS_SIP_MESSAGE_OUT_H

#include "channels/sip/message/message.h"

/* The largest message that is ever printed. */
#define SIP_OUT_MAX 65000

struct sip_out {
	char *p;
	size_t n, cap;
	bool overflow;
	bool ended;	 /* the empty line is written */
	size_t via_at;	 /* requests: where the topmost Via starts; for logs */
	/* What stands for us where it goes, through a NAT; NULL: our own
	 * address. For whoever prints a body. */
	const union sip_sockaddr *external;
	struct rd_str beside; /* a part, headers and all, that goes beside its body (RFC 5621) */
	bool secure; /* by sips: our Contact is one, too (RFC 5630 §5) */
};

static inline void sip_out_init(struct sip_out *out, char *p, size_t cap)
{
	*out = (struct sip_out){ .p = p, .cap = cap };
}

static inline struct rd_str sip_out_text(const struct sip_out *out)
{
	return (struct rd_str){ out->p, out->n };
}

/* Pieces. */
void sip_out_add(struct sip_out *out, const char *p, size_t n);

static inline void sip_out_str(struct sip_out *out, struct rd_str s)
{
	sip_out_add(out, s.p, s.n);
}

/* Inline: the length of a constant is counted by the compiler, not by hand. */
static inline void sip_out_cstr(struct sip_out *out, const char *s)
{
	sip_out_add(out, s, strlen(s));
}

void sip_out_char(struct sip_out *out, char c);
void sip_out_number(struct sip_out *out, uint64_t number);
/* "host" or "[v6]", then ":port" unless it is 0. */
void sip_out_hostport(struct sip_out *out, struct rd_str host, uint16_t port);
/* ";name=value" of each parameter of a URI that may be in a Request-URI: all but the method
 * (RFC 3261 §19.1.1, Table 1). */
void sip_out_request_params(struct sip_out *out, struct rd_str params);
/* Where a URI leads: its host and port, then ";transport=" if it names one. */
void sip_out_place(struct sip_out *out, const struct sip_uri *uri);
/* The user part of the sip URI that stands for a tel URI: number and parameters, these in
 * order (RFC 3261 §19.1.6, RFC 3966 §3); in number.c. */
void sip_out_subscriber(struct sip_out *out, const struct sip_uri *tel);
void sip_out_sockaddr(struct sip_out *out, const union sip_sockaddr *addr);
/* In double quotes, with \ before " and \; control characters are dropped. */
void sip_out_quoted(struct sip_out *out, struct rd_str s);
/* The same of a name, as UTF-8 whatever it is (RFC 3261 §25.1), and not without end. */
void sip_out_display(struct sip_out *out, struct rd_str name);
/* %XX where a user part may not hold the character. */
void sip_out_escaped_user(struct sip_out *out, struct rd_str user);
/* The same of what a person wrote as one: a password and what is escaped are left. */
void sip_out_written_user(struct sip_out *out, struct rd_str user);
/* A URI, or what follows its scheme, as a person wrote it: so is its user part. */
void sip_out_written_uri(struct sip_out *out, struct rd_str uri);
void sip_out_uri(struct sip_out *out, const struct sip_uri *uri);

/* The parameter q, from thousandths; nothing where it is 1, as it is when absent. */
void sip_out_q(struct sip_out *out, uint16_t thousandths);

/* Whole headers, each with its CRLF. A value from outside must hold no line
 * end: CR and LF in value are printed as spaces. */
void sip_out_header(struct sip_out *out, enum sip_header_id id, struct rd_str value);
/* A name that cannot be one of a header: nothing is printed. */
void sip_out_header_named(struct sip_out *out, struct rd_str name,
			  struct rd_str value);
void sip_out_header_number(struct sip_out *out, enum sip_header_id id,
			   uint64_t number);
/* "Name: " and the end of the line, to print a value in pieces between. */
void sip_out_header_begin(struct sip_out *out, enum sip_header_id id);
void sip_out_crlf(struct sip_out *out);
/* All of one kind from another message, as they stand. */
void sip_out_copy(struct sip_out *out, const struct sip_msg *msg,
		  enum sip_header_id id);
/* "<display> <uri>;tag=tag": display and tag may be absent. */
void sip_out_name_addr(struct sip_out *out, enum sip_header_id id,
		       struct rd_str display, struct rd_str uri, struct rd_str tag);
void sip_out_cseq(struct sip_out *out, uint32_t number, struct rd_str method);

/* The URI as it stands in a request line. */
struct rd_str sip_out_request_uri(struct rd_str uri);
/* "METHOD uri SIP/2.0" */
void sip_out_request_line(struct sip_out *out, struct rd_str method, struct rd_str uri);

/**
 * Status line and what RFC 3261 §8.2.6.2 copies from the request: every Via
 * (the topmost with received and rport from request->source, RFC 3581), From,
 * To, Call-ID, CSeq, Session-ID turned round (RFC 7989); in a 100 the Timestamp;
 * Record-Route in a 101-299 (§12.1.1).
 *
 * @reason  absent: the standard phrase
 * @to_tag  added when To has none; absent (as in a 100): not added
 */
void sip_out_response(struct sip_out *out, const struct sip_msg *request,
		      unsigned status, struct rd_str reason, struct rd_str to_tag);

/* Every Via of a request that was received, the topmost with received and rport;
 * and of an answer to pass on, all but the topmost. */
void sip_out_vias(struct sip_out *out, const struct sip_msg *request);
void sip_out_lower_vias(struct sip_out *out, const struct sip_msg *response);

/* Content-Type (unless type is absent), Content-Length, empty line, body. */
void sip_out_body(struct sip_out *out, struct rd_str type, struct rd_str body);

/* Content-Length: 0 and the empty line, unless there is a body already.
 * 0, or -EMSGSIZE when anything did not fit. */
int sip_out_end(struct sip_out *out);

#endif

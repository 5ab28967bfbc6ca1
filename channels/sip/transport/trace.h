/* Watching messages go by: printed with arrows and timing, drawn as a ladder, and
 * written to a pcap file that wireshark opens. Off, it costs one comparison. */
#ifndef CHANNELS_SIP_TRANSPORT_TRACE_H
#define CHANNELS_SIP_TRANSPORT_TRACE_H

#include <ringdown/sip_wire.h>

#include "channels/sip/transport/transport.h"

struct sip_trace;

/* A line of a trace goes here, without a line end. */
typedef void sip_trace_print_fn(void *arg, const char *line);

enum sip_trace_form {
	SIP_TRACE_TEXT,	  /* all of each message */
	SIP_TRACE_LADDER, /* an arrow for each, as in the figures of RFC 3665 */
};

/**
 * Start; a trace already running changes to the new form, peer and printer. Messages
 * are numbered from one (F1) each time.
 *
 * @peer   NULL: everybody; else only this address, any port when it is 0
 * @print  NULL: to the log
 */
int sip_trace_start(struct sip_transports *transports, enum sip_trace_form form,
		    const union sip_sockaddr *peer, sip_trace_print_fn *print, void *arg);
void sip_trace_stop(struct sip_transports *transports);

/* Is this message, to or from the flow's peer, one of that phone's? */
typedef bool sip_trace_wants_fn(const char *phone, const struct sip_flow *flow, bool in,
				const char *data, size_t size);

/* The same, to the log, of what is a phone's, wherever it is. 0, -ENOMEM or
 * -ENAMETOOLONG, and then what was traced before goes on. */
int sip_trace_follow(struct sip_transports *transports, enum sip_trace_form form,
		     const char *phone, sip_trace_wants_fn *wants);
/* The phone that is followed, "" for none. */
const char *sip_trace_phone(const struct sip_transports *transports);
/* Does one run that looks at this address only? */
bool sip_trace_is_of(const struct sip_transports *transports, const union sip_sockaddr *peer);
bool sip_trace_running(const struct sip_transports *transports);

/* Also write packets to a pcap file. fd is taken: an open, writable, empty
 * file. -1 ends it. 0 or negative errno. */
int sip_trace_pcap_take(struct sip_transports *transports, int fd);

/* Who is told of each message; NULL: nobody. 0 or -ENOMEM. */
int sip_trace_watch(struct sip_transports *transports, const struct rd_sip_wire_watcher *watcher);
const struct rd_sip_wire_watcher *sip_trace_watcher(const struct sip_transports *transports);

/* The value of a header in a message as it is on the wire, by its name or its letter; absent
 * without one. A fold ends it. */
struct rd_str sip_trace_header(struct rd_str message, struct rd_str name, struct rd_str letter);

/* For transport.c: one message came (in) or went. */
void sip_trace_message(struct sip_trace *trace, const struct sip_flow *flow, bool in,
		       const char *data, size_t size);

#endif

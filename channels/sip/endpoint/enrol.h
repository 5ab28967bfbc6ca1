/* We register with a peer (RFC 3261 §10.2), which then calls us where we are: one
 * registration for each section with register = yes. Not the registrar. */
#ifndef CHANNELS_SIP_ENDPOINT_ENROL_H
#define CHANNELS_SIP_ENDPOINT_ENROL_H

#include <ringdown/cli.h>
#include <ringdown/fiber.h>
#include <ringdown/str.h>

struct sip_credentials;
struct sip_endpoint;
struct sip_flow;
struct sip_msg;
struct sip_out;
struct sip_transports;

/* Other settings are in force, or the driver has started: begin, go on with, or leave
 * what they name. */
void sip_enrolments_configure(void);
/* The daemon stops: ask the registrars to forget us. */
void sip_enrolments_leave(void);
/* Let them answer, or ask for our password first; two seconds at most. */
RD_YIELDS void sip_enrolments_wait(void);
void sip_enrolments_stop(void);
/* Our address for the outside has changed, or a transport leaves: tell those who know the
 * former one. */
void sip_enrolments_moved(void);
/* The flows that we registered by may fail. */
void sip_enrolments_watch(struct sip_transports *transports);
void sip_enrolments_unwatch(void);

/* Where a REGISTER of ours keeps what answers challenges, NULL: it is none. */
struct sip_credentials **sip_enrol_credentials(const struct sip_msg *request);

/* How we are registered with a peer; all borrowed until a registration changes. */
struct sip_enrolled {
	const char *proxy; /* the first hop; NULL: there is none */
	const char *service_route; /* "<sip:a;lr>, <sip:b;lr>"; NULL: none */
	const struct sip_flow *flow; /* by which we registered; NULL: we are not */
};

/* By the flow that leads where this one does, else (or NULL) by the best. False: we are
 * not, and how->proxy says what the settings do. */
bool sip_enrolled(const struct sip_endpoint *endpoint, const struct sip_flow *flow,
		  struct sip_enrolled *how);
/* Is this the user of the Contact that we register with it? */
bool sip_enrolled_as(const struct sip_endpoint *endpoint, struct rd_str user);
/* Are we registered with any of its hosts? */
bool sip_enrolled_anyhow(const struct sip_endpoint *endpoint);
/* A request to the endpoint failed by this flow (RFC 5626 §4.3): where we are registered
 * by it, it comes last until that is renewed, which is soon. True: it may go by another
 * that stands, which how tells. *tried: reg-ids as bits, 1 << (reg-id - 1), which are not
 * taken; that of the failed one and that of the one in how are added. */
bool sip_enrolled_instead(const struct sip_endpoint *endpoint, const struct sip_flow *failed,
			  unsigned *tried, struct sip_enrolled *how);
/* A request to the endpoint was answered by this flow. Where the answer tells another address of
 * ours than that to the REGISTER did (RFC 3581), we are registered anew soon. */
void sip_enrolled_seen(const struct sip_endpoint *endpoint, const struct sip_flow *flow,
		       const struct sip_msg *msg);
/* The far end of the endpoint may have forgotten us: it is asked to register us anew, at once, but
 * not more often than twice a minute. */
void sip_enrolled_doubt(const struct sip_endpoint *endpoint);
/* It answers OPTIONS (missed: again): a REGISTER that nobody has answered is not put off any
 * longer; but once only where it has answered all that it was asked, and its registrar may be
 * another. */
void sip_enrolled_back(const struct sip_endpoint *endpoint, bool missed);
/* Is there a flow without a fault beside this one? */
bool sip_enrolled_spare(const struct sip_endpoint *endpoint, const struct sip_flow *flow);

/* The Contact of what begins or belongs to a dialog with an endpoint: as sip_print_contact(),
 * but where we are registered with it a GRUU of ours (RFC 5627 §4.4), the temporary one
 * where the caller's identity is withheld, or what comes back by the same flow. */
void sip_print_contact_for(struct sip_out *out, const struct sip_flow *flow,
			   const struct sip_endpoint *endpoint, bool withheld);

/* Whose request comes by a flow that we registered by (*by_flow then), or names the line
 * of a registration; NULL: nobody's. */
const struct sip_endpoint *sip_enrolled_caller(const struct sip_flow *flow,
					       const struct sip_msg *msg, bool *by_flow);

/* Is it to a sips URI, by its caller's wish? What comes from a registrar has the scheme that
 * we registered with, whatever was dialled there. */
bool sip_called_securely(const struct sip_flow *flow, const struct sip_msg *msg);

int sip_command_registrations(struct rd_cli *cli, int argc, const char *const *argv);

#endif

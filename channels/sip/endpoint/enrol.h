/* We register with a peer (RFC 3261 §10.2), which then calls us where we are: one
 * registration for each section with register = yes. Not the registrar. */
#ifndef CHANNELS_SIP_ENDPOINT_ENROL_H
#define CHANNELS_SIP_ENDPOINT_ENROL_H

#include <ringdown/cli.h>

struct sip_transports;

/* Other settings are in force, or the driver has started: begin, go on with, or leave
 * what they name. */
void sip_enrolments_configure(void);
/* The daemon stops: ask the registrars to forget us. */
void sip_enrolments_leave(void);
void sip_enrolments_stop(void);
/* The flows that we registered by may fail. */
void sip_enrolments_watch(struct sip_transports *transports);
void sip_enrolments_unwatch(void);

int sip_command_registrations(struct rd_cli *cli, int argc, const char *const *argv);

#endif

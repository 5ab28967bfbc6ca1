/* pjsip.conf of a test, and what it means to sip.conf. */
#ifndef TESTS_UNIT_PJSIP_CONF_H
#define TESTS_UNIT_PJSIP_CONF_H

#include "channels/sip/endpoint/settings.h"

/* What was read last, and what was found wrong with it. */
extern struct sip_settings *settings;
extern char *findings;

/* For setup and teardown: an empty folder. */
int pjsip_open(void **state);
int pjsip_close(void **state);

/* Read all files of the folder: 0 or what sip_settings_read() says. */
int pjsip_read(void);
/* The same and nothing is kept, for a sweep of memory that runs out. */
int pjsip_read_once(void *unused);
/* Write this pjsip.conf, and read it with success. */
void pjsip_take(const char *pjsip);
/* Of what was read. */
const struct sip_endpoint *pjsip_endpoint(const char *name);

#define PHONE                                                                       \
	"[1001]\ntype=endpoint\ncontext=office\ndisallow=all\nallow=alaw,ulaw\n"     \
	"auth=1001-auth\naors=1001\ncallerid=\"Ann\" <1001>\nmailboxes=1001@default\n" \
	"[1001-auth]\ntype=auth\nauth_type=userpass\nusername=ann\npassword=pw\n"     \
	"[1001]\ntype=aor\nmax_contacts=2\nminimum_expiration=90\nqualify_frequency=60\n"  \
	"qualify_timeout=2.5\nremove_existing=no\nsupport_path=yes\n"

#define PHONE_WITH(options)                                            \
	"[1]\ntype=endpoint\naors=1\nauth=a\n" options               \
	"[a]\ntype=auth\nusername=1\npassword=p\n[1]\ntype=aor\nmax_contacts=1\n"

#endif

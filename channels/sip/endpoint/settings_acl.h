/* For settings.c: acl=, lists of acl.conf that an endpoint's addresses must pass. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_ACL_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_ACL_H

#include "channels/sip/endpoint/settings.h"

/* Lines `acl` of a section; acls is acl.conf, NULL without one. A list that is not there
 * lets nobody pass. 0 (errors reported) or -ENOMEM. */
int sip_acl_read(struct sip_endpoint *endpoint, const struct rd_config_section *section,
		 const struct rd_config *acls, struct rd_config_report *report);
/* Do all of them let it pass? */
bool sip_acl_permits(const struct sip_acl *acls, const union sip_sockaddr *source);

#endif

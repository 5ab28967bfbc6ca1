/* For settings.c: who may come, and with which Contact: permit, deny and acl of sections,
 * and the lists of acl.conf that they name. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_ACL_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_ACL_H

#include "channels/sip/endpoint/settings.h"

/* All lists of acl.conf, before who names them; acls NULL: there is none. 0 (errors
 * reported) or -ENOMEM, as the others. */
int sip_acl_read_lists(struct sip_settings *settings, const struct rd_config *acls,
		       struct rd_config_report *report);
/* Its lines permit, deny, acl, and those with contact_ before them. A list that is not
 * there lets nobody pass. */
int sip_acl_read(struct sip_permits *permits, struct sip_settings *settings,
		 const struct rd_config_section *section, struct rd_config_report *report);
/* A section type=acl: the same, for all endpoints. */
int sip_acl_read_common(struct sip_settings *settings, const struct rd_config_section *section,
			struct rd_config_report *report);

#endif

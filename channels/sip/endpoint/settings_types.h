/* What a section of sip.conf is, and that each has a name of its own among its kind: a
 * phone and a transport may share one, as in pjsip.conf. */
#ifndef CHANNELS_SIP_ENDPOINT_SETTINGS_TYPES_H
#define CHANNELS_SIP_ENDPOINT_SETTINGS_TYPES_H

#include <ringdown/config.h>

enum sip_type {
	SIP_TYPE_PHONE,
	SIP_TYPE_PEER,
	SIP_TYPE_TRANSPORT,
	SIP_TYPE_GLOBAL,
	SIP_TYPE_LIST,
	SIP_TYPE_ACL,
	SIP_TYPE_ALIAS
};

/* enum sip_type, or -EINVAL. */
int sip_type_of(const struct rd_config_section *section);
/* What is wrong with a section that is none of these: to the report. */
void sip_type_complain(const struct rd_config_section *section, struct rd_config_report *report);

/* Report each second section of one kind and name. */
void sip_types_check_twins(const struct rd_config *config, struct rd_config_report *report);

/* The section of a phone or peer, which is there. */
const struct rd_config_section *sip_section_of_endpoint(const struct rd_config *config,
							const char *name);

#endif

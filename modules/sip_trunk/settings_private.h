/* What the files that read trunks.conf have in common. */
#ifndef MODULES_SIP_TRUNK_SETTINGS_PRIVATE_H
#define MODULES_SIP_TRUNK_SETTINGS_PRIVATE_H

#include "modules/sip_trunk/settings.h"

struct trunk_reader {
	struct trunk_settings *settings;
	struct rd_config_report *report;
	struct trunk **last;
	struct trunk_group **last_group;
	int places; /* of the group that is read, so far */
};

/* Rows of struct trunk_enum. */
#define TRUNK_ENUM_OPTIONS(owner)                                                                  \
	{ .name = "enum",                                                                          \
	  .type = RD_OPTION_STRING,                                                                \
	  .offset = offsetof(owner, lookup.zone),                                                  \
	  .help = "numbers are looked for there first, as e164.arpa (ENUM)" },                     \
	{                                                                                          \
		.name = "enum_timeout", .type = RD_OPTION_DURATION,                                \
		.offset = offsetof(owner, lookup.timeout_ms), .fallback = "1s", .min = 100,        \
		.max = 10000, .help = "so long the caller waits for that"                          \
	}

/* What is wrong with an option of a section. */
void trunk_complain(const struct trunk_reader *reader, const struct rd_config_section *section,
		    const char *option, const char *what);

/* ---- group_settings.c: 0 or -ENOMEM; what is wrong is told ---- */

int trunk_group_read(struct trunk_reader *reader, const struct rd_config_section *section);
/* Dial(TRUNK/provider/number) needs no group: each trunk is one. */
int trunk_groups_make(struct trunk_reader *reader);

#endif

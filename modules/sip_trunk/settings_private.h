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

/* ---- settings_check.c ---- */

/* Where an option stands; where it is missing, its section. */
struct trunk_place {
	const char *file;
	int line;
};

struct trunk_place trunk_place_of(const struct rd_config_section *section, const char *option);

/* What is wrong with an option of a section, or hardly meant. */
void trunk_complain(const struct trunk_reader *reader, const struct rd_config_section *section,
		    const char *option, const char *what);
void trunk_warn(const struct trunk_reader *reader, const struct rd_config_section *section,
		const char *option, const char *what);
/* Both of all that the section of a trunk says. */
void trunk_check(const struct trunk_reader *reader, const struct rd_config_section *section,
		 const struct trunk *trunk);

/* ---- group_settings.c: 0 or -ENOMEM; what is wrong is told ---- */

int trunk_group_read(struct trunk_reader *reader, const struct rd_config_section *section);
/* Dial(TRUNK/provider/number) needs no group: each trunk is one, and what is usual will do for
 * peers of other files. */
int trunk_groups_make(struct trunk_reader *reader);

#endif

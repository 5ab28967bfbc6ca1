/* Who is to pay, as CHANNEL(amaflags) says it: by number or by name, documentation where it says
 * nothing that is one of them. */
#ifndef MODULES_AMA_FLAGS_H
#define MODULES_AMA_FLAGS_H

#include <stdlib.h>
#include <strings.h>

#include "modules/channel_item.h"

enum ama_flags { AMA_OMIT = 1, AMA_BILLING, AMA_DOCUMENTATION };

static inline const char *ama_flags_name(enum ama_flags flags)
{
	static const char *const names[] = { "OMIT", "BILLING", "DOCUMENTATION" };

	return names[flags - AMA_OMIT];
}

static inline enum ama_flags ama_flags_of(struct rd_channel *ch)
{
	char *text = channel_item(ch, "amaflags");
	enum ama_flags flags = AMA_DOCUMENTATION;

	for (enum ama_flags it = AMA_OMIT; text && *text && it < AMA_DOCUMENTATION; it++)
		if (strcasecmp(text, ama_flags_name(it)) == 0 || atoi(text) == (int)it)
			flags = it;
	rd_free(text);
	return flags;
}

#endif

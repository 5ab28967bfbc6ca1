/* What is known to be wrong with devices and channels that a file names, before
 * anybody calls: a review asks the technology that each of them begins with. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/call/call.h"

typedef const char *ask(const struct rd_tech *tech, const char *rest, char *buf, size_t size);

static const char *ask_resource(const struct rd_tech *tech, const char *rest, char *buf,
				size_t size)
{
	return tech->check ? tech->check(rest, buf, size) : NULL;
}

static const char *ask_prefix(const struct rd_tech *tech, const char *rest, char *buf,
			      size_t size)
{
	return tech->check_prefix ? tech->check_prefix(rest, buf, size) : NULL;
}

/* Whoever brings a dialplan along; any other name may be that of a module to come. */
static bool is_foreign(const char *name)
{
	static const char *const names[] = { "Alsa",   "AudioSocket", "Console", "DAHDI",  "H323",
					     "IAX2",   "Jingle",      "MGCP",	 "Mobile", "Motif",
					     "OOH323", "OSS",	      "Phone",	 "SCCP",   "Skinny",
					     "USTM",   "UnicastRTP",  "WebSocket", "Zap" };

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

/* "SLA:...": a state that somebody else tells. Any other may be that of a module to come. */
static const char *fault_of_state(const char *name, char *buf, size_t size)
{
	static const char *const kinds[] = { "Agent", "Calendar", "MeetMe", "SLA", "Stasis" };
	size_t n = strcspn(name, ":");

	for (size_t i = 0; name[n] && i < RD_ARRAY_SIZE(kinds); i++) {
		if (strlen(kinds[i]) != n || strncasecmp(kinds[i], name, n) != 0)
			continue;
		snprintf(buf, size, "there is nothing here like Asterisk's %s:...", kinds[i]);
		return buf;
	}
	return NULL;
}

/* One that is too long to be looked at passes. */
static const char *fault_of(struct rd_str name, ask *ask, char *buf, size_t size)
{
	const struct rd_tech *tech;
	const char *fault;
	char copy[256], *rest;
	bool lamp;

	name = rd_str_trim(name);
	if (!rd_strcpyn(copy, sizeof(copy), name))
		return NULL;
	rest = strpbrk(copy, "/:");
	if (!rest)
		return NULL;
	lamp = *rest == ':'; /* "Queue:support" */
	fault = lamp ? fault_of_state(copy, buf, size) : NULL;
	if (fault)
		return fault;
	*rest++ = '\0';
	tech = rd_tech_find(copy);
	if (!tech && !lamp && is_foreign(copy)) {
		snprintf(buf, size, "there is nothing here like Asterisk's technology %.32s", copy);
		return buf;
	}
	return tech ? ask(tech, rest, buf, size) : NULL;
}

static struct rd_str first_argument(const char *args)
{
	return (struct rd_str){ args, strcspn(args, ",") };
}

const char *rd_devices_fault(const char *args, char *buf, size_t size)
{
	struct rd_str devices = first_argument(args), one;
	const char *fault = NULL;
	bool more = true;

	while (more && !fault) {
		more = rd_str_cut(&devices, '&', &one);
		fault = fault_of(one, ask_resource, buf, size);
	}
	return fault;
}

const char *rd_channel_prefix_fault(const char *args, char *buf, size_t size)
{
	return fault_of(first_argument(args), ask_prefix, buf, size);
}

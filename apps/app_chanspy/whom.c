/* Whom a spy may hear, by what stands in the dialplan. */
#include "apps/app_chanspy/whom.h"

#include <string.h>

#include <ringdown/channel.h>
#include <ringdown/str.h>

bool whom_begins(const struct whom *whom, const struct rd_channel *other)
{
	return strncmp(rd_channel_name(other), whom->name, strlen(whom->name)) == 0;
}

bool whom_is_named(const struct whom *whom, const struct rd_channel *other)
{
	return strcmp(rd_channel_uniqueid(other), whom->name) == 0 ||
	       strcmp(rd_channel_name(other), whom->name) == 0;
}

bool whom_has_extension(const struct whom *whom, const struct rd_channel *other)
{
	return strcmp(rd_channel_exten(other), whom->name) == 0 &&
	       strcmp(rd_channel_context(other), whom->context) == 0;
}

/* Is it among "sales:support"? */
static bool is_among(struct rd_str name, const char *list)
{
	struct rd_str rest = rd_str_of(list), one;

	while (rest.n) {
		rd_str_cut(&rest, ':', &one);
		if (name.n && rd_str_eq(rd_str_trim(one), name))
			return true;
	}
	return false;
}

/* g: its SPYGROUP, which may be several, is among these. */
static bool has_group(const struct whom *whom, const struct rd_channel *other)
{
	const char *groups = rd_var_get(other, "SPYGROUP");
	struct rd_str rest = rd_str_of(groups ? groups : ""), one;

	while (rest.n) {
		rd_str_cut(&rest, ':', &one);
		if (is_among(rd_str_trim(one), whom->groups))
			return true;
	}
	return false;
}

/* e: "1001" of the phone SIP/1001 is. */
static bool is_permitted(const struct whom *whom, const struct rd_channel *other)
{
	const char *slash = strchr(rd_channel_device(other), '/');

	return slash && is_among(rd_str_of(slash + 1), whom->enforced);
}

bool whom_fits(const struct whom *whom, const struct rd_channel *other)
{
	return whom->is_wanted(whom, other) && (!whom->groups || has_group(whom, other)) &&
	       (!whom->enforced || is_permitted(whom, other)) &&
	       (!whom->bridged || rd_channel_bridge(other));
}

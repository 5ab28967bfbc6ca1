/* The registry of channel technologies. */
#include <string.h>
#include <strings.h>

#include "core/base/registry.h"
#include "core/call/call.h"

static struct rd__registry registry = { .kind = "technology" };
static const struct rd_tech *found_last; /* most names are of one; NULL: none */

int rd__tech_add(const struct rd_tech *tech, const char *module)
{
	int rc = rd__registry_add(&registry, tech->name, tech, module);

	if (rc == 0 && tech->alias) {
		rc = rd__registry_add(&registry, tech->alias, tech, module);
		if (rc)
			rd__registry_remove(&registry, tech->name, tech);
	}
	return rc;
}

void rd__tech_remove(const struct rd_tech *tech)
{
	found_last = NULL;
	rd__registry_remove(&registry, tech->name, tech);
	if (tech->alias)
		rd__registry_remove(&registry, tech->alias, tech);
}

void rd__tech_retire(const struct rd_tech *tech, bool back)
{
	found_last = NULL;
	rd__registry_retire(&registry, tech->name, tech, back);
	if (tech->alias)
		rd__registry_retire(&registry, tech->alias, tech, back);
}

static bool has_name(const struct rd_tech *tech, struct rd_str name)
{
	return rd_str_ieq(name, rd_str_of(tech->name)) ||
	       (tech->alias && rd_str_ieq(name, rd_str_of(tech->alias)));
}

const struct rd_tech *rd__tech_named(struct rd_str name)
{
	const struct rd__row *row;

	if (found_last && has_name(found_last, name))
		return found_last;
	row = rd__registry_findn(&registry, name);
	if (!row)
		return NULL;
	found_last = row->item;
	return found_last;
}

const struct rd_tech *rd_tech_find(const char *name)
{
	return rd__tech_named(rd_str_of(name));
}

/* The technology that a name such as "SIP/1001" begins with. */
static const struct rd_tech *tech_of(const char *name)
{
	return rd__tech_named((struct rd_str){ name, strcspn(name, "/") });
}

static bool begins_with(const char *name, const char *tech)
{
	size_t n = strlen(tech);

	return strncasecmp(name, tech, n) == 0 && (name[n] == '/' || !name[n]);
}

/* The name with another technology's before the slash. */
static bool renamed(const char *name, const char *tech, char *buf, size_t size)
{
	const char *rest = name + strcspn(name, "/");

	if (strlen(tech) + strlen(rest) >= size)
		return false;
	strcpy(stpcpy(buf, tech), rest);
	return true;
}

const char *rd_tech_proper_name(const char *name, char *buf, size_t size)
{
	const struct rd_tech *tech = tech_of(name);

	if (!tech || !tech->alias || begins_with(name, tech->name) ||
	    !renamed(name, tech->name, buf, size))
		return name;
	return buf;
}

bool rd__tech_same_target(const char *a, const char *b)
{
	const struct rd_tech *tech = tech_of(a);

	return tech && tech == tech_of(b) && strcmp(a + strcspn(a, "/"), b + strcspn(b, "/")) == 0;
}

bool rd_device_alias(const char *device, char *buf, size_t size)
{
	const struct rd_tech *tech = tech_of(device);

	return tech && tech->alias && renamed(device, tech->alias, buf, size);
}

int rd_device_facts(const char *device, struct rd_device_facts *facts)
{
	const struct rd_tech *tech = tech_of(device);

	*facts = (struct rd_device_facts){ 0 };
	return tech && tech->facts ? tech->facts(strchr(device, '/') + 1, facts) : -ENOENT;
}

bool rd__tech_next(size_t *pos, const struct rd_tech **tech, const char **module)
{
	const struct rd__row *row = rd__registry_next(&registry, pos);

	if (!row)
		return false;
	*tech = row->item;
	*module = row->module;
	return true;
}

const char *rd__tech_module(const struct rd_tech *tech)
{
	const struct rd__row *row = rd__registry_of(&registry, tech->name, tech);

	return row ? row->module : NULL;
}

int rd__techs_running(const char *module)
{
	int running = 0;

	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch)) {
		const char *owner = rd__tech_module(ch->tech);

		if (owner && strcmp(owner, module) == 0)
			running++;
	}
	return running;
}

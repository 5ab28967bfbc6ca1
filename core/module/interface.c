/* Tables of functions that one module publishes for others, by name and
 * version, and how many hold one. */
#include <string.h>

#include <ringdown/log.h>

#include "core/module/loader.h"

struct published {
	struct rd_list link;
	const struct rd_interface *interface;
	const char *module;
	int uses;
};

static struct rd_list all = RD_LIST_INIT(all);

static struct published *find(const char *name)
{
	rd_list_foreach(node, tmp, &all) {
		struct published *published = rd_list_entry(node, struct published, link);

		if (strcmp(published->interface->name, name) == 0)
			return published;
	}
	return NULL;
}

int rd__interface_add(const struct rd_interface *interface, const char *module)
{
	struct published *published = find(interface->name);

	if (published) {
		rd_error("%s: interface %s: already published by %s", module, interface->name,
			 published->module);
		return -EEXIST;
	}
	published = rd_zalloc(sizeof(*published));
	if (!published)
		return -ENOMEM;
	published->interface = interface;
	published->module = module;
	rd_list_push(&all, &published->link);
	return 0;
}

void rd__interface_remove(const struct rd_interface *interface)
{
	rd_list_foreach(node, tmp, &all) {
		struct published *published = rd_list_entry(node, struct published, link);

		if (published->interface != interface)
			continue;
		rd_list_remove(node);
		rd_free(published);
	}
}

int rd__interfaces_used(const char *module)
{
	int uses = 0;

	rd_list_foreach(node, tmp, &all) {
		const struct published *published = rd_list_entry(node, struct published, link);

		if (strcmp(published->module, module) == 0)
			uses += published->uses;
	}
	return uses;
}

const void *rd_interface_get(const char *name, unsigned version)
{
	struct published *published = find(name);

	if (!published)
		return NULL;
	if (published->interface->version != version) {
		rd_error("interface %s: version %u was asked for, %s has %u", name, version,
			 published->module, published->interface->version);
		return NULL;
	}
	published->uses++;
	return published->interface->functions;
}

void rd_interface_put(const void *functions)
{
	if (!functions)
		return;
	rd_list_foreach(node, tmp, &all) {
		struct published *published = rd_list_entry(node, struct published, link);

		if (published->interface->functions != functions)
			continue;
		rd_assert(published->uses > 0);
		published->uses--;
		return;
	}
}

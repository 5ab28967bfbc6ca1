/* A package whose module is exchanged for a new file. Its watches and publications stay, and a
 * stand-in that does nothing is in its place: what changes meanwhile is told afterwards. */
#include "channels/sip/event/event.h"

static size_t size_of_types(const struct rd_sip_package *ops, size_t *count)
{
	size_t size = 0;

	for (*count = 0; ops->types[*count]; ++*count)
		size += strlen(ops->types[*count]) + 1;
	return size;
}

static const char *put(char **at, const char *text)
{
	char *copy = *at;

	*at = stpcpy(copy, text) + 1;
	return copy;
}

/* With words of its own: those of the module go with it. */
static struct rd_sip_package *stand_in_new(const struct rd_sip_package *ops)
{
	size_t count, size = size_of_types(ops, &count) + strlen(ops->name) + 1;
	struct rd_sip_package *stand_in =
		rd_malloc(sizeof(*stand_in) + (count + 1) * sizeof(char *) + size);
	const char **types;
	char *at;

	if (!stand_in)
		return NULL;
	types = (const char **)(stand_in + 1);
	at = (char *)(types + count + 1);
	*stand_in = (struct rd_sip_package){ .types = types,
					     .expires_s = ops->expires_s,
					     .gap_ms = ops->gap_ms };
	stand_in->name = put(&at, ops->name);
	for (size_t i = 0; i < count; i++)
		types[i] = put(&at, ops->types[i]);
	types[count] = NULL;
	return stand_in;
}

int sip_package_leave(struct sip_package *package)
{
	struct rd_sip_package *stand_in = stand_in_new(package->ops);

	if (!stand_in)
		return -ENOMEM;
	rd_list_foreach(node, tmp, &package->watches) {
		struct sip_watch *watch = rd_list_entry(node, struct sip_watch, in_package);

		sip_watch_close(watch);
		watch->pub.package = stand_in;
		watch->pub.type = sip_package_type(stand_in, watch->pub.type);
	}
	package->ops = package->stand_in = stand_in;
	return 0;
}

/* ---- back again ---- */

/* True: it goes on. An item that does not is left in its list. */
static bool take_up(struct sip_watch *watch, const struct rd_sip_package *ops)
{
	const char *type = sip_package_type(ops, watch->pub.type);

	watch->pub.package = ops;
	watch->pub.type = type ? type : ops->types[0];
	if (watch->state == SIP_WATCH_ENDED)
		return true;
	watch->state = SIP_WATCH_ACTIVE;
	return type && (watch->is_list || sip_watch_open(watch) == 0);
}

static void take_up_items(struct sip_watch *watch, const struct rd_sip_package *ops)
{
	rd_list_foreach(node, tmp, &watch->items) {
		struct sip_watch *item = rd_list_entry(node, struct sip_watch, in_parent);

		if (!take_up(item, ops))
			sip_watch_end(item, RD_SIP_END_NORESOURCE, 0);
	}
}

void sip_package_return(struct sip_package *package, const struct rd_sip_package *ops)
{
	struct rd_sip_package *stand_in = package->stand_in;

	package->ops = ops;
	package->stand_in = NULL;
	rd_list_foreach(node, tmp, &sip_events.watches) {
		struct sip_watch *watch = rd_list_entry(node, struct sip_watch, in_all);

		if (watch->pub.package != stand_in)
			continue;
		take_up_items(watch, ops);
		if (take_up(watch, ops))
			sip_watch_changed(watch, true);
		else
			sip_watch_end(watch, RD_SIP_END_DEACTIVATED, 0);
	}
	rd_free(stand_in);
}

void sip_packages_exchange(bool begins)
{
	sip_events.exchanging = begins;
	if (begins)
		return;
	rd_list_foreach(node, tmp, &sip_events.packages) {
		struct sip_package *package = rd_list_entry(node, struct sip_package, link);

		if (sip_package_is_away(package))
			sip_package_forget(package);
	}
}

/* The house's door to the module that knows what people have decided about calls to them.
 * What a dial makes of it is in dial_reach.c. */
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/call/call.h"
#include "core/call/reach.h"

static const struct rd_reach *keeper;

int rd__reach_set(const struct rd_reach *reach)
{
	if (reach && keeper)
		return -EEXIST;
	keeper = reach;
	return 0;
}

bool rd__reach_wish(const char *dialled, const struct rd_channel *caller,
		    struct rd_reach_wish *wish)
{
	char proper[128];
	bool has;

	*wish = (struct rd_reach_wish){ 0 };
	if (!keeper)
		return false;
	rd_no_yield_begin();
	has = keeper->wish(rd_tech_proper_name(dialled, proper, sizeof(proper)), caller, wish);
	rd_no_yield_end();
	return has;
}

const char *rd_reach_guest(const char *device)
{
	return keeper ? keeper->owner(device) : NULL;
}

bool rd_reach_desk(const char *device, char *desk, size_t size)
{
	struct rd_reach_wish wish;

	return rd__reach_wish(device, NULL, &wish) && wish.device &&
	       rd_strcpy(desk, size, wish.device);
}

void rd__reach_show_owner(struct rd_channel *ch)
{
	const char *device = rd_reach_guest(rd_channel_device(ch));
	struct rd_device_facts facts;
	struct rd_party party;

	if (!device || rd_device_facts(device, &facts))
		return;
	party = *rd_channel_party(ch, RD_PARTY_CALLER); /* what he hides stays hidden */
	party.name = *facts.name ? facts.name : NULL;
	party.number = *facts.number ? facts.number : NULL;
	if (rd_channel_set_party(ch, RD_PARTY_CALLER, &party))
		rd_warning("%s: is not shown as %s: no memory", ch->name, device);
}

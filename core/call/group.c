/* Groups: whose calls one may pick up. A number is one of 0 to 63, a name anything. */
#include <ringdown/transfer.h>

#include "core/call/call.h"

enum { GROUPS = 64 };

/* "3" or "3-5" */
static int add_range(struct rd_str range, uint64_t *groups)
{
	struct rd_str from;
	uint64_t first, last;

	if (!rd_str_cut(&range, '-', &from))
		range = from;
	if (rd_str_to_u64(rd_str_trim(from), GROUPS - 1, &first) ||
	    rd_str_to_u64(rd_str_trim(range), GROUPS - 1, &last) || last < first)
		return -EINVAL;
	for (uint64_t group = first; group <= last; group++)
		*groups |= UINT64_C(1) << group;
	return 0;
}

int rd_group_numbers(const char *list, uint64_t *groups)
{
	struct rd_str rest = rd_str_trim(rd_str_of(list)), range;
	bool more = rest.n;
	int rc = 0;

	*groups = 0;
	while (more && !rc) {
		more = rd_str_cut(&rest, ',', &range);
		rc = add_range(range, groups);
	}
	return rc;
}

static bool has_name(const char *list, struct rd_str name)
{
	struct rd_str rest = rd_str_of(list), one;
	bool more = true;

	while (more) {
		more = rd_str_cut(&rest, ',', &one);
		if (rd_str_eq(rd_str_trim(one), name))
			return true;
	}
	return false;
}

static bool share_name(const char *a, const char *b)
{
	struct rd_str rest = rd_str_of(a), one;
	bool more = true, shared = false;

	while (more && !shared) {
		more = rd_str_cut(&rest, ',', &one);
		one = rd_str_trim(one);
		shared = one.n && has_name(b, one);
	}
	return shared;
}

bool rd_channel_may_pick_up(const struct rd_channel *picker, const struct rd_channel *leg)
{
	uint64_t wanted, has;

	if (share_name(rd__channel_item(picker, RD__ITEM_NAMED_PICKUP_GROUP),
		       rd__channel_item(leg, RD__ITEM_NAMED_CALL_GROUP)))
		return true;
	return rd_group_numbers(rd__channel_item(picker, RD__ITEM_PICKUP_GROUP), &wanted) == 0 &&
	       rd_group_numbers(rd__channel_item(leg, RD__ITEM_CALL_GROUP), &has) == 0 &&
	       wanted & has;
}

/* Who is called by keys, or by FollowMe(), is behind a Local channel, one end of which runs the
 * dialplan for him who calls. That end has no records of its own: whom it calls is party B of the
 * other end's. */
#include <string.h>

#include <ringdown/tech.h>

#include "modules/cdr/cdr.h"

/* The other end, of a Local channel; NULL. */
static struct rd_channel *twin_of(const struct rd_channel *ch)
{
	const struct rd_tech *tech = rd_tech_find(rd_channel_tech(ch));

	return tech && tech->twin ? tech->twin(ch) : NULL;
}

void cdr_behind_mark(const struct rd_channel *called)
{
	struct rd_channel *twin = twin_of(called);
	struct cdr_leg *leg = twin ? cdr_leg_of(twin) : NULL;

	if (leg)
		leg->is_half = true;
}

void cdr_behind_set_peer(struct cdr_record *record, const struct rd_channel *peer)
{
	const struct cdr_leg *half = cdr_leg_find(twin_of(peer));
	const struct cdr_record *last = half && half->is_half ? cdr_leg_last(half) : NULL;

	cdr_record_set_peer(record, peer);
	if (last && last->peer_id[0])
		cdr_record_show(record, last);
}

void cdr_behind_show(const struct cdr_leg *half, const struct cdr_record *with)
{
	const struct rd_channel *front = twin_of(half->ch);

	if (!front)
		return;
	for (const struct cdr_leg *leg = cdr_leg_next(NULL); leg; leg = cdr_leg_next(leg))
		rd_list_foreach(node, tmp, &leg->records) {
			struct cdr_record *record = rd_list_entry(node, struct cdr_record, link);

			if (record->phase != CDR_ENDED &&
			    strcmp(record->peer_id, rd_channel_uniqueid(front)) == 0)
				cdr_record_show(record, with);
		}
}

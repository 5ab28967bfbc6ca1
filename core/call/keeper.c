/* References of channels that modules have, by whose they are: so that who keeps one for good
 * is named. The core's own (rd__channel_ref()) are nobody's. */
#include <string.h>

#include "core/call/keeper.h"

enum { NAMED_MAX = 5 };

static unsigned caller(const void *place)
{
	return rd__keeper_calling(rd__usage_near(place));
}

static void count(struct rd_channel *ch, unsigned usage)
{
	rd__keepers_add(ch->keepers, RD__KEEPERS, usage);
}

struct rd_channel *rd_channel_ref(struct rd_channel *ch)
{
	rd__channel_ref(ch);
	count(ch, caller(__builtin_return_address(0)));
	return ch;
}

void rd_channel_unref(struct rd_channel *ch)
{
	if (!ch)
		return;
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	rd__keepers_remove(ch->keepers, RD__KEEPERS, caller(__builtin_return_address(0)));
	rd__channel_unref(ch);
}

struct rd_channel *rd_channel_find(const char *name)
{
	struct rd_channel *ch = rd__channel_find(name);

	if (ch)
		count(ch, caller(__builtin_return_address(0)));
	return ch;
}

void rd__channel_handed_over(struct rd_channel *ch, const void *place)
{
	const struct rd__usage *usage = place ? rd__usage_near(place) : rd__usage_now();
	struct rd__keeper *keeper = rd__keepers_find(ch->keepers, RD__KEEPERS,
						     (unsigned)(usage - rd__usages));

	if (keeper)
		keeper->count--;
}

/* -- who is named ------------------------------------------------------------------------ */

void rd__channel_name_keepers(const struct rd_channel *ch, struct rd_buf *out)
{
	const char *before = " (kept by ";

	for (size_t i = 0; i < RD__KEEPERS; i++) {
		if (!ch->keepers[i].count)
			continue;
		rd_buf_printf(out, "%s%s", before, rd__usages[ch->keepers[i].usage].name);
		before = ", ";
	}
	if (*before == ',')
		rd_buf_adds(out, ")");
}

void rd__channels_name_all(struct rd_buf *out)
{
	size_t named = 0;

	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch)) {
		if (named++ == NAMED_MAX) {
			rd_buf_adds(out, ", ...");
			return;
		}
		rd_buf_printf(out, "%s%s", named == 1 ? "" : ", ", ch->name);
		rd__channel_name_keepers(ch, out);
	}
}

size_t rd__channels_kept_by(const struct rd__usage *usage, bool live, struct rd_buf *out)
{
	unsigned id = (unsigned)(usage - rd__usages);
	size_t references = 0, named = 0;
	struct rd_buf names;

	rd_buf_init(&names);
	for (struct rd_channel *ch = rd_channel_next(NULL); ch && id; ch = rd_channel_next(ch)) {
		const struct rd__keeper *keeper = rd__keepers_find(ch->keepers, RD__KEEPERS, id);

		if (!keeper || (live && ch->state == RD_CHANNEL_GONE))
			continue;
		references += keeper->count;
		if (named++ < NAMED_MAX)
			rd_buf_printf(&names, "%s%s", named == 1 ? "" : ", ", ch->name);
		else if (named == NAMED_MAX + 1)
			rd_buf_adds(&names, ", ...");
	}
	if (references)
		rd_buf_printf(out, "%s%zu reference%s of %s (%s)", out->n ? ", " : "", references,
			      references == 1 ? "" : "s", named == 1 ? "a channel" : "channels",
			      rd_buf_text(&names));
	rd_buf_fini(&names);
	return references;
}

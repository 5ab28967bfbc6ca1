/* References of channels that modules have, by whose they are: so that who keeps one for good
 * is named. The core's own (rd__channel_ref()) are nobody's. */
#include <string.h>

#include "core/call/keeper.h"

enum { NAMED_MAX = 5 };

/* Whose code has called. A call that is the last thing that a function does seems to come
 * from where that was called: then who works is asked. */
static unsigned caller(const void *place)
{
	const struct rd__usage *usage = rd__usage_near(place);

	if (usage == rd__usages)
		usage = rd__usage_now();
	return (unsigned)(usage - rd__usages);
}

static struct rd__keeper *find(struct rd_channel *ch, unsigned usage)
{
	for (size_t i = 0; i < RD__KEEPERS; i++)
		if (ch->keepers[i].count && ch->keepers[i].usage == usage)
			return &ch->keepers[i];
	return NULL;
}

static struct rd__keeper *find_any(struct rd_channel *ch)
{
	for (size_t i = 0; i < RD__KEEPERS; i++)
		if (ch->keepers[i].count)
			return &ch->keepers[i];
	return NULL;
}

static struct rd__keeper *find_free(struct rd_channel *ch)
{
	for (size_t i = 0; i < RD__KEEPERS; i++)
		if (!ch->keepers[i].count)
			return &ch->keepers[i];
	return NULL;
}

/* Where there is no room for one more it is not known, and nobody is accused. */
static void count(struct rd_channel *ch, unsigned usage)
{
	struct rd__keeper *keeper = usage ? find(ch, usage) : NULL;

	if (usage && !keeper)
		keeper = find_free(ch);
	if (!keeper || keeper->count == UINT16_MAX)
		return;
	keeper->usage = (uint16_t)usage;
	keeper->count++;
}

struct rd_channel *rd_channel_ref(struct rd_channel *ch)
{
	rd__channel_ref(ch);
	count(ch, caller(__builtin_return_address(0)));
	return ch;
}

/* What one has taken, another may give back. */
void rd_channel_unref(struct rd_channel *ch)
{
	struct rd__keeper *keeper;

	if (!ch)
		return;
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	keeper = find(ch, caller(__builtin_return_address(0)));
	if (!keeper)
		keeper = find_any(ch);
	if (keeper)
		keeper->count--;
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
	struct rd__keeper *keeper = find(ch, (unsigned)(usage - rd__usages));

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
		const struct rd__keeper *keeper = find(ch, id);

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

/* Who has sent a call on. The last of them is REDIRECTING(from), with his reason, and how often
 * all have done it; those before him are kept here, and are the same for all legs of a call. */
#include <stdlib.h>

#include "core/call/diversion.h"

/* Then a call goes in circles, or a caller has waited long while many sent him on. */
enum { BEFORE_MAX = 20 };

struct rd__diversion {
	unsigned refs;
	struct rd__diversion *before;
	struct rd_diversion what; /* its texts follow */
};

static struct rd__diversion *ref(struct rd__diversion *it)
{
	if (it)
		it->refs++;
	return it;
}

void rd__diversion_unref(struct rd__diversion *it)
{
	while (it && --it->refs == 0) {
		struct rd__diversion *before = it->before;

		rd_free(it);
		it = before;
	}
}

void rd__diversions_free(struct rd_channel *ch)
{
	rd__diversion_unref(ch->diversions);
	ch->diversions = NULL;
}

void rd__diversions_inherit(struct rd_channel *child, const struct rd_channel *parent)
{
	if (!child->diversions)
		child->diversions = ref(parent->diversions);
}

const struct rd_diversion *rd__diversion_of(const struct rd__diversion *it)
{
	return &it->what;
}

/* -- the last, and those before -------------------------------------------------------- */

const struct rd_diversion *rd_channel_diversion_before(const struct rd_channel *ch, unsigned at)
{
	const struct rd__diversion *it = ch->diversions;

	while (it && at--)
		it = it->before;
	return it ? &it->what : NULL;
}

static unsigned count_of_all(const struct rd_channel *ch)
{
	const char *text = rd_var_get(ch, "REDIRECTING_COUNT");
	int count = text ? atoi(text) : 0;

	return count > 0 ? (unsigned)count : 0;
}

bool rd_channel_diversion(const struct rd_channel *ch, struct rd_diversion *last)
{
	const char *reason = rd_var_get(ch, "REDIRECTING_REASON");
	unsigned all = count_of_all(ch), before = 0;

	for (const struct rd__diversion *it = ch->diversions; it; it = it->before)
		before += it->what.count;
	last->who = *rd_channel_party(ch, RD_PARTY_REDIRECTING_FROM);
	last->reason = reason && *reason ? reason : "unknown";
	last->count = all > before ? all - before : 1;
	return last->who.number && *last->who.number;
}

/* -- one more ---------------------------------------------------------------------------- */

static size_t size_of(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *copy(char **to, const char *text)
{
	char *start = *to;

	if (!text)
		return NULL;
	memcpy(start, text, size_of(text));
	*to += size_of(text);
	return start;
}

struct rd__diversion *rd__diversion_new(const struct rd_diversion *what)
{
	struct rd__diversion *it =
		rd_zalloc(sizeof(*it) + size_of(what->who.name) + size_of(what->who.number) +
			  size_of(what->who.tag) + size_of(what->reason));
	char *texts;

	if (!it)
		return NULL;
	it->refs = 1;
	it->what = *what;
	texts = (char *)(it + 1);
	it->what.who.name = copy(&texts, what->who.name);
	it->what.who.number = copy(&texts, what->who.number);
	it->what.who.tag = copy(&texts, what->who.tag);
	it->what.reason = copy(&texts, what->reason);
	return it;
}

/* Who was the last is one of those before. */
static int keep_last(struct rd_channel *ch)
{
	struct rd_diversion last;
	struct rd__diversion *it;

	if (!rd_channel_diversion(ch, &last) || rd_channel_diversion_before(ch, BEFORE_MAX - 1))
		return 0;
	it = rd__diversion_new(&last);
	if (!it)
		return -ENOMEM;
	it->before = ch->diversions;
	ch->diversions = it;
	return 0;
}

int rd_channel_divert(struct rd_channel *ch, const struct rd_diversion *by)
{
	unsigned all = count_of_all(ch) + by->count;
	const struct rd_party *last = rd_channel_party(ch, RD_PARTY_REDIRECTING_FROM);
	int rc = 0;

	if (!rd_channel_party(ch, RD_PARTY_REDIRECTING_ORIG)->number)
		rc = rd_channel_set_party(ch, RD_PARTY_REDIRECTING_ORIG,
					  last->number ? last : &by->who);
	if (!rc)
		rc = keep_last(ch);
	if (!rc)
		rc = rd_channel_set_party(ch, RD_PARTY_REDIRECTING_FROM, &by->who);
	if (!rc)
		rc = rd_var_set(ch, "REDIRECTING_REASON", by->reason);
	return rc ? rc : rd_var_number(ch, "REDIRECTING_COUNT", all);
}

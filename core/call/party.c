/* Who is at a side of a call: the identities of a channel, how they may be
 * shown, and reading '"Alice" <1001>'. */
#include <ctype.h>
#include <strings.h>

#include "core/call/call.h"

static const struct rd_party nobody;

static const char *const presentations[] = {
	[RD_PRESENT_ALLOWED] = "allowed_not_screened",
	[RD_PRESENT_ALLOWED_PASSED] = "allowed_passed_screen",
	[RD_PRESENT_ALLOWED_FAILED] = "allowed_failed_screen",
	[RD_PRESENT_ALLOWED_NETWORK] = "allowed",
	[RD_PRESENT_PROHIBITED] = "prohib_not_screened",
	[RD_PRESENT_PROHIBITED_PASSED] = "prohib_passed_screen",
	[RD_PRESENT_PROHIBITED_FAILED] = "prohib_failed_screen",
	[RD_PRESENT_PROHIBITED_NETWORK] = "prohib",
	[RD_PRESENT_UNAVAILABLE] = "unavailable",
};

void rd__parties_free(struct rd_channel *ch)
{
	for (int kind = 0; kind < RD_PARTY_KINDS; kind++)
		rd_free(ch->parties[kind]);
}

const struct rd_party *rd_channel_party(const struct rd_channel *ch, enum rd_party_kind kind)
{
	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	return ch->parties[kind] ? ch->parties[kind] : &nobody;
}

static size_t size_of(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

static const char *copy_text(char **to, const char *s)
{
	char *start = *to;

	if (!s)
		return NULL;
	memcpy(start, s, size_of(s));
	*to += size_of(s);
	return start;
}

/* The struct and its texts in one block. */
static struct rd_party *party_dup(const struct rd_party *party)
{
	struct rd_party *copy = rd_malloc(sizeof(*copy) + size_of(party->name) +
					  size_of(party->number) + size_of(party->tag));
	char *texts;

	if (!copy)
		return NULL;
	*copy = *party;
	texts = (char *)(copy + 1);
	copy->name = copy_text(&texts, party->name);
	copy->number = copy_text(&texts, party->number);
	copy->tag = copy_text(&texts, party->tag);
	return copy;
}

static bool same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same_party(const struct rd_party *a, const struct rd_party *b)
{
	return same_text(a->name, b->name) && same_text(a->number, b->number) &&
	       same_text(a->tag, b->tag) && a->name_pres == b->name_pres &&
	       a->number_pres == b->number_pres;
}

int rd__channel_begin_party(struct rd_channel *ch, enum rd_party_kind kind,
			    const struct rd_party *party)
{
	struct rd_party *copy = party_dup(party);

	if (!copy)
		return -ENOMEM;
	rd_free(ch->parties[kind]);
	ch->parties[kind] = copy;
	return 0;
}

int rd_channel_set_party(struct rd_channel *ch, enum rd_party_kind kind,
			 const struct rd_party *party)
{
	struct rd__usage *outer;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	if (same_party(rd_channel_party(ch, kind), party))
		return 0;
	if (rd__channel_begin_party(ch, kind, party))
		return -ENOMEM;
	rd__event_channel(RD_EVENT_CHANNEL_PARTY, ch, NULL, kind);
	if (kind == RD_PARTY_CONNECTED && ch->tech->party_changed &&
	    ch->state != RD_CHANNEL_GONE && ch->state != RD_CHANNEL_DOWN) {
		outer = rd__tech_enter(ch->tech);
		ch->tech->party_changed(ch, kind);
		rd__tech_leave(outer);
	}
	return 0;
}

const char *rd_presentation_name(enum rd_presentation pres)
{
	return pres < RD_ARRAY_SIZE(presentations) ? presentations[pres] : "unavailable";
}

int rd_presentation_from_name(const char *name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(presentations); i++)
		if (strcasecmp(name, presentations[i]) == 0)
			return (int)i;
	return -ENOENT;
}

static struct rd_str unquoted(struct rd_str s)
{
	s = rd_str_trim(s);
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = (struct rd_str){ s.p + 1, s.n - 2 };
	return s;
}

static bool looks_like_number(struct rd_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isdigit((unsigned char)s.p[i]) && !strchr("+*#-.() ", s.p[i]))
			return false;
	return s.n > 0;
}

void rd_party_split(const char *text, char *name, char *number, size_t n)
{
	struct rd_str all = rd_str_trim(rd_str_of(text));
	const char *open = strrchr(text, '<');

	name[0] = number[0] = '\0';
	if (open && open >= all.p && all.n && all.p[all.n - 1] == '>') {
		struct rd_str inner = { open + 1, (size_t)(all.p + all.n - 1 - (open + 1)) };

		rd_strcpyn(number, n, rd_str_trim(inner));
		rd_utf8_copy(name, n, unquoted((struct rd_str){ all.p, (size_t)(open - all.p) }));
	} else if (looks_like_number(all)) {
		rd_strcpyn(number, n, all);
	} else {
		rd_utf8_copy(name, n, unquoted(all));
	}
}

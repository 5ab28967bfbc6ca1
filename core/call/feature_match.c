/* What the keys that somebody has pressed while he talks mean, by the rights that he has
 * and the features that DYNAMIC_FEATURES gives him. */
#include <ctype.h>
#include <string.h>

#include <ringdown/channel.h>

#include "core/call/features.h"

/* Whose rights a code wants. */
static const unsigned rights_for[RD__CODES] = {
	[RD__CODE_BLIND] = RD_FEATURE_TRANSFER,        [RD__CODE_ATTENDED] = RD_FEATURE_TRANSFER,
	[RD__CODE_DISCONNECT] = RD_FEATURE_DISCONNECT, [RD__CODE_PARK] = RD_FEATURE_PARK,
	[RD__CODE_RECORD] = RD_FEATURE_RECORD,         [RD__CODE_MONITOR] = RD_FEATURE_MONITOR,
	[RD__CODE_ABORT] = RD__FEATURE_CONSULTS,       [RD__CODE_COMPLETE] = RD__FEATURE_CONSULTS,
	[RD__CODE_THREEWAY] = RD__FEATURE_CONSULTS,    [RD__CODE_SWAP] = RD__FEATURE_CONSULTS,
};

/* ---- option letters ---- */

static const char letters_of[] = "thkxw"; /* in the order of the bits */

unsigned rd__features_of_letters(const char *letters, bool caller)
{
	unsigned rights = 0;

	for (const char *it = letters; it && *it; it++) {
		const char *known = strchr(letters_of, tolower((unsigned char)*it));

		if (known && !isupper((unsigned char)*it) == !caller)
			rights |= 1u << (known - letters_of);
	}
	return rights;
}

/* ---- DYNAMIC_FEATURES ---- */

static const char *dynamic(const struct rd_channel *ch)
{
	const char *names = rd_var_get(ch, "DYNAMIC_FEATURES");

	return names ? names : "";
}

/* "one#two": is this one of them? */
static bool lists(const char *names, const char *name)
{
	struct rd_str rest = rd_str_of(names), one;
	bool more = true;

	while (more) {
		more = rd_str_cut(&rest, '#', &one);
		if (rd_str_ieq(rd_str_trim(one), rd_str_of(name)))
			return true;
	}
	return false;
}

bool rd__features_any(const struct rd_channel *ch, unsigned rights)
{
	return rights || (rd__features()->apps && *dynamic(ch));
}

/* ---- the match ---- */

static void compare(struct rd__hit *hit, const char *code, const char *keys, enum rd__code what,
		    const struct rd__feature_app *app)
{
	size_t n = strlen(keys);

	if (strncmp(code, keys, n) != 0 || !*code)
		return;
	if (code[n]) {
		hit->more = true;
	} else if (!hit->whole) {
		hit->whole = true;
		hit->code = what;
		hit->app = app;
	}
}

struct rd__hit rd__features_match(const struct rd_channel *ch, unsigned rights, const char *keys)
{
	const struct rd__features *features = rd__features_of(ch);
	const struct rd__feature_app *app = rd__features()->apps;
	const char *names = app ? dynamic(ch) : "";
	struct rd__hit hit = { 0 };

	for (enum rd__code code = 0; code < RD__CODES; code++)
		if (rights & rights_for[code])
			compare(&hit, features->keys[code], keys, code, NULL);
	for (; *names && app; app = app->next)
		if (lists(names, app->listed_as))
			compare(&hit, app->keys, keys, RD__CODE_APP, app);
	return hit;
}

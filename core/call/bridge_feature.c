/* What keys do while two talk: transfer, parking, the end of the call, and more, for those
 * who may. All other keys go to the other side. */
#include <stdio.h>

#include <ringdown/clock.h>
#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/parking.h>
#include <ringdown/prompt.h>

#include "core/call/bridge.h"
#include "core/call/join.h"
#include "core/call/transfer.h"

enum { TARGET_MAX = 64 };

/* -- parking ----------------------------------------------------------------------- */

static const struct rd_parking *parking_get(void)
{
	return rd_interface_get_for("core", RD_PARKING, RD_PARKING_VERSION);
}

/* An extension of the same number in another context is an ordinary one. */
static bool parks(const char *context, const char *exten, const char *caller)
{
	const struct rd_parking *parking = parking_get();
	const char *home = rd_dialplan_home(context, exten, 1, caller);
	bool it_does = parking && home && parking->parks(home, exten);

	rd_interface_put_for("core", parking);
	return it_does;
}

/* The other is parked; from is kept until it has heard where. */
static int park_other(struct rd__run *run, struct rd__side *from)
{
	const struct rd_parking *parking = parking_get();
	const char *context, *exten;
	int rc = parking ? parking->place_for(from->ch, &context, &exten) : -ENOENT;

	if (!rc)
		rc = rd_transfer_blind(from->ch, context, exten, NULL, NULL);
	rd_interface_put_for("core", parking);
	if (!rc)
		return RD_BRIDGE_MOVED;
	rd_notice("%s: its call cannot be parked: %s", rd_channel_name(from->ch),
		  rc == -ENOENT ? "it has no parking lot with an extension" : rd_strerror(rc));
	rd_play(from->ch, "pbx-parkingfailed", "");
	rd__bridge_relink(run->bridge);
	return 0;
}

/* -- transfer --------------------------------------------------------------------- */

int rd__feature_transfer(struct rd__run *run, struct rd__side *from, const char *target)
{
	struct rd_channel *moved = rd__other_side(run, from)->ch;
	const char *number = rd_channel_party(moved, RD_PARTY_CALLER)->number;
	char exten[RD__PLACE_MAX], context[RD__PLACE_MAX], place[2 * RD__PLACE_MAX];
	const char *at = strchr(target, '@');
	size_t n = at ? (size_t)(at - target) : strlen(target);

	if (!rd_strcpyn(exten, sizeof(exten), (struct rd_str){ target, n }) ||
	    !rd_strcpy(context, sizeof(context), at ? at + 1 : rd_transfer_context(from->ch)))
		return -ENAMETOOLONG;
	if (!*exten || !rd_dialplan_exists(context, exten, 1, number))
		return -ENOENT;
	if (parks(context, exten, number))
		return rd_transfer_blind(from->ch, context, exten, NULL, NULL);
	snprintf(place, sizeof(place), "%s@%s", exten, context);
	rd__transfer_announce(from->ch, moved, "blind", place);
	return rd_channel_redirect(moved, context, exten, 1);
}

int rd__feature_attended(struct rd__run *run, struct rd__side *from, const char *target)
{
	struct rd__side *other = rd__other_side(run, from);

	other->music = rd_music_start(other->ch, "") == 0;
	return rd__consult(run, from, target);
}

/* Keys after the n that are there, until they match an extension that nothing
 * longer could. 0, or -ECANCELED. */
static int read_target(struct rd_channel *ch, char *target, int n)
{
	while (n < TARGET_MAX) {
		enum rd_match match =
			n ? rd_dialplan_match(rd_transfer_context(ch), target, 1, NULL)
			  : RD_MATCH_PARTIAL;
		int key;

		if (match == RD_MATCH_FULL || match == RD_MATCH_NONE)
			break;
		key = rd_read_digit(ch, rd__features_of(ch)->transfer_digit_ms);
		if (key == -ETIMEDOUT || key == '#')
			break;
		if (key < 0)
			return key;
		target[n++] = (char)key;
		target[n] = '\0';
	}
	return 0;
}

void rd__feature_sound(struct rd_channel *ch, const char *sound)
{
	char name[RD__SOUND_SIZE];

	rd_strcpy(name, sizeof(name), sound);
	if (*name)
		rd_play(ch, name, "");
}

/* 0, or -ECANCELED. */
static int ask_once(struct rd_channel *from, char *target)
{
	char prompt[RD__SOUND_SIZE];
	int key = 0;

	rd_strcpy(prompt, sizeof(prompt), rd__features_of(from)->ask);
	if (*prompt)
		key = rd_play(from, prompt, RD_ANY_DIGIT);
	if (key == -ECANCELED)
		return key;
	target[0] = key > 0 ? (char)key : '\0';
	target[1] = '\0';
	return read_target(from, target, key > 0);
}

/* Where to? As often as one may try: 0, -ENOENT or -ECANCELED. */
static int ask_target(struct rd__run *run, struct rd__side *from, char *target)
{
	const struct rd_channel *other = rd__other_side(run, from)->ch;
	int tries = rd__features_of(from->ch)->attempts, rc;

	do {
		rc = ask_once(from->ch, target);
		if (rc)
			return rc;
		if (*target && rd_dialplan_exists(rd_transfer_context(from->ch), target, 1,
						  rd_channel_party(other, RD_PARTY_CALLER)->number))
			return 0;
		rd__feature_sound(from->ch, --tries ? rd__features_of(from->ch)->ask_again
						    : rd__features_of(from->ch)->ask_no_more);
	} while (tries);
	return -ENOENT;
}

/* The other hears music while from is asked where to send it. */
static int ask_and_transfer(struct rd__run *run, struct rd__side *from, enum rd__code how)
{
	struct rd__side *other = rd__other_side(run, from);
	char target[TARGET_MAX + 1];
	int rc;

	other->music = rd_music_start(other->ch, "") == 0;
	rc = ask_target(run, from, target);
	if (!rc && how == RD__CODE_ATTENDED)
		return rd__consult(run, from, target);
	if (!rc && !rd__feature_transfer(run, from, target))
		return RD_BRIDGE_MOVED;
	rd__side_music_stop(other);
	rd__bridge_relink(run->bridge);
	return 0;
}

/* -- keys ------------------------------------------------------------------------------ */

static void pass_on(struct rd__run *run, struct rd__side *from, char key, int ms)
{
	const struct rd_bridge_options *options = run->options;

	if (options->digit && options->digit(from->ch, key, options->arg))
		return;
	if (!rd__media_passes_tones(from->ch, rd__other_side(run, from)->ch))
		rd_channel_send_digit(rd__other_side(run, from)->ch, key, ms);
}

static void flush(struct rd__run *run, struct rd__side *from)
{
	int count = from->key_count;

	from->key_count = 0;
	for (int i = 0; i < count; i++)
		pass_on(run, from, from->keys[i], 0);
}

static int do_it(struct rd__run *run, struct rd__side *from, const struct rd__hit *hit)
{
	from->key_count = 0;
	rd_verbose("%s: key %s", rd_channel_name(from->ch), from->keys);
	run->code = hit->code;
	switch (hit->code) {
	case RD__CODE_BLIND:
	case RD__CODE_ATTENDED:
		return ask_and_transfer(run, from, hit->code);
	case RD__CODE_PARK:
		return park_other(run, from);
	case RD__CODE_RECORD:
	case RD__CODE_MONITOR:
		rd__feature_record(run, from, hit->code);
		return 0;
	case RD__CODE_APP:
		rd__feature_app(run, from, hit->app);
		return 0;
	default:
		return RD_BRIDGE_KEY;
	}
}

int rd__feature_key(struct rd__run *run, struct rd__side *from, char key, int ms)
{
	struct rd__hit hit;

	if (!rd__features_any(from->ch, from->features)) {
		pass_on(run, from, key, ms);
		return 0;
	}
	from->keys[from->key_count++] = key;
	from->keys[from->key_count] = '\0';
	from->keys_until_ms =
		rd_now_ms() + (uint64_t)rd__features_of(from->ch)->between_keys_ms;
	hit = rd__features_match(from->ch, from->features, from->keys);
	if (hit.whole && !hit.more)
		return do_it(run, from, &hit);
	if (!hit.more)
		flush(run, from);
	return 0;
}

int rd__feature_timeout(struct rd__run *run, struct rd__side *from)
{
	struct rd__hit hit = rd__features_match(from->ch, from->features, from->keys);

	if (hit.whole)
		return do_it(run, from, &hit);
	flush(run, from);
	return 0;
}

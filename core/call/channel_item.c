/* What CHANNEL(item) shows and sets: the core's own items here, all others
 * are the driver's. */
#include <stdlib.h>
#include <strings.h>

#include <ringdown/conference.h>
#include <ringdown/transfer.h>

#include "core/call/call.h"
#include "core/media/media.h"

static const struct {
	const char *name;
	enum rd__item item;
} texts[] = {
	{ "language", RD__ITEM_LANGUAGE },
	{ "accountcode", RD__ITEM_ACCOUNT },
	{ "musicclass", RD__ITEM_MUSIC_CLASS },
	{ "tonezone", RD__ITEM_TONE_ZONE },
	{ "userfield", RD__ITEM_USER_FIELD },
	{ "peeraccount", RD__ITEM_PEER_ACCOUNT },
	{ "amaflags", RD__ITEM_AMA_FLAGS },
	{ "parkinglot", RD__ITEM_PARKING_LOT },
	{ "hangupsource", RD__ITEM_HANGUP_SOURCE },
	{ "callgroup", RD__ITEM_CALL_GROUP },
	{ "pickupgroup", RD__ITEM_PICKUP_GROUP },
	{ "namedcallgroup", RD__ITEM_NAMED_CALL_GROUP },
	{ "namedpickupgroup", RD__ITEM_NAMED_PICKUP_GROUP },
	{ "calleddevices", RD__ITEM_CALLED_DEVICES },
};

const char *rd__channel_item(const struct rd_channel *ch, enum rd__item item)
{
	return ch->items[item] ? ch->items[item] : "";
}

int rd__channel_set_item(struct rd_channel *ch, enum rd__item item, const char *value)
{
	char *copy = NULL;

	if (value && *value) {
		copy = rd_strdup(value);
		if (!copy)
			return -ENOMEM;
	}
	rd_free(ch->items[item]);
	ch->items[item] = copy;
	return 0;
}

const char *rd_channel_language(const struct rd_channel *ch)
{
	return ch->items[RD__ITEM_LANGUAGE] ? ch->items[RD__ITEM_LANGUAGE] : "en";
}

int rd_channel_set_conference(struct rd_channel *ch, const char *name)
{
	struct rd__usage *outer;
	int rc = rd__channel_set_item(ch, RD__ITEM_CONFERENCE, name);

	if (rc || !rd_channel_conference(ch) || ch->state != RD_CHANNEL_UP ||
	    !ch->tech->conference_entered)
		return rc;
	outer = rd__tech_enter(ch->tech);
	ch->tech->conference_entered(ch);
	rd__tech_leave(outer);
	return 0;
}

const char *rd_channel_conference(const struct rd_channel *ch)
{
	return ch->items[RD__ITEM_CONFERENCE];
}

const char *rd_channel_called_devices(const struct rd_channel *ch)
{
	return rd__channel_item(ch, RD__ITEM_CALLED_DEVICES);
}

int rd_channel_set_called_devices(struct rd_channel *ch, const char *lines)
{
	return rd__channel_set_item(ch, RD__ITEM_CALLED_DEVICES, lines);
}

/* ---- what is only shown ---- */

static const char *peer_name(const struct rd_channel *ch)
{
	const struct rd_channel *other = ch->bridge ? rd__bridge_other(ch->bridge, ch) : NULL;

	return other ? other->name : "";
}

static const char *yes_or_no(bool yes)
{
	return yes ? "1" : "0";
}

static const char *shown_text(const struct rd_channel *ch, const char *item)
{
	const struct {
		const char *name, *value;
	} shown[] = {
		{ "name", ch->name },
		{ "uniqueid", ch->uniqueid },
		{ "linkedid", ch->linkedid },
		{ "channeltype", ch->tech->name },
		{ "state", rd_channel_state_name(ch->state) },
		{ "context", ch->context },
		{ "exten", ch->exten },
		{ "dialled", ch->dialled },
		{ "device", ch->device->name },
		{ "appname", ch->doing },
		{ "appdata", ch->doing_args },
		{ "peer", peer_name(ch) },
		{ "bridge", ch->bridge ? rd_bridge_id(ch->bridge) : NULL },
		{ "answered", yes_or_no(ch->answered_ms) },
		{ "onhold", yes_or_no(ch->on_hold) },
		{ "checkhangup", yes_or_no(ch->state == RD_CHANNEL_GONE) },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(shown); i++)
		if (strcasecmp(item, shown[i].name) == 0)
			return shown[i].value ? shown[i].value : "";
	return NULL;
}

static const char *settable_text(const struct rd_channel *ch, const char *item)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++)
		if (strcasecmp(item, texts[i].name) == 0)
			return texts[i].item == RD__ITEM_LANGUAGE
				       ? rd_channel_language(ch)
				       : rd__channel_item(ch, texts[i].item);
	return NULL;
}

/* The codecs of its sound or pictures, the one in use first. */
static void add_codecs(const struct rd_channel *ch, enum rd_media_kind kind, struct rd_buf *out,
		       int most)
{
	const struct rd_stream *stream = rd_channel_stream(ch, kind);
	const struct rd_stream_config *config = stream ? rd_stream_config(stream) : NULL;

	for (int i = 0; config && i < config->format_count && i < most; i++)
		rd_buf_printf(out, "%s%s", i ? "," : "", config->formats[i].codec->name);
}

/* What is no text as it stands: 0, or -ENOENT. */
static int add_made(const struct rd_channel *ch, const char *item, struct rd_buf *out)
{
	if (strcasecmp(item, "priority") == 0)
		rd_buf_printf(out, "%d", ch->priority);
	else if (strcasecmp(item, "audioreadformat") == 0 ||
		 strcasecmp(item, "audiowriteformat") == 0)
		add_codecs(ch, RD_MEDIA_AUDIO, out, 1);
	else if (strcasecmp(item, "audionativeformat") == 0)
		add_codecs(ch, RD_MEDIA_AUDIO, out, RD_STREAM_FORMATS);
	else if (strcasecmp(item, "videonativeformat") == 0)
		add_codecs(ch, RD_MEDIA_VIDEO, out, RD_STREAM_FORMATS);
	else
		return -ENOENT;
	return 0;
}

int rd_channel_get(struct rd_channel *ch, const char *item, struct rd_buf *out)
{
	struct rd__usage *outer;
	const char *text;
	int rc;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	text = settable_text(ch, item);
	if (!text)
		text = shown_text(ch, item);
	if (text) {
		rd_buf_adds(out, text);
		return 0;
	}
	rc = add_made(ch, item, out);
	outer = rd__tech_enter(ch->tech);
	if (rc == -ENOENT && ch->tech->get)
		rc = ch->tech->get(ch, item, out);
	rd__tech_leave(outer);
	return rc;
}

/* What it names must be there; the others are anybody's words. */
static bool is_sound(enum rd__item item, const char *value)
{
	uint64_t groups;

	if (!value || !*value)
		return true;
	switch (item) {
	case RD__ITEM_TONE_ZONE:
		return rd__tone_zone_known(value);
	case RD__ITEM_CALL_GROUP:
	case RD__ITEM_PICKUP_GROUP:
		return rd_group_numbers(value, &groups) == 0;
	default:
		return true;
	}
}

int rd_channel_set(struct rd_channel *ch, const char *item, const char *value)
{
	struct rd__usage *outer;
	int rc = -ENOENT;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++)
		if (strcasecmp(item, texts[i].name) == 0)
			return is_sound(texts[i].item, value)
				       ? rd__channel_set_item(ch, texts[i].item, value)
				       : -EINVAL;
	outer = rd__tech_enter(ch->tech);
	if (ch->tech->set)
		rc = ch->tech->set(ch, item, value);
	rd__tech_leave(outer);
	return rc;
}

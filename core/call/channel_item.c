/* What CHANNEL(item) shows and sets: the core's own items here, all others
 * are the driver's. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/channel_item.h>
#include <ringdown/conference.h>
#include <ringdown/module.h>
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

enum shown {
	SHOWN_NAME,
	SHOWN_UNIQUEID,
	SHOWN_LINKEDID,
	SHOWN_TYPE,
	SHOWN_STATE,
	SHOWN_CONTEXT,
	SHOWN_EXTEN,
	SHOWN_PRIORITY,
	SHOWN_DIALLED,
	SHOWN_DEVICE,
	SHOWN_APP,
	SHOWN_APP_DATA,
	SHOWN_PEER,
	SHOWN_BRIDGE,
	SHOWN_ANSWERED,
	SHOWN_ON_HOLD,
	SHOWN_GONE,
	SHOWN_AUDIO_READ,
	SHOWN_AUDIO_WRITE,
	SHOWN_AUDIO,
	SHOWN_VIDEO,
	SHOWN_NONE,
};

static const char *const shown_names[SHOWN_NONE] = {
	[SHOWN_NAME] = "name",
	[SHOWN_UNIQUEID] = "uniqueid",
	[SHOWN_LINKEDID] = "linkedid",
	[SHOWN_TYPE] = "channeltype",
	[SHOWN_STATE] = "state",
	[SHOWN_CONTEXT] = "context",
	[SHOWN_EXTEN] = "exten",
	[SHOWN_PRIORITY] = "priority",
	[SHOWN_DIALLED] = "dialled",
	[SHOWN_DEVICE] = "device",
	[SHOWN_APP] = "appname",
	[SHOWN_APP_DATA] = "appdata",
	[SHOWN_PEER] = "peer",
	[SHOWN_BRIDGE] = "bridge",
	[SHOWN_ANSWERED] = "answered",
	[SHOWN_ON_HOLD] = "onhold",
	[SHOWN_GONE] = "checkhangup",
	[SHOWN_AUDIO_READ] = "audioreadformat",
	[SHOWN_AUDIO_WRITE] = "audiowriteformat",
	[SHOWN_AUDIO] = "audionativeformat",
	[SHOWN_VIDEO] = "videonativeformat",
};

static enum shown shown_named(const char *item)
{
	enum shown shown = 0;

	while (shown < SHOWN_NONE && strcasecmp(item, shown_names[shown]) != 0)
		shown++;
	return shown;
}

/* NULL: it is empty, or made of more than one. */
static const char *shown_text(const struct rd_channel *ch, enum shown shown)
{
	switch (shown) {
	case SHOWN_NAME:
		return ch->name;
	case SHOWN_UNIQUEID:
		return ch->uniqueid;
	case SHOWN_LINKEDID:
		return ch->linkedid;
	case SHOWN_TYPE:
		return ch->tech->name;
	case SHOWN_STATE:
		return rd_channel_state_name(ch->state);
	case SHOWN_CONTEXT:
		return ch->context;
	case SHOWN_EXTEN:
		return ch->exten;
	case SHOWN_DIALLED:
		return ch->dialled;
	case SHOWN_DEVICE:
		return rd_channel_device(ch);
	case SHOWN_APP:
		return ch->doing;
	case SHOWN_APP_DATA:
		return ch->doing_args;
	case SHOWN_PEER:
		return peer_name(ch);
	case SHOWN_BRIDGE:
		return ch->bridge ? rd_bridge_id(ch->bridge) : NULL;
	case SHOWN_ANSWERED:
		return yes_or_no(ch->answered_ms);
	case SHOWN_ON_HOLD:
		return yes_or_no(ch->on_hold);
	case SHOWN_GONE:
		return yes_or_no(ch->state == RD_CHANNEL_GONE);
	default:
		return NULL;
	}
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

static void add_shown(const struct rd_channel *ch, enum shown shown, struct rd_buf *out)
{
	const char *text = shown_text(ch, shown);

	if (text)
		rd_buf_adds(out, text);
	else if (shown == SHOWN_PRIORITY)
		rd_buf_printf(out, "%d", ch->priority);
	else if (shown == SHOWN_AUDIO_READ || shown == SHOWN_AUDIO_WRITE)
		add_codecs(ch, RD_MEDIA_AUDIO, out, 1);
	else if (shown == SHOWN_AUDIO)
		add_codecs(ch, RD_MEDIA_AUDIO, out, RD_STREAM_FORMATS);
	else if (shown == SHOWN_VIDEO)
		add_codecs(ch, RD_MEDIA_VIDEO, out, RD_STREAM_FORMATS);
}

int rd_channel_get(struct rd_channel *ch, const char *item, struct rd_buf *out)
{
	enum shown shown = shown_named(item);
	struct rd__usage *outer;
	const char *text;
	int rc = -ENOENT;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	text = settable_text(ch, item);
	if (text) {
		rd_buf_adds(out, text);
		return 0;
	}
	if (shown != SHOWN_NONE) {
		add_shown(ch, shown, out);
		return 0;
	}
	outer = rd__tech_enter(ch->tech);
	if (ch->tech->get)
		rc = ch->tech->get(ch, item, out);
	rd__tech_leave(outer);
	return rc;
}

static bool is_own(const char *item)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++)
		if (strcasecmp(item, texts[i].name) == 0)
			return true;
	return shown_named(item) != SHOWN_NONE;
}

static bool tech_may_have(const struct rd_tech *tech, const char *item)
{
	const struct rd_channel_items *items;
	char name[64];
	bool has;

	if (!tech->get && !tech->set)
		return false;
	snprintf(name, sizeof(name), RD_CHANNEL_ITEMS("%s"), tech->name);
	items = rd_interface_get_for("core", name, RD_CHANNEL_ITEMS_VERSION);
	if (!items)
		return true;
	has = items->has(item);
	rd_interface_put_for("core", items);
	return has;
}

bool rd_channel_item_known(const char *item)
{
	const struct rd_tech *tech;
	const char *module;
	size_t pos = 0;
	bool known = is_own(item);

	while (!known && rd__tech_next(&pos, &tech, &module))
		known = tech_may_have(tech, item);
	return known;
}

bool rd_channel_item_only_shown(const char *item)
{
	return shown_named(item) != SHOWN_NONE;
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

/* What CHANNEL(item) shows and sets: the core's own items here, all others
 * are the driver's. */
#include <stdlib.h>
#include <strings.h>

#include "core/call/call.h"

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

static const char *fixed_text(const struct rd_channel *ch, const char *item)
{
	static const char *const names[] = { "name",  "uniqueid", "linkedid", "channeltype",
					     "state", "context",  "exten",    "dialled",
					     "device" };
	const char *values[] = {
		ch->name,	 ch->uniqueid, ch->linkedid, ch->tech->name,
		rd_channel_state_name(ch->state), ch->context, ch->exten, ch->dialled,
		ch->device->name
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		if (strcasecmp(item, names[i]) == 0)
			return values[i];
	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++)
		if (strcasecmp(item, texts[i].name) == 0)
			return texts[i].item == RD__ITEM_LANGUAGE
				       ? rd_channel_language(ch)
				       : rd__channel_item(ch, texts[i].item);
	return NULL;
}

int rd_channel_get(struct rd_channel *ch, const char *item, struct rd_buf *out)
{
	const char *text;
	int rc = -ENOENT;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	text = fixed_text(ch, item);
	if (text) {
		rd_buf_adds(out, text);
		return 0;
	}
	if (strcasecmp(item, "priority") == 0) {
		rd_buf_printf(out, "%d", ch->priority);
		return 0;
	}
	if (strcasecmp(item, "bridge") == 0) {
		rd_buf_adds(out, ch->bridge ? rd_bridge_id(ch->bridge) : "");
		return 0;
	}
	if (strcasecmp(item, "answered") == 0) {
		rd_buf_adds(out, ch->answered_ms ? "1" : "0");
		return 0;
	}
	rd_no_yield_begin();
	if (ch->tech->get)
		rc = ch->tech->get(ch, item, out);
	rd_no_yield_end();
	return rc;
}

int rd_channel_set(struct rd_channel *ch, const char *item, const char *value)
{
	int rc = -ENOENT;

	RD_CHECK(ch, RD__CHANNEL_MAGIC);
	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++)
		if (strcasecmp(item, texts[i].name) == 0)
			return rd__channel_set_item(ch, texts[i].item, value);
	rd_no_yield_begin();
	if (ch->tech->set)
		rc = ch->tech->set(ch, item, value);
	rd_no_yield_end();
	return rc;
}

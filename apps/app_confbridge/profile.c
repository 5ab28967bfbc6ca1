/* The options of bridge and user profiles, named as Asterisk has them. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/codec.h>

#include "apps/app_confbridge/profile.h"

/* ---- bridges ---- */

int conf_rate_below(int hz)
{
	int rate = 0;

	for (int i = 0; i < RD_MIX_RATES; i++)
		if (rd_mix_rates[i] <= hz)
			rate = rd_mix_rates[i];
	return rate;
}

/* Down to one that a room can have; the word: 0. */
static const char *read_rate(const char *value, void *dest, const char *word)
{
	int *out = dest;

	*out = conf_rate_below(atoi(value));
	if (strcasecmp(value, word) == 0)
		return NULL;
	return *out ? NULL : "a rate in Hz, from 8000 on";
}

static const char *read_internal_rate(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return read_rate(value, dest, "auto");
}

static const char *read_max_rate(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return read_rate(value, dest, "none");
}

static const char *read_interval(const char *value, void *dest, struct rd_pool *pool)
{
	int ms = atoi(value), *out = dest;

	(void)pool;
	*out = RD_MIN(ms, 40);
	return ms == 10 || ms == 20 || ms == 40 || ms == 80 ? NULL : "10, 20, 40 or 80";
}

static const char *const video_modes[] = {
	[CONF_VIDEO_NONE] = "none",
	[CONF_VIDEO_FOLLOW] = "follow_talker",
	[CONF_VIDEO_FIRST_MARKED] = "first_marked",
	[CONF_VIDEO_LAST_MARKED] = "last_marked",
	[CONF_VIDEO_SFU] = "sfu",
	NULL,
};

#define ROW(option, kind, of, field, value)                                                        \
	.name = option, .type = kind, .offset = offsetof(struct of, field), .fallback = value
#define BRIDGE(option, kind, field, value) ROW(option, kind, conf_bridge_options, field, value)
#define USER(option, kind, field, value)   ROW(option, kind, conf_user_options, field, value)
#define SOUND_ROW(option, which, value)                                                            \
	{                                                                                          \
		BRIDGE(option, RD_OPTION_STRING, sounds[which], value), .prompt = true             \
	}

#define NO_REMB "bandwidth of pictures is not estimated"

static const struct rd_option bridge_table[] = {
	{ BRIDGE("max_members", RD_OPTION_INT, max_members, "0"), .max = 1000000 },
	{ BRIDGE("record_conference", RD_OPTION_BOOL, record, "no") },
	{ BRIDGE("record_file", RD_OPTION_STRING, record_file, NULL) },
	{ BRIDGE("record_file_append", RD_OPTION_BOOL, record_append, "yes") },
	{ BRIDGE("record_file_timestamp", RD_OPTION_BOOL, record_timestamp, "yes") },
	{ BRIDGE("record_command", RD_OPTION_STRING, record_command, NULL) },
	{ BRIDGE("internal_sample_rate", RD_OPTION_CUSTOM, rate, "auto"),
	  .parse = read_internal_rate },
	{ BRIDGE("maximum_sample_rate", RD_OPTION_CUSTOM, max_rate, "none"),
	  .parse = read_max_rate },
	{ BRIDGE("mixing_interval", RD_OPTION_CUSTOM, frame_ms, "20"), .parse = read_interval },
	{ BRIDGE("video_mode", RD_OPTION_ENUM, video, "follow_talker"), .names = video_modes },
	{ BRIDGE("language", RD_OPTION_STRING, language, "en") },
	SOUND_ROW("sound_join", CONF_SOUND_JOIN, "confbridge-join"),
	SOUND_ROW("sound_leave", CONF_SOUND_LEAVE, "confbridge-leave"),
	SOUND_ROW("sound_has_joined", CONF_SOUND_HAS_JOINED, "conf-hasjoin"),
	SOUND_ROW("sound_has_left", CONF_SOUND_HAS_LEFT, "conf-hasleft"),
	SOUND_ROW("sound_kicked", CONF_SOUND_KICKED, "conf-kicked"),
	SOUND_ROW("sound_muted", CONF_SOUND_MUTED, "conf-muted"),
	SOUND_ROW("sound_unmuted", CONF_SOUND_UNMUTED, "conf-unmuted"),
	SOUND_ROW("sound_only_person", CONF_SOUND_ONLY_PERSON, "conf-onlyperson"),
	SOUND_ROW("sound_only_one", CONF_SOUND_ONLY_ONE, "conf-onlyone"),
	SOUND_ROW("sound_there_are", CONF_SOUND_THERE_ARE, "conf-thereare"),
	SOUND_ROW("sound_other_in_party", CONF_SOUND_OTHER_IN_PARTY, "conf-otherinparty"),
	SOUND_ROW("sound_wait_for_leader", CONF_SOUND_WAIT_FOR_LEADER, "conf-waitforleader"),
	SOUND_ROW("sound_leader_has_left", CONF_SOUND_LEADER_HAS_LEFT, "conf-leaderhasleft"),
	SOUND_ROW("sound_get_pin", CONF_SOUND_GET_PIN, "conf-getpin"),
	SOUND_ROW("sound_invalid_pin", CONF_SOUND_INVALID_PIN, "conf-invalidpin"),
	SOUND_ROW("sound_locked", CONF_SOUND_LOCKED, "conf-locked"),
	SOUND_ROW("sound_locked_now", CONF_SOUND_LOCKED_NOW, "conf-lockednow"),
	SOUND_ROW("sound_unlocked_now", CONF_SOUND_UNLOCKED_NOW, "conf-unlockednow"),
	SOUND_ROW("sound_error_menu", CONF_SOUND_ERROR_MENU, "conf-errormenu"),
	SOUND_ROW("sound_begin", CONF_SOUND_BEGIN, "confbridge-conf-begin"),
	SOUND_ROW("sound_participants_muted", CONF_SOUND_ALL_MUTED, "conf-now-muted"),
	SOUND_ROW("sound_participants_unmuted", CONF_SOUND_ALL_UNMUTED, "conf-now-unmuted"),
	RD_OPTION_ABSENT("template", CONF_NO_TEMPLATE),
	RD_OPTION_ABSENT("sound_place_into_conference", "nobody hears it, as in Asterisk"),
	RD_OPTION_ABSENT("sound_binaural_on", "there is no binaural sound"),
	RD_OPTION_ABSENT("sound_binaural_off", "there is no binaural sound"),
	RD_OPTION_ABSENT("binaural_active", "there is no binaural sound"),
	RD_OPTION_ABSENT("record_options", "the whole room is recorded, as it is heard"),
	RD_OPTION_ABSENT("regcontext", "hints show whether a conference is held: "
				       "confbridge:NAME"),
	RD_OPTION_ABSENT("enable_events", "events are always told"),
	RD_OPTION_ABSENT("video_update_discard", "pictures are asked for when they are needed"),
	RD_OPTION_ABSENT("remb_send_interval", NO_REMB),
	RD_OPTION_ABSENT("remb_behavior", NO_REMB),
	RD_OPTION_ABSENT("remb_estimated_bitrate", NO_REMB),
	{ 0 },
};

/* ---- users ---- */

/* yes, no, or from how many on. */
static const char *read_count_all(const char *value, void *dest, struct rd_pool *pool)
{
	uint64_t above;
	int *out = dest;
	bool yes;

	(void)pool;
	if (rd_config_bool(rd_str_of(value), &yes)) {
		*out = yes ? 0 : -1;
		return NULL;
	}
	if (rd_str_to_u64(rd_str_of(value), 1000000, &above))
		return "yes, no or a number of users";
	*out = (int)above;
	return NULL;
}

static const struct rd_option user_table[] = {
	{ USER("admin", RD_OPTION_BOOL, admin, "no") },
	{ USER("marked", RD_OPTION_BOOL, marked, "no") },
	{ USER("startmuted", RD_OPTION_BOOL, startmuted, "no") },
	{ USER("music_on_hold_when_empty", RD_OPTION_BOOL, music, "no") },
	{ USER("music_on_hold_class", RD_OPTION_STRING, music_class, "") },
	{ USER("quiet", RD_OPTION_BOOL, quiet, "no") },
	{ USER("hear_own_join_sound", RD_OPTION_BOOL, hear_own_join, "yes") },
	{ USER("announce_user_count", RD_OPTION_BOOL, announce_count, "no") },
	{ USER("announce_user_count_all", RD_OPTION_CUSTOM, count_all_above, "no"),
	  .parse = read_count_all },
	{ USER("announce_only_user", RD_OPTION_BOOL, announce_only, "yes") },
	{ USER("announce_join_leave", RD_OPTION_BOOL, announce_join_leave, "no") },
	{ USER("announce_join_leave_review", RD_OPTION_BOOL, review_name, "no") },
	{ USER("wait_marked", RD_OPTION_BOOL, wait_marked, "no") },
	{ USER("end_marked", RD_OPTION_BOOL, end_marked, "no") },
	{ USER("end_marked_any", RD_OPTION_BOOL, end_marked_any, "no") },
	{ USER("dtmf_passthrough", RD_OPTION_BOOL, passes_keys, "no") },
	{ USER("denoise", RD_OPTION_BOOL, denoise, "no") },
	{ USER("answer_channel", RD_OPTION_BOOL, answer, "yes") },
	{ USER("timeout", RD_OPTION_DURATION, timeout_ms, "0") },
	{ USER("pin", RD_OPTION_STRING, pin, "") },
	{ USER("announcement", RD_OPTION_STRING, announcement, ""), .prompt = true },
	RD_OPTION_ABSENT("template", CONF_NO_TEMPLATE),
	RD_OPTION_ABSENT("talk_detection_events", "who talks is always told"),
	RD_OPTION_ABSENT("jitterbuffer", "each leg in a room has one"),
	RD_OPTION_ABSENT("dsp_drop_silence", "silence is never mixed"),
	RD_OPTION_ABSENT("dsp_talking_threshold", "what a voice is, the mixer knows"),
	RD_OPTION_ABSENT("dsp_silence_threshold", "what silence is, the mixer knows"),
	RD_OPTION_ABSENT("text_messaging", "texts are not passed on among more than two"),
	RD_OPTION_ABSENT("send_events", "phones subscribe to the package \"conference\""),
	RD_OPTION_ABSENT("echo_events", "phones subscribe to the package \"conference\""),
	{ 0 },
};

/* ---- any of them ---- */

const char *conf_profile_fault(enum conf_kind kind, struct rd_str option, char *buf, size_t size)
{
	const struct rd_option *row = kind == CONF_USER ? user_table : bridge_table;

	if (kind == CONF_MENU)
		return NULL;
	while (row->name && !rd_str_ieq(option, rd_str_of(row->name)))
		row++;
	if (row->name && row->type != RD_OPTION_NO_EFFECT)
		return NULL;
	if (row->name)
		snprintf(buf, size, "it has no effect: %s", row->help);
	else
		snprintf(buf, size, "there is no option \"%.*s\" of a %s", RD_STR_ARG(option),
			 conf_kind_names[kind]);
	return buf;
}

/* What is read, but is not all that was asked for. */
static void warn_of(const struct rd_config_section *section, const char *option,
		    const char *const *values, struct rd_config_report *report, const char *instead)
{
	const struct rd_config_line *line = section ? rd_config_line_find(section, option) : NULL;

	for (size_t i = 0; line && values[i]; i++)
		if (strcmp(line->value, values[i]) == 0)
			rd_config_warning(report, line->file, line->line,
					  "%s = %s is not supported: %s", option, line->value,
					  instead);
}

static void warn_of_bridge(const struct rd_config_section *section, struct rd_config_report *report)
{
	static const char *const intervals[] = { "80", NULL };

	warn_of(section, "mixing_interval", intervals, report, "it is 40");
}

int conf_profile_read(struct conf_profile *profile, const struct rd_config_section *section,
		      struct rd_pool *pool, struct rd_config_report *report)
{
	static const char *const handled[] = { "type", NULL };

	switch (profile->kind) {
	case CONF_BRIDGE:
		warn_of_bridge(section, report);
		return rd_options_read(bridge_table, section, handled, &profile->bridge, pool,
				       report);
	case CONF_USER:
		return rd_options_read(user_table, section, handled, &profile->user, pool, report);
	default:
		return conf_menu_read(profile, section, pool, report);
	}
}

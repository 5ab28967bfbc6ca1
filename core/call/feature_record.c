/* One-touch recording: a key begins a recording of the two who talk, and ends it again.
 * MixMonitor() records. */
#include <stdio.h>
#include <time.h>

#include <ringdown/app.h>
#include <ringdown/clock.h>
#include <ringdown/function.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>

#include "core/call/bridge.h"

#define ID_VARIABLE "TOUCH_MIXMONITOR_ID"

enum { NAME_SIZE = 64, VALUE_SIZE = 256 };

/* -- the variables ------------------------------------------------------------------ */

/* TOUCH_MIXMONITOR and TOUCH_MIXMONITOR_..., or TOUCH_MONITOR for the other key: of who
 * presses it, else of the other. "" where neither has it. */
static const char *touch(struct rd__run *run, struct rd__side *from, enum rd__code code,
			 const char *suffix)
{
	const struct rd_channel *legs[] = { from->ch, rd__other_side(run, from)->ch };
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s%s",
		 code == RD__CODE_RECORD ? "TOUCH_MIXMONITOR" : "TOUCH_MONITOR", suffix);
	for (size_t i = 0; i < RD_ARRAY_SIZE(legs); i++) {
		const char *value = rd_var_get(legs[i], name);

		if (value && *value)
			return value;
	}
	return "";
}

static const char *either(const char *value, const char *otherwise)
{
	return *value ? value : otherwise;
}

static const char *who(const struct rd_channel *ch)
{
	const char *number = rd_channel_party(ch, RD_PARTY_CALLER)->number;

	return number && *number ? number : rd_channel_name(ch);
}

/* -- the file ----------------------------------------------------------------------- */

/* Numbers and names come from the far ends, and are of any length: nothing in them leads to
 * another folder, or is an argument of its own. */
static void add_plain(struct rd_buf *out, const char *text)
{
	for (; *text; text++)
		rd_buf_addc(out, strchr("/,\\\"()[]|&", *text) ? '-' : *text);
}

/* "auto-1796000000-1001-1002.wav" */
static void add_file(struct rd_buf *out, struct rd__run *run, struct rd__side *from,
		     enum rd__code code)
{
	const char *given = touch(run, from, code, "");

	add_plain(out, either(touch(run, from, code, "_PREFIX"), "auto"));
	rd_buf_printf(out, "-%lld-", (long long)(rd_wall_us() / 1000000));
	if (*given) {
		add_plain(out, given);
	} else {
		add_plain(out, who(from->ch));
		rd_buf_addc(out, '-');
		add_plain(out, who(rd__other_side(run, from)->ch));
	}
	rd_buf_addc(out, '.');
	add_plain(out, either(touch(run, from, code, "_FORMAT"), "wav"));
}

/* -- beginning and end -------------------------------------------------------------- */

/* Does this leg have a recording that a key began, which goes on? */
static bool records(struct rd_channel *ch)
{
	const char *id = rd_var_get(ch, ID_VARIABLE);
	char args[NAME_SIZE];
	struct rd_buf path;
	bool does;

	if (!id || !*id)
		return false;
	snprintf(args, sizeof(args), "%s,filename", id);
	rd_buf_init(&path);
	does = rd_function_read(ch, "MIXMONITOR", args, &path) == 0;
	rd_buf_fini(&path);
	return does;
}

/* 0, or why it does not record. */
static int begin(struct rd__run *run, struct rd__side *from, enum rd__code code)
{
	struct rd_channel *ch = rd__other_side(run, from)->ch;
	struct rd_buf args;
	const char *path;
	int rc;

	rd_buf_init(&args);
	add_file(&args, run, from, code);
	rd_buf_adds(&args, ",bi(" ID_VARIABLE ")");
	rd_var_set(ch, ID_VARIABLE, NULL);
	rc = args.failed ? -ENOMEM : rd_app_run(ch, "MixMonitor", rd_buf_text(&args));
	rd_buf_fini(&args);
	if (rc)
		return rc;
	if (!records(ch))
		return -EIO;
	path = rd_var_get(ch, "MIXMONITOR_FILENAME");
	if (path)
		rc = rd_var_set(from->ch, "TOUCH_MIXMONITOR_OUTPUT", path);
	return rc || !path ? rc : rd_var_set(ch, "TOUCH_MIXMONITOR_OUTPUT", path);
}

static int end(struct rd_channel *ch)
{
	char id[NAME_SIZE];

	rd_strcpy(id, sizeof(id), rd_var_get(ch, ID_VARIABLE));
	rd_var_set(ch, ID_VARIABLE, NULL);
	return rd_app_run(ch, "StopMixMonitor", id);
}

/* Both hear that, and perhaps what, happened. */
static void tell_both(struct rd__run *run, const char *sound)
{
	if (!*sound)
		return;
	for (int i = 0; i < 2; i++)
		rd_play_start(run->side[i].ch, sound, false);
}

void rd__feature_record(struct rd__run *run, struct rd__side *from, enum rd__code code)
{
	struct rd_channel *other = rd__other_side(run, from)->ch;
	struct rd_channel *recorded = records(from->ch) ? from->ch : other;
	bool ends = records(recorded);
	char courtesy[RD__SOUND_SIZE], message[VALUE_SIZE];
	int rc;

	rd_strcpy(courtesy, sizeof(courtesy), rd__features_of(from->ch)->courtesy);
	rd_strcpy(message, sizeof(message),
		  touch(run, from, code, ends ? "_MESSAGE_STOP" : "_MESSAGE_START"));
	rc = ends ? end(recorded) : begin(run, from, code);
	if (rc == -ECANCELED)
		return;
	if (rc) {
		rd_notice("%s: its key cannot %s a recording: %s", rd_channel_name(from->ch),
			  ends ? "end" : "begin",
			  rc == -ENOENT ? "there is no MixMonitor()" : rd_strerror(rc));
		rd__feature_sound(from->ch, rd__features_of(from->ch)->record_fail);
		rd__bridge_relink(run->bridge);
		return;
	}
	if (*courtesy && *message) {
		char both[RD__SOUND_SIZE + VALUE_SIZE + 1];

		snprintf(both, sizeof(both), "%s&%s", courtesy, message);
		tell_both(run, both);
	} else {
		tell_both(run, *message ? message : courtesy);
	}
}

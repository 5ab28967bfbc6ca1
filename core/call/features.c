/* features.conf: the keys that mean something while two talk, how long one may take to press
 * them, and what is heard. Calls use what is in force as they press. */
#include <string.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/config.h>
#include <ringdown/features.h>
#include <ringdown/str.h>

#include "core/call/call.h"
#include "core/call/feature_map.h"

/* As it is when nothing is written. */
static struct rd__features in_force = {
	.keys = { [RD__CODE_BLIND] = "#",
		  [RD__CODE_DISCONNECT] = "*",
		  [RD__CODE_ABORT] = "*1",
		  [RD__CODE_COMPLETE] = "*2",
		  [RD__CODE_THREEWAY] = "*3",
		  [RD__CODE_SWAP] = "*4" },
	.between_keys_ms = 1000,
	.transfer_digit_ms = 3000,
	.attempts = 3,
	.no_answer_ms = 15000,
	.loop_delay_ms = 10000,
	.callback_retries = 2,
	.pickup = "*8",
	.transfer_done = "beep",
	.transfer_fail = "beeperr",
	.ask = "pbx-transfer",
	.ask_again = "pbx-invalid",
	.ask_no_more = "privacy-incorrect",
};

const struct rd__features *rd__features(void)
{
	return &in_force;
}

bool rd_features_pick_up(const char *number)
{
	return *in_force.pickup && strcmp(number, in_force.pickup) == 0 && rd_app_find("Pickup");
}

const char *rd__features_read_code(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return rd__feature_keys(value, dest) ? NULL : RD__KEYS_EXPECTED;
}

/* It may stand in quotes. */
static const char *read_sound(const char *value, void *dest, struct rd_pool *pool)
{
	struct rd_str name = rd_str_of(value);

	(void)pool;
	if (name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"')
		name = (struct rd_str){ name.p + 1, name.n - 2 };
	return rd_strcpyn(dest, RD__SOUND_SIZE, name) ? NULL : "the name of a prompt";
}

static const char lots_are_elsewhere[] = "res_parking.conf has the lots";

const struct rd_option rd__features_general[] = {
	{ .name = "featuredigittimeout",
	  .type = RD_OPTION_DURATION,
	  .fallback = "1000",
	  .offset = offsetof(struct rd__features, between_keys_ms),
	  .unit = 1,
	  .min = 100,
	  .max = 10000,
	  .help = "between the keys of a code, in milliseconds" },
	{ .name = "transferdigittimeout",
	  .type = RD_OPTION_DURATION,
	  .fallback = "3",
	  .offset = offsetof(struct rd__features, transfer_digit_ms),
	  .min = 500,
	  .max = 60000,
	  .help = "between the digits of where to transfer to, in seconds" },
	{ .name = "transferdialattempts",
	  .type = RD_OPTION_INT,
	  .fallback = "3",
	  .offset = offsetof(struct rd__features, attempts),
	  .min = 1,
	  .max = 20,
	  .help = "how often one may say where a call is to go" },
	{ .name = "atxfernoanswertimeout",
	  .type = RD_OPTION_DURATION,
	  .fallback = "15",
	  .offset = offsetof(struct rd__features, no_answer_ms),
	  .min = 1000,
	  .max = 3600000,
	  .help = "as long whoever is asked before a transfer may ring" },
	{ .name = "atxferloopdelay",
	  .type = RD_OPTION_DURATION,
	  .fallback = "10",
	  .offset = offsetof(struct rd__features, loop_delay_ms),
	  .min = 0,
	  .max = 3600000,
	  .help = "before somebody who did not answer is called again" },
	{ .name = "atxfercallbackretries",
	  .type = RD_OPTION_INT,
	  .fallback = "2",
	  .offset = offsetof(struct rd__features, callback_retries),
	  .min = 0,
	  .max = 100,
	  .help = "how often who sent a call is called back" },
	{ .name = "atxferdropcall",
	  .type = RD_OPTION_BOOL,
	  .fallback = "no",
	  .offset = offsetof(struct rd__features, drop_call),
	  .help = "who hangs up before the other has answered is not called back" },
	{ .name = "atxferabort",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "*1",
	  .parse = rd__features_read_code,
	  .offset = offsetof(struct rd__features, keys[RD__CODE_ABORT]),
	  .help = "back to the first call" },
	{ .name = "atxfercomplete",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "*2",
	  .parse = rd__features_read_code,
	  .offset = offsetof(struct rd__features, keys[RD__CODE_COMPLETE]),
	  .help = "join the two others" },
	{ .name = "atxferthreeway",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "*3",
	  .parse = rd__features_read_code,
	  .offset = offsetof(struct rd__features, keys[RD__CODE_THREEWAY]),
	  .help = "talk to both" },
	{ .name = "atxferswap",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "*4",
	  .parse = rd__features_read_code,
	  .offset = offsetof(struct rd__features, keys[RD__CODE_SWAP]),
	  .help = "talk to the other of the two" },
	{ .name = "xfersound",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "beep",
	  .parse = read_sound,
	  .prompt = true,
	  .offset = offsetof(struct rd__features, transfer_done),
	  .help = "to whom the call has gone" },
	{ .name = "xferfailsound",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "beeperr",
	  .parse = read_sound,
	  .prompt = true,
	  .offset = offsetof(struct rd__features, transfer_fail),
	  .help = "a transfer came to nothing" },
	{ .name = "transferannouncesound",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "pbx-transfer",
	  .parse = read_sound,
	  .prompt = true,
	  .offset = offsetof(struct rd__features, ask),
	  .help = "asks where a call is to go" },
	{ .name = "transferretrysound",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "pbx-invalid",
	  .parse = read_sound,
	  .prompt = true,
	  .offset = offsetof(struct rd__features, ask_again),
	  .help = "there is no such extension" },
	{ .name = "transferinvalidsound",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "privacy-incorrect",
	  .parse = read_sound,
	  .prompt = true,
	  .offset = offsetof(struct rd__features, ask_no_more),
	  .help = "the same, for the last time" },
	{ .name = "courtesytone",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "",
	  .parse = read_sound,
	  .prompt = true,
	  .offset = offsetof(struct rd__features, courtesy),
	  .help = "to both when a recording begins and ends" },
	{ .name = "recordingfailsound",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "",
	  .parse = read_sound,
	  .prompt = true,
	  .offset = offsetof(struct rd__features, record_fail),
	  .help = "it does not begin, or not end" },
	{ .name = "pickupexten",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "*8",
	  .parse = rd__features_read_code,
	  .offset = offsetof(struct rd__features, pickup),
	  .help = "dialled where the dialplan has no such number: answer for a phone of one's "
		  "pickup groups" },
	{ .name = "pickupsound",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "",
	  .parse = read_sound,
	  .prompt = true,
	  .offset = offsetof(struct rd__features, pickup_done),
	  .help = "to who answers for another phone, before the two talk" },
	{ .name = "pickupfailsound",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "",
	  .parse = read_sound,
	  .prompt = true,
	  .offset = offsetof(struct rd__features, pickup_fail),
	  .help = "nothing rings there" },
	RD_OPTION_ABSENT("parkext", lots_are_elsewhere),
	RD_OPTION_ABSENT("parkpos", lots_are_elsewhere),
	RD_OPTION_ABSENT("context", lots_are_elsewhere),
	RD_OPTION_ABSENT("parkinghints", lots_are_elsewhere),
	RD_OPTION_ABSENT("parkingtime", lots_are_elsewhere),
	RD_OPTION_ABSENT("comebacktoorigin", lots_are_elsewhere),
	RD_OPTION_ABSENT("comebackdialtime", lots_are_elsewhere),
	RD_OPTION_ABSENT("comebackcontext", lots_are_elsewhere),
	RD_OPTION_ABSENT("parkedplay", lots_are_elsewhere),
	RD_OPTION_ABSENT("parkedcalltransfers", lots_are_elsewhere),
	RD_OPTION_ABSENT("parkedcallreparking", lots_are_elsewhere),
	RD_OPTION_ABSENT("parkedcallhangup", lots_are_elsewhere),
	RD_OPTION_ABSENT("parkedcallrecording", lots_are_elsewhere),
	RD_OPTION_ABSENT("parkedmusicclass", lots_are_elsewhere),
	RD_OPTION_ABSENT("parkeddynamic", lots_are_elsewhere),
	RD_OPTION_ABSENT("findslot", lots_are_elsewhere),
	RD_OPTION_ABSENT("adsipark", "there is no ADSI"),
	{ 0 },
};

const struct rd_option rd__features_map[] = {
	{ .name = "blindxfer",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "#",
	  .parse = rd__features_read_code,
	  .offset = offsetof(struct rd__features, keys[RD__CODE_BLIND]),
	  .help = "Dial's options t and T: send the other one elsewhere" },
	{ .name = "atxfer",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "",
	  .parse = rd__features_read_code,
	  .offset = offsetof(struct rd__features, keys[RD__CODE_ATTENDED]),
	  .help = "the same, but talk to whom the call is sent first" },
	{ .name = "disconnect",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "*",
	  .parse = rd__features_read_code,
	  .offset = offsetof(struct rd__features, keys[RD__CODE_DISCONNECT]),
	  .help = "Dial's options h and H: end the call" },
	{ .name = "parkcall",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "",
	  .parse = rd__features_read_code,
	  .offset = offsetof(struct rd__features, keys[RD__CODE_PARK]),
	  .help = "Dial's options k and K: park the other one" },
	{ .name = "automixmon",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "",
	  .parse = rd__features_read_code,
	  .offset = offsetof(struct rd__features, keys[RD__CODE_RECORD]),
	  .help = "Dial's options x and X: begin or end a recording" },
	{ .name = "automon",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "",
	  .parse = rd__features_read_code,
	  .offset = offsetof(struct rd__features, keys[RD__CODE_MONITOR]),
	  .help = "Dial's options w and W: the same" },
	{ 0 },
};

static const char *const sections[] = { "general", "featuremap", "applicationmap", NULL };

bool rd__feature_is_group(const struct rd_config_section *section)
{
	for (const char *const *known = sections; *known; known++)
		if (strcasecmp(*known, rd_config_section_name(section)) == 0)
			return false;
	return true;
}

/* A group may have any name; but one that is nearly that of another section is a slip. */
static int check_sections(const struct rd_config *config, struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	const char *near;
	int rc = 0;

	while ((section = rd_config_next(config, section, NULL))) {
		near = rd_str_nearest(rd_config_section_name(section), sections);
		if (!near || !rd__feature_is_group(section))
			continue;
		rd_config_error(report, rd_config_section_file(section),
				rd_config_section_line(section),
				"unknown section [%s]; did you mean [%s]?",
				rd_config_section_name(section), near);
		rc = -EINVAL;
	}
	return rc;
}

static int read_file(const struct rd_config *config, struct rd_pool *pool,
		     struct rd__features *features, struct rd_config_report *report)
{
	int wrong = check_sections(config, report);
	int rc = rd_options_read(rd__features_general, rd_config_find(config, "general"), NULL,
				 features, pool, report);

	if (rc == -ENOMEM)
		return rc;
	wrong |= rc;
	rc = rd_options_read(rd__features_map, rd_config_find(config, "featuremap"), NULL,
			     features, pool, report);
	if (rc == -ENOMEM)
		return rc;
	wrong |= rc;
	rc = config ? rd__feature_map_read(config, features, report) : 0;
	return rc ? rc : wrong;
}

static void discard(void *snapshot)
{
	struct rd__features *features = snapshot;

	rd_pool_free(features->apps_pool);
	rd_free(features);
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct rd__features *features = rd_zalloc(sizeof(*features));
	struct rd_config *config = NULL;
	struct rd_pool *pool;
	int rc = features ? rd_pool_new(&pool, 0) : -ENOMEM;

	if (rc) {
		rd_free(features);
		return rc;
	}
	rc = rd_config_load_merged(&config, "features.conf", RD_SECOND_JOINS, report);
	if (!rc || rc == -ENOENT)
		rc = read_file(config, pool, features, report);
	rd_config_unref(config);
	rd_pool_free(pool);
	if (rc)
		discard(features);
	else
		*snapshot = features;
	return rc;
}

void rd__features_free(void)
{
	rd_pool_free(in_force.apps_pool);
	in_force.apps_pool = NULL;
	in_force.apps = NULL;
}

static void commit(void *snapshot)
{
	rd__features_free();
	in_force = *(struct rd__features *)snapshot;
	rd_free(snapshot);
}

static const char *const files[] = { "features.conf", NULL };

const struct rd_module_config rd__features_config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = discard,
};

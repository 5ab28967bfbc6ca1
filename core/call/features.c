/* features.conf: the keys that mean something while two talk, and how long
 * one may take to press them. Calls keep what is in force as they press. */
#include <string.h>
#include <strings.h>

#include <ringdown/config.h>
#include <ringdown/str.h>

#include "core/call/bridge.h"

/* As it is when nothing is written. */
static struct rd__features in_force = {
	.blind_transfer = "#",
	.disconnect = "*",
	.between_keys_ms = 1000,
	.transfer_digit_ms = 3000,
};

const struct rd__features *rd__features(void)
{
	return &in_force;
}

static const char *read_code(const char *value, void *dest, struct rd_pool *pool)
{
	size_t n = strlen(value);

	(void)pool;
	if (n > RD__KEYS_MAX || strspn(value, "0123456789*#ABCD") != n)
		return "up to 8 keys of 0-9, *, #, A-D";
	strcpy(dest, value);
	return NULL;
}

static const char lots_are_elsewhere[] = "res_parking.conf has the lots";

static const struct rd_option general[] = {
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
	RD_OPTION_ABSENT("atxfernoanswertimeout", "a consultation is the phone's own, by REFER"),
	RD_OPTION_ABSENT("atxferdropcall", "a consultation is the phone's own, by REFER"),
	RD_OPTION_ABSENT("atxferloopdelay", "a consultation is the phone's own, by REFER"),
	RD_OPTION_ABSENT("atxfercallbackretries", "a consultation is the phone's own, by REFER"),
	RD_OPTION_ABSENT("atxferabort", "a consultation is the phone's own, by REFER"),
	RD_OPTION_ABSENT("atxfercomplete", "a consultation is the phone's own, by REFER"),
	RD_OPTION_ABSENT("atxferthreeway", "a consultation is the phone's own, by REFER"),
	RD_OPTION_ABSENT("atxferswap", "a consultation is the phone's own, by REFER"),
	RD_OPTION_ABSENT("pickupexten", "write exten => *8,1,Pickup() into the dialplan"),
	RD_OPTION_ABSENT("pickupsound", "Playback() before Pickup() does it"),
	RD_OPTION_ABSENT("pickupfailsound", "Playback() after Pickup() does it"),
	RD_OPTION_ABSENT("courtesytone", "the prompts and tries are fixed"),
	RD_OPTION_ABSENT("xfersound", "the prompts and tries are fixed"),
	RD_OPTION_ABSENT("xferfailsound", "the prompts and tries are fixed"),
	RD_OPTION_ABSENT("transferdialattempts", "the prompts and tries are fixed"),
	RD_OPTION_ABSENT("transferretrysound", "the prompts and tries are fixed"),
	RD_OPTION_ABSENT("transferinvalidsound", "the prompts and tries are fixed"),
	RD_OPTION_ABSENT("transferannouncesound", "the prompts and tries are fixed"),
	RD_OPTION_ABSENT("recordingfailsound", "there is no key for recording yet"),
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

static const struct rd_option featuremap[] = {
	{ .name = "blindxfer", .type = RD_OPTION_CUSTOM, .fallback = "#", .parse = read_code,
	  .offset = offsetof(struct rd__features, blind_transfer),
	  .help = "Dial's options t and T: send the other one elsewhere" },
	{ .name = "disconnect", .type = RD_OPTION_CUSTOM, .fallback = "*", .parse = read_code,
	  .offset = offsetof(struct rd__features, disconnect),
	  .help = "Dial's options h and H: end the call" },
	{ .name = "parkcall", .type = RD_OPTION_CUSTOM, .fallback = "", .parse = read_code,
	  .offset = offsetof(struct rd__features, park),
	  .help = "Dial's options k and K: park the other one" },
	RD_OPTION_ABSENT("atxfer", "a consultation is the phone's own, by REFER"),
	RD_OPTION_ABSENT("automon", "there is no key for recording yet"),
	RD_OPTION_ABSENT("automixmon", "there is no key for recording yet"),
	{ 0 },
};

static const char *const sections[] = { "general", "featuremap", "applicationmap", NULL };

static bool is_known(const char *name)
{
	for (const char *const *known = sections; *known; known++)
		if (strcasecmp(*known, name) == 0)
			return true;
	return false;
}

/* Any other section is a group of features there, for DYNAMIC_FEATURES; but a name that
 * is nearly one of those is a slip. */
static int check_sections(const struct rd_config *config, struct rd_config_report *report)
{
	const char *unused[64] = { "applicationmap" };
	const struct rd_config_section *section = NULL;
	size_t n = 1;

	while (n + 1 < RD_ARRAY_SIZE(unused) && (section = rd_config_next(config, section, NULL))) {
		const char *name = rd_config_section_name(section);

		if (!is_known(name) && !rd_str_nearest(name, sections))
			unused[n++] = name;
	}
	return rd_config_check_sections(config, sections, unused, report);
}

static int read_file(const struct rd_config *config, struct rd_pool *pool,
		     struct rd__features *features, struct rd_config_report *report)
{
	int rc = check_sections(config, report);

	if (!rc)
		rc = rd_options_read(general, rd_config_find(config, "general"), NULL, features,
				     pool, report);
	if (!rc)
		rc = rd_options_read(featuremap, rd_config_find(config, "featuremap"), NULL,
				     features, pool, report);
	return rc;
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
		rd_free(features);
	else
		*snapshot = features;
	return rc;
}

static void commit(void *snapshot)
{
	in_force = *(struct rd__features *)snapshot;
	rd_free(snapshot);
}

static const char *const files[] = { "features.conf", NULL };

const struct rd_module_config rd__features_config = {
	.files = files,
	.build = build,
	.commit = commit,
	.discard = rd_free,
};

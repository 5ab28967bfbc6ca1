/* cel.conf: whether channels are told of, and what of them. */
#include <string.h>
#include <strings.h>

#include "modules/cel/cel.h"

const char *const cel_type_names[CEL_TYPES + 1] = {
	"CHAN_START", "CHAN_END",     "ANSWER",      "HANGUP",        "APP_START",
	"APP_END",    "BRIDGE_ENTER", "BRIDGE_EXIT", "BLINDTRANSFER", "ATTENDEDTRANSFER",
	"PICKUP",     "PARK_START",   "PARK_END",    "FORWARD",       "LINKEDID_END",
	"DTMF",       "USER_DEFINED", NULL
};

/* Asterisk has these, and nothing here tells of them. */
static const char *const absent_names[] = { "LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN",
					    "STREAM_BEGIN", "STREAM_END", NULL };

/* Asterisk had these before version 12. */
static const char *const old_names[] = { "BRIDGE_START", "BRIDGE_END", "BRIDGE_UPDATE",
					 "CONF_ENTER",   "CONF_EXIT",  "CONF_START",
					 "CONF_END",     "3WAY_START", "3WAY_END",
					 "TRANSFER",     "HOOKFLASH",  NULL };

static int type_of(const char *name, const char *const *names)
{
	for (int i = 0; names[i]; i++)
		if (strcasecmp(names[i], name) == 0)
			return i;
	return -1;
}

static const char *read_types(const char *value, void *dest, struct rd_pool *pool)
{
	struct cel_settings *settings = RD_CONTAINER_OF(dest, struct cel_settings, types);
	struct rd_str rest = rd_str_of(value), word;
	unsigned wanted = 0;
	bool more = true;
	char name[32];

	(void)pool;
	while (more) {
		more = rd_str_cut(&rest, ',', &word);
		rd_strcpyn(name, sizeof(name), rd_str_trim(word));
		if (strcasecmp(name, "ALL") == 0)
			wanted = ~0u;
		else if (type_of(name, cel_type_names) >= 0)
			wanted |= 1u << type_of(name, cel_type_names);
		else if (type_of(name, old_names) >= 0)
			settings->names_of_old = true;
		else if (type_of(name, absent_names) >= 0)
			settings->names_absent = true;
		else if (name[0])
			return "ALL, or a list of CHAN_START, CHAN_END, ANSWER, HANGUP, "
			       "APP_START, APP_END, BRIDGE_ENTER, BRIDGE_EXIT, BLINDTRANSFER, "
			       "ATTENDEDTRANSFER, PICKUP, PARK_START, PARK_END, FORWARD, "
			       "LINKEDID_END, DTMF, "
			       "USER_DEFINED";
	}
	settings->types = wanted; /* instead of the fallback */
	return NULL;
}

#define OPTION(member) offsetof(struct cel_settings, member)

static const struct rd_option options[] = {
	{ .name = "enable", .type = RD_OPTION_BOOL, .offset = OPTION(enable), .fallback = "no",
	  .help = "tell of channels" },
	{ .name = "events", .type = RD_OPTION_CUSTOM, .offset = OPTION(types),
	  .parse = read_types, .fallback = "ALL", .help = "what is told" },
	{ .name = "apps", .type = RD_OPTION_LIST, .offset = OPTION(apps),
	  .help = "applications whose start and end are told: dial, park" },
	RD_OPTION_ABSENT("dateformat", "times are seconds since 1970"),
	{ 0 }
};

static const char *const sections[] = { "general", NULL };
static const char *const unused[] = { "manager", "radius", NULL };

static void settings_free(void *arg)
{
	struct cel_settings *old = arg;

	if (old)
		rd_pool_free(old->pool);
	rd_free(old);
}

const struct cel_settings *cel_settings(void)
{
	return cel_kept->in_force;
}

void cel_settings_drop(void)
{
	cel_listen(false);
	settings_free(cel_kept->in_force);
	cel_kept->in_force = NULL;
}

static const struct rd_options_file conf = {
	.name = "cel.conf",
	.section = "general",
	.table = options,
	.sections = sections,
	.unused = unused,
};

static void warn_of_names(const struct cel_settings *read, struct rd_config_report *report)
{
	if (read->names_of_old)
		rd_config_warning(report, "cel.conf", 0,
				  "[general] events: names from before Asterisk 12 are left out; "
				  "BRIDGE_ENTER, BRIDGE_EXIT, BLINDTRANSFER and ATTENDEDTRANSFER "
				  "are today's");
	if (read->names_absent)
		rd_config_warning(report, "cel.conf", 0,
				  "[general] events: LOCAL_OPTIMIZE and STREAM_... are left out: "
				  "Local channels stay in their call, and streams are not told of");
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct cel_settings *read = rd_zalloc(sizeof(*read));
	int rc = read ? rd_pool_new(&read->pool, 0) : -ENOMEM;

	if (!rc)
		rc = rd_options_load(&conf, read, read->pool, report);
	if (!rc)
		warn_of_names(read, report);
	if (rc)
		settings_free(read);
	else
		*snapshot = read;
	return rc;
}

static void commit(void *snapshot)
{
	settings_free(cel_kept->in_force);
	cel_kept->in_force = snapshot;
	cel_listen(cel_kept->in_force->enable);
}

static const char *const files[] = { "cel.conf", NULL };

const struct rd_module_config cel_config = {
	.files = files, .build = build, .commit = commit, .discard = settings_free
};

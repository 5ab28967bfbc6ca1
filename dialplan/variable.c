/* The variables that are always there, read from the channel when asked. */
#include <stdio.h>
#include <time.h>

#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/config.h>
#include <ringdown/dialplan.h>

#include "dialplan/kept.h"
#include "dialplan/variable.h"

/* ch is NULL outside a call only where .free says that it may be. */
struct dp_builtin {
	const char *name;
	void (*read)(struct rd_channel *ch, struct rd_buf *out);
	bool free;
};

const size_t dp_sizes_builtin[] = { sizeof(struct dp_builtin), 0 };

static void read_context(struct rd_channel *ch, struct rd_buf *out)
{
	rd_buf_adds(out, rd_channel_context(ch));
}

static void read_exten(struct rd_channel *ch, struct rd_buf *out)
{
	rd_buf_adds(out, rd_channel_exten(ch));
}

static void read_priority(struct rd_channel *ch, struct rd_buf *out)
{
	rd_buf_printf(out, "%d", rd_channel_priority(ch));
}

static void read_channel(struct rd_channel *ch, struct rd_buf *out)
{
	rd_buf_adds(out, rd_channel_name(ch));
}

static void read_uniqueid(struct rd_channel *ch, struct rd_buf *out)
{
	rd_buf_adds(out, rd_channel_uniqueid(ch));
}

/* What Dial() last heard from the far end, else the leg's own. */
static void read_hangupcause(struct rd_channel *ch, struct rd_buf *out)
{
	const char *heard = rd_var_get(ch, "HANGUPCAUSE");

	if (heard)
		rd_buf_adds(out, heard);
	else
		rd_buf_printf(out, "%d", rd_channel_cause(ch));
}

static void read_callingpres(struct rd_channel *ch, struct rd_buf *out)
{
	rd_buf_printf(out, "%d", rd_channel_party(ch, RD_PARTY_CALLER)->number_pres);
}

static void read_hint(struct rd_channel *ch, struct rd_buf *out)
{
	rd_dialplan_hint(rd_channel_context(ch), rd_channel_exten(ch), out, NULL);
}

static void read_hintname(struct rd_channel *ch, struct rd_buf *out)
{
	struct rd_buf devices;

	rd_buf_init(&devices);
	rd_dialplan_hint(rd_channel_context(ch), rd_channel_exten(ch), &devices, out);
	rd_buf_fini(&devices);
}

static void read_epoch(struct rd_channel *ch, struct rd_buf *out)
{
	(void)ch;
	rd_buf_printf(out, "%lld", (long long)rd_wall());
}

static void add_time(struct rd_buf *out, const char *format)
{
	char text[32];
	time_t now = rd_wall();
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(text, sizeof(text), format, &tm);
	rd_buf_adds(out, text);
}

static void read_datetime(struct rd_channel *ch, struct rd_buf *out)
{
	(void)ch;
	add_time(out, "%d%m%Y-%H:%M:%S");
}

static void read_timestamp(struct rd_channel *ch, struct rd_buf *out)
{
	(void)ch;
	add_time(out, "%Y%m%d-%H%M%S");
}

static void add_directory(struct rd_buf *out, const char *which)
{
	const char *directory = rd_directory(which);

	rd_buf_adds(out, directory ? directory : "");
}

static void read_etcdir(struct rd_channel *ch, struct rd_buf *out)
{
	(void)ch;
	add_directory(out, "etc");
}

static void read_spooldir(struct rd_channel *ch, struct rd_buf *out)
{
	(void)ch;
	add_directory(out, "spool");
}

static void read_logdir(struct rd_channel *ch, struct rd_buf *out)
{
	(void)ch;
	add_directory(out, "log");
}

static void read_rundir(struct rd_channel *ch, struct rd_buf *out)
{
	(void)ch;
	add_directory(out, "run");
}

static void read_statedir(struct rd_channel *ch, struct rd_buf *out)
{
	(void)ch;
	add_directory(out, "state");
}

static const struct dp_builtin builtins[] = {
	{ "EXTEN", read_exten, false },
	{ "CONTEXT", read_context, false },
	{ "PRIORITY", read_priority, false },
	{ "CHANNEL", read_channel, false },
	{ "UNIQUEID", read_uniqueid, false },
	{ "HANGUPCAUSE", read_hangupcause, false },
	{ "CALLINGPRES", read_callingpres, false },
	{ "HINT", read_hint, false },
	{ "HINTNAME", read_hintname, false },
	{ "EPOCH", read_epoch, true },
	{ "DATETIME", read_datetime, true },
	{ "TIMESTAMP", read_timestamp, true },
	{ "ASTETCDIR", read_etcdir, true },
	{ "ASTSPOOLDIR", read_spooldir, true },
	{ "ASTLOGDIR", read_logdir, true },
	{ "ASTRUNDIR", read_rundir, true },
	{ "ASTVARLIBDIR", read_statedir, true },
};

const struct dp_builtin *dp_builtin_find(struct rd_str name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(builtins); i++)
		if (rd_str_eq(name, rd_str_of(builtins[i].name)))
			return &builtins[i];
	return NULL;
}

void dp_variable_read(struct rd_channel *ch, const struct dp_builtin *builtin, const char *name,
		      struct rd_buf *out)
{
	const char *value;

	if (builtin && (ch || builtin->free)) {
		builtin->read(ch, out);
		return;
	}
	value = rd_var_get(ch, name);
	if (value)
		rd_buf_adds(out, value);
}

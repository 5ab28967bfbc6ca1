/* Who uses a module, by name: the channels that run something of it, the modules that
 * hold an interface, commands that run, and files in its formats. */
#include <stdio.h>
#include <string.h>

#include <ringdown/str.h>

#include "core/base/context.h"
#include "core/call/call.h"
#include "core/call/keeper.h"
#include "core/call/registry.h"
#include "core/cli/cli.h"
#include "core/media/media.h"
#include "core/module/loader.h"

enum { NAMED_MAX = 5 };

struct names {
	struct rd_buf *out;
	int count;
	char first[NAMED_MAX][RD__SUBJECT];
};

static bool is_tech_of(const char *module, const struct rd_channel *ch)
{
	const char *owner = rd__tech_module(ch->tech);

	return owner && strcmp(owner, module) == 0;
}

static bool runs_app_of(const char *module, const struct rd_channel *ch)
{
	return ch->doing_module && strcmp(ch->doing_module, module) == 0;
}

static bool is_codec_of(const char *module, const struct rd_codec *codec)
{
	const char *owner = rd__codec_module(codec);

	return owner && strcmp(owner, module) == 0;
}

static bool speaks_codec_of(const char *module, const struct rd_channel *ch)
{
	const struct rd_stream *stream;

	for (int i = 0; (stream = rd__channel_stream_at(ch, i)); i++) {
		const struct rd_stream_config *config = rd_stream_config(stream);

		for (int n = 0; config && n < config->format_count; n++)
			if (is_codec_of(module, config->formats[n].codec))
				return true;
	}
	return false;
}

/* A call may have more than one thing of it. */
static bool is_named(const struct names *names, const char *name)
{
	for (int i = 0; i < names->count && i < NAMED_MAX; i++)
		if (strcmp(names->first[i], name) == 0)
			return true;
	return false;
}

static void add(struct names *names, const char *name)
{
	if (!*name || is_named(names, name))
		return;
	if (names->count < NAMED_MAX) {
		rd_strcpy(names->first[names->count], RD__SUBJECT, name);
		rd_buf_printf(names->out, "%s%s", names->count ? ", " : " by ", name);
	}
	names->count++;
}

/* One that has ended and is there still is so for somebody else. */
static void add_channel(struct names *names, const struct rd_channel *ch)
{
	struct rd_buf name;

	rd_buf_init(&name);
	rd_buf_adds(&name, ch->name);
	if (ch->state == RD_CHANNEL_GONE)
		rd__channel_name_keepers(ch, &name);
	add(names, rd_buf_text(&name));
	rd_buf_fini(&name);
}

static void add_name(void *arg, const char *name)
{
	add(arg, name);
}

static void add_command(void *arg, const char *name)
{
	char quoted[128];

	snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	add(arg, quoted);
}

void rd__module_name_holders(const struct rd__module *of, struct rd_buf *out)
{
	struct names names = { .out = out };
	const char *module = of->name;

	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		if (is_tech_of(module, ch) || runs_app_of(module, ch) ||
		    rd__channel_has_data_of(ch, module) || speaks_codec_of(module, ch))
			add_channel(&names, ch);
	if (of->code) {
		rd__hooks_each(of->code, of->code_end, add_name, &names);
		rd__streams_each_custom(of->code, of->code_end, add_name, &names);
	}
	rd__module_loaded_with(of, add_name, &names);
	rd__interfaces_each_user(module, add_name, &names);
	rd__formats_each_file(module, add_name, &names);
	if (of->commands_added)
		rd__cli_each_running(of->module.commands, add_command, &names);
	if (names.count > NAMED_MAX)
		rd_buf_printf(out, " and %d more", names.count - NAMED_MAX);
}

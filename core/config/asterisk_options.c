/* asterisk.conf: whoever brings it along is told what each of its [options] is here, and
 * what becomes of its other sections. [directories] is read in directories.c, execincludes
 * in core/settings.c. */
#include <string.h>
#include <strings.h>

#include "core/config/config.h"

static const char levels[] = "logger.conf says what is logged";
static const char looks[] = "logger.conf says what lines look like";
static const char started[] = "the command line says how it starts";
static const char service[] = "whoever starts it says so";
static const char clock_of_sound[] = "sound has a clock of its own";
static const char whole_files[] = "prompts are kept in memory";
static const char no_manager[] = "the console is the only way in yet";

static const struct {
	const char *name, *why; /* NULL: it has its effect */
} rows[] = {
	{ "alwaysfork", started },
	{ "autosystemname", "names of calls are those of one machine" },
	{ "cache_media_frames", whole_files },
	{ "cache_record_files", whole_files },
	{ "channel_storage_backend", "channels are found by their names" },
	{ "console", started },
	{ "debug", levels },
	{ "defaultlanguage", "language of a phone in sip.conf" },
	{ "disable_remote_console_shell", "the console runs no shell" },
	{ "documentation_language", "help is in English" },
	{ "dontwarn", "mistakes are always told" },
	{ "dumpcore", service },
	{ "entityid", "there is no exchange of state with other servers" },
	{ "execincludes", NULL },
	{ "forceblackbackground", looks },
	{ "hide_messaging_ami_events", no_manager },
	{ "hideconnect", "consoles come and go without a line" },
	{ "highpriority", service },
	{ "initcrypto", "OpenSSL is there from the start" },
	{ "internal_timing", clock_of_sound },
	{ "languageprefix", "prompts of a language lie in a directory of its name" },
	{ "lightbackground", looks },
	{ "live_dangerously", "who may use the console may do everything" },
	{ "lockconfdir", "a state directory has one daemon at a time" },
	{ "lockmode", "a state directory has one daemon at a time" },
	{ "maxcalls", "max_dialogs of [global] in sip.conf" },
	{ "maxfiles", service },
	{ "maxload", "max_lag of ringdown.conf" },
	{ "mindtmfduration", "keys that we send last 40 ms at least" },
	{ "minmemfree", "max_lag of ringdown.conf" },
	{ "nocolor", looks },
	{ "nofork", started },
	{ "quiet", levels },
	{ "record_cache_dir", whole_files },
	{ "refdebug", levels },
	{ "rtp_pt_dynamic", "payload types are the offer's, or from 96" },
	{ "rtp_use_dynamic", "payload types are the offer's, or from 96" },
	{ "rungroup", service },
	{ "runuser", service },
	{ "sounds_search_custom_dir", "astsoundsdir says where prompts are" },
	{ "stdexten", "extensions.conf says what is done" },
	{ "systemname", "names of calls are those of one machine" },
	{ "timestamp", looks },
	{ "trace", levels },
	{ "transcode_via_sln", "all but the two laws go by way of linear sound" },
	{ "transmit_silence", clock_of_sound },
	{ "verbose", levels },
};

static const struct {
	const char *name, *why; /* NULL: it is read, line by line */
} sections[] = {
	{ "compat", "arguments are separated by commas, Set() takes one variable" },
	{ "directories", NULL },
	{ "files", "the socket of the console lies in the run directory, and is of the daemon's "
		   "user" },
	{ "options", NULL },
};

static void note_line(const struct rd_config_line *line, struct rd_config_report *report)
{
	const char *why = "those of ringdown.conf are our own";

	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++)
		if (strcasecmp(rows[i].name, line->name) == 0)
			why = rows[i].why;
	if (why)
		rd_config_warning(report, line->file, line->line, "[options] %s has no effect: %s",
				  line->name, why);
}

static void note_section(const struct rd_config_section *section, struct rd_config_report *report)
{
	const char *name = rd_config_section_name(section), *why = "there is no such section";

	for (size_t i = 0; i < RD_ARRAY_SIZE(sections); i++)
		if (strcasecmp(sections[i].name, name) == 0)
			why = sections[i].why;
	if (why)
		rd_config_warning(report, rd_config_section_file(section),
				  rd_config_section_line(section), "section [%s] has no effect: %s",
				  name, why);
}

void rd__config_note_asterisk(const struct rd_config *config, struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	const struct rd_config_line *line = NULL;

	while ((section = rd_config_next(config, section, NULL)))
		note_section(section, report);
	section = rd_config_find(config, "options");
	while (section && (line = rd_config_line_next(section, line)))
		note_line(line, report);
}

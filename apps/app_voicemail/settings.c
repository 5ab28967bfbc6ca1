/* voicemail.conf: its sections, and the snapshot that is in force. A mailbox's own
 * line is read in box.c. */
#include "apps/app_voicemail/settings.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/dialplan.h>
#include <ringdown/format.h>
#include <ringdown/prompt.h>
#include <ringdown/str.h>
#include <ringdown/zone.h>

#include "apps/app_voicemail/keeper.h"
#include "apps/app_voicemail/kept.h"

enum { PROMPT_MAX = 256 };

#define DEFAULT_FORMAT "'vm-received' Q 'digits/at' IMp"

/* ---- life ---- */

static void settings_free(struct vm_settings *settings)
{
	rd_map_free(settings->boxes);
	rd_map_free(settings->zones);
	rd_map_free(settings->aliases);
	rd_pool_free(settings->pool);
	rd_free(settings);
}

static int settings_new(struct vm_settings **sp)
{
	struct vm_settings *settings = rd_zalloc(sizeof(*settings));
	int rc = settings ? rd_pool_new(&settings->pool, 0) : -ENOMEM;

	if (!rc)
		rc = rd_map_new(&settings->boxes, 0);
	if (!rc)
		rc = rd_map_new(&settings->zones, 0);
	if (!rc)
		rc = rd_map_new(&settings->aliases, 0);
	if (rc && settings)
		settings_free(settings);
	if (rc)
		return rc;
	settings->refs = 1;
	*sp = settings;
	return 0;
}

struct vm_settings *vm_settings_ref(void)
{
	if (vm_kept->in_force)
		vm_kept->in_force->refs++;
	return vm_kept->in_force;
}

void vm_settings_unref(struct vm_settings *settings)
{
	if (settings && --settings->refs == 0)
		settings_free(settings);
}

/* ---- asking ---- */

/* "1001" is "1001@default"; false for what is no mailbox's name. */
static const struct vm_box *box_by_id(const struct vm_settings *settings, const char *id)
{
	const char *other = rd_map_get(settings->aliases, id);

	return rd_map_get(settings->boxes, other ? other : id);
}

const struct vm_box *vm_settings_box(const struct vm_settings *settings, const char *name)
{
	char id[RD_MWI_NAME];

	return settings && rd_mwi_name(name, id) == 0 ? box_by_id(settings, id) : NULL;
}

static const struct vm_settings *newest(void)
{
	const struct vm_settings *coming = rd_config_coming(RD_MODULE_NAME);

	return coming ? coming : vm_kept->in_force;
}

const char *vm_settings_fault(const char *boxes, char *buf, size_t size)
{
	const struct vm_settings *settings = newest();
	struct rd_str rest = rd_str_of(boxes), one;
	char name[RD_MWI_NAME];

	while (settings && rest.n) {
		rd_str_cut(&rest, '&', &one);
		one = rd_str_trim(one);
		if (!one.n || !rd_strcpyn(name, sizeof(name), one) ||
		    vm_settings_box(settings, name))
			continue;
		snprintf(buf, size, "voicemail.conf has no mailbox \"%s\"", name);
		return buf;
	}
	return NULL;
}

const struct vm_box *vm_settings_next(const struct vm_settings *settings, size_t *pos,
				      const char *context)
{
	void *value;

	while (rd_map_next(settings->boxes, pos, NULL, &value)) {
		const struct vm_box *box = value;

		if (!context || strcmp(box->context, context) == 0)
			return box;
	}
	return NULL;
}

const char *vm_settings_context_fault(const char *context, char *buf, size_t size)
{
	const struct vm_settings *settings = newest();
	size_t pos = 0;

	if (!settings || vm_settings_next(settings, &pos, context))
		return NULL;
	snprintf(buf, size, "voicemail.conf has no mailbox in a context \"%s\"", context);
	return buf;
}

static bool any_mailbox(void)
{
	return newest() && rd_map_count(newest()->boxes);
}

static bool has_mailbox(const char *name)
{
	return vm_settings_box(newest(), name);
}

const struct rd_mailboxes vm_mailboxes = { .any = any_mailbox, .has = has_mailbox };

const struct vm_zone *vm_settings_zone(const struct vm_settings *settings, const struct vm_box *box)
{
	static const struct vm_zone plain = { NULL, DEFAULT_FORMAT };
	const struct vm_zone *zone =
		box->options.tz ? rd_map_get(settings->zones, box->options.tz) : NULL;

	return zone ? zone : &plain;
}

/* ---- [zonemessages] ---- */

/* They stand in quotes. */
static void look_at_prompts(const struct vm_zone *zone, const struct rd_config_line *line,
			    struct rd_config_report *report)
{
	const char *from = zone->format, *to;
	char what[96], prompt[PROMPT_MAX];

	snprintf(what, sizeof(what), "[zonemessages] %s", line->name);
	for (; (from = strchr(from, '\'')); from = to + 1) {
		to = strchr(++from, '\'');
		if (!to) {
			rd_config_warning(report, line->file, line->line,
					  "%s: the last ' has no second one", what);
			return;
		}
		if (rd_strcpyn(prompt, sizeof(prompt),
			       (struct rd_str){ from, (size_t)(to - from) }))
			rd_prompt_examine(report, line->file, line->line, what, prompt);
	}
}

/* "Europe/Berlin|'vm-received' Q 'digits/at' kM". */
static int read_zone(struct vm_settings *settings, const struct rd_config_line *line,
		     struct rd_config_report *report)
{
	struct rd_str format = rd_str_of(line->value), timezone;
	struct vm_zone *zone = rd_pool_zalloc(settings->pool, sizeof(*zone));
	bool both = rd_str_cut(&format, '|', &timezone);

	timezone = rd_str_trim(timezone);
	format = rd_str_trim(format);
	if (!zone)
		return -ENOMEM;
	zone->timezone = rd_pool_strndup(settings->pool, timezone.p, timezone.n);
	zone->format = both && format.n ? rd_pool_strndup(settings->pool, format.p, format.n)
					: DEFAULT_FORMAT;
	if (!zone->timezone || !zone->format)
		return -ENOMEM;
	if (!rd_zone_known(zone->timezone)) {
		rd_config_error(report, line->file, line->line,
				"zonemessages: %s: there is no timezone \"%s\"; expected "
				"one such as Europe/Berlin",
				line->name, zone->timezone);
		return -EINVAL;
	}
	if (both && format.n)
		look_at_prompts(zone, line, report);
	return rd_map_set(settings->zones, line->name, zone, NULL);
}

/* ---- aliases ---- */

static int read_alias(struct vm_settings *settings, const struct rd_config_line *line,
		      struct rd_config_report *report)
{
	char from[RD_MWI_NAME], to[RD_MWI_NAME];
	char *copy;

	if (rd_mwi_name(line->name, from) || rd_mwi_name(line->value, to)) {
		rd_config_error(report, line->file, line->line,
				"%s => %s: two mailboxes were expected: 1234@sales => 1001@default",
				line->name, line->value);
		return -EINVAL;
	}
	copy = rd_pool_strdup(settings->pool, to);
	return copy ? rd_map_set(settings->aliases, from, copy, NULL) : -ENOMEM;
}

/* When all mailboxes are known. */
static int check_alias(struct vm_settings *settings, const struct rd_config_line *line,
		       struct rd_config_report *report)
{
	char to[RD_MWI_NAME];

	if (rd_mwi_name(line->value, to) || rd_map_get(settings->boxes, to))
		return 0;
	rd_config_error(report, line->file, line->line, "%s: there is no mailbox %s", line->name,
			to);
	return -EINVAL;
}

/* ---- sections ---- */

struct reading {
	struct vm_settings *settings;
	const struct rd_config_section *general;
	struct rd_config_report *report;
};

typedef int read_line(struct vm_settings *settings, const struct rd_config_line *line,
		      struct rd_config_report *report);

/* All of them, so that the report tells of everything at once. */
static int each_line(const struct reading *reading, const struct rd_config_section *section,
		     read_line *read)
{
	const struct rd_config_line *line = NULL;
	int wrong = 0, rc;

	while (section && (line = rd_config_line_next(section, line))) {
		rc = read(reading->settings, line, reading->report);
		if (rc == -ENOMEM)
			return rc;
		wrong = rc ? rc : wrong;
	}
	return wrong;
}

static int read_context(const struct reading *reading, const struct rd_config_section *section)
{
	const char *context = rd_config_section_name(section);
	const struct rd_config_line *line = NULL;
	int wrong = 0, rc;

	if (!vm_name_fits(context)) {
		rd_config_error(reading->report, rd_config_section_file(section),
				rd_config_section_line(section),
				"[%s]: a context has letters, digits, and _ - + . in its name",
				context);
		return -EINVAL;
	}
	while ((line = rd_config_line_next(section, line))) {
		rc = vm_box_read(reading->settings, reading->general, context, line,
				 reading->report);
		if (rc == -ENOMEM)
			return rc;
		wrong = rc ? rc : wrong;
	}
	return wrong;
}

static int read_contexts(const struct reading *reading, const struct rd_config *config)
{
	const char *aliases = reading->settings->general.aliasescontext;
	const struct rd_config_section *section = NULL;
	int wrong = 0, rc;

	while ((section = rd_config_next(config, section, NULL))) {
		const char *name = rd_config_section_name(section);

		if (strcasecmp(name, "general") == 0 || strcasecmp(name, "zonemessages") == 0 ||
		    (aliases && strcmp(name, aliases) == 0))
			continue;
		rc = read_context(reading, section);
		if (rc == -ENOMEM)
			return rc;
		wrong = rc ? rc : wrong;
	}
	return wrong;
}

static int read_aliases(const struct reading *reading, const struct rd_config *config)
{
	const char *name = reading->settings->general.aliasescontext;
	const struct rd_config_section *section = name ? rd_config_find(config, name) : NULL;
	int rc;

	if (name && !section) {
		rd_config_warning(reading->report, rd_config_section_file(reading->general),
				  rd_config_section_line(reading->general),
				  "aliasescontext: there is no section [%s]", name);
		return 0;
	}
	rc = each_line(reading, section, read_alias);
	return rc ? rc : each_line(reading, section, check_alias);
}

/* The next of them; wav49 is passed over, as none is kept in it. */
static bool next_format(struct rd_str *list, struct rd_str *one)
{
	while (list->n) {
		rd_str_cut(list, memchr(list->p, '|', list->n) ? '|' : ',', one);
		*one = rd_str_trim(*one);
		if (one->n && !rd_str_ieq(*one, RD_STR("wav49")))
			return true;
	}
	return false;
}

static int cut_formats(struct vm_settings *settings)
{
	struct vm_general *general = &settings->general;
	struct rd_str rest = rd_str_of(general->formats), one;
	size_t n = 0;

	while (next_format(&rest, &one))
		n++;
	general->format_names = rd_pool_zalloc(settings->pool,
					       (n + 1) * sizeof(*general->format_names));
	if (!general->format_names)
		return -ENOMEM;
	rest = rd_str_of(general->formats);
	for (n = 0; next_format(&rest, &one); n++) {
		general->format_names[n] = rd_pool_strndup(settings->pool, one.p, one.n);
		if (!general->format_names[n])
			return -ENOMEM;
	}
	general->format = general->format_names[0];
	return 0;
}

static bool is_in(const struct rd_option *table, const char *name)
{
	while (table->name && strcasecmp(table->name, name) != 0)
		table++;
	return table->name;
}

/* What stands in [general] and is (or is not) in the table of what mailboxes may say for
 * themselves. NULL without memory. */
static const char *const *names_in_general(const struct reading *reading, bool of_mailboxes)
{
	const struct rd_config_line *line = NULL;
	const char **names;
	size_t n = 0;

	while (reading->general && (line = rd_config_line_next(reading->general, line)))
		n++;
	names = rd_pool_zalloc(reading->settings->pool, (n + 1) * sizeof(*names));
	n = 0;
	while (names && reading->general && (line = rd_config_line_next(reading->general, line)))
		if (is_in(vm_options_table, line->name) == of_mailboxes)
			names[n++] = line->name;
	return names;
}

static void check_texts(const struct reading *reading)
{
	const struct rd_config_line *line = NULL;

	while (reading->general && (line = rd_config_line_next(reading->general, line)))
		vm_check_text(line, reading->report);
}

static int read_general(const struct reading *reading, struct vm_options *options)
{
	struct vm_settings *settings = reading->settings;
	const char *const *of_mailboxes = names_in_general(reading, true);
	const char *const *others = names_in_general(reading, false);
	int rc, other;

	if (!of_mailboxes || !others)
		return -ENOMEM;
	rc = rd_options_read(vm_general_table, reading->general, of_mailboxes, &settings->general,
			     settings->pool, reading->report);
	if (rc == -ENOMEM)
		return rc;
	if (!rc)
		rc = cut_formats(settings);
	check_texts(reading);
	other = rd_options_read(vm_options_table, reading->general, others, options, settings->pool,
				reading->report);
	return other ? other : rc;
}

static int read_all(const struct reading *reading, const struct rd_config *config)
{
	struct vm_options common;
	int rc = rd_config_check_sections(config, NULL, NULL, reading->report);
	int wrong = read_general(reading, &common);

	if (wrong)
		return wrong;
	reading->settings->general.serveremail = common.serveremail;
	wrong = each_line(reading, rd_config_find(config, "zonemessages"), read_zone);
	rc = wrong ? wrong : rc;
	if (rc == -ENOMEM)
		return rc;
	wrong = read_contexts(reading, config);
	if (!wrong)
		wrong = read_aliases(reading, config);
	return wrong ? wrong : rc;
}

/* ---- the snapshot ---- */

static int build_of(struct rd_config *config, struct vm_settings **sp,
		    struct rd_config_report *report)
{
	struct reading reading = { .report = report };
	const struct rd_config_line *line;
	int rc = settings_new(&reading.settings);

	if (rc)
		return rc;
	reading.general = rd_config_find(config, "general");
	if (reading.general && (line = rd_config_line_find(reading.general, "format")))
		reading.settings->format_line = line->line;
	rc = read_all(&reading, config);
	if (rc)
		settings_free(reading.settings);
	else
		*sp = reading.settings;
	return rc;
}

int vm_settings_read(const char *file, struct vm_settings **sp, struct rd_config_report *report)
{
	struct rd_config *config = NULL;
	int rc = rd_config_load_merged(&config, file, RD_SECOND_JOINS, report);

	if (!rc)
		rc = build_of(config, sp, report);
	rd_config_unref(config);
	return rc;
}

static int build(void **snapshot, struct rd_config_report *report)
{
	struct vm_settings *settings;
	int rc = vm_settings_read("voicemail.conf", &settings, report);

	if (rc == -ENOENT)
		rc = build_of(NULL, &settings, report);
	if (!rc)
		*snapshot = settings;
	return rc;
}

static bool is_written(const char *name)
{
	const struct rd_format *format = rd_format_find(name);

	return format && format->open_write;
}

/* Formats that Asterisk has. */
static bool are_theirs(const char *const *names)
{
	static const char *const theirs[] = {
		"g719",   "g722",   "g723", "g723sf", "g726-16", "g726-24", "g726-32", "g726-40",
		"g729",   "alaw",   "ulaw", "gsm",    "ilbc",    "opus",    "siren7",  "siren14",
		"WAV",    "vox",    "ogg",  "mp3",    "h263",    "h264",    NULL,
	};

	for (; *names; names++) {
		const char *const *known = theirs;

		while (*known && strcasecmp(*known, *names) != 0)
			known++;
		if (!*known)
			return false;
	}
	return true;
}

/* Most have it of [general]: told of the first. */
static void review_context(const struct vm_box *box, const char *option, const char *context,
			   const char **told, struct rd_config_report *report)
{
	if (!context || !*context || (*told && strcmp(context, *told) == 0) ||
	    rd_dialplan_context_coming(context))
		return;
	*told = context;
	rd_config_warning(report, "voicemail.conf", 0, "mailbox %s: %s: there is no context \"%s\"",
			  box->id, option, context);
}

static void review_contexts(const struct vm_settings *settings, struct rd_config_report *report)
{
	const char *exit = NULL, *dialout = NULL, *callback = NULL;
	const struct vm_box *box;
	size_t pos = 0;

	while ((box = vm_settings_next(settings, &pos, NULL))) {
		review_context(box, "exitcontext", box->options.exitcontext, &exit, report);
		review_context(box, "dialout", box->options.dialout, &dialout, report);
		review_context(box, "callback", box->options.callback, &callback, report);
	}
}

void vm_settings_review(void *snapshot, struct rd_config_report *report)
{
	struct vm_settings *settings = snapshot;
	struct vm_general *general = &settings->general;
	const char **name = general->format_names;

	while (*name && !is_written(*name))
		name++;
	general->format = *name;
	if (!*name && are_theirs(general->format_names) && is_written("wav")) {
		general->format = "wav";
		rd_config_warning(report, "voicemail.conf", settings->format_line,
				  "format: nothing writes files of the format \"%s\" here; "
				  "messages are wav", general->formats);
	} else if (!*name) {
		rd_config_error(report, "voicemail.conf", settings->format_line,
				"format: no loaded module writes files of the format \"%s\"",
				general->formats);
	} else if (strpbrk(general->formats, "|,")) {
		rd_config_warning(report, "voicemail.conf", settings->format_line,
				  "format: a message is one file, and that is %s",
				  general->format);
	}
	review_contexts(settings, report);
}

static void commit(void *snapshot)
{
	vm_settings_unref(vm_kept->in_force);
	vm_kept->in_force = snapshot;
	vm_keeper_wake();
}

static void discard(void *snapshot)
{
	settings_free(snapshot);
}

static const char *const files[] = { "voicemail.conf", NULL };

const struct rd_module_config vm_config = {
	.files = files, .build = build, .commit = commit, .discard = discard
};

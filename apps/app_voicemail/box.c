/* One mailbox of voicemail.conf:
 *	1001 => pin,name,email,pager,option=value|option=value */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <ringdown/str.h>

#include "apps/app_voicemail/settings.h"

enum { PIN, OWNER, EMAIL, PAGER, OPTIONS, FIELDS };

bool vm_name_fits(const char *name)
{
	if (!*name || *name == '.')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("_-+.", *name))
			return false;
	return true;
}

/* ---- options ---- */

/* The lines of [general] that concern mailboxes, then its own: the last one counts. */
static int inherit(struct rd_config *config, struct rd_config_section *to,
		   const struct rd_config_section *general)
{
	const struct rd_config_line *line = NULL;
	int rc = 0;

	while (general && !rc && (line = rd_config_line_next(general, line)))
		if (vm_is_box_option(line->name))
			rc = rd_config_add_line(config, to, line);
	return rc;
}

/* "tz=european|attach=no" */
static int add_own(struct rd_config *config, struct rd_config_section *to, struct rd_str options,
		   const struct rd_config_line *where, struct rd_config_report *report)
{
	struct rd_str option, name;
	char name_text[64], value[512];
	int rc = 0;

	while (options.n && !rc) {
		struct rd_config_line line = *where;

		rd_str_cut(&options, '|', &option);
		if (!rd_str_trim(option).n)
			continue;
		if (!rd_str_cut(&option, '=', &name)) {
			rd_config_warning(report, where->file, where->line,
					  "mailbox %s: \"%.*s\" is left out, option=value was "
					  "expected",
					  where->name, RD_STR_ARG(rd_str_trim(name)));
			continue;
		}
		if (!rd_strcpyn(name_text, sizeof(name_text), rd_str_trim(name)) ||
		    !rd_strcpyn(value, sizeof(value), rd_str_trim(option))) {
			rd_config_error(report, where->file, where->line,
					"mailbox %s: \"%.*s\" is too long", where->name,
					RD_STR_ARG(rd_str_trim(name)));
			return -EINVAL;
		}
		line.name = name_text;
		line.value = value;
		vm_check_text(&line, report);
		rc = rd_config_add_line(config, to, &line);
	}
	return rc;
}

static void check_zone(const struct vm_settings *settings, struct vm_box *box,
		       const struct rd_config_line *line, struct rd_config_report *report)
{
	if (!box->options.tz || rd_map_get(settings->zones, box->options.tz))
		return;
	rd_config_warning(report, line->file, line->line,
			  "mailbox %s: tz: [zonemessages] has no \"%s\"; its times are ours",
			  line->name, box->options.tz);
	box->options.tz = NULL;
}

/* What it does not say, [general] does. */
static int read_options(struct vm_settings *settings, struct vm_box *box,
			const struct rd_config_section *general, const struct rd_config_line *line,
			struct rd_str own, struct rd_config_report *report)
{
	struct rd_config_section *section;
	struct rd_config *config;
	int rc = rd_config_new(&config);

	if (rc)
		return rc;
	section = rd_config_add_section(config, box->context, line->file, line->line);
	rc = section ? inherit(config, section, general) : -ENOMEM;
	if (!rc)
		rc = add_own(config, section, own, line, report);
	if (!rc)
		rc = rd_options_read(vm_options_table, section, NULL, &box->options, settings->pool,
				     report);
	if (!rc)
		check_zone(settings, box, line, report);
	rd_config_unref(config);
	return rc;
}

/* ---- the line ---- */

static void read_pin(struct vm_box *box, const struct rd_config_line *line,
		     struct rd_config_report *report)
{
	box->pin_fixed = *box->pin == '-';
	box->pin += box->pin_fixed && box->pin[1];
	/* It stays: a mailbox without a PIN would be open to the first who calls. */
	if (strspn(box->pin, "0123456789") != strlen(box->pin))
		rd_config_warning(report, line->file, line->line,
				  "mailbox %s: a PIN of digits was expected; nobody logs in by "
				  "what no telephone can key",
				  line->name);
}

static int check_mail(const struct vm_box *box, const struct rd_config_line *line,
		      struct rd_config_report *report)
{
	const char *wrong = !vm_addresses_fit(box->email) ? box->email : box->pager;

	if (vm_addresses_fit(wrong))
		return 0;
	rd_config_error(report, line->file, line->line,
			"mailbox %s: \"%s\": an address such as anna@example.org was expected",
			line->name, wrong);
	return -EINVAL;
}

static void check_delete(const struct vm_box *box, const struct rd_config_line *line,
			 struct rd_config_report *report)
{
	if (*box->email && box->options.delete_sent && !box->options.attach)
		rd_config_warning(report, line->file, line->line,
				  "mailbox %s: delete does nothing without attach: what was said "
				  "would be nowhere",
				  line->name);
}

static int read_fields(struct vm_settings *settings, struct vm_box *box,
		       const struct rd_config_line *line, struct rd_str *options)
{
	const char **const field[OPTIONS] = { &box->pin, &box->owner, &box->email, &box->pager };
	struct rd_str rest = rd_str_of(line->value), part;

	for (int i = 0; i < OPTIONS; i++) {
		rd_str_cut(&rest, ',', &part);
		part = rd_str_trim(part);
		*field[i] = rd_pool_strndup(settings->pool, part.n ? part.p : "", part.n);
		if (!*field[i])
			return -ENOMEM;
	}
	*options = rest;
	return 0;
}

static int name_box(struct vm_settings *settings, struct vm_box *box, const char *context,
		    const struct rd_config_line *line, struct rd_config_report *report)
{
	char text[RD_MWI_NAME];

	if (!vm_name_fits(line->name) || !rd_strcpy(text, sizeof(text), line->name) ||
	    strlen(text) + strlen(context) + 2 > sizeof(text)) {
		rd_config_error(report, line->file, line->line,
				"mailbox \"%s\": letters, digits, and _ - + . were expected",
				line->name);
		return -EINVAL;
	}
	strcat(strcat(text, "@"), context);
	strcpy(box->id, text);
	box->name = rd_pool_strdup(settings->pool, line->name);
	box->context = rd_pool_strdup(settings->pool, context);
	return box->name && box->context ? 0 : -ENOMEM;
}

int vm_box_read(struct vm_settings *settings, const struct rd_config_section *general,
		const char *context, const struct rd_config_line *line,
		struct rd_config_report *report)
{
	struct vm_box *box = rd_pool_zalloc(settings->pool, sizeof(*box));
	struct rd_str options;
	int rc = box ? name_box(settings, box, context, line, report) : -ENOMEM;

	if (!rc)
		rc = read_fields(settings, box, line, &options);
	if (!rc)
		read_pin(box, line, report);
	if (!rc)
		rc = check_mail(box, line, report);
	if (!rc)
		rc = read_options(settings, box, general, line, options, report);
	if (!rc)
		check_delete(box, line, report);
	if (!rc && rd_map_get(settings->boxes, box->id))
		rd_config_warning(report, line->file, line->line,
				  "mailbox %s is there twice, this line counts", box->id);
	return rc ? rc : rd_map_set(settings->boxes, box->id, box, NULL);
}

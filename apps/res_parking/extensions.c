/* The extensions of the lots: one that parks, and one for each place, with its hint. What
 * extensions.conf says of the same ones counts before them. */
#include <stdio.h>
#include <string.h>

#include "apps/res_parking/parking.h"

struct writer {
	struct rd_config *plan;
	struct rd_config_section *section;
	const struct parking_lot *lot;
	int rc;
};

static void write_line(struct writer *w, const char *text)
{
	struct rd_config_line line = {
		.name = "exten",
		.value = text,
		.arrow = true,
		.file = w->lot->file ? w->lot->file : "res_parking.conf",
		.line = w->lot->file ? w->lot->line : 1,
	};

	if (!w->rc)
		w->rc = rd_config_add_line(w->plan, w->section, &line);
}

static bool is_written(const struct rd_config_section *section, const char *exten, bool hint)
{
	const struct rd_config_line *line = NULL;
	size_t n = strlen(exten);

	while ((line = rd_config_line_next(section, line))) {
		const char *rest = line->value + n;

		if (strncmp(line->value, exten, n) != 0 || *rest != ',')
			continue;
		rest += 1 + strspn(rest + 1, " ");
		if ((strncmp(rest, "hint", 4) == 0) == hint)
			return true;
	}
	return false;
}

/* Has the administrator an extension, or a hint, of that name in this context? */
static bool is_taken(const struct writer *w, const char *exten, bool hint)
{
	const struct rd_config_section *it = NULL;

	while ((it = rd_config_next(w->plan, it, w->lot->context)))
		if (it != w->section && is_written(it, exten, hint))
			return true;
	return false;
}

static void write_place(struct writer *w, int number)
{
	const struct parking_lot *lot = w->lot;
	char exten[16], text[512];

	snprintf(exten, sizeof(exten), "%d", number);
	if (!is_taken(w, exten, false)) {
		snprintf(text, sizeof(text), "%s,1,ParkedCall(%s,%s)", exten, lot->name, exten);
		write_line(w, text);
	}
	if (lot->hints && !is_taken(w, exten, true)) {
		snprintf(text, sizeof(text), "%s,hint,park:%s@%s", exten, exten, lot->context);
		write_line(w, text);
	}
}

/* Lots may share it: then the channel's own lot decides. */
static bool is_first_with(const struct parking_settings *settings, const struct parking_lot *lot)
{
	const struct parking_lot *it = settings->lots;

	while (it != lot &&
	       (strcmp(it->exten, lot->exten) != 0 || strcmp(it->context, lot->context) != 0))
		it = it->next;
	return it == lot;
}

static void write_parkext(struct writer *w)
{
	char text[512];

	if (is_taken(w, w->lot->exten, false))
		return;
	snprintf(text, sizeof(text), "%s,1,Park(%s)", w->lot->exten,
		 w->lot->exclusive ? w->lot->name : "");
	write_line(w, text);
}

static int write_lot(struct rd_config *plan, const struct parking_settings *settings,
		     const struct parking_lot *lot)
{
	struct writer w = { .plan = plan, .lot = lot };

	w.section = rd_config_add_section(plan, lot->context,
					  lot->file ? lot->file : "res_parking.conf", lot->line);
	if (!w.section)
		return -ENOMEM;
	if (*lot->exten && is_first_with(settings, lot))
		write_parkext(&w);
	for (int n = lot->first; n <= lot->last && !w.rc; n++)
		write_place(&w, n);
	return w.rc;
}

/* Why it cannot be read is told by the module's own build. */
static int read_lots(struct parking_settings **settings, struct rd_config_report *report)
{
	struct rd_config_report *unread;
	int rc = rd_config_report_new(&unread);

	if (rc)
		return rc;
	rc = parking_settings_read(settings, unread);
	rd_config_report_free(unread);
	if (rc == -EINVAL)
		rd_config_error(report, "res_parking.conf", 0,
				"it has errors: its lots get no extensions");
	return rc;
}

int parking_extensions(struct rd_config *plan, struct rd_config_report *report)
{
	struct parking_settings *settings;
	int rc = read_lots(&settings, report);

	if (rc)
		return rc;
	for (const struct parking_lot *lot = settings->lots; lot && !rc; lot = lot->next)
		rc = write_lot(plan, settings, lot);
	parking_settings_unref(settings);
	return rc;
}

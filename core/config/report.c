/* The list of what is wrong with a configuration. It keeps all findings, up
 * to a number that nobody reads, and counts even those it has no memory for.
 * What is found in a line for each section that inherits it is kept once. */
#include <stdio.h>

#include <ringdown/list.h>
#include <ringdown/log.h>
#include <ringdown/str.h>

#include "core/config/config.h"

enum { MAX_KEPT = 500 };

struct finding {
	struct rd_list link;
	bool is_error;
	char text[];
};

struct rd_config_report {
	struct rd_list findings;
	int errors, warnings;
	int kept;
};

int rd_config_report_new(struct rd_config_report **rp)
{
	struct rd_config_report *report = rd_zalloc(sizeof(*report));

	if (!report)
		return -ENOMEM;
	rd_list_init(&report->findings);
	*rp = report;
	return 0;
}

void rd_config_report_free(struct rd_config_report *report)
{
	if (!report)
		return;
	rd_list_foreach(node, tmp, &report->findings)
		rd_free(rd_list_entry(node, struct finding, link));
	rd_free(report);
}

static int place_prefix(char *out, size_t size, const char *file, int line)
{
	if (!file)
		return snprintf(out, size, "%s", "");
	if (line <= 0)
		return snprintf(out, size, "%s: ", file);
	return snprintf(out, size, "%s:%d: ", file, line);
}

static struct finding *finding_new(const char *file, int line, bool is_error,
				   const char *fmt, va_list ap)
{
	const char *kind = is_error ? "" : "warning: ";
	struct finding *finding;
	struct rd_buf text;
	char place[512];

	rd_buf_init(&text);
	place_prefix(place, sizeof(place), file, line);
	rd_buf_adds(&text, place);
	rd_buf_adds(&text, kind);
	rd_buf_vprintf(&text, fmt, ap);
	finding = text.failed ? NULL : rd_malloc(sizeof(*finding) + text.n + 1);
	if (finding) {
		finding->is_error = is_error;
		memcpy(finding->text, rd_buf_text(&text), text.n + 1);
	}
	rd_buf_fini(&text);
	return finding;
}

static bool is_kept(const struct rd_config_report *report, const struct finding *finding)
{
	rd_list_foreach(node, tmp, &report->findings)
		if (strcmp(rd_list_entry(node, struct finding, link)->text, finding->text) == 0)
			return true;
	return false;
}

static void keep(struct rd_config_report *report, const char *file, int line,
		 bool is_error, const char *fmt, va_list ap)
{
	struct finding *finding = finding_new(file, line, is_error, fmt, ap);
	bool again = finding && !is_error && is_kept(report, finding);

	if (is_error)
		report->errors++;
	else if (!again)
		report->warnings++;
	if (!finding || again || report->kept >= MAX_KEPT) {
		rd_free(finding);
		return;
	}
	rd_list_push(&report->findings, &finding->link);
	report->kept++;
}

void rd_config_error(struct rd_config_report *report, const char *file, int line,
		     const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep(report, file, line, true, fmt, ap);
	va_end(ap);
}

void rd_config_warning(struct rd_config_report *report, const char *file, int line,
		       const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep(report, file, line, false, fmt, ap);
	va_end(ap);
}

int rd_config_errors(const struct rd_config_report *report)
{
	return report->errors;
}

static const char *first(const struct rd_config_report *report, bool is_error)
{
	rd_list_foreach(node, tmp, &report->findings) {
		const struct finding *finding = rd_list_entry(node, struct finding, link);

		if (finding->is_error == is_error)
			return finding->text;
	}
	return NULL;
}

const char *rd_config_first_error(const struct rd_config_report *report)
{
	return first(report, true);
}

const char *rd_config_first_warning(const struct rd_config_report *report)
{
	return first(report, false);
}

void rd__report_each(const struct rd_config_report *report,
		     void (*show)(const char *text, bool is_error, void *arg),
		     void *arg)
{
	int lost = report->errors + report->warnings - report->kept;
	char text[64];

	rd_list_foreach(node, tmp, &report->findings) {
		const struct finding *finding =
			rd_list_entry(node, struct finding, link);

		show(finding->text, finding->is_error, arg);
	}
	if (lost == 0)
		return;
	snprintf(text, sizeof(text), "and %d more that are not shown", lost);
	show(text, report->errors > 0, arg);
}

static void show_in_log(const char *text, bool is_error, void *arg)
{
	(void)arg;
	if (is_error)
		rd_error("%s", text);
	else
		rd_warning("%s", text);
}

void rd__report_log(const struct rd_config_report *report)
{
	rd__report_each(report, show_in_log, NULL);
}

/* Figures in the text form of Prometheus: each metric once, with all its values
 * below, whoever they come from. Knows none of them. */
#include <stdio.h>

#include "core/base/metric.h"

static const char *const kinds[] = {
	[RD_METRIC_COUNTER] = "counter",
	[RD_METRIC_GAUGE] = "gauge",
	[RD_METRIC_HISTOGRAM] = "histogram",
};

/* ---- metrics ---- */

static struct rd__metric_family *family_add(struct rd_metrics *out)
{
	size_t capacity = out->capacity ? 2 * out->capacity : 64;
	struct rd__metric_family *grown;

	if (out->count < out->capacity)
		return &out->families[out->count++];
	grown = rd_realloc(out->families, capacity * sizeof(*grown));
	if (!grown)
		return NULL;
	out->families = grown;
	out->capacity = capacity;
	return &grown[out->count++];
}

void rd_metric_begin(struct rd_metrics *out, const char *name, enum rd_metric_kind kind,
		     const char *help)
{
	struct rd__metric_family *family;

	for (out->current = 0; out->current < out->count; out->current++)
		if (strcmp(out->families[out->current].name, name) == 0)
			return;
	family = family_add(out);
	if (!family) {
		out->failed = true;
		return;
	}
	*family = (struct rd__metric_family){ .name = name, .help = help, .kind = kind };
	rd_buf_init(&family->values);
}

/* NULL without memory. */
static struct rd__metric_family *current(const struct rd_metrics *out)
{
	if (out->failed)
		return NULL;
	rd_assert(out->current < out->count);
	return &out->families[out->current];
}

/* ---- values ---- */

static void add_escaped(struct rd_buf *text, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n') {
			rd_buf_adds(text, "\\n");
			continue;
		}
		if (*value == '"' || *value == '\\')
			rd_buf_addc(text, '\\');
		rd_buf_addc(text, *value);
	}
}

/* {name="value",...}, of the arguments and of one more; nothing where there is none. */
static void add_labels(struct rd_buf *text, va_list labels, const char *more, const char *of_more)
{
	const char *name, *before = "{";

	while ((name = va_arg(labels, const char *))) {
		rd_buf_printf(text, "%s%s=\"", before, name);
		add_escaped(text, va_arg(labels, const char *));
		rd_buf_addc(text, '"');
		before = ",";
	}
	if (more)
		rd_buf_printf(text, "%s%s=\"%s\"", before, more, of_more);
	if (more || *before == ',')
		rd_buf_addc(text, '}');
}

/* Whole ones with all their digits. */
static void add_number(struct rd_buf *text, double value)
{
	bool whole = value >= 0 && value < 0x1p53 && value == (double)(uint64_t)value;

	rd_buf_printf(text, whole ? " %.0f\n" : " %.15g\n", value);
}

void rd_metric_value(struct rd_metrics *out, double value, ...)
{
	struct rd__metric_family *family = current(out);
	va_list labels;

	if (!family)
		return;
	rd_assert(family->kind != RD_METRIC_HISTOGRAM);
	rd_buf_printf(&family->values, "ringdown_%s", family->name);
	va_start(labels, value);
	add_labels(&family->values, labels, NULL, NULL);
	va_end(labels);
	add_number(&family->values, value);
}

/* ---- histograms ---- */

void rd_histogram_add(struct rd_histogram *histogram, double value)
{
	size_t i = 0;

	while (i < histogram->bound_count && value > histogram->bounds[i])
		i++;
	histogram->counts[i]++;
	histogram->sum += value;
}

static void add_part(struct rd__metric_family *family, const char *part, const char *bound,
		     double value, va_list labels)
{
	va_list again;

	rd_buf_printf(&family->values, "ringdown_%s_%s", family->name, part);
	va_copy(again, labels);
	add_labels(&family->values, again, bound ? "le" : NULL, bound);
	va_end(again);
	add_number(&family->values, value);
}

void rd_metric_histogram(struct rd_metrics *out, const struct rd_histogram *histogram, ...)
{
	struct rd__metric_family *family = current(out);
	uint64_t up_to = 0;
	char bound[32];
	va_list labels;

	if (!family)
		return;
	rd_assert(family->kind == RD_METRIC_HISTOGRAM);
	va_start(labels, histogram);
	for (size_t i = 0; i < histogram->bound_count; i++) {
		up_to += histogram->counts[i];
		snprintf(bound, sizeof(bound), "%.15g", histogram->bounds[i]);
		add_part(family, "bucket", bound, (double)up_to, labels);
	}
	up_to += histogram->counts[histogram->bound_count];
	add_part(family, "bucket", "+Inf", (double)up_to, labels);
	add_part(family, "sum", NULL, histogram->sum, labels);
	add_part(family, "count", NULL, (double)up_to, labels);
	va_end(labels);
}

/* ---- the page ---- */

static void print_family(struct rd_buf *page, struct rd__metric_family *family)
{
	if (family->values.n)
		rd_buf_printf(page, "# HELP ringdown_%s %s\n# TYPE ringdown_%s %s\n", family->name,
			      family->help, family->name, kinds[family->kind]);
	rd_buf_add(page, rd_buf_text(&family->values), family->values.n);
	page->failed |= family->values.failed;
	rd_buf_fini(&family->values);
}

void rd__metrics_print(struct rd_buf *page, void (*fill)(struct rd_metrics *out))
{
	struct rd_metrics out = { 0 };

	fill(&out);
	for (size_t i = 0; i < out.count; i++)
		print_family(page, &out.families[i]);
	page->failed |= out.failed;
	rd_free(out.families);
}

/* Ringdown SDK: figures for whoever watches over the exchange. What happens is
 * counted by whom it happens to, in plain integers of its own; what there is, is
 * looked at when somebody asks. The page is made on the switch thread, so both may
 * be read there without a lock:
 *
 *	static void measure(struct rd_metrics *out)
 *	{
 *		rd_metric_begin(out, "doors_opened_total", RD_METRIC_COUNTER,
 *				"Doors that were opened by a key.");
 *		rd_metric_value(out, opened, "door", name, NULL);
 *	}
 *
 *	RD_MODULE(.name = "app_door", .measure = measure);
 *
 * Names are those of Prometheus: small letters, a unit at the end ("_seconds",
 * "_bytes", "_ratio"), "_total" of a counter. "ringdown_" is put before each. */
#ifndef RINGDOWN_METRIC_H
#define RINGDOWN_METRIC_H

#include <ringdown/base.h>
#include <ringdown/str.h>

struct rd_metrics; /* one page, while it is made */

enum rd_metric_kind {
	RD_METRIC_COUNTER, /* only grows, from the start of the daemon or module on */
	RD_METRIC_GAUGE,
	RD_METRIC_HISTOGRAM,
};

#define RD_HISTOGRAM_MAX 16

/* How often something was of which size. bounds: bound_count upper ends, ascending, static;
 * what is above the last is counted, too. */
struct rd_histogram {
	const double *bounds;
	size_t bound_count; /* at most RD_HISTOGRAM_MAX */
	uint64_t counts[RD_HISTOGRAM_MAX + 1];
	double sum;
};

RD_API_BEGIN

/* What follows is of this metric. Several may add to one of the same name, which then is
 * one metric with the first's help. help: one sentence. */
void rd_metric_begin(struct rd_metrics *out, const char *name, enum rd_metric_kind kind,
		     const char *help);
/* A value of it. Labels: names and their values in turn, and NULL. */
void rd_metric_value(struct rd_metrics *out, double value, ...) __attribute__((sentinel));

/* One more, in the unit of the buckets. On the switch thread. */
void rd_histogram_add(struct rd_histogram *histogram, double value);
/* A whole histogram, of a metric of that kind; labels as above. */
void rd_metric_histogram(struct rd_metrics *out, const struct rd_histogram *histogram, ...)
	__attribute__((sentinel));

/**
 * Have the whole page made: what the core and all modules have to say, in the text form of
 * Prometheus (0.0.4). On the switch thread; does not yield. A page without memory has
 * page->failed set.
 */
void rd_metrics_collect(struct rd_buf *page);
/* The same of what no thread owns: the process, its heap. Any thread may ask, and should it not
 * be the switch thread, so much the better. */
void rd_metrics_collect_process(struct rd_buf *page);

RD_API_END

#endif

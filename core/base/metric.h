/* A page of figures and how it is begun and ended; what is on it is told by the
 * SDK's metric.h. */
#ifndef CORE_BASE_METRIC_H
#define CORE_BASE_METRIC_H

#include <ringdown/metric.h>

struct rd__metric_family {
	const char *name, *help; /* static */
	enum rd_metric_kind kind;
	struct rd_buf values;
};

struct rd_metrics {
	struct rd__metric_family *families;
	size_t count, capacity, current;
	bool failed;
};

RD_API_BEGIN

/* Print what fill() has to say at the end of the page. */
void rd__metrics_print(struct rd_buf *page, void (*fill)(struct rd_metrics *out));

RD_API_END

#endif

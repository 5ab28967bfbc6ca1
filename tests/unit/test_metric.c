/* Pages of figures: each metric once, labels escaped, histograms that add up. */
#include "tests/unit/test.h"

#include "core/base/metric.h"

static struct rd_buf page;

#define assert_page(fill, text)                                                                    \
	do {                                                                                       \
		rd_buf_init(&page);                                                                \
		rd__metrics_print(&page, fill);                                                    \
		assert_false(page.failed);                                                         \
		assert_string_equal(rd_buf_text(&page), (text));                                   \
		rd_buf_fini(&page);                                                                \
	} while (0)

static void doors(struct rd_metrics *out)
{
	rd_metric_begin(out, "doors", RD_METRIC_GAUGE, "Doors that there are.");
	rd_metric_value(out, 3, NULL);
	rd_metric_begin(out, "opened_total", RD_METRIC_COUNTER, "Doors opened.");
	rd_metric_value(out, 4503599627370497.0, "door", "front", "by", "key", NULL);
	rd_metric_value(out, 0.25, "door", "a \"b\\c\nd", NULL);
}

static void values_have_labels(void **state)
{
	(void)state;
	assert_page(doors, "# HELP ringdown_doors Doors that there are.\n"
			   "# TYPE ringdown_doors gauge\n"
			   "ringdown_doors 3\n"
			   "# HELP ringdown_opened_total Doors opened.\n"
			   "# TYPE ringdown_opened_total counter\n"
			   "ringdown_opened_total{door=\"front\",by=\"key\"} 4503599627370497\n"
			   "ringdown_opened_total{door=\"a \\\"b\\\\c\\nd\"} 0.25\n");
}

static void two_parts(struct rd_metrics *out)
{
	rd_metric_begin(out, "memory", RD_METRIC_GAUGE, "Memory.");
	rd_metric_value(out, 1, "part", "a", NULL);
	rd_metric_begin(out, "other", RD_METRIC_GAUGE, "Other.");
	rd_metric_value(out, 2, NULL);
	rd_metric_begin(out, "memory", RD_METRIC_GAUGE, "Memory, too.");
	rd_metric_value(out, 3, "part", "b", NULL);
	rd_metric_begin(out, "empty", RD_METRIC_GAUGE, "There is none.");
}

static void a_metric_of_two_parts_stands_once(void **state)
{
	(void)state;
	assert_page(two_parts, "# HELP ringdown_memory Memory.\n"
			       "# TYPE ringdown_memory gauge\n"
			       "ringdown_memory{part=\"a\"} 1\n"
			       "ringdown_memory{part=\"b\"} 3\n"
			       "# HELP ringdown_other Other.\n"
			       "# TYPE ringdown_other gauge\n"
			       "ringdown_other 2\n");
}

static const double bounds[] = { 0, 0.5, 2 };

static void sizes(struct rd_metrics *out)
{
	static const double values[] = { 0, 0.5, 0.5, 1, 2.5, 7 };
	struct rd_histogram histogram = { .bounds = bounds, .bound_count = 3 };

	for (size_t i = 0; i < RD_ARRAY_SIZE(values); i++)
		rd_histogram_add(&histogram, values[i]);
	rd_metric_begin(out, "size", RD_METRIC_HISTOGRAM, "Sizes.");
	rd_metric_histogram(out, &histogram, "of", "x", NULL);
}

static void a_histogram_counts_all_up_to_each_bound(void **state)
{
	(void)state;
	assert_page(sizes, "# HELP ringdown_size Sizes.\n"
			   "# TYPE ringdown_size histogram\n"
			   "ringdown_size_bucket{of=\"x\",le=\"0\"} 1\n"
			   "ringdown_size_bucket{of=\"x\",le=\"0.5\"} 3\n"
			   "ringdown_size_bucket{of=\"x\",le=\"2\"} 4\n"
			   "ringdown_size_bucket{of=\"x\",le=\"+Inf\"} 6\n"
			   "ringdown_size_sum{of=\"x\"} 11.5\n"
			   "ringdown_size_count{of=\"x\"} 6\n");
}

static void many(struct rd_metrics *out)
{
	static char names[200][8];

	for (int i = 0; i < 200; i++) {
		snprintf(names[i], sizeof(names[i]), "m%d", i);
		rd_metric_begin(out, names[i], RD_METRIC_GAUGE, "One of many.");
		rd_metric_value(out, i, NULL);
	}
}

static void there_may_be_many(void **state)
{
	(void)state;
	rd_buf_init(&page);
	rd__metrics_print(&page, many);
	assert_non_null(strstr(rd_buf_text(&page), "\nringdown_m199 199\n"));
	rd_buf_fini(&page);
}

static void without_memory_a_page_fails_and_nothing_is_left(void **state)
{
	bool whole = false;

	(void)state;
	for (long n = 0; !whole; n++) {
		rd_buf_init(&page);
		rd__alloc_fail_after(n);
		rd__metrics_print(&page, two_parts);
		whole = rd__alloc_refused() == 0;
		rd__alloc_fail_after(-1);
		assert_int_equal(page.failed, !whole);
		rd_buf_fini(&page);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_have_labels),
		cmocka_unit_test(a_metric_of_two_parts_stands_once),
		cmocka_unit_test(a_histogram_counts_all_up_to_each_bound),
		cmocka_unit_test(there_may_be_many),
		cmocka_unit_test(without_memory_a_page_fails_and_nothing_is_left),
	};

	return RUN_GROUP(tests);
}

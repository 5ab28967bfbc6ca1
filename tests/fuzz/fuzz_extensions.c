/* extensions.conf, fed with whatever comes; then numbers are looked up. */
#include <stdint.h>
#include <stdlib.h>

#include "core/config/config.h"
#include "core/config/tree.h"
#include "dialplan/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(const char *file, int line, const char *text, void *arg)
{
	(void)file;
	(void)line;
	(void)text;
	(void)arg;
}

static void look_up(const struct dp_plan *plan)
{
	static const char *const numbers[] = {
		"", "s", "100", "1001", "9*#", "12345678901234567890"
	};
	struct dp_found found;

	for (const struct dp_context *c = plan->first; c; c = c->following) {
		for (size_t i = 0; i < RD_ARRAY_SIZE(numbers); i++) {
			struct dp_wanted wanted = { .context = c->name, .number = numbers[i],
						    .caller = "55", .priority = 1 };
			enum rd_match match = dp_match(plan, &wanted);

			if (dp_find(plan, &wanted, &found))
				rd_assert(match == RD_MATCH_FULL || match == RD_MATCH_FULL_MORE);
			wanted.priority = DP_HINT;
			dp_find(plan, &wanted, &found);
		}
		for (const struct dp_exten *e = c->first; e; e = e->following) {
			for (size_t i = 1; i < e->count; i++)
				rd_assert(e->steps[i - 1].priority < e->steps[i].priority);
		}
	}
	dp_check(plan, ignore, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_config_report *report = NULL;
	struct rd_config *config = NULL;
	struct dp_plan *plan;
	char *text;

	if (!rd_directory("etc") && rd_config_report_new(&report) == 0) {
		rd__directories_load("/proc/self/fdinfo", "/", report);
		rd_config_report_free(report);
	}
	text = rd_malloc(size + 1);
	if (!text || rd_config_new(&config) || rd_config_report_new(&report))
		abort();
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (rd__config_parse(config, "fuzz.conf", text, size, report) == 0) {
		if (dp_plan_take(&plan, config, report) == 0) {
			look_up(plan);
			dp_plan_free(plan);
		}
	} else {
		rd_config_unref(config);
	}
	rd_config_report_free(report);
	rd_free(text);
	return 0;
}

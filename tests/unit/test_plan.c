/* Plans without memory, and the small questions that one may ask a plan. */
#include "tests/unit/test.h"

#include <ringdown/log.h>

#include "core/config/config.h"
#include "core/config/tree.h"
#include "dialplan/check.h"

static const char text[] = "[general]\n"
			   "autofallthrough = no\n"
			   "[globals]\n"
			   "A = 1\n"
			   "B = ${A}2\n"
			   "[office]\n"
			   "exten => _[1-5]X.,1(label),NoOp(${EXTEN:1} $[${A} + 1])\n"
			   " same => n+3,Goto(label)\n"
			   " same => n,Set(X=${LEN(${Y}):1:${B}})\n"
			   "exten => 100/_5X,hint,SIP/1&SIP/2(Name)\n"
			   "exten => 100,1,NoOp()\n"
			   "include => day,9:00-17:00&18:00-19:00,mon-fri,1-7,jan-mar\n"
			   "ignorepat => 9\n"
			   "[empty]\n"
			   "[day]\n"
			   "exten => s,1,NoOp(x)\n";

static int load(struct dp_plan **pp)
{
	struct rd_config_report *report = NULL;
	struct rd_config *config = NULL;
	char *copy = NULL; /* the tree's names point into it */
	int rc = rd_config_report_new(&report);

	if (rc == 0)
		rc = rd_config_new(&config);
	if (rc == 0) {
		copy = rd_pool_strdup(config->pool, text);
		rc = copy ? 0 : -ENOMEM;
	}
	if (rc == 0)
		rc = rd__config_parse(config, "extensions.conf", copy, sizeof(text) - 1, report);
	if (rc == 0)
		rc = dp_plan_take(pp, config, report);
	else
		rd_config_unref(config);
	rd_config_report_free(report);
	return rc;
}

static void nothing(const char *file, int line, const char *what, void *arg)
{
	(void)file;
	(void)line;
	(void)what;
	(void)arg;
}

static int use(void *arg)
{
	struct dp_plan *plan;
	int rc = load(&plan);

	(void)arg;
	if (rc)
		return rc;
	rc = dp_check(plan, nothing, NULL);
	dp_plan_free(plan);
	return rc < 0 ? rc : 0;
}

static void survives_without_memory(void **state)
{
	(void)state;
	oom_sweep_lenient(use, NULL);
}

static int expand(void *arg)
{
	struct dp_template *template;
	struct dp_fault fault;
	struct rd_pool *pool;
	struct rd_buf out;
	int rc = rd_pool_new(&pool, 0);

	(void)arg;
	if (rc)
		return rc;
	rd_buf_init(&out);
	rc = dp_template_new(&template, pool,
			     RD_STR("a${X}b$[\"1\" =~ \"(.)\"]$[1 ~~ 2]${${Y}:1}"), &fault);
	if (rc == 0)
		rc = dp_template_expand(template, NULL, &out);
	if (rc == 0)
		assert_string_equal(rd_buf_text(&out), "ab112");
	rd_buf_fini(&out);
	rd_pool_free(pool);
	return rc;
}

static void templates_survive_without_memory(void **state)
{
	(void)state;
	rd_log_max = RD_LOG_ERROR;
	oom_sweep(expand, NULL);
}

static void faults_of_templates_say_where(void **state)
{
	static const struct {
		const char *text;
		size_t at;
		const char *says;
	} bad[] = {
		{ "ab${X", 2, "'}' is missing" },
		{ "$[1 + 2", 0, "']' is missing" },
		{ "x${F(y}", 3, "')' is missing" },
		{ "${F(y)z}", 2, "only an offset" },
	};
	struct dp_template *template;
	struct dp_fault fault;
	struct rd_pool *pool;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(bad); i++) {
		assert_int_equal(dp_template_new(&template, pool, rd_str_of(bad[i].text), &fault),
				 -EINVAL);
		assert_int_equal(fault.at, bad[i].at);
		assert_non_null(strstr(fault.text, bad[i].says));
	}
	rd_pool_free(pool);
}

static void constants_are_not_copied(void **state)
{
	struct dp_template *template;
	struct dp_fault fault;
	struct rd_pool *pool;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(dp_template_new(&template, pool, RD_STR("SIP/1001,20"), &fault), 0);
	assert_string_equal(dp_template_constant(template), "SIP/1001,20");
	assert_int_equal(dp_template_new(&template, pool, RD_STR(""), &fault), 0);
	assert_string_equal(dp_template_constant(template), "");
	assert_int_equal(dp_template_new(&template, pool, RD_STR("SIP/${X}"), &fault), 0);
	assert_null(dp_template_constant(template));
	rd_pool_free(pool);
}

static void priorities_are_found(void **state)
{
	struct dp_wanted wanted = { .context = "office", .number = "2345", .label = "label" };
	struct dp_found found;
	struct dp_plan *plan;

	(void)state;
	assert_int_equal(load(&plan), 0);
	assert_false(plan->autofallthrough);
	assert_true(dp_find(plan, &wanted, &found));
	assert_int_equal(found.step->priority, 1);
	assert_int_equal(found.exten->steps[1].priority, 5); /* n+3 after 1: 2 + 3 */
	assert_int_equal(found.exten->steps[2].priority, 6);
	assert_ptr_equal(dp_exten_step(found.exten, 5), &found.exten->steps[1]);
	assert_null(dp_exten_step(found.exten, 2));
	assert_null(dp_exten_step(found.exten, 7));
	wanted = (struct dp_wanted){ .context = "office", .number = "100", .priority = DP_HINT,
				     .caller = "55" };
	assert_true(dp_find(plan, &wanted, &found));
	assert_string_equal(found.exten->hint_name, "Name");
	dp_plan_free(plan);
}

/* Also past an extension that has a hint alone. */
static void steps_come_as_they_are_written(void **state)
{
	struct dp_spot spot = { 0 };
	struct dp_plan *plan;
	char seen[128] = "";

	(void)state;
	assert_int_equal(load(&plan), 0);
	while (dp_plan_next_step(plan, &spot))
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s,%s,%d ",
			 spot.exten->context->name, spot.exten->name, spot.step->priority);
	assert_string_equal(seen, "office,_[1-5]X.,1 office,_[1-5]X.,5 office,_[1-5]X.,6 "
				  "office,100,1 day,s,1 ");
	dp_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_without_memory),
		cmocka_unit_test(templates_survive_without_memory),
		cmocka_unit_test(faults_of_templates_say_where),
		cmocka_unit_test(constants_are_not_copied),
		cmocka_unit_test(priorities_are_found),
		cmocka_unit_test(steps_come_as_they_are_written),
	};

	return RUN_GROUP(tests);
}

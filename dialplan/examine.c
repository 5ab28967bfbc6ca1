/* For a doctor: what in extensions.conf works and is unwise. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/secret.h>

#include "dialplan/calls.h"
#include "dialplan/examine.h"

struct look {
	const struct dp_plan *plan;
	struct dp_spot spot;
	struct rd_config_report *report;
	struct rd_pool *pool;
};

static void tell_pin(const struct look *look, const char *what, const char *pin)
{
	const char *why = *pin && !strchr(pin, '$') ? rd_pin_weakness(pin, NULL) : NULL;

	if (why)
		rd_config_warning(look->report, look->spot.step->file, look->spot.step->line,
				  "%s,%s: %s: the digits that are asked for are %s",
				  look->spot.exten->context->name, look->spot.exten->name, what,
				  why);
}

/* A file has its own, and so has a family of the database. */
static void look_at_authenticate(const struct look *look, const char *args)
{
	const char *argv[3];

	if (rd_app_args(look->pool, args, argv, 3) > 0 && *argv[0] != '/' && !strchr(argv[1], 'd'))
		tell_pin(look, "Authenticate()", argv[0]);
}

/* Whoever gets there, gets on. */
static void look_at_disa(const struct look *look, const char *args)
{
	const char *argv[2];

	if (rd_app_args(look->pool, args, argv, 2) < 1)
		return;
	if (strcmp(argv[0], "no-password") == 0)
		rd_config_warning(look->report, look->spot.step->file, look->spot.step->line,
				  "DISA(no-password): whoever calls %s in [%s] dials on as one of "
				  "the house",
				  look->spot.exten->name, look->spot.exten->context->name);
	else if (*argv[0] != '/')
		tell_pin(look, "DISA()", argv[0]);
}

/* "CONFBRIDGE(user,pin)=1234" */
static void look_at_set(const struct look *look, const char *args)
{
	const char *equals = rd_app_equals(args);
	struct rd_str left, name, kind;

	if (!equals)
		return;
	left = (struct rd_str){ args, (size_t)(equals - args) };
	if (!rd_str_cut(&left, '(', &name) || !rd_str_ieq(rd_str_trim(name), RD_STR("CONFBRIDGE")))
		return;
	rd_str_cut(&left, ',', &kind);
	left = rd_str_trim(left);
	if (rd_str_ieq(rd_str_trim(kind), RD_STR("user")) && rd_str_istarts(left, RD_STR("pin")))
		tell_pin(look, "CONFBRIDGE(user,pin)", equals + 1);
}

static void look_at_call(struct rd_str app, struct rd_str args, void *arg)
{
	static const struct {
		const char *app;
		void (*look)(const struct look *look, const char *args);
	} rows[] = {
		{ "Authenticate", look_at_authenticate },
		{ "DISA", look_at_disa },
		{ "Set", look_at_set },
	};
	const struct look *look = arg;
	struct rd_buf known;

	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		if (!rd_str_ieq(app, rd_str_of(rows[i].app)))
			continue;
		rd_buf_init(&known);
		dp_globals_expand(look->plan, args, &known);
		rows[i].look(look, rd_buf_text(&known));
		rd_buf_fini(&known);
	}
}

void dp_examine(const struct dp_plan *plan, struct rd_config_report *report)
{
	struct look look = { .plan = plan, .report = report };

	if (rd_pool_new(&look.pool, 0))
		return;
	while (dp_plan_next_step(plan, &look.spot)) {
		dp_calls_each(look.spot.step, look_at_call, &look);
		rd_pool_reset(look.pool);
	}
	rd_pool_free(look.pool);
}

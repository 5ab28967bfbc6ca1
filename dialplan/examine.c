/* For a doctor: what in extensions.conf works and is unwise. */
#include <string.h>
#include <sys/stat.h>

#include <ringdown/app.h>
#include <ringdown/io.h>
#include <ringdown/secret.h>

#include "dialplan/calls.h"
#include "dialplan/examine.h"

enum { FILE_LIMIT = 1024 * 1024 };

struct look {
	const struct dp_plan *plan;
	struct dp_spot spot;
	struct rd_config_report *report;
	struct rd_pool *pool;
};

static void tell(const struct look *look, const char *what, const char *fmt, ...) RD_PRINTF(3, 4);

static void tell(const struct look *look, const char *what, const char *fmt, ...)
{
	struct rd_buf text;
	va_list ap;

	rd_buf_init(&text);
	va_start(ap, fmt);
	rd_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	rd_config_warning(look->report, look->spot.step->file, look->spot.step->line,
			  "%s,%s: %s: %s", look->spot.exten->context->name, look->spot.exten->name,
			  what, rd_buf_text(&text));
	rd_buf_fini(&text);
}

static void tell_pin(const struct look *look, const char *what, const char *pin)
{
	const char *why = *pin && !strchr(pin, '$') ? rd_pin_weakness(pin, NULL) : NULL;

	if (why)
		tell(look, what, "the digits that are asked for are %s", why);
}

/* ---- files of them ---- */

/* Where a file has them, one to a line. */
struct pins {
	const char *what, *path;
	const char *ends; /* what ends one */
};

static void look_at_lines(const struct look *look, const struct pins *pins, char *lines)
{
	const char *weak = NULL, *why, *copy;
	int count = 0, bad = 0, first = 0;
	struct rd_str pin;
	char *line;

	for (int number = 1; (line = strsep(&lines, "\n")); number++) {
		line[strcspn(line, pins->ends)] = '\0';
		pin = rd_str_trim(rd_str_of(line));
		if (!pin.n)
			continue;
		count++;
		copy = rd_pool_strndup(look->pool, pin.p, pin.n);
		why = copy ? rd_pin_weakness(copy, NULL) : NULL;
		bad += why != NULL;
		if (!why || weak)
			continue;
		weak = why;
		first = number;
	}
	if (!count)
		tell(look, pins->what, "%s has no digits: nobody is let in", pins->path);
	else if (weak)
		tell(look, pins->what, "%s:%d: the digits that are asked for are %s%s", pins->path,
		     first, weak, bad > 1 ? ", and those of other lines will not do either" : "");
}

static void look_at_file(const struct look *look, const struct pins *pins)
{
	struct stat st;
	size_t size;
	char *lines;
	int rc;

	if (strchr(pins->path, '$'))
		return;
	rc = rd_file_read(pins->path, look->pool, FILE_LIMIT, &lines, &size);
	if (rc) {
		tell(look, pins->what, "%s: %s%s", pins->path, rd_strerror(rc),
		     rc == -ENOENT ? ": nobody is let in" : "");
		return;
	}
	look_at_lines(look, pins, lines);
	if (stat(pins->path, &st) == 0 && st.st_mode & S_IROTH)
		tell(look, pins->what, "%s: everybody may read it; chmod o-r", pins->path);
}

/* ---- applications ---- */

/* A family of the database has its own. */
static void look_at_authenticate(const struct look *look, const char *args)
{
	const char *argv[3];
	struct pins pins = { .what = "Authenticate()", .ends = "\r;" };

	if (rd_app_args(look->pool, args, argv, 3) <= 0 || strchr(argv[1], 'd'))
		return;
	pins.path = argv[0];
	if (*pins.path == '/')
		look_at_file(look, &pins);
	else
		tell_pin(look, pins.what, argv[0]);
}

/* Whoever gets there, gets on. */
static void look_at_disa(const struct look *look, const char *args)
{
	const char *argv[2];
	struct pins pins = { .what = "DISA()", .ends = "\r;#,|" };

	if (rd_app_args(look->pool, args, argv, 2) < 1)
		return;
	pins.path = argv[0];
	if (strcmp(argv[0], "no-password") == 0)
		rd_config_warning(look->report, look->spot.step->file, look->spot.step->line,
				  "DISA(no-password): whoever calls %s in [%s] dials on as one of "
				  "the house",
				  look->spot.exten->name, look->spot.exten->context->name);
	else if (*argv[0] == '/')
		look_at_file(look, &pins);
	else
		tell_pin(look, pins.what, argv[0]);
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

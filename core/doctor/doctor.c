/* The report as it is printed, and the order in which things are looked at. */
#include "core/doctor/doctor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/cli/client.h"
#include "core/config/config.h"

static unsigned counts[RD__FINDING_WRONG + 1];

static const char *const marks[] = { "ok    ", "LOOK  ", "WRONG " };

void rd__doctor_tell(enum rd__finding finding, const char *what, const char *mend, const char *fmt,
		     ...)
{
	va_list ap;

	counts[finding]++;
	printf("%s%s: ", marks[finding], what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (mend && finding != RD__FINDING_GOOD)
		printf("      -> %s\n", mend);
	fflush(stdout);
}

/* ---- the configuration ---- */

static bool is_daemon_running(void)
{
	int fd = rd__control_connect();

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void rd__doctor_begin(void)
{
	rd__config_examine(is_daemon_running());
	rd__doctor_see_as_daemon();
}

static const char warning[] = "warning: ";

/* The line says already which of them it is. */
static void tell_finding(const char *text, bool is_error, void *arg)
{
	const char *kind = is_error ? NULL : strstr(text, warning);
	const char *rest = kind ? kind + sizeof(warning) - 1 : "";

	(void)arg;
	rd__doctor_tell(is_error ? RD__FINDING_WRONG : RD__FINDING_UNWISE, "configuration", NULL,
			"%.*s%s", kind ? (int)(kind - text) : (int)strlen(text), text, rest);
}

void rd__doctor_configuration(const struct rd_config_report *report, int rc, bool all_modules)
{
	unsigned before = counts[RD__FINDING_WRONG];

	rd__report_each(report, tell_finding, NULL);
	if (rc < 0 && counts[RD__FINDING_WRONG] == before)
		rd__doctor_tell(RD__FINDING_WRONG, "configuration", NULL, "%s", rd_strerror(rc));
	else if (rc == 0)
		rd__doctor_tell(RD__FINDING_GOOD, "configuration", NULL, "%s is understood%s",
				rd_directory("etc"), all_modules ? ", with all modules" : "");
}

/* ---- the daemon ---- */

/* What "core show health" marks, it also says how to mend. */
static void tell_health(struct rd_str said)
{
	struct rd_str one;
	bool well = true;

	while (rd_str_cut(&said, '\n', &one)) {
		if (!one.n || *one.p != '!')
			continue;
		well = false;
		rd__doctor_tell(RD__FINDING_UNWISE, "daemon", NULL, "%.*s", (int)one.n - 2,
				one.p + 2);
	}
	if (well)
		rd__doctor_tell(RD__FINDING_GOOD, "daemon", NULL, "it runs and is well");
}

static void look_at_daemon(void)
{
	struct rd_buf version, said;
	int fd, status = 0;

	if (!is_daemon_running()) {
		rd__doctor_tell(RD__FINDING_UNWISE, "daemon", "systemctl start ringdown",
				"none runs with the configuration in %s", rd_directory("etc"));
		return;
	}
	rd_buf_init(&version);
	rd_buf_init(&said);
	fd = rd__client_connect(&version);
	if (fd >= 0 && rd__client_run_into(fd, "core show health", &said, &status) == 0)
		tell_health((struct rd_str){ said.p, said.n });
	else
		rd__doctor_tell(RD__FINDING_WRONG, "daemon", "its log may say why",
				"it runs, and does not answer");
	if (fd >= 0)
		close(fd);
	rd_buf_fini(&said);
	rd_buf_fini(&version);
}

/* ---- all of it ---- */

int rd__doctor_end(void)
{
	rd__doctor_see_as_root();
	rd__doctor_machine();
	look_at_daemon();
	rd__doctor_call();
	printf("%u wrong, %u to look at, %u good\n", counts[RD__FINDING_WRONG],
	       counts[RD__FINDING_UNWISE], counts[RD__FINDING_GOOD]);
	return counts[RD__FINDING_WRONG] > 0;
}

/* The simulated house with the real interpreter: see sim_dialplan.h. */
#include "tests/sim/sim_dialplan.h"

#include <stdlib.h>

#include <ringdown/log.h>

#include "core/base/zone.h"
#include "core/call/registry.h"
#include "core/config/config.h"
#include "tests/unit/conf_dir.h"

struct sim_phone sim_alice;

static const struct rd_module *dialplan;
static struct rd_buf notes;
static char *errors;

static int note(struct rd_channel *ch, const char *args)
{
	(void)ch;
	if (notes.n)
		rd_buf_addc(&notes, ' ');
	rd_buf_adds(&notes, args);
	return 0;
}

/* As Background() does when a key is pressed. */
static int key(struct rd_channel *ch, const char *args)
{
	(void)ch;
	return args[0];
}

static int fail_app(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return -EIO;
}

static int wait_app(struct rd_channel *ch, const char *args)
{
	return rd_channel_sleep(ch, atoi(args) * 1000);
}

static int incomplete(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return RD_APP_INCOMPLETE;
}

static int hang_up(struct rd_channel *ch, const char *args)
{
	rd_hangup(ch, atoi(args));
	return -ECANCELED;
}

static const char *variables, *text;

static int expand(struct rd_channel *ch, const char *args)
{
	struct rd_str rest = rd_str_of(variables), line, name;
	char one[80];
	bool more = true;
	int rc = 0;

	(void)args;
	while (more && rc == 0) {
		more = rd_str_cut(&rest, '\n', &line);
		if (!rd_str_cut(&line, '=', &name))
			continue;
		rd_strcpyn(one, sizeof(one), name);
		name.p = rd_strndup(line.p, line.n);
		rc = name.p ? rd_var_set(ch, one, name.p) : -ENOMEM;
		rd_free((char *)name.p);
	}
	return rc ? rc : rd_dialplan_expand(ch, text, &notes);
}

const char *sim_expand(const char *set, const char *to_expand)
{
	variables = set;
	text = to_expand;
	sim_plan("[sim]\nexten => 100,1,Expand()\n"
		 "exten => 555,1,Note(x)\nexten => 555,hint,Sim/alice(Alice)\n"
		 "exten => 555,5(five),Note(x)\n");
	return sim_dial("100");
}

static const struct rd_app apps[] = {
	{ .name = "Note", .run = note },
	{ .name = "Key", .run = key },
	{ .name = "Fail", .run = fail_app },
	{ .name = "Pause", .run = wait_app },
	{ .name = "Unfinished", .run = incomplete },
	{ .name = "HangUp", .run = hang_up },
	{ .name = "Expand", .run = expand },
};

int sim_dialplan_begin(void **state)
{
	static const char *const modules[] = { "app_goto", "app_set", "app_verbose", "app_exec",
					       "func_strings", "func_callerid", "func_channel" };

	sim_begin(state);
	rd_log_max = RD_LOG_WARNING;
	sim_alice = (struct sim_phone){ .name = "alice" };
	sim_phones(&sim_alice, 1);
	conf_dir_make();
	rd_buf_init(&notes);
	dialplan = sim_load("dialplan");
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		sim_load(modules[i]);
	for (size_t i = 0; i < RD_ARRAY_SIZE(apps); i++)
		assert_int_equal(rd__app_add(&apps[i], "test"), 0);
	return 0;
}

int sim_dialplan_end(void **state)
{
	sim_finish();
	dialplan->unload();
	for (size_t i = 0; i < RD_ARRAY_SIZE(apps); i++)
		rd__app_remove(&apps[i]);
	conf_dir_remove();
	rd__zone_forget();
	rd_buf_fini(&notes);
	rd_free(errors);
	errors = NULL;
	return sim_end(state);
}

static int build(const char *extensions, void **snapshot)
{
	struct rd_config_report *report;
	int rc;

	conf_dir_write("extensions.conf", extensions);
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = dialplan->config->build(snapshot, report);
	if (rc == 0)
		dialplan->review(*snapshot, report);
	rd_free(errors);
	errors = conf_report_text(report);
	rd_config_report_free(report);
	return rc;
}

void sim_plan(const char *extensions)
{
	void *snapshot;

	if (build(extensions, &snapshot))
		fail_msg("%s", errors);
	dialplan->config->commit(snapshot);
	rd__dialplan_set(NULL);
	assert_int_equal(rd__dialplan_set(dialplan->dialplan), 0);
}

const char *sim_plan_errors(const char *extensions)
{
	void *snapshot;

	if (build(extensions, &snapshot) == 0)
		dialplan->config->discard(snapshot);
	return errors;
}

const struct rd_cli_command *sim_dialplan_commands(void)
{
	return dialplan->commands;
}

const char *sim_dial(const char *exten)
{
	rd_buf_reset(&notes);
	sim_call(&sim_alice, exten);
	sim_finish();
	return rd_buf_text(&notes);
}

const char *sim_notes(void)
{
	return rd_buf_text(&notes);
}

/* Load and reload: all or nothing, in order, and off the switch thread. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include "core/sched/sched.h"

/* A participant that notes what happens to it. */
struct part {
	const char *name;
	int build_rc;
	bool complain;
	int snapshot;
	bool off_thread;
};

static char told[256];
static struct part parts[2];

static int build_part(struct part *part, void **snapshot, struct rd_config_report *report)
{
	strcat(told, part->name);
	strcat(told, ":build ");
	part->off_thread = !rd__sched_is_switch_thread();
	if (part->complain)
		rd_config_error(report, "x.conf", 7, "%s is wrong", part->name);
	if (part->build_rc == 0)
		*snapshot = &part->snapshot;
	return part->build_rc;
}

static int build_a(void **snapshot, struct rd_config_report *report)
{
	return build_part(&parts[0], snapshot, report);
}

static int build_b(void **snapshot, struct rd_config_report *report)
{
	return build_part(&parts[1], snapshot, report);
}

static void note(void *snapshot, const char *what)
{
	strcat(told, snapshot == &parts[0].snapshot ? "a:" : "b:");
	strcat(told, what);
	assert_true(rd__sched_is_switch_thread());
}

static void commit(void *snapshot)
{
	note(snapshot, "commit ");
}

static void discard(void *snapshot)
{
	note(snapshot, "discard ");
}

static void review(void *snapshot, struct rd_config_report *report)
{
	note(snapshot, "review ");
	rd_config_warning(report, "x.conf", 9, "a doubt");
}

/* Each can ask what the other has built, as long as that is looked over. */
static void review_other(void *snapshot, struct rd_config_report *report)
{
	bool is_a = snapshot == &parts[0].snapshot;

	(void)report;
	assert_ptr_equal(rd_config_coming(is_a ? "b" : "a"), &parts[is_a].snapshot);
	assert_null(rd_config_coming("c"));
	note(snapshot, "review ");
}

static bool lacks;

static void prepare(void *snapshot, struct rd_config_report *report)
{
	note(snapshot, "prepare ");
	if (lacks)
		rd_config_error(report, "x.conf", 3, "not to be had");
}

static const char *const files_of_a[] = { "queues.conf", NULL };

static const struct rd_module_config config_a = {
	.files = files_of_a,
	.build = build_a,
	.commit = commit,
	.discard = discard,
};
static const struct rd_module_config config_b = {
	.build = build_b,
	.commit = commit,
	.discard = discard,
};

static int begin(void **state)
{
	(void)state;
	told[0] = '\0';
	parts[0] = (struct part){ .name = "a" };
	parts[1] = (struct part){ .name = "b" };
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd__config_join("a", &config_a), 0);
	assert_int_equal(rd__config_join("b", &config_b), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	rd__config_leave(&config_a);
	rd__config_leave(&config_b);
	rd__sched_fini();
	return 0;
}

struct asked {
	const char *owner;
	bool check;
	struct rd_config_report *report;
};

static int ask(void *arg)
{
	struct asked *asked = arg;

	return asked->check ? rd__config_check(asked->report)
			    : rd__config_reload(asked->owner, asked->report);
}

/* What a reload of owner returns, says, and does. */
static void expect(const char *owner, bool check, int rc, const char *said,
		   const char *done)
{
	struct asked asked = { owner, check, NULL };
	char *text;

	assert_int_equal(rd_config_report_new(&asked.report), 0);
	assert_int_equal(rd__sched_call(ask, &asked), rc);
	text = conf_report_text(asked.report);
	assert_string_equal(text, said);
	assert_string_equal(told, done);
	rd_free(text);
	rd_config_report_free(asked.report);
	told[0] = '\0';
}

static void all_build_then_all_commit(void **state)
{
	(void)state;
	expect(NULL, false, 0, "", "a:build b:build a:commit b:commit ");
	assert_true(parts[0].off_thread);
}

static void one_error_discards_all(void **state)
{
	(void)state;
	parts[1].complain = true;
	expect(NULL, false, -EINVAL, "x.conf:7: b is wrong\n",
	       "a:build b:build a:discard b:discard ");
	parts[1].build_rc = -EINVAL;
	expect(NULL, false, -EINVAL, "x.conf:7: b is wrong\n",
	       "a:build b:build a:discard ");
}

static void every_build_runs_in_spite_of_errors(void **state)
{
	(void)state;
	parts[0].build_rc = -ENOMEM; /* and it says nothing itself */
	parts[1].complain = true;
	expect(NULL, false, -EINVAL, "a: cannot allocate memory\nx.conf:7: b is wrong\n",
	       "a:build b:build b:discard ");
}

static void one_owner_alone(void **state)
{
	(void)state;
	parts[0].complain = true;
	expect("b", false, 0, "", "b:build b:commit ");
	expect("nobody", false, -ENOENT, "", "");
}

static void what_was_built_is_looked_over_before_the_commit(void **state)
{
	(void)state;
	rd__config_set_review(&config_b, review, NULL);
	expect(NULL, false, 0, "x.conf:9: warning: a doubt\n",
	       "a:build b:build b:review a:commit b:commit ");
	expect(NULL, true, 0, "x.conf:9: warning: a doubt\n",
	       "a:build b:build b:review a:discard b:discard ");
	parts[0].complain = true; /* errors first */
	expect(NULL, false, -EINVAL, "x.conf:7: a is wrong\n",
	       "a:build b:build a:discard b:discard ");
	parts[0].build_rc = -EINVAL; /* but who asks for a report gets all of it */
	expect(NULL, true, -EINVAL, "x.conf:7: a is wrong\nx.conf:9: warning: a doubt\n",
	       "a:build b:build b:review b:discard ");
}

/* What was wrong before, in modules.conf, hides nothing; but nothing comes into force. */
static void an_earlier_mistake_hides_no_doubt(void **state)
{
	struct asked asked = { NULL, false, NULL };
	char *text;

	(void)state;
	rd__config_set_review(&config_b, review, NULL);
	assert_int_equal(rd_config_report_new(&asked.report), 0);
	rd_config_error(asked.report, "y.conf", 1, "a mistake");
	assert_int_equal(rd__sched_call(ask, &asked), -EINVAL);
	text = conf_report_text(asked.report);
	assert_string_equal(text, "y.conf:1: a mistake\nx.conf:9: warning: a doubt\n");
	assert_string_equal(told, "a:build b:build b:review a:discard b:discard ");
	rd_free(text);
	rd_config_report_free(asked.report);
}

static void a_review_sees_what_others_have_built(void **state)
{
	(void)state;
	rd__config_set_review(&config_a, review_other, NULL);
	rd__config_set_review(&config_b, review_other, NULL);
	assert_null(rd_config_coming("a"));
	expect(NULL, false, 0, "",
	       "a:build b:build a:review b:review a:commit b:commit ");
	assert_null(rd_config_coming("a"));
}

/* All of them try, after all looked; a check does not. */
static void what_cannot_be_had_discards_all(void **state)
{
	(void)state;
	rd__config_set_review(&config_a, NULL, prepare);
	rd__config_set_review(&config_b, review, prepare);
	lacks = false;
	expect(NULL, false, 0, "x.conf:9: warning: a doubt\n",
	       "a:build b:build b:review a:prepare b:prepare a:commit b:commit ");
	expect(NULL, true, 0, "x.conf:9: warning: a doubt\n",
	       "a:build b:build b:review a:discard b:discard ");
	lacks = true;
	expect("a", false, -EINVAL, "x.conf:3: not to be had\n",
	       "a:build a:prepare a:discard ");
	parts[1].complain = true;
	expect(NULL, false, -EINVAL, "x.conf:7: b is wrong\n",
	       "a:build b:build a:discard b:discard ");
}

static void a_check_changes_nothing(void **state)
{
	(void)state;
	expect(NULL, true, 0, "", "a:build b:build a:discard b:discard ");
}

static int second_rc;

static int second(void *arg)
{
	second_rc = rd__config_reload(NULL, arg);
	return 0;
}

static int reload_twice(void *arg)
{
	rd_fiber_new_detached("second", second, arg);
	return rd__config_reload(NULL, arg);
}

static void two_at_a_time_is_one_too_many(void **state)
{
	struct rd_config_report *report;

	(void)state;
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__sched_call(reload_twice, report), 0);
	assert_int_equal(second_rc, -EBUSY);
	rd_config_report_free(report);
}

/* Of a directory that comes from Asterisk, what has no effect; what a participant
 * reads has one. */
static void files_that_nobody_reads_are_named(void **state)
{
	struct rd_config_report *report;
	char *text;

	(void)state;
	conf_dir_make();
	conf_dir_write("queues.conf", "[general]\n");
	conf_dir_write("voicemail.conf", "[general]\n");
	conf_dir_write("ours.conf", "[general]\n");
	assert_int_equal(rd_config_report_new(&report), 0);
	rd__config_note_foreign(report);
	text = conf_report_text(report);
	assert_string_equal(text, "voicemail.conf: warning: is not read: the module that would "
				  "read it is not loaded\n");
	rd_free(text);
	rd_config_report_free(report);
	conf_dir_remove();
}

#define JOINED(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		JOINED(all_build_then_all_commit),
		JOINED(one_error_discards_all),
		JOINED(every_build_runs_in_spite_of_errors),
		JOINED(one_owner_alone),
		JOINED(what_was_built_is_looked_over_before_the_commit),
		JOINED(an_earlier_mistake_hides_no_doubt),
		JOINED(a_review_sees_what_others_have_built),
		JOINED(what_cannot_be_had_discards_all),
		JOINED(a_check_changes_nothing),
		JOINED(two_at_a_time_is_one_too_many),
		JOINED(files_that_nobody_reads_are_named),
	};

	return RUN_GROUP(tests);
}

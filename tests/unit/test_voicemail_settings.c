/* voicemail.conf: mailboxes and what holds for them, and each mistake by its line. */
#include "tests/unit/test.h"

#include "apps/app_voicemail/settings.h"
#include "core/base/alloc.h"
#include "core/base/zone.h"
#include "core/media/media.h"
#include "tests/unit/conf_dir.h"

/* What is asked for when the configuration changes has no fiber here. */
void vm_keeper_wake(void)
{
}

static char *errors;

/* 0 and in force, or what build() returned; .errors is what was reported. */
static int read_conf(const char *text)
{
	struct rd_config_report *report;
	void *snapshot;
	int rc;

	conf_dir_write("voicemail.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = vm_config.build(&snapshot, report);
	if (!rc)
		vm_config.commit(snapshot);
	rd_free(errors);
	errors = conf_report_text(report);
	rd_config_report_free(report);
	return rc;
}

static int teardown(void **state)
{
	rd_free(errors);
	errors = NULL;
	vm_config.commit(NULL);
	rd__zone_forget();
	return conf_dir_teardown(state);
}

static const struct vm_box *box(const char *name)
{
	struct vm_settings *settings = vm_settings_ref();
	const struct vm_box *found = vm_settings_box(settings, name);

	vm_settings_unref(settings);
	return found;
}

static void a_mailbox_has_what_its_line_says_and_general_for_the_rest(void **state)
{
	(void)state;
	assert_int_equal(read_conf("[general]\nmaxsecs = 120\nreview = yes\nmaxmsg = 7\n"
				   "[default]\n"
				   "1001 => 4711,Anna Berg,anna@example.org,,review=no|maxmsg=3\n"
				   "1002 =>\n"
				   "[sales]\n1001 => -99,Bob\n"),
			 0);
	assert_string_equal(errors, "");
	assert_string_equal(box("1001")->pin, "4711");
	assert_string_equal(box("1001")->owner, "Anna Berg");
	assert_string_equal(box("1001")->email, "anna@example.org");
	assert_false(box("1001@default")->options.review);
	assert_int_equal(box("1001")->options.maxmsg, 3);
	assert_int_equal(box("1001")->options.maxsecs_ms, 120000);
	assert_string_equal(box("1002")->pin, "");
	assert_true(box("1002")->options.review);
	assert_int_equal(box("1002")->options.maxmsg, 7);
	assert_string_equal(box("1001@sales")->pin, "99");
	assert_true(box("1001@sales")->pin_fixed);
	assert_false(box("1001")->pin_fixed);
	assert_null(box("1003"));
	assert_null(box("1002@sales"));
	assert_null(box(""));
}

static void a_context_that_is_there_twice_has_the_mailboxes_of_both(void **state)
{
	(void)state;
	assert_int_equal(read_conf("[default]\n1001 => 1\n[sales]\n[default]\n1002 => 2\n"), 0);
	assert_non_null(strstr(errors, "voicemail.conf:4: warning: a second section [default]"));
	assert_string_equal(box("1001")->pin, "1");
	assert_string_equal(box("1002")->pin, "2");
}

static void without_a_file_there_is_no_mailbox(void **state)
{
	struct vm_settings *settings;
	size_t pos = 0;
	void *snapshot;

	(void)state;
	assert_int_equal(vm_config.build(&snapshot, NULL), 0);
	vm_config.commit(snapshot);
	settings = vm_settings_ref();
	assert_null(vm_settings_next(settings, &pos, NULL));
	assert_string_equal(settings->general.format, "wav");
	vm_settings_unref(settings);
}

static void an_alias_is_another_name(void **state)
{
	(void)state;
	assert_int_equal(read_conf("[general]\naliasescontext = names\n"
				   "[default]\n1001 => 1\n"
				   "[names]\n555@phones => 1001@default\n"),
			 0);
	assert_ptr_equal(box("555@phones"), box("1001"));
	assert_int_equal(read_conf("[general]\naliasescontext = names\n"
				   "[default]\n1001 => 1\n"
				   "[names]\n555 => 1002@default\n"),
			 -EINVAL);
	assert_non_null(strstr(errors, "voicemail.conf:6: 555: there is no mailbox 1002@default"));
	assert_ptr_equal(box("555@phones"), box("1001")); /* nothing has changed */
}

static void a_zone_says_where_and_how(void **state)
{
	struct vm_settings *settings;

	(void)state;
	assert_int_equal(read_conf("[general]\ntz = home\n"
				   "[zonemessages]\nhome=Europe/Berlin|'vm-received' Q R\n"
				   "plain=America/New_York\n"
				   "[default]\n1001 => 1\n1002 => 1,,,,tz=plain\n"),
			 0);
	settings = vm_settings_ref();
	assert_string_equal(vm_settings_zone(settings, box("1001"))->timezone, "Europe/Berlin");
	assert_string_equal(vm_settings_zone(settings, box("1001"))->format, "'vm-received' Q R");
	assert_string_equal(vm_settings_zone(settings, box("1002"))->timezone, "America/New_York");
	vm_settings_unref(settings);
}

static void each_mistake_is_told_with_its_line(void **state)
{
	static const char *const told[] = {
		"voicemail.conf:3: ",
		"voicemail.conf:5: zonemessages: away: there is no timezone",
		"voicemail.conf:7: warning: mailbox 1001: a PIN of digits was expected",
		"voicemail.conf:8: mailbox \"a/b\"",
		"voicemail.conf:9: warning: mailbox 1003: \"review\" is left out",
		"voicemail.conf:10: warning: mailbox 1004: tz: [zonemessages] has no \"mars\"",
		"voicemail.conf:11: ",
		"voicemail.conf:13: warning: mailbox 1006@default is there twice, this line counts",
		"[../etc]",
	};
	(void)state;
	assert_int_equal(read_conf("[general]\nreview = no\npollfreq = often\n"
				   "[zonemessages]\naway=Moon/Crater\n"
				   "[default]\n1001 => secret\na/b => 1\n1003 => 1,,,,review\n"
				   "1004 => 1,,,,tz=mars\n1005 => 1,,,,maxmsg=many\n"
				   "1006 => 1\n1006 => 1\n"
				   "[../etc]\n1007 => 1\n"),
			 -EINVAL);
	assert_non_null(strstr(errors, told[0]));
	/* What is wrong in [general] hides the rest: mailboxes would repeat it. */
	assert_int_equal(read_conf("[general]\nreview = no\n;\n"
				   "[zonemessages]\naway=Moon/Crater\n"
				   "[default]\n1001 => secret\na/b => 1\n1003 => 1,,,,review\n"
				   "1004 => 1,,,,tz=mars\n1005 => 1,,,,maxmsg=many\n"
				   "1006 => 1\n1006 => 1\n"
				   "[../etc]\n1007 => 1\n"),
			 -EINVAL);
	for (size_t i = 1; i < RD_ARRAY_SIZE(told); i++)
		if (!strstr(errors, told[i]))
			fail_msg("\"%s\" is not in:\n%s", told[i], errors);
}

static void of_a_mailbox_that_is_there_twice_the_last_counts(void **state)
{
	struct vm_settings *settings;

	(void)state;
	assert_int_equal(read_conf("[default]\n1001 => 1,Bob\n1001 => 2,Rob\n"), 0);
	settings = vm_settings_ref();
	assert_string_equal(box("1001")->owner, "Rob");
	vm_settings_unref(settings);
}

static void what_asterisk_takes_does_not_stop_the_start(void **state)
{
	(void)state;
	assert_int_equal(read_conf("[general]\nbackupdeleted = yes\n"
				   "emailbody = a${IF($[${VM_DUR}>1]?${X}:y)}b ${VM_DUR}\n"
				   "[default]\n1001 => 12a4\n1002 => 1,,,,backupdeleted=no|attach\n"
				   "1003 => 1,,,,backupdeleted=7\n"),
			 0);
	assert_non_null(strstr(errors, "voicemail.conf:3: warning: emailbody: "
				       "${IF($[${VM_DUR}>1]?${X}:y)} is left out"));
	assert_int_equal(box("1001")->options.backupdeleted, 100);
	assert_int_equal(box("1002")->options.backupdeleted, 0);
	assert_int_equal(box("1003")->options.backupdeleted, 7);
	assert_string_equal(box("1001")->pin, "12a4"); /* not "", which anybody could set */
	assert_int_equal(read_conf("[general]\nemailbody = ${VM_NAM}\n"), -EINVAL);
	assert_int_equal(read_conf("[general]\nbackupdeleted = jes\n"), -EINVAL);
}

static void what_a_mailbox_of_asterisk_has_does_not_stop_the_start(void **state)
{
	(void)state;
	assert_int_equal(read_conf("[default]\n"
				   "1001 => 1,,anna@example.org,,deletevoicemail=yes\n"
				   "1002 => 1,,,,passwordlocation=spooldir|attachextrecs=yes\n"
				   "1003 => 1,,,,sendvoicemail=yes\n"),
			 0);
	assert_true(box("1003")->options.sendvoicemail);
	assert_false(box("1002")->options.sendvoicemail);
	assert_true(box("1001")->options.delete_sent);
	assert_false(box("1002")->options.delete_sent);
	assert_non_null(strstr(errors, "voicemail.conf:3: warning: [default] passwordlocation has "
				       "no effect"));
	assert_non_null(strstr(errors, "voicemail.conf:3: warning: [default] attachextrecs"));
	assert_int_equal(read_conf("[general]\npasswordlocation = spooldir\n"), 0);
	assert_non_null(strstr(errors, "voicemail.conf:2: warning: [general] passwordlocation"));
}

static void by_a_minus_alone_nobody_logs_in(void **state)
{
	(void)state;
	assert_int_equal(read_conf("[default]\n1001 => 1\n1002 => -,Bob\n"), 0);
	assert_non_null(strstr(errors, "voicemail.conf:3: warning: mailbox 1002: a PIN of digits"));
	assert_string_equal(box("1002")->pin, "-");
	assert_true(box("1002")->pin_fixed);
}

static void an_option_without_effect_is_named_once(void **state)
{
	const char *first;

	(void)state;
	assert_int_equal(read_conf("[general]\nvolgain = 2\n[default]\n1001 => 1\n1002 => 1\n"), 0);
	first = strstr(errors, "volgain");
	assert_non_null(first);
	assert_null(strstr(first + 1, "volgain"));
	assert_int_equal(read_conf("[general]\nvm-pasword = x\n"), -EINVAL);
	first = strstr(errors, "vm-pasword");
	assert_non_null(first);
	assert_null(strstr(first + 1, "vm-pasword\""));
	assert_int_equal(read_conf("[general]\nvm-password = x\npbxskip = yes\nminpassword = 0\n"
				   "[default]\n1001 => 1,A,,,imapuser=a\n"), 0);
	assert_non_null(strstr(errors, "voicemail.conf:2: warning: [general] vm-password has no "
				       "effect: another recording of that name"));
	assert_non_null(strstr(errors, "voicemail.conf:6: warning: [default] imapuser"));
}

static int write_nothing(const char *path, int rate, bool append, void **file)
{
	(void)path, (void)rate, (void)append, (void)file;
	return -ENOSYS;
}

static const struct rd_format gsm = { .name = "gsm", .extension = "gsm",
				      .open_write = write_nothing };
static const struct rd_format wav = { .name = "wav", .extension = "wav",
				      .open_write = write_nothing };
static const struct rd_format only_read = { .name = "ogg", .extension = "ogg" };

static long allocations = -1; /* that are left while it is chosen; -1: any number */

/* What is taken of these while the modules are there; "": the file is refused. */
static const char *format_of(const char *formats)
{
	static char taken[16];
	struct rd_config_report *report;
	char text[4096];
	void *snapshot;

	snprintf(text, sizeof(text), "[general]\nformat = %s\n", formats);
	conf_dir_write("voicemail.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(vm_config.build(&snapshot, report), 0);
	rd__alloc_fail_after(allocations);
	vm_settings_review(snapshot, report);
	rd__alloc_fail_after(-1);
	snprintf(taken, sizeof(taken), "%s",
		 rd_config_errors(report) ? "" : ((struct vm_settings *)snapshot)->general.format);
	vm_config.discard(snapshot);
	rd_free(errors);
	errors = conf_report_text(report);
	rd_config_report_free(report);
	return taken;
}

static void the_first_format_that_is_written_here_is_taken(void **state)
{
	(void)state;
	rd__format_add(&wav, "test");
	rd__format_add(&only_read, "test");
	assert_string_equal(format_of("wav49|gsm|wav"), "wav");
	assert_string_equal(errors, "voicemail.conf:2: warning: format: a message is one file, "
				    "and that is wav\n");
	assert_string_equal(format_of("gsm"), "wav");
	assert_non_null(strstr(errors, ":2: warning: format: nothing writes files of the format "
				       "\"gsm\" here; messages are wav"));
	assert_string_equal(format_of("wav49"), "wav");
	rd__format_remove(&wav);
	assert_string_equal(format_of("ogg, gsm"), "");
	assert_non_null(strstr(errors, "writes files of the format \"ogg, gsm\""));
	rd__format_add(&wav, "test");
	rd__format_add(&gsm, "test");
	assert_string_equal(format_of("wav49|gsm|wav"), "gsm");
	assert_string_equal(format_of("wav, gsm"), "wav");
	assert_string_equal(format_of("gsm"), "gsm");
	assert_string_equal(errors, "");
	rd__format_remove(&gsm);
	rd__format_remove(&only_read);
	rd__format_remove(&wav);
}

/* "No module writes it" would be untrue. */
static void no_memory_is_needed_to_choose_a_format(void **state)
{
	char formats[3000];

	(void)state;
	memset(formats, 'x', sizeof(formats));
	strcpy(formats + sizeof(formats) - 5, "|wav");
	rd__format_add(&wav, "test");
	allocations = 0;
	assert_string_equal(format_of(formats), "wav");
	allocations = -1;
	rd__format_remove(&wav);
}

static void what_is_not_attached_is_not_deleted(void **state)
{
	(void)state;
	assert_int_equal(read_conf("[default]\n1001 => 1,A,a@example.org,,delete=yes\n"
				   "1002 => 1,B,b@example.org,,attach=no|delete=yes\n"),
			 0);
	assert_null(strstr(errors, "mailbox 1001"));
	assert_non_null(
		strstr(errors, "voicemail.conf:3: warning: mailbox 1002: delete does nothing"));
}

static void what_a_mail_cannot_be_made_of_is_a_mistake(void **state)
{
	(void)state;
	assert_int_equal(read_conf("[general]\nemailbody = ${VM_NAME} ${VM_NAMES}\n"), -EINVAL);
	assert_non_null(strstr(errors, "voicemail.conf:2: "));
	assert_int_equal(read_conf("[general]\nserveremail = the office\n"), -EINVAL);
	assert_non_null(strstr(errors, "voicemail.conf:2: "));
	assert_int_equal(read_conf("[default]\n1001 => 1,Anna,anna @example.org\n"), -EINVAL);
	assert_non_null(strstr(errors, "voicemail.conf:2: mailbox 1001: \"anna @example.org\": "
				       "an address"));
	assert_int_equal(read_conf("[general]\nemailbody = A\\nB\n"
				   "[default]\n1001 => 1,Anna,a@b.org|c@d.org\n"),
			 0);
	assert_string_equal(box("1001")->options.emailbody, "A\nB");
}

static void what_no_server_takes_is_no_address(void **state)
{
	static const char *const wrong[] = { "ada@@example.org", "@example.org", "ada@",
					     "ada@example..org", "ada@.org", "ada@example.org.",
					     "b@c.org|ada@d@e.org" };
	char conf[200];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		snprintf(conf, sizeof(conf), "[default]\n1001 => 1,Ada,%s\n", wrong[i]);
		assert_int_equal(read_conf(conf), -EINVAL);
		assert_non_null(strstr(errors, "voicemail.conf:2: mailbox 1001: \""));
		snprintf(conf, sizeof(conf), "[default]\n1001 => 1,Ada,a@b.org,%s\n", wrong[i]);
		assert_int_equal(read_conf(conf), -EINVAL);
	}
	assert_int_equal(read_conf("[general]\nserveremail = a@@b.org\n"), -EINVAL);
	assert_int_equal(read_conf("[default]\n1001 => 1,Ada,ada,a.b+c@d-e.example.org|f@g|\n"), 0);
}

static void memory_may_run_out_anywhere(void **state)
{
	(void)state;
	conf_dir_write("voicemail.conf",
		       "[general]\naliasescontext = names\nreview = yes\n"
		       "[zonemessages]\nhome=Europe/Berlin|Q\n"
		       "[default]\n1001 => 1,Anna,,,tz=home|maxmsg=3\n[names]\n5 => 1001\n");
	assert_int_equal(conf_dir_build_once((void *)&vm_config), 0); /* zones are kept for good */
	assert_true(oom_sweep(conf_dir_build_once, (void *)&vm_config) > 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, conf_dir_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mailbox_has_what_its_line_says_and_general_for_the_rest),
		TEST(a_context_that_is_there_twice_has_the_mailboxes_of_both),
		TEST(without_a_file_there_is_no_mailbox),
		TEST(an_alias_is_another_name),
		TEST(a_zone_says_where_and_how),
		TEST(each_mistake_is_told_with_its_line),
		TEST(of_a_mailbox_that_is_there_twice_the_last_counts),
		TEST(what_asterisk_takes_does_not_stop_the_start),
		TEST(what_a_mailbox_of_asterisk_has_does_not_stop_the_start),
		TEST(by_a_minus_alone_nobody_logs_in),
		TEST(an_option_without_effect_is_named_once),
		TEST(what_is_not_attached_is_not_deleted),
		TEST(the_first_format_that_is_written_here_is_taken),
		TEST(no_memory_is_needed_to_choose_a_format),
		TEST(what_a_mail_cannot_be_made_of_is_a_mistake),
		TEST(what_no_server_takes_is_no_address),
		TEST(memory_may_run_out_anywhere),
	};

	return RUN_GROUP(tests);
}

/* Call files: what is put into the spool's folder makes a call when it is due, once, and goes. The
 * folder is a real one, and so is what the kernel tells of it; the clock is not: each file gets a
 * time of that clock. */
#include "tests/sim/sim_dialplan.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ringdown/config.h>

#include "core/call/call.h"
#include "tests/sim/sim_prompts.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/console.h"

enum { SETTLE_ROUNDS = 50 };

static struct sim_phone phones[2];
static struct sim_phone *bob = &phones[0], *carol = &phones[1];
static const struct rd_module *spool;

static const char plan[] =
	"[sim]\nexten => 7,1,Note(${EXTEN}-${WHAT}-${CALLERID(num)}-${CHANNEL(accountcode)})\n"
	" same => n(two),Note(two)\n same => n,Pause(60)\n"
	"[tells]\nexten => s,1,Note(no)\n"
	"exten => failed,1,Note(${EXTEN}-${WHAT}-${CALLERID(num)}-${REASON})\n";

/* ---- the kernel, in the place of the library's calls ---- */

static atomic_int watching = -1; /* the descriptor by which it tells of the folder */
static atomic_int opened_here, closed_here; /* on the switch thread, times */

static bool is_switch_thread(void)
{
	return syscall(SYS_gettid) == getpid();
}

RD_API_BEGIN

int inotify_init1(int flags)
{
	int fd = (int)syscall(SYS_inotify_init1, flags);

	opened_here += is_switch_thread();
	watching = fd;
	return fd;
}

int close(int fd)
{
	if (fd >= 0 && fd == watching) {
		closed_here += is_switch_thread();
		watching = -1;
	}
	return (int)syscall(SYS_close, fd);
}

RD_API_END

/* ---- the house ---- */

/* What other threads and the kernel do takes real time; of ours none passes to speak of. */
static void settle(void)
{
	for (int i = 0; i < SETTLE_ROUNDS; i++) {
		usleep(1000);
		sim_pass(1);
	}
}

static int load_rc;

static int run_load(void *arg)
{
	(void)arg;
	load_rc = spool->load();
	return 0;
}

static int run_unload(void *arg)
{
	(void)arg;
	spool->unload();
	return 0;
}

/* Nobody is called before other modules, and the phones, have had their time. */
static void load(void)
{
	int called = bob->called;

	load_rc = -1;
	assert_int_equal(rd_fiber_new_detached("load", run_load, NULL), 0);
	settle();
	assert_int_equal(load_rc, 0);
	sim_pass(2500);
	settle();
	assert_int_equal(bob->called, called);
	sim_pass(1000);
	settle();
}

static void unload(void)
{
	assert_int_equal(rd_fiber_new_detached("unload", run_unload, NULL), 0);
	settle();
}

static int begin(void **state)
{
	sim_dialplan_begin(state);
	phones[0] = (struct sim_phone){ .name = "bob", .ring_ms = 10, .answer_ms = 2000 };
	phones[1] = (struct sim_phone){ .name = "carol", .ring_ms = 10, .answer_ms = 2000 };
	sim_phones(phones, 2);
	sim_sound();
	conf_dir_write("spool/x", "");
	sim_directories();
	spool = sim_load("pbx_spool");
	sim_plan(plan);
	load();
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	unload();
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

/* ---- steps ---- */

static const char *path_of(const char *folder, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/spool/%s/%s", conf_dir_path(), folder, name);
	return path;
}

static void touch(const char *path, int in_s)
{
	struct timespec times[2] = { { .tv_sec = rd_wall() + in_s } };

	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Written elsewhere, and moved in when it is whole. */
static void put(const char *name, const char *text, int in_s)
{
	char target[512];

	conf_dir_write("spool/new", text);
	touch(path_of("", "new"), in_s);
	rd_strcpy(target, sizeof(target), path_of("outgoing", name));
	assert_int_equal(rename(path_of("", "new"), target), 0);
	settle();
}

static bool is_there(const char *folder, const char *name)
{
	return access(path_of(folder, name), F_OK) == 0;
}

static const char *content(const char *folder, const char *name)
{
	static char text[2048];
	FILE *f = fopen(path_of(folder, name), "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	return text;
}

static void pass(int ms)
{
	sim_pass(ms);
	settle();
}

#define CALL_BOB "Channel: Sim/bob\nApplication: Note\nData: hi\n"

/* ---- what a file says ---- */

static void a_file_makes_a_call_and_goes(void **state)
{
	(void)state;
	put("a.call", CALL_BOB, 0);
	assert_int_equal(bob->called, 1);
	assert_true(is_there("outgoing", "a.call"));
	pass(3000);
	assert_string_equal(sim_notes(), "hi");
	assert_false(is_there("outgoing", "a.call"));
	assert_false(is_there("outgoing_done", "a.call"));
}

static void the_call_is_as_it_says(void **state)
{
	(void)state;
	put("a.call",
	    "# who\nchannel:Sim/bob ; the desk\nCallerID: \"Wake\" <4711>\nAccount: night\n\n"
	    "SetVar: WHAT=bell\r\nSet: CHANNEL(language)=de\nContext: sim\nExtension: 7\n",
	    0);
	assert_string_equal(bob->shown_caller, "4711");
	pass(3000);
	assert_string_equal(sim_notes(), "7-bell-bob-night two");
	assert_string_equal(rd_channel_language(bob->ch), "de");
}

static void a_priority_is_where_it_begins(void **state)
{
	(void)state;
	put("a.call", "Channel: Sim/bob\nContext: sim\nExtension: 7\nPriority: 2\n", 0);
	pass(3000);
	assert_string_equal(sim_notes(), "two");
}

static void who_does_not_answer_rings_for_its_time(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	put("a.call", CALL_BOB "WaitTime: 7\n", 0);
	pass(6500);
	assert_non_null(bob->ch);
	pass(1000);
	assert_null(bob->ch);
	assert_false(is_there("outgoing", "a.call"));
}

/* ---- when ---- */

static void it_waits_for_its_time(void **state)
{
	(void)state;
	put("a.call", CALL_BOB, 60);
	pass(58000);
	assert_int_equal(bob->called, 0);
	pass(2000);
	assert_int_equal(bob->called, 1);
}

static void its_time_may_be_changed(void **state)
{
	(void)state;
	put("a.call", CALL_BOB, 60);
	touch(path_of("outgoing", "a.call"), 600);
	pass(100000);
	assert_int_equal(bob->called, 0);
	touch(path_of("outgoing", "a.call"), 0);
	settle();
	assert_int_equal(bob->called, 1);
}

static void what_is_taken_away_is_not_called(void **state)
{
	(void)state;
	put("a.call", CALL_BOB, 60);
	assert_int_equal(unlink(path_of("outgoing", "a.call")), 0);
	settle();
	assert_console(spool->commands, "spool show", 0, "0 call files\n");
	pass(100000);
	assert_int_equal(bob->called, 0);
}

static void what_is_there_at_the_start_counts(void **state)
{
	(void)state;
	unload();
	put("a.call", CALL_BOB, 0);
	put("b.call", "Channel: Sim/carol\nApplication: Note\nData: later\n", 60);
	assert_int_equal(bob->called, 0);
	load();
	assert_int_equal(bob->called, 1);
	assert_int_equal(carol->called, 0);
	pass(62000);
	assert_int_equal(carol->called, 1);
}

/* A copy is seen when it is closed, not before, whatever becomes of its time and rights. */
static void what_is_still_being_written_is_not_read(void **state)
{
	int fd = open(path_of("outgoing", "a.call"), O_CREAT | O_WRONLY, 0600);

	(void)state;
	assert_int_equal(write(fd, "Channel: Si", 11), 11);
	touch(path_of("outgoing", "a.call"), -60);
	settle();
	assert_true(is_there("outgoing", "a.call"));
	assert_int_equal(write(fd, "m/bob\nApplication: Note\nData: hi\n", 33), 33);
	touch(path_of("outgoing", "a.call"), 60);
	close(fd);
	settle();
	assert_true(is_there("outgoing", "a.call"));
	pass(62000);
	assert_int_equal(bob->called, 1);
}

static void others_beside_it_are_left_alone(void **state)
{
	(void)state;
	put(".a.call.swp", "nothing that anybody can read", 0);
	put("a.call~", CALL_BOB, 0);
	pass(1000);
	assert_int_equal(bob->called, 0);
	assert_true(is_there("outgoing", ".a.call.swp"));
}

/* No more than the kernel's watch is opened. */
static void a_module_that_does_not_start_leaves_nothing_behind(void **state)
{
	struct rlimit usual, tight;
	int next;

	(void)state;
	unload();
	next = dup(0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	tight = usual;
	tight.rlim_cur = (rlim_t)next + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	assert_int_equal(rd_fiber_new_detached("load", run_load, NULL), 0);
	settle();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
	assert_int_equal(load_rc, -EMFILE);
	assert_int_equal(dup(0), next);
	close(next);
	load();
}

/* ---- again ---- */

static void where_files_are_kept_is_made_anew_when_it_is_gone(void **state)
{
	(void)state;
	assert_int_equal(rmdir(path_of("outgoing_done", "")), 0);
	put("a.call", CALL_BOB "Archive: yes\n", 0);
	pass(3000);
	assert_non_null(strstr(content("outgoing_done", "a.call"), "\nStatus: Completed\n"));
}

/* There is no folder to keep it in. */
static void nobody_is_called_again_because_a_file_cannot_be_kept(void **state)
{
	(void)state;
	assert_int_equal(rmdir(path_of("outgoing_done", "")), 0);
	conf_dir_write("spool/outgoing_done", "");
	put("a.call", CALL_BOB "Archive: yes\n", 0);
	pass(3000);
	assert_int_equal(bob->called, 1);
	assert_false(is_there("outgoing", "a.call"));
}

static int count_of(const char *word, const char *text)
{
	int n = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		n++;
	}
	return n;
}

static void what_cannot_be_put_aside_waits_for_another_file_in_its_place(void **state)
{
	(void)state;
	assert_int_equal(rmdir(path_of("outgoing_done", "")), 0);
	conf_dir_write("spool/outgoing_done", "");
	put("a.call", "Channel: bob\n", 0);
	touch(path_of("outgoing", "a.call"), 0);
	pass(100000);
	assert_int_equal(count_of("Status: Failed", content("outgoing", "a.call")), 1);
	assert_console(spool->commands, "spool show", 0,
		       "a.call                           is over, and could not be taken away\n"
		       "1 call file\n");
	put("a.call", CALL_BOB, 0);
	assert_int_equal(bob->called, 1);
}

static void who_is_busy_is_called_again(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	bob->refuse_ms = 100;
	bob->refuse_cause = RD_CAUSE_BUSY;
	put("a.call", CALL_BOB "MaxRetries: 2\nRetryTime: 30\nArchive: yes", 0);
	pass(1000);
	assert_int_equal(bob->called, 1);
	assert_non_null(strstr(content("outgoing", "a.call"), "Archive: yes\nStartRetry: "));
	assert_non_null(strstr(content("outgoing", "a.call"), "EndRetry: "));
	pass(28000);
	assert_int_equal(bob->called, 1);
	pass(2000);
	assert_int_equal(bob->called, 2);
	assert_true(is_there("outgoing", "a.call"));
	pass(32000);
	assert_int_equal(bob->called, 3);
	pass(1000);
	assert_false(is_there("outgoing", "a.call"));
	assert_non_null(strstr(content("outgoing_done", "a.call"), "\nStatus: Expired\n"));
	pass(100000);
	assert_int_equal(bob->called, 3);
}

static void who_answers_later_is_called_no_more(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	bob->refuse_ms = 100;
	put("a.call", CALL_BOB "MaxRetries: 5\nRetryTime: 30\nArchive: yes\n", 0);
	pass(1000);
	bob->refuse_ms = 0;
	bob->answer_ms = 100;
	pass(30000);
	pass(1000);
	assert_int_equal(bob->called, 2);
	assert_string_equal(sim_notes(), "hi");
	assert_non_null(strstr(content("outgoing_done", "a.call"), "\nStatus: Completed\n"));
}

/* The daemon ends while it rings. */
static void a_call_that_was_cut_off_is_made_again(void **state)
{
	(void)state;
	put("a.call", CALL_BOB, 0);
	assert_int_equal(bob->called, 1);
	unload();
	assert_null(bob->ch);
	assert_true(is_there("outgoing", "a.call"));
	assert_null(strstr(content("outgoing", "a.call"), "EndRetry"));
	touch(path_of("outgoing", "a.call"), 0);
	load();
	assert_int_equal(bob->called, 2);
	pass(3000);
	assert_string_equal(sim_notes(), "hi");
}

static void it_stays_for_another_time_where_it_says_so(void **state)
{
	(void)state;
	put("a.call", CALL_BOB "AlwaysDelete: no\n", 0);
	touch(path_of("outgoing", "a.call"), 60);
	pass(3000);
	assert_string_equal(sim_notes(), "hi");
	assert_true(is_there("outgoing", "a.call"));
	pass(60000);
	assert_int_equal(bob->called, 2);
}

/* A script of another user has written it, and the daemon owns the folder. */
static void what_belongs_to_another_user_is_called_too(void **state)
{
	enum { NOBODY = 65534 };
	static const char *const folders[] = { ".", "spool", "spool/outgoing",
					       "spool/outgoing_done" };
	char path[512];
	struct stat st;

	(void)state;
	if (geteuid())
		skip();
	for (size_t i = 0; i < RD_ARRAY_SIZE(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", conf_dir_path(), folders[i]);
		assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	}
	put("a.call", CALL_BOB "MaxRetries: 1\nRetryTime: 30\nArchive: yes", 60);
	assert_int_equal(seteuid(NOBODY), 0);
	bob->answer_ms = 0;
	bob->refuse_ms = 100;
	pass(61000);
	pass(1000);
	assert_int_equal(bob->called, 1);
	assert_non_null(strstr(content("outgoing", "a.call"), "\nEndRetry: "));
	assert_int_equal(stat(path_of("outgoing", "a.call"), &st), 0);
	assert_int_equal(st.st_uid, NOBODY);
	pass(30000);
	pass(1000);
	assert_int_equal(bob->called, 2);
	assert_true(is_there("outgoing_done", "a.call"));
	assert_int_equal(seteuid(0), 0);
}

/* Of a folder as /tmp is. */
static void what_cannot_be_made_ours_is_not_called_and_leaves_no_copy(void **state)
{
	enum { NOBODY = 65534 };

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(chmod(conf_dir_path(), 0755), 0);
	assert_int_equal(chmod(path_of(".", ""), 0755), 0);
	assert_int_equal(chmod(path_of("outgoing", ""), 01777), 0);
	put("a.call", CALL_BOB, 60);
	assert_int_equal(chmod(path_of("outgoing", "a.call"), 0644), 0);
	assert_int_equal(seteuid(NOBODY), 0);
	pass(61000);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(bob->called, 0);
	assert_true(is_there("outgoing", "a.call"));
	assert_false(is_there("outgoing", ".a.call"));
}

/* ---- what is wrong ---- */

static void is_put_aside(const char *text, const char *why)
{
	put("bad.call", text, 0);
	assert_false(is_there("outgoing", "bad.call"));
	assert_non_null(strstr(content("outgoing_done", "bad.call"), why));
	assert_non_null(strstr(content("outgoing_done", "bad.call"), "\nStatus: Failed\n"));
}

static void a_bad_file_is_put_aside_with_the_reason(void **state)
{
	(void)state;
	is_put_aside("Channel: Sim/bob\nMaxRetries: many\nApplication: Note\n",
		     "\n; line 2: MaxRetries: expected a number, not \"many\"\n");
	is_put_aside("Channel: bob\nApplication: Note",
		     "\n; line 1: Channel: expected TECHNOLOGY/RESOURCE, not \"bob\"\n");
	is_put_aside("\nwhatever\n", "\n; line 2: expected \"Key: Value\"\n");
	is_put_aside("Application: Note\n", "; line 0: it has no \"Channel: ");
	is_put_aside("Channel: Sim/bob\n", "; line 0: it has neither ");
	is_put_aside("Channel: Sim/bob\nApplication: NoSuch\n", "; line 2: Application: expected ");
	is_put_aside("Channel: Sim/bob\nContext: sim\nExtension: 8\n",
		     "; line 3: there is no such place in the dialplan\n");
	is_put_aside("Channel: Sim/bob\nApplication: Note\nSetVar: novalue\n",
		     "; line 3: SetVar: expected NAME=VALUE, not \"novalue\"\n");
	assert_int_equal(bob->called, 0);
}

static void the_dialplan_is_told_why_nobody_answered(void **state)
{
	(void)state;
	bob->answer_ms = 0;
	bob->refuse_ms = 100;
	bob->refuse_cause = RD_CAUSE_BUSY;
	put("a.call",
	    "Channel: Sim/bob\nContext: tells\nExtension: s\nSetVar: WHAT=it\n"
	    "CallerID: \"Wake\" <68>\nMaxRetries: 1\nRetryTime: 60\n",
	    0);
	pass(1000);
	assert_string_equal(sim_notes(), "failed-it-68-5");
	bob->refuse_ms = 0;
	pass(120000);
	assert_string_equal(sim_notes(), "failed-it-68-5 failed-it-68-3");
	put("b.call",
	    "Channel: Sim/bob\nWaitTime: 2\nApplication: Note\nData: x\n"
	    "Context: tells\n",
	    0);
	pass(5000);
	assert_string_equal(sim_notes(), "failed-it-68-5 failed-it-68-3");
}

static void early_media_is_enough_where_it_says_so(void **state)
{
	static const char file[] = "Channel: Sim/bob\nApplication: Note\nData: hi\nWaitTime: 5\n";
	char early[256];

	(void)state;
	bob->answer_ms = 0;
	bob->progress_ms = 100;
	put("a.call", file, 0);
	pass(10000);
	assert_string_equal(sim_notes(), "");
	snprintf(early, sizeof(early), "%sEarly_Media: yes\n", file);
	put("b.call", early, 0);
	pass(1000);
	assert_string_equal(sim_notes(), "hi");
	assert_int_equal(bob->called, 2);
	assert_false(is_there("outgoing", "b.call"));
}

static void what_is_unknown_or_absent_is_passed_over(void **state)
{
	(void)state;
	put("a.call", CALL_BOB "MaxRetrys: 3\nEarly_Media: yes\n", 0);
	assert_int_equal(bob->called, 1);
}

static void it_may_not_be_as_large_as_it_likes(void **state)
{
	enum { SIZE = 70000 };
	char *text = malloc(SIZE + 1);

	(void)state;
	memset(text, '\n', SIZE);
	text[SIZE] = '\0';
	put("bad.call", text, 0);
	assert_false(is_there("outgoing", "bad.call"));
	assert_true(is_there("outgoing_done", "bad.call"));
	free(text);
}

static void the_console_shows_what_waits(void **state)
{
	(void)state;
	put("a.call", CALL_BOB, 60);
	put("b.call", "Channel: Sim/carol\nApplication: Note\n", 0);
	assert_console(spool->commands, "spool show", 0,
		       "a.call                           due in 59 s\n"
		       "b.call                           is being called\n"
		       "2 call files\n");
}

/* Which takes milliseconds, as long as no call's sound could be heard. */
static void the_kernel_is_asked_to_watch_by_a_thread_of_the_pool(void **state)
{
	(void)state;
	assert_true(watching >= 0);
	unload();
	assert_int_equal(watching, -1);
	assert_int_equal(opened_here, 0);
	assert_int_equal(closed_here, 0);
	load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_makes_a_call_and_goes),
		TEST(the_call_is_as_it_says),
		TEST(a_priority_is_where_it_begins),
		TEST(who_does_not_answer_rings_for_its_time),
		TEST(it_waits_for_its_time),
		TEST(its_time_may_be_changed),
		TEST(what_is_taken_away_is_not_called),
		TEST(what_is_there_at_the_start_counts),
		TEST(what_is_still_being_written_is_not_read),
		TEST(others_beside_it_are_left_alone),
		TEST(a_module_that_does_not_start_leaves_nothing_behind),
		TEST(where_files_are_kept_is_made_anew_when_it_is_gone),
		TEST(nobody_is_called_again_because_a_file_cannot_be_kept),
		TEST(what_cannot_be_put_aside_waits_for_another_file_in_its_place),
		TEST(who_is_busy_is_called_again),
		TEST(who_answers_later_is_called_no_more),
		TEST(a_call_that_was_cut_off_is_made_again),
		TEST(it_stays_for_another_time_where_it_says_so),
		TEST(what_belongs_to_another_user_is_called_too),
		TEST(what_cannot_be_made_ours_is_not_called_and_leaves_no_copy),
		TEST(a_bad_file_is_put_aside_with_the_reason),
		TEST(the_dialplan_is_told_why_nobody_answered),
		TEST(early_media_is_enough_where_it_says_so),
		TEST(what_is_unknown_or_absent_is_passed_over),
		TEST(it_may_not_be_as_large_as_it_likes),
		TEST(the_console_shows_what_waits),
		TEST(the_kernel_is_asked_to_watch_by_a_thread_of_the_pool),
	};

	return RUN_GROUP(tests);
}

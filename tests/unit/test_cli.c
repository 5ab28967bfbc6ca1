/* The console: words of a line, what a short command means, completion, and
 * the control socket with a client at its other end. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/fiber.h>

#include "core/cli/client.h"
#include "core/cli/session.h"
#include "core/sched/sched.h"

static int say_words(struct rd_cli *cli, int argc, const char *const *argv)
{
	rd_cli_print(cli, "%d", argc);
	for (int i = 0; i < argc; i++)
		rd_cli_print(cli, " <%s>", argv[i]);
	rd_cli_print(cli, "\n");
	return 0;
}

static int say_three(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argv;
	rd_cli_print(cli, "three\n");
	return argc ? -EINVAL : 3;
}

static int count_them(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argv;
	rd_cli_count(cli, (size_t)argc, "class", "classes");
	return 0;
}

static int refuse(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)cli;
	(void)argc;
	(void)argv;
	return -EACCES;
}

static int cancelled_with;

static int wait_long(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	rd_cli_print(cli, "waiting\n");
	cancelled_with = rd_sleep(60000);
	return cancelled_with;
}

static int flood(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	for (int i = 0; i < 100000 && !rd_cli_gone(cli); i++)
		rd_cli_print(cli, "line %d of a flood\n", i);
	return 0;
}

enum { LONG_LINES = 70000, LONG_LINE = 1001 };

/* More than a console may be behind; others have turns meanwhile. */
static int flood_politely(struct rd_cli *cli, int argc, const char *const *argv)
{
	int lines = 0;

	(void)argc;
	(void)argv;
	while (lines < LONG_LINES && rd_cli_pause(cli) == 0)
		rd_cli_print(cli, "%1000d\n", lines++);
	return lines == LONG_LINES ? 0 : 1;
}

static atomic_bool endless_ended;

static int endless(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	while (!rd_cli_gone(cli)) {
		for (int i = 0; i < 1000; i++)
			rd_cli_print(cli, "%1000d\n", i);
		rd_yield();
	}
	endless_ended = true;
	return 0;
}

static char *complete_colour(int argc, const char *const *argv, int n)
{
	static const char *const colours[] = { "green", "grey", "red", NULL };

	for (const char *const *colour = colours; argc == 1 && *colour; colour++)
		if (strncmp(*colour, argv[0], strlen(argv[0])) == 0 && n-- == 0)
			return rd_strdup(*colour);
	return NULL;
}

static const struct rd_cli_command commands[] = {
	{ .name = "core show channel", .usage = "NAME", .help = "One.", .run = say_words },
	{ .name = "core show channels", .help = "All.\nDetails.", .run = say_three },
	{ .name = "core stop", .usage = "[how]", .run = say_words },
	{ .name = "core stop now", .usage = "[x]", .run = say_three },
	{ .name = "paint", .usage = "[colour]", .run = say_words, .complete = complete_colour },
	{ .name = "tally", .usage = "...", .run = count_them },
	{ .name = "fail", .run = refuse },
	{ .name = "wait long", .run = wait_long },
	{ .name = "flood", .run = flood },
	{ .name = "endless", .run = endless },
	{ .name = "flood politely", .run = flood_politely },
	{ 0 },
};

/* ---- without a socket ---- */

struct asked {
	const char *line;
	struct rd_buf output;
};

static int run_asked(void *arg)
{
	struct asked *asked = arg;

	return rd__cli_run(asked->line, &asked->output);
}

/* The line ends with this status and says this. */
static void expect(const char *line, int status, const char *output)
{
	struct asked asked = { .line = line };

	assert_int_equal(rd__sched_call(run_asked, &asked), status);
	assert_string_equal(rd_buf_text(&asked.output), output);
	rd_buf_fini(&asked.output);
}

static void expect_choices(const char *typed, const char *choices)
{
	struct rd_buf out;

	rd_buf_init(&out);
	rd__cli_complete(typed, &out);
	assert_string_equal(rd_buf_text(&out), choices);
	rd_buf_fini(&out);
}

static int begin(void **state)
{
	(void)state;
	conf_dir_make();
	assert_int_equal(rd__sched_init(0), 0);
	return rd__cli_register("test", commands, sizeof(commands[0]));
}

static int end(void **state)
{
	(void)state;
	rd__cli_unregister(commands);
	rd__sched_fini();
	conf_dir_remove();
	return 0;
}

static void words_and_quotes(void **state)
{
	(void)state;
	expect("paint a  b\t c ", 0, "3 <a> <b> <c>\n");
	expect("paint \"a b\" c\\ d \\\"e\\\" \"\" x\"y z\"", 0,
	       "5 <a b> <c d> <\"e\"> <> <xy z>\n");
	expect("paint \"open", 0, "1 <open>\n");
	expect("", 0, "");
	expect("  ", 0, "");
}

static void short_words_are_understood(void **state)
{
	(void)state;
	expect("core show channel x", 0, "1 <x>\n");
	expect("CO SH channels", 3, "three\n");
	expect("p x", 0, "1 <x>\n");
	expect("core stop n", 0, "1 <n>\n"); /* an argument, unless written out */
	expect("core stop now", 3, "three\n");
	expect("core st", 0, "0\n");
}

static void what_is_not_understood_is_said(void **state)
{
	(void)state;
	expect("core show chan x", -EINVAL,
	       "\"core show chan\" can mean:\n  channel\n  channels\n");
	expect("core show", -EINVAL,
	       "\"core show\" goes on with:\n  channel\n  channels\n");
	expect("core show chanels", -ENOENT,
	       "No such command; did you mean \"core show channels\"?\n");
	expect("xyzzy", -ENOENT, "No such command \"xyzzy\"; \"help\" lists all.\n");
}

static void one_is_not_many(void **state)
{
	(void)state;
	expect("tally", 0, "0 classes\n");
	expect("tally x", 0, "1 class\n");
	expect("tally x y", 0, "2 classes\n");
}

static void results_become_words(void **state)
{
	(void)state;
	expect("core stop now x", -EINVAL, "three\nUsage: core stop now [x]\n");
	/* What takes no arguments is not run with some. */
	expect("core show channels x", -EINVAL, "Usage: core show channels\n");
	expect("fail", -EACCES, "fail: permission denied\n");
}

static void completion_offers_what_may_follow(void **state)
{
	(void)state;
	expect_choices("", "core\nendless\nfail\nflood\npaint\ntally\nwait\n");
	expect_choices("co", "core\n");
	expect_choices("core ", "show\nstop\n");
	expect_choices("core s", "show\nstop\n");
	expect_choices("c sh c", "channel\nchannels\n");
	expect_choices("paint gr", "green\ngrey\n");
	expect_choices("paint ", "green\ngrey\nred\n");
	expect_choices("paint green ", "");
	expect_choices("xyzzy ", "");
}

static void a_name_is_taken_once(void **state)
{
	static const struct rd_cli_command again[] = {
		{ .name = "new", .run = refuse },
		{ .name = "paint", .run = refuse },
		{ 0 },
	};

	(void)state;
	assert_int_equal(rd__cli_register("other", again, sizeof(again[0])), -EEXIST);
	expect("new", -ENOENT, "No such command \"new\"; \"help\" lists all.\n");
	rd__cli_unregister(again);
	assert_int_equal(rd__cli_running(commands), 0);
}

static int use_registry(void *arg)
{
	static const struct rd_cli_command more[] = {
		{ .name = "more", .usage = "WORDS", .run = say_words },
		{ 0 },
	};
	struct rd_buf out;
	int rc = rd__cli_register("more", more, sizeof(more[0]));

	(void)arg;
	if (rc < 0)
		return rc;
	rd_buf_init(&out);
	rc = rd__cli_run("more \"words than one\"", &out);
	if (rc == 0 && strcmp(rd_buf_text(&out), "1 <words than one>\n") != 0)
		rc = -ENOMEM; /* a print that was lost */
	rd_buf_fini(&out);
	rd__cli_unregister(more);
	return rc;
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	oom_sweep(use_registry, NULL);
}

/* ---- with a socket ---- */

/* What the client thread does, and what came of it. */
struct client {
	const char *line;
	bool interrupt, hang_up, lazy;
	int status, rc;
	char *output;
	size_t size;
	bool done;
};

static void finished(void *arg)
{
	((struct client *)arg)->done = true;
}

/* Like rd__client_run(), with the output kept, and with bad manners. */
static void talk(struct client *client, int fd)
{
	struct rd_buf text, all;

	rd_buf_init(&text);
	rd_buf_init(&all);
	rd__client_send(fd, RD__FRAME_RUN, client->line, strlen(client->line));
	for (int i = 0; client->lazy && !endless_ended && i < 500; i++)
		usleep(10000);
	while (!client->lazy && (client->rc = rd__client_receive(fd, &text)) == RD__FRAME_OUTPUT) {
		rd_buf_add(&all, rd_buf_text(&text), text.n);
		if (client->hang_up)
			break;
		if (client->interrupt)
			rd__client_send(fd, RD__FRAME_INTERRUPT, "", 0);
		client->interrupt = false;
	}
	if (client->rc == RD__FRAME_STATUS)
		client->status = atoi(rd_buf_text(&text));
	client->size = all.n;
	client->output = rd_buf_take(&all);
	rd_buf_fini(&text);
}

static void *be_client(void *arg)
{
	struct client *client = arg;
	struct rd_buf version;
	int fd;

	rd_buf_init(&version);
	fd = rd__client_connect(&version);
	client->rc = fd;
	if (fd >= 0) {
		talk(client, fd);
		close(fd);
	}
	rd_buf_fini(&version);
	rd_call_soon(finished, client);
	return NULL;
}

static bool is_done(void *arg)
{
	return ((struct client *)arg)->done;
}

static int close_console(void *arg)
{
	(void)arg;
	rd__cli_close();
	return 0;
}

static void serve_client(struct client *client)
{
	pthread_t thread;

	assert_int_equal(rd__cli_listen(), 0);
	pthread_create(&thread, NULL, be_client, client);
	assert_true(rd__sched_run_until(is_done, client, 10000));
	pthread_join(thread, NULL);
	rd__sched_run_for(50);
	assert_int_equal(rd__cli_running(commands), 0);
	rd__sched_call(close_console, NULL);
	assert_int_equal(rd__fiber_count(), 0);
}

static int begin_socket(void **state)
{
	struct rd_config_report *report;

	setenv("XDG_RUNTIME_DIR", "/tmp", 1);
	begin(state);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__directories_make(report), 0);
	rd_config_report_free(report);
	return 0;
}

static int end_socket(void **state)
{
	rmdir(rd_directory("run"));
	return end(state);
}

static void a_client_gets_output_and_status(void **state)
{
	struct client client = { .line = "core show channels" };

	(void)state;
	serve_client(&client);
	assert_int_equal(client.status, 3);
	assert_string_equal(client.output, "three\n");
	rd_free(client.output);
}

static void much_output_arrives_whole(void **state)
{
	struct client client = { .line = "flood" };

	(void)state;
	serve_client(&client);
	assert_int_equal(client.status, 0);
	assert_int_equal(client.size, 2188890);
	rd_free(client.output);
}

static void a_long_list_waits_for_its_reader(void **state)
{
	struct client client = { .line = "flood politely" };

	(void)state;
	serve_client(&client);
	assert_int_equal(client.status, 0);
	assert_int_equal(client.size, LONG_LINES * LONG_LINE);
	rd_free(client.output);
}

static int collect(void *arg)
{
	return rd__cli_run("flood politely", arg);
}

static void a_long_list_may_be_collected(void **state)
{
	struct rd_buf output;

	(void)state;
	rd_buf_init(&output);
	assert_int_equal(rd__sched_call(collect, &output), 0);
	assert_int_equal(output.n, LONG_LINES * LONG_LINE);
	rd_buf_fini(&output);
}

static void who_does_not_read_is_cut_off(void **state)
{
	struct client client = { .line = "endless", .lazy = true };

	(void)state;
	endless_ended = false;
	serve_client(&client);
	assert_true(endless_ended);
	rd_free(client.output);
}

static void an_interrupt_ends_the_command(void **state)
{
	struct client client = { .line = "wait long", .interrupt = true };

	(void)state;
	cancelled_with = 0;
	serve_client(&client);
	assert_int_equal(cancelled_with, -ECANCELED);
	assert_int_equal(client.status, -ECANCELED);
	assert_string_equal(client.output, "waiting\n");
	rd_free(client.output);
}

static void hanging_up_ends_the_command(void **state)
{
	struct client client = { .line = "wait long", .hang_up = true };

	(void)state;
	cancelled_with = 0;
	serve_client(&client);
	assert_int_equal(cancelled_with, -ECANCELED);
	rd_free(client.output);
}

static int unregister(void *arg)
{
	(void)arg;
	rd__cli_unregister(commands);
	return 0;
}

static int run_long(void *arg)
{
	struct rd_buf out;

	(void)arg;
	rd_buf_init(&out);
	rd__cli_run("wait long", &out);
	rd_buf_fini(&out);
	return 0;
}

static void taking_a_table_back_ends_what_runs(void **state)
{
	(void)state;
	cancelled_with = 0;
	assert_int_equal(rd_fiber_new_detached("console", run_long, NULL), 0);
	rd__sched_run_for(10);
	assert_int_equal(rd__cli_running(commands), 1);
	rd__sched_call(unregister, NULL);
	assert_int_equal(cancelled_with, -ECANCELED);
}

static void the_socket_is_private_and_taken_once(void **state)
{
	struct stat info;
	char path[300];

	(void)state;
	snprintf(path, sizeof(path), "%s/ringdown.ctl", rd_directory("run"));
	/* What a daemon that crashed left behind is replaced. */
	close(open(path, O_CREAT | O_WRONLY, 0644));
	assert_int_equal(rd__cli_listen(), 0);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_true(S_ISSOCK(info.st_mode));
	rd__sched_run_for(10);
	rd__sched_call(close_console, NULL);
	assert_int_equal(access(path, F_OK), -1);
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define SERVED(test) cmocka_unit_test_setup_teardown(test, begin_socket, end_socket)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(words_and_quotes),
		ALONE(short_words_are_understood),
		ALONE(what_is_not_understood_is_said),
		ALONE(one_is_not_many),
		ALONE(results_become_words),
		ALONE(a_long_list_may_be_collected),
		ALONE(completion_offers_what_may_follow),
		ALONE(a_name_is_taken_once),
		ALONE(taking_a_table_back_ends_what_runs),
		ALONE(memory_may_run_out_at_any_moment),
		SERVED(a_client_gets_output_and_status),
		SERVED(much_output_arrives_whole),
		SERVED(a_long_list_waits_for_its_reader),
		SERVED(who_does_not_read_is_cut_off),
		SERVED(an_interrupt_ends_the_command),
		SERVED(hanging_up_ends_the_command),
		SERVED(the_socket_is_private_and_taken_once),
	};

	return RUN_GROUP(tests);
}

/* The log: levels, formats, files and their rotation, the queue, tails. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "core/base/log_queue.h"

static char text[1 << 20];

/* The contents of a file in the test's directory, "" when it is not there. */
static const char *contents(const char *name)
{
	char path[300];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", conf_dir_path(), name);
	fd = open(path, O_RDONLY);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static bool exists(const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", conf_dir_path(), name);
	return access(path, F_OK) == 0;
}

/* One file, "log", with these levels. */
static struct rd__log_settings *file_settings(unsigned levels, bool json)
{
	struct rd__log_settings *settings;
	struct rd_pool *pool;

	assert_int_equal(rd_pool_new(&pool, 0), 0);
	settings = rd_pool_zalloc(pool, sizeof(*settings));
	settings->pool = pool;
	settings->date_format = "%Y";
	settings->rotation = RD__LOG_ROTATE;
	settings->rotate_keep = 2;
	settings->sink_count = 1;
	settings->sinks = rd_pool_zalloc(pool, sizeof(*settings->sinks));
	settings->sinks[0] = (struct rd__log_sink){
		.kind = RD__LOG_FILE,
		.levels = levels,
		.layout = json ? RD__LOG_JSON : RD__LOG_TEXT,
		.path = rd_pool_printf(pool, "%s/log", conf_dir_path()),
	};
	return settings;
}

static int begin(void **state)
{
	(void)state;
	conf_dir_make();
	return rd__log_start();
}

static int end(void **state)
{
	(void)state;
	rd__log_stop();
	rd__context_set_source(NULL);
	rd__log_set_level(NULL, RD_LOG_VERBOSE);
	conf_dir_remove();
	return 0;
}

static void levels_choose_what_is_written(void **state)
{
	(void)state;
	rd__log_configure_take(file_settings(RD__LOG_UP_TO(RD_LOG_NOTICE), false));
	rd__log_flush();
	rd_log(RD_LOG_ERROR, "m", "one");
	rd_log(RD_LOG_NOTICE, "m", "two");
	rd_log(RD_LOG_VERBOSE, "m", "three");
	rd_log(RD_LOG_DEBUG, "m", "four");
	rd__log_flush();
	contents("log");
	assert_non_null(strstr(text, " ERROR   m: one\n"));
	assert_non_null(strstr(text, " NOTICE  m: two\n"));
	assert_null(strstr(text, "three"));
	assert_null(strstr(text, "four"));
}

static void a_module_has_a_level_of_its_own(void **state)
{
	enum rd_log_level level;
	char module[50];
	size_t pos = 0;

	(void)state;
	rd__log_configure_take(file_settings(~0u, false));
	rd__log_flush();
	assert_int_equal(rd__log_set_level("chatty", RD_LOG_DEBUG), 0);
	assert_int_equal(rd__log_set_level("quiet", RD_LOG_ERROR), 0);
	assert_int_equal(rd_log_max, RD_LOG_DEBUG);
	assert_true(rd_log_enabled(RD_LOG_DEBUG, "chatty"));
	assert_false(rd_log_enabled(RD_LOG_DEBUG, "other"));
	assert_false(rd_log_enabled(RD_LOG_WARNING, "quiet"));
	rd_log(RD_LOG_DEBUG, "chatty", "seen");
	rd_log(RD_LOG_DEBUG, "other", "unseen");
	rd_log(RD_LOG_WARNING, "quiet", "unseen");
	rd__log_flush();
	contents("log");
	assert_non_null(strstr(text, "chatty: seen"));
	assert_null(strstr(text, "unseen"));
	assert_true(rd__log_level_next(&pos, module, sizeof(module), &level));
	assert_string_equal(module, "chatty");
	assert_int_equal(level, RD_LOG_DEBUG);
	rd__log_set_level("chatty", -1);
	rd__log_set_level("quiet", -1);
	assert_int_equal(rd_log_max, RD_LOG_VERBOSE);
	pos = 0;
	assert_false(rd__log_level_next(&pos, module, sizeof(module), &level));
}

static void what_nobody_takes_is_not_made(void **state)
{
	int ends[2];

	(void)state;
	rd__log_set_level(NULL, RD_LOG_DEBUG);
	rd__log_configure_take(file_settings(RD__LOG_UP_TO(RD_LOG_NOTICE), false));
	assert_int_equal(rd_log_max, RD_LOG_NOTICE);
	assert_int_equal(rd__log_level(), RD_LOG_DEBUG);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(rd__log_tail_begin(ends[1], RD__LOG_UP_TO(RD_LOG_DEBUG)), 0);
	assert_int_equal(rd_log_max, RD_LOG_DEBUG);
	rd__log_tail_end(ends[1]);
	assert_int_equal(rd_log_max, RD_LOG_NOTICE);
	rd__log_flush();
	rd__log_flush();
	close(ends[0]);
	rd__log_configure_take(file_settings(RD__LOG_BIT(RD_LOG_VERBOSE), false));
	assert_int_equal(rd_log_max, RD_LOG_VERBOSE);
	rd__log_configure_take(file_settings(0, false));
	assert_int_equal(rd_log_max, RD_LOG_ERROR);
}

static void say_who(struct rd__context *context)
{
	context->fiber = "call/1001";
	context->channel = "SIP/1001-00000001";
}

static void the_line_names_fiber_and_channel(void **state)
{
	(void)state;
	rd__context_set_source(say_who);
	rd__log_configure_take(file_settings(~0u, false));
	rd__log_flush();
	rd_log(RD_LOG_NOTICE, "app_dial", "Dial: busy");
	rd__log_flush();
	assert_non_null(strstr(contents("log"), "NOTICE  app_dial[call/1001 "
						"SIP/1001-00000001]: Dial: busy\n"));
}

static void but_not_of_what_is_drawn_in_several_lines(void **state)
{
	(void)state;
	rd__context_set_source(say_who);
	rd__log_configure_take(file_settings(RD__LOG_UP_TO(RD_LOG_NOTICE), false));
	rd__log_flush();
	rd_log_apart(RD_LOG_NOTICE, "chan_sip", "|----- %s ---->|", "BYE");
	rd_log_apart(RD_LOG_VERBOSE, "chan_sip", "unseen");
	rd__log_flush();
	assert_non_null(strstr(contents("log"), "NOTICE  chan_sip: |----- BYE ---->|\n"));
	assert_null(strstr(text, "unseen"));
}

static void control_characters_are_spelt(void **state)
{
	(void)state;
	rd__log_configure_take(file_settings(~0u, false));
	rd__log_flush();
	rd_log(RD_LOG_NOTICE, "m", "a\033[2Jb\tc\nd\x7f");
	rd__log_flush();
	assert_non_null(strstr(contents("log"), ": a\\x1b[2Jb\tc\n    d\\x7f\n"));
}

static void json_lines_are_valid_whatever_they_hold(void **state)
{
	(void)state;
	rd__context_set_source(say_who);
	rd__log_configure_take(file_settings(~0u, true));
	rd__log_flush();
	rd_log(RD_LOG_WARNING, "m", "say \"%s\"\\\n\x01 \xc3\xa9 \xff \xc3", "hi");
	rd__log_flush();
	contents("log");
	assert_memory_equal(text, "{\"time\":\"20", 11);
	assert_non_null(strstr(text, "Z\",\"level\":\"warning\",\"module\":\"m\","
				     "\"fiber\":\"call/1001\","
				     "\"channel\":\"SIP/1001-00000001\","
				     "\"message\":\"say \\\"hi\\\"\\\\\\n\\u0001 \xc3\xa9 "
				     "\\ufffd \\ufffd\"}\n"));
}

static void a_long_message_is_cut(void **state)
{
	char *large = rd_malloc(20001);

	(void)state;
	memset(large, 'x', 20000);
	large[20000] = '\0';
	rd__log_configure_take(file_settings(~0u, false));
	rd__log_flush();
	rd_log(RD_LOG_NOTICE, "m", "%s", large);
	rd_log(RD_LOG_NOTICE, "m", "next");
	rd__log_flush();
	contents("log");
	assert_non_null(strstr(text, "xxx...\n"));
	assert_non_null(strstr(text, "next\n"));
	assert_in_range(strlen(text), RD__LOG_TEXT_MAX, RD__LOG_TEXT_MAX + 200);
	rd_free(large);
}

static void rotation_keeps_so_many(void **state)
{
	static const char *const lines[] = { "first", "second", "third", "fourth" };

	(void)state;
	rd__log_configure_take(file_settings(~0u, false));
	for (size_t i = 0; i < RD_ARRAY_SIZE(lines); i++) {
		rd__log_flush();
		if (i)
			rd__log_rotate();
		rd__log_flush();
		rd_log(RD_LOG_NOTICE, "m", "%s", lines[i]);
	}
	rd__log_flush();
	assert_non_null(strstr(contents("log"), "fourth"));
	assert_non_null(strstr(contents("log.1"), "third"));
	assert_non_null(strstr(contents("log.2"), "second"));
	assert_false(exists("log.3"));
}

static void a_large_file_rotates_by_itself(void **state)
{
	struct rd__log_settings *settings = file_settings(~0u, false);

	(void)state;
	settings->rotate_size = 100;
	rd__log_configure_take(settings);
	rd__log_flush();
	rd_log(RD_LOG_NOTICE, "m", "%100s", "old");
	rd__log_flush();
	rd_log(RD_LOG_NOTICE, "m", "new");
	rd__log_flush();
	assert_non_null(strstr(contents("log"), "new"));
	assert_null(strstr(contents("log"), "old"));
	assert_non_null(strstr(contents("log.1"), "old"));
}

/* A file that was opened so long ago, when rotation is due each half hour. */
static void log_after(int64_t past_s)
{
	struct rd__log_settings *settings = file_settings(~0u, false);

	settings->rotate_seconds = 1800;
	rd__log_configure_take(settings);
	rd_log(RD_LOG_NOTICE, "m", "old");
	rd__log_flush();
	settings->sinks[0].opened_us -= (uint64_t)(past_s * 1000000);
	rd_log(RD_LOG_NOTICE, "m", "new");
	rd__log_flush();
}

static void an_old_file_rotates_by_itself(void **state)
{
	(void)state;
	log_after(3600);
	assert_non_null(strstr(contents("log.1"), "old"));
	assert_null(strstr(contents("log"), "old"));
}

static void but_not_because_the_clock_was_set_back(void **state)
{
	(void)state;
	log_after(-3600);
	assert_non_null(strstr(contents("log"), "new"));
	assert_non_null(strstr(contents("log"), "old"));
	assert_false(exists("log.1"));
}

static void follow_rename(enum rd__log_rotation rotation)
{
	struct rd__log_settings *settings = file_settings(~0u, false);
	char from[300], to[300];

	settings->rotation = rotation;
	rd__log_configure_take(settings);
	rd_log(RD_LOG_NOTICE, "m", "old");
	rd__log_flush();
	snprintf(from, sizeof(from), "%s/log", conf_dir_path());
	snprintf(to, sizeof(to), "%s/moved", conf_dir_path());
	assert_int_equal(rename(from, to), 0);
	rd_log(RD_LOG_NOTICE, "m", "still old");
	rd__log_flush();
	if (rotation == RD__LOG_REOPEN)
		rd__log_rotate();
	else
		rd__log_reopen();
	rd__log_flush();
	rd_log(RD_LOG_NOTICE, "m", "new");
	rd__log_flush();
	assert_non_null(strstr(contents("moved"), "still old"));
	assert_non_null(strstr(contents("log"), "new"));
}

static void rotation_may_mean_to_reopen(void **state)
{
	(void)state;
	follow_rename(RD__LOG_REOPEN);
}

static void reopening_follows_a_rename(void **state)
{
	(void)state;
	follow_rename(RD__LOG_ROTATE);
	assert_false(exists("log.1"));
}

static void *log_many(void *arg)
{
	for (int i = 0; i < 20000; i++)
		rd_log(RD_LOG_NOTICE, arg, "line %d of many, and a little longer", i);
	return NULL;
}

static size_t count_lines(const char *s)
{
	size_t n = 0;

	while ((s = strchr(s, '\n'))) {
		n++;
		s++;
	}
	return n;
}

static size_t count_file_lines(void)
{
	char path[300], chunk[65537];
	size_t lines = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/log", conf_dir_path());
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	while ((n = read(fd, chunk, sizeof(chunk) - 1)) > 0) {
		chunk[n] = '\0';
		lines += count_lines(chunk);
	}
	close(fd);
	return lines;
}

static void every_line_is_written_or_counted(void **state)
{
	unsigned long before = rd__log_dropped();
	pthread_t other;
	size_t lines;

	(void)state;
	rd__log_configure_take(file_settings(~0u, false));
	rd__log_flush();
	pthread_create(&other, NULL, log_many, "a");
	log_many("b");
	pthread_join(other, NULL);
	rd__log_flush();
	lines = count_file_lines();
	/* One more line says how many were dropped, if any. */
	assert_in_range(lines + rd__log_dropped() - before, 40000, 40100);
}

static void a_full_queue_drops_and_says_so(void **state)
{
	unsigned long before = rd__log_dropped();
	struct rd__log_record *record;

	(void)state;
	rd__log_configure_take(file_settings(~0u, false));
	rd__log_flush();
	/* Nobody writes while the lock is held, so the queue must overflow. */
	rd__log_lock();
	while ((record = rd__log_reserve(RD_LOG_ERROR))) {
		memset(record, 0, sizeof(*record) + 5000);
		memset(record->strings + 3, 'x', 4000);
		rd__log_append(record, record->strings + 5000);
	}
	rd__log_unlock();
	rd__log_flush();
	assert_true(rd__log_dropped() > before);
	rd__log_flush();
	contents("log");
	assert_non_null(strstr(text, "lines were dropped, the queue was full\n"));
}

static void what_a_full_disk_does_not_take_is_counted(void **state)
{
	struct rd__log_settings *settings = file_settings(~0u, false);
	unsigned long before = rd__log_lost();

	(void)state;
	settings->sinks[0].path = "/dev/full";
	rd__log_configure_take(settings);
	rd_log(RD_LOG_NOTICE, "m", "one");
	rd_log(RD_LOG_NOTICE, "m", "two");
	rd__log_flush();
	assert_int_equal(rd__log_lost(), before + 2);
	assert_true(rd__log_lost_at_us() > 0);
	rd__log_configure_take(file_settings(~0u, false));
	rd_log(RD_LOG_NOTICE, "m", "three");
	rd__log_flush();
	assert_int_equal(rd__log_lost(), before + 2);
}

static void a_tail_gets_its_levels(void **state)
{
	char line[200] = "";
	int ends[2];
	ssize_t n;

	(void)state;
	rd__log_configure_take(file_settings(0, false));
	assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(rd__log_tail_begin(ends[1], RD__LOG_UP_TO(RD_LOG_WARNING)), 0);
	rd_log(RD_LOG_NOTICE, "m", "unseen");
	rd_log(RD_LOG_WARNING, "m", "seen");
	rd__log_flush();
	n = read(ends[0], line, sizeof(line) - 1);
	assert_true(n > 0);
	assert_non_null(strstr(line, "m: seen\n"));
	assert_null(strstr(line, "unseen"));
	rd__log_tail_end(ends[1]);
	rd__log_flush();
	rd__log_flush();
	assert_int_equal(read(ends[0], line, sizeof(line)), 0); /* closed */
	close(ends[0]);
}

static void a_file_that_cannot_be_opened_harms_nobody(void **state)
{
	struct rd__log_settings *settings = file_settings(~0u, false);
	unsigned long before = rd__log_lost();

	(void)state;
	settings->sinks[0].path = "/nonexistent/log";
	rd__log_configure_take(settings);
	rd_log(RD_LOG_NOTICE, "m", "into the void");
	rd__log_rotate();
	rd__log_flush();
	assert_int_equal(rd__log_lost(), before + 1);
	rd__log_configure_take(file_settings(~0u, false));
	rd__log_flush();
	rd_log(RD_LOG_NOTICE, "m", "here");
	rd__log_flush();
	assert_non_null(strstr(contents("log"), "here"));
}

/* ---- the system log ---- */

static int bind_system_log(int type, struct rd__log_sink *sink, struct rd_pool *pool)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	*sink = (struct rd__log_sink){ .kind = RD__LOG_SYSLOG,
				       .levels = RD__LOG_UP_TO(RD_LOG_NOTICE),
				       .facility = LOG_LOCAL0,
				       .fd = -1 };
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", conf_dir_path());
	sink->path = rd_pool_printf(pool, "%s", address.sun_path);
	unlink(address.sun_path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* The file's settings, and a system log in front of it. */
static int log_to_both_as(int type)
{
	struct rd__log_settings *settings = file_settings(RD__LOG_UP_TO(RD_LOG_NOTICE), false);
	struct rd__log_sink *sinks = rd_pool_zalloc(settings->pool, 2 * sizeof(*sinks));
	int fd = bind_system_log(type, &sinks[0], settings->pool);

	sinks[1] = settings->sinks[0];
	settings->sinks = sinks;
	settings->sink_count = 2;
	rd__log_configure_take(settings);
	return fd;
}

static int log_to_both(void)
{
	return log_to_both_as(SOCK_DGRAM);
}

static const char *received(int fd)
{
	ssize_t n;

	rd__log_flush();
	n = recv(fd, text, sizeof(text) - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void the_system_log_gets_lines_with_their_priority(void **state)
{
	int fd = log_to_both();
	const char *line;
	char expected[64];

	(void)state;
	rd_warning("one");
	line = received(fd);
	assert_int_equal(strncmp(line, "<132>", 5), 0);
	snprintf(expected, sizeof(expected), " ringdown[%d]: ", (int)getpid());
	assert_non_null(strstr(line, expected));
	assert_string_equal(strstr(line, "one"), "one");
	close(fd);
	fd = log_to_both(); /* as if it was started anew */
	rd_error("two");
	line = received(fd);
	assert_int_equal(strncmp(line, "<131>", 5), 0);
	close(fd);
}

static int accept_log(int listener)
{
	int fd;

	rd__log_flush();
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	assert_true(fd >= 0);
	return fd;
}

/* As syslog(3) does it: a NUL ends each line there. */
static void a_system_log_may_be_a_stream(void **state)
{
	int listener = log_to_both_as(SOCK_STREAM), fd;
	const char *said;

	(void)state;
	assert_int_equal(listen(listener, 5), 0);
	rd_warning("one");
	rd_error("two");
	fd = accept_log(listener);
	said = received(fd);
	assert_int_equal(strncmp(said, "<132>", 5), 0);
	assert_string_equal(strstr(said, "one"), "one");
	said += strlen(said) + 1;
	assert_int_equal(strncmp(said, "<131>", 5), 0);
	assert_string_equal(strstr(said, "two"), "two");
	close(fd);
	rd_error("three"); /* as if it was started anew */
	fd = accept_log(listener);
	assert_non_null(strstr(received(fd), "three"));
	close(fd);
	close(listener);
}

/* What it takes is whole lines, in the end too. */
static void a_stream_that_does_not_read_gets_no_halves(void **state)
{
	int listener = log_to_both_as(SOCK_STREAM), fd;
	char last = '\0';
	ssize_t n;

	(void)state;
	assert_int_equal(listen(listener, 5), 0);
	for (int i = 0; i < 30000; i++)
		rd_notice("line %d, which is somewhat longer than others are.", i);
	rd__log_flush();
	fd = accept_log(listener);
	while ((n = recv(fd, text, sizeof(text), 0)) > 0)
		last = text[n - 1];
	assert_true(n < 0); /* it is connected still */
	rd_notice("the last");
	assert_int_equal(last, '\0');
	assert_int_equal(strncmp(received(fd), "<133>", 5), 0);
	close(fd);
	close(listener);
}

static void a_system_log_that_does_not_read_holds_up_nobody(void **state)
{
	int fd = log_to_both();

	(void)state;
	for (int i = 0; i < 3000; i++)
		rd_notice("line %d.", i);
	rd__log_flush();
	assert_non_null(strstr(contents("log"), "line 2999."));
	while (*received(fd))
		;
	rd_notice("the last");
	assert_non_null(strstr(received(fd), "the last"));
	close(fd);
}

static int begin_quiet(void **state)
{
	(void)state;
	conf_dir_make();
	return 0;
}

static int end_quiet(void **state)
{
	(void)state;
	conf_dir_remove();
	return 0;
}

/* In a child: the queue holds a line when an invariant breaks. */
static void die(int error_fd)
{
	dup2(error_fd, STDERR_FILENO);
	rd__context_set_source(say_who);
	if (rd__log_start() == 0) {
		rd__log_configure_take(file_settings(~0u, false));
		rd__log_flush();
		rd_log(RD_LOG_NOTICE, "m", "the last line");
		rd_assert(contents("log") == NULL);
	}
	_exit(1);
}

static void a_broken_invariant_brings_the_queue_to_safety(void **state)
{
	char said[4096] = "";
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	if (child == 0)
		die(ends[1]);
	close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(contents("log"), "the last line\n"));
	assert_true(read(ends[0], said, sizeof(said) - 1) > 0);
	close(ends[0]);
	assert_non_null(strstr(said, "broken invariant: contents(\"log\") == NULL\n"));
	assert_non_null(strstr(said, "in fiber call/1001\n"));
	assert_non_null(strstr(said, "for channel SIP/1001-00000001\n"));
}

static void what_is_stuck_keeps_nobody_from_going_on(void **state)
{
	char path[300], junk[4096] = "";
	int fd, status;
	pid_t child;

	(void)state;
	snprintf(path, sizeof(path), "%s/log", conf_dir_path());
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	while (write(fd, junk, sizeof(junk)) > 0)
		;
	child = fork();
	if (child == 0) {
		alarm(30);
		if (rd__log_start() == 0) {
			rd__log_configure_take(file_settings(~0u, false));
			rd_notice("nobody reads this");
			rd__log_flush();
			rd__log_stop();
		}
		_exit(7);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	close(fd);
}

#define LOGGING(test) cmocka_unit_test_setup_teardown(test, begin, end)

static void trouble_is_news_when_it_begins_and_when_it_ends(void **state)
{
	bool told = false;

	(void)state;
	assert_false(rd_log_is_news(&told, false));
	assert_true(rd_log_is_news(&told, true));
	assert_false(rd_log_is_news(&told, true));
	assert_true(rd_log_is_news(&told, false));
	assert_false(rd_log_is_news(&told, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trouble_is_news_when_it_begins_and_when_it_ends),
		LOGGING(levels_choose_what_is_written),
		LOGGING(a_module_has_a_level_of_its_own),
		LOGGING(what_nobody_takes_is_not_made),
		LOGGING(the_line_names_fiber_and_channel),
		LOGGING(but_not_of_what_is_drawn_in_several_lines),
		LOGGING(control_characters_are_spelt),
		LOGGING(json_lines_are_valid_whatever_they_hold),
		LOGGING(a_long_message_is_cut),
		LOGGING(rotation_keeps_so_many),
		LOGGING(a_large_file_rotates_by_itself),
		LOGGING(an_old_file_rotates_by_itself),
		LOGGING(but_not_because_the_clock_was_set_back),
		LOGGING(rotation_may_mean_to_reopen),
		LOGGING(reopening_follows_a_rename),
		LOGGING(every_line_is_written_or_counted),
		LOGGING(a_full_queue_drops_and_says_so),
		LOGGING(what_a_full_disk_does_not_take_is_counted),
		LOGGING(a_tail_gets_its_levels),
		LOGGING(a_file_that_cannot_be_opened_harms_nobody),
		LOGGING(the_system_log_gets_lines_with_their_priority),
		LOGGING(a_system_log_may_be_a_stream),
		LOGGING(a_stream_that_does_not_read_gets_no_halves),
		LOGGING(a_system_log_that_does_not_read_holds_up_nobody),
		cmocka_unit_test_setup_teardown(a_broken_invariant_brings_the_queue_to_safety,
						begin_quiet, end_quiet),
		cmocka_unit_test_setup_teardown(what_is_stuck_keeps_nobody_from_going_on,
						begin_quiet, end_quiet),
	};

	return RUN_GROUP(tests);
}

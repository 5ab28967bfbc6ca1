/* Sound files: what is written can be read, also when the writer died, and
 * what lies about itself does no harm. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ringdown/module.h>

enum { COUNT = 20000 };

static char path[64];
static int16_t in[COUNT], out[COUNT * 2];
static const struct rd_format *wav;

static int begin(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/rd-format-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	wav = rig_format("format_wav");
	for (int i = 0; i < COUNT; i++)
		in[i] = (int16_t)(i * 7919);
	return 0;
}

static int end(void **state)
{
	(void)state;
	return unlink(path);
}

static void *create(const struct rd_format *format, int rate, bool append)
{
	void *file;

	assert_int_equal(format->open_write(path, rate, append, &file), 0);
	return file;
}

static size_t read_all(const struct rd_format *format, int want_rate)
{
	size_t count = 0;
	ssize_t n;
	void *file;
	int rate;

	assert_int_equal(format->open_read(path, &file, &rate), 0);
	assert_int_equal(rate ? rate : format->rate, want_rate);
	while ((n = format->read(file, out + count, RD_MIN(1000, COUNT * 2 - count))) > 0)
		count += (size_t)n;
	assert_int_equal(n, 0);
	assert_int_equal(format->close(file), 0);
	return count;
}

static void samples_survive_the_file(void **state)
{
	void *file = create(wav, 16000, false);

	(void)state;
	assert_int_equal(wav->write(file, in, COUNT), 0);
	assert_int_equal(wav->close(file), 0);
	assert_int_equal(read_all(wav, 16000), COUNT);
	assert_memory_equal(in, out, sizeof(in));
}

static void a_recording_is_continued(void **state)
{
	void *file = create(wav, 8000, false);

	(void)state;
	wav->write(file, in, 500);
	wav->close(file);
	file = create(wav, 8000, true);
	wav->write(file, in + 500, 500);
	wav->close(file);
	assert_int_equal(read_all(wav, 8000), 1000);
	assert_memory_equal(in, out, 2000);
	/* Not at another rate. */
	assert_int_equal(wav->open_write(path, 16000, true, &file), -ENOTSUP);
}

static void what_was_written_before_kill_9_is_there(void **state)
{
	int status, ready[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		void *file;

		if (wav->open_write(path, 8000, false, &file) || wav->write(file, in, 3000) ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(read_all(wav, 8000), 3000);
	assert_memory_equal(in, out, 6000);
}

static void set_header(size_t at, uint32_t value)
{
	uint8_t bytes[4] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
			     (uint8_t)(value >> 24) };
	int fd = open(path, O_WRONLY);

	assert_int_equal(pwrite(fd, bytes, 4, (off_t)at), 4);
	close(fd);
}

static void a_header_that_was_not_finished_is_not_believed(void **state)
{
	void *file = create(wav, 8000, false);

	(void)state;
	wav->write(file, in, 1000);
	wav->close(file);
	set_header(40, 0);
	assert_int_equal(read_all(wav, 8000), 1000);
	set_header(40, 0xffffffff);
	assert_int_equal(read_all(wav, 8000), 1000);
	set_header(40, 200);
	assert_int_equal(read_all(wav, 8000), 100);
}

static void a_file_cut_off_anywhere_can_be_opened_or_is_refused(void **state)
{
	void *file = create(wav, 8000, false);
	int rate;

	(void)state;
	wav->write(file, in, 100);
	wav->close(file);
	for (off_t size = 243; size >= 0; size--) {
		assert_int_equal(truncate(path, size), 0);
		if (size >= 44)
			assert_int_equal(read_all(wav, 8000), (size - 44) / 2);
		else
			assert_int_equal(wav->open_read(path, &file, &rate), -EILSEQ);
	}
}

static void two_channels_are_mixed(void **state)
{
	void *file = create(wav, 8000, false);

	(void)state;
	wav->write(file, (const int16_t[]){ 100, 300, -4, -8 }, 4);
	wav->close(file);
	set_header(20, 0x00020001); /* PCM, two channels */
	assert_int_equal(read_all(wav, 8000), 2);
	assert_int_equal(out[0], 200);
	assert_int_equal(out[1], -6);
}

static void what_is_no_pcm_of_16_bits_is_refused(void **state)
{
	void *file = create(wav, 8000, false);
	int rate;

	(void)state;
	wav->close(file);
	set_header(34, 8); /* bits */
	assert_int_equal(wav->open_read(path, &file, &rate), -ENOTSUP);
	assert_int_equal(wav->open_read("/nowhere/at/all.wav", &file, &rate), -ENOENT);
}

static void a_full_disk_is_an_error_and_the_file_stays_whole(void **state)
{
	struct rlimit small = { 4096, RLIM_INFINITY };
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		void *file;
		int rc;

		signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &small) || wav->open_write(path, 8000, false, &file))
			_exit(1);
		rc = wav->write(file, in, COUNT);
		_exit(rc == -EFBIG || rc == -ENOSPC ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(read_all(wav, 8000), (4096 - 44) / 2);
	assert_memory_equal(in, out, 4096 - 44);
}

static void distribution_s_prompts_can_be_read(void **state)
{
	void *file;
	int rate;

	(void)state;
	if (wav->open_read("/usr/share/asterisk/sounds/en/hello.wav", &file, &rate))
		return; /* not installed */
	assert_int_equal(rate, 8000);
	assert_true(wav->read(file, out, COUNT) > 1000);
	wav->close(file);
}

static void raw_files_survive(void **state)
{
	const struct rd_format *format = rig_format("format_sln");
	void *file;

	(void)state;
	for (; format->name; format++) {
		file = create(format, format->rate, false);
		assert_int_equal(format->write(file, in, COUNT / 2), 0);
		assert_int_equal(format->close(file), 0);
		file = create(format, format->rate, true);
		assert_int_equal(format->write(file, in + COUNT / 2, COUNT / 2), 0);
		assert_int_equal(format->close(file), 0);
		assert_int_equal(read_all(format, format->rate), COUNT);
		assert_memory_equal(in, out, sizeof(in));
	}
}

static int open_and_read(void *arg)
{
	void *file;
	int rate, rc = wav->open_read(path, &file, &rate);

	(void)arg;
	if (!rc)
		wav->close(file);
	return rc;
}

static void memory_may_run_out_at_any_moment(void **state)
{
	void *file = create(wav, 8000, false);

	(void)state;
	wav->close(file);
	assert_int_equal(oom_sweep(open_and_read, NULL), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(samples_survive_the_file),
		TEST(a_recording_is_continued),
		TEST(what_was_written_before_kill_9_is_there),
		TEST(a_header_that_was_not_finished_is_not_believed),
		TEST(a_file_cut_off_anywhere_can_be_opened_or_is_refused),
		TEST(two_channels_are_mixed),
		TEST(what_is_no_pcm_of_16_bits_is_refused),
		TEST(a_full_disk_is_an_error_and_the_file_stays_whole),
		TEST(distribution_s_prompts_can_be_read),
		TEST(raw_files_survive),
		TEST(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}

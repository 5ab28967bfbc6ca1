/* Rows of a module's tables that lack what nobody can do without. */
#include "tests/unit/test.h"

#include <ringdown/module.h>

#include "core/config/config.h"
#include "core/module/loader.h"

static char said[1024];

static void hear(const char *text, bool is_error, void *arg)
{
	(void)arg;
	assert_true(is_error);
	rd_strcpy(said + strlen(said), sizeof(said) - strlen(said), text);
	rd_strcpy(said + strlen(said), sizeof(said) - strlen(said), "\n");
}

static void assert_judged(const struct rd_module *module, const char *wrong)
{
	struct rd_config_report *report;
	int rc;

	assert_int_equal(rd_config_report_new(&report), 0);
	said[0] = '\0';
	rc = rd__module_judge_rows(module, "x.so", report);
	rd__report_each(report, hear, NULL);
	rd_config_report_free(report);
	assert_string_equal(said, wrong);
	assert_int_equal(rc, *wrong ? -EINVAL : 0);
}

static int run(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return 0;
}

static void each_row_that_lacks_something_is_named(void **state)
{
	static const struct rd_app apps[] = {
		{ .name = "Good", .run = run }, { .name = "Bad" }, { .name = "Worse" }, { 0 }
	};

	(void)state;
	assert_judged(&(struct rd_module){ .apps = apps },
		      "x.so: its application Bad has no .run\n"
		      "x.so: its application Worse has no .run\n");
}

static void a_module_without_tables_is_well(void **state)
{
	(void)state;
	assert_judged(&(struct rd_module){ 0 }, "");
}

static void each_kind_has_what_it_needs(void **state)
{
	static const struct rd_function functions[] = { { .name = "F" }, { 0 } };
	static const struct rd_cli_command commands[] = { { .name = "do it" }, { 0 } };
	static const struct rd_subscriber subscribers[] = { { .name = "s" }, { 0 } };
	static const struct rd_storage storages[] = { { .name = "book" }, { 0 } };

	(void)state;
	assert_judged(&(struct rd_module){ .functions = functions },
		      "x.so: its function F has no .read and no .write\n");
	assert_judged(&(struct rd_module){ .commands = commands },
		      "x.so: its command do it has no .run\n");
	assert_judged(&(struct rd_module){ .subscribers = subscribers },
		      "x.so: its subscriber s has no .notify\n");
	assert_judged(&(struct rd_module){ .storages = storages },
		      "x.so: its storage book has no .read\n");
}

static void a_codec_has_a_name_and_a_clock(void **state)
{
	static const struct rd_codec codecs[] = {
		{ .name = "a", .rate = 8000 },
		{ .name = "b", .rtp_name = "B" },
		{ .name = "c", .rtp_name = "C", .rtp_rate = 8000 },
		{ .name = "d", .rtp_name = "D", .rate = 8000 },
		{ .name = "e", .rtp_name = "E", .rtp_rate = 90000, .kind = RD_MEDIA_VIDEO },
		{ 0 }
	};

	(void)state;
	assert_judged(&(struct rd_module){ .codecs = codecs },
		      "x.so: its codec a has no .rtp_name\n"
		      "x.so: its codec b has no .rate\n"
		      "x.so: its codec c has no .rate\n");
}

static int open_write(const char *path, int rate, bool append, void **file)
{
	(void)path;
	(void)rate;
	(void)append;
	(void)file;
	return -ENOSYS;
}

static int open_read(const char *path, void **file, int *rate)
{
	(void)path;
	(void)file;
	(void)rate;
	return -ENOSYS;
}

static ssize_t read_samples(void *file, int16_t *samples, size_t max)
{
	(void)file;
	(void)samples;
	(void)max;
	return 0;
}

static int write_samples(void *file, const int16_t *samples, size_t count)
{
	(void)file;
	(void)samples;
	(void)count;
	return 0;
}

static int close_file(void *file)
{
	(void)file;
	return 0;
}

static void a_file_format_is_read_or_written_and_closed(void **state)
{
	static const struct rd_format formats[] = {
		{ .name = "a" },
		{ .name = "b", .extension = "b", .close = close_file },
		{ .name = "c", .extension = "c", .open_write = open_write, .close = close_file },
		{ .name = "d", .extension = "d", .open_write = open_write, .write = write_samples },
		{ .name = "e",
		  .extension = "e",
		  .open_write = open_write,
		  .write = write_samples,
		  .close = close_file },
		{ .name = "f", .extension = "f", .open_read = open_read, .close = close_file },
		{ .name = "g",
		  .extension = "g",
		  .open_read = open_read,
		  .read = read_samples,
		  .open_write_stereo = open_write,
		  .close = close_file },
		{ 0 }
	};

	(void)state;
	assert_judged(&(struct rd_module){ .formats = formats },
		      "x.so: its file format a has no .extension\n"
		      "x.so: its file format b has no .open_read and no .open_write\n"
		      "x.so: its file format c has no .write\n"
		      "x.so: its file format d has no .close\n"
		      "x.so: its file format f has no .read\n"
		      "x.so: its file format g has no .write\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_that_lacks_something_is_named),
		cmocka_unit_test(a_module_without_tables_is_well),
		cmocka_unit_test(each_kind_has_what_it_needs),
		cmocka_unit_test(a_codec_has_a_name_and_a_clock),
		cmocka_unit_test(a_file_format_is_read_or_written_and_closed),
	};

	return RUN_GROUP(tests);
}

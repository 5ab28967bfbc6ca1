/* Typed option tables: every type, its limits, and the words of refusal. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

struct phone {
	bool video;
	int calls;
	int timeout_ms;
	int64_t buffer;
	const char *context;
	int transport;
	const char **codecs;
	char key;
};

static const char *const transports[] = { "udp", "tcp", "tls", NULL };

static const char *parse_key(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	if (strlen(value) != 1)
		return "one character";
	*(char *)dest = value[0];
	return NULL;
}

#define AT(member) .offset = offsetof(struct phone, member)

static const struct rd_option table[] = {
	{ "video", RD_OPTION_BOOL, AT(video), .fallback = "yes" },
	{ "calls", RD_OPTION_INT, AT(calls), .fallback = "2", .min = 1, .max = 100 },
	{ "timeout", RD_OPTION_DURATION, AT(timeout_ms), .fallback = "20",
	  .min = 1000, .max = 3600000 },
	{ "buffer", RD_OPTION_SIZE, AT(buffer), .fallback = "64k" },
	{ "context", RD_OPTION_STRING, AT(context), .max = 8, .required = true },
	{ "transport", RD_OPTION_ENUM, AT(transport), .fallback = "tcp",
	  .names = transports },
	{ "codecs", RD_OPTION_LIST, AT(codecs), .fallback = "ulaw, alaw" },
	RD_OPTION_ABSENT("fax", "there is no fax"),
	{ "key", RD_OPTION_CUSTOM, AT(key), .fallback = "#", .parse = parse_key },
	{ 0 },
};

/* Read the section "a" of this text; *said is the report. */
static int read_text(const char *text, struct phone *phone, struct rd_pool *pool,
		     char **said)
{
	static const char *const ignore[] = { "type", NULL };
	struct rd_config_report *report;
	struct rd_config *config;
	int rc;

	memset(phone, 0, sizeof(*phone));
	conf_dir_write("test.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd_config_load(&config, "test.conf", report), 0);
	rc = rd_options_read(table, rd_config_find(config, "a"), ignore, phone, pool,
			     report);
	rd_config_unref(config);
	*said = conf_report_text(report);
	rd_config_report_free(report);
	return rc;
}

static void defaults_fill_what_is_not_written(void **state)
{
	struct rd_pool *pool = *state;
	struct phone phone;
	char *said;

	assert_int_equal(read_text("[a]\ntype=x\ncontext=c\n", &phone, pool, &said), 0);
	assert_string_equal(said, "");
	assert_true(phone.video);
	assert_int_equal(phone.calls, 2);
	assert_int_equal(phone.timeout_ms, 20000);
	assert_int_equal(phone.buffer, 65536);
	assert_string_equal(phone.context, "c");
	assert_int_equal(phone.transport, 1);
	assert_string_equal(phone.codecs[0], "ulaw");
	assert_string_equal(phone.codecs[1], "alaw");
	assert_null(phone.codecs[2]);
	assert_int_equal(phone.key, '#');
	rd_free(said);
}

static void what_is_only_elsewhere_is_a_warning(void **state)
{
	struct rd_pool *pool = *state;
	struct phone phone;
	char *said;

	assert_int_equal(read_text("[a]\ncontext=c\nfax=yes\n", &phone, pool, &said), 0);
	assert_string_equal(said, "test.conf:3: warning: [a] fax has no effect: there is no fax\n");
	rd_free(said);
}

static void every_type_is_read(void **state)
{
	struct rd_pool *pool = *state;
	struct phone phone;
	char *said;

	assert_int_equal(read_text("[a]\nVideo=off\ncalls=100\ntimeout=1500 ms\n"
				   "buffer=3M\ncontext=office\ntransport=TLS\n"
				   "codecs=g722\ncodecs=opus,,ulaw\nkey=*\n",
				   &phone, pool, &said), 0);
	assert_string_equal(said, "");
	assert_false(phone.video);
	assert_int_equal(phone.calls, 100);
	assert_int_equal(phone.timeout_ms, 1500);
	assert_int_equal(phone.buffer, 3 << 20);
	assert_int_equal(phone.transport, 2);
	assert_string_equal(phone.codecs[0], "g722");
	assert_string_equal(phone.codecs[1], "opus");
	assert_string_equal(phone.codecs[2], "ulaw");
	assert_null(phone.codecs[3]);
	assert_int_equal(phone.key, '*');
	rd_free(said);
}

static void every_refusal_says_what_was_expected(void **state)
{
	struct rd_pool *pool = *state;
	struct phone phone;
	char *said;

	assert_int_equal(read_text("[a]\nvideo=perhaps\ncalls=101\ncalls=2x\ncalls=\n"
				   "calls=99999999999999999999\n"
				   "timeout=2h\ntimeout=5 fortnights\nbuffer=big\n"
				   "context=muchtoolong\ntransport=tpc\ntransport=x\n"
				   "key=12\ncodec=x\nfrobnicate=1\n",
				   &phone, pool, &said), -EINVAL);
	assert_string_equal(
		said,
		"test.conf:2: [a] video = \"perhaps\": expected yes or no\n"
		"test.conf:3: [a] calls = \"101\": expected a whole number between 1 and "
		"100\n"
		"test.conf:4: [a] calls = \"2x\": expected a whole number between 1 and 100\n"
		"test.conf:5: [a] calls = \"\": expected a whole number between 1 and 100\n"
		"test.conf:6: [a] calls = \"99999999999999999999\": expected a whole number "
		"between 1 and 100\n"
		"test.conf:7: [a] timeout = \"2h\": expected a duration such as 20s between "
		"1s and 1h\n"
		"test.conf:8: [a] timeout = \"5 fortnights\": expected a duration such as "
		"20s between 1s and 1h\n"
		"test.conf:9: [a] buffer = \"big\": expected a size such as 64k\n"
		"test.conf:10: [a] context = \"muchtoolong\": expected text of 0 to 8 "
		"characters\n"
		"test.conf:11: [a] transport = \"tpc\": expected udp, tcp or tls; did you "
		"mean \"tcp\"?\n"
		"test.conf:12: [a] transport = \"x\": expected udp, tcp or tls\n"
		"test.conf:13: [a] key = \"12\": expected one character\n"
		"test.conf:14: [a] unknown option \"codec\"; did you mean \"codecs\"?\n"
		"test.conf:15: [a] unknown option \"frobnicate\"\n");
	rd_free(said);
}

static void what_is_required_is_missed(void **state)
{
	struct rd_pool *pool = *state;
	struct phone phone;
	char *said;

	assert_int_equal(read_text("\n[a]\n", &phone, pool, &said), -EINVAL);
	assert_string_equal(said, "test.conf:2: [a] \"context\" is missing\n");
	rd_free(said);
}

static int read_once(void *arg)
{
	struct rd_config_report *report;
	struct rd_config *config = NULL;
	struct rd_pool *pool = NULL;
	struct phone phone;
	int rc = rd_config_report_new(&report);

	(void)arg;
	if (rc < 0)
		return rc;
	rc = rd_config_load(&config, "test.conf", report);
	if (rc == 0)
		rc = rd_pool_new(&pool, 16);
	if (rc == 0)
		rc = rd_options_read(table, rd_config_find(config, "a"), NULL, &phone,
				     pool, report);
	rd_pool_free(pool);
	rd_config_unref(config);
	rd_config_report_free(report);
	return rc;
}

static const char *const pauses[] = { "no", "yes", "all", NULL };

static const struct rd_option few[] = {
	{ "pause", RD_OPTION_ENUM, AT(transport), .fallback = "all", .names = pauses },
	{ "calls", RD_OPTION_INT, AT(calls), .fallback = "2", .min = 1, .max = 100 },
	{ "timeout", RD_OPTION_DURATION, AT(timeout_ms), .fallback = "20" },
	{ "buffer", RD_OPTION_SIZE, AT(buffer), .fallback = "64k" },
	{ 0 },
};

static int load_text(const char *text, struct phone *phone, struct rd_pool *pool)
{
	static const char *const sections[] = { "a", NULL };
	static const struct rd_options_file file = {
		.name = "test.conf", .section = "a", .table = few, .sections = sections
	};
	struct rd_config_report *report;
	int rc;

	memset(phone, 0, sizeof(*phone));
	if (text)
		conf_dir_write("test.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = rd_options_load(&file, phone, pool, report);
	assert_int_equal(rd_config_errors(report) > 0, rc == -EINVAL);
	rd_config_report_free(report);
	return rc;
}

static void a_file_with_one_section_is_read(void **state)
{
	struct rd_pool *pool = *state;
	struct phone phone;

	assert_int_equal(load_text("[a]\ncalls=7\n", &phone, pool), 0);
	assert_int_equal(phone.calls, 7);
	assert_int_equal(phone.timeout_ms, 20000);
	assert_int_equal(load_text("[a]\ncalls=x\n", &phone, pool), -EINVAL);
	assert_int_equal(load_text("[a]\n[b]\n", &phone, pool), -EINVAL);
}

/* Asterisk's users start with it. */
static void a_number_of_asterisks_is_taken_as_the_nearest(void **state)
{
	struct rd_pool *pool = *state;
	struct phone phone;

	assert_int_equal(load_text("[a]\ncalls=0\n", &phone, pool), 0);
	assert_int_equal(phone.calls, 1);
	assert_int_equal(load_text("[a]\ncalls=4294967295\n", &phone, pool), 0);
	assert_int_equal(phone.calls, 100);
	assert_int_equal(load_text("[a]\ntimeout=4294967295\n", &phone, pool), 0);
	assert_int_equal(phone.timeout_ms, INT32_MAX);
	assert_int_equal(load_text("[a]\ncalls=1x\n", &phone, pool), -EINVAL);
}

static void yes_among_other_names_has_all_its_words(void **state)
{
	struct rd_pool *pool = *state;
	struct phone phone;

	assert_int_equal(load_text("[a]\npause=true\n", &phone, pool), 0);
	assert_int_equal(phone.transport, 1);
	assert_int_equal(load_text("[a]\npause=off\n", &phone, pool), 0);
	assert_int_equal(phone.transport, 0);
	assert_int_equal(load_text("[a]\npause=maybe\n", &phone, pool), -EINVAL);
}

static void no_duration_and_no_size_is_negative(void **state)
{
	struct rd_pool *pool = *state;
	struct phone phone;

	assert_int_equal(load_text("[a]\ntimeout=0\nbuffer=0\n", &phone, pool), 0);
	assert_int_equal(phone.timeout_ms, 0);
	assert_int_equal(load_text("[a]\ntimeout=-1\n", &phone, pool), -EINVAL);
	assert_int_equal(load_text("[a]\ntimeout=-1ms\n", &phone, pool), -EINVAL);
	assert_int_equal(load_text("[a]\nbuffer=-1k\n", &phone, pool), -EINVAL);
}

static void without_a_file_or_section_there_are_defaults(void **state)
{
	struct rd_pool *pool = *state;
	struct phone phone;

	assert_int_equal(load_text(NULL, &phone, pool), 0);
	assert_int_equal(phone.calls, 2);
	assert_int_equal(load_text("; nothing\n", &phone, pool), 0);
	assert_int_equal(phone.calls, 2);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	conf_dir_write("test.conf", "[a]\ncontext=x\ncodecs=a,b,c,d,e,f\ncodecs=g\n");
	assert_true(oom_sweep(read_once, NULL) > 5);
}

static int begin(void **state)
{
	struct rd_pool *pool;

	conf_dir_make();
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	*state = pool;
	return 0;
}

static int end(void **state)
{
	rd_pool_free(*state);
	conf_dir_remove();
	return 0;
}

#define WITH_POOL(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(defaults_fill_what_is_not_written),
		WITH_POOL(what_is_only_elsewhere_is_a_warning),
		WITH_POOL(every_type_is_read),
		WITH_POOL(every_refusal_says_what_was_expected),
		WITH_POOL(what_is_required_is_missed),
		WITH_POOL(a_file_with_one_section_is_read),
		WITH_POOL(a_number_of_asterisks_is_taken_as_the_nearest),
		WITH_POOL(yes_among_other_names_has_all_its_words),
		WITH_POOL(no_duration_and_no_size_is_negative),
		WITH_POOL(without_a_file_or_section_there_are_defaults),
		WITH_POOL(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}

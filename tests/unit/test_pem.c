/* Certificates and keys that options name, as a doctor sees them. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/sip_certificates.h"

#include <sys/stat.h>

#include <ringdown/tls.h>

static char whole[300];

static const char *path_of(const char *name)
{
	snprintf(whole, sizeof(whole), "%s/%s", conf_dir_path(), name);
	return whole;
}

/* PATH.crt and PATH.key, which its owner alone may read. */
static void make(const char *name, int from_days, int to_days)
{
	char path[280], key[300];
	struct certificate certificate = { .path = path, .name = name, .from_days = from_days,
					   .to_days = to_days };

	rd_strcpy(path, sizeof(path), path_of(name));
	certificate_write(&certificate);
	snprintf(key, sizeof(key), "%s.key", path);
	assert_int_equal(chmod(key, 0600), 0);
}

static void join(const char *out, const char *one, const char *other)
{
	char command[1000];

	snprintf(command, sizeof(command), "cd %s && cat %s %s >%s", conf_dir_path(), one, other,
		 out);
	assert_int_equal(system(command), 0);
}

static char said[2000];

/* What is found in the files of this option. */
static const char *findings(enum rd_pem kind, const char *paths)
{
	const struct rd_option options[] = {
		{ .name = "file", .type = RD_OPTION_STRING, .pem = kind, .help = "a file" },
		{ 0 },
	};
	const struct rd_options_file file = { .name = "test.conf", .section = "general",
					      .table = options };
	struct rd_config_report *report;
	const char *value = NULL;
	struct rd_pool *pool;
	char text[1000], *all;

	snprintf(text, sizeof(text), "[general]\nfile = %s\n", paths);
	conf_dir_write("test.conf", text);
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd_options_load(&file, &value, pool, report), 0);
	assert_string_equal(value, paths);
	all = conf_report_text(report);
	rd_strcpy(said, sizeof(said), all);
	rd_free(all);
	rd_config_report_free(report);
	rd_pool_free(pool);
	return said;
}

static int lines_of(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

#define FOUND(kind, file, words)                                                 \
	do {                                                                     \
		assert_non_null(strstr(findings(kind, path_of(file)), words));   \
		assert_non_null(strstr(said, "test.conf:2: warning: [general] file: ")); \
		assert_int_equal(lines_of(said), 1);                             \
	} while (0)

static void nothing_is_looked_at_where_no_doctor_asks(void **state)
{
	(void)state;
	make("old", -20, -10);
	assert_string_equal(findings(RD_PEM_OWN, path_of("old.crt")), "");
}

static void what_will_not_do_is_told_by_its_date(void **state)
{
	(void)state;
	make("old", -20, -10);
	make("soon", -20, 11);
	make("later", 5, 100);
	make("good", -1, 31);
	FOUND(RD_PEM_OWN, "old.crt", "old.crt: it expired on ");
	FOUND(RD_PEM_OWN, "soon.crt", "soon.crt: it expires in 11 days, on ");
	FOUND(RD_PEM_OWN, "later.crt", "later.crt: it is not valid before ");
	FOUND(RD_PEM_OTHERS, "old.crt", "it expired on ");
	assert_string_equal(findings(RD_PEM_OWN, path_of("good.crt")), "");
	assert_string_equal(findings(RD_PEM_NONE, path_of("old.crt")), "");
}

static void each_of_ours_counts_and_of_others_the_best(void **state)
{
	char both[700];

	(void)state;
	make("old", -20, -10);
	make("good", -1, 400);
	join("chain.pem", "good.crt", "old.crt");
	FOUND(RD_PEM_OWN, "chain.pem", "chain.pem: it expired on ");
	assert_string_equal(findings(RD_PEM_OTHERS, path_of("chain.pem")), "");
	/* Beside the file, and several of them. */
	snprintf(both, sizeof(both), "%s, old.crt", path_of("good.crt"));
	assert_non_null(strstr(findings(RD_PEM_OWN, both), "old.crt: it expired on "));
	assert_int_equal(lines_of(said), 1);
}

static void a_key_is_nobody_elses(void **state)
{
	(void)state;
	make("good", -1, 400);
	assert_string_equal(findings(RD_PEM_OWN, path_of("good.key")), "");
	assert_int_equal(chmod(path_of("good.key"), 0644), 0);
	FOUND(RD_PEM_OWN, "good.key", "good.key: everybody may read the key; chmod o-r");
	join("both.pem", "good.crt", "good.key");
	assert_int_equal(chmod(path_of("both.pem"), 0644), 0);
	FOUND(RD_PEM_OWN, "both.pem", "both.pem: everybody may read the key");
	make("old", -20, -10);
	join("both.pem", "old.crt", "good.key");
	assert_int_equal(chmod(path_of("both.pem"), 0644), 0);
	findings(RD_PEM_OWN, path_of("both.pem"));
	assert_int_equal(lines_of(said), 2);
}

static void what_is_no_certificate_is_left_to_its_reader(void **state)
{
	(void)state;
	conf_dir_write("noise", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	assert_string_equal(findings(RD_PEM_OWN, path_of("noise")), "");
	assert_string_equal(findings(RD_PEM_OWN, "/nowhere/x.crt"), "");
	assert_string_equal(findings(RD_PEM_OWN, ", ,"), "");
}

static void a_list_of_revocations_that_is_out_of_date(void **state)
{
	static const char make_lists[] =
		"cd %s && echo 01 >number && : >index && "
		"printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\ncrlnumber=number\\n"
		"default_md=sha256\\n' >ca.cnf && "
		"openssl ca -config ca.cnf -gencrl -cert ca.crt -keyfile ca.key -crl_lastupdate "
		"20200101000000Z -crl_nextupdate 20200201000000Z -out old.crl 2>/dev/null && "
		"openssl ca -config ca.cnf -gencrl -cert ca.crt -keyfile ca.key -crldays 2 "
		"-out new.crl 2>/dev/null";
	char command[1000];

	(void)state;
	make("ca", -1, 400);
	snprintf(command, sizeof(command), make_lists, conf_dir_path());
	assert_int_equal(system(command), 0);
	FOUND(RD_PEM_OTHERS, "old.crl", "the list of revocations is out of date since Feb  1");
	assert_string_equal(findings(RD_PEM_OTHERS, path_of("new.crl")), "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, conf_dir_setup, conf_dir_teardown)

int main(void)
{
	const struct CMUnitTest before[] = {
		TEST(nothing_is_looked_at_where_no_doctor_asks),
	};
	const struct CMUnitTest tests[] = {
		TEST(what_will_not_do_is_told_by_its_date),
		TEST(each_of_ours_counts_and_of_others_the_best),
		TEST(a_key_is_nobody_elses),
		TEST(what_is_no_certificate_is_left_to_its_reader),
		TEST(a_list_of_revocations_that_is_out_of_date),
	};
	int failed = RUN_GROUP(before);

	rd__config_examine(false);
	return failed + RUN_GROUP(tests);
}

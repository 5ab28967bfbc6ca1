/* The .conf reader: grammar, templates, includes, and what it says of
 * mistakes. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>

#include "core/sched/clock.h"

static int remove_dir(void **state)
{
	(void)state;
	conf_dir_remove();
	rd__config_allow_exec(false);
	rd__config_limit_exec(10000);
	rd__config_stop_exec(false);
	return 0;
}

/* The tree as text: [section] lines of name=value, templates left out. */
static char *dump(const struct rd_config *config)
{
	const struct rd_config_section *section = NULL;
	struct rd_buf buf;

	rd_buf_init(&buf);
	while ((section = rd_config_next(config, section, NULL))) {
		const struct rd_config_line *line = NULL;

		rd_buf_printf(&buf, "[%s]", rd_config_section_name(section));
		while ((line = rd_config_line_next(section, line)))
			rd_buf_printf(&buf, " %s%s%s", line->name, line->arrow ? ">" : "=",
				      line->value);
		rd_buf_addc(&buf, '\n');
	}
	return rd_buf_take(&buf);
}

/* text parses without a word, and means `want`. */
static void check_means(const char *text, const char *want)
{
	struct rd_config_report *report;
	struct rd_config *config = NULL;
	char *said, *got;

	conf_dir_write("test.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	rd_config_load(&config, "test.conf", report);
	said = conf_report_text(report);
	assert_string_equal(said, "");
	got = dump(config);
	assert_string_equal(got, want);
	rd_free(got);
	rd_free(said);
	rd_config_unref(config);
	rd_config_report_free(report);
}

/* Of a file, these words are reported, as errors or not. */
static void check_file(const char *name, const char *want, bool refused)
{
	struct rd_config_report *report;
	struct rd_config *config = NULL;
	char *said;

	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd_config_load(&config, name, report), 0);
	said = conf_report_text(report);
	assert_string_equal(said, want);
	assert_int_equal(rd_config_errors(report) > 0, refused);
	rd_free(said);
	rd_config_unref(config);
	rd_config_report_free(report);
}

/* The same of text. */
static void check_said(const char *text, const char *want, bool refused)
{
	conf_dir_write("test.conf", text);
	check_file("test.conf", want, refused);
}

static void check_refused(const char *text, const char *want)
{
	check_said(text, want, true);
}

static void sections_and_assignments(void **state)
{
	(void)state;
	check_means("[general]\n"
		    "  port = 5060  \n"
		    "exten => 100,1,Dial(SIP/1001)\n"
		    "same=>n,Set(a=b)\n"
		    "empty =\n"
		    "[ spaced name ]\n"
		    "a=b=c\n",
		    "[general] port=5060 exten>100,1,Dial(SIP/1001) same>n,Set(a=b) empty=\n"
		    "[spaced name] a=b=c\n");
}

static void line_ends_and_marks(void **state)
{
	(void)state;
	check_means("\xef\xbb\xbf[a]\r\nb = c\r\n\r\n[d]\r\ne = f", "[a] b=c\n[d] e=f\n");
	check_means("", "");
	check_means("\n\n", "");
}

static void comments_are_left_out(void **state)
{
	(void)state;
	check_means("; first\n"
		    "[a] ; of a\n"
		    "b = c ; why\n"
		    "d = e\\;f\\;; g\n"
		    ";--- not a block ---\n"
		    "h = i ;-- inside --; j\n"
		    ";-- more\n"
		    "k = l\n"
		    " ;-- nested --;\n"
		    "--; m = n\n"
		    "o = \\x\n",
		    "[a] b=c d=e;f; h=i  j m=n o=\\x\n");
}

static void templates_are_inherited_in_order(void **state)
{
	(void)state;
	check_means("[base](!)\n"
		    "codec = ulaw\n"
		    "context = office\n"
		    "[night](!,base)\n"
		    "context = night\n"
		    "[1001](base)\n"
		    "secret = x\n"
		    "[1002](night, base)\n"
		    "[1003](1001)\n"
		    "codec = alaw\n",
		    "[1001] codec=ulaw context=office secret=x\n"
		    "[1002] codec=ulaw context=office context=night codec=ulaw "
		    "context=office\n"
		    "[1003] codec=ulaw context=office secret=x codec=alaw\n");
}

static void a_section_is_reopened(void **state)
{
	(void)state;
	check_means("[tmpl](!)\nt=1\n"
		    "[a]\nb=1\n[c]\nd=1\n[a](+)\ne=1\n[c](+,tmpl)\n",
		    "[a] b=1 e=1\n[c] d=1 t=1\n");
	check_means("[x]\ntype=aor\n[x]\ntype=endpoint\n[x](+type=endpoint)\ny=1\n",
		    "[x] type=aor\n[x] type=endpoint y=1\n");
}

static void same_name_twice_is_two_sections(void **state)
{
	(void)state;
	check_means("[a]\nb=1\n[a]\nb=2\n", "[a] b=1\n[a] b=2\n");
}

static void plus_equals_adds_to_the_text(void **state)
{
	(void)state;
	check_means("[t](!)\nallow = ulaw\n"
		    "[a](t)\nallow += ,alaw\nallow +=,g722\nnew += x\n"
		    "[b](t)\n",
		    "[a] allow=ulaw,alaw,g722 new=x\n[b] allow=ulaw\n");
}

static void includes_are_read_in_place(void **state)
{
	(void)state;
	conf_dir_write("one.conf", "c=2\n[in]\nx=1\n");
	conf_dir_write("d/b.conf", "[b]\ny=1\n");
	conf_dir_write("d/a.conf", "[a]\ny=1\n#include d/deep.inc\n");
	conf_dir_write("d/deep.inc", "z=1");
	check_means("[top]\n#include one.conf\ny=2\n#include \"d/*.conf\"\n"
		    "#tryinclude nothing.conf\n#include <d/*.none>\n#include\"d/b.conf\"\n",
		    "[top] c=2\n[in] x=1 y=2\n[a] y=1 z=1\n[b] y=1\n[b] y=1\n");
}

static void wrong_includes_are_refused(void **state)
{
	(void)state;
	conf_dir_write("self.conf", "#include self.conf\n");
	conf_dir_write("d/x", "");
	check_refused("#include nothing.conf\n"
		      "#include self.conf\n"
		      "#include d\n"
		      "#tryinclude d\n"
		      "#include\n"
		      "#inklude x\n"
		      "#include test.conf\n"
		      "#include \"/proc/self/mem\"\n",
		      "test.conf:1: #include \"nothing.conf\": no such file or directory\n"
		      "self.conf:1: \"self.conf\" includes itself\n"
		      "test.conf:3: #include \"d\": is a directory\n"
		      "test.conf:4: #include \"d\": is a directory\n"
		      "test.conf:5: \"#include\": expected #include FILE, #tryinclude FILE or "
		      "#exec COMMAND\n"
		      "test.conf:6: \"#inklude x\": expected #include FILE, #tryinclude FILE "
		      "or #exec COMMAND\n"
		      "test.conf:7: \"test.conf\" includes itself\n"
		      "test.conf:8: #include \"/proc/self/mem\": input/output error\n");
}

static void exec_is_off_until_allowed(void **state)
{
	(void)state;
	check_said("#exec echo x\n",
		   "test.conf:1: warning: #exec is off; \"execincludes = yes\" in [options] of "
		   "ringdown.conf turns it on\n", false);
	conf_dir_write("part.conf", "#exec echo x\n");
	conf_dir_write("sip.conf", "#include part.conf\n");
	check_file("sip.conf", "part.conf:1: #exec is off; \"execincludes = yes\" in [options] "
			       "of ringdown.conf turns it on\n", true);
	rd__config_allow_exec(true);
	check_means("[a]\n#exec echo b = c\n#exec \"printf 'd=e\\nf=g'\"\n", "[a] b=c d=e f=g\n");
}

static void exec_says_how_a_command_failed(void **state)
{
	(void)state;
	rd__config_allow_exec(true);
	check_refused("[a]\n#exec false\n", "test.conf:2: #exec false: it failed with status 1\n");
	check_refused("#exec echo no such table >&2\\; echo at all >&2\\; exit 3\n",
		      "test.conf:1: #exec echo no such table >&2; echo at all >&2; exit 3: it "
		      "failed with status 3: no such table\n");
	check_refused("#exec kill -TERM $$\n",
		      "test.conf:1: #exec kill -TERM $$: signal TERM ended it\n");
	check_refused("#exec exit 255\n",
		      "test.conf:1: #exec exit 255: it failed with status 255\n");
	check_refused("#exec head -c 70000000 /dev/zero\n",
		      "test.conf:1: #exec head -c 70000000 /dev/zero: it printed more than 64 MiB, "
		      "and was ended\n");
	check_said("#exec echo old table >&2\n",
		   "test.conf:1: warning: #exec echo old table >&2: old table\n", false);
	check_said("#exec yes tale | head -n 2000 >&2 && echo\n",
		   "test.conf:1: warning: #exec yes tale | head -n 2000 >&2 && echo: tale\n",
		   false);
	/* What it says on the side without end keeps nobody. */
	check_means("#exec head -c 70000000 /dev/zero >&2 2>/dev/null\\; echo \"[a]\"\n", "[a]\n");
}

/* Not one that only waits to be buried, which may be nobody's business here. */
static bool is_alive(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(file);
	return state != 'Z';
}

static bool runs(pid_t pid)
{
	for (int i = 0; i < 100 && is_alive(pid); i++)
		usleep(10000);
	return is_alive(pid);
}

/* The process that the command says, in DIR/pid, it has started. */
static pid_t started(void)
{
	char path[300];
	long pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/pid", conf_dir_path());
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld", &pid), 1);
	fclose(file);
	return (pid_t)pid;
}

/* A command that does this is refused so, soon, and leaves nothing behind. */
static void check_ended(const char *script, const char *why)
{
	uint64_t began = rd__clock_real_us();
	char line[400], wanted[500];

	conf_dir_write("slow.sh", script);
	snprintf(line, sizeof(line), "#exec cd %s && . ./slow.sh", conf_dir_path());
	snprintf(wanted, sizeof(wanted), "test.conf:1: %s: it %s\n", line, why);
	check_refused(line, wanted);
	assert_false(runs(started()));
	assert_true(rd__clock_real_us() - began < 20000000);
}

static void exec_has_a_limit(void **state)
{
	static const char why[] = "took longer than 200 ms, and was ended";

	(void)state;
	rd__config_allow_exec(true);
	rd__config_limit_exec(200);
	check_ended("sleep 60 & echo $! >pid; wait\n", why);
	check_ended("sleep 60 & echo $! >pid\n", why); /* it holds our pipe */
	check_ended("echo $$ >pid; while echo; do :; done\n", why);
	check_ended("echo $$ >pid; exec sleep 60 >&-\n", why);
	check_means("#exec cat\n", ""); /* it has no input */
}

static void *stop_soon(void *unused)
{
	usleep(200000);
	rd__config_stop_exec(true);
	return unused;
}

static void exec_ends_with_the_daemon(void **state)
{
	pthread_t thread;

	(void)state;
	rd__config_allow_exec(true);
	rd__config_limit_exec(60000);
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, NULL), 0);
	check_ended("sleep 60 & echo $! >pid; wait\n", "was ended, for the daemon stops");
	pthread_join(thread, NULL);
}

static void every_mistake_is_reported(void **state)
{
	(void)state;
	check_refused("a = b\n"
		      "[]\n"
		      "x = 1\n"
		      "[open\n"
		      "[a](b\n"
		      "[a] b\n"
		      "[phone](!)\n"
		      "[a](phome)\n"
		      "[b](+)\n"
		      "[c]\n"
		      "word\n"
		      "= 5\n"
		      "[self](self)\n",
		      "test.conf:1: \"a\" stands before the first [section]\n"
		      "test.conf:2: section without a name\n"
		      "test.conf:4: \"]\" expected after the section's name\n"
		      "test.conf:5: [a]: \")\" expected\n"
		      "test.conf:6: [a]: \"b\" after the section's name; \"(\" or the end of the "
		      "line expected\n"
		      "test.conf:8: no section \"phome\" before this line to inherit from; did "
		      "you mean \"phone\"?\n"
		      "test.conf:9: no section \"b\" before this line to add to\n"
		      "test.conf:11: \"word\": expected \"name = value\"\n"
		      "test.conf:12: a name is missing before \"=\"\n"
		      "test.conf:13: no section \"self\" before this line to inherit from\n");
}

static void an_open_comment_is_an_error(void **state)
{
	(void)state;
	check_refused("[a]\nb=c ;-- d\ne=f\n",
		      "test.conf:2: \";--\" is never closed with \"--;\"\n");
}

static void what_is_no_text_is_refused(void **state)
{
	struct rd_config_report *report;
	struct rd_config *config;
	char *said;

	(void)state;
	assert_int_equal(rd_config_report_new(&report), 0);
	conf_dir_write_bytes("bin.conf", "[a]\nb=\0c\n", 9);
	assert_int_equal(rd_config_load(&config, "bin.conf", report), 0);
	assert_int_equal(rd_config_errors(report), 1);
	rd_config_unref(config);
	assert_int_equal(rd_config_load(&config, "none.conf", report), -ENOENT);
	conf_dir_write("d/x", "");
	assert_int_equal(rd_config_load(&config, "d", report), -EINVAL);
	said = conf_report_text(report);
	assert_string_equal(said, "bin.conf:2: a NUL byte; is this a text file?\n"
				  "d: cannot be read: is a directory\n");
	rd_free(said);
	rd_config_report_free(report);
}

static void names_are_looked_up_without_case(void **state)
{
	const struct rd_config_section *section;
	struct rd_config_report *report;
	struct rd_config *config;

	(void)state;
	conf_dir_write("test.conf", "[t](!)\na=1\n[General](t)\nA=2\n[bob]\n[Bob]\n[t]\n");
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd_config_load(&config, "test.conf", report), 0);
	section = rd_config_find(config, "general");
	assert_string_equal(rd_config_get(section, "a"), "2");
	assert_null(rd_config_get(section, "b"));
	assert_string_equal(rd_config_section_file(section), "test.conf");
	assert_int_equal(rd_config_section_line(section), 3);
	assert_int_equal(rd_config_section_line(rd_config_find(config, "Bob")), 6);
	assert_int_equal(rd_config_section_line(rd_config_find(config, "t")), 7);
	assert_null(rd_config_find(config, "nobody"));
	rd_config_unref(rd_config_ref(config));
	rd_config_unref(config);
	rd_config_report_free(report);
}

/* Built and freed here; the directory is there already. */
static int load_once(void *arg)
{
	struct rd_config_report *report;
	struct rd_config *config;
	int rc = rd_config_report_new(&report);

	(void)arg;
	if (rc < 0)
		return rc;
	rc = rd_config_load(&config, "test.conf", report);
	if (rc == 0)
		rd_config_unref(config);
	rd_config_report_free(report);
	return rc;
}

static void memory_may_run_out_at_any_moment(void **state)
{
	struct rd_buf buf;

	(void)state;
	rd_buf_init(&buf);
	rd_buf_adds(&buf, "[t](!)\nlong = value\n");
	for (int i = 0; i < 40; i++)
		rd_buf_printf(&buf, "[%d](t)\nallow = ulaw\nallow += ,alaw\n#include i\n", i);
	conf_dir_write("test.conf", rd_buf_text(&buf));
	conf_dir_write("i", "included = yes\n");
	rd_buf_fini(&buf);
	assert_true(oom_sweep(load_once, NULL) > 40);
}

static void five_thousand_phones_load_quickly(void **state)
{
	struct timespec begin, end;
	struct rd_buf buf;
	double ms;

	(void)state;
	rd_buf_init(&buf);
	rd_buf_adds(&buf, "[phone](!)\n");
	for (int i = 0; i < 20; i++)
		rd_buf_printf(&buf, "option%d = value %d\n", i, i);
	for (int i = 0; i < 5000; i++)
		rd_buf_printf(&buf, "[%d](phone)\nsecret = abcdefgh%d\ncallerid = \"A\" <%d>\n", i,
			      i, i);
	conf_dir_write("test.conf", rd_buf_text(&buf));
	rd_buf_fini(&buf);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	assert_int_equal(load_once(NULL), 0);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	ms = (double)(end.tv_sec - begin.tv_sec) * 1e3 +
	     (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
	print_message("5,000 phones: %.1f ms\n", ms);
	assert_true(ms < 500); /* ten times what it takes under sanitizers */
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, conf_dir_setup, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(sections_and_assignments),
		IN_DIR(line_ends_and_marks),
		IN_DIR(comments_are_left_out),
		IN_DIR(templates_are_inherited_in_order),
		IN_DIR(a_section_is_reopened),
		IN_DIR(same_name_twice_is_two_sections),
		IN_DIR(plus_equals_adds_to_the_text),
		IN_DIR(includes_are_read_in_place),
		IN_DIR(wrong_includes_are_refused),
		IN_DIR(exec_is_off_until_allowed),
		IN_DIR(exec_says_how_a_command_failed),
		IN_DIR(exec_has_a_limit),
		IN_DIR(exec_ends_with_the_daemon),
		IN_DIR(every_mistake_is_reported),
		IN_DIR(an_open_comment_is_an_error),
		IN_DIR(what_is_no_text_is_refused),
		IN_DIR(names_are_looked_up_without_case),
		IN_DIR(memory_may_run_out_at_any_moment),
		IN_DIR(five_thousand_phones_load_quickly),
	};

	return RUN_GROUP(tests);
}

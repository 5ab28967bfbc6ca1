/* String views, the growing buffer, the nearest name, errors in words,
 * random names, and assertions. */
#include "tests/unit/test.h"

#include <sys/wait.h>
#include <unistd.h>

#include <ringdown/list.h>
#include <ringdown/str.h>

static void views_compare_with_and_without_case(void **state)
{
	struct rd_str none = { 0 };

	(void)state;
	assert_true(rd_str_eq(RD_STR("abc"), RD_STR("abc")));
	assert_false(rd_str_eq(RD_STR("abc"), RD_STR("abC")));
	assert_true(rd_str_ieq(RD_STR("abc"), RD_STR("ABC")));
	assert_false(rd_str_ieq(RD_STR("abc"), RD_STR("ab")));
	assert_true(rd_str_eq(none, RD_STR("")));
	assert_true(rd_str_starts(RD_STR("sip:x"), RD_STR("sip:")));
	assert_true(rd_str_starts(RD_STR("sip"), none));
	assert_false(rd_str_starts(RD_STR("si"), RD_STR("sip")));
	assert_false(rd_str_starts(RD_STR("SIP:x"), RD_STR("sip:")));
	assert_true(rd_str_istarts(RD_STR("SIP:x"), RD_STR("sip:")));
	assert_true(rd_str_istarts(RD_STR("sip"), none));
	assert_true(rd_str_istarts(none, none));
	assert_false(rd_str_istarts(RD_STR("si"), RD_STR("sip")));
	assert_false(rd_str_istarts(RD_STR("sap:x"), RD_STR("sip:")));
}

static void a_number_is_its_digits(void **state)
{
	char text[RD_NUMBER_MAX];

	(void)state;
	assert_int_equal(rd_print_number(text, 0), 1);
	assert_string_equal(text, "0");
	assert_int_equal(rd_print_number(text, 1090), 4);
	assert_string_equal(text, "1090");
	assert_int_equal(rd_print_number(text, UINT64_MAX), 20);
	assert_string_equal(text, "18446744073709551615");
}

static void bytes_are_two_digits_each(void **state)
{
	char text[9];

	(void)state;
	rd_print_hex(text, "\x00\x2a\xff\x9c", 4);
	assert_string_equal(text, "002aff9c");
	rd_print_hex(text, "", 0);
	assert_string_equal(text, "");
}

static void trimming_and_cutting(void **state)
{
	struct rd_str rest = RD_STR("a,,b"), head;

	(void)state;
	assert_true(rd_str_eq(rd_str_trim(RD_STR(" \t a b\r\n ")), RD_STR("a b")));
	assert_int_equal(rd_str_trim(RD_STR("  \n")).n, 0);
	assert_true(rd_str_cut(&rest, ',', &head));
	assert_true(rd_str_eq(head, RD_STR("a")));
	assert_true(rd_str_cut(&rest, ',', &head));
	assert_int_equal(head.n, 0);
	assert_false(rd_str_cut(&rest, ',', &head));
	assert_true(rd_str_eq(head, RD_STR("b")));
	assert_null(rest.p);
	assert_false(rd_str_cut(&rest, ',', &head));
	assert_null(head.p);
}

static void numbers_are_read_whole_or_not_at_all(void **state)
{
	uint64_t n = 7;

	(void)state;
	assert_int_equal(rd_str_to_u64(RD_STR("0"), 10, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(rd_str_to_u64(RD_STR("18446744073709551615"), UINT64_MAX, &n), 0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(rd_str_to_u64(RD_STR("18446744073709551616"), UINT64_MAX, &n),
			 -ERANGE);
	assert_int_equal(rd_str_to_u64(RD_STR("99999999999999999999x"), 10, &n), -EINVAL);
	assert_int_equal(rd_str_to_u64(RD_STR("11"), 10, &n), -ERANGE);
	assert_int_equal(rd_str_to_u64(RD_STR(""), 10, &n), -EINVAL);
	assert_int_equal(rd_str_to_u64(RD_STR("-1"), 10, &n), -EINVAL);
	assert_int_equal(rd_str_to_u64(RD_STR("1 "), 10, &n), -EINVAL);
}

static void copying_with_truncation(void **state)
{
	char small[4];

	(void)state;
	assert_true(rd_strcpy(small, sizeof(small), "abc"));
	assert_string_equal(small, "abc");
	assert_false(rd_strcpy(small, sizeof(small), "abcd"));
	assert_string_equal(small, "abc");
	assert_true(rd_strcpyn(small, sizeof(small), (struct rd_str){ 0 }));
	assert_string_equal(small, "");
	assert_false(rd_strcpy(small, 0, "x"));
}

static void what_is_utf8_and_what_is_not(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} rows[] = {
		{ "ab", 1 }, { "\xc3\xbc", 2 }, { "\xe2\x82\xac", 3 }, { "\xf0\x9f\x98\x80", 4 },
		{ "", 0 }, { "\xfcx", 0 }, { "\xc3", 0 }, { "\xc3x", 0 }, { "\xe2\x82", 0 },
		{ "\xc0\xaf", 0 }, { "\xe0\x80\xaf", 0 }, { "\xf0\x80\x80\xaf", 0 },
		{ "\xed\xa0\x80", 0 }, { "\xf4\x90\x80\x80", 0 }, { "\xf5\x80\x80\x80", 0 },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++)
		assert_int_equal(rd_utf8_length(rd_str_of(rows[i].text)), rows[i].n);
}

static void latin1_is_copied_as_utf8(void **state)
{
	char text[8];

	(void)state;
	assert_true(rd_utf8_copy(text, sizeof(text), RD_STR("M\xfc" "ller")));
	assert_string_equal(text, "M\xc3\xbcller");
	assert_true(rd_utf8_copy(text, sizeof(text), RD_STR("M\xc3\xbcller")));
	assert_string_equal(text, "M\xc3\xbcller");
	assert_true(rd_utf8_copy(text, sizeof(text), RD_STR("\x80\xc0\xaf")));
	assert_string_equal(text, "?\xc3\x80\xc2\xaf");
	assert_false(rd_utf8_copy(text, sizeof(text), RD_STR("123456\xfc")));
	assert_string_equal(text, "123456");
	assert_false(rd_utf8_copy(text, sizeof(text), RD_STR("123456\xc3\xbc")));
	assert_string_equal(text, "123456");
	assert_true(rd_utf8_copy(text, 1, RD_STR("")));
	assert_false(rd_utf8_copy(text, 0, RD_STR("x")));
}

static void the_nearest_name(void **state)
{
	static const char *const names[] = { "general", "secret", "context", "port", "qualify",
					     NULL };
	static const char *const none[] = { NULL };

	(void)state;
	assert_string_equal(rd_str_nearest("secert", names), "secret");
	assert_string_equal(rd_str_nearest("CONTXT", names), "context");
	assert_string_equal(rd_str_nearest("prot", names), "port");
	assert_null(rd_str_nearest("host", names));
	assert_string_equal(rd_str_nearest("gxnxral", names), "general");
	assert_null(rd_str_nearest("gxnxrxl", names));
	assert_null(rd_str_nearest("zzzzzz", names));
	assert_null(rd_str_nearest("x", names));
	assert_null(rd_str_nearest("", names));
	assert_null(rd_str_nearest("port", none));
}

static void a_buffer_grows(void **state)
{
	struct rd_buf buf;
	char *text;

	(void)state;
	rd_buf_init(&buf);
	assert_string_equal(rd_buf_text(&buf), "");
	for (int i = 0; i < 1000; i++)
		rd_buf_printf(&buf, "%d,", i % 10);
	assert_int_equal(buf.n, 2000);
	assert_int_equal(strlen(rd_buf_text(&buf)), 2000);
	rd_buf_reset(&buf);
	assert_string_equal(rd_buf_text(&buf), "");
	rd_buf_adds(&buf, "one");
	rd_buf_addc(&buf, ' ');
	rd_buf_add(&buf, "two!", 3);
	text = rd_buf_take(&buf);
	assert_string_equal(text, "one two");
	rd_free(text);
	text = rd_buf_take(&buf);
	assert_string_equal(text, "");
	rd_free(text);
	rd_buf_fini(&buf);
}

static int use_buffer(void *arg)
{
	struct rd_buf buf;
	char *text;

	(void)arg;
	rd_buf_init(&buf);
	rd_buf_adds(&buf, "something");
	rd_buf_printf(&buf, "%200d", 1);
	rd_buf_addc(&buf, '.');
	text = rd_buf_take(&buf);
	rd_free(text);
	return text ? 0 : -ENOMEM;
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	assert_int_equal(oom_sweep(use_buffer, NULL), 2);
}

static void errors_in_words(void **state)
{
	(void)state;
	assert_string_equal(rd_strerror(-ENOENT), "no such file or directory");
	assert_string_equal(rd_strerror(ENOENT), "no such file or directory");
	assert_string_equal(rd_strerror(-123456), "error 123456");
}

static void random_names_differ(void **state)
{
	char a[17], b[17];

	(void)state;
	rd_random_token(a, 16);
	rd_random_token(b, 16);
	assert_int_equal(strlen(a), 16);
	assert_int_equal(strspn(a, "abcdefghijklmnopqrstuvwxyz0123456789"), 16);
	assert_string_not_equal(a, b);
}

static void a_uuid_looks_like_one_and_is_another_each_time(void **state)
{
	char a[RD_UUID], b[RD_UUID];

	(void)state;
	rd_random_uuid(a);
	rd_random_uuid(b);
	assert_int_equal(strlen(a), 36);
	assert_int_equal(strspn(a, "0123456789abcdef-"), 36);
	assert_true(a[8] == '-' && a[13] == '-' && a[14] == '4' && a[18] == '-' && a[23] == '-');
	assert_non_null(strchr("89ab", a[19]));
	assert_string_not_equal(a, b);
}

static void a_child_gets_other_random_bytes(void **state)
{
	unsigned char here[16], there[16];
	int ends[2], status;
	pid_t child;

	(void)state;
	rd_random(here, sizeof(here)); /* so that there is a stock to copy */
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		rd_random(there, sizeof(there));
		_exit(write(ends[1], there, sizeof(there)) != sizeof(there));
	}
	rd_random(here, sizeof(here));
	assert_int_equal(read(ends[0], there, sizeof(there)), sizeof(there));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_memory_not_equal(here, there, sizeof(here));
	close(ends[0]);
	close(ends[1]);
}

static void lists_take_and_give_in_order(void **state)
{
	struct rd_list head, a, b;

	(void)state;
	rd_list_init(&head);
	rd_list_init(&a);
	assert_true(rd_list_empty(&head));
	assert_false(rd_list_linked(&a));
	rd_list_push(&head, &a);
	rd_list_push_front(&head, &b);
	assert_ptr_equal(rd_list_pop(&head), &b);
	rd_list_remove(&a);
	rd_list_remove(&a);
	assert_null(rd_list_pop(&head));
}

static void a_broken_invariant_is_caught(void **state)
{
	static const struct {
		unsigned magic;
	} one = { 1 }, *object = &one;

	(void)state;
	EXPECT_ASSERT(rd_assert(1 + 1 == 3));
	EXPECT_ASSERT(RD_CHECK(object, 2));
	RD_CHECK(object, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views_compare_with_and_without_case),
		cmocka_unit_test(a_number_is_its_digits),
		cmocka_unit_test(bytes_are_two_digits_each),
		cmocka_unit_test(trimming_and_cutting),
		cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
		cmocka_unit_test(copying_with_truncation),
		cmocka_unit_test(what_is_utf8_and_what_is_not),
		cmocka_unit_test(latin1_is_copied_as_utf8),
		cmocka_unit_test(the_nearest_name),
		cmocka_unit_test(a_buffer_grows),
		cmocka_unit_test(memory_may_run_out_at_any_moment),
		cmocka_unit_test(errors_in_words),
		cmocka_unit_test(random_names_differ),
		cmocka_unit_test(a_uuid_looks_like_one_and_is_another_each_time),
		cmocka_unit_test(a_child_gets_other_random_bytes),
		cmocka_unit_test(lists_take_and_give_in_order),
		cmocka_unit_test(a_broken_invariant_is_caught),
	};

	return RUN_GROUP(tests);
}

/* ENUM: names of numbers, what records make of them, ENUMLOOKUP(). */
#include "tests/unit/test.h"

#include <ringdown/fiber.h>

#include "modules/sip_trunk/enum.h"
#include "tests/unit/virtual_clock.h"

/* ---- names and records ---- */

static void a_number_is_a_name_from_its_end(void **state)
{
	char name[ENUM_NAME], digits[200];

	(void)state;
	assert_true(enum_name(name, RD_STR("+49 30-1"), "e164.arpa"));
	assert_string_equal(name, "1.0.3.9.4.e164.arpa");
	assert_false(enum_name(name, RD_STR("+"), "e164.arpa"));
	assert_false(enum_name(name, RD_STR("alice"), "e164.arpa"));
	memset(digits, '1', sizeof(digits));
	assert_false(enum_name(name, (struct rd_str){ digits, sizeof(digits) }, "e164.arpa"));
}

/* service, flags, expression, method, the URI of +49301234 ("" : none) */
static const char *const records[][5] = {
	{ "E2U+SIP", "U", "!^.*$!sip:alice@example.com!", "sip", "sip:alice@example.com" },
	{ "E2U+sip", "u", "!^.*$!sip:alice@example.com!i", "SIP", "sip:alice@example.com" },
	{ "SIP+E2U", "U", "!^.*$!sip:alice@example.com!", "sip", "sip:alice@example.com" },
	{ "E2U+VOICE:SIP", "U", "!^.*$!sip:alice@example.com!", "voice", "sip:alice@example.com" },
	{ "E2U+SIP", "U", "/^\\+49(.*)$/sip:0\\1@gate.test/", "sip", "sip:0301234@gate.test" },
	{ "E2U+SIP", "U", "!^.*$!sip:\\0@gate.test!", "sip", "sip:+49301234@gate.test" },
	{ "E2U+SIP", "U", "!^.*$!sip:a@b.test&TRUNK/out/0900!", "sip", "" },
	{ "E2U+SIP", "U", "!^.*$!sip:a@b.test,30,g!", "sip", "" },
	{ "E2U+SIP", "U", "!^.*$!sip:0900@trunk!", "sip", "" },
	{ "E2U+SIP", "U", "!^.*$!sip:trunk/0900!", "sip", "" },
	{ "E2U+SIP", "U", "!^.*$!sips:alice@[2001:db8::1]!", "sip", "sips:alice@[2001:db8::1]" },
	{ "E2U+EMAIL:MAILTO", "U", "!^.*$!mailto:a@b!", "ALL", "mailto:a@b" },
	{ "E2U+EMAIL:MAILTO", "U", "!^.*$!mailto:a@b!", "sip", "" },
	{ "SIP+D2U", "U", "!^.*$!sip:a@b.test!", "ALL", "" },
	{ "E2U+SIP", "S", "!^.*$!sip:a@b.test!", "sip", "" },
	{ "E2U+SIP", "U", "!^\\+43.*$!sip:a@b.test!", "sip", "" },
	{ "E2U+SIP", "U", "!^(.)(.).*$!sip:\\2@b.test!", "sip", "" },
	{ "E2U+SIP", "U", "!^.*$!sip:a@b.test", "sip", "" },
	{ "E2U+SIP", "U", "!^.*$", "sip", "" },
	{ "E2U+SIP", "U", "!^(.*$!sip:a@b.test!", "sip", "" },
	{ "E2U+SIP", "U", "!^.*$!!", "sip", "" },
	{ "E2U+SIP", "U", "", "sip", "" },
	{ "", "U", "!^.*$!sip:a@b.test!", "sip", "" },
};

static void a_record_makes_an_address_of_a_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(records); i++) {
		const struct rd_sip_naptr record = { .service = records[i][0],
						     .flags = records[i][1],
						     .regexp = records[i][2] };
		char uri[ENUM_URI] = "";

		if (!enum_uri(uri, &record, records[i][3], RD_STR("+49301234")))
			uri[0] = '\0';
		if (strcmp(uri, records[i][4]) != 0)
			fail_msg("%zu: \"%s\" was expected, not \"%s\"", i, records[i][4], uri);
	}
}

/* ---- the function ---- */

static struct {
	char name[ENUM_NAME];
	rd_sip_naptr_fn *told;
	void *arg;
	int rc;
	unsigned forgotten;
	unsigned more; /* answers so many records instead, all alike */
	struct rd_timer timer;
} server;

static void answer(void *arg)
{
	static const struct rd_sip_naptr list[] = {
		{ 10, 10, "U", "E2U+EMAIL:MAILTO", "!^.*$!mailto:alice@example.com!" },
		{ 10, 20, "U", "E2U+SIP", "!^.*$!sip:alice@example.com!" },
		{ 10, 30, "U", "E2U+SIP", "!^\\+49(.*)$!sip:\\1@gate.test!" },
	};

	struct rd_sip_naptr alike[16];

	(void)arg;
	for (unsigned i = 0; i < server.more; i++)
		alike[i] = list[1];
	if (server.more)
		server.told(server.arg, 0, alike, server.more);
	else
		server.told(server.arg, server.rc, server.rc ? NULL : list,
			    server.rc ? 0 : RD_ARRAY_SIZE(list));
}

static int naptr(struct rd_sip_lookup **lookup, const char *name, rd_sip_naptr_fn *told,
		 void *arg)
{
	*lookup = (struct rd_sip_lookup *)&server;
	rd_strcpy(server.name, sizeof(server.name), name);
	server.told = told;
	server.arg = arg;
	rd_timer_init(&server.timer, answer, NULL);
	if (server.rc != -EINPROGRESS)
		rd_timer_start(&server.timer, 100);
	return 0;
}

static void forget(struct rd_sip_lookup *lookup)
{
	assert_ptr_equal(lookup, &server);
	server.forgotten++;
}

static const struct rd_sip_trunks driver = { .naptr = naptr, .forget = forget };
const struct rd_sip_trunks *trunk_driver = &driver;

static struct rd_buf said;
static int rc_said;

static int caller(void *args)
{
	rc_said = enum_lookup_read(NULL, args, &said);
	return 0;
}

/* What ENUMLOOKUP(args) says; "-" and rc_said where it fails. */
static const char *look_up(const char *args)
{
	rd_buf_reset(&said);
	rc_said = 1;
	assert_int_equal(rd_fiber_new_detached("caller", caller, (void *)args), 0);
	rd__sched_run_for(15000);
	assert_int_not_equal(rc_said, 1);
	return rc_said ? "-" : rd_buf_text(&said);
}

static int setup(void **state)
{
	(void)state;
	memset(&server, 0, sizeof(server));
	rd_buf_init(&said);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rd_buf_fini(&said);
	return 0;
}

static void enumlookup_tells_the_address(void **state)
{
	(void)state;
	assert_string_equal(look_up("+49301234"), "alice@example.com");
	assert_string_equal(server.name, "4.3.2.1.0.3.9.4.e164.arpa");
	assert_string_equal(look_up("+49301234,sip,,2,enum.example"), "301234@gate.test");
	assert_string_equal(server.name, "4.3.2.1.0.3.9.4.enum.example");
	assert_string_equal(look_up("+49301234,sip,u"), "sip:alice@example.com");
	assert_string_equal(look_up("+49301234,ALL"), "mailto:alice@example.com");
	assert_string_equal(look_up("+49301234,sip,c"), "2");
	assert_string_equal(look_up("+49301234,ALL,c"), "3");
	assert_string_equal(look_up("+49301234,sip,,3"), "");
	assert_string_equal(look_up("+49301234,tel"), "");
	server.more = 10;
	assert_string_equal(look_up("+49301234,sip,c"), "8");
}

static void what_is_not_known_is_empty_or_an_error(void **state)
{
	(void)state;
	server.rc = -ENOENT;
	assert_string_equal(look_up("+49301234"), "");
	assert_string_equal(look_up("+49301234,sip,c"), "0");
	server.rc = -ETIMEDOUT;
	assert_string_equal(look_up("+49301234"), "-");
	assert_int_equal(rc_said, -ETIMEDOUT);
	server.rc = -EINPROGRESS; /* for ever */
	assert_string_equal(look_up("+49301234"), "-");
	assert_int_equal(rc_said, -ETIMEDOUT);
	assert_int_equal(server.forgotten, 1);
	assert_string_equal(look_up("alice"), "-");
	assert_string_equal(look_up(""), "-");
	assert_string_equal(look_up("+49301234,sip,x"), "-");
	assert_string_equal(look_up("+49301234,sip,,first"), "-");
	assert_int_equal(rc_said, -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_number_is_a_name_from_its_end),
		TEST(a_record_makes_an_address_of_a_number),
		TEST(enumlookup_tells_the_address),
		TEST(what_is_not_known_is_empty_or_an_error),
	};

	int failed;

	clock_begin();
	failed = RUN_GROUP(tests);
	clock_end();
	return failed;
}

/* How many devices may register for a number, with how many flows each (RFC 5626), and who
 * gives way to one more. */
#include "tests/unit/test.h"

#include "channels/sip/endpoint/qualify.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_register.h"

static struct sip_phone callee;

static struct sip_aor *record(void)
{
	return sip_location_find(sip.location, RD_STR("1002"));
}

static const char *device_flow(int device, int reg_id)
{
	static char more[256], call_id[16];

	snprintf(call_id, sizeof(call_id), "%d-%d", device, reg_id);
	snprintf(more, sizeof(more),
		 "Supported: path, outbound\nContact: <sip:1002@127.0.0.%d:50%02d>;+sip.instance="
		 "\"<urn:uuid:%d>\";reg-id=%d\nExpires: %d\n",
		 device, reg_id, device, reg_id, 100 + 10 * device + 1000 * (reg_id > 1));
	return register_1002(call_id, more);
}

static void places(const char *more)
{
	char conf[256];

	snprintf(conf, sizeof(conf), "[1002]\ntype = phone\nsecret = two\n%s", more);
	assert_int_equal(office_reload(conf), 0);
}

static void the_flows_of_a_device_take_one_place(void **state)
{
	(void)state;
	places("max_contacts = 1\nremove_existing = no\n");
	for (int turn = 0; turn < 2; turn++)
		for (int reg_id = 1; reg_id <= 2; reg_id++)
			starts(device_flow(2, reg_id), "SIP/2.0 200");
	assert_int_equal(record()->count, 2);
	starts(device_flow(3, 1), "SIP/2.0 403");
	starts(register_1002("a", "Contact: <sip:a@127.0.0.2>\n"), "SIP/2.0 403");
	for (int reg_id = 3; reg_id <= SIP_FLOWS_MAX; reg_id++)
		starts(device_flow(2, reg_id), "SIP/2.0 200");
	starts(device_flow(2, SIP_FLOWS_MAX + 1), "SIP/2.0 403");
	assert_int_equal(record()->count, SIP_FLOWS_MAX);
}

static const char *device_plain(int port, const char *more)
{
	char lines[256];

	snprintf(lines, sizeof(lines),
		 "Supported: path\n%sContact: <sip:1002@127.0.0.2:%d>;+sip.instance="
		 "\"<urn:uuid:2>\"\nExpires: 90\n",
		 more, port);
	return register_1002("2-1", lines); /* a phone keeps it */
}

static bool has_flow(int reg_id)
{
	return sip_aor_find_flow(record(), RD_STR("<urn:uuid:2>"), (uint32_t)reg_id);
}

static bool is_at_port(int port)
{
	char uri[64];

	snprintf(uri, sizeof(uri), "sip:1002@127.0.0.2:%d", port);
	return sip_aor_find(record(), rd_str_of(uri));
}

/* "outbound" is switched on in the phone, and off again. */
static void a_device_that_begins_with_flows_keeps_its_place(void **state)
{
	(void)state;
	places("max_contacts = 1\nremove_existing = no\n");
	for (int turn = 0; turn < 2; turn++) {
		starts(device_plain(5001, ""), "SIP/2.0 200");
		assert_int_equal(record()->count, 1);
		assert_false(has_flow(1));
		starts(device_flow(2, 1), "SIP/2.0 200");
		assert_int_equal(record()->count, 1);
		assert_true(has_flow(1));
	}
	/* At another address it is another contact of the same device. */
	starts(device_plain(5009, ""), "SIP/2.0 200");
	starts(device_flow(2, 2), "SIP/2.0 200");
	assert_int_equal(record()->count, 3);
	starts(device_flow(3, 1), "SIP/2.0 403");
}

/* Where it was before, it is no more: it may come back, and nobody else gives way. */
static void without_flows_a_device_moves_within_its_place(void **state)
{
	(void)state;
	places("max_contacts = 1\nremove_existing = no\n");
	for (int port = 5001; port <= 5003; port++) {
		starts(device_plain(port, ""), "SIP/2.0 200");
		assert_int_equal(record()->count, 1);
		assert_true(is_at_port(port));
	}
	starts(device_flow(3, 1), "SIP/2.0 403");
	places("max_contacts = 2\n");
	starts(device_flow(3, 1), "SIP/2.0 200");
	starts(device_plain(5004, ""), "SIP/2.0 200");
	assert_int_equal(record()->count, 2);
	assert_true(sip_aor_find_flow(record(), RD_STR("<urn:uuid:3>"), 1));
}

/* It knows of its former address, and takes that back. */
static void a_device_that_has_moved_may_say_so(void **state)
{
	(void)state;
	places("max_contacts = 1\n");
	starts(device_plain(5001, ""), "SIP/2.0 200");
	starts(device_plain(5002, ""), "SIP/2.0 200");
	starts(register_1002("2-1", "Contact: <sip:1002@127.0.0.2:5001>;+sip.instance="
				    "\"<urn:uuid:2>\";expires=0\n"),
	       "SIP/2.0 200");
	assert_true(is_at_port(5002));
	starts(register_1002("2-1", "Contact: <sip:1002@127.0.0.2:5003>;+sip.instance="
				    "\"<urn:uuid:2>\"\nContact: <sip:1002@127.0.0.2:5002>;"
				    "+sip.instance=\"<urn:uuid:2>\";expires=0\n"),
	       "SIP/2.0 200");
	assert_int_equal(record()->count, 1);
	assert_true(is_at_port(5003));
}

static void a_device_that_moves_leaves_room_for_another(void **state)
{
	(void)state;
	places("max_contacts = 2\nremove_existing = no\n");
	for (int port = 5001; port < 5001 + 2 * SIP_FLOWS_MAX; port++)
		starts(device_plain(port, ""), "SIP/2.0 200");
	assert_int_equal(record()->count, SIP_FLOWS_MAX);
	starts(device_flow(3, 1), "SIP/2.0 200");
}

/* By a proxy that knows no flows the second way of a device is none (RFC 5626 §6). */
static void what_came_by_another_way_is_not_the_same(void **state)
{
	(void)state;
	places("max_contacts = 1\nremove_existing = no\n");
	starts(device_flow(2, 1), "SIP/2.0 200");
	starts(device_plain(5001, "Path: <sip:127.0.0.8;lr>\n"), "SIP/2.0 200");
	assert_int_equal(record()->count, 2);
	assert_true(has_flow(1));
}

/* The last of its flows frees the place, not the first. */
static void a_device_leaves_with_its_last_flow(void **state)
{
	(void)state;
	places("max_contacts = 1\nremove_existing = no\n");
	device_flow(2, 1);
	device_flow(2, 2);
	starts(register_1002("a", "Contact: <sip:a@127.0.0.9>, <sip:1002@127.0.0.2:5001>;+sip."
				  "instance=\"<urn:uuid:2>\";reg-id=1;expires=0\n"),
	       "SIP/2.0 403");
	starts(register_1002("b", "Contact: <sip:1002@127.0.0.2:5001>;+sip.instance="
				  "\"<urn:uuid:2>\";reg-id=1;expires=0\n"),
	       "SIP/2.0 200");
	starts(device_flow(3, 1), "SIP/2.0 403");
	starts(register_1002("c", "Contact: <sip:1002@127.0.0.2:5002>;+sip.instance="
				  "\"<urn:uuid:2>\";reg-id=2;expires=0\n"),
	       "SIP/2.0 200");
	starts(device_flow(3, 1), "SIP/2.0 200");
}

/* Of the device with the oldest flow another one was renewed last of all. */
static void a_device_gives_way_with_all_its_flows(void **state)
{
	(void)state;
	places("max_contacts = 2\n");
	device_flow(2, 1);
	device_flow(3, 1);
	device_flow(2, 2);
	starts(device_flow(4, 1), "SIP/2.0 200");
	assert_int_equal(record()->count, 3);
	assert_null(sip_aor_find_flow(record(), RD_STR("<urn:uuid:3>"), 1));
	device_flow(4, 2);
	starts(device_flow(5, 2), "SIP/2.0 200");
	assert_int_equal(record()->count, 3);
	assert_null(sip_aor_find_flow(record(), RD_STR("<urn:uuid:2>"), 1));
	assert_null(sip_aor_find_flow(record(), RD_STR("<urn:uuid:2>"), 2));
	for (int reg_id = 3; reg_id <= SIP_FLOWS_MAX + 1; reg_id++)
		starts(device_flow(4, reg_id), "SIP/2.0 200");
	assert_int_equal(record()->count, SIP_FLOWS_MAX + 1);
	assert_null(sip_aor_find_flow(record(), RD_STR("<urn:uuid:4>"), 1));
	assert_non_null(sip_aor_find_flow(record(), RD_STR("<urn:uuid:5>"), 2));
	/* A younger one with too many throws out its own, and not the older one's. */
	for (int reg_id = 3; reg_id <= SIP_FLOWS_MAX + 2; reg_id++)
		starts(device_flow(5, reg_id), "SIP/2.0 200");
	assert_int_equal(record()->count, 2 * SIP_FLOWS_MAX);
}

/* Not another device, though that was renewed longer ago. */
static void a_ninth_flow_takes_the_place_of_one_of_its_own(void **state)
{
	(void)state;
	places("max_contacts = 3\n");
	starts(register_1002("x", "Contact: <sip:x@127.0.0.9:5060>\nExpires: 60\n"),
	       "SIP/2.0 200");
	for (int reg_id = 1; reg_id <= SIP_FLOWS_MAX + 1; reg_id++)
		starts(device_flow(2, reg_id), "SIP/2.0 200");
	assert_non_null(sip_aor_find(record(), RD_STR("sip:x@127.0.0.9:5060")));
	assert_false(has_flow(1));
	assert_true(has_flow(SIP_FLOWS_MAX + 1));
	assert_int_equal(record()->count, SIP_FLOWS_MAX + 1);
}

/* Also where another is as old. */
static void of_a_device_that_gives_way_nothing_is_left(void **state)
{
	char more[3][160];

	(void)state;
	places("max_contacts = 2\n");
	for (int i = 0; i < 3; i++)
		snprintf(more[i], sizeof(more[i]),
			 "Supported: outbound\nExpires: 100\nContact: <sip:h%d@127.0.0.2>;"
			 "+sip.instance=\"<urn:uuid:%d>\";reg-id=%d\n",
			 i, i == 1 ? 3 : 2, i + 1);
	register_1002("a", more[0]);
	register_1002("b", more[1]);
	register_1002("c", more[2]);
	assert_int_equal(record()->count, 3);
	starts(device_flow(4, 1), "SIP/2.0 200");
	assert_int_equal(has_flow(1), has_flow(3));
}

static void one_silent_flow_makes_no_silent_device(void **state)
{
	const struct sip_contact *first;

	(void)state;
	places("max_contacts = 2\nqualify = 60\nremove_unavailable = yes\n");
	device_flow(2, 1);
	run_for(4000);
	line_clear();
	device_flow(2, 2);
	run_for(10);
	phone_expect_request(&callee, "OPTIONS ");
	phone_answer(&callee, "200 OK", "", "");
	first = sip_aor_find_flow(record(), RD_STR("<urn:uuid:2>"), 1);
	assert_false(sip_contact_reachable(first));
	register_1002("b", "Contact: <sip:b@127.0.0.2:5060>\nExpires: 80\n");
	run_for(10);
	line_clear();
	starts(register_1002("c", "Contact: <sip:c@127.0.0.2:5060>\n"), "SIP/2.0 200");
	assert_true(has_flow(1) && has_flow(2));
	assert_null(sip_aor_find(record(), RD_STR("sip:b@127.0.0.2:5060")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_flows_of_a_device_take_one_place),
		TEST(a_device_that_begins_with_flows_keeps_its_place),
		TEST(without_flows_a_device_moves_within_its_place),
		TEST(a_device_that_has_moved_may_say_so),
		TEST(a_device_that_moves_leaves_room_for_another),
		TEST(what_came_by_another_way_is_not_the_same),
		TEST(a_device_leaves_with_its_last_flow),
		TEST(a_device_gives_way_with_all_its_flows),
		TEST(a_ninth_flow_takes_the_place_of_one_of_its_own),
		TEST(of_a_device_that_gives_way_nothing_is_left),
		TEST(one_silent_flow_makes_no_silent_device),
	};

	return RUN_GROUP(tests);
}

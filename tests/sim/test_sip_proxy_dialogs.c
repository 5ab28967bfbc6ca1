/* The proxy and the requests of a dialog, RFC 3261 §16.4 and §16.11: by our Record-Route they
 * come and go, to phones behind NATs too, and what is no dialog of ours has no way through. */
#include "tests/unit/test.h"

#include "tests/sim/sip_proxied.h"

static struct copy one, two;

static void end_guests_call(const struct copy *copy)
{
	line_clear();
	answer_copy(copy, "486 Busy Here", "busy", "");
	line_expect("ACK ");
	line_expect("SIP/2.0 486");
	stranger_goes_on("ACK", "sip:x@127.0.0.1", "busy", "");
	line_clear();
}

/* ---- §16.4: routes ---- */

static void s16_4_later_requests_come_by_our_route(void **state)
{
	char record[128], more[256];

	(void)state;
	answered_call(&one, record);
	snprintf(more, sizeof(more), "Route: <%s>, <sip:127.0.0.71;lr>\n", record);
	caller_goes_on("BYE", "sip:8001@127.0.0.70", "far", more);
	take_copy_at(&one, "BYE sip:8001@127.0.0.70 ", "127.0.0.71:5060");
	lines_in(one.text, "Route", 1);
	assert_string_equal(line_header(one.text, "Route"), "<sip:127.0.0.71;lr>");
	lines_in(one.text, "Record-Route", 0);
	answer_copy(&one, "200 OK", "", "");
	caller_gets("SIP/2.0 200");
}

static void s16_4_a_strict_router_before_us_is_understood(void **state)
{
	char record[128];

	(void)state;
	answered_call(&one, record);
	caller_goes_on("BYE", record, "far",
		       "Route: <sip:127.0.0.71;lr>, <sip:8001@127.0.0.70>\n");
	take_copy_at(&one, "BYE sip:8001@127.0.0.70 ", "127.0.0.71:5060");
	assert_string_equal(line_header(one.text, "Route"), "<sip:127.0.0.71;lr>");
	lines_in(one.text, "Route", 1);
	answer_copy(&one, "200 OK", "", "");
	caller_gets("SIP/2.0 200");
}

static void s16_4_a_route_that_we_did_not_record_opens_nothing(void **state)
{
	(void)state;
	caller_goes_on("BYE", "sip:8001@127.0.0.70", "far",
		       "Route: <sip:rr0123456789abcdef@127.0.0.1;lr>\n");
	caller_gets("SIP/2.0 481");
	line_expect_nothing();
}

/* ---- phones behind NATs ---- */

/* It registered from there, although its Contact says something else. */
static void comes_from(const char *phone, const char *host, uint16_t port)
{
	struct sip_aor *aor = sip_location_find(sip.location, rd_str_of(phone));

	assert_int_equal(sip_sockaddr_parse(&sip_aor_first(aor)->flow.peer, rd_str_of(host),
					    port), 0);
}

/* The phone is at 10.0.0.5, by a NAT, and called by uri: it answers, and gets the ACK.
 * named: how its name stands in the Record-Route; more: the Route of what comes next. */
static void is_called_behind_a_nat(const char *phone, const char *uri, const char *named,
				   char record[128], char more[256])
{
	proxied_register(phone, "sip:odd-name@10.0.0.5:5099", 1000);
	comes_from(phone, "127.0.0.88", 40000);
	caller_sends("INVITE", uri, "");
	take_copy_at(&one, "INVITE sip:odd-name@10.0.0.5:5099 ", "127.0.0.88:40000");
	record_of(record, &one);
	assert_non_null(strstr(record, named));
	answer_copy(&one, "200 OK", "far", "Contact: <sip:odd-name@10.0.0.5:5099;x=1>\n");
	snprintf(more, 256, "Route: %s\n",
		 line_header(caller_gets("SIP/2.0 200"), "Record-Route"));
	caller_goes_on("ACK", "sip:odd-name@10.0.0.5:5099", "far", more);
	take_copy_at(&one, "ACK ", "127.0.0.88:40000");
}

/* He is at 10.0.0.6, by another one, and calls; the far end hangs up. */
static void calls_behind_a_nat(const char *phone, const char *named)
{
	char record[128], more[256];

	proxied_register(phone, "sip:alice@10.0.0.6", 1000);
	comes_from(phone, "127.0.0.89", 40001);
	answered_call(&one, record);
	assert_non_null(strstr(record, named));
	snprintf(more, sizeof(more), "Route: <%s>\n", record);
	stranger_goes_on("BYE", "sip:alice@10.0.0.6", "from", more);
	take_copy_at(&one, "BYE ", "127.0.0.89:40001");
	answer_copy(&one, "200 OK", "", "");
	line_expect("SIP/2.0 200");
}

static void later_requests_reach_a_phone_behind_a_nat(void **state)
{
	char record[128], again[128], more[256];

	(void)state;
	is_called_behind_a_nat("1002", "sip:1002@here.test", ".1002@", record, more);
	caller_goes_on("INVITE", "sip:odd-name@10.0.0.5:5099", "far", more);
	take_copy_at(&one, "INVITE ", "127.0.0.88:40000");
	record_of(again, &one);
	assert_string_equal(again, record);
	end_call(&one);
}

/* As long as our marks are, and beginning like one. */
static void a_phone_whose_name_looks_like_a_mark_stays_recorded(void **state)
{
	char record[128];

	(void)state;
	proxied_register("central-reception1", "sip:r@10.0.0.5:5099", 1000);
	comes_from("central-reception1", "127.0.0.88", 40000);
	caller_sends("INVITE", "sip:central-reception1@here.test", "");
	take_copy_at(&one, "INVITE sip:r@10.0.0.5:5099 ", "127.0.0.88:40000");
	record_of(record, &one);
	assert_non_null(strstr(record, ".central-reception1@"));
	answer_copy(&one, "200 OK", "far", "Contact: <sip:r@10.0.0.5:5099>\n");
	snprintf(record, sizeof(record), "%s",
		 line_header(caller_gets("SIP/2.0 200"), "Record-Route"));
	assert_non_null(strstr(record, ".central-reception1@"));
}

/* The other way round the caller is the phone that is meant. */
static void and_so_they_do_a_caller_behind_a_nat(void **state)
{
	(void)state;
	calls_behind_a_nat("gate", ".gate@");
}

/* Their names have an at and dots in them. */
static void and_so_they_do_phones_of_a_domain(void **state)
{
	char record[128], more[256];

	(void)state;
	assert_int_equal(office_reload("[global]\nuser_agent = Test\ndns = no\n"
				       "[gate@here.test]\ntype = phone\nmatch = 127.0.0.9\n"
				       "[101@here.test]\ntype = phone\nsecret = x\n"),
			 0);
	is_called_behind_a_nat("101@here.test", "sip:101@here.test", ".101!here~test@", record,
			       more);
	calls_behind_a_nat("gate@here.test", ".gate!here~test@");
}

/* ---- dialogs are no way around the door ---- */

static void a_dialog_is_no_open_relay(void **state)
{
	char record[128], more[256];

	(void)state;
	answered_call(&one, record);
	snprintf(more, sizeof(more), "Route: <%s>\n", record);
	stranger_goes_on("INVITE", "sip:900123@127.0.0.90", "from", more);
	line_expect("SIP/2.0 407");
	stranger_goes_on("ACK", "sip:900123@127.0.0.90", "from", "");
	line_clear();
	snprintf(more, sizeof(more), "Route: <%s>, <sip:127.0.0.91;lr>\n", record);
	stranger_goes_on("MESSAGE", "sip:alice@127.0.0.9", "from", more);
	line_expect("SIP/2.0 407");
	line_expect_nothing();
}

static void the_far_end_reaches_who_called_it(void **state)
{
	char record[128], more[256];

	(void)state;
	answered_call(&one, record);
	snprintf(more, sizeof(more), "Route: <%s>\n", record);
	stranger_goes_on("MESSAGE", "sip:alice@127.0.0.9", "from", more);
	take_copy_at(&one, "MESSAGE sip:alice@127.0.0.9 ", "127.0.0.9:5060");
	answer_copy(&one, "200 OK", "", "");
	line_expect("SIP/2.0 200");
}

/* A guest calls a phone that answers with another Contact than it registered; record: what
 * he is told of our route. */
static void guest_called(char record[128])
{
	proxied_register("1002", "sip:1002@127.0.0.21", 1000);
	stranger_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE ", "127.0.0.21:5060");
	answer_copy(&one, "200 OK", "far", "Contact: <sip:line1@127.0.0.22:5070>\n");
	snprintf(two.text, sizeof(two.text), "%s", line_expect("SIP/2.0 200"));
	record_of(record, &two);
}

static void both_ends_of_a_guests_call_may_change_it(void **state)
{
	char theirs[128], record[128], more[256];

	(void)state;
	guest_called(record);
	record_of(theirs, &one);
	assert_string_not_equal(theirs, record);
	snprintf(more, sizeof(more), "Route: <%s>\n", record);
	stranger_goes_on("INVITE", "sip:line1@127.0.0.22:5070", "far", more);
	take_copy_at(&one, "INVITE sip:line1@127.0.0.22:5070 ", "127.0.0.22:5070");
	end_guests_call(&one);
	snprintf(more, sizeof(more), "Route: <%s>\n", theirs);
	caller_goes_on("INVITE", "sip:alice@127.0.0.4", "from", more);
	take_copy_at(&one, "INVITE sip:alice@127.0.0.4 ", "127.0.0.4:5060");
	end_call(&one);
}

/* Else who says of himself that he is elsewhere could call there in our name. */
static void a_guest_cannot_use_the_address_that_he_gave(void **state)
{
	char record[128], more[256];

	(void)state;
	guest_called(record);
	snprintf(more, sizeof(more), "Route: <%s>\n", record);
	stranger_goes_on("INVITE", "sip:alice@127.0.0.4", "far", more);
	line_expect("SIP/2.0 407");
	stranger_goes_on("INVITE", "sip:line1@127.0.0.22:5071", "far", more);
	line_expect("SIP/2.0 407");
	line_expect_nothing();
}

/* Nor does a refusal tell him of it. */
static void a_refusal_says_nothing_of_our_route(void **state)
{
	char more[256];

	(void)state;
	proxied_register("1002", "sip:1002@127.0.0.21", 1000);
	stranger_sends("INVITE", "sip:1002@here.test", "");
	take_copy(&one, "INVITE ");
	snprintf(more, sizeof(more), "Record-Route: %s\n", line_header(one.text, "Record-Route"));
	answer_copy(&one, "486 Busy Here", "far", more);
	line_expect("ACK ");
	lines_in(line_expect("SIP/2.0 486"), "Record-Route", 0);
}

/* The far end's proxy, which records its route too, is part of the way. */
static void the_way_beyond_us_is_known_too(void **state)
{
	static const char beyond[] = "Record-Route: <sip:127.0.0.71;lr>, ";
	char record[128], more[256];
	struct copy changed;
	char *at;

	(void)state;
	proxied_register("1002", "sip:1002@127.0.0.21", 1000);
	stranger_sends("INVITE", "sip:1002@here.test", "");
	take_copy(&one, "INVITE ");
	changed = one;
	at = strstr(one.text, "Record-Route: ");
	snprintf(changed.text + (at - one.text), sizeof(changed.text) - (size_t)(at - one.text),
		 "%s%s", beyond, at + strlen("Record-Route: "));
	answer_copy(&changed, "200 OK", "far", "Contact: <sip:line1@127.0.0.22>\n");
	snprintf(two.text, sizeof(two.text), "%s", line_expect("SIP/2.0 200"));
	assert_non_null(strstr(two.text, beyond));
	snprintf(record, sizeof(record), "%s",
		 line_part(strstr(two.text, beyond) + strlen(beyond), "<", ">"));
	snprintf(more, sizeof(more), "Route: <%s>, <sip:127.0.0.71;lr>\n", record);
	stranger_goes_on("INVITE", "sip:line1@127.0.0.22", "far", more);
	take_copy_at(&one, "INVITE sip:line1@127.0.0.22 ", "127.0.0.71:5060");
	end_guests_call(&one);
	stranger_goes_on("INVITE", "sip:900123@127.0.0.22", "far", more);
	line_expect("SIP/2.0 407");
	snprintf(more, sizeof(more), "Route: <%s>, <sip:127.0.0.72;lr>\n", record);
	stranger_goes_on("INVITE", "sip:line1@127.0.0.22", "far", more);
	line_expect("SIP/2.0 407");
	snprintf(more, sizeof(more), "Route: <%s>\n", record);
	stranger_goes_on("INVITE", "sip:line1@127.0.0.22", "far", more);
	line_expect("SIP/2.0 407");
	line_expect_nothing();
}

/* ---- RFC 5407 ---- */

/* Two ring; the caller ends the dialog of one, and the other answers. */
static void rfc5407_a_a_bye_of_one_early_dialog_is_not_for_the_other(void **state)
{
	char record[128], more[256];
	struct copy bye;

	(void)state;
	caller_sends("INVITE", "sip:8100@127.0.0.1", "");
	take_copy_at(&one, "INVITE ", "127.0.0.31:5060");
	take_copy_at(&two, "INVITE ", "127.0.0.32:5060");
	record_of(record, &one);
	snprintf(more, sizeof(more), "Route: <%s>\n", record);
	answer_copy(&one, "180 Ringing", "a", "Contact: <sip:a@127.0.0.31>\n");
	caller_gets("SIP/2.0 180");
	caller_goes_on("BYE", "sip:a@127.0.0.31", "a", more);
	take_copy_at(&bye, "BYE sip:a@127.0.0.31 ", "127.0.0.31:5060");
	answer_copy(&bye, "200 OK", "", "");
	caller_gets("SIP/2.0 200");
	refuse_copy(&one, "487 Request Terminated", "");
	line_expect_nothing(); /* the INVITE goes on */
	answer_copy(&two, "200 OK", "b", "Contact: <sip:b@127.0.0.32>\n");
	assert_non_null(strstr(line_header(caller_gets("SIP/2.0 200"), "To"), ";tag=b"));
	caller_goes_on("ACK", "sip:b@127.0.0.32", "b", more);
	take_copy_at(&one, "ACK sip:b@127.0.0.32 ", "127.0.0.32:5060");
	caller_goes_on("BYE", "sip:b@127.0.0.32", "b", more);
	take_copy_at(&bye, "BYE sip:b@127.0.0.32 ", "127.0.0.32:5060");
	answer_copy(&bye, "200 OK", "", "");
	caller_gets("SIP/2.0 200");
	line_expect_nothing();
}

/* ---- §16.11: ACK ---- */

static void s16_11_the_ack_to_a_2xx_follows_the_route(void **state)
{
	char record[128], more[256];

	(void)state;
	answered_call(&one, record);
	snprintf(more, sizeof(more), "Route: <%s>\n", record);
	caller_goes_on("ACK", "sip:8001@127.0.0.70", "far", more);
	take_copy_at(&one, "ACK sip:8001@127.0.0.70 ", "127.0.0.70:5060");
	lines_in(one.text, "Route", 0);
	lines_in(one.text, "Via", 2);
	assert_string_equal(line_header(one.text, "Max-Forwards"), "69");
	line_expect_nothing();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, proxied_open, proxied_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(s16_4_later_requests_come_by_our_route),
		TEST(s16_4_a_strict_router_before_us_is_understood),
		TEST(s16_4_a_route_that_we_did_not_record_opens_nothing),
		TEST(later_requests_reach_a_phone_behind_a_nat),
		TEST(a_phone_whose_name_looks_like_a_mark_stays_recorded),
		TEST(and_so_they_do_a_caller_behind_a_nat),
		TEST(and_so_they_do_phones_of_a_domain),
		TEST(a_dialog_is_no_open_relay),
		TEST(the_far_end_reaches_who_called_it),
		TEST(both_ends_of_a_guests_call_may_change_it),
		TEST(a_guest_cannot_use_the_address_that_he_gave),
		TEST(a_refusal_says_nothing_of_our_route),
		TEST(the_way_beyond_us_is_known_too),
		TEST(rfc5407_a_a_bye_of_one_early_dialog_is_not_for_the_other),
		TEST(s16_11_the_ack_to_a_2xx_follows_the_route),
	};

	return RUN_GROUP(tests);
}

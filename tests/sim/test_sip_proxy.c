/* The proxy by RFC 3261 §16.2 to §16.6: which requests it takes, what it refuses, and
 * what their copies look like. Each test says its section. */
#include "tests/unit/test.h"

#include "core/sched/sched.h"
#include "modules/sip_proxy/proxy.h"
#include "tests/sim/sip_proxied.h"

static struct copy one, two;

/* ---- which are taken ---- */

static void s16_2_what_fits_no_section_is_the_exchanges(void **state)
{
	(void)state;
	caller_sends("INVITE", "sip:605@127.0.0.1", "");
	run_for(10);
	line_expect("SIP/2.0 100");
	line_expect("SIP/2.0 200");
	line_clear();
	rd__sched_run_for(40000);
}

static void s16_2_a_number_at_no_domain_is_the_exchanges(void **state)
{
	(void)state;
	caller_sends("INVITE", "tel:+999", "");
	caller_gets("SIP/2.0 404");
	caller_goes_on("ACK", "tel:1", "x", "");
	line_clear();
	caller_sends("MESSAGE", "mailto:x@y.test", "");
	caller_gets("SIP/2.0 416");
}

static void s16_2_registrations_are_the_registrars(void **state)
{
	(void)state;
	stranger_sends("REGISTER", "sip:here.test", "");
	line_expect("SIP/2.0 401");
}

static void s16_2_unknown_methods_pass(void **state)
{
	(void)state;
	caller_sends("FROB", "sip:8001@127.0.0.1", "");
	take_copy_at(&one, "FROB sip:8001@127.0.0.30 ", "127.0.0.30:5060");
	answer_copy(&one, "200 OK", "frob", "");
	caller_gets("SIP/2.0 200 OK");
}

static void s16_2_a_pattern_fits_a_number_of_any_length(void **state)
{
	static const char number[] = "88"
				     "55555555555555555555555555555555555555555555555555"
				     "55555555555555555555555555555555555555555555555555"
				     "55555555555555555555555555555555555555555555555555";
	char uri[256], start[256], conf[256];

	(void)state;
	snprintf(conf, sizeof(conf), "[long]\npattern = %s\nto = sip:127.0.0.30\n", number);
	assert_int_equal(proxied_configure(conf), 0);
	snprintf(uri, sizeof(uri), "sip:%s@127.0.0.1", number);
	snprintf(start, sizeof(start), "FROB sip:%s@127.0.0.30 ", number);
	caller_sends("FROB", uri, "");
	take_copy_at(&one, start, "127.0.0.30:5060");
	answer_copy(&one, "200 OK", "frob", "");
	caller_gets("SIP/2.0 200 OK");
}

/* Memory is short from the first look at a URI until a request may pass. */
static const struct rd_sip_proxy *with_memory;

static void read_uri(struct rd_sip_uri *uri, struct rd_str text)
{
	static bool again;

	with_memory->uri(uri, text);
	if (!again)
		rd__alloc_fail_after(0);
	again = true;
}

static bool trust(struct rd_sip_request *request)
{
	rd__alloc_fail_after(-1);
	return with_memory->trust(request);
}

/* A rule that comes later is no way out. */
static void s16_2_without_memory_for_its_number_a_request_is_refused(void **state)
{
	struct rd_sip_proxy without = *proxy;

	(void)state;
	assert_int_equal(proxied_configure("[first]\npattern = _80XX\nto = sip:127.0.0.30\n"
					   "[rest]\ndomain = 127.0.0.1\nto = sip:127.0.0.31\n"
					   "authenticate = no\n"), 0);
	with_memory = proxy;
	without.uri = read_uri;
	without.trust = trust;
	proxy = &without;
	caller_sends("FROB", "sip:8001@127.0.0.1", "");
	proxy = with_memory;
	rd__alloc_fail_after(-1);
	if (!line_is_empty())
		line_expect("SIP/2.0 500");
	line_expect_nothing();
}

/* ---- §16.3: validation ---- */

static void s16_3_3_without_a_hop_left_it_is_483(void **state)
{
	(void)state;
	caller_sends("MESSAGE", "sip:8001@127.0.0.1", "Max-Forwards: 0\n");
	caller_gets("SIP/2.0 483");
	caller_sends("OPTIONS", "sip:8001@127.0.0.1", "Max-Forwards: 0\n");
	caller_gets("SIP/2.0 200");
}

/* The copy comes back to us as it went out. */
static void s16_3_4_a_request_that_comes_back_is_482(void **state)
{
	(void)state;
	caller_sends("MESSAGE", "sip:bob@127.0.0.50", "");
	take_copy_at(&one, "MESSAGE ", "127.0.0.50:5060");
	line_feed_from("127.0.0.9", 5060, one.text);
	line_expect("SIP/2.0 482");
	answer_copy(&one, "200 OK", "a", "");
	line_expect("SIP/2.0 200");
}

/* The same, but its URI was changed meanwhile. */
static void s16_3_4_a_spiral_is_no_loop(void **state)
{
	char text[4096], *at;

	(void)state;
	caller_sends("MESSAGE", "sip:bob@127.0.0.50", "");
	take_copy(&one, "MESSAGE sip:bob@127.0.0.50 ");
	snprintf(text, sizeof(text), "%s", one.text);
	at = strstr(text, "bob@127.0.0.50");
	memcpy(at, "bib@127.0.0.51", 14);
	line_feed_from("127.0.0.9", 5060, text);
	take_copy_at(&two, "MESSAGE sip:bib@127.0.0.51 ", "127.0.0.51:5060");
	answer_copy(&two, "200 OK", "b", "");
	line_expect("SIP/2.0 200");
	answer_copy(&one, "200 OK", "a", "");
	line_expect("SIP/2.0 200");
}

static void s16_3_5_an_extension_of_proxies_that_we_lack_is_420(void **state)
{
	const char *text;

	(void)state;
	caller_sends("MESSAGE", "sip:8001@127.0.0.1", "Proxy-Require: frob, nob\n");
	text = caller_gets("SIP/2.0 420");
	assert_string_equal(line_header(text, "Unsupported"), "frob, nob");
}

static void s16_3_6_strangers_get_407_before_anything_goes_elsewhere(void **state)
{
	const char *text;

	(void)state;
	stranger_sends("MESSAGE", "sip:bob@127.0.0.50", "");
	text = line_expect("SIP/2.0 407");
	assert_string_not_equal(line_header(text, "Proxy-Authenticate"), "");
	stranger_sends("MESSAGE", "sip:8001@127.0.0.1", "");
	line_expect("SIP/2.0 407");
	line_expect_nothing();
}

/* Credentials for us do not go on; those for others do. */
static void s16_3_6_our_users_pass_and_keep_their_password(void **state)
{
	char more[1024], ours[512];
	const char *text;

	(void)state;
	stranger_sends("MESSAGE", "sip:bob@127.0.0.50", "");
	text = line_expect("SIP/2.0 407");
	snprintf(ours, sizeof(ours), "%s",
		 office_credentials(text, "MESSAGE", "1002", "two", "MD5"));
	snprintf(more, sizeof(more), "Proxy-%sProxy-Authorization: Digest realm=\"other\", "
		 "username=\"x\"\n", ours);
	stranger_sends("MESSAGE", "sip:bob@127.0.0.50", more);
	take_copy_at(&one, "MESSAGE ", "127.0.0.50:5060");
	lines_in(one.text, "Proxy-Authorization", 1);
	assert_non_null(strstr(one.text, "realm=\"other\""));
	answer_copy(&one, "200 OK", "a", "");
	line_expect("SIP/2.0 200");
}

static void our_domain_is_open_to_all_but_not_as_a_relay(void **state)
{
	(void)state;
	proxied_register("1002", "sip:1002@127.0.0.21", 1000);
	stranger_sends("MESSAGE", "sip:1002@here.test", "Route: <sip:127.0.0.66;lr>\n");
	line_expect("SIP/2.0 403");
	stranger_sends("MESSAGE", "sip:1002@here.test", "Route: <sip:127.0.0.1;lr>\n");
	take_copy_at(&one, "MESSAGE sip:1002@127.0.0.21 ", "127.0.0.21:5060");
	answer_copy(&one, "200 OK", "a", "");
	line_expect("SIP/2.0 200");
}

static void an_open_relay_cannot_be_configured(void **state)
{
	(void)state;
	assert_int_equal(proxied_configure("[out]\ndomain = *\nauthenticate = no\n"), -EINVAL);
	assert_int_equal(proxied_configure("[out]\nto = sip:127.0.0.1\n"), -EINVAL);
	assert_int_equal(proxied_configure("[out]\npattern = _8X\nto = nowhere\n"), -EINVAL);
	assert_int_equal(proxied_configure("[global]\ntimer_c = 60s\n"), -EINVAL);
}

/* ---- §16.5: targets ---- */

static void s16_5_users_are_found_where_they_registered(void **state)
{
	(void)state;
	stranger_sends("MESSAGE", "sip:nobody@here.test", "");
	line_expect("SIP/2.0 404");
	stranger_sends("MESSAGE", "sip:1003@here.test", "");
	line_expect("SIP/2.0 480");
}

static void s16_5_contacts_ring_by_q(void **state)
{
	struct copy three;

	(void)state;
	proxied_register("1002", "sip:1002@127.0.0.21", 500);
	proxied_register("1002", "sip:1002@127.0.0.22", 1000);
	proxied_register("1002", "sip:1002@127.0.0.23", 500);
	caller_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE sip:1002@127.0.0.22 ", "127.0.0.22:5060");
	line_expect_nothing();
	answer_copy(&one, "486 Busy Here", "a", "");
	line_expect("ACK ");
	take_copy(&two, "INVITE ");
	take_copy(&three, "INVITE ");
	assert_string_not_equal(two.peer, three.peer);
	answer_copy(&two, "480 Temporarily Unavailable", "b", "");
	line_expect("ACK ");
	answer_copy(&three, "480 Temporarily Unavailable", "c", "");
	line_expect("ACK ");
	caller_gets("SIP/2.0 486");
}

/* RFC 3327: by the proxies that it registered through. */
static void s16_5_a_contact_with_a_path_is_reached_by_it(void **state)
{
	(void)state;
	proxied_register_by("1002", "sip:1002@127.0.0.21", 1000, "<sip:edge.test;lr>");
	stranger_sends("MESSAGE", "sip:1002@here.test", "");
	take_copy_at(&one, "MESSAGE sip:1002@127.0.0.21 ", "127.0.0.21:5060");
	assert_string_equal(line_header(one.text, "Route"), "<sip:edge.test;lr>");
	answer_copy(&one, "200 OK", "a", "");
	line_expect("SIP/2.0 200");
}

/* Who is not taken off the hook in time makes room for the next. */
static void s16_5_the_next_are_tried_after_ring_time(void **state)
{
	(void)state;
	caller_sends("INVITE", "sip:8100@127.0.0.1", "");
	take_copy_at(&one, "INVITE ", "127.0.0.31:5060");
	take_copy_at(&two, "INVITE ", "127.0.0.32:5060");
	answer_copy(&one, "180 Ringing", "a", "");
	answer_copy(&two, "180 Ringing", "b", "");
	line_clear();
	run_for(30001);
	take_copy_at(&one, "CANCEL ", "127.0.0.31:5060");
	take_copy_at(&two, "CANCEL ", "127.0.0.32:5060");
	answer_copy(&one, "200 OK", "a", "");
	answer_copy(&two, "200 OK", "b", "");
	strcpy(strstr(one.text, "CSeq: 7 ") + 8, "INVITE\n\n");
	strcpy(strstr(two.text, "CSeq: 7 ") + 8, "INVITE\n\n");
	answer_copy(&one, "487 Request Terminated", "a", "");
	line_expect("ACK ");
	answer_copy(&two, "487 Request Terminated", "b", "");
	line_expect("ACK ");
	take_copy_at(&one, "INVITE sip:8100@127.0.0.33 ", "127.0.0.33:5060");
	end_call(&one);
}

/* What was left of the time of those before it is not theirs. */
static void s16_5_the_last_ring_as_long_as_the_caller_likes(void **state)
{
	(void)state;
	caller_sends("INVITE", "sip:8100@127.0.0.1", "");
	take_copy_at(&one, "INVITE ", "127.0.0.31:5060");
	take_copy_at(&two, "INVITE ", "127.0.0.32:5060");
	answer_copy(&one, "486 Busy Here", "a", "");
	line_expect("ACK ");
	answer_copy(&two, "486 Busy Here", "b", "");
	line_expect("ACK ");
	take_copy_at(&one, "INVITE ", "127.0.0.33:5060");
	answer_copy(&one, "180 Ringing", "c", "");
	caller_gets("SIP/2.0 180");
	run_for(60000);
	line_expect_nothing();
	end_call(&one);
}

/* ---- §16.6: the copy ---- */

static void s16_6_a_copy_is_the_request_with_our_marks(void **state)
{
	char record[128];

	(void)state;
	caller_sends("INVITE", "sip:8001@127.0.0.1",
		     "Max-Forwards: 12\nX-Odd: kept\nRecord-Route: <sip:127.0.0.9;lr>\n");
	take_copy_at(&one, "INVITE sip:8001@127.0.0.30 SIP/2.0\n", "127.0.0.30:5060");
	assert_string_equal(line_header(one.text, "Max-Forwards"), "11");
	lines_in(one.text, "Max-Forwards", 1);
	lines_in(one.text, "Via", 2);
	assert_non_null(strstr(one.text, ";received=127.0.0.9;rport=5060"));
	assert_string_equal(line_header(one.text, "X-Odd"), "kept");
	lines_in(one.text, "Record-Route", 2);
	record_of(record, &one);
	assert_non_null(strstr(record, "@127.0.0.1:5060"));
	assert_string_equal(line_header(one.text, "Max-Breadth"), "60");
	assert_string_equal(strstr(one.text, "\n\n") + 2, SDP(""));
	end_call(&one);
}

static void s16_6_3_without_max_forwards_it_gets_70(void **state)
{
	(void)state;
	line_feed_from("127.0.0.9", 5060,
		       "MESSAGE sip:8001@127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKnone\n"
		       "From: <sip:a@127.0.0.9>;tag=1\nTo: <sip:b@127.0.0.1>\nCall-ID: none\n"
		       "CSeq: 1 MESSAGE\n\n");
	take_copy(&one, "MESSAGE ");
	assert_string_equal(line_header(one.text, "Max-Forwards"), "70");
	answer_copy(&one, "200 OK", "a", "");
	caller_gets("SIP/2.0 200");
}

static void s16_6_6_a_next_hop_gets_a_route_and_the_uri_stays(void **state)
{
	(void)state;
	caller_sends("MESSAGE", "sip:8201@127.0.0.1", "");
	take_copy_at(&one, "MESSAGE sip:8201@127.0.0.30 ", "127.0.0.40:5060");
	assert_string_equal(line_header(one.text, "Route"), "<sip:127.0.0.40;lr>");
	answer_copy(&one, "200 OK", "a", "");
	caller_gets("SIP/2.0 200");
}

static void s16_6_6_a_strict_router_after_us_is_served(void **state)
{
	char record[128], more[256];

	(void)state;
	answered_call(&one, record);
	snprintf(more, sizeof(more), "Route: <%s>, <sip:127.0.0.71>, <sip:127.0.0.72;lr>\n",
		 record);
	caller_goes_on("BYE", "sip:8001@127.0.0.70", "far", more);
	take_copy_at(&one, "BYE sip:127.0.0.71 ", "127.0.0.71:5060");
	assert_non_null(strstr(one.text, "Route: <sip:127.0.0.72;lr>\n"
					 "Route: <sip:8001@127.0.0.70>\n"));
	lines_in(one.text, "Route", 2);
	answer_copy(&one, "200 OK", "", "");
	caller_gets("SIP/2.0 200");
}

/* RFC 5393 §5: what is left to spread to is shared, and not exceeded. */
static void rfc5393_branches_share_the_breadth(void **state)
{
	(void)state;
	caller_sends("INVITE", "sip:8100@127.0.0.1", "Max-Breadth: 1\n");
	caller_gets("SIP/2.0 440");
	caller_goes_on("ACK", "sip:x@127.0.0.1", "x", "");
	caller_sends("INVITE", "sip:8001@127.0.0.1", "Max-Breadth: 1\n");
	take_copy(&one, "INVITE ");
	assert_string_equal(line_header(one.text, "Max-Breadth"), "1");
	lines_in(one.text, "Max-Breadth", 1);
	end_call(&one);
	caller_sends("INVITE", "sip:8100@127.0.0.1", "Max-Breadth: 7\n");
	take_copy(&one, "INVITE ");
	take_copy(&two, "INVITE ");
	assert_string_equal(line_header(one.text, "Max-Breadth"), "4");
	assert_string_equal(line_header(two.text, "Max-Breadth"), "3");
	answer_copy(&one, "603 Decline", "a", "");
	line_clear();
	answer_copy(&two, "486 Busy Here", "b", "");
	line_clear();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, proxied_open, proxied_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(s16_2_what_fits_no_section_is_the_exchanges),
		TEST(s16_2_a_number_at_no_domain_is_the_exchanges),
		TEST(s16_2_registrations_are_the_registrars),
		TEST(s16_2_unknown_methods_pass),
		TEST(s16_2_a_pattern_fits_a_number_of_any_length),
		TEST(s16_2_without_memory_for_its_number_a_request_is_refused),
		TEST(s16_3_3_without_a_hop_left_it_is_483),
		TEST(s16_3_4_a_request_that_comes_back_is_482),
		TEST(s16_3_4_a_spiral_is_no_loop),
		TEST(s16_3_5_an_extension_of_proxies_that_we_lack_is_420),
		TEST(s16_3_6_strangers_get_407_before_anything_goes_elsewhere),
		TEST(s16_3_6_our_users_pass_and_keep_their_password),
		TEST(our_domain_is_open_to_all_but_not_as_a_relay),
		TEST(an_open_relay_cannot_be_configured),
		TEST(s16_5_users_are_found_where_they_registered),
		TEST(s16_5_contacts_ring_by_q),
		TEST(s16_5_a_contact_with_a_path_is_reached_by_it),
		TEST(s16_5_the_next_are_tried_after_ring_time),
		TEST(s16_5_the_last_ring_as_long_as_the_caller_likes),
		TEST(s16_6_a_copy_is_the_request_with_our_marks),
		TEST(s16_6_3_without_max_forwards_it_gets_70),
		TEST(s16_6_6_a_next_hop_gets_a_route_and_the_uri_stays),
		TEST(s16_6_6_a_strict_router_after_us_is_served),
		TEST(rfc5393_branches_share_the_breadth),
	};

	return RUN_GROUP(tests);
}

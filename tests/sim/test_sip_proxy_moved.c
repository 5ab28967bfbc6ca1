/* Ends of a call through the proxy that go elsewhere while it lasts: the far end goes on
 * with them (RFC 3261 §12.2), and nobody gets further by it than that. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "modules/sip_proxy/proxy.h"
#include "tests/sim/sip_proxied.h"

static struct copy one;
/* Our Route as the guest who calls has it, and as the phone that he calls has it. */
static char guests[192], phones[192];

static void route_of(char route[192], const char *text)
{
	snprintf(route, 192, "Route: <%s>\n",
		 line_part(line_header(text, "Record-Route"), "<", ">"));
}

/* A guest calls, and talks to line1, where nobody is registered. Both are strangers. */
static void open_call(void **state)
{
	(void)state;
	proxied_register("1002", "sip:1002@127.0.0.21", 1000);
	stranger_sends("INVITE", "sip:1002@here.test", "");
	take_copy_at(&one, "INVITE ", "127.0.0.21:5060");
	route_of(phones, one.text);
	answer_copy(&one, "200 OK", "far", "Contact: <sip:line1@127.0.0.22>\n");
	route_of(guests, line_expect("SIP/2.0 200"));
}

/* The guest says of himself, in the call, that he is there; contact: what is answered. */
static void guest_moves(const char *method, const char *uri, const char *status,
			const char *contact)
{
	char line[160];

	contact_is(uri);
	stranger_goes_on(method, "sip:line1@127.0.0.22", "far", guests);
	contact_is("");
	take_copy_at(&one, method, "127.0.0.22:5060");
	snprintf(line, sizeof(line), "Contact: <%s>\n", contact);
	answer_copy(&one, status, "", line);
	if (strncmp(status, "200", 3) != 0 && strcmp(method, "INVITE") == 0)
		line_expect("ACK ");
	line_expect("SIP/2.0 ");
}

/* Who was called sends a request in the call, and it passes. Its From is the guest's
 * as far as the rig goes; the tags are what counts. */
static void phone_reaches(const char *uri, const char *peer)
{
	stranger_sends_as("INVITE", uri, "far", "from", phones);
	take_copy_at(&one, "INVITE ", peer);
	refuse_copy(&one, "488 Not Acceptable Here", "");
	line_expect("SIP/2.0 488");
	stranger_sends_as("ACK", uri, "far", "from", "");
}

static void is_stopped(const char *uri, const char *from_tag, const char *to_tag,
		       const char *route)
{
	stranger_sends_as("INVITE", uri, from_tag, to_tag, route);
	line_expect("SIP/2.0 407");
	stranger_sends_as("ACK", uri, from_tag, to_tag, "");
	line_expect_nothing();
}

static void a_caller_who_moves_is_reached(void **state)
{
	open_call(state);
	is_stopped("sip:alice@127.0.0.5", "far", "from", phones);
	guest_moves("INVITE", "sip:alice@127.0.0.5", "200 OK", "sip:line1@127.0.0.22");
	phone_reaches("sip:alice@127.0.0.5", "127.0.0.5:5060");
	guest_moves("UPDATE", "sip:alice@127.0.0.6", "200 OK", "sip:line1@127.0.0.22");
	phone_reaches("sip:alice@127.0.0.6", "127.0.0.6:5060");
	is_stopped("sip:alice@127.0.0.5", "far", "from", phones);
}

static void who_moves_in_his_answer_is_reached(void **state)
{
	open_call(state);
	guest_moves("INVITE", "sip:alice@127.0.0.4", "200 OK", "sip:line2@127.0.0.23");
	stranger_goes_on("INVITE", "sip:line2@127.0.0.23", "far", guests);
	take_copy_at(&one, "INVITE ", "127.0.0.23:5060");
	refuse_copy(&one, "488 Not Acceptable Here", "");
	line_expect("SIP/2.0 488");
}

/* Nobody has agreed to it. */
static void a_change_that_is_refused_is_none(void **state)
{
	open_call(state);
	guest_moves("INVITE", "sip:alice@127.0.0.5", "488 Not Acceptable Here",
		    "sip:line2@127.0.0.23");
	is_stopped("sip:alice@127.0.0.5", "far", "from", phones);
	is_stopped("sip:line2@127.0.0.23", "from", "far", guests);
}

/* Else he would have us call there in our name, whatever he says of his tags. */
static void who_moves_cannot_call_there_himself(void **state)
{
	open_call(state);
	guest_moves("INVITE", "sip:900123@127.0.0.90", "200 OK", "sip:line1@127.0.0.22");
	is_stopped("sip:900123@127.0.0.90", "from", "far", guests);
	is_stopped("sip:900123@127.0.0.90", "far", "from", guests);
}

/* The hop before him is a part of where he is. */
static void the_way_to_who_moved_is_known_too(void **state)
{
	char more[256];

	open_call(state);
	contact_is("sip:alice@10.0.0.5");
	snprintf(more, sizeof(more), "Record-Route: <sip:127.0.0.71;lr>\n%s", guests);
	stranger_goes_on("INVITE", "sip:line1@127.0.0.22", "far", more);
	contact_is("");
	take_copy_at(&one, "INVITE ", "127.0.0.22:5060");
	answer_copy(&one, "200 OK", "", "Contact: <sip:line1@127.0.0.22>\n");
	line_expect("SIP/2.0 200");
	is_stopped("sip:alice@10.0.0.5", "far", "from", phones);
	snprintf(more, sizeof(more), "%sRoute: <sip:127.0.0.72;lr>\n", phones);
	is_stopped("sip:alice@10.0.0.5", "far", "from", more);
	snprintf(more, sizeof(more), "%sRoute: <sip:127.0.0.71;lr>\n", phones);
	stranger_sends_as("INVITE", "sip:alice@10.0.0.5", "far", "from", more);
	take_copy_at(&one, "INVITE ", "127.0.0.71:5060");
	refuse_copy(&one, "488 Not Acceptable Here", "");
	line_expect("SIP/2.0 488");
}

static void a_call_that_ends_is_forgotten(void **state)
{
	open_call(state);
	guest_moves("INVITE", "sip:alice@127.0.0.5", "200 OK", "sip:line1@127.0.0.22");
	assert_int_equal(proxy_moved_count(), 2);
	stranger_goes_on("BYE", "sip:line1@127.0.0.22", "far", guests);
	take_copy_at(&one, "BYE ", "127.0.0.22:5060");
	answer_copy(&one, "200 OK", "", "");
	line_expect("SIP/2.0 200");
	assert_int_equal(proxy_moved_count(), 0);
}

/* Two places for each: so many are remembered, of the latest. */
static void the_oldest_are_forgotten_when_there_are_too_many(void **state)
{
	char tag[16];

	open_call(state);
	guest_moves("UPDATE", "sip:alice@127.0.0.5", "200 OK", "sip:line1@127.0.0.22");
	phone_reaches("sip:alice@127.0.0.5", "127.0.0.5:5060");
	for (unsigned i = 0; i < 8192; i++) {
		snprintf(tag, sizeof(tag), "t%u", i);
		stranger_sends_as("UPDATE", "sip:line1@127.0.0.22", tag, tag, guests);
		take_copy(&one, "UPDATE ");
		answer_copy(&one, "200 OK", "", "Contact: <sip:line1@127.0.0.22>\n");
		line_expect("SIP/2.0 200");
	}
	assert_int_equal(proxy_moved_count(), 16384);
	is_stopped("sip:alice@127.0.0.5", "far", "from", phones);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, proxied_open, proxied_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_caller_who_moves_is_reached),
		TEST(who_moves_in_his_answer_is_reached),
		TEST(a_change_that_is_refused_is_none),
		TEST(who_moves_cannot_call_there_himself),
		TEST(the_way_to_who_moved_is_known_too),
		TEST(a_call_that_ends_is_forgotten),
		TEST(the_oldest_are_forgotten_when_there_are_too_many),
	};

	return RUN_GROUP(tests);
}

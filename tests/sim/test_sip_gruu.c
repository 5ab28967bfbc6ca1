/* A GRUU of ours is one device (RFC 5627 §6.1) wherever it is named: in Refer-To, in the
 * Contact of a 302, by a text, in the request-URI of a REFER or of a redirected call. And how a
 * device gets it. */
#include "tests/unit/test.h"

#include <ringdown/dial.h>
#include <ringdown/module.h>
#include <ringdown/transfer.h>
#include <ringdown/var.h>

#include "channels/sip/endpoint/callee.h"
#include "channels/sip/endpoint/gruu.h"
#include "channels/sip/pager/pager.h"
#include "core/call/call.h"
#include "core/call/registry.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_register.h"

extern const struct rd_module rd_module; /* chan_local */

static struct sip_phone far, callee, third, device;
static char temporary[256]; /* GRUU of the second device */

#define FIRST  "127.0.0.12:5071"
#define SECOND "127.0.0.12:5072"
#define PUBLIC "sip:1002@127.0.0.1;gr=urn:uuid:2"

static void registers(const char *at, const char *instance)
{
	char more[256];
	const char *answer;

	snprintf(more, sizeof(more),
		 "Supported: gruu\nContact: <sip:1002@%s>"
		 ";+sip.instance=\"<urn:uuid:%s>\"\n",
		 at, instance);
	answer = sip_register(&(struct sip_registering){ .user = "1002",
							 .password = "two",
							 .call_id = instance,
							 .more = more,
							 .from = "127.0.0.12" });
	if (strcmp(instance, "2") != 0)
		return;
	answer = strstr(answer, "<sip:1002@" SECOND);
	assert_non_null(answer);
	snprintf(temporary, sizeof(temporary), "%s", line_part(answer, "temp-gruu=\"", "\""));
}

/* 1002 has two devices. */
static int open_devices(void **state)
{
	int rc = exchange_open(state);

	if (rc == 0)
		rc = rd__tech_add(&rd_module.techs[0], "chan_local");
	registers(FIRST, "1");
	registers(SECOND, "2");
	return rc;
}

static int close_devices(void **state)
{
	int rc = exchange_close(state);

	rd__tech_remove(&rd_module.techs[0]);
	phone_source = "127.0.0.9";
	return rc;
}

/* What is begun like that next goes to the second device, and only there. */
static void second_alone_gets(const char *method)
{
	char start[64], text[4096];

	run_for(10);
	snprintf(start, sizeof(start), "%s sip:1002@" SECOND " ", method);
	while (!line_is_empty()) {
		snprintf(text, sizeof(text), "%s", line_take());
		if (strncmp(text, start, strlen(start)) == 0)
			break;
		if (strstr(text, " sip:1002@" FIRST))
			fail_msg("it goes to the first:\n%s", text);
	}
	assert_memory_equal(text, start, strlen(start));
	memset(&device, 0, sizeof(device));
	device.called = true;
	strcpy(device.our_tag, "device");
	snprintf(device.request, sizeof(device.request), "%s", text);
	snprintf(device.call_id, sizeof(device.call_id), "%s", line_header(text, "Call-ID"));
	while (!line_is_empty())
		if (strstr(line_take(), " sip:1002@" FIRST))
			fail_msg("it goes to the first, too");
}

static void device_is_busy(void)
{
	phone_answer(&device, "486 Busy Here", "", "");
	run_for(10);
	line_clear();
}

static void call_gruu(const char *uri)
{
	static unsigned n;
	char text[1024];

	snprintf(text, sizeof(text),
		 "INVITE %s SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKgruu%u;rport\n"
		 "From: <sip:a@127.0.0.9>;tag=g%u\nTo: <sip:x@127.0.0.1>\n"
		 "Call-ID: gruu%u\nCSeq: 1 INVITE\n"
		 "Contact: <sip:a@127.0.0.9:5060>\n\n",
		 uri, n, n, n);
	n++;
	line_feed_from("127.0.0.9", 5060, text);
}

/* ---- what a device registers ---- */

static const char *with_gruu(const char *call_id, const char *host)
{
	static char more[512];

	snprintf(more, sizeof(more), "Supported: gruu\nContact: <sip:1002@%s>"
		 ";+sip.instance=\"<urn:uuid:%s>\"\n", host, host);
	return register_1002(call_id, more);
}

static const char *gruu_flow(const char *reg_id, const char *call_id)
{
	static char more[512];

	snprintf(more, sizeof(more),
		 "Supported: path, outbound, gruu\n"
		 "Contact: <sip:1002@127.0.0.2:506%s>;+sip.instance=\"<urn:uuid:1>\";reg-id=%s\n",
		 reg_id, reg_id);
	return register_1002(call_id, more);
}

static void a_device_has_uris_of_its_own(void **state)
{
	char public[256], first[256], second[256];
	const char *ok;

	(void)state;
	ok = with_gruu("a", "127.0.0.2:5060");
	snprintf(public, sizeof(public), "%s", line_part(ok, "pub-gruu=\"", "\""));
	snprintf(first, sizeof(first), "%s", line_part(ok, "temp-gruu=\"", "\""));
	assert_string_equal(public, "sip:1002@127.0.0.1;gr=urn:uuid:127.0.0.2:5060");
	assert_memory_equal(first, "sip:tgruu.", 10);
	assert_string_equal(line_header(ok, "Require"), "");
	ok = with_gruu("a", "127.0.0.2:5060");
	snprintf(second, sizeof(second), "%s", line_part(ok, "temp-gruu=\"", "\""));
	assert_string_not_equal(first, second);
	/* Who does not ask gets none. */
	ok = register_1002("q", "");
	assert_null(strstr(ok, "gruu"));
	assert_non_null(strstr(ok, "+sip.instance=\"<urn:uuid:127.0.0.2:5060>\""));
}

static void is_gruu_of(const char *text, const char *instance)
{
	struct sip_gruu gruu;
	struct sip_uri uri;

	assert_int_equal(sip_uri_parse(&uri, rd_str_of(text), NULL), 0);
	if (!instance) {
		assert_int_equal(sip_gruu_find(sip.location, &uri, &gruu), -ENOENT);
		return;
	}
	assert_int_equal(sip_gruu_find(sip.location, &uri, &gruu), 0);
	assert_ptr_equal(gruu.aor, sip_location_find(sip.location, RD_STR("1002")));
	assert_string_equal(gruu.instance, instance);
}

static void temporary_ones_hold_as_long_as_the_device_keeps_its_call_id(void **state)
{
	static const char *const device = "<urn:uuid:127.0.0.2:5060>";
	char first[256], second[256], wrong[256];

	(void)state;
	snprintf(first, sizeof(first), "%s",
		 line_part(with_gruu("a", "127.0.0.2:5060"), "temp-gruu=\"", "\""));
	snprintf(second, sizeof(second), "%s",
		 line_part(with_gruu("a", "127.0.0.2:5060"), "temp-gruu=\"", "\""));
	is_gruu_of(first, device);
	is_gruu_of(second, device);
	strcpy(wrong, first);
	wrong[12] = wrong[12] == '0' ? '1' : '0';
	is_gruu_of(wrong, NULL);
	is_gruu_of("sip:tgruu.xyz@h;gr", NULL);
	is_gruu_of("sip:1002@h", NULL);
	with_gruu("another", "127.0.0.2:5060");
	is_gruu_of(first, NULL);
	is_gruu_of(second, NULL);
	snprintf(first, sizeof(first), "%s",
		 line_part(with_gruu("another", "127.0.0.2:5060"), "temp-gruu=\"", "\""));
	is_gruu_of(first, device);
	register_1002("another", "Contact: *\nExpires: 0\n");
	is_gruu_of(first, NULL);
}

/* Each flow has a Call-ID of its own (RFC 5626 §4.2.1). */
static void another_flow_voids_no_temporary_one(void **state)
{
	static const char *const device = "<urn:uuid:1>";
	char first[256], second[256];

	(void)state;
	snprintf(first, sizeof(first), "%s", line_part(gruu_flow("1", "a"), "temp-gruu=\"", "\""));
	snprintf(second, sizeof(second), "%s",
		 line_part(gruu_flow("2", "b"), "temp-gruu=\"", "\""));
	is_gruu_of(first, device);
	is_gruu_of(second, device);
	gruu_flow("1", "a");
	gruu_flow("2", "b");
	is_gruu_of(first, device);
	gruu_flow("1", "c");
	is_gruu_of(first, NULL);
	is_gruu_of(second, NULL);
}

static void a_call_to_a_gruu_reaches_that_device_alone(void **state)
{
	char first[256];

	(void)state;
	snprintf(first, sizeof(first), "%s",
		 line_part(with_gruu("a", "127.0.0.2:5060"), "temp-gruu=\"", "\""));
	with_gruu("b", "127.0.0.2:5070");
	call_gruu(first);
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@127.0.0.2:5060");
	line_expect_nothing();
	phone_answer(&callee, "486 Busy Here", "", "");
	run_for(100);
	line_clear();
	call_gruu("sip:1002@127.0.0.1;gr=urn:uuid:127.0.0.2:5070");
	run_for(10);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	starts(callee.request, "INVITE sip:1002@127.0.0.2:5070");
	line_expect_nothing();
	phone_answer(&callee, "486 Busy Here", "", "");
	run_for(100);
	line_clear();
	/* The record is known, the device is not there (RFC 5627 §5.3). */
	call_gruu("sip:1002@127.0.0.1;gr=urn:uuid:gone");
	run_for(10);
	line_expect("SIP/2.0 100");
	run_for(10);
	line_expect("SIP/2.0 480");
	run_for(40000);
	line_clear();
	call_gruu("sip:tgruu.00000000000000000000000000000000@127.0.0.1;gr");
	run_for(10);
	line_expect("SIP/2.0 404");
}

static void a_contact_must_not_be_the_record_itself(void **state)
{
	char more[300];
	const char *ok;

	(void)state;
	ok = with_gruu("a", "127.0.0.2:5060");
	snprintf(more, sizeof(more), "Contact: <%s>\n", line_part(ok, "pub-gruu=\"", "\""));
	starts(register_1002("b", more), "SIP/2.0 403");
	starts(register_1002("c", "Contact: <sip:1002@127.0.0.1>\n"), "SIP/2.0 403");
	ok = with_gruu("a", "127.0.0.2:5060");
	snprintf(more, sizeof(more), "Contact: <%s>\n", line_part(ok, "temp-gruu=\"", "\""));
	starts(register_1002("d", more), "SIP/2.0 403");
}

/* ---- REFER ---- */

static void join_peer(void)
{
	phones_dial(&far, &callee);
	phones_connect(&far, &callee);
}

static void refers_to(struct sip_phone *phone, const char *uri)
{
	char more[400];

	snprintf(more, sizeof(more), "Refer-To: <%s>\nRefer-Sub: false\n", uri);
	phone_request(phone, "REFER", more, "");
}

/* The transfer has failed, and so they go on talking. */
static void part_from_peer(void)
{
	phone_request(&far, "BYE", "", "");
	run_for(40000);
	line_clear();
}

static void a_call_is_transferred_to_one_device(void **state)
{
	const char *uris[] = { PUBLIC, temporary };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(uris); i++) {
		join_peer();
		refers_to(&far, uris[i]);
		second_alone_gets("INVITE");
		device_is_busy();
		part_from_peer();
	}
}

static unsigned ringing(void)
{
	unsigned count = 0;

	while (!line_is_empty())
		count += strncmp(line_take(), "INVITE sip:1002@", 16) == 0;
	return count;
}

/* Whom the phone means next is no device of its. */
static void the_next_transfer_is_to_all_again(void **state)
{
	(void)state;
	join_peer();
	refers_to(&far, PUBLIC);
	second_alone_gets("INVITE");
	device_is_busy();
	refers_to(&far, "sip:1002@127.0.0.1");
	run_for(10);
	assert_int_equal(ringing(), 2);
	run_for(40000);
	line_clear();
	part_from_peer();
}

/* Nor when nobody asks by REFER. */
static void whoever_is_sent_on_otherwise_calls_all_again(void **state)
{
	struct rd_channel *ch;

	(void)state;
	join_peer();
	refers_to(&far, PUBLIC);
	second_alone_gets("INVITE");
	device_is_busy();
	ch = rd_channel_find("SIP/gate");
	assert_int_equal(rd_transfer_blind(ch, "office", "1002", NULL, NULL), 0);
	rd_channel_unref(ch);
	run_for(10);
	assert_int_equal(ringing(), 2);
	run_for(40000);
	line_clear();
	part_from_peer();
}

static void a_phone_of_the_house_is_rung_by_its_gruu_to_be_put_through(void **state)
{
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text),
		 "REFER %s SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.7:5060;branch=z9hG4bKclick;rport\n"
		 "From: <sip:a@127.0.0.7>;tag=c\nTo: <sip:x@127.0.0.1>\nCall-ID: click\n"
		 "CSeq: 1 REFER\nContact: <sip:a@127.0.0.7:5060>\nRefer-Sub: false\n"
		 "Refer-To: <sip:600@127.0.0.1>\n\n",
		 temporary);
	line_feed_from("127.0.0.7", 5060, text);
	line_expect("SIP/2.0 202");
	second_alone_gets("INVITE");
	device_is_busy();
}

static void a_phone_is_put_through_to_a_gruu(void **state)
{
	(void)state;
	phone_source = "127.0.0.7"; /* [quiet] may, and is at 127.0.0.2 */
	memset(&third, 0, sizeof(third));
	strcpy(third.call_id, "put");
	strcpy(third.our_tag, "p");
	refers_to(&third, PUBLIC);
	line_expect("SIP/2.0 202");
	run_for(10);
	phone_called(&callee);
	phone_answer(&callee, "200 OK", "", SDP(""));
	line_expect("ACK ");
	second_alone_gets("INVITE");
	device_is_busy();
}

/* ---- 302 ---- */

static void redirects_with(const char *contact)
{
	char more[400];

	phones_dial(&far, &callee);
	snprintf(more, sizeof(more), "Contact: %s\n", contact);
	phone_answer(&callee, "302 Moved Temporarily", more, "");
	run_for(10);
	line_expect("ACK ");
}

static void who_sends_on_to_a_gruu_sends_to_one_device(void **state)
{
	char uri[300];

	(void)state;
	redirects_with("<" PUBLIC ">");
	second_alone_gets("INVITE");
	device_is_busy();
	snprintf(uri, sizeof(uri), "<%s>", temporary);
	redirects_with(uri);
	second_alone_gets("INVITE");
	device_is_busy();
}

/* It is known by its instance; the host is what the phone calls us. */
static void by_whatever_name_we_are_known(void **state)
{
	(void)state;
	redirects_with("<sip:1002@office.example;gr=urn:uuid:2>");
	second_alone_gets("INVITE");
	device_is_busy();
}

static void who_sends_on_to_the_number_sends_to_all(void **state)
{
	(void)state;
	redirects_with("<sip:1002@127.0.0.1>");
	run_for(10);
	assert_int_equal(ringing(), 2);
}

static void a_call_to_a_gruu_is_redirected_to_one_device(void **state)
{
	const char *answer;

	(void)state;
	assert_int_equal(office_reload("[gate]\ntype = phone\nmatch = 127.0.0.9\n"
				       "context = office\nredirect = yes\n"
				       "[1002]\ntype = phone\nsecret = two\n"),
			 0);
	call_gruu(PUBLIC);
	answer = line_expect("SIP/2.0 302");
	assert_non_null(strstr(answer, "Contact: <sip:1002@" SECOND ">"));
	assert_null(strstr(answer, FIRST));
	line_clear();
	call_gruu("sip:1002@127.0.0.1;gr=urn:uuid:1");
	answer = line_expect("SIP/2.0 302");
	assert_non_null(strstr(answer, "Contact: <sip:1002@" FIRST ">"));
	assert_null(strstr(answer, SECOND));
	/* the others are not told in its place */
	line_clear();
	call_gruu("sip:1002@127.0.0.1;gr=urn:uuid:3");
	run_for(100);
	while (!line_is_empty())
		assert_null(strstr(line_take(), "Contact: <sip:1002@"));
}

/* ---- calls ---- */

/* Whom the two call later has nothing to do with it. */
static void who_is_answered_has_reached_its_device(void **state)
{
	struct rd_channel *ch = NULL;
	unsigned count = 0;

	(void)state;
	call_gruu(PUBLIC);
	second_alone_gets("INVITE");
	assert_string_equal(rd_channel_called_devices(rd_channel_next(NULL)),
			    "1002\t<urn:uuid:2>\n");
	phone_answer(&device, "200 OK", "", SDP(""));
	run_for(10);
	for (; (ch = rd_channel_next(ch)); count++)
		assert_string_equal(rd_channel_called_devices(ch), "");
	assert_int_equal(count, 2);
}

/* ---- texts ---- */

static void writes_to(const char *uri)
{
	static unsigned n;
	char text[1024];

	snprintf(text, sizeof(text),
		 "MESSAGE %s SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKtext%u;rport\n"
		 "From: <sip:a@127.0.0.9>;tag=t%u\nTo: <sip:x@127.0.0.1>\n"
		 "Call-ID: text%u\nCSeq: 1 MESSAGE\nContent-Type: text/plain\n\nHi",
		 uri, n, n, n);
	n++;
	line_feed_from("127.0.0.9", 5060, text);
}

static void a_text_goes_to_one_device(void **state)
{
	(void)state;
	writes_to(PUBLIC);
	second_alone_gets("MESSAGE");
	line_clear();
	writes_to(temporary);
	second_alone_gets("MESSAGE");
	line_clear();
	writes_to("sip:1002@127.0.0.1;gr=urn:uuid:3");
	line_expect("SIP/2.0 480");
	writes_to("sip:tgruu.00000000000000000000000000000000@127.0.0.1;gr");
	line_expect("SIP/2.0 404");
}

static void names_device(const char *text, const char *instance)
{
	struct sip_recipient to;

	assert_int_equal(sip_recipient_read(&to, rd_str_of(text), (struct rd_str){ 0 }), 0);
	assert_string_equal(to.endpoint->name, "1002");
	assert_string_equal(to.device, instance);
}

static void a_text_of_the_dialplan_too(void **state)
{
	char text[300];

	(void)state;
	names_device(PUBLIC, "<urn:uuid:2>");
	names_device("pjsip:1002@office.example;gr=urn:uuid:2", "<urn:uuid:2>");
	snprintf(text, sizeof(text), "pjsip:%s", temporary);
	names_device(text, "<urn:uuid:2>");
	names_device("sip:1002@127.0.0.1", "");
}

static void the_longest_device_is_printed(void **state)
{
	struct sip_callee callee;
	char line[SIP_CALLEE_LINE];

	(void)state;
	memset(&callee, 'x', sizeof(callee));
	callee.phone[sizeof(callee.phone) - 1] = '\0';
	callee.device[sizeof(callee.device) - 1] = '\0';
	sip_callee_print(&callee, line, sizeof(line));
	assert_int_equal(strlen(line), strlen(callee.phone) + strlen(callee.device) + 2);
}

#define TEST(name)  cmocka_unit_test_setup_teardown(name, open_devices, close_devices)
#define ALONE(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(a_device_has_uris_of_its_own),
		ALONE(temporary_ones_hold_as_long_as_the_device_keeps_its_call_id),
		ALONE(another_flow_voids_no_temporary_one),
		ALONE(a_call_to_a_gruu_reaches_that_device_alone),
		ALONE(a_contact_must_not_be_the_record_itself),
		TEST(a_call_is_transferred_to_one_device),
		TEST(the_next_transfer_is_to_all_again),
		TEST(the_longest_device_is_printed),
		TEST(whoever_is_sent_on_otherwise_calls_all_again),
		TEST(a_phone_of_the_house_is_rung_by_its_gruu_to_be_put_through),
		TEST(a_phone_is_put_through_to_a_gruu),
		TEST(who_sends_on_to_a_gruu_sends_to_one_device),
		TEST(by_whatever_name_we_are_known),
		TEST(who_sends_on_to_the_number_sends_to_all),
		TEST(a_call_to_a_gruu_is_redirected_to_one_device),
		TEST(who_is_answered_has_reached_its_device),
		TEST(a_text_goes_to_one_device),
		TEST(a_text_of_the_dialplan_too),
	};

	return RUN_GROUP(tests);
}

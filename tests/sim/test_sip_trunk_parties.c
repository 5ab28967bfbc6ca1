/* What a trunk is told of those who talk with it, where, and how numbers are written in either
 * direction; and that nothing else of the inside goes out. */
#include "tests/unit/test.h"

#include <ringdown/cause.h>

#include "channels/sip/pager/pager.h"
#include "core/call/call.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_trunks.h"

static struct sip_phone gate, provider;

#define AT_B                                                                                       \
	"[b]\nhost = 127.0.0.32\nuser = account\nqualify = 0\nregister = no\nnumbers = _301XX\n"

static const char *says = ""; /* besides */

/* "Far" calls from this number; what b, which has 301XX and these options, is told. */
static const char *told_of(const char *number, const char *options)
{
	char conf[512];

	snprintf(conf, sizeof(conf), AT_B "%s", options);
	trunks_configure(conf);
	gate_dials_as(&gate, "TRUNK/b/4711", number, says, SDP(""));
	provider_is_called(&provider, "127.0.0.32");
	provider_refuses(&provider, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
	return provider.request;
}

static void expect_header(const char *message, const char *name, const char *start)
{
	const char *value = line_header(message, name);

	if (strncmp(value, start, strlen(start)) != 0 || (!*start && *value))
		fail_msg("%s: \"%s\" was expected, not \"%s\"", name, start, value);
}

static void the_caller_is_told_where_the_trunk_wants_it(void **state)
{
	const char *message;

	(void)state;
	message = told_of("30150", "");
	expect_header(message, "From", "\"Far\" <sip:30150@");
	expect_header(message, "P-Asserted-Identity", "");
	message = told_of("30150", "identity = account, pai\n");
	expect_header(message, "From", "\"Far\" <sip:account@");
	expect_header(message, "P-Asserted-Identity", "\"Far\" <sip:30150@");
	message = told_of("30150", "identity = ppi\n");
	expect_header(message, "From", "\"Far\" <sip:30150@");
	expect_header(message, "P-Preferred-Identity", "\"Far\" <sip:30150@");
	message = told_of("30150", "identity = rpid\n");
	expect_header(message, "Remote-Party-ID", "\"Far\" <sip:30150@");
}

static void a_number_that_is_none_of_ours_gives_way_to_the_main_one(void **state)
{
	(void)state;
	expect_header(told_of("1001", ""), "From", "\"Far\" <sip:1001@");
	expect_header(told_of("1001", "main_number = 30100\n"), "From", "\"Far\" <sip:30100@");
	expect_header(told_of("30150", "main_number = 30100\n"), "From", "\"Far\" <sip:30150@");
}

static void who_hides_is_told_to_the_network_alone(void **state)
{
	const char *message;

	(void)state;
	says = "Privacy: id\n";
	message = told_of("30150", "identity = pai\n");
	expect_header(message, "From", "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
	expect_header(message, "P-Asserted-Identity", "\"Far\" <sip:30150@");
	expect_header(message, "Privacy", "id");
	message = told_of("30150", "");
	expect_header(message, "From", "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
	assert_null(strstr(message, "30150"));
	says = "";
}

static void expect_called(const char *options, const char *dialled, const char *expected)
{
	char conf[512], target[64];

	snprintf(conf, sizeof(conf), AT_B "%s", options);
	trunks_configure(conf);
	snprintf(target, sizeof(target), "SIP/%s@b", dialled);
	gate_dials(&gate, target);
	provider_is_called(&provider, "127.0.0.32");
	snprintf(target, sizeof(target), "INVITE sip:%s@127.0.0.32 ", expected);
	if (!strstr(provider.request, target))
		fail_msg("%s is not in: %s", target, provider.request);
	provider_refuses(&provider, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
}

static void a_number_is_called_as_the_trunk_writes_it(void **state)
{
	(void)state;
	expect_called("", "0305551234", "0305551234");
	expect_called("country = DE\ncalled_out = plus\n", "0305551234", "+49305551234");
	expect_called("country = DE\ncalled_out = plus\n", "112", "112");
	expect_called("country = US\ncalled_out = e164\narea_code = 212\n", "5551234",
		      "12125551234");
	expect_called("called_out_rules = _03XXXXXXXX -> 99{1}\n", "0305551234", "99305551234");
}

static void text_over(void *arg, unsigned status)
{
	*(unsigned *)arg = status;
}

/* The same of a text that "Far" writes there (MESSAGE). */
static const char *text_of(const char *number, const char *options)
{
	const struct rd_party far = { .name = "Far", .number = number };
	const struct sip_text text = { .type = RD_STR("text/plain"),
				       .body = RD_STR("hello"),
				       .from = &far };
	struct sip_recipient to;
	unsigned status = 0;
	char conf[512];

	snprintf(conf, sizeof(conf), AT_B "%s", options);
	trunks_configure(conf);
	assert_int_equal(
		sip_recipient_read(&to, RD_STR("pjsip:0305551234@b"), (struct rd_str){ 0 }), 0);
	assert_int_equal(sip_deliver(NULL, &to, &text, text_over, &status), 0);
	snprintf(provider.request, sizeof(provider.request), "%s", line_expect("MESSAGE "));
	provider_says(&provider, "200 OK", "");
	run_for(10);
	assert_int_equal(status, 200);
	return provider.request;
}

static void who_writes_is_told_as_who_calls(void **state)
{
	const char *message;

	(void)state;
	message = text_of("30150", "identity = account, pai\n");
	expect_header(message, "From", "\"Far\" <sip:account@");
	expect_header(message, "P-Asserted-Identity", "\"Far\" <sip:30150@");
	message = text_of("1001", "identity = pai\nmain_number = 30100\n");
	expect_header(message, "From", "\"Far\" <sip:30100@");
	expect_header(message, "P-Asserted-Identity", "\"Far\" <sip:30100@");
	assert_null(strstr(message, "1001"));
	message = text_of(NULL, "main_number = 30100\n");
	expect_header(message, "From", "\"Far\" <sip:30100@");
	message = text_of("30150", "country = DE\narea_code = 30\ncaller_out = plus\n");
	expect_header(message, "From", "\"Far\" <sip:+493030150@");
	message = text_of("30150", "identity = anonymous\n");
	expect_header(message, "From", "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
	assert_null(strstr(message, "30150"));
	assert_null(strstr(message, "Far"));
}

static void a_text_goes_to_the_number_that_a_call_would(void **state)
{
	const char *message;

	(void)state;
	message = text_of("30150", "country = DE\ncalled_out = plus\n");
	assert_non_null(strstr(message, "MESSAGE sip:+49305551234@127.0.0.32 "));
	expect_header(message, "To", "<sip:+49305551234@127.0.0.32>");
}

static char shown[64];

static int note_shown(struct rd_channel *leg, void *arg)
{
	(void)arg;
	rd_strcpy(shown, sizeof(shown), rd_channel_party(leg, RD_PARTY_CALLER)->number);
	return 0;
}

/* Whoever calls sees what he has dialled, and can dial it again. */
static void the_caller_sees_the_number_as_he_dialled_it(void **state)
{
	(void)state;
	seen.before_call = note_shown;
	expect_called("country = DE\ncalled_out = plus\n", "0305551234", "+49305551234");
	assert_string_equal(shown, "0305551234");
	seen.before_call = NULL;
}

static void what_fits_in_no_number_is_not_called(void **state)
{
	(void)state;
	trunks_configure(AT_B "called_out_rules = 4711 -> {4}\n");
	gate_dials(&gate, "SIP/4711@b");
	run_for(10);
	line_expect("SIP/2.0 484");
	phone_ack_refusal(&gate);
	line_expect_nothing();
}

static void who_calls_is_told_as_the_trunk_writes_it(void **state)
{
	const char *message;

	(void)state;
	message = told_of("0306661234", "country = DE\ncaller_out = plus\nidentity = pai\n");
	expect_header(message, "From", "\"Far\" <sip:+49306661234@");
	expect_header(message, "P-Asserted-Identity", "\"Far\" <sip:+49306661234@");
	message = told_of("50", "caller_out_rules = _XX -> 301{0}\nmain_number = 30100\n");
	expect_header(message, "From", "\"Far\" <sip:30150@");
	message = told_of("1001", "caller_out_rules = _XX -> 301{0}\nmain_number = 30100\n");
	expect_header(message, "From", "\"Far\" <sip:30100@");
}

/* Nor is it one of the town's that begins with the country's code and is called so. */
static void a_number_without_its_prefix_is_one_of_the_world_where_it_is_called_so(void **state)
{
	static const char conf[] = "country = DE\narea_code = 30\ncaller_out = plus\n"
				   "main_number = +4930100\nnumbers = _4930555XX\n";

	(void)state;
	expect_header(told_of("493055512", conf), "From", "\"Far\" <sip:+493055512@");
	expect_header(told_of("4966612", conf), "From", "\"Far\" <sip:+4930100@");
}

static void an_extension_is_told_behind_the_main_number(void **state)
{
	static const char conf[] = "main_number = +4930100\nsend_ext = yes\nidentity = pai\n"
				   "user_eq_phone = yes\n";
	const char *message;

	(void)state;
	message = told_of("101", conf);
	expect_header(message, "From",
		      "\"Far\" <sip:+4930100;ext=101@127.0.0.1;user=phone>");
	expect_header(message, "P-Asserted-Identity",
		      "\"Far\" <sip:+4930100;ext=101@");
	expect_header(told_of("30150", conf), "From", "\"Far\" <sip:30150@");
	expect_header(told_of("anna", conf), "From", "\"Far\" <sip:+4930100@");
}

/* As who calls from outside and is sent on. */
static void a_number_of_somebody_else_is_no_extension(void **state)
{
	(void)state;
	expect_header(told_of("01715551234", "country = DE\nmain_number = +4930100\n"
					     "send_ext = yes\n"),
		      "From", "\"Far\" <sip:+4930100@");
}

/* gate's number is an extension: a calls 707, which dials it, and it answers. What a is told. */
static const char *answer_to(const char *options)
{
	char conf[512];

	snprintf(conf, sizeof(conf),
		 "[a]\nhost = 127.0.0.31\nnumbers = _7XX\ncontext = office\nqualify = 0\n%s",
		 options);
	trunks_configure(conf);
	line_clear();
	seen.dials = "SIP/desk";
	provider_calls(&gate, "127.0.0.31", "707");
	phone_expect(&gate, "SIP/2.0 100");
	run_for(10);
	provider_is_called(&provider, "127.0.0.40");
	provider_says(&provider, "200 OK", SDP(""));
	run_for(10);
	phone_expect_request(&provider, "ACK ");
	return phone_final(&gate, "SIP/2.0 200");
}

static void is_over(void)
{
	phone_ack(&gate, "");
	phone_request(&gate, "BYE", "", "");
	run_for(10);
	phone_final(&gate, "SIP/2.0 200");
	phone_expect_request(&provider, "BYE ");
	provider_says(&provider, "200 OK", "");
	run_for(10);
}

static void who_answers_is_told_as_who_calls_is(void **state)
{
	(void)state;
	expect_header(answer_to("identity = pai\n"), "P-Asserted-Identity", "<sip:desk@");
	is_over();
	expect_header(answer_to("identity = pai\nmain_number = 30100\n"), "P-Asserted-Identity",
		      "<sip:30100@");
	is_over();
	expect_header(answer_to("identity = anonymous, pai\nmain_number = 30100\n"), "Privacy",
		      "id");
	is_over();
}

/* As those do that know which gateway has room: it is a call with the trunk, as before. */
static void where_a_trunk_sends_us_it_is_told_no_more(void **state)
{
	(void)state;
	trunks_configure(AT_B "main_number = 30100\nidentity = pai\nlimit_out = 1\n");
	gate_dials(&gate, "TRUNK/b/4711");
	provider_is_called(&provider, "127.0.0.32");
	line_answer_from(line_peer());
	phone_answer(&provider, "302 Moved", "Contact: <sip:4712@127.0.0.33>\n", "");
	line_answer_from(NULL);
	line_expect("ACK ");
	run_for(10);
	provider_is_called(&provider, "127.0.0.33");
	assert_int_equal(strncmp(provider.request, "INVITE sip:4712@127.0.0.33 ", 27), 0);
	expect_header(provider.request, "P-Asserted-Identity", "\"Far\" <sip:30100@");
	assert_null(strstr(provider.request, "alice"));
	assert_int_equal(trunk_state_find("b")->out.now, 1);
	provider_refuses(&provider, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
}

static void b_sends_us_to(const char *contact)
{
	gate_dials(&gate, "TRUNK/b/4711");
	provider_is_called(&provider, "127.0.0.32");
	line_answer_from(line_peer());
	phone_answer(&provider, "302 Moved", contact, "");
	line_answer_from(NULL);
	line_expect("ACK ");
	run_for(10);
}

static void is_called_at(const char *uri, size_t length)
{
	provider_is_called(&provider, "127.0.0.33");
	assert_memory_equal(provider.request, "INVITE ", 7);
	assert_memory_equal(provider.request + 7, uri, length);
	assert_int_equal(provider.request[7 + length], ' ');
	provider_refuses(&provider, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
}

/* All but the method (RFC 3261 §19.1.5); those that are too long are left out. */
static void what_a_redirection_says_beside_the_place_goes_on(void **state)
{
#define AT_MADDR "sip:4712@gate.test;maddr=127.0.0.33;user=phone;line=a1;ob"
	(void)state;
	trunks_configure(AT_B);
	b_sends_us_to("Contact: <sip:4712@gate.test;maddr=127.0.0.33;user=phone;method=BYE"
		      ";line=a1;ob?Subject=x>\n");
	is_called_at(AT_MADDR, sizeof(AT_MADDR) - 1);
#define LONG "0123456789012345678901234567890123456789"
#define LONG_URI "sip:4712@127.0.0.33;x=" LONG LONG LONG ";transport=udp"
	b_sends_us_to("Contact: <" LONG_URI ">\n");
	is_called_at(LONG_URI, sizeof(LONG_URI) - 1);
#define LONGER LONG LONG LONG LONG LONG LONG LONG
	b_sends_us_to("Contact: <sip:4712@127.0.0.33;x=" LONGER LONGER LONGER LONGER
		      ";transport=udp>\n");
	is_called_at("sip:4712@127.0.0.33;transport=udp", 33);
}

static char into_dialplan[64];

static int note_resource(const struct rd_call_request *request, struct rd_channel **chp, int *cause)
{
	(void)chp;
	rd_strcpy(into_dialplan, sizeof(into_dialplan), request->resource);
	*cause = RD_CAUSE_BUSY;
	return -EBUSY;
}

static void a_trunk_sends_us_to_numbers_of_its_own_alone(void **state)
{
	static const struct rd_tech local = { .name = "Local", .request = note_resource };

	(void)state;
	assert_int_equal(rd__tech_add(&local, "test"), 0);
	trunks_configure(AT_B "called_in_rules = _301XX -> 6{3}\ncontext = office\n");
	b_sends_us_to("Contact: <sip:600@127.0.0.1>\n");
	line_expect("SIP/2.0 4");
	phone_ack_refusal(&gate);
	assert_string_equal(into_dialplan, "");
	b_sends_us_to("Contact: <sip:30100@127.0.0.1>\n");
	line_expect("SIP/2.0 486");
	phone_ack_refusal(&gate);
	assert_string_equal(into_dialplan, "600@office");
	rd__tech_remove(&local);
}

static void a_trunk_may_be_told_of_nobody(void **state)
{
	const char *message = told_of("30150", "identity = anonymous, pai\n");

	(void)state;
	expect_header(message, "From", "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
	expect_header(message, "P-Asserted-Identity", "\"Far\" <sip:30150@");
	expect_header(message, "Privacy", "id");
	message = told_of("30150", "identity = anonymous\n");
	assert_null(strstr(message, "30150"));
}

static const char *diverted_by(const char *number, const char *options)
{
	static char lines[128];
	const char *message;

	snprintf(lines, sizeof(lines), "Diversion: <sip:%s@h>;reason=unconditional\n", number);
	says = lines;
	message = told_of("30150", options);
	says = "";
	return message;
}

/* An extension says nothing to a provider, which wants to know which of its customers pays. */
static void who_has_sent_it_on_is_told_as_a_number_of_ours(void **state)
{
	static const char options[] = "country = DE\ncaller_out = plus\nmain_number = 30100\n";

	(void)state;
	expect_header(diverted_by("1005", options), "Diversion", "<sip:30100@");
	expect_header(diverted_by("1005", "country = DE\narea_code = 30\ncaller_out = plus\n"
					  "main_number = 30100\n"),
		      "Diversion", "<sip:30100@");
	expect_header(diverted_by("30177", options), "Diversion", "<sip:30177@");
	expect_header(diverted_by("0306661234", options), "Diversion", "<sip:+49306661234@");
	expect_header(diverted_by("1005", ""), "Diversion", "<sip:1005@");
}

/* This number comes for 605, and is one of these. */
static void comes_for_605(const char *number, const char *numbers, const char *options)
{
	char conf[512];

	snprintf(conf, sizeof(conf),
		 "[a]\nhost = 127.0.0.31\nnumbers = %s\ncontext = office\nqualify = 0\n"
		 "country = DE\ncaller_in = national\ncaller_in_rules = _030XXXX -> 0{0}\n%s",
		 numbers, options);
	trunks_configure(conf);
	seen.caller[0] = '\0';
	phone_source = "127.0.0.31";
	phone_invite(&provider, "+49301234", number, "", SDP(""));
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	assert_string_equal(seen.caller, "Far <00301234>");
	phone_ack(&provider, "");
	run_for(10);
	phone_expect_request(&provider, "BYE ");
	line_answer_from("127.0.0.31:5060");
	phone_answer(&provider, "200 OK", "", "");
	line_answer_from(NULL);
}

static void numbers_that_come_are_seen_as_the_office_writes_them(void **state)
{
	static const char rule[] = "called_in_rules = _+493055566XX -> {9}\n";

	(void)state;
	comes_for_605("+49305556605", "_+493055566XX", rule);
	comes_for_605("+49305556605", "605", rule);
}

/* It was read as one of the town: 03049305556605. */
static void a_number_of_ours_without_its_prefix_comes_as_one_of_the_world(void **state)
{
	static const char in_town[] = "area_code = 30\ncalled_in = national\n"
				      "called_in_rules = _03055566XX -> {7}\n";

	(void)state;
	comes_for_605("49305556605", "_493055566XX", in_town);
	comes_for_605("5556605", "605", in_town);
}

/* What the phone says of itself and of the house. */
static const char inside[] =
	"User-Agent: Secret/1.0\nX-Inside: yes\nP-Preferred-Identity: <sip:9@pbx.inside>\n"
	"P-Asserted-Identity: <sip:9@pbx.inside>\nRemote-Party-ID: <sip:9@pbx.inside>\n"
	"Diversion: <sip:1005@pbx.inside>;reason=unconditional\n"
	"History-Info: <sip:1005@pbx.inside>;index=1\nCall-Info: <http://pbx.inside/x>\n"
	"Alert-Info: <http://pbx.inside/ring>\nSubject: secret\nOrganization: secret\n"
	"Route: <sip:127.0.0.1;lr>\nRecord-Route: <sip:proxy.inside;lr>\n"
	"Via: SIP/2.0/UDP phone.inside;branch=z9hG4bKinner\nReferred-By: <sip:9@pbx.inside>\n";

static void gate_stays_inside(const char *message)
{
	expect_nothing_inside(message, &gate, "127.0.0.9");
	assert_null(strstr(message, "z9hG4bKsim"));
}

static void nothing_of_the_inside_goes_out(void **state)
{
	(void)state;
	gate_dials_as(&gate, "TRUNK/b/4711", "alice", inside, SDP("a=x-inside:secret\n"));
	provider_is_called(&provider, "127.0.0.32");
	gate_stays_inside(provider.request);
	provider_says(&provider, "200 OK", SDP(""));
	run_for(10);
	gate_stays_inside(phone_expect_request(&provider, "ACK "));
	phone_final(&gate, "SIP/2.0 200");
	phone_ack(&gate, "");
	phone_request(&gate, "BYE", inside, "");
	run_for(10);
	phone_final(&gate, "SIP/2.0 200");
	gate_stays_inside(phone_expect_request(&provider, "BYE "));
	provider_says(&provider, "200 OK", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trunks_open, trunks_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_caller_is_told_where_the_trunk_wants_it),
		TEST(a_number_that_is_none_of_ours_gives_way_to_the_main_one),
		TEST(who_hides_is_told_to_the_network_alone),
		TEST(who_writes_is_told_as_who_calls),
		TEST(a_text_goes_to_the_number_that_a_call_would),
		TEST(a_number_is_called_as_the_trunk_writes_it),
		TEST(the_caller_sees_the_number_as_he_dialled_it),
		TEST(what_fits_in_no_number_is_not_called),
		TEST(who_calls_is_told_as_the_trunk_writes_it),
		TEST(a_number_without_its_prefix_is_one_of_the_world_where_it_is_called_so),
		TEST(an_extension_is_told_behind_the_main_number),
		TEST(a_number_of_somebody_else_is_no_extension),
		TEST(who_answers_is_told_as_who_calls_is),
		TEST(where_a_trunk_sends_us_it_is_told_no_more),
		TEST(what_a_redirection_says_beside_the_place_goes_on),
		TEST(a_trunk_sends_us_to_numbers_of_its_own_alone),
		TEST(a_trunk_may_be_told_of_nobody),
		TEST(who_has_sent_it_on_is_told_as_a_number_of_ours),
		TEST(numbers_that_come_are_seen_as_the_office_writes_them),
		TEST(a_number_of_ours_without_its_prefix_comes_as_one_of_the_world),
		TEST(nothing_of_the_inside_goes_out),
	};

	return RUN_GROUP(tests);
}

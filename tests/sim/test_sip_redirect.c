/* The redirect server: 302 with the contacts of who is registered, by the dialplan
 * and by sip.conf. */
#include "tests/unit/test.h"

#include <ringdown/channel.h>

#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"

static const char conf[] =
	"[global]\nuser_agent = Test\n"
	"[gate]\ntype = peer\nmatch = 127.0.0.9\ncontext = office\nredirect = yes\n"
	"[1002]\ntype = phone\nsecret = two\n[605]\ntype = phone\nsecret = six\n";

static struct sip_phone far;

static void registers(const char *name, const char *uri, uint16_t q)
{
	office_bind(name, "127.0.0.2", 5060,
		    &(struct sip_contact_params){ .uri = rd_str_of(uri),
						  .user_agent = RD_STR("Phone"),
						  .q = q });
}

static void registers_flow(const char *name, const char *uri, uint32_t reg_id)
{
	office_bind(name, "127.0.0.2", 5060,
		    &(struct sip_contact_params){ .uri = rd_str_of(uri),
						  .instance = RD_STR("<urn:uuid:1>"),
						  .reg_id = reg_id,
						  .q = 1000 });
}

/* far calls and is answered in one go. */
static const char *calls(const char *number, const char *status)
{
	const char *text;

	line_clear();
	phone_invite(&far, "alice", number, "", SDP(""));
	rd__sched_run_for(10);
	text = phone_final(&far, status);
	return text;
}

static unsigned contacts_in(const char *message)
{
	unsigned count = 0;

	while ((message = strstr(message, "\nContact:"))) {
		message++;
		count++;
	}
	return count;
}

/* ---- by the dialplan ---- */

static void all_contacts_are_told_best_first_with_their_q(void **state)
{
	const char *text;

	(void)state;
	registers("1002", "sip:1002@127.0.0.2:5070", 300);
	registers("1002", "sip:1002@127.0.0.3", 1000);
	seen.redirect_to = "1002";
	text = calls("611", "SIP/2.0 302 Moved Temporarily");
	assert_int_equal(contacts_in(text), 2);
	assert_non_null(strstr(text, "Contact: <sip:1002@127.0.0.3>\n"
				     "Contact: <sip:1002@127.0.0.2:5070>;q=0.300\n"));
	assert_string_equal(seen.redirect_status, "SUCCESS");
}

/* RFC 5626 §7: whoever is told calls all of them. */
static void of_a_device_with_flows_one_is_told(void **state)
{
	const char *text;

	(void)state;
	registers_flow("1002", "sip:1002@127.0.0.2:5070", 1);
	registers_flow("1002", "sip:1002@127.0.0.2:5071", 2);
	seen.redirect_to = "1002";
	text = calls("611", "SIP/2.0 302 Moved Temporarily");
	assert_int_equal(contacts_in(text), 1);
	assert_non_null(strstr(text, "Contact: <sip:1002@127.0.0.2:5071>\n"));
}

static void option_p_is_301(void **state)
{
	(void)state;
	registers("1002", "sip:1002@127.0.0.2:5070", 1000);
	seen.redirect_to = "1002@example.com,p";
	assert_non_null(
		strstr(calls("611", "SIP/2.0 301"), "Contact: <sip:1002@127.0.0.2:5070>\n"));
}

static void several_may_be_told_and_a_host_stands_for_itself(void **state)
{
	const char *text;

	(void)state;
	registers("1002", "sip:1002@127.0.0.2:5070", 1000);
	seen.redirect_to = "1002&bob@example.com&nobody";
	text = calls("611", "SIP/2.0 302");
	assert_non_null(strstr(text, "Contact: <sip:1002@127.0.0.2:5070>\n"
				     "Contact: <sip:bob@example.com>\n"));
	assert_int_equal(contacts_in(text), 2);
}

static void other_schemes_are_told_as_they_are(void **state)
{
	const char *text;

	(void)state;
	seen.redirect_to = "sips:bob@example.com&tel:+4930123&sip:eve@example.com";
	text = calls("611", "SIP/2.0 302");
	assert_non_null(strstr(text, "Contact: <sips:bob@example.com>\n"
				     "Contact: <tel:+4930123>\n"
				     "Contact: <sip:eve@example.com>\n"));
	assert_string_equal(seen.redirect_status, "SUCCESS");
}

static void a_number_with_a_hash_is_escaped(void **state)
{
	const char *text;

	(void)state;
	seen.redirect_to = "#55@branch.example&sips:%23#@example.com";
	text = calls("611", "SIP/2.0 302");
	assert_non_null(strstr(text, "Contact: <sip:%2355@branch.example>\n"
				     "Contact: <sips:%23%23@example.com>\n"));
}

static void answer_and_redirect(struct rd_channel *ch, const char *exten)
{
	(void)exten;
	if (rd_answer(ch) == 0)
		exchange_redirect(ch, "1002");
}

static void who_is_answered_cannot_be_redirected(void **state)
{
	(void)state;
	registers("1002", "sip:1002@127.0.0.2:5070", 1000);
	seen.service = answer_and_redirect;
	calls("777", "SIP/2.0 200");
	assert_string_equal(seen.redirect_status, "UNSUPPORTED");
	phone_ack(&far, "");
	phone_expect_request(&far, "BYE ");
	phone_answer(&far, "200 OK", "", "");
}

static void who_is_not_registered_is_said_and_the_call_goes_on(void **state)
{
	(void)state;
	seen.redirect_to = "1002";
	phone_invite(&far, "alice", "611", "", SDP(""));
	rd__sched_run_for(10);
	assert_string_equal(seen.redirect_status, "UNREGISTERED");
	line_clear();
}

/* Whoever may write into a variable adds no header of his. */
static void what_is_no_uri_is_not_told(void **state)
{
	static const char *const targets[] = { "<sip:bob@example.com>", "bob@example.com>\r\nX: y",
					       "bob @example.com" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(targets); i++) {
		seen.redirect_to = targets[i];
		phone_invite(&far, "alice", "611", "", SDP(""));
		rd__sched_run_for(10);
		assert_string_equal(seen.redirect_status, "FAILURE");
		phone_final(&far, "SIP/2.0 ");
		assert_null(strstr(far.request, "example.com"));
		line_clear();
	}
}

/* ---- by sip.conf ---- */

static int open_with_policy(void **state)
{
	int rc = exchange_open(state);

	if (office_reload(conf))
		fail_msg("%s", office_report());
	return rc;
}

static void a_registered_phone_is_told_and_no_call_is_made(void **state)
{
	const char *text;

	(void)state;
	registers("1002", "sip:1002@127.0.0.2:5070", 500);
	line_clear();
	phone_invite(&far, "alice", "1002", "", SDP(""));
	text = phone_expect(&far, "SIP/2.0 302");
	assert_string_equal(line_header(text, "Contact"), "<sip:1002@127.0.0.2:5070>;q=0.500");
	assert_int_equal(sip.call_count, 0);
}

static void a_number_without_contacts_goes_the_way_of_all(void **state)
{
	(void)state;
	calls("605", "SIP/2.0 200");
	phone_ack(&far, "");
	phone_expect_request(&far, "BYE ");
	phone_answer(&far, "200 OK", "", "");
	calls("1002", "SIP/2.0 4");
	phone_ack(&far, "");
}

#define IN_CONTEXTS(list)                                                                 \
	"[global]\nredirect_contexts = " list "\n"                                           \
	"[gate]\ntype = peer\nmatch = 127.0.0.9\ncontext = office\n"                         \
	"[1002]\ntype = phone\nsecret = two\n"

/* Whoever calls in one of them, by no option of his own. */
static void a_context_may_be_redirected_as_a_whole(void **state)
{
	(void)state;
	assert_int_equal(office_reload(IN_CONTEXTS("kiosk, office")), 0);
	registers("1002", "sip:1002@127.0.0.2:5070", 500);
	line_clear();
	phone_invite(&far, "alice", "1002", "", SDP(""));
	assert_string_equal(line_header(phone_expect(&far, "SIP/2.0 302"), "Contact"),
			    "<sip:1002@127.0.0.2:5070>;q=0.500");
	assert_int_equal(sip.call_count, 0);
}

static void in_other_contexts_phones_are_called(void **state)
{
	(void)state;
	assert_int_equal(office_reload(IN_CONTEXTS("kiosk")), 0);
	registers("1002", "sip:1002@127.0.0.2:5070", 500);
	line_clear();
	phone_invite(&far, "alice", "1002", "", SDP(""));
	rd__sched_run_for(10);
	phone_expect(&far, "SIP/2.0 100");
	line_expect("INVITE sip:1002@127.0.0.2:5070");
	line_clear();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)
#define POLICY(name) cmocka_unit_test_setup_teardown(name, open_with_policy, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_contacts_are_told_best_first_with_their_q),
		TEST(of_a_device_with_flows_one_is_told),
		TEST(option_p_is_301),
		TEST(several_may_be_told_and_a_host_stands_for_itself),
		TEST(other_schemes_are_told_as_they_are),
		TEST(a_number_with_a_hash_is_escaped),
		TEST(who_is_answered_cannot_be_redirected),
		TEST(who_is_not_registered_is_said_and_the_call_goes_on),
		TEST(what_is_no_uri_is_not_told),
		POLICY(a_registered_phone_is_told_and_no_call_is_made),
		POLICY(a_number_without_contacts_goes_the_way_of_all),
		TEST(a_context_may_be_redirected_as_a_whole),
		TEST(in_other_contexts_phones_are_called),
	};

	return RUN_GROUP(tests);
}

/* Leaving a registrar: what makes a registration another one, which waits until the former
 * one has gone, and what is told at the end. */
#include "tests/unit/test.h"

#include "channels/sip/endpoint/enrol.h"
#include "tests/sim/sip_provider.h"
#include "tests/unit/console.h"

#define HEAD "[global]\nuser_agent = Test\n[line]\ntype = transport\nbind = 127.0.0.1:5060\n"
#define CONF(more)                                                                                 \
	HEAD "[provider]\ntype = peer\nhost = 127.0.0.2:5060\nregister = yes\nsecret = x\n" more
#define PLAIN(more) CONF("outbound = no\ngruu = no\n" more)

static int open_office(void **state)
{
	(void)state;
	return office_open(PLAIN(""));
}

static void be_registered(void)
{
	provider_expect("3600");
	provider_answer("200 OK", "Expires: 100\n");
}

/* Nothing but repetitions. */
static void expect_no_other_than(const char *cseq)
{
	for (const char *sent; (sent = line_take());) {
		assert_int_equal(sent[0], 'R');
		assert_string_equal(line_header(sent, "CSeq"), cseq);
	}
}

/* ---- one after the other ---- */

static void another_binding_waits_for_the_former(void **state)
{
	(void)state;
	be_registered();
	provider_reload(PLAIN("from_domain = b.example\n"));
	provider_expect("0");
	provider_reload(PLAIN("from_domain = c.example\n"));
	run_for(10);
	line_expect_nothing();
	provider_answer("200 OK", "");
	provider_expect("3600"); /* nothing is known of b: it was never told */
	assert_string_equal(provider_header("To"), "<sip:provider@c.example>");
	provider_answer("200 OK", "");
}

static void so_does_one_whose_wish_has_changed(void **state)
{
	(void)state;
	be_registered();
	provider_reload(PLAIN("from_domain = b.example\n"));
	provider_expect("0");
	provider_reload(PLAIN("from_domain = b.example\nregister_expires = 10m\n"));
	run_for(10);
	line_expect_nothing();
	provider_answer("200 OK", "");
	provider_expect("600");
	provider_answer("200 OK", "");
}

static const char *const other[] = {
	"register_server = 127.0.0.2\noutbound = no\ngruu = no\n",
	"register_as = a@b.example\noutbound = no\ngruu = no\n",
	"register_contact = s\noutbound = no\ngruu = no\n",
	"transport = line\noutbound = no\ngruu = no\n",
	"username = me\nregister_contact = provider\noutbound = no\ngruu = no\n",
	"from_domain = b.example\noutbound = no\ngruu = no\n",
	"outbound_proxy = 127.0.0.2:5060\noutbound = no\ngruu = no\n",
	"register_line = yes\noutbound = no\ngruu = no\n",
	"outbound = yes\ngruu = no\n",
	"outbound = no\ngruu = yes\n",
};

static void each_of_these_is_another_binding(void **state)
{
	char conf[1024];

	(void)state;
	be_registered();
	for (size_t i = 0; i < RD_ARRAY_SIZE(other); i++) {
		snprintf(conf, sizeof(conf), CONF("%s"), other[i]);
		provider_reload(conf);
		provider_expect("0");
		provider_answer("200 OK", "");
		run_for(10);
		provider_keep(line_expect("REGISTER "));
		provider_answer("200 OK", "Expires: 100\n");
		provider_reload(PLAIN(""));
		run_for(10);
		provider_keep(line_expect("REGISTER "));
		assert_string_equal(provider_header("Expires"), "0");
		provider_answer("200 OK", "");
		be_registered();
	}
}

static void before_the_driver_runs_nothing_is_begun_or_left(void **state)
{
	struct sip_transactions *transactions = sip.transactions;

	(void)state;
	be_registered();
	sip.transactions = NULL;
	provider_reload(HEAD);
	sip.transactions = transactions;
	run_for(10);
	line_expect_nothing();
	provider_reload(HEAD);
	provider_expect("0");
	provider_answer("200 OK", "");
}

/* ---- the end ---- */

static void who_was_refused_takes_back_what_stands(void **state)
{
	(void)state;
	be_registered();
	run_for(68100);
	provider_expect("3600");
	provider_answer("403 Forbidden", "");
	provider_reload(HEAD);
	provider_expect("0");
	provider_answer("200 OK", "");
}

static void who_has_left_renews_nothing(void **state)
{
	(void)state;
	be_registered();
	run_for(60000);
	provider_reload(HEAD);
	provider_expect("0");
	assert_string_equal(provider_header("CSeq"), "2 REGISTER");
	run_for(20000);
	expect_no_other_than("2 REGISTER");
	provider_answer("200 OK", "");
}

static void nor_shows_that_he_lives(void **state)
{
	(void)state;
	be_registered();
	provider_reload(CONF(""));
	provider_expect("0");
	provider_answer("200 OK", "");
	run_for(10);
	provider_expect("3600");
	provider_answer("200 OK", "Require: outbound\n");
	provider_reload(HEAD);
	provider_expect("0");
	run_for(31000);
	expect_no_other_than("2 REGISTER");
}

static void who_was_to_leave_later_does_so_at_a_stop(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_reload(HEAD);
	run_for(10);
	line_expect_nothing();
	sip_enrolments_leave();
	provider_expect("0");
	provider_answer("200 OK", "");
}

static void who_has_left_says_so_once(void **state)
{
	(void)state;
	be_registered();
	provider_reload(HEAD);
	provider_expect("0");
	sip_enrolments_leave();
	run_for(10);
	line_expect_nothing();
	provider_answer("200 OK", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, provider_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_binding_waits_for_the_former),
		TEST(so_does_one_whose_wish_has_changed),
		TEST(each_of_these_is_another_binding),
		TEST(before_the_driver_runs_nothing_is_begun_or_left),
		TEST(who_was_refused_takes_back_what_stands),
		TEST(who_has_left_renews_nothing),
		TEST(nor_shows_that_he_lives),
		TEST(who_was_to_leave_later_does_so_at_a_stop),
		TEST(who_has_left_says_so_once),
	};

	return RUN_GROUP(tests);
}

/* What each trunk wants of sound and of how calls are begun: options of a peer that stand
 * in its section. */
#include "tests/unit/test.h"

#include "channels/sip/call/refer.h"
#include "channels/sip/call/tech.h"
#include "tests/sim/sip_trunks.h"

static struct sip_phone gate, provider;

static void configure(const char *options)
{
	char conf[1024];

	snprintf(conf, sizeof(conf),
		 "[a]\nhost = 127.0.0.31\nnumbers = _6XX\ncontext = office\nqualify = 0\n%s"
		 "[b]\nhost = 127.0.0.32\nnumbers = none\nqualify = 0\n%s", options, options);
	trunks_configure(conf);
}

/* What b is sent; it refuses. */
static const char *invite_of(const char *options)
{
	configure(options);
	gate_dials(&gate, "TRUNK/b/4711");
	provider_is_called(&provider, "127.0.0.32");
	provider_refuses(&provider, "486 Busy Here");
	gate_is_refused(&gate, "SIP/2.0 486");
	return provider.request;
}

static void each_trunk_is_offered_what_it_wants(void **state)
{
	static const struct {
		const char *options, *has, *lacks;
	} wanted[] = {
		{ "", "RTP/AVP 0 ", "a=crypto" },
		{ "allow = alaw,ulaw\noffer_order = ours\n", "RTP/AVP 8 0 101\n", "" },
		{ "allow = alaw\n", "RTP/AVP 8 101\n", "PCMU" },
		{ "", "telephone-event", "" },
		{ "dtmf_mode = info\n", "m=audio", "telephone-event" },
		{ "media_encryption = sdes\nsdes_in_clear = yes\n", "RTP/SAVP ", "RTP/AVP " },
		{ "media_encryption = sdes\nsdes_in_clear = yes\n", "a=crypto:", "" },
		{ "", "timer", "Session-Expires:" },
		{ "session_timers = originate\nsession_expires = 900s\n", "Session-Expires: 900",
		  "" },
		{ "session_timers = no\n", "Supported:", "timer" },
		{ "", "100rel", "Require:" },
		{ "100rel = required\n", "Require: 100rel", "" },
		{ "100rel = no\n", "Supported:", "100rel" },
		{ "", "m=audio", "CN/8000" },
		{ "comfort_noise = yes\n", "a=rtpmap:13 CN/8000", "" },
		{ "ptime = 30\n", "a=ptime:30\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wanted); i++) {
		const char *invite = invite_of(wanted[i].options);

		if (!strstr(invite, wanted[i].has))
			fail_msg("%zu: no \"%s\" in:\n%s", i, wanted[i].has, invite);
		if (*wanted[i].lacks && strstr(invite, wanted[i].lacks))
			fail_msg("%zu: \"%s\" in:\n%s", i, wanted[i].lacks, invite);
	}
}

static void sound_in_clear_is_refused_where_it_must_be_encrypted(void **state)
{
	(void)state;
	configure("media_encryption = sdes\nsdes_in_clear = yes\n");
	provider_calls(&provider, "127.0.0.31", "600");
	run_for(10);
	phone_final(&provider, "SIP/2.0 488");
	phone_ack_refusal(&provider);
	configure("media_encryption = sdes\nmedia_encryption_optimistic = yes\n"
		  "sdes_in_clear = yes\n");
	provider_calls(&provider, "127.0.0.31", "605");
	run_for(10);
	phone_final(&provider, "SIP/2.0 200");
	phone_ack(&provider, "");
}

/* ---- what is heard before somebody answers ---- */

static void hangs_up_early(void)
{
	phone_source = "127.0.0.9";
	phone_request(&gate, "CANCEL", "", "");
	run_for(10);
	line_clear();
	provider_says(&provider, "487 Request Terminated", "");
	run_for(10);
	line_clear();
	phone_ack_refusal(&gate);
}

/* gate is told this when b plays before it answers. */
static const char *told_of_early_sound(const char *options)
{
	configure(options);
	gate_dials(&gate, "TRUNK/b/4711");
	provider_is_called(&provider, "127.0.0.32");
	provider_says(&provider, "183 Session Progress", SDP(""));
	run_for(10);
	return line_take();
}

static void what_a_trunk_plays_early_is_heard(void **state)
{
	const char *told;

	(void)state;
	told = told_of_early_sound("");
	assert_int_equal(strncmp(told, "SIP/2.0 183", 11), 0);
	assert_non_null(strstr(told, "m=audio"));
	hangs_up_early();
}

static void unless_it_may_not(void **state)
{
	const char *told;

	(void)state;
	told = told_of_early_sound("early_media = no\n");
	assert_int_equal(strncmp(told, "SIP/2.0 180", 11), 0);
	assert_null(strstr(told, "m=audio"));
	line_expect_nothing();
	/* It answers, and is heard. */
	provider_says(&provider, "200 OK", SDP(""));
	both_hang_up(&gate, &provider);
}

static void ringing_is_a_180_or_a_tone(void **state)
{
	const char *told;

	(void)state;
	configure("");
	provider_calls(&provider, "127.0.0.31", "602");
	run_for(10);
	phone_expect(&provider, "SIP/2.0 100");
	told = phone_expect(&provider, "SIP/2.0 180");
	assert_null(strstr(told, "m=audio"));
	phone_request(&provider, "CANCEL", "", "");
	run_for(10);
	line_clear();
	phone_ack_refusal(&provider);
	configure("inband_progress = yes\n");
	provider_calls(&provider, "127.0.0.31", "602");
	run_for(10);
	phone_expect(&provider, "SIP/2.0 100");
	told = phone_expect(&provider, "SIP/2.0 183");
	assert_non_null(strstr(told, "m=audio"));
	phone_request(&provider, "CANCEL", "", "");
	run_for(10);
	line_clear();
	phone_ack_refusal(&provider);
}

/* ---- what a phone says to a call from a trunk stays in the house ---- */

static struct sip_phone desk, second;

static const char inside[] =
	"User-Agent: Secret/1.0\nServer: Secret/1.0\nX-Inside: yes\n"
	"P-Asserted-Identity: <sip:9@pbx.inside>\nRemote-Party-ID: <sip:9@pbx.inside>\n"
	"Warning: 399 pbx.inside \"secret\"\nCall-Info: <http://pbx.inside/x>\n"
	"Alert-Info: <http://pbx.inside/ring>\nRecord-Route: <sip:proxy.inside;lr>\n"
	"Organization: secret\nReply-To: <sip:9@pbx.inside>\n";

static void desk_stays_inside(const char *message)
{
	expect_nothing_inside(message, &desk, "127.0.0.40");
}

static void desk_says(const char *status, const char *more, const char *body)
{
	line_answer_from("127.0.0.40:5060");
	phone_answer(&desk, status, more, body);
	line_answer_from(NULL);
	run_for(10);
}

/* a calls 707, which is the phone at 127.0.0.40. */
static void desk_is_called(void)
{
	trunks_configure("[a]\nhost = 127.0.0.31\nnumbers = _7XX\ncontext = office\n"
			 "qualify = 0\n");
	line_clear();
	seen.dials = "SIP/desk";
	provider_calls(&provider, "127.0.0.31", "707");
	phone_expect(&provider, "SIP/2.0 100");
	run_for(10);
	phone_called(&desk);
}

static void what_a_phone_answers_stays_in_the_house(void **state)
{
	const char *told;

	(void)state;
	desk_is_called();
	desk_says("180 Ringing", inside, "");
	desk_stays_inside(phone_expect(&provider, "SIP/2.0 180"));
	desk_says("200 OK", inside, SDP("a=x-inside:secret\n"));
	phone_expect_request(&desk, "ACK ");
	told = phone_final(&provider, "SIP/2.0 200");
	assert_non_null(strstr(told, "m=audio"));
	desk_stays_inside(told);
	phone_ack(&provider, "");
	phone_source = "127.0.0.40";
	phone_request(&desk, "BYE", inside, "");
	run_for(10);
	phone_final(&desk, "SIP/2.0 200");
	desk_stays_inside(phone_expect_request(&provider, "BYE "));
	provider_says(&provider, "200 OK", "");
}

/* The one to the provider that is being called. */
static struct sip_call *outgoing_call(void)
{
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		if (rd_channel_outgoing(ch) && strncmp(rd_channel_name(ch), "SIP/a-", 6) == 0)
			return sip_call_of_leg(ch);
	fail_msg("nobody is called");
	return NULL;
}

/* The call is sent out again: second is whom that rings. */
static void desk_transfers_to_the_provider(void)
{
	desk_is_called();
	desk_says("200 OK", "", SDP(""));
	phone_expect_request(&desk, "ACK ");
	phone_final(&provider, "SIP/2.0 200");
	phone_ack(&provider, "");
	run_for(10);
	line_clear();
	seen.dials = "SIP/4711@a";
	phone_source = "127.0.0.40";
	phone_request(&desk, "REFER",
		      "Refer-To: <sip:707@127.0.0.1>\nReferred-By: <sip:9@pbx.inside>\n", "");
	run_for(10);
	phone_expect(&desk, "SIP/2.0 202");
	while (strncmp(line_peek(), "INVITE sip:4711@127.0.0.31", 26) != 0 && line_take())
		;
	phone_called(&second);
}

static void second_talks_and_all_hang_up(void)
{
	line_answer_from("127.0.0.31:5060");
	phone_answer(&second, "200 OK", "", SDP(""));
	run_for(10);
	phone_source = "127.0.0.31";
	phone_request(&provider, "BYE", "", "");
	run_for(40000); /* nobody listens to what else is said */
	line_answer_from(NULL);
	line_clear();
}

static void so_does_who_transfers_a_call(void **state)
{
	(void)state;
	desk_transfers_to_the_provider();
	desk_stays_inside(second.request);
	second_talks_and_all_hang_up();
}

static void it_takes_no_memory_to_say_less(void **state)
{
	struct sip_call *call;

	(void)state;
	desk_transfers_to_the_provider();
	call = outgoing_call();
	rd_free(call->headers);
	call->headers =
		rd_strdup("X-One: 1\r\nReferred-By: <sip:9@pbx.inside>\r\nX-Two: 2\r\n");
	rd__alloc_fail_after(0);
	sip_call_hide_referrer(call);
	rd__alloc_fail_after(-1);
	assert_string_equal(call->headers, "X-One: 1\r\nX-Two: 2\r\n");
	second_talks_and_all_hang_up();
}

static void so_does_why_it_refuses(void **state)
{
	(void)state;
	desk_is_called();
	desk_says("486 Busy Here", inside, "");
	phone_expect_request(&desk, "ACK ");
	desk_stays_inside(phone_final(&provider, "SIP/2.0 486"));
	phone_ack_refusal(&provider);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trunks_open, trunks_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_trunk_is_offered_what_it_wants),
		TEST(sound_in_clear_is_refused_where_it_must_be_encrypted),
		TEST(what_a_trunk_plays_early_is_heard),
		TEST(unless_it_may_not),
		TEST(ringing_is_a_180_or_a_tone),
		TEST(what_a_phone_answers_stays_in_the_house),
		TEST(so_does_who_transfers_a_call),
		TEST(it_takes_no_memory_to_say_less),
		TEST(so_does_why_it_refuses),
	};

	return RUN_GROUP(tests);
}

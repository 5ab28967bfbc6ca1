/* Where a description says that its sound is: addresses to which none is sent, and names; and
 * sound that comes from elsewhere all the same. */
#include "tests/unit/test.h"

#include <unistd.h>

#include "channels/sip/call/call.h"
#include "core/media/rtp.h"
#include "core/media/stream.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/log_catch.h"
#include "tests/unit/sip_zone.h"

static struct sip_phone far, callee;

#define SOUND_AT(connection)                                           \
	"v=0\no=- 1 2 IN IP4 127.0.0.2\ns=-\nc=" connection "\nt=0 0\n" \
	"m=audio 5000 RTP/AVP 0\n"

#define OF_ANOTHER_KIND SOUND_AT("IN IP6 2001:db8::2")
#define OF_A_GROUP	SOUND_AT("IN IP4 239.1.1.1/127")
#define OF_ALL_THERE	SOUND_AT("IN IP4 255.255.255.255")
#define BY_NAME		SOUND_AT("IN IP4 media.test")

static const char *refused_and_logged(const char *body, const char *warning)
{
	static struct log_catch log;

	log_catch(&log);
	phone_invite(&far, "alice", "600", "", body);
	run_for(10);
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 488"), warning));
	phone_ack_refusal(&far);
	return log_caught(&log);
}

static void a_call_whose_sound_cannot_be_sent_is_refused_with_the_reason(void **state)
{
	(void)state;
	assert_non_null(strstr(refused_and_logged(OF_ANOTHER_KIND, "Warning: 301 ringdown "),
			       "sip/gate: it has its sound at an address of IPv6"));
	assert_non_null(strstr(refused_and_logged(OF_A_GROUP, "Warning: 330 ringdown "),
			       "sip/gate: it has its sound at the address of a group"));
	assert_non_null(strstr(refused_and_logged(OF_ALL_THERE, "Warning: 330 ringdown "),
			       "sip/gate: it has its sound at the address of a group"));
}

static void hang_up(void)
{
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(10);
	line_clear();
}

static void a_later_offer_likewise_and_the_call_goes_on(void **state)
{
	(void)state;
	phone_invite(&far, "alice", "600", "", SDP(""));
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phone_request(&far, "INVITE", "", OF_ANOTHER_KIND);
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 488"), "Warning: 301 "));
	phone_ack_refusal(&far);
	phone_request(&far, "UPDATE", "", OF_A_GROUP);
	assert_non_null(strstr(phone_final(&far, "SIP/2.0 488"), "Warning: 330 "));
	/* No address is none that is wrong: so others hold. */
	phone_request(&far, "INVITE", "", SOUND_AT("IN IP6 ::"));
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	hang_up();
}

static void an_answer_likewise_ends_the_call(void **state)
{
	(void)state;
	phones_dial(&far, &callee);
	phone_answer(&callee, "200 OK", "", OF_ANOTHER_KIND);
	line_expect("ACK ");
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
	run_for(10);
	phone_final(&far, "SIP/2.0 488");
	phone_ack_refusal(&far);
}

/* Of the call that began last. */
static struct rd_stream *stream(void)
{
	return rd_list_entry(sip.calls.prev, struct sip_call, link)->stream;
}

/* Where its sound goes. */
static const union rd_sockaddr *sent_to(void)
{
	return &rd_stream_config(stream())->remote;
}

static void is_sent_to_media_test(void)
{
	assert_int_equal(sent_to()->ss_family, AF_INET);
	assert_int_equal(ntohl(sent_to()->in4.sin_addr.s_addr), 0x7f00002c);
	assert_int_equal(ntohs(sent_to()->in4.sin_port), 5000);
}

static void call_with_sound_at_a_name(void)
{
	phone_invite(&far, "alice", "600", "", BY_NAME);
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
}

static void a_name_is_found_when_it_is_known(void **state)
{
	struct log_catch log;

	(void)state;
	zone_set("media.test 600 A 127.0.0.44\n");
	zone_serve(sip.resolver, 50);
	log_catch(&log);
	call_with_sound_at_a_name();
	assert_int_equal(sent_to()->ss_family, 0);
	assert_non_null(strstr(log_caught(&log), "nobody knows yet where \"media.test\" is"));
	run_for(100);
	hang_up();
	call_with_sound_at_a_name();
	is_sent_to_media_test();
	hang_up();
	zone_serve(sip.resolver, 0);
	zone_forget();
}

static void the_name_in_an_answer_likewise(void **state)
{
	struct log_catch log;

	(void)state;
	zone_set("media.test 600 A 127.0.0.44\n");
	zone_serve(sip.resolver, 50);
	phones_dial(&far, &callee);
	log_catch(&log);
	phone_answer(&callee, "183 Session Progress", "", BY_NAME);
	run_for(10);
	assert_int_equal(sent_to()->ss_family, 0);
	assert_non_null(strstr(log_caught(&log), "nobody knows yet where \"media.test\" is"));
	run_for(100);
	line_clear();
	phone_answer(&callee, "200 OK", "", BY_NAME);
	phone_expect_request(&callee, "ACK ");
	is_sent_to_media_test();
	run_for(10);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phones_hang_up(&far, &callee);
	zone_serve(sip.resolver, 0);
	zone_forget();
}

/* ---- from elsewhere ---- */

static int open_sound(const char *host, uint16_t port)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	union sip_sockaddr address;

	assert_int_equal(sip_sockaddr_parse(&address, rd_str_of(host), port), 0);
	assert_int_equal(bind(fd, &address.sa, sip_sockaddr_len(&address)), 0);
	return fd;
}

static void speak(int fd, uint16_t packets)
{
	struct sockaddr_storage to;
	uint8_t packet[RD__RTP_HEADER + 160] = { 0 };

	rd_stream_local(stream(), &to);
	for (uint16_t i = 0; i < packets; i++) {
		struct rd__rtp rtp = { .seq = i,
				       .ts = 160u * i,
				       .ssrc = (uint32_t)fd,
				       .payload = packet + RD__RTP_HEADER,
				       .size = 160 };

		rd__rtp_print(&rtp);
		assert_int_equal(sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&to,
					sizeof(struct sockaddr_in)),
				 sizeof(packet));
		run_for(20);
	}
}

/* A carrier plays its announcement from another machine, and to the last. */
static void who_answers_is_heard_at_once(const char *body)
{
	int early = open_sound("127.0.0.3", 0), answers = open_sound("127.0.0.2", 5000);

	phones_dial(&far, &callee);
	phone_answer(&callee, "183 Session Progress", "", SDP(""));
	run_for(10);
	speak(early, 60);
	assert_true(stream()->line.source.learned);
	line_clear();
	phone_answer(&callee, "200 OK", "", body);
	line_expect("ACK ");
	run_for(10);
	speak(answers, 1);
	assert_false(stream()->line.source.learned);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	phones_hang_up(&far, &callee);
	close(early);
	close(answers);
}

static void who_answers_is_believed_with_the_description_once_more(void **state)
{
	(void)state;
	who_answers_is_heard_at_once(SDP(""));
}

static void and_without_it(void **state)
{
	(void)state;
	who_answers_is_heard_at_once("");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_whose_sound_cannot_be_sent_is_refused_with_the_reason),
		TEST(a_later_offer_likewise_and_the_call_goes_on),
		TEST(an_answer_likewise_ends_the_call),
		TEST(a_name_is_found_when_it_is_known),
		TEST(the_name_in_an_answer_likewise),
		TEST(who_answers_is_believed_with_the_description_once_more),
		TEST(and_without_it),
	};

	return RUN_GROUP(tests);
}

/* Faxes by T.38: a re-INVITE that turns a call into a fax is passed on to the other leg
 * and waits for its answer; so is the one that turns it back. [fax] and [telco] may have
 * them, [seen] may not. */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ringdown/channel.h>
#include <ringdown/tech.h>

#include "channels/sip/call/tech.h"
#include "tests/sim/sip_exchange.h"

#define HEAD     "v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
#define SOUND    HEAD "m=audio 5000 RTP/AVP 0\n"
#define NO_SOUND "m=audio 0 RTP/AVP 0\n"
#define NO_IMAGE "m=image 0 udptl t38\n"
/* As a machine that calls says it, ... */
#define LINE                                                                                       \
	"m=image 5010 udptl t38\na=T38FaxVersion:2\na=T38MaxBitRate:14400\n"                       \
	"a=T38FaxFillBitRemoval\na=T38FaxRateManagement:transferredTCF\n"                          \
	"a=T38FaxMaxBuffer:1800\na=T38FaxMaxDatagram:900\na=T38FaxUdpEC:t38UDPFEC\n"               \
	"a=T38VendorInfo:0 0 0 inside\n"
/* ... and one that is called. */
#define THEIR_LINE                                                                                 \
	"m=image 6010 udptl t38\na=T38FaxVersion:0\na=T38MaxBitRate:9600\n"                        \
	"a=T38FaxFillBitRemoval:0\na=T38FaxRateManagement:transferredTCF\n"                        \
	"a=T38FaxMaxDatagram:600\na=T38FaxUdpEC:t38UDPRedundancy\n"

#define HAS(text, part)   assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

static struct sip_phone far, callee;
static char message[8192];

static int open_as(const char *source, void **state)
{
	phone_source = source;
	return exchange_open(state);
}

static int open_fax(void **state)
{
	return open_as("127.0.0.19", state);
}

static int open_telco(void **state)
{
	return open_as("127.0.0.20", state);
}

static int open_sealed(void **state)
{
	return open_as("127.0.0.21", state);
}

static int open_seen(void **state)
{
	return open_as("127.0.0.17", state);
}

static const char *keep(const char *text)
{
	snprintf(message, sizeof(message), "%s", text);
	return message;
}

static void connect_to(const char *target)
{
	seen.dials = target;
	phone_invite(&far, "alice", "707", "", SOUND);
	run_for(20);
	line_expect("SIP/2.0 100");
	phone_called(&callee);
	phone_answer(&callee, "200 OK", "", SOUND);
	run_for(20);
	line_expect("ACK ");
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(20);
	line_expect_nothing();
}

static void hang_up(void)
{
	phones_hang_up(&far, &callee);
}

/* As the address that it is at. */
static const char *be(const struct sip_phone *phone)
{
	const char *before = phone_source;

	if (phone->called)
		phone_source = "127.0.0.2";
	return before;
}

static void skip_trying(void)
{
	while (strncmp(line_peek(), "SIP/2.0 1", 9) == 0)
		line_take();
}

static void request(struct sip_phone *from, const char *method, const char *body)
{
	const char *before = be(from);

	phone_request(from, method, "", body);
	phone_source = before;
	run_for(300);
	skip_trying();
}

/* A phone asks; what the other one is asked. */
static const char *passed_on(struct sip_phone *from, struct sip_phone *to, const char *body)
{
	request(from, "INVITE", body);
	keep(phone_expect_request(to, "INVITE "));
	phone_answer(to, "100 Trying", "", "");
	skip_trying();
	return message;
}

static void acknowledge(struct sip_phone *from, bool refused)
{
	const char *before = be(from);

	if (refused)
		phone_ack_refusal(from);
	else
		phone_ack(from, "");
	phone_source = before;
	run_for(20);
}

/* The one who was asked answers; what the one who asks is told. */
static const char *answered(struct sip_phone *from, struct sip_phone *to, const char *body)
{
	if (to->called)
		phone_answer(to, "200 OK", "", body);
	else
		phone_answer(to, "200 OK", "Contact: <sip:alice@127.0.0.19>\n", body);
	run_for(20);
	line_expect("ACK ");
	keep(phone_final(from, "SIP/2.0 200"));
	acknowledge(from, false);
	return message;
}

static void refused_by(const char *status, struct sip_phone *from, struct sip_phone *to)
{
	phone_answer(to, status, "", "");
	run_for(20);
	line_expect("ACK ");
	HAS(phone_final(from, "SIP/2.0 488"), "Warning: 305 ");
	acknowledge(from, true);
	line_expect_nothing();
}

static void refused(struct sip_phone *from, struct sip_phone *to)
{
	refused_by("488 Not Acceptable Here", from, to);
}

static struct sip_call *leg_of(int number)
{
	struct rd_channel *ch = NULL;

	for (int i = 0; i <= number; i++)
		ch = rd_channel_next(ch);
	assert_non_null(ch);
	return sip_call_of_leg(ch);
}

/* state NULL: no matter. */
static void both_have(bool fax, const char *state)
{
	for (int i = 0; i < 2; i++) {
		struct sip_call *call = leg_of(i);
		struct rd_buf text = { 0 };

		assert_int_equal(rd_channel_get(call->channel, "pjsip,t38state", &text), 0);
		if (state)
			assert_string_equal(rd_buf_text(&text), state);
		rd_buf_fini(&text);
		assert_int_equal(rd_stream_config(call->stream)->format_count > 0, !fax);
		assert_int_equal(
			call->fax.stream && rd_stream_config(call->fax.stream)->format_count, fax);
	}
}

static void becomes_a_fax(void)
{
	passed_on(&far, &callee, HEAD LINE);
	answered(&far, &callee, HEAD THEIR_LINE);
	line_expect_nothing();
	both_have(true, "ENABLED");
}

/* ---- datagrams ---- */

static int machine(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	inet_pton(AF_INET, "127.0.0.2", &at.sin_addr);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static struct sockaddr_in told(const char *text)
{
	struct sockaddr_in at = { .sin_family = AF_INET };

	inet_pton(AF_INET, line_part(text, "c=IN IP4 ", "\n"), &at.sin_addr);
	at.sin_port = htons((uint16_t)atoi(line_part(text, "m=image ", " ")));
	return at;
}

/* Whatever it looks like by its first byte: STUN, DTLS, TURN, RTP, RTCP. */
static void passes(int from, const struct sockaddr_in *to, int out)
{
	static const uint8_t firsts[] = { 0, 1, 20, 64, 128, 129, 200, 255 };
	uint8_t sent[700], got[1500];

	for (size_t i = 0; i < RD_ARRAY_SIZE(firsts); i++) {
		size_t size = i ? i * 80 : 5;

		for (size_t n = 0; n < size; n++)
			sent[n] = (uint8_t)(n * 7 + i);
		sent[0] = firsts[i];
		assert_int_equal(
			sendto(from, sent, size, 0, (const struct sockaddr *)to, sizeof(*to)),
			(ssize_t)size);
		run_for(50);
		assert_int_equal(recv(out, got, sizeof(got), 0), (ssize_t)size);
		assert_memory_equal(got, sent, size);
	}
	assert_int_equal(recv(out, got, sizeof(got), 0), -1);
}

static void datagrams_pass_byte_for_byte(void **state)
{
	int one = machine(5010), other = machine(6010), stranger = machine(7010);
	struct sockaddr_in of_callee, of_far;
	struct rd_stream_stats stats;

	(void)state;
	connect_to("SIP/42@fax");
	of_callee = told(passed_on(&far, &callee, HEAD LINE));
	of_far = told(answered(&far, &callee, HEAD THEIR_LINE));
	run_for(50);
	passes(one, &of_far, other);
	passes(other, &of_callee, one);
	/* Nobody else is heard. */
	assert_int_equal(sendto(stranger, "\x80stranger", 9, 0, (const struct sockaddr *)&of_far,
				sizeof(of_far)),
			 9);
	run_for(1500);
	assert_int_equal(recv(other, message, 10, 0), -1);
	rd_stream_stats(leg_of(0)->fax.stream, &stats);
	assert_int_equal(stats.rx_packets, 8);
	assert_int_equal(stats.tx_packets, 8);
	assert_int_equal(stats.rx_bytes, 5 + 80 * (1 + 2 + 3 + 4 + 5 + 6 + 7));
	close(one);
	close(other);
	close(stranger);
	hang_up();
}

/* ---- one asks, the other one is asked ---- */

static void a_fax_of_the_caller_is_passed_on(void **state)
{
	const char *text;

	(void)state;
	connect_to("SIP/42@fax");
	text = passed_on(&far, &callee, HEAD LINE);
	line_expect_nothing();
	both_have(false, NULL);
	/* In the place of the sound, with what the machine says of itself. */
	LACKS(text, "m=audio");
	HAS(text, "c=IN IP4 127.0.0.1\n");
	HAS(text, " udptl t38\na=T38FaxVersion:2\na=T38MaxBitRate:14400\n"
		  "a=T38FaxFillBitRemoval\na=T38FaxRateManagement:transferredTCF\n"
		  "a=T38FaxMaxBuffer:1800\na=T38FaxMaxDatagram:900\n"
		  "a=T38FaxUdpEC:t38UDPFEC\n");
	/* Nothing of the inside goes out. */
	LACKS(text, "m=image 5010");
	LACKS(strstr(text, "v=0"), "127.0.0.2");
	LACKS(text, "VendorInfo");
	text = answered(&far, &callee, HEAD THEIR_LINE);
	LACKS(text, "m=audio");
	LACKS(text, "m=image 6010");
	HAS(text, " udptl t38\na=T38FaxVersion:0\na=T38MaxBitRate:9600\n"
		  "a=T38FaxRateManagement:transferredTCF\na=T38FaxMaxDatagram:600\n"
		  "a=T38FaxUdpEC:t38UDPRedundancy\n");
	line_expect_nothing();
	both_have(true, "ENABLED");
	hang_up();
}

static void a_fax_of_the_callee_is_passed_on(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	HAS(passed_on(&callee, &far, HEAD THEIR_LINE), "a=T38MaxBitRate:9600\n");
	HAS(answered(&callee, &far, HEAD LINE), "a=T38FaxUdpEC:t38UDPFEC\n");
	line_expect_nothing();
	both_have(true, "ENABLED");
	hang_up();
}

static void settings_say_what_a_peer_is_told(void **state)
{
	const char *text;

	(void)state;
	connect_to("SIP/42@fax");
	text = passed_on(&far, &callee, HEAD LINE);
	HAS(text, "a=T38FaxMaxDatagram:300\n"); /* [telco] asks, and takes no more */
	HAS(text, "a=T38FaxUdpEC:t38UDPFEC\n");
	text = answered(&far, &callee, HEAD "m=image 6010 udptl t38\na=T38FaxUdpEC:t38UDPFEC\n");
	HAS(text, "a=T38FaxUdpEC:t38UDPRedundancy\n");
	LACKS(text, "MaxDatagram");
	hang_up();
}

static void who_is_refused_goes_on_with_sound(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	refused(&far, &callee);
	both_have(false, "DISABLED");
	passed_on(&callee, &far, HEAD THEIR_LINE);
	refused(&callee, &far);
	both_have(false, "DISABLED");
	/* As ever. */
	request(&far, "INVITE", SOUND "a=sendonly\n");
	HAS(phone_final(&far, "SIP/2.0 200"), "a=recvonly\n");
	acknowledge(&far, false);
	hang_up();
}

/* It names no time to try again. */
static void who_fails_has_refused(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	refused_by("500 Server Internal Error", &far, &callee);
	both_have(false, "DISABLED");
	hang_up();
}

static void who_may_not_is_refused_at_once(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	request(&far, "INVITE", HEAD LINE); /* [seen] */
	phone_final(&far, "SIP/2.0 488");
	acknowledge(&far, true);
	line_expect_nothing();
	both_have(false, "DISABLED");
	/* And nobody asks it. */
	request(&callee, "INVITE", HEAD THEIR_LINE);
	phone_final(&callee, "SIP/2.0 488");
	acknowledge(&callee, true);
	line_expect_nothing();
	both_have(false, "DISABLED");
	hang_up();
}

static void an_encrypted_call_stays_one(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	/* In clear it may. */
	passed_on(&far, &callee, HEAD LINE);
	refused(&far, &callee);
	request(&far, "INVITE",
		HEAD "m=audio 5000 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 "
		     "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\n");
	HAS(phone_final(&far, "SIP/2.0 200"), "a=crypto:");
	acknowledge(&far, false);
	request(&far, "INVITE", HEAD LINE);
	phone_final(&far, "SIP/2.0 488");
	acknowledge(&far, true);
	line_expect_nothing();
	hang_up();
}

/* ---- lines ---- */

static void sound_beside_is_off_for_a_fax(void **state)
{
	const char *text;

	(void)state;
	connect_to("SIP/42@fax");
	LACKS(passed_on(&far, &callee, SOUND LINE), "m=audio");
	text = answered(&far, &callee, HEAD THEIR_LINE);
	HAS(text, "m=audio 0 RTP/AVP 0\nm=image ");
	LACKS(text, "m=image 0");
	both_have(true, "ENABLED");
	/* The sound comes back in its own line. */
	text = passed_on(&far, &callee, SOUND NO_IMAGE);
	HAS(text, "m=audio ");
	LACKS(text, "m=image");
	text = answered(&far, &callee, SOUND);
	HAS(text, "m=image 0 udptl t38\n");
	LACKS(text, "m=audio 0");
	both_have(false, "DISABLED");
	hang_up();
}

static void sound_beside_is_had_without_a_fax(void **state)
{
	const char *text;

	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, SOUND LINE);
	phone_answer(&callee, "488 Not Acceptable Here", "", "");
	run_for(20);
	line_expect("ACK ");
	text = phone_final(&far, "SIP/2.0 200");
	HAS(text, "m=image 0 udptl t38\n");
	LACKS(text, "m=audio 0");
	acknowledge(&far, false);
	line_expect_nothing();
	both_have(false, "DISABLED");
	hang_up();
}

static void a_call_begins_with_sound(void **state)
{
	const char *text;

	(void)state;
	seen.dials = "SIP/42@fax";
	phone_invite(&far, "alice", "707", "", HEAD LINE);
	phone_final(&far, "SIP/2.0 488");
	phone_ack_refusal(&far);
	phone_invite(&far, "alice", "707", "", SOUND LINE);
	run_for(20);
	line_expect("SIP/2.0 100");
	LACKS(phone_called(&callee), "m=image");
	phone_answer(&callee, "200 OK", "", SOUND);
	run_for(20);
	line_expect("ACK ");
	text = phone_final(&far, "SIP/2.0 200");
	HAS(text, "m=image 0 udptl t38\n");
	LACKS(text, "m=audio 0");
	phone_ack(&far, "");
	run_for(20);
	/* Later it is no other than one who begins so. */
	passed_on(&far, &callee, HEAD NO_SOUND LINE);
	HAS(answered(&far, &callee, HEAD THEIR_LINE), "m=audio 0 RTP/AVP 0\nm=image ");
	both_have(true, "ENABLED");
	hang_up();
}

static void a_refresh_is_answered_at_once(void **state)
{
	const char *text;

	(void)state;
	connect_to("SIP/42@fax");
	becomes_a_fax();
	request(&far, "INVITE", HEAD LINE);
	text = phone_final(&far, "SIP/2.0 200");
	HAS(text, "a=T38MaxBitRate:9600\n");
	acknowledge(&far, false);
	line_expect_nothing();
	both_have(true, "ENABLED");
	hang_up();
}

/* ---- sound again ---- */

static void who_has_done_has_sound_again(void **state)
{
	const char *text;

	(void)state;
	connect_to("SIP/42@fax");
	becomes_a_fax();
	text = passed_on(&callee, &far, SOUND);
	HAS(text, "m=audio ");
	LACKS(text, "m=audio 0");
	LACKS(text, "m=image");
	both_have(true, NULL);
	HAS(answered(&callee, &far, SOUND), "m=audio ");
	line_expect_nothing();
	both_have(false, "DISABLED");
	/* And a second page. */
	becomes_a_fax();
	hang_up();
}

static void a_fax_that_is_not_to_end_goes_on(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	becomes_a_fax();
	passed_on(&far, &callee, SOUND);
	refused(&far, &callee);
	both_have(true, "ENABLED");
	hang_up();
}

/* ---- glare ---- */

static void after_glare_it_is_tried_again(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	phone_answer(&callee, "491 Request Pending", "", "");
	run_for(20);
	line_expect("ACK ");
	for (int ms = 0; ms < 4100 && line_is_empty(); ms += 50)
		run_for(50);
	HAS(phone_expect_request(&callee, "INVITE "), "m=image ");
	answered(&far, &callee, HEAD THEIR_LINE);
	both_have(true, "ENABLED");
	hang_up();
}

/* Both want it at once: whoever asks again is answered, and so is the other. */
static void two_who_want_the_same_have_it(void **state)
{
	const char *text;

	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	request(&callee, "INVITE", HEAD THEIR_LINE);
	phone_final(&callee, "SIP/2.0 491");
	acknowledge(&callee, true);
	phone_answer(&callee, "491 Request Pending", "", "");
	run_for(20);
	line_expect("ACK ");
	request(&callee, "INVITE", HEAD THEIR_LINE);
	text = keep(phone_final(&callee, "SIP/2.0 200"));
	HAS(text, "a=T38MaxBitRate:14400\n");
	HAS(phone_final(&far, "SIP/2.0 200"), "a=T38MaxBitRate:9600\n");
	acknowledge(&callee, false);
	acknowledge(&far, false);
	/* Ours is not tried again, and nothing waits for the time at which it would have been. */
	assert_false(rd_timer_running(&leg_of(1)->modify.retry));
	both_have(true, "ENABLED");
	line_clear();
	run_for(5000);
	line_expect_nothing();
	hang_up();
}

static void nothing_comes_between(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	request(&far, "INVITE", SOUND);
	phone_final(&far, "SIP/2.0 500");
	acknowledge(&far, true);
	request(&callee, "INVITE", SOUND "a=sendonly\n");
	phone_final(&callee, "SIP/2.0 491");
	acknowledge(&callee, true);
	phone_answer_invite(&callee, message, "488 Not Acceptable Here", "", "");
	run_for(40000); /* the first INVITE's refusal is not acknowledged */
	line_clear();
	both_have(false, "DISABLED");
	hang_up();
}

/* What we have to say to who waits is said afterwards. */
static void who_waits_is_asked_nothing(void **state)
{
	const struct rd_party party = { .name = "New", .number = "777" };

	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	rd_channel_set_party(leg_of(0)->channel, RD_PARTY_CONNECTED, &party);
	run_for(300);
	line_expect_nothing();
	answered(&far, &callee, HEAD THEIR_LINE);
	HAS(phone_expect_request(&far, "INVITE "), "<sip:777@");
	HAS(far.request, "m=image ");
	phone_answer(&far, "200 OK", "Contact: <sip:alice@127.0.0.20>\n", HEAD LINE);
	run_for(20);
	line_expect("ACK ");
	both_have(true, "ENABLED");
	hang_up();
}

static void a_refresh_says_neither_yes_nor_no(void **state)
{
	char invite[4096];

	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	snprintf(invite, sizeof(invite), "%s", callee.request);
	request(&callee, "UPDATE", "");
	phone_final(&callee, "SIP/2.0 200");
	line_expect_nothing();
	phone_answer_invite(&callee, invite, "200 OK", "", HEAD THEIR_LINE);
	run_for(20);
	line_expect("ACK ");
	HAS(phone_final(&far, "SIP/2.0 200"), "a=T38MaxBitRate:9600\n");
	acknowledge(&far, false);
	line_expect_nothing();
	both_have(true, "ENABLED");
	hang_up();
}

static void an_update_makes_no_fax(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	request(&far, "UPDATE", HEAD LINE);
	phone_final(&far, "SIP/2.0 504");
	line_expect_nothing();
	becomes_a_fax();
	request(&far, "UPDATE", SOUND);
	phone_final(&far, "SIP/2.0 504");
	line_expect_nothing();
	both_have(true, "ENABLED");
	hang_up();
}

/* ---- what goes wrong ---- */

/* Nobody waits for its yes any more: it is called back. */
static void says_yes_too_late(struct sip_phone *phone)
{
	phone_answer(phone, "200 OK", "", HEAD THEIR_LINE);
	run_for(20);
	line_expect("ACK ");
	HAS(phone_expect_request(phone, "INVITE "), "m=audio ");
	phone_answer(phone, "200 OK", "", SOUND);
	run_for(20);
	line_expect("ACK ");
}

static void whoever_asks_may_think_better_of_it(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	phone_request(&far, "CANCEL", "", "");
	run_for(20);
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	acknowledge(&far, true);
	says_yes_too_late(&callee);
	line_expect_nothing();
	both_have(false, "DISABLED");
	hang_up();
}

static void nobody_waits_for_ever(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	run_for(9000);
	line_expect_nothing();
	run_for(900);
	phone_final(&far, "SIP/2.0 488");
	acknowledge(&far, true);
	says_yes_too_late(&callee);
	both_have(false, "DISABLED");
	hang_up();
}

static void who_hangs_up_waits_no_more(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	phone_request(&far, "BYE", "", "");
	run_for(20);
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 487");
	phone_ack_refusal(&far);
	phone_answer(&callee, "488 Not Acceptable Here", "", "");
	run_for(20);
	line_clear();
	run_for(40000);
	line_clear();
}

static void whom_we_hang_up_on_waits_no_more(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	rd_hangup(leg_of(0)->channel, RD_CAUSE_NORMAL);
	run_for(20);
	phone_final(&far, "SIP/2.0 487");
	phone_ack_refusal(&far);
	phone_expect_request(&far, "BYE ");
	run_for(40000);
	line_clear();
}

static void whoever_is_asked_may_hang_up(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	request(&callee, "BYE", "");
	line_expect("SIP/2.0 200");
	line_expect("SIP/2.0 488");
	acknowledge(&far, true);
	line_clear();
	run_for(40000);
	line_clear();
}

/* The called one is sent on to somebody who has sound only. */
static void whoever_gets_somebody_else_has_sound_again(void **state)
{
	struct sip_phone third;

	(void)state;
	connect_to("SIP/42@fax");
	becomes_a_fax();
	phone_request(&far, "REFER", "Refer-To: <sip:700@127.0.0.1>\n", "");
	run_for(300);
	phone_final(&far, "SIP/2.0 202");
	while (!line_is_empty() && strncmp(line_peek(), "INVITE ", 7) != 0)
		line_take();
	LACKS(phone_called(&third), "m=image");
	line_clear();
	phone_answer(&third, "200 OK", "", SOUND);
	run_for(50);
	while (!line_is_empty() && strncmp(line_peek(), "INVITE ", 7) != 0)
		line_take();
	HAS(phone_expect_request(&callee, "INVITE "), "m=audio ");
	phone_answer(&callee, "200 OK", "", SOUND);
	run_for(50);
	line_clear();
	run_for(5000);
	line_clear();
	assert_null(leg_of(0)->session.fax);
	request(&callee, "BYE", "");
	run_for(40000);
	line_clear();
}

/* A 200 without the line: it has neither fax nor sound then. */
static void an_answer_without_a_fax_is_mended(void **state)
{
	(void)state;
	connect_to("SIP/42@fax");
	passed_on(&far, &callee, HEAD LINE);
	phone_answer(&callee, "200 OK", "", HEAD NO_IMAGE);
	run_for(20);
	line_expect("ACK ");
	phone_final(&far, "SIP/2.0 488");
	acknowledge(&far, true);
	HAS(phone_expect_request(&callee, "INVITE "), "m=audio ");
	phone_answer(&callee, "200 OK", "", SOUND);
	run_for(20);
	line_expect("ACK ");
	line_expect_nothing();
	both_have(false, "DISABLED");
	hang_up();
}

static void answer_what_is_offered(struct sip_phone *phone)
{
	phone_answer(phone, "200 OK", "",
		     strstr(phone->request, "m=image") ? HEAD THEIR_LINE : SOUND);
}

/* To whichever of the two it goes. */
static void answer_next(void)
{
	struct sip_phone *phone = strstr(line_peek(), far.call_id) ? &far : &callee;

	phone_expect_request(phone, "INVITE ");
	answer_what_is_offered(phone);
}

/* The callee says yes, once more when that was not heard, and answers all offers. */
static void callee_insists(int memory)
{
	rd__alloc_fail_after(memory);
	answer_what_is_offered(&callee);
	rd__alloc_fail_after(-1);
	run_for(20);
	for (int i = 0; i < 200; i++) {
		if (line_is_empty() && i % 10 == 0)
			answer_what_is_offered(&callee);
		while (!line_is_empty())
			if (strncmp(line_peek(), "INVITE ", 7) != 0)
				line_take();
			else
				answer_next();
		run_for(50);
	}
}

/* At whatever point memory is missing, both have agreed on the same in the end. */
static void without_memory_both_have_the_same(void **state)
{
	int faxes = 0;

	(void)state;
	connect_to("SIP/42@fax");
	for (int n = 0; n < 40; n++) {
		bool fax = leg_of(0)->session.fax;

		passed_on(&far, &callee, fax ? SOUND : HEAD LINE);
		callee_insists(n);
		acknowledge(&far, true);
		acknowledge(&far, false);
		run_for(1000);
		line_clear();
		fax = leg_of(0)->session.fax;
		assert_int_equal(leg_of(1)->session.fax != NULL, fax);
		assert_int_equal(leg_of(0)->fax.wanted, fax);
		assert_int_equal(leg_of(1)->fax.wanted, fax);
		faxes += fax;
	}
	assert_true(faxes > 10);
	hang_up();
}

#define TEST(name)         cmocka_unit_test_setup_teardown(name, open_fax, exchange_close)
#define TEST_AS(who, name) cmocka_unit_test_setup_teardown(name, open_##who, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fax_of_the_caller_is_passed_on),
		TEST(a_fax_of_the_callee_is_passed_on),
		TEST(datagrams_pass_byte_for_byte),
		TEST_AS(telco, settings_say_what_a_peer_is_told),
		TEST(who_is_refused_goes_on_with_sound),
		TEST(who_fails_has_refused),
		TEST_AS(seen, who_may_not_is_refused_at_once),
		TEST_AS(sealed, an_encrypted_call_stays_one),
		TEST(sound_beside_is_off_for_a_fax),
		TEST(sound_beside_is_had_without_a_fax),
		TEST(a_call_begins_with_sound),
		TEST(a_refresh_is_answered_at_once),
		TEST(who_has_done_has_sound_again),
		TEST(a_fax_that_is_not_to_end_goes_on),
		TEST(after_glare_it_is_tried_again),
		TEST(two_who_want_the_same_have_it),
		TEST(nothing_comes_between),
		TEST_AS(telco, who_waits_is_asked_nothing),
		TEST(a_refresh_says_neither_yes_nor_no),
		TEST(an_update_makes_no_fax),
		TEST(whoever_asks_may_think_better_of_it),
		TEST(nobody_waits_for_ever),
		TEST(who_hangs_up_waits_no_more),
		TEST(whom_we_hang_up_on_waits_no_more),
		TEST(whoever_is_asked_may_hang_up),
		TEST(whoever_gets_somebody_else_has_sound_again),
		TEST(an_answer_without_a_fax_is_mended),
		TEST(without_memory_both_have_the_same),
	};

	return RUN_GROUP(tests);
}

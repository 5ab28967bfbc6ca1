/* More lines of pictures than the first: what a phone is offered when it is to be shown
 * several at once, what of that it takes, and what becomes of the lines in the middle of
 * a call. [many] may have four; [many-one-port] too, by one port, and
 * [many-sealed] with keys. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <ringdown/channel.h>
#include <ringdown/tech.h>

#include "channels/sip/call/tech.h"
#include "core/call/call.h"
#include "tests/sim/sip_exchange.h"

#define SOUND                                                             \
	"v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n" \
	"m=audio 5000 RTP/AVP 0\n"
#define VP8  "a=rtpmap:100 VP8/90000\na=rtcp-fb:100 nack pli\n"
#define OWN  "m=video 5002 RTP/AVPF 100\n" VP8
#define MORE "RTP/AVPF 100\n" VP8 "a=recvonly\n"
#define NONE "m=video 0 RTP/AVPF 100\n"

enum { FIRST = 1, SECOND = 2, THIRD = 4, FOURTH = 8, FIFTH = 16 };

#define HAS(text, part)	  assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

static struct sip_phone far;
static char message[8192];

static int open_exchange(void **state)
{
	phone_source = "127.0.0.22";
	return exchange_open(state);
}

static const char *keep(const char *text)
{
	snprintf(message, sizeof(message), "%s", text);
	return message;
}

static const char *call(const char *body)
{
	phone_invite(&far, "alice", "600", "", body);
	run_for(20);
	keep(phone_final(&far, "SIP/2.0 200"));
	phone_ack(&far, "");
	run_for(20);
	return message;
}

static void hang_up(void)
{
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(20);
}

static void want(unsigned lines)
{
	sip_techs[0].want_lines(rd_channel_next(NULL), lines);
	run_for(20);
}

/* Of its streams of pictures those that are agreed on. */
static unsigned agreed(void)
{
	const struct rd_channel *ch = rd_channel_next(NULL);
	unsigned bit = FIRST, lines = 0;
	const struct rd_stream *stream;

	for (int i = 0; (stream = rd__channel_stream_at(ch, i)); i++) {
		if (rd_stream_kind(stream) != RD_MEDIA_VIDEO)
			continue;
		if (rd_stream_config(stream)->format_count)
			lines |= bit;
		bit <<= 1;
	}
	return lines;
}

static const char *offered(void)
{
	return keep(phone_expect_request(&far, "INVITE "));
}

static void answer(const char *body)
{
	phone_answer(&far, "200 OK", "", body);
	run_for(20);
	line_expect("ACK ");
	line_expect_nothing();
}

/* The port of each line of pictures, as our description has them. */
static int ports_of(const char *text, int ports[8])
{
	int count = 0;

	while (count < 8 && (text = strstr(text, "\nm=video "))) {
		text += strlen("\nm=video ");
		ports[count++] = atoi(text);
	}
	return count;
}

static void assert_lines(const char *text, int count, unsigned on)
{
	int ports[8];

	assert_int_equal(ports_of(text, ports), count);
	for (int i = 0; i < count; i++)
		assert_int_equal(ports[i] != 0, (on >> i & 1) != 0);
}

#define FOUR SOUND OWN "m=video 5004 " MORE "m=video 5006 " MORE "m=video 5008 " MORE

static void see_four(void)
{
	call(SOUND OWN);
	want(FIRST | SECOND | THIRD | FOURTH);
	assert_lines(offered(), 4, FIRST | SECOND | THIRD | FOURTH);
	answer(FOUR);
}

static void more_lines_are_like_the_first_and_only_show(void **state)
{
	const char *text, *line;
	int ports[8];

	(void)state;
	call(SOUND OWN "a=fmtp:100 max-fr=30;sprop-x=1\n");
	want(FIRST | SECOND | THIRD);
	text = offered();
	assert_int_equal(ports_of(text, ports), 3);
	assert_true(ports[1] && ports[2] && ports[1] != ports[2] && ports[0] != ports[1]);
	line = strstr(strstr(text, "\nm=video ") + 1, "\nm=video ");
	HAS(line, " RTP/AVPF 100\n");
	HAS(line, "a=rtpmap:100 VP8/90000\n");
	HAS(line, "a=fmtp:100 max-fr=30\n");
	HAS(line, "a=rtcp-fb:* nack pli\n");
	HAS(line, "a=sendonly\n");
	LACKS(line, "a=sendrecv\n");
	LACKS(line, "sprop");
	answer(SOUND OWN "m=video 5004 " MORE "m=video 5006 " MORE);
	assert_int_equal(agreed(), FIRST | SECOND | THIRD);
	hang_up();
}

static void a_line_that_is_not_wanted_any_more_keeps_its_place(void **state)
{
	(void)state;
	see_four();
	want(FIRST | SECOND | FOURTH);
	assert_lines(offered(), 4, FIRST | SECOND | FOURTH);
	answer(SOUND OWN "m=video 5004 " MORE NONE "m=video 5008 " MORE);
	assert_int_equal(agreed(), FIRST | SECOND | FOURTH);
	want(FIRST | SECOND | FOURTH);
	line_expect_nothing();
	want(FIRST | SECOND | THIRD | FOURTH);
	assert_lines(offered(), 4, FIRST | SECOND | THIRD | FOURTH);
	answer(FOUR);
	assert_int_equal(agreed(), FIRST | SECOND | THIRD | FOURTH);
	want(FIRST);
	assert_lines(offered(), 4, FIRST);
	answer(SOUND OWN NONE NONE NONE);
	assert_int_equal(agreed(), FIRST);
	hang_up();
}

static void a_refused_line_is_not_asked_for_again(void **state)
{
	(void)state;
	call(SOUND OWN);
	want(FIRST | SECOND | THIRD);
	assert_lines(offered(), 3, FIRST | SECOND | THIRD);
	answer(SOUND OWN "m=video 5004 " MORE NONE);
	assert_int_equal(agreed(), FIRST | SECOND);
	want(FIRST | SECOND | THIRD);
	line_expect_nothing();
	want(FIRST);
	assert_lines(offered(), 3, FIRST);
	answer(SOUND OWN NONE NONE);
	want(FIRST | SECOND | THIRD);
	assert_lines(offered(), 3, FIRST | SECOND);
	answer(SOUND OWN "m=video 5004 " MORE NONE);
	hang_up();
}

static void who_refuses_the_offer_keeps_what_it_has(void **state)
{
	(void)state;
	call(SOUND OWN);
	want(FIRST | SECOND);
	offered();
	phone_answer(&far, "488 Not Acceptable Here", "", "");
	run_for(20);
	line_expect("ACK ");
	assert_int_equal(agreed(), FIRST);
	want(FIRST | SECOND);
	run_for(10000);
	line_expect_nothing();
	hang_up();
}

static void glare_is_tried_again(void **state)
{
	(void)state;
	call(SOUND OWN);
	want(FIRST | SECOND);
	offered();
	phone_answer(&far, "491 Request Pending", "", "");
	run_for(20);
	line_expect("ACK ");
	for (int ms = 0; ms < 4100 && line_is_empty(); ms += 50)
		run_for(50);
	assert_lines(offered(), 2, FIRST | SECOND);
	answer(SOUND OWN "m=video 5004 " MORE);
	assert_int_equal(agreed(), FIRST | SECOND);
	hang_up();
}

/* What changes while an offer is out is asked for when it has its answer. */
static void changes_wait_for_the_answer(void **state)
{
	(void)state;
	call(SOUND OWN);
	want(FIRST | SECOND);
	offered();
	want(FIRST | SECOND | THIRD);
	line_expect_nothing();
	phone_answer(&far, "200 OK", "", SOUND OWN "m=video 5004 " MORE);
	run_for(20);
	line_expect("ACK ");
	assert_lines(offered(), 3, FIRST | SECOND | THIRD);
	answer(SOUND OWN "m=video 5004 " MORE "m=video 5006 " MORE);
	assert_int_equal(agreed(), FIRST | SECOND | THIRD);
	hang_up();
}

static const char *reinvite(const char *body)
{
	phone_request(&far, "INVITE", "", body);
	keep(phone_final(&far, "SIP/2.0 200"));
	phone_ack(&far, "");
	run_for(20);
	line_expect_nothing();
	return message;
}

#define INACTIVE "RTP/AVPF 100\n" VP8 "a=inactive\n"

static void they_are_held_and_resumed(void **state)
{
	const char *text;

	(void)state;
	see_four();
	text = reinvite(SOUND "a=sendonly\nm=video 5002 " INACTIVE "m=video 5004 " INACTIVE
			      "m=video 5006 " INACTIVE "m=video 5008 " INACTIVE);
	assert_lines(text, 4, FIRST | SECOND | THIRD | FOURTH);
	LACKS(strstr(text, "m=video "), "a=send");
	text = reinvite(FOUR);
	assert_lines(text, 4, FIRST | SECOND | THIRD | FOURTH);
	HAS(strstr(text, "m=video "), "a=sendrecv\n");
	HAS(strstr(text, "m=video "), "a=sendonly\n");
	assert_int_equal(agreed(), FIRST | SECOND | THIRD | FOURTH);
	hang_up();
}

/* A line that was there to show something is none to look at. */
static void a_phone_may_end_its_own_pictures_alone(void **state)
{
	const char *text;

	(void)state;
	see_four();
	text = reinvite(SOUND NONE "m=video 5004 " MORE NONE "m=video 5008 " MORE);
	assert_lines(text, 4, SECOND | FOURTH);
	LACKS(strstr(text, "m=video "), "a=recvonly\n");
	LACKS(strstr(text, "m=video "), "a=sendrecv\n");
	assert_int_equal(agreed(), SECOND | FOURTH);
	hang_up();
}

static void nobody_has_more_than_his_section_allows(void **state)
{
	(void)state;
	call(SOUND OWN);
	want(FIRST | SECOND | THIRD | FOURTH | FIFTH);
	assert_lines(offered(), 4, FIRST | SECOND | THIRD | FOURTH);
	answer(FOUR);
	hang_up();
	/* Most have one. */
	phone_source = "127.0.0.17";
	call(SOUND OWN);
	sip_techs[0].want_lines(rd_channel_next(NULL), FIRST | SECOND);
	run_for(1000);
	line_expect_nothing();
	hang_up();
}

/* ---- by one port ---- */

#define GROUP                                                                                \
	"v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\na=group:BUNDLE %s\n" \
	"m=audio 5000 RTP/AVP 0\na=mid:a\na=rtcp-mux\n"                                      \
	"a=ice-ufrag:8hhY\na=ice-pwd:asd88fgpdd777uzjYhagZg\n"                               \
	"m=video 5000 " MORE_MID("v", "sendrecv")
#define MORE_MID(mid, direction)                                                    \
	"RTP/AVPF 100\n" VP8 "a=mid:" mid "\na=rtcp-mux\na=" direction "\n"         \
	"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\n"

static const char *grouped(const char *group, const char *more)
{
	static char body[4096];

	snprintf(body, sizeof(body), GROUP "%s", group, more);
	return body;
}

static void lines_of_a_group_are_added_to_it(void **state)
{
	const char *text, *line;
	int ports[8];

	(void)state;
	phone_source = "127.0.0.23";
	call(grouped("a v", ""));
	HAS(message, "a=group:BUNDLE a v\n");
	want(FIRST | SECOND | THIRD);
	text = offered();
	HAS(text, "a=group:BUNDLE a v more3 more4\n");
	assert_int_equal(ports_of(text, ports), 3);
	assert_true(ports[0] && ports[0] == ports[1] && ports[1] == ports[2]);
	line = strstr(strstr(text, "\nm=video ") + 1, "\nm=video ");
	HAS(line, "a=mid:more3\n");
	HAS(line, "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\n");
	LACKS(line, "a=ice-ufrag:");
	answer(grouped("a v more3", "m=video 5000 " MORE_MID("more3", "recvonly") NONE));
	assert_int_equal(agreed(), FIRST | SECOND);
	want(FIRST);
	text = offered();
	HAS(text, "a=group:BUNDLE a v\n");
	assert_lines(text, 3, FIRST);
	answer(grouped("a v", NONE NONE));
	assert_int_equal(agreed(), FIRST);
	hang_up();
}

/* ---- with keys ---- */

#define CRYPTO                                      \
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" \
	"WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\n"
#define NAMED(mid) "a=rtcp-mux\na=mid:" mid "\n"
#define SEALED(group, port, first)                                                         \
	"v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n" group           \
	"m=audio 5000 RTP/SAVP 0\n" NAMED("a") CRYPTO "m=video " port " RTP/SAVPF 100\n" \
	NAMED("v") VP8 first
#define SEALED_MORE "RTP/SAVPF 100\n" VP8 "a=recvonly\n"

static void in_a_group_they_have_its_key(void **state)
{
	const char *line;

	(void)state;
	phone_source = "127.0.0.24";
	call(SEALED("a=group:BUNDLE a v\n", "5000", ""));
	want(FIRST | SECOND);
	HAS(offered(), "a=group:BUNDLE a v more3\n");
	line = strstr(strstr(message, "\nm=video ") + 1, "\nm=video ");
	HAS(line, " RTP/SAVPF 100\n");
	LACKS(line, "a=crypto");
	answer(SEALED("a=group:BUNDLE a v more3\n", "5000",
		      "m=video 5000 " SEALED_MORE NAMED("more3")));
	assert_int_equal(agreed(), FIRST | SECOND);
	hang_up();
}

/* With the key of this tag of those that the line was offered. */
static void answer_sealed(char tag)
{
	char body[2048];

	snprintf(body, sizeof(body), "%sm=video 5004 %sa=crypto:%c%s", SEALED("", "5002", CRYPTO),
		 SEALED_MORE, tag, CRYPTO + strlen("a=crypto:1"));
	answer(body);
}

static void by_themselves_they_have_keys_of_their_own(void **state)
{
	const char *line;

	(void)state;
	phone_source = "127.0.0.24";
	call(SEALED("", "5002", CRYPTO));
	want(FIRST | SECOND);
	LACKS(offered(), "BUNDLE");
	line = strstr(strstr(message, "\nm=video ") + 1, "\nm=video ");
	HAS(line, " RTP/SAVPF 100\n");
	HAS(line, "AES_CM_128_HMAC_SHA1_80");
	line = strstr(line, " AES_CM_128_HMAC_SHA1_80") - 1;
	assert_in_range(*line, '1', '9');
	answer_sealed(*line);
	assert_int_equal(agreed(), FIRST | SECOND);
	hang_up();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_exchange, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(more_lines_are_like_the_first_and_only_show),
		TEST(a_line_that_is_not_wanted_any_more_keeps_its_place),
		TEST(a_refused_line_is_not_asked_for_again),
		TEST(who_refuses_the_offer_keeps_what_it_has),
		TEST(glare_is_tried_again),
		TEST(changes_wait_for_the_answer),
		TEST(they_are_held_and_resumed),
		TEST(a_phone_may_end_its_own_pictures_alone),
		TEST(nobody_has_more_than_his_section_allows),
		TEST(lines_of_a_group_are_added_to_it),
		TEST(in_a_group_they_have_its_key),
		TEST(by_themselves_they_have_keys_of_their_own),
	};

	return RUN_GROUP(tests);
}

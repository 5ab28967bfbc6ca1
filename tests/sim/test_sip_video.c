/* Calls with pictures and text beside the sound: what is offered to the other leg,
 * what is answered, and what happens when a line comes or goes in the middle.
 * [seen] may have h264, vp8, and text with redundancy; [peer] sound only. */
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

#define SOUND                                                             \
	"v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n" \
	"m=audio 5000 RTP/AVP 0\n"
#define H264_PARAMETERS "profile-level-id=42801f;packetization-mode=1"

#define H264                                                         \
	"m=video 5002 RTP/AVP 99\na=rtpmap:99 H264/90000\na=fmtp:99 " \
	H264_PARAMETERS "\n"

#define VP8	"m=video 5002 RTP/AVP 100\na=rtpmap:100 VP8/90000\n"
#define BOTH                                                              \
	"m=video 5002 RTP/AVPF 99 100\na=rtpmap:99 H264/90000\na=fmtp:99 " \
	H264_PARAMETERS "\na=rtpmap:100 VP8/90000\n"
#define NO_VIDEO "m=video 0 RTP/AVP 99\n"
#define TEXT                                                             \
	"m=text 5004 RTP/AVP 102 98\na=rtpmap:102 red/1000\na=rtpmap:98 " \
	"t140/1000\na=fmtp:102 98/98/98\n"

#define HAS(text, part)	  assert_non_null(strstr(text, part))
#define LACKS(text, part) assert_null(strstr(text, part))

static struct sip_phone far, callee;
static char message[8192];

static int open_exchange(void **state)
{
	phone_source = "127.0.0.17";
	return exchange_open(state);
}

static const char *keep(const char *text)
{
	snprintf(message, sizeof(message), "%s", text);
	return message;
}

static const char *dial(const char *target, const char *body)
{
	seen.dials = target;
	phone_invite(&far, "alice", "707", "", body);
	run_for(20);
	line_expect("SIP/2.0 100");
	return phone_called(&callee);
}

/* The callee answers; what the caller is told of it. */
static const char *answered(const char *body)
{
	phone_answer(&callee, "200 OK", "", body);
	run_for(20);
	line_expect("ACK ");
	keep(phone_final(&far, "SIP/2.0 200"));
	phone_ack(&far, "");
	run_for(20);
	return message;
}

static void hang_up(void)
{
	phones_hang_up(&far, &callee);
}

/* CHANNEL(videonativeformat) */
static void has_pictures_of(const char *codecs)
{
	struct rd_channel *ch = rd_channel_find("SIP/seen");
	struct rd_buf text = { 0 };

	assert_non_null(ch);
	assert_int_equal(rd_channel_get(ch, "videonativeformat", &text), 0);
	assert_string_equal(rd_buf_text(&text), codecs);
	rd_buf_fini(&text);
	rd_channel_unref(ch);
}

static void video_is_offered_to_the_other_leg_with_its_parameters(void **state)
{
	const char *text;

	(void)state;
	text = dial("SIP/42@seen", SOUND H264 "a=rtcp-fb:99 nack pli\n");
	HAS(text, "m=audio ");
	HAS(text, "\nm=video ");
	HAS(text, "a=rtpmap:96 H264/90000\n");
	HAS(text, "a=fmtp:96 " H264_PARAMETERS "\n");
	HAS(text, "a=rtcp-fb:* nack pli\n");
	HAS(text, "a=rtcp-fb:* ccm fir\n");
	LACKS(text, "VP8");
	LACKS(text, "m=text");
	text = answered(SOUND "m=video 6002 RTP/AVP 96\na=rtpmap:96 H264/90000\n");
	HAS(text, "\nm=video ");
	LACKS(text, "m=video 0 ");
	HAS(text, "a=rtpmap:99 H264/90000\n");
	HAS(text, "a=fmtp:99 " H264_PARAMETERS "\n");
	HAS(text, "a=rtcp-fb:* nack pli\n");
	LACKS(text, "ccm fir");
	line_expect_nothing();
	hang_up();
}

static void the_caller_is_answered_what_the_callee_can(void **state)
{
	const char *text;

	(void)state;
	text = dial("SIP/42@seen", SOUND BOTH);
	HAS(text, "H264");
	HAS(text, "VP8");
	text = answered(SOUND "m=video 6002 RTP/AVP 97\na=rtpmap:97 VP8/90000\n");
	HAS(text, " RTP/AVPF 100\n");
	LACKS(text, "H264");
	line_expect_nothing();
	has_pictures_of("vp8");
	hang_up();
}

static void who_dials_one_without_video_is_answered_without(void **state)
{
	(void)state;
	LACKS(dial("SIP/42@peer", SOUND H264), "m=video");
	HAS(answered(SOUND), "m=video 0 RTP/AVP 99\n");
	line_expect_nothing();
	hang_up();
}

static void a_refused_line_leaves_the_sound(void **state)
{
	(void)state;
	HAS(dial("SIP/42@seen", SOUND H264), "m=video");
	HAS(answered(SOUND NO_VIDEO), "m=video 0 RTP/AVP 99\n");
	line_expect_nothing();
	hang_up();
}

static void lines_keep_their_places(void **state)
{
	const char *text;

	(void)state;
	phone_invite(&far, "alice", "600", "",
		     "v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
		     TEXT "m=application 5100 UDP/BFCP *\n" VP8 "m=audio 5000 RTP/AVP 0\n" H264);
	run_for(20);
	text = phone_final(&far, "SIP/2.0 200");
	assert_true(strstr(text, "m=text ") < strstr(text, "m=application 0 UDP/BFCP"));
	assert_true(strstr(text, "m=application ") < strstr(text, "m=video "));
	assert_true(strstr(text, "m=video ") < strstr(text, "m=audio "));
	LACKS(text, "m=text 0 ");
	HAS(text, "a=fmtp:102 98/98/98\n");
	/* The second line of its kind is not taken. */
	HAS(strstr(text, "m=audio "), "m=video 0 RTP/AVP 99\n");
	phone_ack(&far, "");
	run_for(20);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(20);
}

static void text_is_offered_with_our_own_types(void **state)
{
	const char *text;

	(void)state;
	text = dial("SIP/42@seen", SOUND TEXT);
	HAS(text, "m=text ");
	HAS(text, "a=rtpmap:96 RED/1000\n");
	HAS(text, "a=fmtp:96 97/97/97\n");
	HAS(text, "a=rtpmap:97 T140/1000\n");
	text = answered(SOUND "m=text 6004 RTP/AVP 96 97\na=rtpmap:96 red/1000\n"
			      "a=rtpmap:97 t140/1000\na=fmtp:96 97/97/97\n");
	HAS(text, "m=text ");
	HAS(text, "a=fmtp:102 98/98/98\n");
	hang_up();
}

static void video_that_comes_later_is_passed_on(void **state)
{
	const char *text;

	(void)state;
	LACKS(dial("SIP/42@seen", SOUND), "m=video");
	answered(SOUND);
	phone_request(&far, "INVITE", "", SOUND H264);
	HAS(phone_final(&far, "SIP/2.0 200"), "a=rtpmap:99 H264");
	phone_ack(&far, "");
	run_for(20);
	text = phone_expect_request(&callee, "INVITE ");
	HAS(text, "\nm=video ");
	HAS(text, H264_PARAMETERS);
	phone_answer(&callee, "200 OK", "", SOUND "m=video 6002 RTP/AVP 96\n"
						  "a=rtpmap:96 H264/90000\n");
	run_for(20);
	line_expect("ACK ");
	line_expect_nothing();
	/* And is taken away again. */
	phone_request(&far, "INVITE", "", SOUND NO_VIDEO);
	HAS(phone_final(&far, "SIP/2.0 200"), "m=video 0 ");
	phone_ack(&far, "");
	run_for(20);
	text = phone_expect_request(&callee, "INVITE ");
	HAS(text, "m=video 0 ");
	phone_answer(&callee, "200 OK", "", SOUND NO_VIDEO);
	run_for(20);
	line_expect("ACK ");
	line_expect_nothing();
	hang_up();
}

static void video_that_the_other_does_not_want_is_taken_back(void **state)
{
	(void)state;
	dial("SIP/42@seen", SOUND);
	answered(SOUND);
	phone_request(&far, "INVITE", "", SOUND H264);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(20);
	phone_expect_request(&callee, "INVITE ");
	phone_answer(&callee, "200 OK", "", SOUND NO_VIDEO);
	run_for(20);
	line_expect("ACK ");
	/* The callee's answer stands; the caller is told. */
	HAS(line_expect("INVITE "), "m=video 0 ");
	run_for(40000);
	line_clear();
}

static void glare_is_tried_again(void **state)
{
	const char *text;

	(void)state;
	dial("SIP/42@seen", SOUND);
	answered(SOUND);
	phone_request(&far, "INVITE", "", SOUND VP8);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(20);
	phone_expect_request(&callee, "INVITE ");
	phone_answer(&callee, "491 Request Pending", "", "");
	run_for(20);
	line_expect("ACK ");
	for (int ms = 0; ms < 4100 && line_is_empty(); ms += 50)
		run_for(50);
	text = phone_expect_request(&callee, "INVITE ");
	HAS(text, "\nm=video ");
	LACKS(text, "m=video 0 ");
	phone_answer(&callee, "200 OK", "", SOUND "m=video 6002 RTP/AVP 96\n"
						  "a=rtpmap:96 VP8/90000\n");
	run_for(20);
	line_expect("ACK ");
	hang_up();
}

static void video_is_held_and_resumed(void **state)
{
	const char *text;

	(void)state;
	dial("SIP/42@seen", SOUND H264);
	answered(SOUND "m=video 6002 RTP/AVP 96\na=rtpmap:96 H264/90000\n");
	phone_request(&far, "INVITE", "", SOUND "a=sendonly\n" H264 "a=inactive\n");
	text = keep(phone_final(&far, "SIP/2.0 200"));
	HAS(strstr(text, "m=video "), "a=inactive\n");
	HAS(text, "a=recvonly\n");
	phone_ack(&far, "");
	run_for(20);
	phone_request(&far, "INVITE", "", SOUND H264);
	text = keep(phone_final(&far, "SIP/2.0 200"));
	HAS(strstr(text, "m=video "), "a=sendrecv\n");
	phone_ack(&far, "");
	run_for(20);
	line_expect_nothing();
	hang_up();
}

static void a_call_without_offer_is_offered_video(void **state)
{
	const char *text;

	(void)state;
	phone_invite(&far, "alice", "600", "", "");
	run_for(20);
	text = phone_final(&far, "SIP/2.0 200");
	HAS(text, "m=audio ");
	HAS(text, "m=video ");
	HAS(text, "H264/90000");
	HAS(text, "m=text ");
	phone_ack(&far, SOUND "m=video 6002 RTP/AVP 97\na=rtpmap:97 VP8/90000\n"
			      "m=text 0 RTP/AVP 96\n");
	run_for(20);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(20);
}

static void ask_for_a_picture(struct rd_channel *ch, const char *exten)
{
	struct rd_signal signal;

	(void)exten;
	if (rd_answer(ch) == 0 && rd_channel_sleep(ch, 100) == 0 &&
	    sip_techs[0].want_picture(ch) == 0)
		while (rd_channel_wait(ch, RD_FOREVER, &signal) == 0)
			;
}

static void a_picture_is_asked_for_by_info(void **state)
{
	const char *text;

	(void)state;
	seen.service = ask_for_a_picture;
	phone_invite(&far, "alice", "620", "", SOUND VP8);
	run_for(20);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	run_for(200);
	text = phone_expect_request(&far, "INFO ");
	HAS(text, "Content-Type: application/media_control+xml\n");
	HAS(text, "<picture_fast_update/>");
	phone_answer(&far, "200 OK", "", "");
	run_for(20);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	run_for(20);
}

#define CONTROL "Content-Type: application/media_control+xml\n"
#define WISH                                                                             \
	"<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n<media_control><vc_primitive><to_encoder>" \
	"<picture_fast_update></picture_fast_update></to_encoder></vc_primitive>"        \
	"</media_control>\n"

/* One packet of the callee's pictures, so that there is somebody to ask. */
static void callee_shows(const char *invite)
{
	static const uint8_t packet[] = { 0x80, 0xe1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 'V' };
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(6002) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, "127.0.0.2", &from.sin_addr);
	inet_pton(AF_INET, line_part(invite, "c=IN IP4 ", "\n"), &to.sin_addr);
	to.sin_port = htons((uint16_t)atoi(line_part(invite, "m=video ", " ")));
	assert_int_equal(bind(fd, (const struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(sendto(fd, packet, sizeof(packet), 0, (const struct sockaddr *)&to,
				sizeof(to)),
			 (ssize_t)sizeof(packet));
	close(fd);
	run_for(50);
}

static void a_wish_by_info_reaches_whoever_sends(void **state)
{
	const char *text;

	(void)state;
	keep(dial("SIP/42@seen", SOUND VP8));
	callee_shows(message);
	answered(SOUND "m=video 6002 RTP/AVP 97\na=rtpmap:97 VP8/90000\n");
	phone_request(&far, "INFO", CONTROL, WISH);
	phone_expect(&far, "SIP/2.0 200");
	run_for(50);
	text = phone_expect_request(&callee, "INFO ");
	HAS(text, "<picture_fast_update/>");
	phone_answer(&callee, "200 OK", "", "");
	run_for(20);
	phone_request(&far, "INFO", CONTROL, "<media_control>");
	phone_expect(&far, "SIP/2.0 400");
	phone_request(&far, "INFO", CONTROL, "<media_control/>");
	phone_expect(&far, "SIP/2.0 200");
	run_for(50);
	line_expect_nothing();
	hang_up();
}

/* ---- lines that share a port ---- */

#define CREDENTIALS "a=ice-ufrag:8hhY\na=ice-pwd:asd88fgpdd777uzjYhagZg\n"

/* Sound, pictures and text: a group of them, and what each says. */
static const char *grouped(const char *group, int video_port, const char *each)
{
	static char body[2048];

	snprintf(body, sizeof(body),
		 "v=0\no=- 1 1 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
		 "a=group:BUNDLE %s\n"
		 "m=audio 5000 RTP/AVP 0\na=mid:a\na=rtcp-mux\n%s"
		 "m=video %d RTP/AVP 100\na=rtpmap:100 VP8/90000\na=mid:v\na=rtcp-mux\n%s"
		 "m=text 5000 RTP/AVP 98\na=rtpmap:98 t140/1000\na=mid:t\na=rtcp-mux\n%s",
		 group, each, video_port, each, each);
	return body;
}

static void assert_ports(const char *text, bool pictures_too)
{
	int sound, pictures, words;

	assert_int_equal(sscanf(strstr(text, "m=audio "), "m=audio %d", &sound), 1);
	assert_int_equal(sscanf(strstr(text, "m=video "), "m=video %d", &pictures), 1);
	assert_int_equal(sscanf(strstr(text, "m=text "), "m=text %d", &words), 1);
	assert_int_equal(words, sound);
	assert_int_equal(pictures == sound, pictures_too);
}

static const char *regroup(const char *group, int video_port, const char *each)
{
	const char *text;

	phone_request(&far, "INVITE", "", grouped(group, video_port, each));
	text = keep(phone_final(&far, "SIP/2.0 200"));
	phone_ack(&far, "");
	run_for(20);
	return text;
}

static const char *call_in_a_group(const char *group, int video_port, const char *each)
{
	phone_source = "127.0.0.18";
	dial("SIP/42@seen", grouped(group, video_port, each));
	return answered(SOUND "m=video 6002 RTP/AVP 96\na=rtpmap:96 VP8/90000\n"
			      "m=text 6004 RTP/AVP 96\na=rtpmap:96 t140/1000\n");
}

static void what_led_a_group_may_follow_another_line(void **state)
{
	const char *text;

	(void)state;
	text = call_in_a_group("a t", 5002, "");
	HAS(text, "a=group:BUNDLE a t\n");
	assert_ports(text, false);
	text = regroup("v a t", 5000, "");
	HAS(text, "a=group:BUNDLE v a t\n");
	assert_ports(text, true);
	text = regroup("a t", 5002, "");
	HAS(text, "a=group:BUNDLE a t\n");
	assert_ports(text, false);
	hang_up();
}

/* The one line that speaks of ICE, of those that begin there. */
static void assert_ice_at(const char *line)
{
	const char *end;

	assert_non_null(line);
	end = strstr(line + 1, "\nm=");
	HAS(line, "a=ice-ufrag:");
	assert_true(!end || strstr(line, "a=ice-ufrag:") < end);
}

/* Sound and text go on together; pictures, by themselves now, have ICE as they do. */
static void leaves_the_pictures_alone(void)
{
	const char *text = regroup("a t", 5002, CREDENTIALS);

	assert_ports(text, false);
	LACKS(text, "m=video 0 ");
	assert_ice_at(strstr(text, "\nm=audio "));
	assert_ice_at(strstr(text, "\nm=video "));
	hang_up();
}

static void a_line_that_leaves_its_group_has_ice_of_its_own(void **state)
{
	const char *text;

	(void)state;
	text = call_in_a_group("a v t", 5000, CREDENTIALS);
	assert_ports(text, true);
	assert_ice_at(strstr(text, "\nm=audio "));
	leaves_the_pictures_alone();
}

static void sound_that_pictures_spoke_for_has_ice_of_its_own(void **state)
{
	const char *text;

	(void)state;
	text = call_in_a_group("v a t", 5000, CREDENTIALS);
	assert_ports(text, true);
	assert_ice_at(strstr(text, "\nm=video "));
	text = regroup("v a t", 5000, CREDENTIALS);
	assert_ports(text, true);
	assert_ice_at(strstr(text, "\nm=video "));
	leaves_the_pictures_alone();
}

static void without_memory_a_leg_knows_what_it_knew(void **state)
{
	struct rd_channel *caller, *other;
	struct rd_stream_config *like;
	struct sip_call *call;

	(void)state;
	dial("SIP/42@seen", SOUND H264);
	answered(SOUND "m=video 6002 RTP/AVP 96\na=rtpmap:96 H264/90000\n");
	caller = rd_channel_next(NULL);
	other = rd_channel_next(caller);
	call = sip_call_of_leg(caller);
	like = call->like[RD_MEDIA_VIDEO - 1];
	assert_non_null(like);
	strcpy(like->formats[0].fmtp, "former");
	rd__alloc_fail_after(0);
	rd_channel_match(caller, other);
	rd__alloc_fail_after(-1);
	assert_ptr_equal(call->like[RD_MEDIA_VIDEO - 1], like);
	assert_string_equal(like->formats[0].fmtp, "former");
	rd_channel_match(caller, other);
	assert_string_not_equal(call->like[RD_MEDIA_VIDEO - 1]->formats[0].fmtp, "former");
	line_clear();
	hang_up();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_exchange, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(video_is_offered_to_the_other_leg_with_its_parameters),
		TEST(the_caller_is_answered_what_the_callee_can),
		TEST(who_dials_one_without_video_is_answered_without),
		TEST(without_memory_a_leg_knows_what_it_knew),
		TEST(a_refused_line_leaves_the_sound),
		TEST(lines_keep_their_places),
		TEST(text_is_offered_with_our_own_types),
		TEST(video_that_comes_later_is_passed_on),
		TEST(video_that_the_other_does_not_want_is_taken_back),
		TEST(glare_is_tried_again),
		TEST(video_is_held_and_resumed),
		TEST(a_call_without_offer_is_offered_video),
		TEST(a_picture_is_asked_for_by_info),
		TEST(a_wish_by_info_reaches_whoever_sends),
		TEST(what_led_a_group_may_follow_another_line),
		TEST(a_line_that_leaves_its_group_has_ice_of_its_own),
		TEST(sound_that_pictures_spoke_for_has_ice_of_its_own),
	};

	return RUN_GROUP(tests);
}

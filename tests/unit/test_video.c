/* Lines of pictures and text over real sockets: packets pass as they are, under
 * our own numbers, and what a watcher asks for reaches whoever sends. */
#include "tests/unit/test.h"
#include "tests/unit/video_rig.h"

#include "core/media/pass_on.h"
#include "core/media/wire.h"

struct call {
	struct far_end a, b;
	struct rd_stream *stream_a, *stream_b;
};

static void call_open(struct call *call, enum rd_media_kind kind, const char *const *formats_a,
		      const char *const *formats_b, unsigned feedback_a)
{
	far_end_open(&call->a);
	far_end_open(&call->b);
	call->stream_a = rig_bare_stream(kind);
	call->stream_b = rig_bare_stream(kind);
	video_configure(call->stream_a, &call->a, formats_a, feedback_a, true);
	video_configure(call->stream_b, &call->b, formats_b, ALL, true);
	assert_int_equal(rd__stream_link(call->stream_a, call->stream_b, 0), 0);
	rig_run(20);
}

static void call_close(struct call *call)
{
	rd_stream_close(call->stream_a);
	rd_stream_close(call->stream_b);
	rig_run(20);
	far_end_close(&call->a);
	far_end_close(&call->b);
}

static void see_one(struct call *call, struct arrived *got)
{
	video_send(&call->a, call->stream_a, true, "picture", 7);
	assert_true(far_end_receive(&call->b, got, SOON_MS));
	assert_int_equal(got->rtp.size, 7);
}

/* A call of VP8 in which a picture has passed. */
static void call_seen(struct call *call, struct arrived *got)
{
	call_open(call, RD_MEDIA_VIDEO, FORMATS("vp8 100"), FORMATS("vp8 100"), ALL);
	see_one(call, got);
}

/* ---- pictures ---- */

static void pictures_pass_as_they_are(void **state)
{
	static uint8_t big[1400];
	struct rd_stream_stats stats;
	struct arrived got;
	struct call call;
	uint16_t seq = 0;

	(void)state;
	memset(big, 0x5a, sizeof(big));
	call_open(&call, RD_MEDIA_VIDEO, FORMATS("vp8 100", "h264 99"),
		  FORMATS("h264 96", "vp8 97"), ALL);
	for (int i = 0; i < 6; i++) {
		bool last = i % 3 == 2;

		video_send(&call.a, call.stream_a, last, big, sizeof(big));
		assert_true(far_end_receive(&call.b, &got, SOON_MS));
		assert_int_equal(got.rtp.size, sizeof(big));
		assert_memory_equal(got.rtp.payload, big, sizeof(big));
		assert_int_equal(got.rtp.payload_type, 97);
		/* It ends a picture: we set none of our own. */
		assert_int_equal(got.rtp.marker, last);
		assert_int_equal(got.rtp.ssrc, rd_stream_ssrc(call.stream_b));
		if (i)
			assert_int_equal(got.rtp.seq, (uint16_t)(seq + 1));
		seq = got.rtp.seq;
		if (last)
			call.a.ts += 3000;
	}
	rig_run(1100);
	rd_stream_stats(call.stream_a, &stats);
	assert_int_equal(stats.rx_packets, 6);
	assert_int_equal(stats.rx_mos, 0); /* which is of speech */
	call_close(&call);
}

static void what_the_other_cannot_read_is_not_sent(void **state)
{
	struct arrived got;
	struct call call;

	(void)state;
	call_open(&call, RD_MEDIA_VIDEO,
		  FORMATS("h264 99 profile-level-id=42e01f;packetization-mode=1",
			  "h264 98 profile-level-id=42e01f"),
		  FORMATS("h264 96 packetization-mode=0;profile-level-id=42801e"), ALL);
	video_send(&call.a, call.stream_a, true, "mode one", 8);
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	call.a.payload_type = 98;
	video_send(&call.a, call.stream_a, true, "mode nought", 11);
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload_type, 96);
	call_close(&call);
}

static void pictures_are_echoed(void **state)
{
	struct rd_stream *stream;
	struct arrived got;
	struct far_end far;

	(void)state;
	far_end_open(&far);
	stream = rig_bare_stream(RD_MEDIA_VIDEO);
	video_configure(stream, &far, FORMATS("vp8 100"), ALL, true);
	assert_int_equal(rd__stream_echo(stream, true), 0);
	rig_run(20);
	video_send(&far, stream, true, "mirror", 6);
	assert_true(far_end_receive(&far, &got, SOON_MS));
	assert_int_equal(got.rtp.payload_type, 100);
	assert_memory_equal(got.rtp.payload, "mirror", 6);
	rd_stream_close(stream);
	rig_run(20);
	far_end_close(&far);
}

/* ---- wishes ---- */

static void a_wish_reaches_whoever_sends(void **state)
{
	struct rd__feedback wish = { .type = RD__FEEDBACK_PICTURE,
				     .format = RD__FEEDBACK_PLI };
	struct rd__feedback heard;
	struct arrived got;
	struct call call;

	(void)state;
	call_seen(&call, &got);
	wish.sender = call.b.ssrc;
	wish.media = got.rtp.ssrc;
	feedback_send(&call.b, call.stream_b, &wish);
	feedback_receive(&call.a, &got, &heard);
	assert_int_equal(heard.type, RD__FEEDBACK_PICTURE);
	assert_int_equal(heard.format, RD__FEEDBACK_PLI);
	assert_int_equal(heard.sender, rd_stream_ssrc(call.stream_a));
	assert_int_equal(heard.media, call.a.ssrc);
	/* Alone, as was agreed on. */
	assert_int_equal(got.size, RD__FEEDBACK_HEADER);
	/* One that is not about our stream is nobody's. */
	wish.media++;
	feedback_send(&call.b, call.stream_b, &wish);
	feedback_none(&call.a);
	call_close(&call);
}

static void a_wish_by_signalling_is_passed_back_too(void **state)
{
	struct rd__feedback heard;
	struct arrived got;
	struct call call;

	(void)state;
	call_seen(&call, &got);
	assert_int_equal(rd_stream_wish_for_picture(call.stream_b), 0);
	feedback_receive(&call.a, &got, &heard);
	assert_int_equal(heard.format, RD__FEEDBACK_PLI);
	assert_int_equal(heard.media, call.a.ssrc);
	feedback_none(&call.b);
	call_close(&call);
}

static void a_wish_stands_behind_a_report_where_it_has_to(void **state)
{
	struct rd__feedback wish = { .type = RD__FEEDBACK_PICTURE,
				     .format = RD__FEEDBACK_PLI };
	struct rd__feedback heard;
	struct arrived got;
	struct call call;

	(void)state;
	call_open(&call, RD_MEDIA_VIDEO, FORMATS("vp8 100"), FORMATS("vp8 100"), ALL);
	video_configure(call.stream_a, &call.a, FORMATS("vp8 100"), ALL, false);
	rig_run(20);
	see_one(&call, &got);
	wish.media = got.rtp.ssrc;
	feedback_send(&call.b, call.stream_b, &wish);
	feedback_receive(&call.a, &got, &heard);
	assert_int_equal(got.bytes[1], 201); /* RR */
	assert_int_equal(heard.media, call.a.ssrc);
	call_close(&call);
}

static void a_full_request_is_turned_into_what_was_agreed_on(void **state)
{
	uint8_t detail[8] = { 0 };
	struct rd__feedback wish = { .type = RD__FEEDBACK_PICTURE,
				     .format = RD__FEEDBACK_FIR,
				     .detail = detail,
				     .size = sizeof(detail) };
	struct rd__feedback heard;
	struct arrived got;
	struct call call;

	(void)state;
	call_open(&call, RD_MEDIA_VIDEO, FORMATS("vp8 100"), FORMATS("vp8 100"),
		  RD_FEEDBACK_FIR);
	for (uint8_t i = 0; i < 2; i++) {
		see_one(&call, &got);
		rd__put32(detail, got.rtp.ssrc);
		detail[4] = 7;
		feedback_send(&call.b, call.stream_b, &wish);
		feedback_receive(&call.a, &got, &heard);
		assert_int_equal(heard.format, RD__FEEDBACK_FIR);
		assert_int_equal(heard.media, 0);
		assert_int_equal(heard.size, 8);
		assert_int_equal(rd__get32(heard.detail), call.a.ssrc);
		assert_int_equal(heard.detail[4], i);
	}
	video_configure(call.stream_a, &call.a, FORMATS("vp8 100"), RD_FEEDBACK_PLI, true);
	rig_run(20);
	feedback_send(&call.b, call.stream_b, &wish);
	feedback_receive(&call.a, &got, &heard);
	assert_int_equal(heard.format, RD__FEEDBACK_PLI);
	call_close(&call);
}

static void lost_packets_are_asked_for_by_their_own_numbers(void **state)
{
	uint8_t detail[4];
	struct rd__feedback wish = { .type = RD__FEEDBACK_RTP,
				     .format = RD__FEEDBACK_NACK,
				     .detail = detail,
				     .size = sizeof(detail) };
	struct rd__feedback heard;
	struct arrived got;
	struct call call;

	(void)state;
	call_seen(&call, &got);
	call.a.seq++;
	see_one(&call, &got);
	rd__put16(detail, (uint16_t)(got.rtp.seq - 1));
	rd__put16(detail + 2, 0x8001);
	wish.media = got.rtp.ssrc;
	feedback_send(&call.b, call.stream_b, &wish);
	feedback_receive(&call.a, &got, &heard);
	assert_int_equal(heard.type, RD__FEEDBACK_RTP);
	assert_int_equal(rd__get16(heard.detail), (uint16_t)(call.a.seq - 2));
	assert_int_equal(rd__get16(heard.detail + 2), 0x8001);
	/* Where it is of no use, it is not passed on. */
	video_configure(call.stream_a, &call.a, FORMATS("vp8 100"), RD_FEEDBACK_PLI, true);
	rig_run(20);
	feedback_send(&call.b, call.stream_b, &wish);
	feedback_none(&call.a);
	call_close(&call);
}

static void who_begins_to_watch_gets_a_whole_picture(void **state)
{
	struct rd__feedback heard;
	struct arrived got;
	struct call call;

	(void)state;
	call_seen(&call, &got);
	see_one(&call, &got);
	feedback_none(&call.a);
	rd__stream_unlink(call.stream_a);
	rig_run(20);
	rd__stream_link(call.stream_a, call.stream_b, 0);
	/* The far end at the other side changed: so did whoever watches. */
	video_configure(call.stream_b, &call.b, FORMATS("vp8 101"), ALL, true);
	rig_run(20);
	see_one(&call, &got);
	assert_int_equal(got.rtp.payload_type, 101);
	feedback_receive(&call.a, &got, &heard);
	assert_int_equal(heard.format, RD__FEEDBACK_PLI);
	call_close(&call);
}

static int asked;

static void count_wishes(const struct rd_stream_event *event, void *arg)
{
	(void)arg;
	asked += event->type == RD_STREAM_PICTURE;
}

static void without_feedback_the_driver_is_asked(void **state)
{
	struct rd__feedback wish = { .type = RD__FEEDBACK_PICTURE,
				     .format = RD__FEEDBACK_PLI };
	struct arrived got;
	struct call call;

	(void)state;
	asked = 0;
	call_open(&call, RD_MEDIA_VIDEO, FORMATS("vp8 100"), FORMATS("vp8 100"), 0);
	rd_stream_on_event(call.stream_a, count_wishes, NULL);
	see_one(&call, &got);
	wish.media = got.rtp.ssrc;
	feedback_send(&call.b, call.stream_b, &wish);
	feedback_send(&call.b, call.stream_b, &wish);
	rig_run(50);
	assert_int_equal(asked, 1);
	feedback_none(&call.a);
	call_close(&call);
}

/* ---- text ---- */

/* Two generations of what was typed before, and "c". */
static const uint8_t redundant[] = { 0xe2, 0, 0, 1, 0xe2, 0, 0, 1, 0x62, 'a', 'b', 'c' };

static void types_inside_redundant_text_are_mapped(void **state)
{
	struct arrived got;
	struct call call;

	(void)state;
	call_open(&call, RD_MEDIA_TEXT, FORMATS("red 102", "t140 98"),
		  FORMATS("red 96", "t140 97"), 0);
	video_send(&call.a, call.stream_a, true, redundant, sizeof(redundant));
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload_type, 96);
	assert_int_equal(got.rtp.size, sizeof(redundant));
	assert_int_equal(got.rtp.payload[0], 0xe1);
	assert_int_equal(got.rtp.payload[4], 0xe1);
	assert_int_equal(got.rtp.payload[8], 0x61);
	assert_memory_equal(got.rtp.payload + 9, "abc", 3);
	call_close(&call);
}

static void who_knows_no_redundancy_gets_what_is_new(void **state)
{
	static const uint8_t cut[] = { 0xe2, 0, 0, 9, 0x62, 'a' };
	struct arrived got;
	struct call call;

	(void)state;
	call_open(&call, RD_MEDIA_TEXT, FORMATS("red 102", "t140 98"), FORMATS("t140 97"), 0);
	video_send(&call.a, call.stream_a, true, redundant, sizeof(redundant));
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload_type, 97);
	assert_int_equal(got.rtp.size, 1);
	assert_int_equal(got.rtp.payload[0], 'c');
	/* One that is not whole says nothing. */
	video_send(&call.a, call.stream_a, false, cut, sizeof(cut));
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	call_close(&call);
}

static void assert_text(struct call *call, const char *text, uint16_t seq)
{
	struct arrived got;

	assert_true(far_end_receive(&call->b, &got, SOON_MS));
	assert_int_equal(got.rtp.payload_type, 97);
	assert_int_equal(got.rtp.size, strlen(text));
	assert_memory_equal(got.rtp.payload, text, strlen(text));
	assert_int_equal(got.rtp.seq, seq);
}

static void say_redundantly(struct call *call, const char *three)
{
	uint8_t packet[sizeof(redundant)];

	memcpy(packet, redundant, sizeof(packet));
	memcpy(packet + 9, three, 3);
	video_send(&call->a, call->stream_a, false, packet, sizeof(packet));
}

static void what_was_lost_is_taken_out_of_the_redundancy(void **state)
{
	struct arrived got;
	struct call call;
	uint16_t seq;

	(void)state;
	call_open(&call, RD_MEDIA_TEXT, FORMATS("red 102", "t140 98"), FORMATS("t140 97"), 0);
	say_redundantly(&call, "abc");
	assert_true(far_end_receive(&call.b, &got, SOON_MS));
	seq = got.rtp.seq;
	call.a.seq += 1; /* "d" is lost */
	say_redundantly(&call, "cde");
	assert_text(&call, "de", ++seq);
	call.a.seq += 2;
	say_redundantly(&call, "fgh");
	assert_text(&call, "fgh", ++seq);
	/* Of three, one is gone for good. */
	call.a.seq += 3;
	say_redundantly(&call, "jkl");
	seq += 2;
	assert_text(&call, "jkl", seq);
	/* "k" comes after all, and was told already. */
	call.a.seq -= 2;
	say_redundantly(&call, "ijk");
	assert_false(far_end_receive(&call.b, &got, QUIET_MS));
	call_close(&call);
}

/* ---- on the wire ---- */

static void feedback_is_found_among_reports(void **state)
{
	static const uint8_t compound[] = {
		0x80, 201, 0, 1, 0, 0, 0, 1, /* RR */
		0x81, 206, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, /* PLI */
		0x81, 205, 0, 1, 0, 0, 0, 2, /* too short */
		0x81, 205, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 9, 0, 0, /* NACK */
		0x81, 206, 0, 9, 0, 0, /* cut off */
	};
	const uint8_t *packet = compound;
	size_t size = sizeof(compound);
	struct rd__feedback feedback;

	(void)state;
	assert_true(rd__feedback_next(&feedback, &packet, &size));
	assert_int_equal(feedback.type, RD__FEEDBACK_PICTURE);
	assert_int_equal(feedback.sender, 2);
	assert_int_equal(feedback.media, 3);
	assert_int_equal(feedback.size, 0);
	assert_true(rd__feedback_next(&feedback, &packet, &size));
	assert_int_equal(feedback.format, RD__FEEDBACK_NACK);
	assert_int_equal(feedback.media, 5);
	assert_int_equal(feedback.size, 4);
	assert_false(rd__feedback_next(&feedback, &packet, &size));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, video_setup, video_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pictures_pass_as_they_are),
		TEST(what_the_other_cannot_read_is_not_sent),
		TEST(pictures_are_echoed),
		TEST(a_wish_reaches_whoever_sends),
		TEST(a_wish_by_signalling_is_passed_back_too),
		TEST(a_wish_stands_behind_a_report_where_it_has_to),
		TEST(a_full_request_is_turned_into_what_was_agreed_on),
		TEST(lost_packets_are_asked_for_by_their_own_numbers),
		TEST(who_begins_to_watch_gets_a_whole_picture),
		TEST(without_feedback_the_driver_is_asked),
		TEST(types_inside_redundant_text_are_mapped),
		TEST(who_knows_no_redundancy_gets_what_is_new),
		TEST(what_was_lost_is_taken_out_of_the_redundancy),
		cmocka_unit_test(feedback_is_found_among_reports),
	};

	rig_threads = 1;
	return RUN_GROUP(tests);
}

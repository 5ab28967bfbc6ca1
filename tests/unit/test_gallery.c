/* Galleries over real sockets: one is seen by many, each sees one, and the one who
 * is seen is asked for whole pictures, but not by each of them in turn. */
#include "tests/unit/test.h"
#include "tests/unit/video_rig.h"

#include "core/media/gallery.h"
#include "core/media/place.h"
#include "core/media/wire.h"

enum { PHONES = 4 };

static struct far_end fars[PHONES];
static struct rd_stream *streams[PHONES];
static struct rd__gallery *gallery;

static int open_gallery(int threads)
{
	rig_threads = threads;
	video_setup(NULL);
	for (int i = 0; i < PHONES; i++) {
		far_end_open(&fars[i]);
		streams[i] = rig_bare_stream(RD_MEDIA_VIDEO);
		video_configure(streams[i], &fars[i], FORMATS("vp8 100"), ALL, true);
	}
	rig_run(20);
	assert_int_equal(rd__gallery_new(&gallery, streams[0]), 0);
	for (int i = 0; i < PHONES; i++)
		rd__gallery_join(gallery, streams[i]);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return open_gallery(1);
}

/* One stream on each thread, at first. */
static int setup_threads(void **state)
{
	(void)state;
	rd__media_pack(1);
	return open_gallery(3);
}

static int teardown(void **state)
{
	rd__gallery_close(gallery);
	for (int i = 0; i < PHONES; i++) {
		if (streams[i])
			rd_stream_close(streams[i]);
		far_end_close(&fars[i]);
	}
	rig_run(20);
	video_teardown(state);
	rd__media_pack(400);
	rig_threads = 1;
	return 0;
}

static void show(int viewer, int source)
{
	rd__gallery_show(streams[viewer], source < 0 ? NULL : streams[source]);
	rig_run(20);
}

/* What stands before a VP8 picture, and its first byte. */
enum { HEAD = 2 };

static void send_picture(int i, bool whole, const char *text)
{
	char packet[100] = { 0x10, whole ? 0 : 1 };

	memcpy(packet + HEAD, text, strlen(text));
	video_send(&fars[i], streams[i], true, packet, HEAD + strlen(text));
}

static void picture_from(int i, const char *text)
{
	send_picture(i, true, text);
}

/* One that builds on those before it. */
static void change_from(int i, const char *text)
{
	send_picture(i, false, text);
}

static void assert_sees(int i, const char *text, struct arrived *got)
{
	assert_true(far_end_receive(&fars[i], got, SOON_MS));
	assert_int_equal(got->rtp.size, HEAD + strlen(text));
	assert_memory_equal(got->rtp.payload + HEAD, text, strlen(text));
	assert_int_equal(got->rtp.ssrc, rd_stream_ssrc(streams[i]));
}

static void assert_sees_nothing(int i)
{
	struct arrived got;

	assert_false(far_end_receive(&fars[i], &got, QUIET_MS));
}

static void all_see_one_and_he_another(void **state)
{
	struct arrived got;

	(void)state;
	show(0, 1);
	show(1, 0);
	show(2, 0);
	show(3, 0);
	picture_from(0, "of the first");
	for (int i = 1; i < PHONES; i++)
		assert_sees(i, "of the first", &got);
	picture_from(1, "of the second");
	assert_sees(0, "of the second", &got);
	assert_sees_nothing(2);
	assert_sees_nothing(3);
}

static void a_stream_goes_on_without_a_jump_when_another_is_seen(void **state)
{
	struct arrived before, after;

	(void)state;
	show(2, 0);
	picture_from(0, "one");
	assert_sees(2, "one", &before);
	show(2, 1);
	picture_from(0, "not this");
	picture_from(1, "another");
	assert_sees(2, "another", &after);
	assert_int_equal(after.rtp.seq, (uint16_t)(before.rtp.seq + 1));
	assert_int_equal(after.rtp.ssrc, before.rtp.ssrc);
	show(2, -1);
	picture_from(1, "nor this");
	assert_sees_nothing(2);
}

static void who_leaves_is_not_seen_and_sees_no_more(void **state)
{
	struct arrived got;

	(void)state;
	show(0, 1);
	show(1, 0);
	show(2, 0);
	rd__gallery_leave(streams[0]);
	rig_run(20);
	picture_from(0, "gone");
	assert_sees_nothing(1);
	assert_sees_nothing(2);
	picture_from(1, "to nobody");
	assert_sees_nothing(0);
	assert_null(rd__gallery_seen(streams[1]));
	/* And back: he is shown again when that is wanted. */
	rd__gallery_join(gallery, streams[0]);
	show(2, 0);
	picture_from(0, "back");
	assert_sees(2, "back", &got);
	assert_sees_nothing(1);
}

static void closing_the_one_who_is_seen_does_no_harm(void **state)
{
	struct arrived got;

	(void)state;
	show(1, 0);
	show(2, 0);
	rd_stream_close(streams[0]);
	streams[0] = NULL;
	show(1, 3);
	picture_from(3, "the next");
	assert_sees(1, "the next", &got);
}

static void two_of_them_may_be_linked_instead(void **state)
{
	struct arrived got;

	(void)state;
	show(1, 0);
	assert_int_equal(rd__stream_link(streams[0], streams[2], 0), 0);
	rig_run(20);
	picture_from(0, "linked");
	assert_sees(2, "linked", &got);
	assert_sees_nothing(1);
	rd__gallery_join(gallery, streams[0]);
	show(1, 0);
	picture_from(0, "seen");
	assert_sees(1, "seen", &got);
	assert_sees_nothing(2);
}

/* ---- whole pictures ---- */

static int feedback_count(int i, int ms)
{
	struct arrived got = { .size = 0 };
	int count = 0;

	for (far_end_receive(&fars[i], &got, ms); got.size; far_end_receive(&fars[i], &got, ms)) {
		struct rd__feedback feedback;
		const uint8_t *packet = got.bytes;

		count += rd__feedback_next(&feedback, &packet, &got.size) &&
			 feedback.type == RD__FEEDBACK_PICTURE &&
			 feedback.format == RD__FEEDBACK_PLI && feedback.media == fars[i].ssrc;
		got.size = 0;
	}
	return count;
}

static void ask_for_picture(int i)
{
	struct rd__feedback wish = { .type = RD__FEEDBACK_PICTURE,
				     .format = RD__FEEDBACK_PLI,
				     .sender = fars[i].ssrc,
				     .media = rd_stream_ssrc(streams[i]) };

	feedback_send(&fars[i], streams[i], &wish);
}

static void one_picture_serves_all_who_ask(void **state)
{
	struct arrived got;

	(void)state;
	picture_from(0, "to nobody");
	picture_from(0, "to nobody");
	for (int i = 1; i < PHONES; i++)
		show(i, 0);
	picture_from(0, "middle");
	for (int i = 1; i < PHONES; i++)
		assert_sees(i, "middle", &got);
	/* Three began to watch, and then each asks by itself. */
	for (int i = 1; i < PHONES; i++)
		ask_for_picture(i);
	rig_run(20);
	assert_int_equal(feedback_count(0, QUIET_MS), 1);
	/* They asked after that one went out: they get another, in its time. */
	rig_run(500);
	picture_from(0, "later");
	assert_int_equal(feedback_count(0, QUIET_MS), 1);
	picture_from(0, "still later");
	assert_int_equal(feedback_count(0, QUIET_MS), 0);
}

static void a_new_view_begins_with_a_whole_picture(void **state)
{
	struct arrived before, after;

	(void)state;
	change_from(1, "to nobody");
	show(2, 0);
	picture_from(0, "whole");
	change_from(0, "on top of it");
	assert_sees(2, "whole", &before);
	assert_sees(2, "on top of it", &before);
	show(2, 1);
	change_from(1, "on top of nothing");
	change_from(1, "once more");
	assert_int_equal(feedback_count(1, QUIET_MS), 1);
	picture_from(1, "whole, too");
	change_from(1, "and on");
	assert_sees(2, "whole, too", &after);
	assert_int_equal(after.rtp.seq, (uint16_t)(before.rtp.seq + 1));
	assert_sees(2, "and on", &after);
	/* And of one who was seen before. */
	show(2, 0);
	change_from(0, "long after");
	assert_int_equal(feedback_count(0, QUIET_MS), 1);
	picture_from(0, "whole again");
	assert_sees(2, "whole again", &after);
}

/* It is asked for again meanwhile. */
static void a_view_does_not_wait_for_ever(void **state)
{
	struct arrived got;

	(void)state;
	change_from(0, "to nobody");
	show(1, 0);
	change_from(0, "kept back");
	assert_int_equal(feedback_count(0, QUIET_MS), 1);
	rig_run(500);
	change_from(0, "kept back, too");
	assert_int_equal(feedback_count(0, QUIET_MS), 1);
	assert_sees_nothing(1);
	rig_run(1500);
	change_from(0, "better than nothing");
	assert_sees(1, "better than nothing", &got);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_THREADS(name) cmocka_unit_test_setup_teardown(name, setup_threads, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_see_one_and_he_another),
		TEST_THREADS(all_see_one_and_he_another),
		TEST(a_stream_goes_on_without_a_jump_when_another_is_seen),
		TEST(who_leaves_is_not_seen_and_sees_no_more),
		TEST_THREADS(who_leaves_is_not_seen_and_sees_no_more),
		TEST(closing_the_one_who_is_seen_does_no_harm),
		TEST_THREADS(two_of_them_may_be_linked_instead),
		TEST(one_picture_serves_all_who_ask),
		TEST(a_new_view_begins_with_a_whole_picture),
		TEST(a_view_does_not_wait_for_ever),
	};

	return RUN_GROUP(tests);
}

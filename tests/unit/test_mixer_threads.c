/* Rooms on media threads of their own, on the real clock: who hears whom, and
 * that nothing is lost or torn while legs come and go at random. What threads
 * may do to each other shows under ThreadSanitizer. */
#include "tests/unit/test.h"
#include "tests/unit/mix_party.h"

#include "core/media/listen.h"
#include "core/media/stream.h"

enum { PARTIES = 6,
       ROUNDS = 150 };

static struct party parties[PARTIES];
static const double pitches[PARTIES] = { 400, 600, 850, 1150, 1500, 1950 };

static int begin(void **state)
{
	(void)state;
	party_rig_start(2);
	for (int i = 0; i < PARTIES; i++)
		party_open(&parties[i], i % 2 ? "ulaw" : "alaw", pitches[i]);
	return 0;
}

static int end(void **state)
{
	(void)state;
	party_rig_stop();
	return 0;
}

static void close_all(void)
{
	for (int i = 0; i < PARTIES; i++)
		party_close(&parties[i]);
	rig_run(100);
}

static struct rd__mixer *open_room(void)
{
	struct rd__mixer_options options = { .rate = 16000 };
	struct rd__mixer *mixer;

	assert_int_equal(rd__mixer_new(&mixer, &options), 0);
	return mixer;
}

/* On a busy machine packets come late; the tones must be there all the same. */
static void each_hears_the_others_on_threads_too(void **state)
{
	struct rd__mixer *mixer = open_room();

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(rd__mixer_join(mixer, parties[i].stream, NULL), 0);
	parties_talk(parties, 3, 500);
	for (int i = 0; i < 3; i++)
		party_forget(&parties[i]);
	parties_talk(parties, 3, 1500);
	for (int i = 0; i < 3; i++) {
		assert_true(parties[i].packets > 20);
		assert_int_equal(parties[i].seq_jumps, 0);
		for (int j = 0; j < 3; j++) {
			double loud = party_hears(&parties[i], pitches[j], 0);

			if (i == j)
				assert_true(loud < 1000);
			else
				assert_true(loud > 1500);
		}
	}
	rd__mixer_close(mixer);
	close_all();
}

/* Two on each thread. */
static void a_large_room_is_spread_over_threads(void **state)
{
	struct rd__mix_role whisper = { .heard_by = parties[0].stream };
	struct rd__mixer *mixer;

	(void)state;
	rd__mixer_spread(2);
	mixer = open_room();
	for (int i = 0; i < 4; i++)
		assert_int_equal(rd__mixer_join(mixer, parties[i].stream, NULL), 0);
	parties_talk(parties, 4, 700);
	assert_ptr_equal(parties[0].stream->thread, parties[1].stream->thread);
	assert_ptr_equal(parties[2].stream->thread, parties[3].stream->thread);
	assert_ptr_not_equal(parties[0].stream->thread, parties[2].stream->thread);
	assert_ptr_equal(rd__stream_mixer(parties[3].stream), mixer);
	for (int i = 0; i < 4; i++)
		party_forget(&parties[i]);
	parties_talk(parties, 4, 1500);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++)
			if (i == j)
				assert_true(party_hears(&parties[i], pitches[j], 0) < 1000);
			else
				assert_true(party_hears(&parties[i], pitches[j], 0) > 1500);
	/* From the other thread into the ear of one. */
	assert_int_equal(rd__mixer_set_role(parties[3].stream, &whisper), 0);
	parties_talk(parties, 4, 700);
	for (int i = 0; i < 4; i++)
		party_forget(&parties[i]);
	parties_talk(parties, 4, 1500);
	assert_true(party_hears(&parties[0], pitches[3], 0) > 1500);
	assert_true(party_hears(&parties[1], pitches[3], 0) < 500);
	assert_true(party_hears(&parties[2], pitches[3], 0) < 500);
	assert_true(party_hears(&parties[2], pitches[0], 0) > 1500);
	rd__mixer_close(mixer);
	close_all();
	rd__mixer_spread(400);
}

static unsigned dice(unsigned sides)
{
	static unsigned state = 7;

	state = state * 1103515245 + 12345;
	return (state >> 16) % sides;
}

/* What a switch thread may ask for, in any order. */
static void do_anything(struct rd__mixer *const *rooms, struct rd__listen **listen)
{
	struct rd_stream *one = parties[dice(PARTIES)].stream;
	struct rd_stream *other = parties[dice(PARTIES)].stream;
	struct rd__mix_role role = { .mute = dice(2), .gain_in = (int)dice(8000) };

	switch (dice(7)) {
	case 0:
	case 1:
		assert_int_equal(rd__mixer_join(rooms[dice(2)], one, &role), 0);
		break;
	case 2:
		rd__mixer_leave(one);
		break;
	case 3:
		role.heard_by = other;
		role.denoise = dice(2);
		(void)rd__mixer_set_role(one, &role);
		break;
	case 4:
		if (one != other)
			assert_int_equal(rd__stream_link(one, other, 0), 0);
		break;
	case 5:
		rd__stream_unlink(one);
		break;
	case 6:
		if (*listen)
			rd__listen_stop(*listen);
		*listen = NULL;
		if (one != other)
			assert_int_equal(rd__listen_start(listen, one, other, true), 0);
		break;
	}
}

static void legs_may_come_and_go_at_random(void **state)
{
	struct rd__mixer *rooms[2];
	struct rd__listen *listen = NULL;
	struct rd_stream *speaker;
	struct rd__play play = { .tones = "1000/100,0/100" };

	(void)state;
	/* With trunks, too. */
	rd__mixer_spread(2);
	rooms[0] = open_room(), rooms[1] = open_room();
	assert_int_equal(rd__mixer_speaker(rooms[0], &speaker), 0);
	assert_int_equal(rd__stream_play(speaker, &play, NULL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		do_anything(rooms, &listen);
		parties_talk(parties, PARTIES, (int)dice(20));
	}
	for (int i = 0; i < PARTIES; i++)
		assert_true(parties[i].packets > 0);
	rd_stream_close(speaker);
	/* In any order, too: the room first, or those who are in it. */
	rd__mixer_close(rooms[0]);
	if (listen)
		rd__listen_stop(listen);
	close_all();
	rd__mixer_close(rooms[1]);
	rig_run(100);
	rd__mixer_spread(400);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_hears_the_others_on_threads_too),
		TEST(a_large_room_is_spread_over_threads),
		TEST(legs_may_come_and_go_at_random),
	};

	return RUN_GROUP(tests);
}

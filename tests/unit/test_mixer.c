/* Rooms over real sockets on the virtual clock: who hears whom and how loud,
 * and that no phone hears a jump when the way of its sound changes. */
#include "tests/unit/test.h"
#include "tests/unit/mix_party.h"
#include "tests/unit/tone_meter.h"

#include <stdlib.h>

#include "core/media/mix.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

enum { SECOND = 1000,
       PARTIES = 6 };

static struct party parties[PARTIES];
static struct rd__mixer *mixer;
static const double pitches[PARTIES] = { 400, 600, 850, 1150, 1500, 1950 };

static int begin(void **state)
{
	(void)state;
	party_rig_start(0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	party_rig_stop();
	return 0;
}

static void open_room(int rate, int frame_ms)
{
	struct rd__mixer_options options = { .rate = rate, .frame_ms = frame_ms };

	assert_int_equal(rd__mixer_new(&mixer, &options), 0);
}

static void join(struct party *party)
{
	assert_int_equal(rd__mixer_join(mixer, party->stream, NULL), 0);
}

static void open_parties(int count, const char *codec)
{
	for (int i = 0; i < count; i++) {
		party_open(&parties[i], codec, pitches[i]);
		join(&parties[i]);
	}
}

static void leave_all(int count)
{
	for (int i = 0; i < count; i++)
		party_close(&parties[i]);
	rd__mixer_close(mixer);
	rig_run(40);
}

/* All but itself, at the level at which it was said. */
static void assert_all_hear_the_others(int count)
{
	for (int i = 0; i < count; i++)
		for (int j = 0; j < count; j++)
			if (i == j)
				assert_deaf_to(&parties[i], pitches[j]);
			else
				assert_hears(&parties[i], pitches[j], parties[j].amplitude);
}

static void talk_and_check(int count)
{
	for (int i = 0; i < count; i++)
		parties[i].amplitude = 4000;
	parties_talk(parties, (size_t)count, 100);
	for (int i = 0; i < count; i++)
		party_forget(&parties[i]);
	parties_talk(parties, (size_t)count, 2 * SECOND);
	for (int i = 0; i < count; i++) {
		assert_in_range(parties[i].packets, 99, 101);
		assert_no_jump(&parties[i]);
	}
	assert_all_hear_the_others(count);
}

static void each_hears_all_but_itself(void **state)
{
	(void)state;
	open_room(0, 0);
	open_parties(5, "ulaw");
	talk_and_check(5);
	leave_all(5);
}

/* Waking up is dear: what else is due waits for the room's tick. */
static void a_thread_wakes_for_its_room_only(void **state)
{
	const struct rd__thread *thread;
	int rounds = 0, before;

	(void)state;
	open_room(0, 0);
	open_parties(3, "ulaw");
	parties_talk(parties, 3, 100);
	thread = parties[0].stream->thread;
	before = thread->round;
	for (int i = 0; i < 50; i++) {
		parties_talk(parties, 3, 20);
		assert_int_equal(rd__thread_due_us(thread), rd__mixes_due_us(thread));
		if (thread->round != before)
			rounds++;
		before = thread->round;
	}
	assert_in_range(rounds, 49, 50);
	leave_all(3);
}

static void a_room_may_be_of_any_rate(void **state)
{
	static const int rates[] = { 8000, 16000, 24000, 32000, 48000 };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rates); i++) {
		open_room(rates[i], 20);
		open_parties(3, "alaw");
		talk_and_check(3);
		leave_all(3);
	}
}

/* Four rates, two clocks, codecs with a memory and without. */
static void a_room_of_many_codecs(void **state)
{
	static const char *const modules[] = { "codec_g722", "codec_opus", "codec_gsm" };
	static const char *const names[] = { "ulaw", "g722", "opus", "gsm" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		assert_int_equal(rd__codec_add(rig_codec(modules[i]), modules[i]), 0);
	open_room(16000, 20);
	for (int i = 0; i < 4; i++) {
		party_open(&parties[i], names[i], pitches[i]);
		parties[i].amplitude = 4000;
		join(&parties[i]);
	}
	parties_talk(parties, 4, SECOND);
	for (int i = 0; i < 4; i++)
		party_forget(&parties[i]);
	parties_talk(parties, 4, 2 * SECOND);
	for (int i = 0; i < 4; i++) {
		assert_in_range(parties[i].packets, 99, 101);
		assert_no_jump(&parties[i]);
		for (int j = 0; j < 4; j++) {
			double loud = party_hears(&parties[i], pitches[j], 400);

			/* Speech codecs are not made for sines. */
			if (i == j)
				assert_true(loud < 300);
			else
				assert_in_range((int)loud, 2000, 5500);
		}
	}
	leave_all(4);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		rd__codec_remove(rig_codec(modules[i]));
}

static void frames_may_be_shorter_or_longer_than_packets(void **state)
{
	(void)state;
	open_room(16000, 10);
	open_parties(3, "ulaw");
	talk_and_check(3);
	leave_all(3);
	open_room(8000, 40);
	open_parties(3, "ulaw");
	parties_talk(parties, 3, 2 * SECOND);
	for (int i = 0; i < 3; i++)
		assert_in_range(parties[i].packets, 47, 51);
	for (int i = 0; i < 3; i++)
		assert_hears(&parties[i], pitches[(i + 1) % 3], 8000);
	leave_all(3);
}

static void listeners_of_one_codec_hear_the_same_packet(void **state)
{
	struct arrived a, b;

	(void)state;
	open_room(0, 0);
	open_parties(4, "ulaw");
	parties[2].hz = parties[3].hz = 0;
	parties_talk(parties, 4, SECOND);
	for (int i = 0; i < 4; i++)
		party_forget(&parties[i]);
	parties_talk(parties, 4, 2 * SECOND);
	assert_hears(&parties[2], pitches[0], 8000);
	assert_hears(&parties[3], pitches[1], 8000);
	/* The talkers speak once more; the next tick's packets are compared. */
	parties_talk(parties, 2, 20);
	rig_run(20);
	assert_true(far_end_receive(&parties[2].far, &a, 40));
	assert_true(far_end_receive(&parties[3].far, &b, 40));
	assert_int_equal(a.rtp.size, 160);
	assert_memory_equal(a.rtp.payload, b.rtp.payload, 160);
	leave_all(4);
}

static void whoever_is_silent_is_no_part_of_it_and_is_told_so(void **state)
{
	(void)state;
	open_room(0, 0);
	open_parties(2, "ulaw");
	parties_talk(parties, 2, SECOND);
	assert_int_equal(parties[0].talk_begins, 1);
	assert_int_equal(parties[0].talk_ends, 0);
	/* A line's noise is not talk. */
	parties[0].amplitude = 40;
	parties_talk(parties, 2, SECOND);
	assert_int_equal(parties[0].talk_ends, 1);
	party_forget(&parties[1]);
	parties_talk(parties, 2, SECOND);
	assert_true(party_hears(&parties[1], pitches[0], 0) < 1);
	parties[0].amplitude = 8000;
	parties_talk(parties, 2, SECOND);
	assert_int_equal(parties[0].talk_begins, 2);
	leave_all(2);
}

static void set_role(int i, struct rd__mix_role role)
{
	assert_int_equal(rd__mixer_set_role(parties[i].stream, &role), 0);
}

static void listen_anew(int count)
{
	parties_talk(parties, (size_t)count, 200);
	for (int i = 0; i < count; i++)
		party_forget(&parties[i]);
	parties_talk(parties, (size_t)count, SECOND);
}

static void the_muted_hear_and_the_deaf_are_heard(void **state)
{
	(void)state;
	open_room(0, 0);
	open_parties(3, "ulaw");
	set_role(0, (struct rd__mix_role){ .mute = true });
	set_role(1, (struct rd__mix_role){ .deaf = true });
	listen_anew(3);
	assert_hears(&parties[0], pitches[1], 8000);
	assert_hears(&parties[0], pitches[2], 8000);
	assert_deaf_to(&parties[1], pitches[0]);
	assert_deaf_to(&parties[1], pitches[2]);
	assert_deaf_to(&parties[2], pitches[0]);
	assert_hears(&parties[2], pitches[1], 8000);
	set_role(0, (struct rd__mix_role){ 0 });
	set_role(1, (struct rd__mix_role){ 0 });
	listen_anew(3);
	assert_all_hear_the_others(3);
	leave_all(3);
}

static void volumes_are_each_ones_own(void **state)
{
	(void)state;
	open_room(0, 0);
	open_parties(3, "ulaw");
	set_role(0, (struct rd__mix_role){ .gain_in = RD__MIX_UNITY / 2 });
	set_role(1, (struct rd__mix_role){ .gain_out = RD__MIX_UNITY / 4 });
	listen_anew(3);
	assert_hears(&parties[2], pitches[0], 4000);
	assert_hears(&parties[2], pitches[1], 8000);
	assert_hears(&parties[1], pitches[2], 2000);
	assert_hears(&parties[1], pitches[0], 1000);
	leave_all(3);
}

/* 0 and 1 talk, 2 listens in and whispers to 0, 3 hears only what 1 says. */
static void spies_and_whisperers_are_heard_by_whom_they_should(void **state)
{
	(void)state;
	open_room(0, 0);
	open_parties(4, "ulaw");
	set_role(2, (struct rd__mix_role){ .heard_by = parties[0].stream });
	set_role(3, (struct rd__mix_role){ .mute = true, .hears = parties[1].stream });
	listen_anew(4);
	assert_hears(&parties[0], pitches[1], 8000);
	assert_hears(&parties[0], pitches[2], 8000);
	assert_deaf_to(&parties[0], pitches[3]);
	assert_hears(&parties[1], pitches[0], 8000);
	assert_deaf_to(&parties[1], pitches[2]);
	assert_hears(&parties[2], pitches[0], 8000);
	assert_hears(&parties[2], pitches[1], 8000);
	assert_hears(&parties[3], pitches[1], 8000);
	assert_deaf_to(&parties[3], pitches[0]);
	/* Whom it whispered to has gone: nobody hears it. */
	party_close(&parties[0]);
	parties[0].stream = NULL;
	parties_talk(parties + 1, 3, 200);
	party_forget(&parties[1]);
	parties_talk(parties + 1, 3, SECOND);
	assert_deaf_to(&parties[1], pitches[2]);
	for (int i = 1; i < 4; i++)
		party_close(&parties[i]);
	rd__mixer_close(mixer);
	rig_run(40);
}

static int loudness_of_noise(struct rd__mix_role role)
{
	int loud;

	open_room(16000, 0);
	open_parties(2, "ulaw");
	parties[0].noise = true;
	parties[0].amplitude = 2000;
	parties[1].hz = 0;
	set_role(0, role);
	parties_talk(parties, 2, 3 * SECOND);
	party_forget(&parties[1]);
	parties_talk(parties, 2, 2 * SECOND);
	loud = party_loudness(&parties[1], 0);
	leave_all(2);
	return loud;
}

static void noise_is_suppressed_where_that_is_asked_for(void **state)
{
	int plain, clean;

	(void)state;
	plain = loudness_of_noise((struct rd__mix_role){ .always = true });
	clean = loudness_of_noise((struct rd__mix_role){ .always = true, .denoise = true });
	assert_in_range(plain, 800, 1200);
	assert_in_range(clean, 1, plain / 3);
}

static void a_quiet_voice_is_raised_where_that_is_asked_for(void **state)
{
	double plain, raised;

	(void)state;
	open_room(8000, 0);
	open_parties(2, "ulaw");
	parties[0].amplitude = 1000;
	parties[1].hz = 0;
	listen_anew(2);
	plain = party_hears(&parties[1], pitches[0], 0);
	set_role(0, (struct rd__mix_role){ .level = true });
	parties_talk(parties, 2, 5 * SECOND);
	listen_anew(2);
	raised = party_hears(&parties[1], pitches[0], 0);
	leave_all(2);
	assert_in_range((int)plain, 900, 1100);
	assert_true(raised > 2 * plain);
}

static void many_at_once_are_limited_and_not_torn(void **state)
{
	(void)state;
	open_room(0, 0);
	open_parties(6, "ulaw");
	for (int i = 0; i < 6; i++)
		parties[i].amplitude = 16000;
	listen_anew(6);
	/* Five at half the range each: no wrap, the tones still there. */
	for (int j = 1; j < 6; j++)
		assert_in_range((int)party_hears(&parties[0], pitches[j], 100), 6000, 16500);
	/* Nor its own voice: 850 + 1500 - 1950 is 400, and bent a little. */
	assert_in_range((int)party_hears(&parties[0], pitches[0], 100), 0, 2500);
	leave_all(6);
}

/* ---- from one way to another ---- */

/* Of each 10 ms, the quietest. */
static int quietest(const struct party *party)
{
	int least = INT16_MAX;

	for (size_t at = 0; at + 80 <= party->count; at += 80)
		least = RD_MIN(least, rd__mix_level(party->heard + at, 80));
	return least;
}

/* What is repeated then has not been copied anywhere while nothing was lost. */
static void the_first_packet_that_is_lost_is_not_heard(void **state)
{
	struct party *talker = &parties[0];

	(void)state;
	open_room(0, 0);
	open_parties(2, "ulaw");
	parties[1].quiet = true;
	talker->amplitude = 8000;
	parties_talk(parties, 2, SECOND);
	party_forget(&parties[1]);
	talker->quiet = true;
	parties_talk(parties, 2, 20);
	talker->quiet = false;
	talker->far.seq++;
	talker->far.ts += 160;
	parties_talk(parties, 2, 200);
	/* A tone's mean is two thirds of its height. */
	assert_in_range(quietest(&parties[1]), 8000 / 3, 8000);
	leave_all(2);
}

/* The largest step from one sample to the next. */
static int sharpest(const struct party *party)
{
	int most = 0;

	for (size_t i = 1; i < party->count; i++)
		most = RD_MAX(most, abs(party->heard[i] - party->heard[i - 1]));
	return most;
}

static bool is_calm(const struct party *party)
{
	return rd__jitter_calm(party->stream->line.member->jitter);
}

/* The talker goes on a quarter of a wave later: a step of its height, if it were one. */
static void what_was_made_up_is_joined_to_what_comes_behind(void **state)
{
	struct party *talker = &parties[0];

	(void)state;
	open_room(0, 0);
	open_parties(2, "ulaw");
	parties[1].quiet = true;
	parties_talk(parties, 2, SECOND);
	party_forget(&parties[1]);
	talker->quiet = true;
	parties_talk(parties, 2, 20);
	talker->quiet = false;
	talker->far.seq++;
	talker->far.ts += 160;
	talker->said += 5;
	parties_talk(parties, 2, 200);
	assert_true(is_calm(talker));
	assert_in_range(sharpest(&parties[1]), 2000, 5000);
	leave_all(2);
}

enum { EVERY = 5 };

/* Each fifth packet is of another pitch, and lost; how loud is that heard by who has waited
 * for the one behind it? */
static double lost_is_heard(const char *fmtp, const struct rd_jitter_buffer *buffer)
{
	struct rd__mix_role role = { .buffer = *buffer };
	struct party *talker = &parties[0], *other = &parties[1];
	double level;

	open_room(48000, 0);
	party_open(talker, "opus", 0);
	party_open(other, "opus", 0);
	assert_int_equal(rd__mixer_join(mixer, talker->stream, &role), 0);
	join(other);
	talker->codec->state_free(talker->encoder);
	talker->encoder = talker->codec->encoder_new(fmtp);
	assert_non_null(talker->encoder);
	talker->codec->adapt(talker->encoder, 100 / EVERY);
	other->quiet = true;
	for (int i = 0; i < 100; i++) {
		uint8_t lost[RD__RTP_MAX];

		if (i == 20)
			party_forget(other);
		talker->quiet = i % EVERY == EVERY - 1;
		talker->hz = talker->quiet ? 900 : 300;
		if (talker->quiet)
			party_packet(talker, lost);
		parties_talk(parties, 2, 20);
	}
	level = party_hears(other, 900, 200);
	leave_all(2);
	return level;
}

static void what_the_next_packet_has_of_a_lost_one_is_heard(void **state)
{
	static const struct rd_jitter_buffer buffers[] = {
		{ .wanted = true, .fixed = true, .size_ms = 60 },
		{ .wanted = true, .extra_ms = 60 },
	};

	(void)state;
	assert_int_equal(rd__codec_add(rig_codec("codec_opus"), "codec_opus"), 0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(buffers); i++) {
		double with = lost_is_heard("useinbandfec=1", &buffers[i]);
		double without = lost_is_heard("", &buffers[i]);

		if (with < 3 * without)
			fail_msg("%zu: %.0f with a copy, %.0f without", i, with, without);
	}
	rd__codec_remove(rig_codec("codec_opus"));
}

/* Made up once, and no reason to wait longer. */
static void a_packet_that_comes_with_the_next_one_is_passed_over(void **state)
{
	struct party *talker = &parties[0];

	(void)state;
	open_room(0, 0);
	open_parties(2, "ulaw");
	parties[1].quiet = true;
	/* So long that not all is read in the next tick anyway. */
	parties_talk(parties, 2, SECOND + 60);
	party_forget(&parties[1]);
	talker->quiet = true;
	parties_talk(parties, 2, 20);
	talker->quiet = false;
	parties_talk(parties, 2, 1);
	parties_talk(parties, 2, 19);
	parties_talk(parties, 2, 200);
	assert_true(is_calm(talker));
	assert_in_range(quietest(&parties[1]), 8000 / 3, 8000);
	leave_all(2);
}

/* Each time he goes from the common sound to one of his own, or back, in the midst of a
 * packet. */
static void whoever_has_long_packets_misses_nothing_when_he_stops_and_goes_on(void **state)
{
	static const char *const codecs[] = { "ulaw", "alaw" };
	struct party *talker = &parties[0], *other = &parties[1];
	struct rd_stream_config config;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++) {
		open_room(i ? 16000 : 8000, i ? 10 : 20);
		party_open(talker, "ulaw", 400);
		party_open(other, codecs[i], 0);
		config = *rd_stream_config(other->stream);
		config.formats[0].ptime_ms = 40;
		assert_int_equal(rd_stream_configure(other->stream, &config), 0);
		join(talker), join(other);
		other->noise = true, other->amplitude = 3000;
		parties_talk(parties, 2, SECOND);
		party_forget(other);
		for (int turn = 0; turn < 20; turn++) {
			other->quiet = !other->quiet;
			parties_talk(parties, 2, 290 + turn);
		}
		/* 20 times 290 and 0 to 19 ms. */
		assert_in_range(other->count, (5990 - 40) * 8, (5990 + 40) * 8);
		assert_true(tone_weakest(other->heard, other->count, 8000, 10) > 8000 * 0.7);
		assert_true(tone_level(other->heard, other->count, 8000, 400) > 8000 * 0.9);
		leave_all(2);
	}
}

/* Packet after packet of one byte, another for each: what is lost or played
 * twice is seen at once. The way changes in the midst of it, at some moment
 * between two packets. */
struct story {
	struct party *from, *to, *third;
	int phase; /* ms after a packet */
	uint8_t seen[128];
	int count;
};

enum { TOLD = 90,
       THIRD_COMES = 20,
       THIRD_GOES = 70 };

static void change_way(struct story *story, int packet)
{
	if (packet == THIRD_COMES) {
		open_room(0, 0);
		join(story->from), join(story->to), join(story->third);
	}
	if (packet == THIRD_GOES) {
		assert_int_equal(rd__stream_link(story->from->stream, story->to->stream, 0), 0);
		rd__mixer_leave(story->third->stream);
	}
}

static void tell(struct story *story)
{
	struct arrived got;

	story->count = 0;
	for (int i = 0; i < TOLD; i++) {
		/* Bytes of mu-law that the soft limit leaves as they are. */
		far_end_send(&story->from->far, story->from->stream, (uint8_t)(0x90 + i % 48));
		for (int ms = 0; ms < 20; ms++) {
			if (ms == story->phase)
				change_way(story, i);
			rig_run(1);
			while (party_take(story->to, &got) && story->count < 128)
				story->seen[story->count++] = got.rtp.payload[0];
		}
	}
}

static void assert_in_sequence(const struct story *story)
{
	assert_in_range(story->count, TOLD - 2, TOLD);
	for (int i = 1; i < story->count; i++)
		if (story->seen[i] != 0x90 + (story->seen[i - 1] - 0x90 + 1) % 48)
			fail_msg("phase %d: after %02x came %02x (packet %d of %d)", story->phase,
				 story->seen[i - 1], story->seen[i], i, story->count);
}

static void from_relay_to_mix_and_back_nothing_is_lost(void **state)
{
	struct story story = { &parties[0], &parties[1], &parties[2], 0, { 0 }, 0 };

	(void)state;
	for (story.phase = 0; story.phase < 20; story.phase++) {
		for (int i = 0; i < 3; i++)
			party_open(&parties[i], "ulaw", 0);
		rd__stream_link(parties[0].stream, parties[1].stream, 0);
		rig_run(20);
		tell(&story);
		assert_in_sequence(&story);
		leave_all(3);
	}
}

static void numbers_go_on_through_every_change(void **state)
{
	struct party *a = &parties[0], *b = &parties[1], *c = &parties[2];

	(void)state;
	for (int i = 0; i < 3; i++)
		party_open(&parties[i], "ulaw", pitches[i]);
	rd__stream_link(a->stream, b->stream, 0);
	parties_talk(parties, 2, SECOND);
	party_forget(a), party_forget(b);
	for (int round = 0; round < 4; round++) {
		open_room(round % 2 ? 16000 : 8000, 0);
		join(a), join(b), join(c);
		parties_talk(parties, 3, 500 + round * 7);
		rd__stream_link(a->stream, b->stream, 0);
		rd__mixer_leave(c->stream);
		rd__mixer_close(mixer);
		parties_talk(parties, 3, 500 + round * 3);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(parties[i].seq_jumps, 0);
		/* Going back, what waited is sent at once: one marker each time. */
		assert_in_range(parties[i].ts_jumps, 0, 4);
		assert_in_range(parties[i].packets, 200, 215);
	}
	for (int i = 0; i < 3; i++)
		party_close(&parties[i]);
	rig_run(40);
}

static void a_new_agreement_is_taken_up_in_the_room(void **state)
{
	(void)state;
	open_room(0, 0);
	open_parties(3, "ulaw");
	parties_talk(parties, 3, 500);
	rig_configure(parties[0].stream, &parties[0].far, "alaw", true);
	parties[0].codec = rd_codec_find("alaw");
	listen_anew(3);
	assert_all_hear_the_others(3);
	leave_all(3);
}

static void the_room_speaks_and_listens(void **state)
{
	struct rd_stream *speaker;
	struct rd__play play = { .tones = "1400/5000" };
	struct rd__player *player;

	(void)state;
	open_room(16000, 0);
	open_parties(2, "ulaw");
	assert_int_equal(rd__mixer_speaker(mixer, &speaker), 0);
	parties_talk(parties, 2, 200);
	assert_int_equal(rd__stream_play(speaker, &play, &player), 0);
	listen_anew(2);
	for (int i = 0; i < 2; i++) {
		assert_true(party_hears(&parties[i], 1400, 400) > 1000);
		assert_hears(&parties[i], pitches[!i], 8000);
	}
	rd__player_stop(player);
	listen_anew(2);
	assert_deaf_to(&parties[0], 1400);
	rd_stream_close(speaker);
	leave_all(2);
}

/* A recorder that comes late to it has missed nothing. */
static void what_a_room_is_heard_to_say_late_is_whole(void **state)
{
	enum { FRAME = 160, LATE_MS = 160 };
	struct rd_stream *speaker;
	int16_t samples[FRAME];
	ssize_t count = 0, n;

	(void)state;
	open_room(8000, 0);
	open_parties(2, "ulaw");
	parties_talk(parties, 2, 200);
	assert_int_equal(rd__mixer_speaker(mixer, &speaker), 0);
	parties_talk(parties, 2, LATE_MS);
	while ((n = speaker->line.ops->read(speaker->line.ops_arg, samples, FRAME)) > 0)
		count += n;
	assert_true(count >= (LATE_MS - 40) * 8);
	rd_stream_close(speaker);
	leave_all(2);
}

static void a_prompt_to_one_is_heard_by_one(void **state)
{
	struct rd__play play = { .tones = "1400/5000" };
	struct rd__player *player;

	(void)state;
	open_room(0, 0);
	open_parties(2, "ulaw");
	parties_talk(parties, 2, 200);
	assert_int_equal(rd__stream_play(parties[0].stream, &play, &player), 0);
	listen_anew(2);
	assert_true(party_hears(&parties[0], 1400, 400) > 1000);
	assert_deaf_to(&parties[1], 1400);
	rd__player_stop(player);
	listen_anew(2);
	assert_all_hear_the_others(2);
	leave_all(2);
}

static int whole_room(void *arg)
{
	struct rd__mixer_options options = { .rate = 16000 };
	struct rd__mix_role role = { .denoise = true };
	struct rd__mixer *room;
	int rc;

	rc = rd__mixer_new(&room, &options);
	if (rc)
		return rc;
	rc = rd__mixer_join(room, arg, &role);
	rig_run(30);
	if (!rc)
		rc = rd__mixer_set_role(arg, &role);
	rig_run(30);
	rd__mixer_close(room);
	rig_run(30);
	return rc;
}

static void without_memory_nothing_is_lost(void **state)
{
	(void)state;
	party_open(&parties[0], "ulaw", 400);
	rig_run(40);
	oom_sweep(whole_room, parties[0].stream);
	party_close(&parties[0]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_hears_all_but_itself),
		TEST(a_thread_wakes_for_its_room_only),
		TEST(a_room_may_be_of_any_rate),
		TEST(a_room_of_many_codecs),
		TEST(frames_may_be_shorter_or_longer_than_packets),
		TEST(listeners_of_one_codec_hear_the_same_packet),
		TEST(whoever_is_silent_is_no_part_of_it_and_is_told_so),
		TEST(the_muted_hear_and_the_deaf_are_heard),
		TEST(volumes_are_each_ones_own),
		TEST(spies_and_whisperers_are_heard_by_whom_they_should),
		TEST(noise_is_suppressed_where_that_is_asked_for),
		TEST(a_quiet_voice_is_raised_where_that_is_asked_for),
		TEST(many_at_once_are_limited_and_not_torn),
		TEST(the_first_packet_that_is_lost_is_not_heard),
		TEST(what_was_made_up_is_joined_to_what_comes_behind),
		TEST(what_the_next_packet_has_of_a_lost_one_is_heard),
		TEST(a_packet_that_comes_with_the_next_one_is_passed_over),
		TEST(whoever_has_long_packets_misses_nothing_when_he_stops_and_goes_on),
		TEST(from_relay_to_mix_and_back_nothing_is_lost),
		TEST(numbers_go_on_through_every_change),
		TEST(a_new_agreement_is_taken_up_in_the_room),
		TEST(the_room_speaks_and_listens),
		TEST(what_a_room_is_heard_to_say_late_is_whole),
		TEST(a_prompt_to_one_is_heard_by_one),
		TEST(without_memory_nothing_is_lost),
	};

	return RUN_GROUP(tests);
}

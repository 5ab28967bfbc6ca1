/* Keys that come as tones: every key, short and long, twisted, off its pitch and
 * in noise; and speech, in which there is none. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"
#include "tests/unit/tone_meter.h"

#include <dirent.h>
#include <stdlib.h>

#include "core/media/digit_tap.h"
#include "core/sched/clock.h"
#include "core/sched/sched.h"

enum { RATE = 8000, GAP_MS = 60, SECONDS_MAX = 60 };

static const char keys[] = "0123456789*#ABCD";

/* ---- keys as a phone makes them, or worse ---- */

struct manner {
	int ms;
	double twist_db; /* the higher tone is so much louder */
	double off;	 /* of the pitch: 0.01 is 1 % */
	double noise_db; /* so far below the tones; 0: none */
	double level;	 /* of the lower tone */
};

static uint32_t noise_state = 1;

/* About normal: the sum of some that are even. */
static double noise(void)
{
	double sum = 0;

	for (int i = 0; i < 6; i++) {
		noise_state = noise_state * 1664525 + 1013904223;
		sum += noise_state / 4294967296.0 - 0.5;
	}
	return sum * 1.414;
}

static size_t make_key(int16_t *out, char key, const struct manner *how)
{
	static const int rows[] = { 697, 770, 852, 941 }, columns[] = { 1209, 1336, 1477, 1633 };
	static const char pad[] = "123A456B789C*0#D";
	int place = (int)(strchr(pad, key) - pad);
	double row = rows[place / 4] * (1 + how->off), column = columns[place % 4] * (1 + how->off);
	double high = how->level * pow(10, how->twist_db / 20);
	double rough = how->noise_db ? how->level * pow(10, -how->noise_db / 20) : 0;
	size_t count = (size_t)how->ms * RATE / 1000;

	for (size_t i = 0; i < count; i++) {
		double t = 2 * M_PI * (double)i / RATE;

		out[i] = (int16_t)lrint(how->level * sin(row * t) + high * sin(column * t) +
					rough * noise());
	}
	for (size_t i = 0; i < GAP_MS * RATE / 1000; i++)
		out[count++] = (int16_t)lrint(rough * noise());
	return count;
}

/* ---- hearing ---- */

struct ear {
	char begun[256], ended[256];
	int ms[256];
};

static void told(void *arg, char digit, int ms)
{
	struct ear *ear = arg;
	size_t n = strlen(ear->ended);

	if (ms < 0) {
		ear->begun[strlen(ear->begun)] = digit;
		return;
	}
	ear->ended[n] = digit;
	ear->ms[n] = ms;
}

static struct ear hear(const int16_t *samples, size_t count)
{
	struct rd__digit_detector *detector;
	struct ear ear = { .begun = "" };

	assert_int_equal(rd__digit_detector_new(&detector, told, &ear), 0);
	for (size_t n; count; samples += n, count -= n) {
		n = RD_MIN(count, (size_t)160);
		rd__digit_detector_hear(detector, samples, n);
	}
	rd__digit_detector_free(detector);
	return ear;
}

static struct ear hear_all_keys(const struct manner *how)
{
	static int16_t samples[SECONDS_MAX * RATE];
	size_t count = 800;

	memset(samples, 0, sizeof(samples));
	for (const char *key = keys; *key; key++)
		count += make_key(samples + count, *key, how);
	return hear(samples, count + 800);
}

/* ---- the matrix ---- */

static void every_key_is_heard_once_in_every_manner(void **state)
{
	static const int lengths[] = { 40, 50, 65, 80, 100, 200 };
	static const double twists[] = { -4, 0, 6 }, offs[] = { -0.01, 0, 0.01 };
	static const double noises[] = { 0, 20 }, levels[] = { 500, 3000, 9000 };
	int manners = 0;

	(void)state;
	for (size_t l = 0; l < RD_ARRAY_SIZE(lengths); l++)
		for (size_t i = 0; i < 54; i++) {
			struct manner how = { lengths[l], twists[i % 3], offs[i / 3 % 3],
					      noises[i / 9 % 2], levels[i / 18] };
			struct ear ear = hear_all_keys(&how);

			if (strcmp(ear.ended, keys) != 0 || strcmp(ear.begun, keys) != 0)
				fail_msg("%d ms, twist %.0f dB, off %.1f %%, noise %.0f dB, level "
					 "%.0f: \"%s\"", how.ms, how.twist_db, how.off * 100,
					 how.noise_db, how.level, ear.ended);
			manners++;
		}
	assert_int_equal(manners, 324);
}

static void twist_may_be_8_db(void **state)
{
	static const double offs[] = { -0.01, 0, 0.01 };

	(void)state;
	for (int ms = 40; ms <= 100; ms += 20)
		for (int i = 0; i < 12; i++) {
			struct manner how = { ms, i % 2 ? 8 : -8, offs[i / 2 % 3], 0,
					      i < 6 ? 3000 : 9000 };
			struct ear ear = hear_all_keys(&how);

			if (strcmp(ear.ended, keys) != 0)
				fail_msg("%d ms, twist %.0f dB, off %.1f %%, level %.0f: \"%s\"",
					 how.ms, how.twist_db, how.off * 100, how.level,
					 ear.ended);
		}
}

static void its_length_is_about_right(void **state)
{
	static const int lengths[] = { 50, 100, 300, 1000 };

	(void)state;
	for (size_t l = 0; l < RD_ARRAY_SIZE(lengths); l++) {
		struct manner how = { .ms = lengths[l], .level = 3000 };
		struct ear ear = hear_all_keys(&how);

		for (int i = 0; keys[i]; i++)
			assert_in_range(ear.ms[i], lengths[l] - 30, lengths[l] + 30);
	}
}

static void what_is_too_short_or_off_is_no_key(void **state)
{
	static const struct manner no[] = {
		{ .ms = 15, .level = 3000 },
		{ .ms = 100, .level = 3000, .off = 0.04 },
		{ .ms = 100, .level = 3000, .off = -0.04 },
		{ .ms = 100, .level = 3000, .twist_db = 15 },
		{ .ms = 100, .level = 3000, .twist_db = -15 },
		{ .ms = 100, .level = 40 },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(no); i++)
		assert_string_equal(hear_all_keys(&no[i]).begun, "");
}

static void the_same_key_twice_is_two_keys(void **state)
{
	static int16_t samples[RATE];
	struct manner how = { .ms = 60, .level = 3000 };
	size_t count = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		count += make_key(samples + count, '5', &how);
	assert_string_equal(hear(samples, count).ended, "5555");
}

/* ---- talk-off: people who speak press no keys ---- */

static size_t read_prompt(const char *name, int16_t *samples, size_t max)
{
	char path[512];
	size_t count;
	FILE *file;

	snprintf(path, sizeof(path), "/usr/share/asterisk/sounds/en/%s", name);
	file = fopen(path, "rb");
	if (!file)
		return 0;
	count = fseek(file, 44, SEEK_SET) ? 0 : fread(samples, 2, max, file);
	fclose(file);
	return count;
}

static void speech_is_no_key(void **state)
{
	static int16_t samples[SECONDS_MAX * RATE];
	DIR *folder = opendir("/usr/share/asterisk/sounds/en");
	const struct dirent *entry;
	size_t spoken = 0;

	(void)state;
	if (!folder)
		skip();
	while ((entry = readdir(folder))) {
		size_t count = strstr(entry->d_name, ".wav")
				       ? read_prompt(entry->d_name, samples, RD_ARRAY_SIZE(samples))
				       : 0;
		struct ear ear = hear(samples, count);

		if (ear.begun[0])
			fail_msg("%s: \"%s\"", entry->d_name, ear.begun);
		spoken += count;
	}
	closedir(folder);
	/* Enough of it to mean something: ten minutes. */
	assert_true(spoken > (size_t)RATE * 600);
}

/* ---- a stream of a phone that sends tones ---- */

static struct ear events;

static void note(const struct rd_stream_event *event, void *arg)
{
	if (event->type == RD_STREAM_DIGIT_BEGIN)
		told(arg, event->digit, -1);
	if (event->type == RD_STREAM_DIGIT)
		told(arg, event->digit, event->ms);
}

static void listen_for_tones(struct rd_stream *stream, bool on)
{
	struct rd_stream_config config = *rd_stream_config(stream);

	config.dtmf_inband = on;
	if (on)
		config.dtmf_payload = -1;
	assert_int_equal(rd_stream_configure(stream, &config), 0);
	rig_run(20);
}

/* Send a key of 100 ms; how many of its packets reach the peer. */
static int press(struct far_end *from, struct rd_stream *to, struct far_end *peer)
{
	struct manner how = { .ms = 100, .level = 3000 };
	int16_t samples[2000];
	size_t count = make_key(samples, '5', &how);
	int relayed = 0;

	for (size_t at = 0; at < count; at += 160) {
		uint8_t packet[RD__RTP_HEADER + 160];
		struct rd__rtp rtp = { .seq = from->seq++, .ts = from->ts, .ssrc = from->ssrc,
				       .payload = packet + RD__RTP_HEADER, .size = 160 };
		struct arrived got;

		rd_codec_find("ulaw")->encode(NULL, samples + at, 160, rtp.payload, 160);
		from->ts += 160;
		rd__rtp_print(&rtp);
		far_end_send_raw(from, to, packet, sizeof(packet));
		rig_run(20);
		while (peer && far_end_receive(peer, &got, 0))
			relayed++;
	}
	return relayed;
}

static void a_stream_tells_of_tones_when_it_is_to(void **state)
{
	struct far_end far;
	struct rd_stream *stream;

	(void)state;
	far_end_open(&far);
	stream = rig_stream(&far, "ulaw");
	rd_stream_on_event(stream, note, &events);
	memset(&events, 0, sizeof(events));
	press(&far, stream, NULL);
	assert_string_equal(events.begun, "");
	listen_for_tones(stream, true);
	press(&far, stream, NULL);
	assert_string_equal(events.begun, "5");
	assert_string_equal(events.ended, "5");
	assert_in_range(events.ms[0], 80, 120);
	listen_for_tones(stream, false);
	press(&far, stream, NULL);
	assert_string_equal(events.begun, "5");
	rd_stream_close(stream);
	rig_run(20);
	far_end_close(&far);
}

static void who_gets_keys_as_events_does_not_hear_them_too(void **state)
{
	struct far_end a, b;
	struct rd_stream *stream_a, *stream_b;

	(void)state;
	far_end_open(&a);
	far_end_open(&b);
	stream_a = rig_stream(&a, "ulaw");
	stream_b = rig_stream(&b, "ulaw");
	listen_for_tones(stream_a, true);
	assert_int_equal(rd__stream_link(stream_a, stream_b, 0), 0);
	rig_run(20);
	/* Of the 100 ms only what it took to be sure. */
	assert_in_range(press(&a, stream_a, &b), 2, 6);
	/* Who hears tones himself gets all of it. */
	listen_for_tones(stream_b, true);
	assert_int_equal(press(&a, stream_a, &b), 8);
	rd_stream_close(stream_a);
	rd_stream_close(stream_b);
	rig_run(20);
	far_end_close(&a);
	far_end_close(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_virtual_setup, rig_virtual_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_heard_once_in_every_manner),
		cmocka_unit_test(twist_may_be_8_db),
		cmocka_unit_test(its_length_is_about_right),
		cmocka_unit_test(what_is_too_short_or_off_is_no_key),
		cmocka_unit_test(the_same_key_twice_is_two_keys),
		cmocka_unit_test(speech_is_no_key),
		TEST(a_stream_tells_of_tones_when_it_is_to),
		TEST(who_gets_keys_as_events_does_not_hear_them_too),
	};

	return RUN_GROUP(tests);
}

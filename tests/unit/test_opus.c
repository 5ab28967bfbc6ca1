/* Opus: at each of its rates, with losses made up from the next packet, with what the
 * far end asks for and reports. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include <opus.h>

#include <ringdown/module.h>

#include "core/config/config.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/media_rig.h"
#include "tests/unit/tone_meter.h"

enum { LEVEL = 8000,
       HZ = 1000,
       SECOND_MAX = 48000,
       BYTES_MAX = 1500,
       PACKETS = 50 };

static const struct rd_codec *opus;
static int16_t in[SECOND_MAX], out[SECOND_MAX];
static const int rates[] = { 8000, 12000, 16000, 24000, 48000 };

static int begin(void **state)
{
	(void)state;
	opus = rig_codec("codec_opus");
	return 0;
}

static void *encoder_at(int rate, const char *fmtp)
{
	void *encoder = opus->encoder_new(fmtp);

	assert_non_null(encoder);
	assert_int_equal(opus->set_rate(encoder, rate), 0);
	return encoder;
}

static void *decoder_at(int rate)
{
	void *decoder = opus->decoder_new("");

	assert_non_null(decoder);
	assert_int_equal(opus->set_rate(decoder, rate), 0);
	return decoder;
}

/* All bytes of a second. */
static int encode_all(void *encoder, int rate)
{
	uint8_t bytes[BYTES_MAX];
	int sum = 0;

	for (int i = 0; i < PACKETS; i++) {
		int n = opus->encode(encoder, in + i * rate / PACKETS, (size_t)rate / PACKETS,
				     bytes, sizeof(bytes));

		assert_true(n >= 0);
		sum += n;
	}
	return sum;
}

static void a_tone_survives_between_all_rates(void **state)
{
	(void)state;
	for (size_t a = 0; a < RD_ARRAY_SIZE(rates); a++)
		for (size_t b = 0; b < RD_ARRAY_SIZE(rates); b++) {
			void *encoder = encoder_at(rates[a], ""), *decoder = decoder_at(rates[b]);
			size_t part = (size_t)rates[a] / PACKETS, made = (size_t)rates[b] / PACKETS;
			size_t half = (size_t)rates[b] / 2;
			double level;

			tone_make(in, (size_t)rates[a], rates[a], HZ, LEVEL, 0);
			for (size_t i = 0; i < PACKETS; i++) {
				uint8_t bytes[BYTES_MAX];
				int n = opus->encode(encoder, in + i * part, part, bytes,
						     sizeof(bytes));

				assert_true(n > 0);
				assert_int_equal(opus->decode(decoder, bytes, (size_t)n,
							      out + i * made, made),
						 made);
			}
			level = tone_db(tone_level(out + half / 2, half, rates[b], HZ), LEVEL);
			if (fabs(level) > 1 || tone_snr(out + half / 2, half, rates[b], HZ) < 15)
				fail_msg("%d to %d Hz: %.2f dB, noise %.1f dB below", rates[a],
					 rates[b], level,
					 tone_snr(out + half / 2, half, rates[b], HZ));
			opus->state_free(encoder);
			opus->state_free(decoder);
		}
}

/* A voice whose pitch moves: what was heard last is no good guess. */
static void make_voice(int rate)
{
	double at = 0;

	for (int i = 0; i < rate; i++) {
		at += 2 * M_PI * (140 + 60 * sin(2 * M_PI * 6 * i / rate)) / rate;
		in[i] = (int16_t)(LEVEL * (0.6 * sin(at) + 0.3 * sin(3 * at) + 0.2 * sin(6 * at)) *
				  (0.6 + 0.4 * sin(2 * M_PI * 3 * i / rate)));
	}
}

/* Every fifth packet is lost; how near is what took its place? */
static double distance(int rate, const char *fmtp, bool recover)
{
	static int16_t whole[48000], holes[48000];
	void *encoder = encoder_at(rate, fmtp), *a = decoder_at(rate), *b = decoder_at(rate);
	size_t part = (size_t)rate / PACKETS;
	uint8_t bytes[PACKETS][BYTES_MAX];
	int size[PACKETS];
	double error = 0;

	opus->adapt(encoder, 9);
	make_voice(rate);
	for (size_t i = 0; i < PACKETS; i++) {
		size[i] = opus->encode(encoder, in + i * part, part, bytes[i], BYTES_MAX);
		opus->decode(a, bytes[i], (size_t)size[i], whole + i * part, part);
	}
	for (size_t i = 0; i < PACKETS - 1; i++) {
		int16_t *to = holes + i * part;
		int n;

		if (i % 5 != 4)
			n = opus->decode(b, bytes[i], (size_t)size[i], to, part);
		else if (recover)
			n = opus->recover(b, bytes[i + 1], (size_t)size[i + 1], to, part);
		else
			n = opus->decode(b, NULL, 0, to, part);
		assert_int_equal(n, part);
		for (size_t k = 0; i % 5 == 4 && k < part; k++)
			error += pow(to[k] - whole[i * part + k], 2);
	}
	opus->state_free(encoder);
	opus->state_free(a);
	opus->state_free(b);
	return sqrt(error);
}

/* At a telephone's rate, too, where less effort is made. */
static void the_next_packet_brings_back_a_lost_one(void **state)
{
	(void)state;
	for (int rate = 8000; rate <= 16000; rate *= 2) {
		double guessed = distance(rate, "useinbandfec=1", false);
		double recovered = distance(rate, "useinbandfec=1", true);

		if (recovered > guessed / 2)
			fail_msg("%d Hz: off by %.0f when recovered, by %.0f when guessed", rate,
				 recovered, guessed);
		/* There is none without the far end's wish. */
		assert_true(distance(rate, "", true) > recovered * 1.5);
	}
}

static void silence_is_not_sent_where_the_far_end_likes_that(void **state)
{
	void *encoder = encoder_at(16000, "usedtx=1"), *other = encoder_at(16000, "");
	uint8_t bytes[BYTES_MAX];
	int unsent = 0;

	(void)state;
	memset(in, 0, sizeof(in));
	for (int i = 0; i < 2 * PACKETS; i++) {
		unsent += opus->encode(encoder, in, 320, bytes, sizeof(bytes)) == 0;
		assert_true(opus->encode(other, in, 320, bytes, sizeof(bytes)) > 0);
	}
	assert_true(unsent > PACKETS);
	opus->state_free(encoder);
	opus->state_free(other);
}

static void the_bit_rate_follows_the_loss(void **state)
{
	void *encoder = encoder_at(48000, "");
	int usual, less;

	(void)state;
	make_voice(48000);
	encode_all(encoder, 48000);
	usual = encode_all(encoder, 48000);
	for (int i = 0; i < 10; i++)
		opus->adapt(encoder, 30);
	less = encode_all(encoder, 48000);
	assert_true(less < usual * 2 / 3);
	/* 10 kbit/s at least. */
	assert_true(less > 900);
	for (int i = 0; i < 20; i++)
		opus->adapt(encoder, 0);
	encode_all(encoder, 48000);
	assert_true(encode_all(encoder, 48000) > usual * 9 / 10);
	opus->state_free(encoder);
}

static void the_far_end_says_how_much(void **state)
{
	void *plain = encoder_at(48000, ""), *modest = encoder_at(48000, "maxaveragebitrate=12000");
	void *narrow = encoder_at(48000, "maxplaybackrate=8000; stereo=0");
	uint8_t bytes[BYTES_MAX];

	(void)state;
	make_voice(48000);
	assert_true(encode_all(modest, 48000) < encode_all(plain, 48000) * 2 / 3);
	assert_true(opus->encode(narrow, in, 960, bytes, sizeof(bytes)) > 0);
	assert_int_equal(opus_packet_get_bandwidth(bytes), OPUS_BANDWIDTH_NARROWBAND);
	assert_true(opus->encode(plain, in, 960, bytes, sizeof(bytes)) > 0);
	assert_true(opus_packet_get_bandwidth(bytes) > OPUS_BANDWIDTH_WIDEBAND);
	opus->state_free(plain);
	opus->state_free(modest);
	opus->state_free(narrow);
}

/* Of 20 ms (RFC 6716 §3.1), but for the narrower ones of the first kind, SILK: to these it
 * goes over in a pause. */
static const uint8_t ways[] = { 9, 13, 15, 19, 23, 27, 31 };

static void it_can_go_on_like_somebody_elses_packets(void **state)
{
	void *encoder = encoder_at(48000, "maxaveragebitrate=12000");
	uint8_t bytes[BYTES_MAX];

	(void)state;
	make_voice(48000);
	encode_all(encoder, 48000);
	for (size_t i = 0; i < RD_ARRAY_SIZE(ways); i++) {
		uint8_t other[] = { (uint8_t)(ways[i] << 3) };

		opus->resemble(encoder, other, sizeof(other));
		for (int n = 0; n < 4; n++)
			assert_true(opus->encode(encoder, in, 960, bytes, sizeof(bytes)) > 0);
		assert_int_equal(bytes[0] >> 3, ways[i]);
		opus->resemble(encoder, NULL, 0);
		encode_all(encoder, 48000);
		assert_true(opus->encode(encoder, in, 960, bytes, sizeof(bytes)) > 0);
		assert_in_range(bytes[0] >> 3, 0, ways[0]);
	}
	opus->state_free(encoder);
}

/* Two channels become their mean. */
static void stereo_is_heard_as_one(void **state)
{
	OpusEncoder *encoder = opus_encoder_create(48000, 2, OPUS_APPLICATION_AUDIO, NULL);
	void *decoder = decoder_at(48000);
	static int16_t both[2 * 960], tone[960];
	double level;

	(void)state;
	for (int i = 0; i < PACKETS; i++) {
		uint8_t bytes[BYTES_MAX];
		int n;

		/* On the left only. */
		tone_make(tone, 960, 48000, HZ, LEVEL, (size_t)i * 960);
		for (int k = 0; k < 960; k++)
			both[2 * k] = tone[k];
		n = opus_encode(encoder, both, 960, bytes, sizeof(bytes));
		assert_int_equal(opus->decode(decoder, bytes, (size_t)n, out + i * 960, 960), 960);
	}
	level = tone_db(tone_level(out + 24000, 24000, 48000, HZ), LEVEL / 2.0);
	assert_true(fabs(level) < 1);
	opus->state_free(decoder);
	opus_encoder_destroy(encoder);
}

static void nonsense_stays_within_its_room(void **state)
{
	void *decoder = decoder_at(48000);

	(void)state;
	srand(7);
	for (int round = 0; round < 2000; round++) {
		size_t size = (size_t)rand() % 200, max = (size_t)rand() % 6000;
		uint8_t bytes[200];

		for (size_t k = 0; k < size; k++)
			bytes[k] = (uint8_t)rand();
		out[max] = 0x5a;
		assert_true(opus->decode(decoder, bytes, size, out, max) <= (int)max);
		assert_int_equal(out[max], 0x5a);
	}
	opus->state_free(decoder);
}

/* ---- codecs.conf ---- */

static int read_settings(const char *text)
{
	int rc;

	conf_dir_make();
	rc = conf_dir_apply(rig_module("codec_opus")->config, text);
	conf_dir_remove();
	return rc;
}

/* Bytes of a second of voice under these settings. */
static int bytes_with(const char *text, const char *fmtp)
{
	void *encoder;
	int bytes;

	assert_int_equal(read_settings(text), 0);
	encoder = encoder_at(16000, fmtp);
	make_voice(16000);
	bytes = encode_all(encoder, 16000);
	opus->state_free(encoder);
	rig_module("codec_opus")->unload();
	return bytes;
}

static void the_file_says_what_we_send(void **state)
{
	int usual = bytes_with("[opus]\ntype=opus\n", "");

	(void)state;
	assert_in_range(bytes_with("[opus]\nbitrate=12000\n", ""), 1000, usual - 500);
	assert_in_range(bytes_with("[opus]\nbitrate=64000\n", ""), usual + 1000, 9000);
	assert_in_range(bytes_with("[opus]\nbitrate=16000\ncbr=yes\n", ""), 2000, 2000);
	/* The far end may want less, not more. */
	assert_in_range(bytes_with("[opus]\nbitrate=64000\n", "maxaveragebitrate=12000"), 1000,
			usual - 500);
	assert_true(bytes_with("[opus]\nmax_bandwidth=narrow\nsignal=voice\ncomplexity=0\n"
			       "application=audio\npacket_loss=10\n", "useinbandfec=1") > 0);
}

/* RFC 7587 §6.1: as little as 6000; less than that, or more than 510000, is not meant. */
static void what_the_far_end_cannot_mean_is_ignored(void **state)
{
	int usual = bytes_with("", ""), modest = bytes_with("", "maxaveragebitrate=12000");

	(void)state;
	assert_in_range(bytes_with("", "maxaveragebitrate=7000"), 500, modest - 300);
	assert_int_equal(bytes_with("", "maxaveragebitrate=5999"), usual);
	assert_int_equal(bytes_with("[opus]\nbitrate=max\n", "maxaveragebitrate=510001"),
			 bytes_with("[opus]\nbitrate=max\n", ""));
}

/* Are packets for 8 kHz the same, bit for bit, as with this much effort? */
static bool tries_as_with(int complexity, const char *fmtp, int loss)
{
	uint8_t bytes[2][BYTES_MAX];
	void *encoders[2];
	char text[64];
	bool same = true;

	snprintf(text, sizeof(text), "[opus]\ncomplexity=%d\n", complexity);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(read_settings(i ? text : "[opus]\n"), 0);
		encoders[i] = encoder_at(8000, fmtp);
		opus->adapt(encoders[i], loss);
	}
	make_voice(8000);
	for (int i = 0; i < PACKETS; i++) {
		int n = 0;

		for (int k = 0; k < 2; k++)
			n = opus->encode(encoders[k], in + i * 160, 160, bytes[k], BYTES_MAX);
		same &= n > 0 && memcmp(bytes[0], bytes[1], (size_t)n) == 0;
	}
	opus->state_free(encoders[0]);
	opus->state_free(encoders[1]);
	rig_module("codec_opus")->unload();
	return same;
}

static void effort_takes_the_place_of_bits(void **state)
{
	(void)state;
	assert_true(tries_as_with(1, "", 0));
	assert_false(tries_as_with(5, "", 0));
	assert_true(tries_as_with(5, "maxaveragebitrate=12000", 0));
	assert_true(tries_as_with(5, "", 30));
}

static void the_file_says_what_we_ask_for(void **state)
{
	(void)state;
	assert_string_equal(opus->fmtp, "minptime=10;useinbandfec=1");
	assert_int_equal(read_settings("[opus]\nfec=no\ndtx=yes\ncbr=yes\nbitrate=24000\n"
				       "max_playback_rate=16000\n"), 0);
	assert_string_equal(opus->fmtp, "minptime=10;useinbandfec=0;maxplaybackrate=16000;"
					"maxaveragebitrate=24000;cbr=1;usedtx=1");
	/* What RFC 7587 §6.1 has far ends ignore is not said. */
	assert_int_equal(read_settings("[opus]\nbitrate=500\n"), 0);
	assert_string_equal(opus->fmtp, "minptime=10;useinbandfec=1;maxaveragebitrate=6000");
	assert_int_equal(read_settings("[opus]\nbitrate=max\n"), 0);
	assert_string_equal(opus->fmtp, "minptime=10;useinbandfec=1;maxaveragebitrate=510000");
	rig_module("codec_opus")->unload();
	assert_string_equal(opus->fmtp, "minptime=10;useinbandfec=1");
}

static const char *told(int rate, unsigned stereo)
{
	const struct rd_beyond beyond = { .rate = rate, .stereo = stereo };

	return opus->fmtp_for(&beyond);
}

static void less_is_asked_for_where_less_is_heard(void **state)
{
	(void)state;
	assert_string_equal(told(8000, 0), "minptime=10;useinbandfec=1;"
						  "maxplaybackrate=8000;sprop-maxcapturerate=8000");
	assert_string_equal(told(0, 0), opus->fmtp);
	assert_string_equal(told(48000, 0), opus->fmtp);
	assert_int_equal(read_settings("[opus]\nfec=no\nmax_playback_rate=12000\n"), 0);
	assert_string_equal(told(8000, 0), "minptime=10;useinbandfec=0;"
						  "maxplaybackrate=8000;sprop-maxcapturerate=8000");
	assert_string_equal(told(16000, 0),
			    "minptime=10;useinbandfec=0;maxplaybackrate=12000;"
			    "sprop-maxcapturerate=16000");
	rig_module("codec_opus")->unload();
	assert_string_equal(told(8000, 0), "minptime=10;useinbandfec=1;"
						  "maxplaybackrate=8000;sprop-maxcapturerate=8000");
}

/* RFC 7587 §6.1: what is preferred, and what will come, by default one channel. */
static void two_channels_are_said_to_who_talks_to_two_channels(void **state)
{
	(void)state;
	assert_int_equal(opus->stereo(""), 0);
	assert_int_equal(opus->stereo("stereo=0;sprop-stereo=0"), 0);
	assert_int_equal(opus->stereo("useinbandfec=1; stereo=1"), RD_STEREO_HEARD);
	assert_int_equal(opus->stereo("sprop-stereo=1"), RD_STEREO_SAID);
	assert_int_equal(opus->stereo("stereo=1;sprop-stereo=1"),
			 RD_STEREO_HEARD | RD_STEREO_SAID);
	assert_string_equal(told(48000, RD_STEREO_HEARD), "minptime=10;useinbandfec=1;stereo=1");
	assert_string_equal(told(48000, RD_STEREO_SAID),
			    "minptime=10;useinbandfec=1;sprop-stereo=1");
	assert_string_equal(told(0, RD_STEREO_HEARD | RD_STEREO_SAID),
			    "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1");
	assert_int_equal(read_settings("[opus]\nfec=no\ndtx=yes\ncbr=yes\nbitrate=max\n"
				       "max_playback_rate=16000\n"), 0);
	assert_string_equal(told(48000, RD_STEREO_HEARD | RD_STEREO_SAID),
			    "minptime=10;useinbandfec=0;maxplaybackrate=16000;stereo=1;"
			    "sprop-stereo=1;maxaveragebitrate=510000;cbr=1;usedtx=1");
	rig_module("codec_opus")->unload();
	assert_string_equal(told(48000, RD_STEREO_HEARD), "minptime=10;useinbandfec=1;stereo=1");
}

static void what_the_file_must_not_say(void **state)
{
	static const char *const wrong[] = { "bitrate=100", "bitrate=fast", "complexity=11",
					     "complexity=", "signal=noise", "type=silk",
					     "colour=blue", "fec=spd", "max_playback_rate=7999",
					     "max_playback_rate=" };
	char text[64];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text), "[opus]\n%s\n", wrong[i]);
		assert_int_equal(read_settings(text), -EINVAL);
	}
	assert_int_equal(read_settings("[opera]\nfec=yes\n"), -EINVAL);
	assert_int_equal(read_settings("[plc]\ngenericplc=true\n"), 0);
	rig_module("codec_opus")->unload();
}

/* The values that Asterisk's own example has, and a format of one's own. */
static void the_example_of_asterisk_is_understood(void **state)
{
	(void)state;
	assert_int_equal(read_settings("[opus]\ntype=opus\nmax_playback_rate=sdp\nbitrate=sdp\n"
				       "cbr=sdp\nfec=sdp\ndtx=sdp\n"
				       "[myopus]\ntype=opus\nmax_bandwidth=wide\n"),
			 0);
	assert_string_equal(opus->fmtp, "minptime=10;useinbandfec=1");
	assert_non_null(strstr(conf_dir_findings(), "myopus: what [opus] says holds for this"));
	/* Other codecs are no Opus, and told of once. */
	assert_int_equal(read_settings("[silk8]\ntype=silk\nsamprate=8000\n"
				       "[mysilk]\ntype=silk\n"), 0);
	assert_null(strstr(conf_dir_findings(), "what [opus] says"));
	assert_non_null(strstr(conf_dir_findings(), "[silk8] has no meaning here"));
	assert_non_null(strstr(conf_dir_findings(), "mysilk has no effect"));
	rig_module("codec_opus")->unload();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_tone_survives_between_all_rates, begin),
		cmocka_unit_test_setup(the_next_packet_brings_back_a_lost_one, begin),
		cmocka_unit_test_setup(silence_is_not_sent_where_the_far_end_likes_that, begin),
		cmocka_unit_test_setup(the_bit_rate_follows_the_loss, begin),
		cmocka_unit_test_setup(the_far_end_says_how_much, begin),
		cmocka_unit_test_setup(what_the_far_end_cannot_mean_is_ignored, begin),
		cmocka_unit_test_setup(it_can_go_on_like_somebody_elses_packets, begin),
		cmocka_unit_test_setup(stereo_is_heard_as_one, begin),
		cmocka_unit_test_setup(nonsense_stays_within_its_room, begin),
		cmocka_unit_test_setup(the_file_says_what_we_send, begin),
		cmocka_unit_test_setup(effort_takes_the_place_of_bits, begin),
		cmocka_unit_test_setup(the_file_says_what_we_ask_for, begin),
		cmocka_unit_test_setup(less_is_asked_for_where_less_is_heard, begin),
		cmocka_unit_test_setup(two_channels_are_said_to_who_talks_to_two_channels, begin),
		cmocka_unit_test_setup(what_the_file_must_not_say, begin),
		cmocka_unit_test_setup(the_example_of_asterisk_is_understood, begin),
	};

	return RUN_GROUP(tests);
}

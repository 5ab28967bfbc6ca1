/* Detectors on a stream: the calling tone of a fax machine, and what is none. */
#include <ringdown/list.h>

#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"
#include "tests/unit/tone_meter.h"

#include "core/media/detect.h"
#include "core/sched/clock.h"

enum { RATE = 8000, LEVEL = 3000 };

static int faxes, voices, silences, last_ms;

static void told(enum rd_detected what, int ms, void *arg)
{
	(void)arg;
	faxes += what == RD_DETECTED_FAX;
	voices += what == RD_DETECTED_VOICE;
	silences += what == RD_DETECTED_SILENCE;
	last_ms = ms;
}

static int setup(void **state)
{
	faxes = voices = silences = 0;
	return rig_virtual_setup(state);
}

struct caller {
	struct far_end far;
	struct rd_stream *stream;
	struct rd_detector *detector;
	size_t at;
};

static void arrive(struct caller *caller, unsigned kinds)
{
	struct rd_detect_options options = { .kinds = kinds, .told = told };

	memset(caller, 0, sizeof(*caller));
	far_end_open(&caller->far);
	caller->stream = rig_stream(&caller->far, "ulaw");
	assert_int_equal(rd__stream_detect(caller->stream, &options, &caller->detector), 0);
	rig_run(20);
}

static void leave(struct caller *caller)
{
	rd_stream_close(caller->stream);
	rig_run(20);
	rd__detector_free(caller->detector);
	far_end_close(&caller->far);
}

/* hz 0: silence. */
static void sound(struct caller *caller, double hz, int ms)
{
	for (int i = 0; i < ms / 20; i++) {
		uint8_t packet[RD__RTP_HEADER + 160];
		struct rd__rtp rtp = { .seq = caller->far.seq++, .ts = caller->far.ts,
				       .ssrc = caller->far.ssrc,
				       .payload = packet + RD__RTP_HEADER, .size = 160 };
		int16_t samples[160];

		tone_make(samples, 160, RATE, hz, LEVEL, caller->at);
		rd_codec_find("ulaw")->encode(NULL, samples, 160, rtp.payload, 160);
		caller->at += 160;
		caller->far.ts += 160;
		rd__rtp_print(&rtp);
		far_end_send_raw(&caller->far, caller->stream, packet, sizeof(packet));
		rig_run(20);
	}
}

static void a_fax_machine_is_told_once(void **state)
{
	struct caller caller;

	(void)state;
	arrive(&caller, RD_DETECT_FAX);
	for (int i = 0; i < 3; i++) {
		sound(&caller, 1100, 500);
		sound(&caller, 0, 3000);
	}
	assert_int_equal(faxes, 1);
	leave(&caller);
}

static void other_tones_are_no_fax(void **state)
{
	static const double others[] = { 350, 440, 941, 1000, 1209, 1400, 2100 };
	struct caller caller;

	(void)state;
	arrive(&caller, RD_DETECT_FAX);
	for (size_t i = 0; i < RD_ARRAY_SIZE(others); i++) {
		sound(&caller, others[i], 1000);
		sound(&caller, 0, 500);
	}
	/* The right tone, but only for a moment. */
	sound(&caller, 1100, 100);
	sound(&caller, 0, 500);
	assert_int_equal(faxes, 0);
	leave(&caller);
}

static void nobody_is_told_what_nobody_asked_for(void **state)
{
	struct caller caller;

	(void)state;
	arrive(&caller, RD_DETECT_FAX);
	sound(&caller, 500, 500);
	assert_int_equal(voices, 0);
	leave(&caller);
}

static void a_voice_is_told_with_its_length(void **state)
{
	struct caller caller;

	(void)state;
	arrive(&caller, RD_DETECT_VOICE);
	sound(&caller, 0, 400);
	sound(&caller, 500, 600);
	assert_int_equal(voices, 1);
	assert_true(rd__detector_hears_voice(caller.detector));
	sound(&caller, 0, 400);
	assert_int_equal(silences, 1);
	assert_in_range(last_ms, 580, 620);
	sound(&caller, 500, 200);
	assert_int_equal(voices, 2);
	/* He sends nothing at all: that is silence too. */
	rig_run(300);
	assert_int_equal(silences, 2);
	assert_false(rd__detector_hears_voice(caller.detector));
	leave(&caller);
}

static int detect_on_a_stream(void *arg)
{
	struct rd_detect_options options = { .kinds = RD_DETECT_VOICE | RD_DETECT_FAX };
	struct rd_detector *detector;
	struct rd_stream *stream;
	int rc = rd_stream_new_custom(&stream, &(struct rd_stream_ops){ .read = NULL }, arg, RATE);

	if (rc)
		return rc;
	rc = rd__stream_detect(stream, &options, &detector);
	rig_run(20);
	if (!rc)
		rd__detector_free(detector);
	rd_stream_close(stream);
	rig_streams_end();
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	assert_true(oom_sweep_lenient(detect_on_a_stream, NULL) > 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_virtual_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fax_machine_is_told_once),
		TEST(other_tones_are_no_fax),
		TEST(nobody_is_told_what_nobody_asked_for),
		TEST(a_voice_is_told_with_its_length),
		TEST(memory_may_run_out),
	};

	return RUN_GROUP(tests);
}

/* Phones in a room: see mix_party.h. */
#include "tests/unit/mix_party.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <ringdown/clock.h>

#include "core/sched/clock.h"

enum { PACKET_MS = 20,
       SETTLE_MS = 400,
       PARTIES_MAX = 16 };

void party_rig_start(int threads)
{
	if (threads)
		rig_start(threads);
	else
		rig_virtual_setup(NULL);
}

void party_rig_stop(void)
{
	rig_virtual_teardown(NULL);
}

static void told(const struct rd_stream_event *event, void *arg)
{
	struct party *party = arg;

	party->talk_begins += event->type == RD_STREAM_TALK_BEGIN;
	party->talk_ends += event->type == RD_STREAM_TALK_END;
}

void party_open(struct party *party, const char *codec, double hz)
{
	memset(party, 0, sizeof(*party));
	far_end_open(&party->far);
	party->stream = rig_stream(&party->far, codec);
	rd_stream_on_event(party->stream, told, party);
	party->codec = rd_stream_config(party->stream)->formats[0].codec;
	party->hz = hz;
	party->amplitude = 8000;
	party->heard = malloc(PARTY_HEARD * sizeof(int16_t));
	assert_non_null(party->heard);
	if (party->codec->encoder_new)
		party->encoder = party->codec->encoder_new("");
	if (party->codec->decoder_new)
		party->decoder = party->codec->decoder_new("");
}

void party_close(struct party *party)
{
	if (party->stream)
		rd_stream_close(party->stream);
	rig_run(PACKET_MS);
	if (party->encoder)
		party->codec->state_free(party->encoder);
	if (party->decoder)
		party->codec->state_free(party->decoder);
	free(party->heard);
	far_end_close(&party->far);
}

void party_forget(struct party *party)
{
	party->count = 0;
	party->packets = party->seq_jumps = party->ts_jumps = party->markers = 0;
}

/* ---- speaking ---- */

/* Of its clock in a packet. */
static uint32_t units_of(const struct rd_codec *codec)
{
	int clock = rd_codec_clock(codec);

	return (uint32_t)(PACKET_MS * clock / 1000);
}

/* The same each time. */
static int16_t noise(double amplitude)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (int16_t)(amplitude * ((double)(state >> 8) / (1 << 23) - 1));
}

static int16_t sine(struct party *party)
{
	double turns = party->hz * (double)party->said++ / party->codec->rate;

	return (int16_t)(party->amplitude * sin(2 * M_PI * turns));
}

size_t party_packet(struct party *party, uint8_t *packet)
{
	int16_t samples[960];
	size_t count = (size_t)(party->codec->rate * PACKET_MS / 1000);
	struct rd__rtp rtp = { .payload_type = party->far.payload_type,
			       .seq = party->far.seq++,
			       .ts = party->far.ts,
			       .ssrc = party->far.ssrc,
			       .payload = packet + RD__RTP_HEADER };
	int n;

	for (size_t i = 0; i < count; i++)
		samples[i] = party->noise ? noise(party->amplitude) : sine(party);
	n = party->codec->encode(party->encoder, samples, count, rtp.payload,
				 RD__RTP_MAX - RD__RTP_HEADER);
	assert_true(n > 0);
	rtp.size = (size_t)n;
	party->far.ts += units_of(party->codec);
	rd__rtp_print(&rtp);
	return rtp.size + RD__RTP_HEADER;
}

static void speak(struct party *party)
{
	uint8_t packet[RD__RTP_MAX];
	size_t size = party_packet(party, packet);

	far_end_send_raw(&party->far, party->stream, packet, size);
}

/* ---- listening ---- */

static void note_numbers(struct party *party, const struct rd__rtp *rtp)
{
	uint32_t span = units_of(rd_stream_config(party->stream)->formats[0].codec);

	if (party->started && rtp->ssrc == party->ssrc) {
		party->seq_jumps += rtp->seq != (uint16_t)(party->seq + 1);
		party->ts_jumps += rtp->ts != party->ts + span;
		party->markers += rtp->marker;
	}
	party->started = true;
	party->ssrc = rtp->ssrc;
	party->seq = rtp->seq;
	party->ts = rtp->ts;
	party->packets++;
}

bool party_take(struct party *party, struct arrived *got)
{
	ssize_t n = recv(party->far.fd, got->bytes, sizeof(got->bytes), 0);

	got->size = n > 0 ? (size_t)n : 0;
	return n > 0 && rd__rtp_parse(&got->rtp, got->bytes, (size_t)n);
}

static void hear(struct party *party)
{
	struct arrived got;

	while (party_take(party, &got)) {
		int n;

		if (got.rtp.payload_type != party->far.payload_type)
			continue;
		note_numbers(party, &got.rtp);
		if (party->count + 5760 > PARTY_HEARD)
			continue;
		n = party->codec->decode(party->decoder, got.rtp.payload, got.rtp.size,
					 party->heard + party->count, 5760);
		party->count += (size_t)(n > 0 ? n : 0);
	}
}

/* On a busy machine late, but not fewer. */
static void speak_when_due(struct party *party, uint64_t since_us, int phase_ms, int *spoken)
{
	int due = ((int)(since_us / 1000) - phase_ms + PACKET_MS) / PACKET_MS;

	for (; *spoken < due; ++*spoken)
		if (!party->quiet && party->stream)
			speak(party);
}

void parties_talk(struct party *parties, size_t count, int ms)
{
	uint64_t began_us = rd_now_us(), since_us = 0;
	int spoken[PARTIES_MAX] = { 0 };

	assert_true(count <= PARTIES_MAX);
	for (; since_us < (uint64_t)ms * 1000; since_us = rd_now_us() - began_us) {
		/* Each at its own moment within the 20 ms, as phones are. */
		for (size_t i = 0; i < count; i++)
			speak_when_due(&parties[i], since_us, (int)(i * 7) % PACKET_MS, &spoken[i]);
		rig_run(1);
		for (size_t i = 0; i < count; i++)
			if (parties[i].stream)
				hear(&parties[i]);
	}
}

/* ---- measuring ---- */

double party_hears(const struct party *party, double hz, int skip_ms)
{
	size_t skip = (size_t)(party->codec->rate * skip_ms / 1000);
	double re = 0, im = 0;
	size_t n = 0;

	for (size_t i = skip; i < party->count; i++, n++) {
		double w = 2 * M_PI * hz * (double)i / party->codec->rate;

		re += party->heard[i] * cos(w);
		im += party->heard[i] * sin(w);
	}
	return n ? 2 * sqrt(re * re + im * im) / (double)n : 0;
}

int party_loudness(const struct party *party, int skip_ms)
{
	size_t skip = (size_t)(party->codec->rate * skip_ms / 1000);

	return party->count > skip ? rd__mix_level(party->heard + skip, party->count - skip) : 0;
}

void assert_hears(const struct party *party, double hz, double amplitude)
{
	double got = party_hears(party, hz, SETTLE_MS);

	if (got < amplitude / 1.122 || got > amplitude * 1.122)
		fail_msg("%.0f Hz is heard with %.0f, not %.0f", hz, got, amplitude);
}

void assert_deaf_to(const struct party *party, double hz)
{
	double got = party_hears(party, hz, SETTLE_MS);

	assert_true(party->count > 0);
	if (got > 40)
		fail_msg("%.0f Hz is heard with %.0f", hz, got);
}

void assert_no_jump(const struct party *party)
{
	if (party->seq_jumps || party->ts_jumps || party->markers)
		fail_msg("%d jumps of sequence, %d of time, %d markers in %d packets",
			 party->seq_jumps, party->ts_jumps, party->markers, party->packets);
}

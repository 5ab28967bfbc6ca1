/* Phones in a room, for tests: each says a tone of its own every 20 ms, and
 * what it hears is measured: which tones, how loud, and whether its packets
 * go on without a jump. On the virtual clock, engine without threads. */
#ifndef TESTS_UNIT_MIX_PARTY_H
#define TESTS_UNIT_MIX_PARTY_H

#include "tests/unit/media_rig.h"

#include "core/media/mixer.h"

enum { PARTY_HEARD = 8 * 48000 };

struct party {
	struct far_end far;
	struct rd_stream *stream;
	const struct rd_codec *codec;
	void *encoder, *decoder;
	double hz, amplitude; /* hz 0: silence; amplitude 0: 8000 */
	bool noise; /* says noise of that amplitude instead */
	bool quiet; /* sends nothing at all */
	uint64_t said; /* samples */
	/* what it heard since party_forget() */
	int16_t *heard;
	size_t count;
	int packets, seq_jumps, ts_jumps, markers;
	bool started;
	uint16_t seq;
	uint32_t ts, ssrc;
	int talk_begins, talk_ends; /* told by the engine */
};

/* On the virtual clock, without threads; or the real one with so many. */
void party_rig_start(int threads);
void party_rig_stop(void);

void party_open(struct party *party, const char *codec, double hz);
void party_close(struct party *party);
/* All speak and listen for so long. */
void parties_talk(struct party *parties, size_t count, int ms);
/* The next one of its packets, not sent yet: up to RD__RTP_MAX bytes. Returns its size. */
size_t party_packet(struct party *party, uint8_t *packet);
void party_forget(struct party *party);
/* A packet that has come already; not measured. */
bool party_take(struct party *party, struct arrived *got);

/* The mean of the absolute values of what it heard, after the first skip_ms. */
int party_loudness(const struct party *party, int skip_ms);
/* The amplitude of a tone in what it heard, after the first skip_ms. */
double party_hears(const struct party *party, double hz, int skip_ms);
/* At about the level at which it is said (within a decibel), or not at all. */
void assert_hears(const struct party *party, double hz, double amplitude);
void assert_deaf_to(const struct party *party, double hz);
void assert_no_jump(const struct party *party);

#endif

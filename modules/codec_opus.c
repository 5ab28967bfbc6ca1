/* Opus (RFC 6716, 7587), on libopus. We code one channel; two that come are mixed to
 * one. Between two phones that speak Opus packets pass as they are, in stereo if both
 * like that. Its RTP clock is 48000 whatever the sound's rate. */
#include <stdlib.h>
#include <string.h>

#include <opus.h>

#include <ringdown/module.h>
#include <ringdown/str.h>

#include "modules/opus_settings.h"

enum {
	RATE = 48000,
	BIT_RATE_MIN = 10000,
	/* What the far end loses, in percent: less is none, more means that we send
	 * too much. Between them the redundancy follows. */
	LOSS_LOW = 2,
	LOSS_HIGH = 10,
	DTX_BYTES = 2, /* so short a packet need not be sent */
	NARROW_BITS = 16000, /* a second of speech at 8 kHz, for which little effort does */
	LITTLE_EFFORT = 1,
	REDUNDANT_EFFORT = 2, /* with less the library adds no redundancy */
	SOME_EFFORT = 5,
	SMALLEST_MS = 20,
	AHEAD_US = 6500, /* what both coders look at of what comes next */
	/* With these both modes can be had, whatever the library thinks of the sound. */
	EITHER_BITS = 32000,
};

/* One direction; memory holds the library's state, of a size that does not depend on
 * the rate, so that it can be begun anew on a media thread. */
struct opus {
	bool encodes;
	bool anew; /* the next packet is to do without what the decoder may not have */
	bool unlike; /* what it resembled was of another band: its decoder begins anew */
	int rate;
	struct opus_settings settings;
	/* What the far end asked for; 0: nothing. */
	int max_rate, max_bit_rate;
	bool fec, dtx, constant;
	int bit_rate, loss;
	max_align_t memory[];
};

static OpusEncoder *encoder_of(struct opus *opus)
{
	return (OpusEncoder *)opus->memory;
}

static OpusDecoder *decoder_of(struct opus *opus)
{
	return (OpusDecoder *)opus->memory;
}

/* ---- parameters ---- */

/* Of "a=1; b=2", 0 when it is not there or no number. */
static int parameter(const char *fmtp, const char *name)
{
	struct rd_str rest = rd_str_of(fmtp), part, key;

	while (rest.n) {
		rd_str_cut(&rest, ';', &part);
		part = rd_str_trim(part);
		rd_str_cut(&part, '=', &key);
		if (rd_str_ieq(rd_str_trim(key), rd_str_of(name)) && part.n)
			return atoi(part.p);
	}
	return 0;
}

static void read_parameters(struct opus *opus, const char *fmtp)
{
	opus->max_rate = parameter(fmtp, "maxplaybackrate");
	opus->max_bit_rate = parameter(fmtp, "maxaveragebitrate");
	opus->fec = opus->settings.fec && parameter(fmtp, "useinbandfec") == 1;
	opus->dtx = parameter(fmtp, "usedtx") == 1;
	opus->constant = opus->settings.constant || parameter(fmtp, "cbr") == 1;
}

static unsigned stereo_of(const char *fmtp)
{
	return (parameter(fmtp, "stereo") == 1 ? RD_STEREO_HEARD : 0) |
	       (parameter(fmtp, "sprop-stereo") == 1 ? RD_STEREO_SAID : 0);
}

/* ---- the encoder's settings ---- */

/* Of speech in one channel, as RFC 7587 §3.1.1 advises, but for 8 kHz. */
static int usual_bit_rate(int rate)
{
	return rate <= 8000 ? NARROW_BITS : rate <= 16000 ? 20000 : 32000;
}

/* In percent, as the encoder is told. */
static int expected_loss(const struct opus *opus)
{
	return RD_MAX(opus->loss, opus->settings.loss);
}

/* At 8 kHz two kilobits more make up for the effort (in distance and noise of each
 * band), at half the time; where bits are few, effort makes up for them. */
static int complexity(const struct opus *opus)
{
	if (opus->settings.complexity != OPUS_COMPLEXITY_AUTO)
		return opus->settings.complexity;
	if (opus->rate > 8000 || opus->bit_rate < NARROW_BITS)
		return SOME_EFFORT;
	return opus->fec && expected_loss(opus) ? REDUNDANT_EFFORT : LITTLE_EFFORT;
}

static int most_bits(const struct opus *opus)
{
	int most = usual_bit_rate(opus->rate);

	/* Redundancy comes on top. */
	if (opus->fec)
		most += most / 4;
	if (opus->settings.bit_rate)
		most = opus->settings.bit_rate;
	if (opus->max_bit_rate >= OPUS_ASKED_MIN && opus->max_bit_rate <= OPUS_ASKED_MAX)
		most = RD_MIN(most, opus->max_bit_rate);
	return most;
}

static int widest(int rate)
{
	if (rate <= 8000)
		return OPUS_BANDWIDTH_NARROWBAND;
	if (rate <= 12000)
		return OPUS_BANDWIDTH_MEDIUMBAND;
	if (rate <= 16000)
		return OPUS_BANDWIDTH_WIDEBAND;
	return rate <= 24000 ? OPUS_BANDWIDTH_SUPERWIDEBAND : OPUS_BANDWIDTH_FULLBAND;
}

/* The widest that it may be. */
static int own_bandwidth(const struct opus *opus)
{
	int rate = opus->max_rate ? RD_MIN(opus->max_rate, opus->rate) : opus->rate;

	return RD_MIN(widest(rate), opus->settings.bandwidth);
}

static void apply(struct opus *opus)
{
	OpusEncoder *encoder = encoder_of(opus);

	opus_encoder_ctl(encoder, OPUS_SET_BITRATE(opus->bit_rate));
	opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(complexity(opus)));
	/* The encoder adds redundancy only when it is told of losses. */
	opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(opus->fec));
	opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(expected_loss(opus)));
}

static int begin_encoder(struct opus *opus)
{
	OpusEncoder *encoder = encoder_of(opus);
	const struct opus_settings *settings = &opus->settings;

	if (opus_encoder_init(encoder, opus->rate, 1, settings->application) != OPUS_OK)
		return -EINVAL;
	opus_encoder_ctl(encoder, OPUS_SET_MAX_BANDWIDTH(own_bandwidth(opus)));
	opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(settings->signal));
	opus_encoder_ctl(encoder, OPUS_SET_DTX(opus->dtx));
	opus_encoder_ctl(encoder, OPUS_SET_VBR(!opus->constant));
	opus->bit_rate = most_bits(opus);
	apply(opus);
	return 0;
}

static void adapt(void *state, int loss)
{
	struct opus *opus = state;
	int most = most_bits(opus);

	if (loss > LOSS_HIGH)
		opus->bit_rate -= opus->bit_rate * RD_MIN(loss, 50) / 200;
	else if (loss < LOSS_LOW)
		opus->bit_rate += opus->bit_rate / 12;
	opus->bit_rate = RD_MIN(RD_MAX(opus->bit_rate, BIT_RATE_MIN), most);
	/* Falls slower than it rises: what lost once loses again. */
	opus->loss = RD_MAX(RD_MIN(loss, 30), opus->loss * 3 / 4);
	apply(opus);
}

/* ---- like another one's packets ---- */

/* Of two ways to code (RFC 6716 §3.1) a decoder keeps what the other does not know. */
static bool is_celt(const uint8_t *packet)
{
	return packet[0] & 0x80;
}

/* In bands up to 4, 6 and 8 kHz the speech coder works at rates of its own, and forgets
 * what it knew when it changes them. */
static int speech_band(int bandwidth)
{
	return RD_MIN(bandwidth, OPUS_BANDWIDTH_WIDEBAND);
}

static void resemble(void *state, const uint8_t *packet, size_t size)
{
	struct opus *opus = state;
	OpusEncoder *encoder = encoder_of(opus);
	bool now = packet && size;

	opus_encoder_ctl(encoder,
			 OPUS_SET_BANDWIDTH(now ? opus_packet_get_bandwidth(packet) : OPUS_AUTO));
	opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(!now              ? opus->settings.signal
						  : is_celt(packet) ? OPUS_SIGNAL_MUSIC
								    : OPUS_SIGNAL_VOICE));
	apply(opus);
	if (now)
		opus_encoder_ctl(encoder, OPUS_SET_BITRATE(EITHER_BITS));
	opus->anew = !now;
	if (!now && opus->unlike)
		opus_encoder_ctl(encoder, OPUS_RESET_STATE);
	opus->unlike = now && speech_band(opus_packet_get_bandwidth(packet)) !=
				      speech_band(own_bandwidth(opus));
	opus_encoder_ctl(encoder, OPUS_SET_PREDICTION_DISABLED(opus->anew));
}

/* ---- states ---- */

static int set_rate(void *state, int rate)
{
	struct opus *opus = state;

	opus->rate = rate;
	if (opus->encodes)
		return begin_encoder(opus);
	return opus_decoder_init(decoder_of(opus), rate, 1) == OPUS_OK ? 0 : -EINVAL;
}

static void *state_new(bool encodes, const char *fmtp)
{
	int size = encodes ? opus_encoder_get_size(1) : opus_decoder_get_size(1);
	struct opus *opus = rd_zalloc(sizeof(*opus) + (size_t)size);

	if (!opus)
		return NULL;
	opus->encodes = encodes;
	opus->settings = opus_settings();
	read_parameters(opus, fmtp);
	if (set_rate(opus, RATE) == 0)
		return opus;
	rd_free(opus);
	return NULL;
}

static void *encoder_new(const char *fmtp)
{
	return state_new(true, fmtp);
}

static void *decoder_new(const char *fmtp)
{
	return state_new(false, fmtp);
}

/* ---- packets ---- */

static int encode(void *state, const int16_t *samples, size_t count, uint8_t *out, size_t max)
{
	struct opus *opus = state;
	int n = opus_encode(encoder_of(opus), samples, (int)count, out, (opus_int32)max);

	if (opus->anew)
		opus_encoder_ctl(encoder_of(opus), OPUS_SET_PREDICTION_DISABLED(0));
	opus->anew = false;
	if (n < 0)
		return -EINVAL;
	return n <= DTX_BYTES ? 0 : n;
}

static int decode(void *state, const uint8_t *data, size_t size, int16_t *out, size_t max)
{
	int n = opus_decode(decoder_of(state), data, (opus_int32)size, out, (int)max, 0);

	return n < 0 ? -EINVAL : n;
}

/* The next packet may carry this one a second time, with fewer bits. */
static int recover(void *state, const uint8_t *next, size_t size, int16_t *out, size_t max)
{
	int n = opus_decode(decoder_of(state), next, (opus_int32)size, out, (int)max, 1);

	return n < 0 ? 0 : n;
}

static const int rates[] = { 8000, 12000, 16000, 24000, 48000, 0 };

static const struct rd_codec codecs[] = {
	{ .name = "opus",
	  .rtp_name = "opus",
	  .synopsis = "Opus, up to 48 kHz",
	  .rate = RATE,
	  .rtp_rate = RATE,
	  .channels = 2,
	  .payload = -1,
	  .ptime_ms = 20,
	  .frame_ms = SMALLEST_MS,
	  .bitrate = 32000,
	  .fmtp = opus_settings_fmtp,
	  .fmtp_for = opus_settings_fmtp_for,
	  .stereo = stereo_of,
	  .encoder_new = encoder_new,
	  .decoder_new = decoder_new,
	  .state_free = rd_free,
	  .encode = encode,
	  .decode = decode,
	  .conceals = true,
	  .rates = rates,
	  .set_rate = set_rate,
	  .recover = recover,
	  .adapt = adapt,
	  .resemble = resemble,
	  .ahead_us = AHEAD_US },
	{ 0 },
};

RD_MODULE(.name = "codec_opus", .synopsis = "Opus: 8 to 48 kHz", .codecs = codecs,
	  .config = &opus_settings_config, .unload = opus_settings_forget);

/* Ringdown SDK: codecs. A codec's functions run on media threads: no locks,
 * no I/O, no allocation but in new. */
#ifndef RINGDOWN_CODEC_H
#define RINGDOWN_CODEC_H

#include <ringdown/base.h>

/* An image is a fax by T.38: datagrams, which are no RTP. */
enum rd_media_kind { RD_MEDIA_AUDIO, RD_MEDIA_VIDEO, RD_MEDIA_TEXT, RD_MEDIA_IMAGE };

enum rd_stereo {
	RD_STEREO_HEARD = 1, /* two channels are heard */
	RD_STEREO_SAID = 2,  /* and may be sent */
};

/* Whoever a far end talks to through us, as far as that one has told: 0 where it has
 * not. */
struct rd_beyond {
	int rate;	 /* it hears nothing of more samples a second; 0: hears all */
	unsigned stereo; /* enum rd_stereo */
	int ptime_ms, packet_ms_max; /* of a packet: what it asks for, and the most */
};

/**
 * @name       Asterisk's and the user's: "ulaw"
 * @rtp_name   that of RFC 3551: "PCMU"
 * @rate       samples per second of the sound; without these two it is not registered
 * @rtp_rate   of the RTP clock, where it differs (G.722: 8000)
 * @payload    static RTP payload type, -1 for a dynamic one
 * @ptime_ms   usual packet length
 * @frame_ms   shortest unit that it codes
 * @impairment what it takes from the quality by itself: Ie of ITU-T G.113, 0
 *             for none (G.711)
 * @robustness how well its concealment stands packet loss: Bpl of G.113, in
 *             tenths; 0: not known
 * @encoder_new, decoder_new  state for one direction (fmtp may be ""), NULL
 *             when the codec needs none
 * @encode     samples to bytes, returns bytes or negative
 * @decode     bytes to samples (of .rate), returns samples or negative; when it
 *             conceals, with data NULL: make up a lost packet of max samples
 * @conceals   it does that; else the engine does (core/media/plc.h)
 * @kind       of the lines that it is for
 * @rates      for codecs that can work with sound of several rates: all of them,
 *             the lowest first, 0 behind the last; .rate is one of them
 * @set_rate   the state's samples have this one from now on (at first .rate); it
 *             may forget what it knew. On media threads, too. 0 or negative
 * @recover    from the packet after a lost one, before that is decoded: the lost
 *             one's max samples. Returns samples, 0 when it does not carry them
 * @adapt      the far end loses so many percent of what we encode
 * @fits       can what is sent with one set of parameters be read with the other?
 *             NULL: always. On media threads, too
 * @fmtp_for   .fmtp for a far end that talks to this one. NULL: it makes no difference.
 *             A text that changes as .fmtp does
 * @stereo     what a far end's parameters say of two channels, bits of enum rd_stereo;
 *             NULL: nothing
 * @resemble   this packet goes to our far end behind what is encoded next: encode so that its
 *             decoder is then where the packet's encoder was. NULL: as ever again. On media
 *             threads
 * @ahead_us   what has been encoded is so much ahead of what a decoder of it has given; of
 *             codecs that conceal, 0: no matter
 *
 * Without encode and decode the codec is passed through only.
 */
struct rd_codec {
	const char *name, *rtp_name, *synopsis;
	int rate, rtp_rate, channels;
	int payload;
	int ptime_ms, frame_ms;
	int bitrate; /* bit/s, typical */
	int impairment, robustness;
	enum rd_media_kind kind;
	const char *fmtp; /* what we offer, NULL for none */
	void *(*encoder_new)(const char *fmtp);
	void *(*decoder_new)(const char *fmtp);
	void (*state_free)(void *state);
	int (*encode)(void *state, const int16_t *samples, size_t count, uint8_t *out,
		      size_t max);
	int (*decode)(void *state, const uint8_t *data, size_t size, int16_t *out,
		      size_t max);
	bool conceals;
	const int *rates;
	int (*set_rate)(void *state, int rate);
	int (*recover)(void *decoder, const uint8_t *next, size_t size, int16_t *out,
		       size_t max);
	void (*adapt)(void *encoder, int loss_percent);
	bool (*fits)(const char *fmtp, const char *other);
	const char *(*fmtp_for)(const struct rd_beyond *beyond);
	unsigned (*stereo)(const char *fmtp);
	void (*resemble)(void *encoder, const uint8_t *packet, size_t size);
	int ahead_us;
};

/* The clock of its packets, in Hz. */
static inline int rd_codec_clock(const struct rd_codec *codec)
{
	return codec->rtp_rate ? codec->rtp_rate : codec->rate;
}

enum { RD_RATES = 7, RD_MIX_RATES = 5 };

RD_API_BEGIN

/* Of all sound in the house, in Hz, the lowest first. */
extern const int rd_rates[RD_RATES];
/* Those of them that a room can have. */
extern const int rd_mix_rates[RD_MIX_RATES];
/* The only format of a line of RD_MEDIA_IMAGE: of no module, so that whoever opened the
 * line may go first. */
extern const struct rd_codec rd_codec_t38;

/* Borrowed until its module goes, as of all of these; NULL: there is none. */
const struct rd_codec *rd_codec_find(const char *name);
/* By RTP name, clock and channels, as in an rtpmap. */
const struct rd_codec *rd_codec_by_rtp(const char *rtp_name, int rtp_rate, int channels);
const struct rd_codec *rd_codec_by_payload(int payload); /* static types only */
/* "ulaw,alaw,!g729" and "all" into an array of at most max; returns the count
 * or -ENOENT with *bad (may be NULL) set to the unknown name. */
int rd_codec_list(const char *text, const struct rd_codec **out, int max,
		  const char **bad);

RD_API_END

#endif

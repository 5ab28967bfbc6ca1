/* Encoders, and the sound that they are told of. */
#include "core/media/encoder.h"
#include "core/media/decoder.h"
#include "core/media/work.h"

enum {
	/* One that copes with lost packets is soon in step, and costs the most. */
	HARDY_PACKETS = 2,
	AHEAD_MS = 20, /* that are made up */
};

static int packets_of(const struct rd_codec *codec)
{
	return codec->conceals ? HARDY_PACKETS : RD__RECENT_PACKETS;
}

/* packet NULL: as ever. */
static void resemble(struct rd__setup *setup, const uint8_t *packet, size_t size)
{
	const struct rd_codec *codec = rd__sent_codec(setup);

	if (!codec->resemble || (!packet && !setup->resembles))
		return;
	setup->resembles = packet;
	rd__work_enter((const void *)codec->resemble);
	codec->resemble(setup->encoder, packet, size);
	rd__work_leave((const void *)codec->resemble);
}

static void tell(struct rd__setup *setup, int back, const int16_t *samples, int count,
		 uint8_t *out, size_t max)
{
	size_t size;
	const uint8_t *packet = rd__recent_packet(setup->said, back, &size);

	resemble(setup, packet, size);
	rd__codec_encode(rd__sent_codec(setup), setup->encoder, samples, (size_t)count, out, max);
}

/* An encoder that stands where the far end's decoder does is ahead of what that has given:
 * what it has to be told of that is made up, behind these samples. 0: there is no room. */
static size_t make_up_ahead(struct rd__setup *setup, int16_t *samples, size_t count)
{
	const struct rd_codec *codec = rd__sent_codec(setup);
	size_t ahead = (size_t)((int64_t)setup->rate_out * codec->ahead_us / 1000000);
	size_t more = (size_t)(setup->rate_out * AHEAD_MS / 1000);

	if (ahead > more || count + more > RD__FRAME_MAX ||
	    rd__codec_decode(codec, setup->decoder[0], NULL, 0, samples + count, more) !=
		    (int)more)
		return 0;
	return ahead;
}

/* By the decoder that there is for what the far end says, which is told again of that. */
static void catch_up(struct rd__setup *setup, uint8_t *out, size_t max, int16_t *scratch)
{
	const struct rd_codec *codec = rd__sent_codec(setup);
	struct rd__recent *said = setup->said;
	int unheard = RD_MIN((int)said->unknown, packets_of(codec));
	int sizes[RD__RECENT_PACKETS + 1] = { 0 };
	size_t count = 0;

	if (setup->rate_in[0] != setup->rate_out)
		return;
	for (int back = said->kept; back > 0; back--) {
		int n = rd__recent_decode(said, back, codec, setup->decoder[0], scratch + count,
					  RD__FRAME_MAX - count);

		if (n <= 0 || back > unheard)
			continue;
		if (!codec->ahead_us) {
			tell(setup, back, scratch, n, out, max);
			continue;
		}
		sizes[back] = n;
		count += (size_t)n;
	}
	if (count)
		scratch += make_up_ahead(setup, scratch, count);
	for (int back = unheard; back > 0; scratch += sizes[back--])
		if (sizes[back])
			tell(setup, back, scratch, sizes[back], out, max);
	rd__recent_unknown(setup->recent[0]);
}

int rd__setup_encode(struct rd__setup *setup, const int16_t *samples, size_t count, uint8_t *out,
		     size_t max, int16_t *scratch)
{
	struct rd__recent *said = setup->said;
	int n;

	if (said && said->unknown)
		catch_up(setup, out, max, scratch);
	resemble(setup, setup->like, setup->like_size);
	n = rd__codec_encode(rd__sent_codec(setup), setup->encoder, samples, count, out, max);
	if (said && n > 0)
		rd__recent_keep(said, out, (size_t)n);
	if (said)
		said->unknown = 0;
	return n;
}

void rd__setup_sent(struct rd__setup *setup, const struct rd_codec *codec, const uint8_t *data,
		    size_t size)
{
	/* Of most codecs nothing is kept: what every packet needs tells that. */
	if (setup->encoder && setup->said && codec == rd__sent_codec(setup))
		rd__recent_keep(setup->said, data, size);
}

int rd__setup_lead(const struct rd__setup *setup)
{
	return setup->said && setup->said->kept ? packets_of(rd__sent_codec(setup)) : 0;
}

uint8_t rd__setup_relay_lead(const struct rd__setup *setup)
{
	const struct rd_codec *codec = rd__sent_codec(setup);

	return setup->said && (!codec->conceals || codec->resemble) ? (uint8_t)rd__setup_lead(setup)
								    : 0;
}

void rd__setup_resemble(struct rd__setup *setup, const uint8_t *packet, size_t size)
{
	setup->like = packet;
	setup->like_size = size;
}

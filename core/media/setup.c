/* Setups: what offer and answer agreed on, made ready for a media thread:
 * payload types looked up, codecs' states made. And the tables by which one
 * codec's bytes become another's. */
#include <string.h>

#include <openssl/crypto.h>

#include "core/base/slab.h"
#include "core/media/decoder.h"
#include "core/media/registry.h"
#include "core/media/rtp_config.h"
#include "core/media/setup.h"

/* ---- setups ---- */

void rd__setup_free(struct rd__setup *setup)
{
	if (!setup)
		return;
	for (int i = 0; i < setup->config.format_count; i++) {
		const struct rd_codec *codec = setup->config.formats[i].codec;

		if (setup->decoder[i])
			codec->state_free(setup->decoder[i]);
		rd__recent_free(setup->recent[i]);
		if (i == 0 && setup->encoder)
			codec->state_free(setup->encoder);
		if (i == 0)
			rd__recent_free(setup->said);
		rd__codec_use(codec, -1);
	}
	OPENSSL_cleanse(&setup->config.security, sizeof(setup->config.security));
	rd__slab_free(setup, RD__SLAB_STREAMS);
}

/* Is it another one now? */
static bool set_rate(const struct rd_codec *codec, void *state, int rate, int *now)
{
	rate = rd__codec_rate_near(codec, rate ? rate : codec->rate);
	if (!state || !codec->set_rate || rate == *now || codec->set_rate(state, rate) < 0)
		return false;
	*now = rate;
	return true;
}

void rd__setup_tune_in(struct rd__setup *setup, int rate)
{
	for (int i = 0; i < setup->config.format_count; i++)
		if (set_rate(setup->config.formats[i].codec, setup->decoder[i], rate,
			     &setup->rate_in[i]))
			rd__recent_unknown(setup->recent[i]);
}

void rd__setup_tune_out(struct rd__setup *setup, int rate)
{
	const struct rd_stream_format *format = rd__sent_format(setup);

	if (format && set_rate(format->codec, setup->encoder, rate, &setup->rate_out))
		rd__recent_unknown(setup->said);
}

static int make_states(struct rd__setup *setup, int i)
{
	const struct rd_stream_format *format = &setup->config.formats[i];

	setup->rate_in[i] = format->codec->rate;
	if (i == 0)
		setup->rate_out = format->codec->rate;
	if (format->codec->decoder_new) {
		setup->decoder[i] = format->codec->decoder_new(format->fmtp);
		setup->recent[i] = rd__recent_new();
		if (!setup->decoder[i] || !setup->recent[i])
			return -ENOMEM;
	}
	if (i > 0 || !format->codec->encoder_new)
		return 0;
	setup->encoder = format->codec->encoder_new(format->fmtp);
	if (setup->decoder[i])
		setup->said = rd__recent_new();
	return setup->encoder && (setup->said || !setup->decoder[i]) ? 0 : -ENOMEM;
}

static void map_payloads(struct rd__setup *setup)
{
	for (int i = 0; i < setup->config.format_count; i++)
		setup->payloads[i] = setup->config.formats[i].payload & 0x7f;
}

static uint32_t last_serial;

int rd__setup_new(struct rd__setup **sp, const struct rd_stream_config *config)
{
	const struct rd__rtp_settings *settings = rd__rtp_settings();
	struct rd__setup *setup = rd__slab_zalloc(sizeof(*setup), RD__SLAB_STREAMS);
	int count = config->format_count, rc = 0;

	rd_assert(count >= 0 && count <= RD_STREAM_FORMATS);
	if (!setup)
		return -ENOMEM;
	setup->config = *config;
	setup->serial = ++last_serial;
	setup->secure = config->security.by != RD_SECURITY_NONE;
	setup->rtcp_interval_ms = settings->rtcp_interval_ms;
	setup->learn_packets = settings->learn_packets;
	setup->strict = settings->strict;
	map_payloads(setup);
	setup->config.format_count = 0;
	for (int i = 0; i < count && !rc; i++) {
		rd__codec_use(config->formats[i].codec, 1);
		setup->config.format_count = i + 1;
		rc = make_states(setup, i);
	}
	if (rc) {
		rd__setup_free(setup);
		return rc;
	}
	*sp = setup;
	return 0;
}

/* ---- from one to the next ---- */

static void swap(void *one, void *other, size_t size)
{
	char kept[sizeof(void *)];

	rd_assert(size <= sizeof(kept));
	memcpy(kept, one, size);
	memcpy(one, other, size);
	memcpy(other, kept, size);
}

#define SWAP(one, other) swap(&(one), &(other), sizeof(one))

static bool same(const struct rd_stream_format *one, const struct rd_stream_format *other)
{
	return one->codec == other->codec && strcmp(one->fmtp, other->fmtp) == 0;
}

static void decoder_goes_on(struct rd__setup *setup, int i, struct rd__setup *before)
{
	const struct rd_stream_format *format = &setup->config.formats[i];

	for (int j = 0; j < before->config.format_count; j++) {
		if (!same(format, &before->config.formats[j]))
			continue;
		SWAP(setup->decoder[i], before->decoder[j]);
		SWAP(setup->recent[i], before->recent[j]);
		SWAP(setup->rate_in[i], before->rate_in[j]);
		return;
	}
}

void rd__setup_go_on(struct rd__setup *setup, struct rd__setup *before)
{
	const struct rd_stream_format *sent = rd__sent_format(setup);

	if (!before)
		return;
	for (int i = 0; i < setup->config.format_count; i++)
		decoder_goes_on(setup, i, before);
	if (!sent || !rd__sent_format(before) || !same(sent, rd__sent_format(before)))
		return;
	SWAP(setup->encoder, before->encoder);
	SWAP(setup->said, before->said);
	SWAP(setup->rate_out, before->rate_out);
}

/* ---- tables ---- */

enum { TABLES_MAX = 12 };

static struct rd__law_table *tables[TABLES_MAX];
static int table_count;

/* One byte for each sample, and no memory of the last one. */
static bool is_law(const struct rd_codec *codec)
{
	return !codec->encoder_new && !codec->decoder_new && codec->encode && codec->decode &&
	       codec->bitrate == codec->rate * 8;
}

static struct rd__law_table *make_table(const struct rd_codec *from, const struct rd_codec *to)
{
	struct rd__law_table *table = rd_malloc(sizeof(*table));

	if (!table)
		return NULL;
	table->from = from;
	table->to = to;
	for (int i = 0; i < 256; i++) {
		uint8_t byte = (uint8_t)i;
		int16_t sample = 0;

		from->decode(NULL, &byte, 1, &sample, 1);
		to->encode(NULL, &sample, 1, &table->map[i], 1);
	}
	return table;
}

const struct rd__law_table *rd__law_table(const struct rd_codec *from,
					  const struct rd_codec *to)
{
	if (!from || !to || from == to || from->rate != to->rate || !is_law(from) ||
	    !is_law(to))
		return NULL;
	for (int i = 0; i < table_count; i++)
		if (tables[i]->from == from && tables[i]->to == to)
			return tables[i];
	if (table_count == TABLES_MAX)
		return NULL;
	tables[table_count] = make_table(from, to);
	return tables[table_count] ? tables[table_count++] : NULL;
}

void rd__law_tables_forget(const struct rd_codec *codec)
{
	int kept = 0;

	for (int i = 0; i < table_count; i++) {
		if (!codec || tables[i]->from == codec || tables[i]->to == codec)
			rd_free(tables[i]);
		else
			tables[kept++] = tables[i];
	}
	table_count = kept;
}

/* SRTP: which number a packet has, whether it was seen before, and where its
 * parts lie. Keys are derived once: no re-derivation, as in all suites that
 * are negotiated. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "core/base/slab.h"
#include "core/media/rtp.h"
#include "core/media/srtp.h"
#include "core/media/srtp_cipher.h"
#include "core/media/wire.h"

enum {
	LABEL_RTP = 0, /* key, authentication key, salt */
	LABEL_RTCP = 3,
	RTCP_CLEAR = 8,
	INDEX_SIZE = 4,
};

static const uint32_t ENCRYPTED = 0x80000000u; /* E, in front of SRTCP's index */

/* What was sent or heard of an SSRC. */
struct source {
	bool known;
	bool expected; /* of the former key: may go on behind .highest */
	uint32_t ssrc, used; /* used: when, in packets */
	uint64_t highest; /* index */
	uint64_t seen[2]; /* bit i: highest - i */
};

/* RTP or RTCP. */
struct channel {
	struct rd__srtp_cipher cipher;
	uint32_t packets;
	struct source sources[RD__SRTP_SOURCES];
};

struct rd__srtp {
	struct channel rtp, rtcp;
};

_Static_assert(offsetof(struct rd__srtp, rtp.sources[1]) <= RD__SRTP_HOT, "as srtp.h says");

/* ---- keys ---- */

static int keystream(const struct rd_srtp_key *key, const uint8_t iv[16], uint8_t *out,
		     size_t n)
{
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	bool long_key = rd__srtp_suite(key->suite)->key == 32;
	int written, ok;

	memset(out, 0, n);
	ok = aes &&
	     EVP_EncryptInit_ex2(aes, long_key ? EVP_aes_256_ctr() : EVP_aes_128_ctr(),
				 key->master, iv, NULL) == 1 &&
	     EVP_EncryptUpdate(aes, out, &written, out, (int)n) == 1;
	EVP_CIPHER_CTX_free(aes);
	return ok ? 0 : -ENOMEM;
}

int rd__srtp_derive(const struct rd_srtp_key *key, uint8_t label, uint8_t *out, size_t n)
{
	const struct rd__srtp_suite *suite = rd__srtp_suite(key->suite);
	uint8_t iv[16] = { 0 };

	/* A salt of 96 bits has zeros behind it (RFC 7714 §11). */
	memcpy(iv, key->master + suite->key, suite->salt);
	iv[7] ^= label;
	return keystream(key, iv, out, n);
}

static int init_channel(struct channel *channel, const struct rd_srtp_key *key, uint8_t label,
			bool sending)
{
	const struct rd__srtp_suite *suite = rd__srtp_suite(key->suite);
	struct rd__srtp_keys keys = { 0 };
	int rc = rd__srtp_derive(key, label, keys.key, suite->key);

	if (!rc)
		rc = rd__srtp_derive(key, label + 1, keys.auth, sizeof(keys.auth));
	if (!rc)
		rc = rd__srtp_derive(key, label + 2, keys.salt, suite->salt);
	rd__srtp_cipher_init(&channel->cipher, suite, &keys, label == LABEL_RTCP, sending);
	OPENSSL_cleanse(&keys, sizeof(keys));
	return rc;
}

int rd__srtp_new(struct rd__srtp **sp, const struct rd_srtp_key *key, bool sending)
{
	struct rd__srtp *srtp = rd__slab_zalloc(sizeof(*srtp), RD__SLAB_OTHER);
	int rc;

	rd_assert(key->suite != RD_SRTP_NONE);
	if (!srtp)
		return -ENOMEM;
	rc = init_channel(&srtp->rtp, key, LABEL_RTP, sending);
	if (!rc)
		rc = init_channel(&srtp->rtcp, key, LABEL_RTCP, sending);
	if (rc)
		rd__srtp_free(srtp);
	else
		*sp = srtp;
	return rc;
}

void rd__srtp_free(struct rd__srtp *srtp)
{
	if (!srtp)
		return;
	rd__srtp_cipher_fini(&srtp->rtp.cipher);
	rd__srtp_cipher_fini(&srtp->rtcp.cipher);
	rd__slab_free(srtp, RD__SLAB_OTHER);
}

/* ---- sources ---- */

static struct source *find_source(struct channel *channel, uint32_t ssrc)
{
	for (int i = 0; i < RD__SRTP_SOURCES; i++)
		if (channel->sources[i].known && channel->sources[i].ssrc == ssrc)
			return &channel->sources[i];
	return NULL;
}

static const struct source *find_expected(const struct channel *channel, uint32_t ssrc)
{
	for (int i = 0; i < RD__SRTP_SOURCES; i++)
		if (channel->sources[i].expected && channel->sources[i].ssrc == ssrc)
			return &channel->sources[i];
	return NULL;
}

/* What was expected of it, a free place, or the one that was not used for longest. */
static struct source *place_for(struct channel *channel, uint32_t ssrc)
{
	struct source *place = &channel->sources[0];

	for (int i = 0; i < RD__SRTP_SOURCES; i++) {
		struct source *source = &channel->sources[i];

		if (source->expected ? source->ssrc == ssrc : !source->known)
			return source;
		if (channel->packets - source->used > channel->packets - place->used)
			place = source;
	}
	return place;
}

/* Forgetting what we sent would use its keystream again. */
static bool can_add(const struct channel *channel)
{
	return !channel->cipher.sealing || !channel->sources[RD__SRTP_SOURCES - 1].known;
}

static bool was_seen(const struct source *source, uint64_t index)
{
	uint64_t back;

	if (!source || index > source->highest)
		return false;
	back = source->highest - index;
	return back >= RD__SRTP_WINDOW || source->seen[back / 64] & UINT64_C(1) << back % 64;
}

static void shift_window(struct source *source, uint64_t by)
{
	uint64_t *seen = source->seen;

	if (by >= 128) {
		seen[0] = seen[1] = 0;
	} else if (by >= 64) {
		seen[1] = seen[0] << (by - 64);
		seen[0] = 0;
	} else {
		seen[1] = seen[1] << by | seen[0] >> (64 - by);
		seen[0] <<= by;
	}
}

/* It is genuine: from now on it counts as seen. */
static void note(struct channel *channel, struct source *source, uint32_t ssrc, uint64_t index)
{
	uint64_t back;

	if (!source) {
		source = place_for(channel, ssrc);
		*source = (struct source){ .known = true, .ssrc = ssrc, .highest = index };
	}
	source->used = ++channel->packets;
	if (index > source->highest) {
		shift_window(source, index - source->highest);
		source->highest = index;
	}
	back = source->highest - index;
	source->seen[back / 64] |= UINT64_C(1) << back % 64;
}

/* ---- another key ---- */

static void follow(struct channel *channel, const struct channel *former, bool counts_on)
{
	for (int i = 0; i < RD__SRTP_SOURCES; i++) {
		const struct source *before = &former->sources[i];
		struct source *source = &channel->sources[i];

		*source = (struct source){ .ssrc = before->ssrc, .highest = before->highest };
		source->known = before->known && counts_on;
		source->expected = (before->known || before->expected) && !counts_on;
	}
}

void rd__srtp_follow(struct rd__srtp *srtp, const struct rd__srtp *former)
{
	bool sending = srtp->rtp.cipher.sealing;

	follow(&srtp->rtp, &former->rtp, sending);
	/* The number of a report is in it, whatever it is: none need be expected. */
	if (sending)
		follow(&srtp->rtcp, &former->rtcp, true);
}

/* ---- RTP ---- */

/* Bytes that stay clear: the header with its list and extension; 0: no RTP. */
static size_t clear_bytes(const uint8_t *packet, size_t size)
{
	size_t clear;

	if (size < RD__RTP_HEADER || packet[0] >> 6 != 2)
		return 0;
	clear = RD__RTP_HEADER + (packet[0] & 15u) * 4;
	if (packet[0] & 0x10) {
		if (size < clear + 4)
			return 0;
		clear += 4 + rd__get16(packet + clear + 2) * (size_t)4;
	}
	return clear <= size ? clear : 0;
}

/* The index that is nearest to the highest one (RFC 3711 §3.3.1). */
static uint64_t index_of(const struct source *source, uint16_t seq)
{
	int16_t ahead;

	if (!source)
		return seq;
	ahead = (int16_t)(uint16_t)(seq - (uint16_t)source->highest);
	if (ahead < 0 && (uint64_t)-ahead > source->highest)
		return seq;
	return source->highest + (uint64_t)(int64_t)ahead;
}

/* One packet, and where it stands. */
struct packet {
	struct source *source;
	struct rd__srtp_text text;
	uint8_t word[INDEX_SIZE]; /* the rollover counter, or E and SRTCP's index */
};

static bool read_rtp(struct channel *channel, struct packet *packet, const uint8_t *data,
		     size_t size)
{
	size_t clear = clear_bytes(data, size);
	uint32_t ssrc;

	if (!clear)
		return false;
	ssrc = rd__get32(data + 8);
	packet->source = find_source(channel, ssrc);
	packet->text = (struct rd__srtp_text){
		.ssrc = ssrc,
		.index = index_of(packet->source, rd__get16(data + 2)),
		.in = data,
		.clear = clear,
		.size = size,
		/* AES-GCM has the counter in its nonce. */
		.word = channel->cipher.aead ? NULL : packet->word,
	};
	rd__put32(packet->word, (uint32_t)(packet->text.index >> 16));
	return true;
}

size_t rd__srtp_protect(struct rd__srtp *srtp, uint8_t *out, const uint8_t *packet, size_t size)
{
	struct channel *channel = &srtp->rtp;
	struct packet p;

	if (!read_rtp(channel, &p, packet, size) || was_seen(p.source, p.text.index) ||
	    (!p.source && !can_add(channel)))
		return 0;
	p.text.out = out;
	if (!rd__srtp_seal(&channel->cipher, &p.text, out + size))
		return 0;
	note(channel, p.source, p.text.ssrc, p.text.index);
	return size + channel->cipher.tag_size;
}

/* Its counter goes on, or begins anew: whichever way it opens. */
static bool open_expected(const struct rd__srtp_cipher *cipher, struct packet *p,
			  const struct source *expected, const uint8_t *packet, size_t size)
{
	size_t n = size + cipher->tag_size;
	uint64_t anew = p->text.index;
	/* An attempt may spoil what it writes to; too long for a stack. */
	static _Thread_local uint8_t copy[RD__RTP_MAX];

	if (n > sizeof(copy))
		return false;
	memcpy(copy, packet, n);
	p->text.in = copy;
	p->text.index = index_of(expected, (uint16_t)anew);
	rd__put32(p->word, (uint32_t)(p->text.index >> 16));
	if (rd__srtp_open(cipher, &p->text, copy + size))
		return true;
	p->text.index = anew;
	rd__put32(p->word, 0);
	return rd__srtp_open(cipher, &p->text, copy + size);
}

static bool open_rtp(const struct channel *channel, struct packet *p, const uint8_t *packet,
		     size_t size)
{
	const struct source *expected =
		p->source ? NULL : find_expected(channel, p->text.ssrc);

	return expected ? open_expected(&channel->cipher, p, expected, packet, size)
			: rd__srtp_open(&channel->cipher, &p->text, packet + size);
}

ssize_t rd__srtp_unprotect(struct rd__srtp *srtp, uint8_t *packet, size_t size)
{
	struct channel *channel = &srtp->rtp;
	size_t tag = channel->cipher.tag_size;
	struct packet p;

	if (size < tag || !read_rtp(channel, &p, packet, size - tag))
		return -EINVAL;
	if (was_seen(p.source, p.text.index))
		return -EALREADY;
	p.text.out = packet;
	if (!open_rtp(channel, &p, packet, size - tag))
		return -EBADMSG;
	note(channel, p.source, p.text.ssrc, p.text.index);
	return (ssize_t)(size - tag);
}

/* ---- RTCP: the index travels with the packet ---- */

static bool read_rtcp(struct channel *channel, struct packet *packet, const uint8_t *data,
		      size_t size)
{
	if (size < RTCP_CLEAR || data[0] >> 6 != 2)
		return false;
	packet->source = find_source(channel, rd__get32(data + 4));
	packet->text = (struct rd__srtp_text){
		.ssrc = rd__get32(data + 4),
		.in = data,
		.clear = RTCP_CLEAR,
		.size = size,
		.word = packet->word,
	};
	return true;
}

size_t rd__srtcp_protect(struct rd__srtp *srtp, uint8_t *out, const uint8_t *packet,
			 size_t size)
{
	struct channel *channel = &srtp->rtcp;
	size_t tag = channel->cipher.tag_size;
	uint8_t *word, *tag_at;
	struct packet p;

	if (!read_rtcp(channel, &p, packet, size) || (!p.source && !can_add(channel)))
		return 0;
	p.text.out = out;
	p.text.index = p.source ? p.source->highest + 1 : 1;
	/* 2^31 reports are an end (RFC 3711 §9.2), in some hundred years. */
	if (p.text.index >= ENCRYPTED)
		return 0;
	rd__put32(p.word, ENCRYPTED | (uint32_t)p.text.index);
	tag_at = out + size + (channel->cipher.aead ? 0 : INDEX_SIZE);
	word = out + size + (channel->cipher.aead ? tag : 0);
	if (!rd__srtp_seal(&channel->cipher, &p.text, tag_at))
		return 0;
	memcpy(word, p.word, INDEX_SIZE);
	note(channel, p.source, p.text.ssrc, p.text.index);
	return size + tag + INDEX_SIZE;
}

ssize_t rd__srtcp_unprotect(struct rd__srtp *srtp, uint8_t *packet, size_t size)
{
	struct channel *channel = &srtp->rtcp;
	size_t tag = channel->cipher.tag_size, n;
	const uint8_t *word, *tag_at;
	struct packet p;

	if (size < RTCP_CLEAR + INDEX_SIZE + tag)
		return -EINVAL;
	n = size - INDEX_SIZE - tag;
	word = packet + n + (channel->cipher.aead ? tag : 0);
	tag_at = packet + n + (channel->cipher.aead ? 0 : INDEX_SIZE);
	/* Whoever agreed on a suite encrypts reports as well. */
	if (!read_rtcp(channel, &p, packet, n) || !(rd__get32(word) & ENCRYPTED))
		return -EINVAL;
	memcpy(p.word, word, INDEX_SIZE);
	p.text.index = rd__get32(word) & ~ENCRYPTED;
	if (was_seen(p.source, p.text.index))
		return -EALREADY;
	p.text.out = packet;
	if (!rd__srtp_open(&channel->cipher, &p.text, tag_at))
		return -EBADMSG;
	note(channel, p.source, p.text.ssrc, p.text.index);
	return (ssize_t)n;
}

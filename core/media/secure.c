/* Secure lines: the right key for a packet. When the far end's key changes,
 * its last packets under the old one are still welcome for a moment, so that
 * re-keying is not heard. */
#include <string.h>

#include <openssl/crypto.h>

#include "core/media/bundle.h"
#include "core/media/command.h"
#include "core/media/dtls.h"
#include "core/media/engine.h"
#include "core/media/line.h"
#include "core/media/secure.h"
#include "core/media/srtp.h"
#include "core/media/stream.h"
#include "core/media/thread.h"

enum { GRACE_US = 2000000 };

/* ---- the switch thread's ---- */

static int make_order(struct rd_stream *stream, const struct rd_srtp_key *key,
		      enum rd__key_use use, struct rd__command *command)
{
	struct rd__srtp *srtp = NULL;
	int rc = key->suite == RD_SRTP_NONE ? 0 : rd__srtp_new(&srtp, key, use != RD__KEY_IN);

	*command = (struct rd__command){ .type = RD__CMD_KEY,
					 .stream = stream,
					 .object = srtp,
					 .number = use };
	return rc;
}

/* Does this direction need another key? Then the order is given. */
static int set_key(struct rd_stream *stream, const struct rd_srtp_key *key,
		   struct rd_srtp_key *used, enum rd__key_use use)
{
	struct rd__command command;
	int rc;

	if (rd_srtp_key_equal(key, used))
		return 0;
	rc = make_order(stream, key, use, &command);
	if (rc)
		return rc;
	rc = rd__order_new(stream, &command);
	if (rc)
		rd__srtp_free(command.object);
	else
		*used = *key;
	return rc;
}

static int set_keys(struct rd_stream *stream, const struct rd_srtp_key *local,
		    const struct rd_srtp_key *remote, enum rd__key_use out)
{
	int rc = set_key(stream, local, &stream->keys[1], out);

	return rc ? rc : set_key(stream, remote, &stream->keys[0], RD__KEY_IN);
}

int rd__stream_set_keys(struct rd_stream *stream, const struct rd_srtp_key *local,
			const struct rd_srtp_key *remote)
{
	return set_keys(stream, local, remote, RD__KEY_OUT);
}

/* Who has another address may be another device, which knows nothing of what the one
 * before has heard (RFC 4568 §7.1.4). */
static enum rd__key_use use_of_ours(const struct rd_stream *stream,
				    const struct rd_stream_config *config)
{
	const struct rd_stream_config *before = rd_stream_config(stream);

	return memcmp(&before->remote, &config->remote, sizeof(config->remote)) == 0
		       ? RD__KEY_OUT_ON
		       : RD__KEY_OUT;
}

int rd__stream_secure(struct rd_stream *stream, const struct rd_stream_config *config)
{
	static const struct rd_srtp_key none;
	const struct rd_stream_security *security = &config->security;
	int rc;

	if (security->by != RD_SECURITY_DTLS) {
		rd__stream_drop_dtls(stream);
		return set_keys(stream, &security->local, &security->remote,
				use_of_ours(stream, config));
	}
	if (stream->carrier) {
		rd__stream_drop_dtls(stream);
		return rd__bundle_take_keys(stream);
	}
	/* What was agreed on by other means is not DTLS's. */
	rc = stream->setup && stream->setup->config.security.by == RD_SECURITY_DTLS
		     ? 0
		     : rd__stream_set_keys(stream, &none, &none);
	return rc ? rc : rd__stream_begin_dtls(stream, &security->dtls);
}

void rd__stream_drop_keys(struct rd_stream *stream)
{
	struct rd__line_keys *keys = &stream->line.keys;

	rd__srtp_free(keys->in);
	rd__srtp_free(keys->out);
	rd__srtp_free(keys->former);
	OPENSSL_cleanse(stream->keys, sizeof(stream->keys));
}

/* ---- the media thread's ---- */

static void give_back(struct rd__line *line, struct rd__srtp *srtp)
{
	struct rd__event event = { .type = RD__EVENT_KEY_DONE,
				   .stream = RD__STREAM_OF(line),
				   .object = srtp };

	if (srtp)
		rd__thread_event(line->thread, &event);
}

void rd__line_take_key(struct rd__line *line, struct rd__srtp *srtp, enum rd__key_use use)
{
	struct rd__line_keys *keys = &line->keys;
	const struct rd__srtp *before = use == RD__KEY_IN ? keys->in : keys->out;

	if (srtp && before && use != RD__KEY_OUT)
		rd__srtp_follow(srtp, before);
	if (use != RD__KEY_IN) {
		give_back(line, keys->out);
		keys->out = srtp;
		return;
	}
	give_back(line, keys->former);
	keys->former = keys->in;
	keys->former_until_us = line->thread->now_us + GRACE_US;
	keys->in = srtp;
}

bool rd__line_has_keys(const struct rd__line *line)
{
	return !line->setup->secure || line->keys.out;
}

static ssize_t unseal(struct rd__srtp *srtp, uint8_t *packet, size_t size, bool rtcp)
{
	return rtcp ? rd__srtcp_unprotect(srtp, packet, size)
		    : rd__srtp_unprotect(srtp, packet, size);
}

/* An attempt with the wrong key may spoil the packet. */
static ssize_t unseal_changing(struct rd__line *line, uint8_t *packet, size_t size, bool rtcp)
{
	uint8_t *copy = line->thread->sealed;
	ssize_t n;

	if (line->thread->now_us > line->keys.former_until_us) {
		give_back(line, line->keys.former);
		line->keys.former = NULL;
		return unseal(line->keys.in, packet, size, rtcp);
	}
	memcpy(copy, packet, size);
	n = unseal(line->keys.in, packet, size, rtcp);
	if (n != -EBADMSG)
		return n;
	memcpy(packet, copy, size);
	return unseal(line->keys.former, packet, size, rtcp);
}

size_t rd__line_unseal(struct rd__line *line, uint8_t *packet, size_t size, bool rtcp)
{
	ssize_t n;

	if (!line->setup->secure)
		return size;
	if (!line->keys.in)
		n = -EBADMSG;
	else if (line->keys.former)
		n = unseal_changing(line, packet, size, rtcp);
	else
		n = unseal(line->keys.in, packet, size, rtcp);
	if (n > 0)
		return (size_t)n;
	line->receiver.refused++;
	return 0;
}

bool rd__line_seal(struct rd__line *line, const uint8_t **packet, size_t *size, bool rtcp)
{
	uint8_t *out = line->thread->sealed;

	if (!line->setup->secure)
		return true;
	if (!line->keys.out || *size > sizeof(line->thread->sealed) - RD__SRTP_GROWTH)
		return false;
	*size = rtcp ? rd__srtcp_protect(line->keys.out, out, *packet, *size)
		     : rd__srtp_protect(line->keys.out, out, *packet, *size);
	*packet = out;
	return *size > 0;
}

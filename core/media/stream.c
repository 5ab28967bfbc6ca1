/* Streams: the switch thread's half. Each call changes what is wanted and
 * gives an order; nothing here waits. */
#include <string.h>

#include <openssl/ssl.h>

#include <ringdown/log.h>

#include "core/base/slab.h"
#include "core/media/address.h"
#include "core/media/bundle.h"
#include "core/media/change.h"
#include "core/media/command.h"
#include "core/media/digit_tap.h"
#include "core/media/dtls.h"
#include "core/media/dtls_identity.h"
#include "core/media/dtmf.h"
#include "core/media/engine.h"
#include "core/media/gallery.h"
#include "core/media/ice_stream.h"
#include "core/media/media.h"
#include "core/media/mix.h"
#include "core/media/place.h"
#include "core/media/port.h"
#include "core/media/secure.h"
#include "core/media/setup.h"
#include "core/media/stream.h"
#include "core/media/tap.h"

/* ---- birth and death ---- */

static struct rd_stream *stream_alloc(enum rd_media_kind kind)
{
	struct rd_stream *stream = rd__slab_zalloc(sizeof(*stream), RD__SLAB_STREAMS);

	if (!stream)
		return NULL;
	stream->magic = RD__STREAM_MAGIC;
	stream->line.kind = kind;
	stream->weight = 1;
	rd_list_init(&stream->all);
	rd_list_init(&stream->unattached);
	rd_list_init(&stream->in_gallery);
	rd_list_init(&stream->carried);
	rd_list_init(&stream->in_carried);
	rd_list_init(&stream->backlog);
	rd_list_init(&stream->line.in_round);
	rd_list_init(&stream->line.in_wheel);
	rd_list_init(&stream->line.taps);
	rd_list_init(&stream->line.viewers);
	rd_list_init(&stream->line.in_viewers);
	rd_list_init(&stream->line.changers);
	rd__order_init(&stream->attach_order, stream, RD__CMD_ATTACH, NULL);
	rd__order_init(&stream->release_order, stream, RD__CMD_RELEASE, NULL);
	rd__order_init(&stream->close_order, stream, RD__CMD_CLOSE, NULL);
	rd__order_init(&stream->unlink_order, stream, RD__CMD_UNLINK, NULL);
	stream->line.fd = stream->line.rtcp_fd = stream->line.out_fd = stream->line.ear_fd = -1;
	stream->branch_fd = stream->carried_fds[0] = stream->carried_fds[1] = -1;
	rd_random(&stream->line.sender.ssrc, sizeof(stream->line.sender.ssrc));
	/* Never two of a kind: those of one call may share a key (RFC 3711 §9.1). */
	stream->line.sender.ssrc &= ~3u;
	stream->line.sender.ssrc |= 1 + (unsigned)kind;
	return stream;
}

void rd__stream_free(struct rd_stream *stream)
{
	if (stream->line.ops && stream->line.ops->closed)
		stream->line.ops->closed(stream->line.ops_arg);
	rd__setup_free(stream->setup);
	rd__taps_stream_free(stream);
	rd__stream_drop_keys(stream);
	SSL_CTX_free(stream->identity);
	rd__bundle_drop(stream);
	rd__ports_release(stream->ports);
	rd_list_remove(&stream->all);
	stream->magic = 0;
	rd__slab_free(stream, RD__SLAB_STREAMS);
}

int rd_stream_new_rtp(struct rd_stream **sp, const struct rd_rtp_local *local)
{
	struct rd_stream *stream;
	int rc;

	if (!rd__media_running())
		return -ENODEV;
	stream = stream_alloc(local->kind);
	if (!stream)
		return -ENOMEM;
	rc = rd__ports_open(&stream->ports, local);
	if (rc) {
		rd__slab_free(stream, RD__SLAB_STREAMS);
		return rc;
	}
	stream->line.fd = stream->ports->rtp_fd;
	stream->line.rtcp_fd = stream->ports->rtcp_fd;
	if (local->like)
		rd__stream_share_identity(stream, local->like);
	rd_list_push(rd__streams(), &stream->all);
	*sp = stream;
	return 0;
}

int rd_stream_new_custom(struct rd_stream **sp, const struct rd_stream_ops *ops, void *arg,
			 int rate)
{
	struct rd_stream *stream;

	if (!rd__media_running())
		return -ENODEV;
	stream = stream_alloc(RD_MEDIA_AUDIO);
	if (!stream)
		return -ENOMEM;
	stream->line.ops = ops;
	stream->line.ops_arg = arg;
	stream->line.ops_rate = rate;
	rd_list_push(rd__streams(), &stream->all);
	*sp = stream;
	return 0;
}

void rd_stream_close(struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	rd_assert(!stream->closing);
	rd__stream_unlink(stream);
	rd__mixer_leave(stream);
	rd__gallery_leave(stream);
	stream->closing = true;
	rd__bundle_leave(stream);
	rd__stream_drop_ice(stream);
	stream->notify = NULL;
	rd__stream_drop_dtls(stream);
	rd__stream_order_close(stream);
}

/* ---- what it is ---- */

enum rd_media_kind rd_stream_kind(const struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	return stream->line.kind;
}

void rd_stream_local(const struct rd_stream *stream, struct sockaddr_storage *out)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (stream->carrier)
		stream = stream->carrier;
	if (stream->ports)
		rd__address_get(&stream->ports->rtp, out);
	else
		memset(out, 0, sizeof(*out));
}

uint32_t rd_stream_ssrc(const struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	return stream->line.sender.ssrc;
}

void rd_stream_on_event(struct rd_stream *stream,
			void (*notify)(const struct rd_stream_event *event, void *arg), void *arg)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	stream->notify = notify;
	stream->arg = arg;
}

void rd__stream_set_label(struct rd_stream *stream, const char *label)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	rd_strcpy(stream->label, sizeof(stream->label), label);
}

const char *rd__stream_label(const struct rd_stream *stream)
{
	return stream->label;
}

void rd__streams_each_custom(const void *begin, const void *end,
			     void (*tell)(void *arg, const char *name), void *arg)
{
	if (!rd__media_running())
		return;
	rd_list_foreach(node, tmp, rd__streams()) {
		const struct rd_stream *stream = rd_list_entry(node, struct rd_stream, all);
		uintptr_t ops = (uintptr_t)stream->line.ops;

		if (ops >= (uintptr_t)begin && ops < (uintptr_t)end)
			tell(arg, stream->label);
	}
}

void *rd__stream_listener(const struct rd_stream *stream,
			  void (*notify)(const struct rd_stream_event *event, void *arg))
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	return !stream->closing && stream->notify == notify ? stream->arg : NULL;
}

/* ---- what was agreed on ---- */

void rd__stream_link_again(struct rd_stream *stream)
{
	struct rd_stream *peer = stream->peer;
	int rc;

	if (!peer || !stream->linked)
		return;
	stream->linked = peer->linked = false;
	rc = rd__stream_settle(stream);
	if (!rc)
		return;
	/* On their lines the link of before is in force. */
	stream->linked = peer->linked = true;
	rd_error("media: two parties hear each other as before: %s", rd_strerror(rc));
}

int rd_stream_configure(struct rd_stream *stream, const struct rd_stream_config *config)
{
	struct rd__command command = { .type = RD__CMD_SETUP, .stream = stream };
	struct rd__setup *setup;
	bool fits;
	int rc;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	rc = rd__setup_new(&setup, config);
	if (rc)
		return rc;
	rc = rd__stream_secure(stream, config);
	if (rc) {
		rd__setup_free(setup);
		return rc;
	}
	command.object = setup;
	rc = rd__order_new(stream, &command);
	if (rc) {
		rd__setup_free(setup);
		return rc;
	}
	fits = !stream->member || rd__member_fits(stream->member, setup);
	stream->setup = setup;
	rd__bundle_configured(stream);
	rd__stream_link_again(stream);
	rc = rd__taps_configure(stream);
	if (!rc)
		rc = rd__digit_tap_configure(stream);
	if (!fits && !rc)
		rc = rd__mixer_refit(stream);
	return rc;
}

const struct rd_stream_config *rd_stream_config(const struct rd_stream *stream)
{
	static const struct rd_stream_config nothing = { .dtmf_payload = -1, .cn_payload = -1 };

	RD_CHECK(stream, RD__STREAM_MAGIC);
	return stream->setup ? &stream->setup->config : &nothing;
}

int rd_stream_send_digit(struct rd_stream *stream, char digit, int ms)
{
	struct rd__command command = { .type = RD__CMD_DIGIT,
				       .stream = stream,
				       .number = digit,
				       .number2 = ms };

	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (rd__dtmf_event(digit) < 0)
		return -EINVAL;
	return rd__order_new(stream, &command);
}

int rd_stream_wish_for_picture(struct rd_stream *stream)
{
	struct rd__command command = { .type = RD__CMD_PICTURE, .stream = stream };

	RD_CHECK(stream, RD__STREAM_MAGIC);
	return rd__order_new(stream, &command);
}

int rd__stream_echo(struct rd_stream *stream, bool on)
{
	struct rd__command command = { .type = RD__CMD_ECHO, .stream = stream, .number = on };

	RD_CHECK(stream, RD__STREAM_MAGIC);
	return rd__order_new(stream, &command);
}

/* ---- links ---- */

static bool is_agreed(const struct rd_stream *stream)
{
	return stream->line.ops || rd__sent_codec(stream->setup);
}

/* What nobody decodes or encodes cannot be changed either. */
static bool is_changed(const struct rd_stream *from, const struct rd_stream *to)
{
	return rd__link_changes(from, to) && rd__sent_codec(from->setup)->decode &&
	       rd__sent_codec(to->setup)->encode;
}

/* From what one side sends by preference to what the other hears. */
static enum rd__link_way way_from(const struct rd_stream *from, const struct rd_stream *to)
{
	const struct rd_codec *said = rd__sent_codec(from->setup),
			      *told = rd__sent_codec(to->setup);

	if (said && !to->line.ops && rd__takes_codec(to->setup, said) && !is_changed(from, to))
		return RD__WAY_RELAY;
	if ((from->line.ops || said->decode) && (to->line.ops || told->encode))
		return RD__WAY_TRANSCODE;
	return RD__WAY_NONE;
}

/* Pictures and text are never converted: it is enough that they meet somewhere. */
static enum rd__link_way way_of_packets(const struct rd_stream *a, const struct rd_stream *b)
{
	const struct rd_stream_config *config = rd_stream_config(a);

	for (int i = 0; i < config->format_count; i++)
		if (rd__takes_codec(b->setup, config->formats[i].codec))
			return RD__WAY_RELAY;
	return RD__WAY_NONE;
}

/* The dearer of the two directions. */
static enum rd__link_way way_between(const struct rd_stream *a, const struct rd_stream *b)
{
	enum rd__link_way one, other;

	if (!is_agreed(a) || !is_agreed(b))
		return RD__WAY_NONE;
	if (a->line.kind != RD_MEDIA_AUDIO)
		return way_of_packets(a, b);
	one = way_from(a, b);
	other = way_from(b, a);
	if (one == RD__WAY_NONE || other == RD__WAY_NONE)
		return RD__WAY_NONE;
	return RD_MAX(one, other);
}

int rd__stream_link(struct rd_stream *a, struct rd_stream *b, unsigned flags)
{
	int rc;

	RD_CHECK(a, RD__STREAM_MAGIC);
	RD_CHECK(b, RD__STREAM_MAGIC);
	rd_assert(a != b && !a->closing && !b->closing);
	if (is_agreed(a) && is_agreed(b) && way_between(a, b) == RD__WAY_NONE)
		return -ENOTSUP;
	rd__stream_unlink(a);
	rd__stream_unlink(b);
	rd__gallery_leave(a);
	rd__gallery_leave(b);
	a->peer = b;
	b->peer = a;
	a->link_flags = b->link_flags = flags;
	rc = rd__stream_settle(a);
	if (rc) {
		rd__stream_unlink(a);
		return rc;
	}
	/* After the link, which takes over what they have not heard yet. */
	rd__mixer_leave(a);
	rd__mixer_leave(b);
	return 0;
}

void rd__stream_unlink(struct rd_stream *stream)
{
	struct rd_stream *peer;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	peer = stream->peer;
	if (!peer)
		return;
	stream->peer = peer->peer = NULL;
	if (stream->linked)
		rd__order(stream, &stream->unlink_order);
	stream->linked = peer->linked = false;
	rd__stream_weigh(stream);
	rd__stream_weigh(peer);
}

enum rd__link_way rd__stream_way(const struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	return stream->peer ? way_between(stream, stream->peer) : RD__WAY_NONE;
}

const char *rd__link_way_name(enum rd__link_way way)
{
	static const char *const names[] = { "none", "relay", "transcode" };

	return names[way];
}

bool rd__streams_pass_digits(const struct rd_stream *a, const struct rd_stream *b)
{
	return rd_stream_config(a)->dtmf_payload >= 0 && rd_stream_config(b)->dtmf_payload >= 0;
}

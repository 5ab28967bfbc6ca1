/* Streams that shake hands. While the pool has the session nobody else touches
 * it: datagrams wait, and a stream that closes leaves it as an orphan. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/ice.h>
#include <ringdown/log.h>

#include "core/media/address.h"
#include "core/media/bundle.h"
#include "core/media/demux.h"
#include "core/media/dtls.h"
#include "core/media/dtls_identity.h"
#include "core/media/dtls_session.h"
#include "core/media/secure.h"
#include "core/media/setup.h"
#include "core/media/stream.h"

enum { WAITING_MAX = 8 };

struct waiting {
	struct rd_list link;
	size_t size;
	uint8_t bytes[];
};

struct rd__dtls {
	struct rd_stream *stream; /* NULL: it has let go */
	struct rd__dtls_session *session; /* NULL: not begun, or not needed any more */
	struct rd_dtls_peer peer;
	struct rd__address heard; /* where their last datagram came from */
	struct rd_timer timer;
	struct rd_list waiting;
	int waiting_count;
	struct waiting *at_work; /* what the pool reads; NULL: it is time */
	uint64_t begun_ms;
	bool in_pool, secured, failed;
};

static void step(struct rd__dtls *dtls);

/* ---- birth and death ---- */

static void dtls_free(struct rd__dtls *dtls)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&dtls->waiting)))
		rd_free(rd_list_entry(node, struct waiting, link));
	rd_free(dtls->at_work);
	rd__dtls_session_free(dtls->session);
	rd_free(dtls);
}

void rd__stream_drop_dtls(struct rd_stream *stream)
{
	struct rd__dtls *dtls = stream->dtls;

	if (!dtls)
		return;
	stream->dtls = NULL;
	rd_timer_stop(&dtls->timer);
	dtls->stream = NULL;
	if (!dtls->in_pool)
		dtls_free(dtls);
}

/* ---- going out ---- */

static bool find_target(const struct rd__dtls *dtls, struct rd__address *to)
{
	const struct rd_stream *stream = dtls->stream;
	struct rd_ice_candidate local, remote;

	*to = dtls->heard;
	if (to->size)
		return true;
	if (stream->ice && stream->setup && stream->setup->config.ice) {
		if (!rd_stream_ice_selected(stream, RD__PORT_RTP, &local, &remote))
			return false;
		rd__address_set(to, &remote.address);
	} else if (stream->setup) {
		rd__address_from(to, &stream->setup->config.remote);
	}
	return to->size;
}

/* What cannot be sent now is sent again in time. */
static void send_output(struct rd__dtls *dtls)
{
	struct rd__address to;
	bool known = find_target(dtls, &to);
	const uint8_t *data;
	size_t size;

	while (rd__dtls_session_output(dtls->session, &data, &size))
		if (known)
			(void)rd__stream_send_datagram(dtls->stream, RD__PORT_RTP, &to, data,
						       size);
}

/* ---- how it ends ---- */

static void tell(struct rd_stream *stream, enum rd_stream_event_type type)
{
	struct rd_stream_event event = { .type = type };

	if (stream->notify)
		stream->notify(&event, stream->arg);
}

/* The stream may be gone afterwards. */
static void fail(struct rd__dtls *dtls, const char *why)
{
	dtls->failed = true;
	rd_timer_stop(&dtls->timer);
	rd_notice("dtls: no keys were agreed on: %s", why);
	tell(dtls->stream, RD_STREAM_INSECURE);
}

static bool is_the_peer(const struct rd__dtls *dtls)
{
	struct rd_fingerprint seen = { .size = 0 };

	rd_strcpy(seen.hash, sizeof(seen.hash), dtls->peer.fingerprint.hash);
	return rd__dtls_session_peer(dtls->session, &seen) == 0 &&
	       rd_fingerprint_equal(&seen, &dtls->peer.fingerprint);
}

static void finish(struct rd__dtls *dtls)
{
	struct rd_srtp_key local, remote;

	if (!is_the_peer(dtls)) {
		fail(dtls, "its certificate is not the one that its description names");
		return;
	}
	if (rd__dtls_session_keys(dtls->session, &local, &remote)) {
		fail(dtls, "no protection profile in common");
		return;
	}
	if (rd__stream_set_keys(dtls->stream, &local, &remote)) {
		fail(dtls, rd_strerror(-ENOMEM));
		return;
	}
	rd__bundle_keys(dtls->stream);
	dtls->secured = true;
	rd_timer_start(&dtls->timer, RD__DTLS_LINGER_MS);
	rd_debug("dtls: secured with %s", rd_srtp_name(local.suite));
	tell(dtls->stream, RD_STREAM_SECURED);
}

/* ---- steps ---- */

static int work(void *arg)
{
	struct rd__dtls *dtls = arg;
	const struct waiting *datagram = dtls->at_work;

	return rd__dtls_session_step(dtls->session, datagram ? datagram->bytes : NULL,
				     datagram ? datagram->size : 0);
}

static void plan(struct rd__dtls *dtls)
{
	int due = rd__dtls_session_due_ms(dtls->session);
	int left = (int)(dtls->begun_ms + RD__DTLS_PATIENCE_MS - rd_now_ms());

	if (dtls->secured)
		return;
	if (due < 0 || due > left)
		due = RD_MAX(left, 0);
	rd_timer_start(&dtls->timer, due);
}

static void worked(int rc, void *arg)
{
	struct rd__dtls *dtls = arg;

	dtls->in_pool = false;
	rd_free(dtls->at_work);
	dtls->at_work = NULL;
	if (!dtls->stream) {
		dtls_free(dtls);
		return;
	}
	send_output(dtls);
	/* An end of theirs behind the handshake takes no keys away. */
	if (rc < 0 && !dtls->secured) {
		fail(dtls, rd__dtls_session_why(dtls->session));
		return;
	}
	plan(dtls);
	if (rc == 1 && !dtls->secured)
		finish(dtls);
	else if (!rd_list_empty(&dtls->waiting))
		step(dtls);
}

static void step(struct rd__dtls *dtls)
{
	struct rd_list *node;

	if (dtls->in_pool || !dtls->session || dtls->failed)
		return;
	node = rd_list_pop(&dtls->waiting);
	dtls->at_work = node ? rd_list_entry(node, struct waiting, link) : NULL;
	dtls->waiting_count -= dtls->at_work != NULL;
	dtls->in_pool = true;
	/* A pool that is full would make everybody wait: late is better than never. */
	if (rd_offload_then(work, worked, dtls))
		worked(work(dtls), dtls);
}

static void on_time(void *arg)
{
	struct rd__dtls *dtls = arg;

	if (dtls->secured) {
		if (!dtls->in_pool) {
			rd__dtls_session_free(dtls->session);
			dtls->session = NULL;
		}
	} else if (rd_now_ms() >= dtls->begun_ms + RD__DTLS_PATIENCE_MS) {
		fail(dtls, "no answer came");
	} else {
		step(dtls);
	}
}

/* ---- coming in ---- */

/* Before the session has begun, the first flight waits for it. */
static void on_datagram(const struct rd__datagram *datagram, void *arg)
{
	struct rd_stream *stream = arg;
	struct rd__dtls *dtls = stream->dtls;
	struct waiting *copy;

	if (!dtls || datagram->port != RD__PORT_RTP || dtls->failed ||
	    (dtls->secured && !dtls->session) || dtls->waiting_count == WAITING_MAX)
		return;
	copy = rd_malloc(sizeof(*copy) + datagram->size);
	if (!copy)
		return;
	copy->size = datagram->size;
	memcpy(copy->bytes, datagram->bytes, datagram->size);
	rd_list_init(&copy->link);
	rd_list_push(&dtls->waiting, &copy->link);
	dtls->waiting_count++;
	dtls->heard = datagram->from;
	step(dtls);
}

static int dtls_new(struct rd__dtls **dp, struct rd_stream *stream)
{
	struct rd__dtls *dtls = rd_zalloc(sizeof(*dtls));
	int rc;

	if (!dtls)
		return -ENOMEM;
	dtls->stream = stream;
	rd_list_init(&dtls->waiting);
	rd_timer_init(&dtls->timer, on_time, dtls);
	rc = rd__stream_on_datagram(stream, RD__PACKET_DTLS, on_datagram, stream);
	if (rc)
		dtls_free(dtls);
	else
		*dp = dtls;
	return rc;
}

int rd_stream_expect_dtls(struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	return stream->dtls ? 0 : dtls_new(&stream->dtls, stream);
}

static bool has_begun(const struct rd__dtls *dtls)
{
	return dtls->session || dtls->secured;
}

static int begin(struct rd__dtls *dtls, const struct rd_dtls_peer *peer)
{
	int rc = rd__dtls_session_new(&dtls->session, rd__stream_identity(dtls->stream),
				      peer->active);

	if (rc)
		return rc;
	dtls->peer = *peer;
	dtls->begun_ms = rd_now_ms();
	/* Who is active speaks first; the other one may have been spoken to. */
	if (peer->active || !rd_list_empty(&dtls->waiting))
		step(dtls);
	else
		rd_timer_start(&dtls->timer, RD__DTLS_PATIENCE_MS);
	return 0;
}

int rd__stream_begin_dtls(struct rd_stream *stream, const struct rd_dtls_peer *peer)
{
	struct rd__dtls *dtls = NULL;
	int rc;

	if (stream->dtls && has_begun(stream->dtls) &&
	    rd_fingerprint_equal(&stream->dtls->peer.fingerprint, &peer->fingerprint))
		return 0;
	/* Another certificate is another peer, and another handshake. */
	if (!stream->dtls || has_begun(stream->dtls)) {
		rc = dtls_new(&dtls, stream);
		if (rc)
			return rc;
		rd__stream_drop_dtls(stream);
		stream->dtls = dtls;
	}
	return begin(stream->dtls, peer);
}

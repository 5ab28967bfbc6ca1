/* Lines that share one port, the switch thread's half: who is carried by whom. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ringdown/ice.h>
#include <ringdown/log.h>

#include "core/media/bundle_private.h"
#include "core/media/command.h"
#include "core/media/dtls.h"
#include "core/media/engine.h"
#include "core/media/ice_stream.h"
#include "core/media/noise.h"
#include "core/media/port.h"
#include "core/media/secure.h"
#include "core/media/setup.h"
#include "core/media/stream.h"

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* ---- what the carrier knows ---- */

static void bundle_free(struct rd__bundle *bundle)
{
	if (!bundle)
		return;
	for (int i = 0; i < bundle->count; i++)
		close_fd(bundle->branches[i].fd);
	rd_free(bundle);
}

static void add_payload(struct rd__branch *branch, int payload)
{
	if (payload >= 0)
		branch->payloads[payload / 64 % 2] |= UINT64_C(1) << payload % 64;
}

/* Lines that only show the far end something hear no packets, and may have the types of one
 * that does. */
static bool hears(const struct rd_stream *stream)
{
	return stream->line.kind != RD_MEDIA_VIDEO ||
	       rd_stream_config(stream)->direction & RD_RECVONLY;
}

/* fd: of the socket pair; the branch gets a copy. */
static int add_branch(struct rd__bundle *bundle, const struct rd_stream *stream, int fd)
{
	const struct rd_stream_config *config = rd_stream_config(stream);
	struct rd__branch *branch = &bundle->branches[bundle->count];

	branch->fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (branch->fd < 0 && fd >= 0)
		return -errno;
	bundle->count++;
	/* The same for all that have agreed on it. */
	if (!bundle->mid_id)
		bundle->mid_id = config->mid_id;
	memcpy(branch->mid, config->mid, sizeof(branch->mid));
	for (int i = 0; hears(stream) && i < config->format_count; i++)
		add_payload(branch, config->formats[i].payload);
	add_payload(branch, config->dtmf_payload);
	add_payload(branch, config->cn_payload);
	if (stream->line.kind == RD_MEDIA_AUDIO)
		add_payload(branch, RD__NOISE_PAYLOAD);
	return 0;
}

static int bundle_new(struct rd__bundle **bp, const struct rd_stream *carrier)
{
	struct rd__bundle *bundle;
	int rc;

	*bp = NULL;
	if (rd_list_empty(&carrier->carried))
		return 0;
	bundle = rd_zalloc(sizeof(*bundle));
	if (!bundle)
		return -ENOMEM;
	rc = add_branch(bundle, carrier, -1);
	rd_list_foreach(node, tmp, &carrier->carried) {
		const struct rd_stream *one = rd_list_entry(node, struct rd_stream, in_carried);

		if (!rc && bundle->count < RD__BRANCHES)
			rc = add_branch(bundle, one, one->branch_fd);
	}
	if (rc)
		bundle_free(bundle);
	else
		*bp = bundle;
	return rc;
}

static int tell(struct rd_stream *carrier)
{
	struct rd__command command = { .type = RD__CMD_BUNDLE, .stream = carrier };
	struct rd__bundle *bundle;
	int rc = bundle_new(&bundle, carrier);

	if (rc)
		return rc;
	command.object = bundle;
	rc = rd__order_new(carrier, &command);
	if (rc)
		bundle_free(bundle);
	return rc;
}

static void tell_or_log(struct rd_stream *carrier)
{
	int rc = tell(carrier);

	if (rc)
		rd_error("media: lines that share a port are told apart as before: %s",
			 rd_strerror(rc));
}

void rd__bundle_configured(struct rd_stream *stream)
{
	struct rd_stream *carrier = stream->carrier ? stream->carrier : stream;

	if (!rd_list_empty(&carrier->carried))
		tell_or_log(carrier);
}

/* ---- keys ---- */

int rd__bundle_take_keys(struct rd_stream *stream)
{
	const struct rd_srtp_key *keys = stream->carrier->keys;

	return rd__stream_set_keys(stream, &keys[1], &keys[0]);
}

static bool is_by_dtls(const struct rd_stream *stream)
{
	return rd_stream_config(stream)->security.by == RD_SECURITY_DTLS;
}

void rd__bundle_keys(struct rd_stream *carrier)
{
	rd_list_foreach(node, tmp, &carrier->carried) {
		struct rd_stream *stream = rd_list_entry(node, struct rd_stream, in_carried);
		int rc = is_by_dtls(stream) ? rd__bundle_take_keys(stream) : 0;

		if (rc)
			rd_error("media: a line that shares a port has no keys: %s",
				 rd_strerror(rc));
	}
}

/* ---- the sockets of one that is carried ---- */

static struct rd__feet *feet_new(int fd, int rtcp_fd, int out_fd)
{
	struct rd__feet *feet = rd_zalloc(sizeof(*feet));

	if (feet)
		*feet = (struct rd__feet){ fd, rtcp_fd, out_fd, NULL, { -1, -1 } };
	return feet;
}

/* What it stands on until now goes when it does not any more. */
static int order_feet(struct rd_stream *stream, struct rd__feet *feet)
{
	struct rd__command command = { .type = RD__CMD_FEET,
				       .stream = stream,
				       .object = feet };
	int rc = feet ? rd__order_new(stream, &command) : -ENOMEM;

	if (rc) {
		rd_free(feet);
		return rc;
	}
	feet->ports = stream->ports;
	stream->ports = NULL;
	memcpy(feet->closed, stream->carried_fds, sizeof(feet->closed));
	close_fd(stream->branch_fd);
	return 0;
}

/* To send by. */
static int copy_of_port(const struct rd_stream *carrier)
{
	int fd = fcntl(carrier->ports->rtp_fd, F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

/* It sends by its carrier's new port, and hears by the socket pair as ever. */
static int follow_port(struct rd_stream *stream)
{
	struct rd__command command = { .type = RD__CMD_FEET, .stream = stream };
	int out = copy_of_port(stream->carrier), rc;
	struct rd__feet *feet;

	if (out < 0)
		return out;
	feet = feet_new(stream->carried_fds[0], -1, out);
	command.object = feet;
	rc = feet ? rd__order_new(stream, &command) : -ENOMEM;
	if (rc) {
		rd_free(feet);
		close(out);
		return rc;
	}
	feet->closed[0] = stream->carried_fds[1];
	stream->carried_fds[1] = out;
	return 0;
}

int rd__stream_stand_on(struct rd_stream *stream, struct rd__ports *ports)
{
	int rc = order_feet(stream, feet_new(ports->rtp_fd, ports->rtcp_fd, -1));

	if (rc)
		return rc;
	stream->ports = ports;
	stream->branch_fd = stream->carried_fds[0] = stream->carried_fds[1] = -1;
	rd_list_foreach(node, tmp, &stream->carried) {
		rc = follow_port(rd_list_entry(node, struct rd_stream, in_carried));
		if (rc)
			rd_error("media: a line that shares a port sends by its former one: %s",
				 rd_strerror(rc));
	}
	return 0;
}

static int make_pair(const struct rd_stream *carrier, int pair[2], int *out)
{
	int rc;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	*out = rc = copy_of_port(carrier);
	if (rc >= 0)
		return 0;
	close(pair[0]);
	close(pair[1]);
	return rc;
}

static void follow(struct rd_stream *stream, struct rd_stream *carrier)
{
	rd_list_remove(&stream->in_carried);
	stream->carrier = carrier;
	if (carrier)
		rd_list_push(&carrier->carried, &stream->in_carried);
}

int rd_stream_bundle(struct rd_stream *stream, struct rd_stream *carrier)
{
	struct rd_stream *former;
	int pair[2], out = -1, rc;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	RD_CHECK(carrier, RD__STREAM_MAGIC);
	former = stream->carrier;
	rd_assert(stream != carrier && rd_list_empty(&stream->carried));
	if (former == carrier)
		return 0;
	if (!carrier->ports)
		return -ENOTSUP;
	rc = make_pair(carrier, pair, &out);
	if (rc)
		return rc;
	rc = order_feet(stream, feet_new(pair[1], -1, out));
	if (rc) {
		close(pair[0]);
		close(pair[1]);
		close(out);
		return rc;
	}
	stream->branch_fd = pair[0];
	stream->carried_fds[0] = pair[1];
	stream->carried_fds[1] = out;
	rd_stream_ice_end(stream);
	rd__stream_drop_dtls(stream);
	follow(stream, carrier);
	if (former)
		tell_or_log(former);
	rd__stream_share_way(carrier, stream);
	rc = is_by_dtls(stream) ? rd__bundle_take_keys(stream) : 0;
	return rc ? rc : tell(carrier);
}

int rd_stream_unbundle(struct rd_stream *stream)
{
	struct rd_stream *carrier;
	struct rd_rtp_local local = { .kind = stream->line.kind };
	struct rd__ports *ports;
	struct rd__address address;
	int rc;

	RD_CHECK(stream, RD__STREAM_MAGIC);
	carrier = stream->carrier;
	if (!carrier)
		return 0;
	address = carrier->ports->rtp;
	rd__address_set_port(&address, 0);
	rd__address_get(&address, &local.address);
	local.tos = carrier->ports->tos;
	rc = rd__ports_open(&ports, &local);
	if (rc)
		return rc;
	rc = rd__stream_stand_on(stream, ports);
	if (rc) {
		rd__ports_release(ports);
		return rc;
	}
	follow(stream, NULL);
	rd__bundle_configured(carrier);
	return rd_list_empty(&carrier->carried) ? tell(carrier) : 0;
}

struct rd_stream *rd_stream_carrier(const struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	return stream->carrier;
}

void rd__bundle_leave(struct rd_stream *stream)
{
	struct rd_stream *carrier = stream->carrier;

	rd_list_foreach(node, tmp, &stream->carried)
		follow(rd_list_entry(node, struct rd_stream, in_carried), NULL);
	follow(stream, NULL);
	/* Without memory, what comes for it is passed on to nobody. */
	if (carrier)
		(void)tell(carrier);
}

void rd__bundle_drop(struct rd_stream *stream)
{
	bundle_free(stream->line.bundle);
	close_fd(stream->branch_fd);
	close_fd(stream->carried_fds[0]);
	close_fd(stream->carried_fds[1]);
}

/* ---- what comes back ---- */

void rd__bundle_event(const struct rd__event *event)
{
	struct rd__feet *feet = event->object;

	if (event->type == RD__EVENT_BUNDLE_DONE) {
		bundle_free(event->object);
		return;
	}
	if (!feet->ports || !rd__ice_take_back(event->stream, feet->ports))
		rd__ports_release(feet->ports);
	close_fd(feet->closed[0]);
	close_fd(feet->closed[1]);
	rd_free(feet);
}

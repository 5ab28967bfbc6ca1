/* A stream's ICE agent at work, on the switch thread: packets of its sockets go
 * in, checks go out, and the way that it chooses is told to the line. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>

#include "core/media/ice_stream.h"
#include "core/media/port.h"

struct rd__ice_stream {
	struct rd_stream *stream;
	struct rd__ice *agent;
	struct rd_timer timer;
	int host[RD__ICE_COMPONENTS]; /* indices of candidates */
	bool up; /* said so */
};

/* ---- time ---- */

static void plan(struct rd__ice_stream *is)
{
	uint64_t due = rd__ice_due(is->agent), now = rd_now_ms();

	if (due == UINT64_MAX)
		rd_timer_stop(&is->timer);
	else
		rd_timer_start(&is->timer, due > now ? (int)RD_MIN(due - now, 60000) : 0);
}

static void on_time(void *arg)
{
	struct rd__ice_stream *is = arg;

	rd__ice_tick(is->agent, rd_now_ms());
	plan(is);
}

/* ---- what the agent wants ---- */

static void on_send(void *arg, const struct rd__ice_candidate *local,
		    const struct rd__address *to, const void *packet, size_t size)
{
	struct rd__ice_stream *is = arg;

	/* Unreachable networks are no news here: the check fails by time. */
	(void)rd__stream_send_datagram(is->stream, (enum rd__port_of)local->component, to,
				       packet, size);
}

static void on_use(void *arg, int component, const struct rd__ice_candidate *local,
		   const struct rd__address *remote)
{
	struct rd__ice_stream *is = arg;
	struct rd__command command = { .type = RD__CMD_ICE_WAY, .stream = is->stream };
	struct rd__ice_way *way = rd_zalloc(sizeof(*way));
	char text[RD__ADDRESS_TEXT];
	int rc = way ? 0 : -ENOMEM;

	if (rc == 0) {
		way->component = component;
		if (local)
			way->remote = *remote;
		command.object = way;
		rc = rd__order_new(is->stream, &command);
	}
	if (rc) {
		rd_free(way);
		rd_error("ice: a way that was found cannot be used: %s", rd_strerror(rc));
	} else if (local) {
		rd_debug("ice: component %d goes to %s", component,
			 rd__address_print(remote, text));
	}
}

static void tell(struct rd__ice_stream *is, enum rd_stream_event_type type)
{
	struct rd_stream_event event = { .type = type };

	if (is->stream->notify)
		is->stream->notify(&event, is->stream->arg);
}

static void on_change(void *arg, enum rd__ice_state state)
{
	struct rd__ice_stream *is = arg;
	bool up = state == RD__ICE_CONNECTED || state == RD__ICE_COMPLETED;

	if (state == RD__ICE_FAILED) {
		rd_notice("ice: no way leads to the far end any more, or none did");
		is->up = false;
		tell(is, RD_STREAM_ICE_DOWN);
	} else if (up && !is->up) {
		is->up = true;
		tell(is, RD_STREAM_ICE_UP);
	}
}

/* ---- packets ---- */

static void on_stun(const struct rd__datagram *datagram, void *arg)
{
	struct rd__ice_stream *is = arg;
	int index = is->host[datagram->port - 1];

	if (index < 0)
		return;
	rd__ice_receive(is->agent, index, &datagram->from, datagram->bytes, datagram->size,
			rd_now_ms());
	plan(is);
}

/* ---- birth and death ---- */

static void add_hosts(struct rd__ice_stream *is, int components)
{
	struct rd__ice_candidate host = { .type = RD__ICE_HOST,
					  .address = is->stream->ports->rtp };

	is->host[1] = -1;
	for (int i = 0; i < components; i++) {
		host.component = (uint8_t)(i + 1);
		rd__address_set_port(&host.address,
				     (uint16_t)(rd__address_port(&is->stream->ports->rtp) + i));
		host.base = host.address;
		is->host[i] = rd__ice_add_local(is->agent, &host, NULL);
	}
}

static void ice_free(struct rd__ice_stream *is)
{
	rd_timer_stop(&is->timer);
	rd__ice_free(is->agent);
	rd_free(is);
}

static int ice_new(struct rd__ice_stream **isp, struct rd_stream *stream,
		   const struct rd_ice_options *options)
{
	static const struct rd__ice_ops ops = { on_send, on_use, on_change };
	struct rd__ice_options agent = { options->controlling, options->lite,
					 options->rtcp_mux ? 1 : 2 };
	struct rd__ice_stream *is = rd_zalloc(sizeof(*is));
	int rc;

	if (!is)
		return -ENOMEM;
	is->stream = stream;
	rd_timer_init(&is->timer, on_time, is);
	rc = rd__ice_new(&is->agent, &agent, &ops, is);
	if (rc == 0)
		rc = rd__stream_on_datagram(stream, RD__PACKET_STUN, on_stun, is);
	if (rc) {
		ice_free(is);
		return rc;
	}
	add_hosts(is, agent.components);
	*isp = is;
	return 0;
}

int rd_stream_ice_begin(struct rd_stream *stream, const struct rd_ice_options *options)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (!stream->ports)
		return -ENOTSUP;
	return stream->ice ? -EALREADY : ice_new(&stream->ice, stream, options);
}

void rd__stream_drop_ice(struct rd_stream *stream)
{
	if (stream->ice)
		ice_free(stream->ice);
	stream->ice = NULL;
}

void rd_stream_ice_end(struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	if (stream->ice)
		rd__stream_on_datagram(stream, RD__PACKET_STUN, NULL, NULL);
	rd__stream_drop_ice(stream);
}

/* ---- what descriptions say ---- */

static struct rd__ice *agent_of(const struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	rd_assert(stream->ice);
	return stream->ice->agent;
}

bool rd_stream_has_ice(const struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	return stream->ice;
}

const char *rd_stream_ice_ufrag(const struct rd_stream *stream)
{
	return rd__ice_ufrag(agent_of(stream));
}

const char *rd_stream_ice_pwd(const struct rd_stream *stream)
{
	return rd__ice_pwd(agent_of(stream));
}

static void show(const struct rd__ice_candidate *candidate, struct rd_ice_candidate *out)
{
	*out = (struct rd_ice_candidate){ .type = (enum rd_ice_type)candidate->type,
					  .component = candidate->component,
					  .priority = candidate->priority,
					  .address = candidate->address.storage };
	memcpy(out->foundation, candidate->foundation, sizeof(out->foundation));
	if (candidate->type != RD__ICE_HOST)
		out->related = candidate->base.storage;
}

/* What the far end found out by itself is not told it. */
bool rd_stream_ice_local(const struct rd_stream *stream, int index, struct rd_ice_candidate *out)
{
	const struct rd__ice *agent = agent_of(stream);

	for (int i = 0; i < rd__ice_local_count(agent); i++) {
		const struct rd__ice_candidate *candidate = rd__ice_local(agent, i);

		if (candidate->type == RD__ICE_PRFLX ||
		    candidate->component > rd__ice_components(agent) || index-- > 0)
			continue;
		show(candidate, out);
		return true;
	}
	return false;
}

int rd_stream_ice_add_external(struct rd_stream *stream, const struct sockaddr_storage *address)
{
	struct rd__ice *agent = agent_of(stream);
	struct rd__ice_candidate candidate = { .type = RD__ICE_SRFLX };
	int rc = 0;

	for (int i = 0; i < rd__ice_components(agent) && rc >= 0; i++) {
		const struct rd__ice_candidate *host =
			rd__ice_local(agent, stream->ice->host[i]);

		rd__address_set(&candidate.address, address);
		if (!candidate.address.size || rd__address_same_host(&candidate.address,
								     &host->address))
			return 0;
		candidate.component = (uint8_t)(i + 1);
		rd__address_set_port(&candidate.address, rd__address_port(&host->address));
		candidate.base = host->address;
		rc = rd__ice_add_local(agent, &candidate, NULL);
	}
	return RD_MIN(rc, 0);
}

bool rd_stream_ice_selected(const struct rd_stream *stream, int component,
			    struct rd_ice_candidate *local, struct rd_ice_candidate *remote)
{
	const struct rd__ice_candidate *ours, *theirs;

	if (!rd__ice_selected(agent_of(stream), component, &ours, &theirs))
		return false;
	show(ours, local);
	if (remote)
		show(theirs, remote);
	return true;
}

bool rd_stream_ice_controlling(const struct rd_stream *stream)
{
	return rd__ice_controlling(agent_of(stream));
}

int rd_stream_ice_remote(struct rd_stream *stream, struct rd_str ufrag, struct rd_str pwd,
			 bool lite)
{
	int rc = rd__ice_set_remote(agent_of(stream), ufrag, pwd, lite, rd_now_ms());

	plan(stream->ice);
	return rc;
}

bool rd_stream_ice_is_remote(const struct rd_stream *stream, struct rd_str ufrag,
			     struct rd_str pwd)
{
	return rd__ice_is_remote(agent_of(stream), ufrag, pwd);
}

bool rd_stream_ice_has_remote(const struct rd_stream *stream)
{
	return !rd__ice_is_remote(agent_of(stream), RD_STR(""), RD_STR(""));
}

void rd_stream_ice_add_remote(struct rd_stream *stream, const struct rd_ice_candidate *candidate)
{
	struct rd__ice_candidate theirs = { .type = (enum rd__ice_type)candidate->type,
					    .component = (uint8_t)candidate->component,
					    .priority = candidate->priority };

	memcpy(theirs.foundation, candidate->foundation, sizeof(theirs.foundation));
	rd__address_set(&theirs.address, &candidate->address);
	rd__address_set(&theirs.base, &candidate->related);
	rd__ice_add_remote(agent_of(stream), &theirs);
	plan(stream->ice);
}

void rd_stream_ice_end_of_candidates(struct rd_stream *stream)
{
	rd__ice_end_of_candidates(agent_of(stream));
}

void rd_stream_ice_mux(struct rd_stream *stream)
{
	rd__ice_mux(agent_of(stream));
	plan(stream->ice);
}

void rd_stream_ice_restart(struct rd_stream *stream, bool controlling)
{
	rd__ice_restart(agent_of(stream), controlling);
	plan(stream->ice);
}

void rd_stream_ice_lead(struct rd_stream *stream, bool controlling)
{
	rd__ice_lead(agent_of(stream), controlling);
}

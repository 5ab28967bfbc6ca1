/* What descriptions say of a stream's ICE, ours and theirs: the SDK's ice.h over
 * the agent. */
#include <string.h>

#include <ringdown/clock.h>

#include "core/media/address.h"
#include "core/media/ice_servers.h"
#include "core/media/stream.h"

static struct rd__ice *agent_of(const struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	rd_assert(stream->ice);
	return stream->ice->agent;
}

enum rd__ice_state rd__stream_ice_state(const struct rd_stream *stream)
{
	return rd__ice_state(agent_of(stream));
}

bool rd_stream_has_ice(const struct rd_stream *stream)
{
	RD_CHECK(stream, RD__STREAM_MAGIC);
	return stream->ice;
}

bool rd_stream_ice_gathering(const struct rd_stream *stream)
{
	(void)agent_of(stream);
	return rd__ice_gathering(stream->ice);
}

void rd_stream_ice_on_gathered(struct rd_stream *stream, void (*gathered)(void *arg), void *arg)
{
	(void)agent_of(stream);
	stream->ice->gathered = gathered;
	stream->ice->gathered_arg = arg;
	rd__ice_plan(stream->ice);
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
					  .priority = candidate->priority };
	rd__address_get(&candidate->address, &out->address);
	memcpy(out->foundation, candidate->foundation, sizeof(out->foundation));
	if (candidate->type != RD__ICE_HOST)
		rd__address_get(&candidate->base, &out->related);
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
		int index = rd__ice_host(stream->ice, i + 1, address->ss_family);
		const struct rd__ice_candidate *host =
			index < 0 ? NULL : rd__ice_local(agent, index);

		rd__address_set(&candidate.address, address);
		if (!host || !candidate.address.size || rd__address_same_host(&candidate.address,
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

	rd__ice_plan(stream->ice);
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
	rd__ice_plan(stream->ice);
}

void rd_stream_ice_end_of_candidates(struct rd_stream *stream)
{
	rd__ice_end_of_candidates(agent_of(stream));
}

void rd_stream_ice_mux(struct rd_stream *stream)
{
	rd__ice_mux(agent_of(stream));
	rd__ice_plan(stream->ice);
}

void rd_stream_ice_restart(struct rd_stream *stream, bool controlling)
{
	rd__ice_restart(agent_of(stream), controlling);
	rd__ice_plan(stream->ice);
}

bool rd_stream_ice_failed(const struct rd_stream *stream)
{
	return rd__ice_state(agent_of(stream)) == RD__ICE_FAILED;
}

void rd_stream_ice_renew(struct rd_stream *stream)
{
	rd__ice_renew(agent_of(stream));
}

void rd_stream_ice_revert(struct rd_stream *stream)
{
	rd__ice_revert(agent_of(stream));
}

void rd_stream_ice_lead(struct rd_stream *stream, bool controlling)
{
	rd__ice_lead(agent_of(stream), controlling);
}

/* Figures of trunks (metric.h). */
#include "modules/sip_trunk/trunk.h"

static const struct trunk_state nothing_known;

static const struct trunk_state *state_of(const struct rd_sip_peer *peer)
{
	const struct trunk_state *state = trunk_state_find(peer->name);

	return state ? state : &nothing_known;
}

static void begin(struct rd_metrics *out, const void **pos, const char *name,
		  enum rd_metric_kind kind, const char *help)
{
	*pos = NULL;
	rd_metric_begin(out, name, kind, help);
}

static void both_ways(struct rd_metrics *out, const char *trunk, double in, double out_value)
{
	rd_metric_value(out, in, "trunk", trunk, "direction", "in", NULL);
	rd_metric_value(out, out_value, "trunk", trunk, "direction", "out", NULL);
}

static void print_calls(struct rd_metrics *out)
{
	struct rd_sip_peer peer;
	const void *pos;

	begin(out, &pos, "trunk_calls", RD_METRIC_GAUGE, "Calls with a trunk, answered or not.");
	while (trunk_driver->peer_next(&pos, &peer))
		both_ways(out, peer.name, state_of(&peer)->in.now, state_of(&peer)->out.now);
	begin(out, &pos, "trunk_attempts_total", RD_METRIC_COUNTER, "Calls that were tried.");
	while (trunk_driver->peer_next(&pos, &peer))
		both_ways(out, peer.name, state_of(&peer)->in.attempts,
			  state_of(&peer)->out.attempts);
	begin(out, &pos, "trunk_answered_total", RD_METRIC_COUNTER, "Those that were answered.");
	while (trunk_driver->peer_next(&pos, &peer))
		both_ways(out, peer.name, state_of(&peer)->in.answered,
			  state_of(&peer)->out.answered);
}

void trunks_measure(struct rd_metrics *out)
{
	struct rd_sip_peer peer;
	const void *pos;

	if (!trunk_driver)
		return;
	begin(out, &pos, "trunk_state", RD_METRIC_GAUGE,
	      "Always 1; the state of a trunk as \"sip show trunks\" has it.");
	while (trunk_driver->peer_next(&pos, &peer))
		rd_metric_value(out, 1, "trunk", peer.name, "state",
				trunk_state_name(&peer, trunk_state_find(peer.name)), NULL);
	begin(out, &pos, "trunk_round_trip_seconds", RD_METRIC_GAUGE,
	      "How long the last OPTIONS took.");
	while (trunk_driver->peer_next(&pos, &peer))
		if (peer.rtt_us)
			rd_metric_value(out, peer.rtt_us / 1e6, "trunk", peer.name, NULL);
	print_calls(out);
}

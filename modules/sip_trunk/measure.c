/* Figures of trunks (metric.h), and how they are (health.h). */
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

/* ---- how they are ---- */

enum { NAMED_MAX = 5 }; /* of those that are away, by a report */

/* What is asked for by command is no trouble. */
static bool is_away(const struct rd_sip_peer *peer, const struct trunk_state *state)
{
	return !(state && state->drained) && trunk_worth(peer->name) < TRUNK_FIT;
}

void trunks_look(struct rd_health *out)
{
	const void *pos = NULL;
	unsigned count = 0, away = 0;
	struct rd_sip_peer peer;
	struct rd_buf names;

	rd_buf_init(&names);
	while (trunk_driver && trunk_driver->peer_next(&pos, &peer)) {
		const struct trunk_state *state = trunk_state_find(peer.name);

		count++;
		if (is_away(&peer, state) && ++away <= NAMED_MAX)
			rd_buf_printf(&names, "%s %s %s", away > 1 ? "," : ":", peer.name,
				      trunk_state_name(&peer, state));
	}
	if (count)
		rd_health_line(out, away ? "\"sip show trunks\" has more of it" : NULL, "Trunks",
			       "%u, %u of them away%s%s", count, away, rd_buf_text(&names),
			       away > NAMED_MAX ? ", ..." : "");
	rd_buf_fini(&names);
}

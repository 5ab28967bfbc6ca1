/* From target to target, and from flow to flow, until one takes the request. */
#include "channels/sip/endpoint/proxy_route.h"
#include "channels/sip/trial.h"

/* No other target would do better, or may be tried: it has not failed. */
static bool is_ours(int rc)
{
	return rc == -ENOMEM || rc == -EMSGSIZE || rc == -EINVAL || rc == -EPERM;
}

static int try_targets(const struct sip_trial *trial, struct sip_way *way)
{
	struct sip_flow flow;
	int rc = -EHOSTUNREACH;

	while (way && sip_way_next(way, sip.transports, &flow) == 0) {
		rc = trial->send(trial->arg, way, &flow);
		if (rc == 0 || is_ours(rc))
			return rc;
		sip_way_failed(way, 0);
	}
	return rc;
}

static int try_other_flows(const struct sip_trial *trial, const struct sip_flow *failed)
{
	struct sip_way *way;
	int rc = -EHOSTUNREACH;

	while (trial->peer && rc && !is_ours(rc) &&
	       (way = sip_way_instead(trial->peer, failed, trial->flows_tried))) {
		rc = try_targets(trial, way);
		if (rc)
			sip_way_free(way);
	}
	return rc;
}

int sip_trial_begin_take(const struct sip_trial *trial, struct sip_way *way)
{
	struct sip_enrolled how;
	bool enrolled = trial->peer && sip_prefer_enrolled(way, trial->peer, &how);
	int rc = try_targets(trial, way);

	if (rc == 0)
		return 0;
	sip_way_free(way);
	return is_ours(rc) || !enrolled ? rc : try_other_flows(trial, how.flow);
}

void sip_trial_note(struct sip_way *way, const struct sip_msg *refusal)
{
	if (!refusal || refusal->status == 503)
		sip_way_failed(way, refusal ? sip_retry_after(refusal) : 0);
}

int sip_trial_go_on(const struct sip_trial *trial, struct sip_way *way,
		    const struct sip_flow *failed, const struct sip_msg *refusal)
{
	int rc = -EHOSTUNREACH;

	sip_trial_note(way, refusal);
	if (!refusal || refusal->status == 503)
		rc = try_targets(trial, way);
	if (rc && (!refusal || refusal->status == 430))
		rc = try_other_flows(trial, failed);
	return rc;
}

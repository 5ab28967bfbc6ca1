/* Where a request goes next when a target has failed: to the other targets of its way
 * (RFC 3263 §4.3), then by the other flows that we are registered by (RFC 5626 §4.3).
 * What is sent, and what becomes of the one before, is its owner's: outside.c,
 * call/hunt.c. */
#ifndef CHANNELS_SIP_TRIAL_H
#define CHANNELS_SIP_TRIAL_H

#include "channels/sip/driver.h"

/* Send it by this flow, to the target of the way that was taken last. 0: it is out, and
 * the way is yours, if it was not before. */
typedef int sip_trial_fn(void *arg, struct sip_way *way, const struct sip_flow *flow);

struct sip_trial {
	const struct sip_endpoint *peer; /* whose flows will do; NULL: none of ours */
	unsigned *flows_tried; /* see sip_way_instead() */
	sip_trial_fn *send;
	void *arg;
};

/* To the first target that takes it. 0; or negative errno, and the way is freed. */
int sip_trial_begin_take(const struct sip_trial *trial, struct sip_way *way);

/* This way (may be NULL) led to a target that did not answer (refusal NULL) or said 503:
 * it is avoided for a while. */
void sip_trial_note(struct sip_way *way, const struct sip_msg *refusal);

/**
 * What went by the flow failed: no answer came (refusal NULL), or this one. To the next
 * target where it was silent or said 503; by another flow where it was silent, or said
 * 430 (RFC 5626 §11.5).
 *
 * Returns 0; or negative errno, and the way, which may be NULL, stays where it was.
 */
int sip_trial_go_on(const struct sip_trial *trial, struct sip_way *way,
		    const struct sip_flow *failed, const struct sip_msg *refusal);

#endif

/* Ringdown SDK: audio hooks: the sound of a channel, both ways, for whoever wants
 * it on the side: detectors, transcribers, streams to elsewhere. A relayed call stays
 * relayed. Or for whoever changes it: volumes, filters; then the call is converted. */
#ifndef RINGDOWN_HOOK_H
#define RINGDOWN_HOOK_H

#include <ringdown/base.h>

struct rd_channel;
struct rd_hook;

enum rd_hook_side {
	RD_HOOK_SAID = 1,  /* by the channel's far end */
	RD_HOOK_HEARD = 2, /* what is sent to it: the other party, prompts, music */
};

struct rd_hook_ops {
	/* On a media thread, as each packet comes or goes: no locks, no waits, no
	 * allocation. At the hook's rate; samples NULL: so many were lost. */
	void (*sound)(void *arg, enum rd_hook_side side, const int16_t *samples, size_t count);
	/* Instead of .sound, under the same rules: what it leaves in samples is heard from
	 * then on. Recordings of what is said have it as it was. What nobody decodes is
	 * not changed; nor is music that a program plays. */
	void (*change)(void *arg, enum rd_hook_side side, int16_t *samples, size_t count,
		       int rate);
	/* On the switch thread, once: the hook was removed, or the channel has lost its
	 * sound. arg may be freed, the hook is none any more. */
	void (*gone)(void *arg);
	void *reserved[2];
};

RD_API_BEGIN

/**
 * @sides  enum rd_hook_side, or'ed
 * @rate   of the samples that are wanted, Hz; for one that changes them 0: any, as they come
 *
 * *hp (may be NULL) is good until .gone. 0, -ENODATA (it has no sound), -EINVAL
 * (no sides; neither .sound nor .change) or -ENOMEM. Does not yield.
 */
int rd_hook_new(struct rd_hook **hp, struct rd_channel *ch, unsigned sides, int rate,
		const struct rd_hook_ops *ops, void *arg);
/* Soon nothing comes any more: .gone says when. More than once is as once. */
void rd_hook_remove(struct rd_hook *hook);

RD_API_END

#endif

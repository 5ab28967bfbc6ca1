/* Ringdown SDK: recording a call on the side. What a leg says (in) and hears
 * (out) goes to a file while the call goes on as it is; a relay stays one. */
#ifndef RINGDOWN_MONITOR_H
#define RINGDOWN_MONITOR_H

#include <ringdown/base.h>
#include <ringdown/prompt.h>

struct rd_channel;
struct rd_monitor;

enum rd_monitor_sides {
	RD_MONITOR_IN = 1,  /* what comes from the leg: its user's voice */
	RD_MONITOR_OUT = 2, /* what it hears */
};

struct rd_monitor_options {
	const char *path; /* with its extension, which says the format */
	unsigned sides;	  /* enum rd_monitor_sides or'ed; both are mixed... */
	bool stereo;	  /* ... or a channel each, IN first; where the format can */
	bool append;
	int steps_in, steps_out; /* louder or softer, 6 dB each: -4 to 4 */
	/* Once, on the loop: the leg is gone (rc 0), or the disk takes no more. To be
	 * stopped all the same. May be NULL; must not yield. */
	void (*over)(struct rd_monitor *monitor, int rc, void *arg);
	void *arg;
	void *reserved[2];
};

RD_API_BEGIN

/* Begin. A leg may have any number of them. 0, -ENODATA (it has no sound), -ENOTSUP
 * (no such format, or not in stereo), -ECANCELED, or what the disk says. Yields. */
RD_YIELDS int rd_monitor_start(struct rd_channel *ch, const struct rd_monitor_options *options,
			       struct rd_monitor **mp);
/* While it is paused no time passes in the file. */
void rd_monitor_pause(struct rd_monitor *monitor, bool paused);
/* Silence instead of these sides; 0: all are heard again. */
void rd_monitor_mute(struct rd_monitor *monitor, unsigned sides);
/* The file is whole when it returns, also when the leg is gone. result may be NULL.
 * 0 or the first error of the disk. Yields. */
RD_YIELDS int rd_monitor_stop(struct rd_monitor *monitor, struct rd_record_result *result);

RD_API_END

#endif

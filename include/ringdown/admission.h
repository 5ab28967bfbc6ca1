/* Ringdown SDK: may a new call be taken? Asked by a driver before it makes
 * anything for the call; calls in progress are never refused. */
#ifndef RINGDOWN_ADMISSION_H
#define RINGDOWN_ADMISSION_H

#include <ringdown/base.h>

enum rd_admission {
	RD_ADMISSION_OPEN = 0,
	RD_ADMISSION_LAG,    /* the switch thread works without a pause: events pile up */
	RD_ADMISSION_FIBERS, /* no fibers to spare for a new call */
	RD_ADMISSION_CLOSED, /* the daemon starts or stops */
};

RD_API_BEGIN

/**
 * RD_ADMISSION_OPEN, or why not. A SIP driver then answers 503 with
 * Retry-After: *retry_after_s (may be NULL) gets the seconds, spread a
 * little so that those refused do not all come back at once. Costs a few
 * nanoseconds; does not yield.
 */
enum rd_admission rd_admission_ask(int *retry_after_s);

/* "the switch thread has had no pause for 230 ms", for the log; valid until the next call. */
const char *rd_admission_text(enum rd_admission why);

/**
 * A call without a channel is being set up, one that a proxy passes through, or it is no
 * longer: answered, refused, gone. "core stop gracefully" waits for it as it does for
 * channels. Neither yields.
 */
void rd_setup_begin(void);
void rd_setup_end(void);

RD_API_END

#endif

/* Call files between callfile.c (what is in one), attempt.c (one call, and what becomes of the
 * file) and pbx_spool.c (the folder, and when each is due). */
#ifndef MODULES_PBX_SPOOL_SPOOL_H
#define MODULES_PBX_SPOOL_SPOOL_H

#include <limits.h>

#include <ringdown/originate.h>
#include <ringdown/pool.h>

enum { SPOOL_FILE_MAX = 64 * 1024 };

/* -- callfile.c -- */

/* A call file; its texts are in the pool that it was read with. */
struct call_file {
	struct rd_originate what;
	int channel_line, place_line; /* where they stand; 0: nowhere */
	int max_retries, retry_s;
	int attempts; /* that have come to an end */
	bool archive, always_delete;
	int fault_line; /* what is wrong with it, and where; 0: as a whole */
	const char *fault; /* NULL: nothing */
};

/* Read what is in a file: 0, also where there is a fault, or -ENOMEM. The text is changed. What
 * is passed over is told in the log, by the file's name. */
int call_file_read(struct call_file *file, struct rd_pool *pool, char *text, const char *name);

/* -- failed.c -- */

/* Run the extension "failed" of its context, where there is one. Yields. */
RD_YIELDS void spool_run_failed(const struct call_file *file, const struct rd_dial_result *result);

/* -- attempt.c -- */

enum spool_outcome {
	SPOOL_OVER, /* the file is not in the folder any more */
	SPOOL_STAYS, /* it is, and due at its time */
	SPOOL_LATER, /* it is, and nothing could be tried: due in a moment */
	SPOOL_STUCK, /* it is, and could not be taken away: not due any more */
};

/* Make the call of the file of this name, unless it is not due; folders without a slash at their
 * ends. *due_at: SPOOL_STAYS: when it is; 0: nobody knows. Yields. */
RD_YIELDS enum spool_outcome spool_attempt(const char *outgoing, const char *done, const char *name,
					   time_t *due_at);

#endif

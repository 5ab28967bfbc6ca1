/* The queue between those who log and the one who writes. Shared by the
 * log's own files only. */
#ifndef CORE_BASE_LOG_QUEUE_H
#define CORE_BASE_LOG_QUEUE_H

#include "core/base/log_record.h"

/* Short: held for a format and a copy. */
void rd__log_lock(void);
void rd__log_unlock(void);

/* With the lock held: room for the longest record, NULL (and counted) when
 * the queue is full; then, with its strings in place, make it count. A quarter
 * of the queue is for what matters: a flood of verbose lines hides no error. */
struct rd__log_record *rd__log_reserve(enum rd_log_level level);
void rd__log_append(struct rd__log_record *record, const char *end);

/* With the lock held: the level of modules without their own is at least this. */
void rd__log_raise_level(enum rd_log_level level);

/* With the lock held: nobody takes lines above this level. */
void rd__log_want(enum rd_log_level level);

#endif

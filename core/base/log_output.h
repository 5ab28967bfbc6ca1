/* Where the log's lines go, for the one who writes: the log's thread, or without it
 * whoever logs. */
#ifndef CORE_BASE_LOG_OUTPUT_H
#define CORE_BASE_LOG_OUTPUT_H

#include "core/base/log_record.h"

/* In force; never NULL. */
const struct rd__log_settings *rd__log_output_settings(void);
/* Put others in force and open their files. minimum: levels that the terminal gets in
 * any case. */
void rd__log_output_take(struct rd__log_settings *fresh, unsigned minimum);
/* Back to what there is without settings: standard error. */
void rd__log_output_reset(void);
/* Levels that standard error gets then. */
void rd__log_output_add_default(unsigned levels);

/* To all sinks that take them. */
void rd__log_output_write(const struct rd__log_batch *batch);
void rd__log_output_say_dropped(unsigned long lines);

/* All files, now; those that are too old or too large. */
void rd__log_output_rotate(void);
void rd__log_output_rotate_due(void);
void rd__log_output_reopen(void);

#endif

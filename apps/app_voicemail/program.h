/* A program of the administrator's, with an end to its time. */
#ifndef APPS_APP_VOICEMAIL_PROGRAM_H
#define APPS_APP_VOICEMAIL_PROGRAM_H

#include <ringdown/base.h>

/* Run by the shell; killed with all that it has started when it takes longer, or when this
 * fiber is to end. Its exit status, or negative. Yields. */
RD_YIELDS int vm_program_run(const char *command, int most_ms);

#endif

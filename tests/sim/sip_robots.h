/* SIP phones at 127.0.0.7:5555 that call, are called, hold, transfer, register and vanish at
 * random, over a line that loses messages and packets of sound. For an exchange in the same
 * process, on the virtual clock; what it sends goes through real sockets. */
#ifndef TESTS_SIM_SIP_ROBOTS_H
#define TESTS_SIM_SIP_ROBOTS_H

#include <stddef.h>

struct robots_count {
	unsigned long called, answered, referred, vanished, registered, was_called;
	unsigned long messages, messages_lost, packets, packets_lost;
};

/* Of a hundred messages or packets so many are lost; those that are called dial these. */
void robots_open(const char *const *extens, size_t count, unsigned loss);
void robots_close(void);
/* What is due, and whether new calls are begun. To be called a few times a second. */
void robots_step(int calls);
const struct robots_count *robots_counted(void);

#endif

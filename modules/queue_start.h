/* What a log of queues begins with whenever its module does. */
#ifndef MODULES_QUEUE_START_H
#define MODULES_QUEUE_START_H

#include <ringdown/event.h>

/* QUEUESTART, now, of no queue and nobody. */
struct rd_event queue_start(void);

#endif

/* The thread that writes recordings; recorder.h is what it gets. */
#ifndef CORE_MEDIA_WRITER_H
#define CORE_MEDIA_WRITER_H

#include <ringdown/base.h>

RD_API_BEGIN

/* own_thread false (tests): whoever calls rd__writer_turn() writes. 0 or negative. */
int rd__writer_start(bool own_thread);
/* Write what the recorders have; on the writer's thread, which may wait for the disk. */
void rd__writer_turn(void);
/* What is left is still written; waits for it. */
void rd__writer_stop(void);

RD_API_END

#endif

/* The thread that writes recordings; recorder.h is what it gets. */
#ifndef CORE_MEDIA_WRITER_H
#define CORE_MEDIA_WRITER_H

#include <ringdown/base.h>

RD_API_BEGIN

int rd__writer_start(bool own_thread);
void rd__writer_turn(void);
void rd__writer_stop(void);

RD_API_END

#endif

/* A second socket of a line's port, that hears whom the first one, which is connected,
 * does not: while its far end is silent and may have moved. On the media thread. */
#ifndef CORE_MEDIA_EAR_H
#define CORE_MEDIA_EAR_H

#include <ringdown/base.h>

struct rd__line;

RD_API_BEGIN

/* While the line is not connected. 0, or negative and nothing is left open. */
int rd__ear_open(struct rd__line *line);
/* Nothing, where there is none. */
void rd__ear_close(struct rd__line *line);
bool rd__ear_is_open(const struct rd__line *line);

RD_API_END

#endif

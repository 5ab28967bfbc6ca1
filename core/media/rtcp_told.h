/* Reports on their way to whoever watches them (ringdown/rtcp.h). */
#ifndef CORE_MEDIA_RTCP_TOLD_H
#define CORE_MEDIA_RTCP_TOLD_H

#include <ringdown/rtcp.h>

struct rd__event;
struct rd__line;

RD_API_BEGIN

/* The media thread's: this report was sent, or read. */
void rd__line_tell_report(struct rd__line *line, bool sent, const uint8_t *packet, size_t size);
/* The switch thread's: an event of RD__EVENT_REPORT. */
void rd__report_event(const struct rd__event *event);

RD_API_END

#endif

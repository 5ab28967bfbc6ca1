/* Faxes by T.38 on their way from leg to leg. On the media thread. */
#ifndef CORE_MEDIA_FAX_H
#define CORE_MEDIA_FAX_H

#include <stddef.h>
#include <stdint.h>

struct rd__address;
struct rd__line;

/* A datagram came to a line of RD_MEDIA_IMAGE. */
void rd__line_fax(struct rd__line *line, const uint8_t *packet, size_t size,
		  const struct rd__address *from);

#endif

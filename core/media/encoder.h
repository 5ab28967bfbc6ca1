/* The encoder of a setup. A far end's decoder with a memory goes on from whatever it was
 * sent last. Where that was made by somebody else (relayed, encoded for a whole room or
 * beforehand), an encoder that has not heard it is out of step, and what it says is heard
 * far too loud or too low for a tenth of a second. So the last packets that were sent are
 * kept, and the encoder is told what they sound like before it goes on. */
#ifndef CORE_MEDIA_ENCODER_H
#define CORE_MEDIA_ENCODER_H

#include "core/media/setup.h"

RD_API_BEGIN

/* -- on the media thread -- */

/* What the codec's encode() says to these; scratch: RD__FRAME_MAX samples, not of theirs. */
int rd__setup_encode(struct rd__setup *setup, const int16_t *samples, size_t count, uint8_t *out,
		     size_t max, int16_t *scratch);
/* The far end is sent this, in that codec, and our encoder has not made it. */
void rd__setup_sent(struct rd__setup *setup, const struct rd_codec *codec, const uint8_t *data,
		    size_t size);
/* How many packets two encoders must be told alike until the far end does not hear which of
 * them goes on. */
int rd__setup_lead(const struct rd__setup *setup);
/* The same for what is relayed then; 0 also where it costs more than it gains. */
uint8_t rd__setup_relay_lead(const struct rd__setup *setup);
/* Encode like this packet, which lives as long; NULL: as ever. */
void rd__setup_resemble(struct rd__setup *setup, const uint8_t *packet, size_t size);

RD_API_END

#endif

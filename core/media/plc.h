/* Packet-loss concealment for codecs that have no memory of their own: what was
 * heard last goes on by its pitch, then fades (after ITU-T G.711 Appendix I, but
 * without its delay). */
#ifndef CORE_MEDIA_PLC_H
#define CORE_MEDIA_PLC_H

#include <ringdown/base.h>

struct rd__plc;

RD_API_BEGIN

/* Of sound at this rate, in Hz. 0, -ENOMEM, or -EINVAL. */
int rd__plc_new(struct rd__plc **pp, int rate);
void rd__plc_free(struct rd__plc *plc);
int rd__plc_rate(const struct rd__plc *plc);

/* These samples have arrived. After a gap their beginning is changed, so that
 * they join what took the place of the lost ones. */
void rd__plc_heard(struct rd__plc *plc, int16_t *samples, size_t count);
/* So many are lost: what to play instead; silence after 60 ms. */
void rd__plc_conceal(struct rd__plc *plc, int16_t *out, size_t count);

RD_API_END

#endif

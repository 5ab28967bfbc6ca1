/* Figures of the SIP driver. */
#ifndef CHANNELS_SIP_MEASURE_H
#define CHANNELS_SIP_MEASURE_H

#include <ringdown/metric.h>

/* RD_MODULE(.measure). */
void sip_measure(struct rd_metrics *out);

#endif

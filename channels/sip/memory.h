/* What memory of the driver is for (memory.h of the SDK). */
#ifndef CHANNELS_SIP_MEMORY_H
#define CHANNELS_SIP_MEMORY_H

#include <ringdown/memory.h>

extern struct rd_memory_part sip_memory_answers; /* kept for repetition */
extern struct rd_memory_part sip_memory_calls;
extern struct rd_memory_part sip_memory_connections;
extern struct rd_memory_part sip_memory_dialogs;
extern struct rd_memory_part sip_memory_registrations;
extern struct rd_memory_part sip_memory_settings;
extern struct rd_memory_part sip_memory_transactions;

#endif

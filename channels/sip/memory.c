/* The names of memory.h, as the page of figures has them. */
#include "channels/sip/memory.h"

struct rd_memory_part sip_memory_answers = { .name = "sip_answers" };
struct rd_memory_part sip_memory_calls = { .name = "sip_calls" };
struct rd_memory_part sip_memory_connections = { .name = "sip_connections" };
struct rd_memory_part sip_memory_dialogs = { .name = "sip_dialogs" };
struct rd_memory_part sip_memory_registrations = { .name = "sip_registrations" };
struct rd_memory_part sip_memory_settings = { .name = "sip_settings" };
struct rd_memory_part sip_memory_transactions = { .name = "sip_transactions" };

/* logger.conf, as a participant of load and reload. */
#ifndef CORE_CONFIG_LOGGER_H
#define CORE_CONFIG_LOGGER_H

#include <ringdown/config.h>

RD_API_BEGIN

/* Owner "logger", whose commit opens the log's files anew. */
extern const struct rd_module_config rd__logger_config;

RD_API_END

#endif

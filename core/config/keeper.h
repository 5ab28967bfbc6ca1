/* Which modules have which parsed files. On any thread. */
#ifndef CORE_CONFIG_KEEPER_H
#define CORE_CONFIG_KEEPER_H

#include <ringdown/config.h>

struct rd__usage;

/* One is made, and gone. */
void rd__config_enlist(struct rd_config *config);
void rd__config_delist(struct rd_config *config);
/* A reference of it is had, and given back, by the module whose code that place is. */
void rd__config_taken(struct rd_config *config, const void *place);
void rd__config_given_back(struct rd_config *config, const void *place);

/* The names of those that a module has a reference of, "a.conf, b.conf"; how many they are. */
size_t rd__configs_kept_by(const struct rd__usage *usage, struct rd_buf *out);

#endif

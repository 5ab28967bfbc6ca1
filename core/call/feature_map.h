/* The reading of features.conf: its options, [applicationmap] and groups. */
#ifndef CORE_CALL_FEATURE_MAP_H
#define CORE_CALL_FEATURE_MAP_H

#include <ringdown/config.h>

#include "core/call/features.h"

extern const struct rd_option rd__features_general[], rd__features_map[];
/* What .parse of a row with keys is. */
const char *rd__features_read_code(const char *value, void *dest, struct rd_pool *pool);
/* Is it a group of features, for DYNAMIC_FEATURES? All are but those with names of their own. */
bool rd__feature_is_group(const struct rd_config_section *section);
/* Keys as they may be in the file, copied to keys[RD__KEYS_MAX + 1]. */
bool rd__feature_keys(const char *text, char *keys);
/* As it stands in [applicationmap]; NULL. */
const struct rd__feature_app *rd__feature_app_named(const struct rd__features *features,
						    const char *name);
/* All of it into features->apps, in a pool of their own. What cannot be understood is
 * reported and left out. 0 or -ENOMEM. */
int rd__feature_map_read(const struct rd_config *config, struct rd__features *features,
			 struct rd_config_report *report);

#endif

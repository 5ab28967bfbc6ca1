/* What the option letters t T h H k K let a party of a bridge do. */
#ifndef APPS_FEATURES_H
#define APPS_FEATURES_H

#include <ringdown/bridge.h>

static inline unsigned app_features(bool transfers, bool disconnects, bool parks)
{
	return (transfers ? RD_FEATURE_TRANSFER : 0u) | (disconnects ? RD_FEATURE_DISCONNECT : 0u) |
	       (parks ? RD_FEATURE_PARK : 0u);
}

#endif

/* What the option letters t T h H let a party of a bridge do. */
#ifndef APPS_FEATURES_H
#define APPS_FEATURES_H

#include <ringdown/bridge.h>

static inline unsigned app_features(bool transfers, bool disconnects)
{
	return (transfers ? RD_FEATURE_TRANSFER : 0u) | (disconnects ? RD_FEATURE_DISCONNECT : 0u);
}

#endif

/* What the option letters t T h H k K x X w W let a party of a bridge do: small ones the
 * party that was called, capital ones the caller. */
#ifndef APPS_FEATURES_H
#define APPS_FEATURES_H

#include <ringdown/app.h>
#include <ringdown/bridge.h>

/* In the flags of an application's options, above its own: for each feature in turn the
 * called party's bit, and then the caller's. */
enum { APP_FEATURES_AT = 21, APP_FEATURES = 5 };

#define APP_FEATURE_BIT(at) (1u << (APP_FEATURES_AT + (at)))

enum app_feature_flag {
	APP_PEER_TRANSFERS = APP_FEATURE_BIT(0),
	APP_CALLER_TRANSFERS = APP_FEATURE_BIT(1),
	APP_PEER_DISCONNECTS = APP_FEATURE_BIT(2),
	APP_CALLER_DISCONNECTS = APP_FEATURE_BIT(3),
	APP_PEER_PARKS = APP_FEATURE_BIT(4),
	APP_CALLER_PARKS = APP_FEATURE_BIT(5),
	APP_PEER_RECORDS = APP_FEATURE_BIT(6),
	APP_CALLER_RECORDS = APP_FEATURE_BIT(7),
	APP_PEER_MONITORS = APP_FEATURE_BIT(8),
	APP_CALLER_MONITORS = APP_FEATURE_BIT(9),
};

/* Rows of an option table. */
/* clang-format off */
#define APP_FEATURE_OPTIONS                       \
	{ 't', false, APP_PEER_TRANSFERS, 0 },    \
	{ 'T', false, APP_CALLER_TRANSFERS, 0 },  \
	{ 'h', false, APP_PEER_DISCONNECTS, 0 },  \
	{ 'H', false, APP_CALLER_DISCONNECTS, 0 }, \
	{ 'k', false, APP_PEER_PARKS, 0 },        \
	{ 'K', false, APP_CALLER_PARKS, 0 },      \
	{ 'x', false, APP_PEER_RECORDS, 0 },      \
	{ 'X', false, APP_CALLER_RECORDS, 0 },    \
	{ 'w', false, APP_PEER_MONITORS, 0 },     \
	{ 'W', false, APP_CALLER_MONITORS, 0 }
/* clang-format on */

static inline unsigned app_features(uint64_t flags, int side)
{
	unsigned features = 0;

	for (int i = 0; i < APP_FEATURES; i++)
		features |= flags & APP_FEATURE_BIT(2 * i + side) ? 1u << i : 0u;
	return features;
}

static inline unsigned app_peer_features(uint64_t flags)
{
	return app_features(flags, 0);
}

static inline unsigned app_caller_features(uint64_t flags)
{
	return app_features(flags, 1);
}

#endif

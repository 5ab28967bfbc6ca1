/* Bridge(): talk to a channel that is already there. It is taken out of what
 * it does, and goes on behind it afterwards. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/bridge.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/features.h"
#include "apps/option_args.h"
#include "apps/place.h"
#include "apps/seconds.h"

/* Bits of rd_app_options.flags, below those of apps/features.h. x is an option of its own
 * here: who may record is said by BRIDGE_FEATURES. */
enum {
	OPT_BEEP = 1,
	OPT_PEER_ENDS = 2,
	OPT_NO_ANSWER = 4,
	OPT_TIME = 8,
	OPT_PEER_GOES_ON = 16,
	OPT_LIMIT = 32,
};

enum { ARG_TIME, ARG_PEER_GOES_ON, ARG_LIMIT };

static const struct rd_app_option letters[] = {
	{ 'p', false, OPT_BEEP, 0 },
	{ 'x', false, OPT_PEER_ENDS, 0 },
	{ 'n', false, OPT_NO_ANSWER, 0 },
	{ 'S', true, OPT_TIME, ARG_TIME },
	{ 'L', true, OPT_LIMIT, ARG_LIMIT },
	{ 'F', true, OPT_PEER_GOES_ON, ARG_PEER_GOES_ON },
	APP_FEATURE_OPTIONS,
	{ 0 },
};

static int set_result(struct rd_channel *ch, const char *result)
{
	return rd_var_set(ch, "BRIDGERESULT", result);
}

/* Where it was, one step on; or where option F says, when the one who fetched it has hung
 * up. */
static void send_on(struct rd_channel *ch, struct rd_channel *peer,
		    const struct rd_app_options *given, int end)
{
	if (rd_channel_gone(peer) || rd_channel_moved(peer))
		return;
	if (end == RD_BRIDGE_CALLER_GONE && given->flags & OPT_PEER_GOES_ON)
		app_send_on(ch, peer, given->args[ARG_PEER_GOES_ON]);
	else if (!(given->flags & OPT_PEER_ENDS))
		rd_channel_redirect(peer, NULL, NULL, rd_channel_priority(peer) + 1);
}

/* What is no time is named and passed over: they talk without that limit. */
static void read_limits(struct rd_channel *ch, const struct rd_app_options *given,
			struct rd_bridge_options *options)
{
	if (given->args[ARG_TIME])
		(void)app_seconds(ch, given->args[ARG_TIME], &options->limit_ms);
	if (given->args[ARG_LIMIT])
		(void)app_limit_option(ch, given->args[ARG_LIMIT], options);
}

/* Another leg may take the peer's seat meanwhile: then that is the peer. */
static int talk(struct rd_channel *ch, struct rd_channel **seat, const struct rd_app_options *given)
{
	struct rd_bridge_options options = {
		.peer_seat = seat,
		.peer_features = app_peer_features(given->flags),
		.caller_features = app_caller_features(given->flags),
	};
	int end, rc = given->flags & OPT_NO_ANSWER ? 0 : rd_answer(ch);

	read_limits(ch, given, &options);
	if (!rc && given->flags & OPT_BEEP)
		rc = rd_play(*seat, "beep", "");
	if (rc == -ECANCELED && (rd_channel_gone(ch) || rd_channel_moved(ch)))
		return rc;
	end = rd_bridge_run(ch, *seat, &options);
	set_result(ch, end < 0 && end != -ECANCELED ? "FAILURE" : "SUCCESS");
	send_on(ch, *seat, given, end);
	return rd_channel_gone(ch) || rd_channel_moved(ch) ? -ECANCELED : 0;
}

static int bridge_app(struct rd_channel *ch, const char *args)
{
	struct rd_app_options options;
	struct rd_channel *peer;
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	rc = rd_app_read_options(ch, letters, argv[1], &options);
	if (rc)
		return rc;
	peer = *argv[0] ? rd_channel_find(argv[0]) : NULL;
	if (!peer) {
		rd_app_warning(ch, "no channel \"%s\"", argv[0]);
		return set_result(ch, "NONEXISTENT");
	}
	rc = peer == ch ? -ELOOP : rd_channel_take_over(peer);
	if (rc) {
		if (peer != ch && rc != -ECANCELED)
			rd_app_warning(ch, "%s: %s", rd_channel_name(peer), rd_strerror(rc));
		set_result(ch, peer == ch ? "LOOP" : "FAILURE");
		rd_channel_unref(peer);
		return rd_channel_gone(ch) ? -ECANCELED : 0;
	}
	rc = talk(ch, &peer, &options);
	rd_channel_let_go(peer, RD_CAUSE_NORMAL);
	return rc;
}

static const char *check_bridge_letters(struct rd_pool *pool, const char *const *argv,
					char *buf, size_t size)
{
	return rd_app_check_options(pool, letters, argv[1], buf, size);
}

static const char *bridge_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_bridge_letters, buf, size);
}

static const struct rd_app apps[] = {
	{
		.name = "Bridge",
		.run = bridge_app,
		.check = bridge_check,
		.synopsis = "Talk to a channel that is already there",
		.syntax = "Bridge(channel,options)",
		.description =
			"Sets BRIDGERESULT: SUCCESS FAILURE LOOP NONEXISTENT. The other one "
			"goes on at its next step afterwards, with x it is hung up. Options: "
			"p beep to the other one; n the call is not answered; S(seconds) no longer "
			"than that; L(ms:warn:repeat) the same, with warnings, as Dial's; F(place) "
			"the other one goes on there when who fetched it "
			"hangs up; h H t T k K X w W as Dial's.",
	},
	{ 0 },
};

RD_MODULE(.name = "app_bridge", .synopsis = "Bridge", .apps = apps);

/* BridgeAdd(): join the call of another channel; all hear all. */
#include <ringdown/app.h>
#include <ringdown/bridge.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>

/* 0, or -ECANCELED: the leg has gone. */
static int join(struct rd_channel *ch, struct rd_channel *with)
{
	int rc = rd_answer(ch);
	struct rd_bridge *bridge = rc ? NULL : rd_channel_bridge(with);

	if (rc == -ECANCELED)
		return rc;
	if (bridge)
		rc = rd_bridge_join(bridge, ch, NULL);
	else if (!rc)
		rc = -ENOTCONN;
	if (rc < 0 && rc != -ECANCELED)
		rd_app_warning(ch, "%s: %s", rd_channel_name(with),
			       rc == -ENOTCONN ? "it talks to nobody" : rd_strerror(rc));
	rd_var_set(ch, "BRIDGERESULT", rc < 0 && rc != -ECANCELED ? "FAILURE" : "SUCCESS");
	return rc == -ECANCELED ? rc : 0;
}

static int bridgeadd_app(struct rd_channel *ch, const char *args)
{
	struct rd_channel *with = *args ? rd_channel_find(args) : NULL;
	int rc;

	if (!with) {
		rd_app_warning(ch, "no channel \"%s\"", args);
		return rd_var_set(ch, "BRIDGERESULT", "NONEXISTENT");
	}
	rc = with == ch ? rd_var_set(ch, "BRIDGERESULT", "LOOP") : join(ch, with);
	rd_channel_unref(with);
	return rc;
}

static const struct rd_app apps[] = {
	{
		.name = "BridgeAdd",
		.run = bridgeadd_app,
		.synopsis = "Join the call of a channel",
		.syntax = "BridgeAdd(channel)",
		.description =
			"By its name, or how its name begins: then the newest. The call is "
			"answered. "
			"The dialplan goes on when that call has ended. Sets BRIDGERESULT: SUCCESS "
			"FAILURE (it talks to nobody) LOOP NONEXISTENT.",
	},
	{ 0 },
};

RD_MODULE(.name = "app_bridgeaddchan", .synopsis = "BridgeAdd", .apps = apps);

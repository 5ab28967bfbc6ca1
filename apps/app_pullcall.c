/* PullCall(): the call of another phone goes on at this one, as from the desk to a softphone and
 * back. Whom it talks to hears no break. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/tech.h>
#include <ringdown/transfer.h>

/* The newest call of the device that somebody has answered, but for the one that asks. NULL: it
 * is in none. */
static struct rd_channel *find(const char *device, const struct rd_channel *ch)
{
	struct rd_channel *leg = NULL, *found = NULL;

	while ((leg = rd_device_channel(device, leg)))
		if (leg != ch && rd_channel_state(leg) == RD_CHANNEL_UP &&
		    (!found || rd_channel_created_ms(leg) >= rd_channel_created_ms(found)))
			found = leg;
	return found;
}

static int fail(struct rd_channel *ch, const char *device, const char *why, const char *status)
{
	rd_app_warning(ch, "%s: %s", device, why);
	return rd_var_set(ch, "PULLCALLSTATUS", status);
}

/* Answered only where there is a call, which may go meanwhile. */
static int pullcall_app(struct rd_channel *ch, const char *args)
{
	const char *device = *args ? args : rd_channel_device(ch);
	struct rd_channel *leg = find(device, ch);
	int rc = leg ? rd_answer(ch) : 0;

	if (rc)
		return rc;
	leg = leg ? find(device, ch) : NULL;
	if (!leg)
		return fail(ch, device, "it is in no call", "NOCALL");
	rc = rd_channel_replace(leg, ch);
	/* Taken out of here: it goes on in that call. */
	return rc ? fail(ch, device, rd_strerror(rc), "FAILURE") : -ECANCELED;
}

static const struct rd_app apps[] = {
	{
		.name = "PullCall",
		.run = pullcall_app,
		.synopsis = "Go on with the call of another phone at this one",
		.syntax = "PullCall([device])",
		.description =
			"The newest call of that device that was answered; without one, of this "
			"phone's own account, at whichever of its phones. That phone is hung up, "
			"and whom it talked to talks to this one. Where there is no call the "
			"dialplan goes on, with PULLCALLSTATUS: NOCALL FAILURE.",
	},
	{ 0 },
};

RD_MODULE(.name = "app_pullcall", .synopsis = "PullCall", .apps = apps);

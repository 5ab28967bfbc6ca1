/* What a caller is told before anybody answers: Ringing(), Progress(),
 * Proceeding(), Busy(), Congestion(). */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>

#include "apps/seconds.h"

static int ringing_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	return rd_indicate(ch, RD_INDICATE_RINGING);
}

static int progress_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	return rd_indicate(ch, RD_INDICATE_PROGRESS);
}

static int proceeding_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	return rd_indicate(ch, RD_INDICATE_PROCEEDING);
}

/* Who has been answered cannot be refused any more: he hears a tone. */
static int refuse(struct rd_channel *ch, const char *args, enum rd_indication what,
		  int cause)
{
	int wait_ms = RD_FOREVER;
	int rc;

	if (*args && app_seconds(ch, args, &wait_ms) != 0)
		wait_ms = RD_FOREVER;
	rc = rd_indicate(ch, what);
	if (rc == 0)
		rc = rd_channel_sleep(ch, wait_ms);
	if (rc != -ECANCELED)
		rd_hangup(ch, cause);
	return -ECANCELED;
}

static int busy_app(struct rd_channel *ch, const char *args)
{
	return refuse(ch, args, RD_INDICATE_BUSY, RD_CAUSE_BUSY);
}

static int congestion_app(struct rd_channel *ch, const char *args)
{
	return refuse(ch, args, RD_INDICATE_CONGESTION, RD_CAUSE_CONGESTION);
}

static const struct rd_app apps[] = {
	{ .name = "Ringing",
	  .run = ringing_app,
	  .synopsis = "Tell the caller that it rings",
	  .syntax = "Ringing()" },
	{ .name = "Progress",
	  .run = progress_app,
	  .synopsis = "Open early media, without answering",
	  .syntax = "Progress()" },
	{ .name = "Proceeding",
	  .run = proceeding_app,
	  .synopsis = "Tell the caller that the call is on its way",
	  .syntax = "Proceeding()" },
	{ .name = "Busy",
	  .run = busy_app,
	  .synopsis = "Tell the caller that the line is busy, and end the call",
	  .syntax = "Busy([seconds])",
	  .description = "Waits for the caller to hang up, so many seconds at most. "
			 "A call that is up hears the busy tone." },
	{ .name = "Congestion",
	  .run = congestion_app,
	  .synopsis = "Tell the caller that no way is free, and end the call",
	  .syntax = "Congestion([seconds])",
	  .description = "Waits for the caller to hang up, so many seconds at most. "
			 "A call that is up hears the congestion tone." },
	{ 0 }
};

RD_MODULE(.name = "app_progress", .synopsis = "Progress of a call", .apps = apps);

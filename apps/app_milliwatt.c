/* Milliwatt(): the test tone of 1004 Hz, for those who measure lines. */
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

static int milliwatt_app(struct rd_channel *ch, const char *args)
{
	int rc = rd_tone_start(ch, strchr(args, 'o') ? "1000@0" : "1004@0");

	if (rc == 0)
		rc = rd_channel_sleep(ch, RD_FOREVER);
	rd_tone_stop(ch);
	return rc;
}

static const struct rd_app apps[] = {
	{ .name = "Milliwatt",
	  .run = milliwatt_app,
	  .synopsis = "Play a tone of 1004 Hz until the caller hangs up",
	  .syntax = "Milliwatt([o])",
	  .description = "o: 1000 Hz, the older frequency." },
	{ 0 }
};

RD_MODULE(.name = "app_milliwatt", .synopsis = "Test tone", .apps = apps);

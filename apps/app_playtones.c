/* PlayTones() and StopPlayTones(): a tone that goes on while the dialplan
 * does something else. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

static int playtones_app(struct rd_channel *ch, const char *args)
{
	int rc = rd_tone_start(ch, args);

	if (rc == -ENOENT || rc == -EINVAL) {
		rd_app_warning(ch, "\"%s\" is neither a tone of indications.conf nor "
				   "a list such as 425/500,0/500", args);
		rc = 0;
	}
	return rc;
}

static int stopplaytones_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	rd_tone_stop(ch);
	return 0;
}

static const struct rd_app apps[] = {
	{ .name = "PlayTones",
	  .run = playtones_app,
	  .synopsis = "Start a tone and go on",
	  .syntax = "PlayTones(tone)",
	  .description = "The tone is a name of indications.conf (dial, busy, ring, "
			 "congestion, ...) or a list: frequencies/milliseconds, ..." },
	{ .name = "StopPlayTones",
	  .run = stopplaytones_app,
	  .synopsis = "Stop the tone that PlayTones started",
	  .syntax = "StopPlayTones()" },
	{ 0 }
};

RD_MODULE(.name = "app_playtones", .synopsis = "Tones", .apps = apps);

/* Music for the caller: MusicOnHold(), and its beginning and end by hand. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/seconds.h"

static int musiconhold_app(struct rd_channel *ch, const char *args)
{
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2), ms = RD_FOREVER;

	if (rc < 0)
		return rc;
	if (*argv[1] && app_seconds(ch, argv[1], &ms))
		return 0;
	rc = rd_music_start(ch, argv[0]);
	if (rc)
		return rc == -ECANCELED ? rc : 0;
	rc = rd_channel_sleep(ch, ms);
	rd_music_stop(ch);
	return rc;
}

static int startmusiconhold_app(struct rd_channel *ch, const char *args)
{
	int rc = rd_music_start(ch, args);

	return rc == -ECANCELED ? rc : 0;
}

static int stopmusiconhold_app(struct rd_channel *ch, const char *args)
{
	(void)args;
	rd_music_stop(ch);
	return 0;
}

static int setmusiconhold_app(struct rd_channel *ch, const char *args)
{
	rd_channel_set(ch, "musicclass", args);
	return 0;
}

static const struct rd_app apps[] = {
	{ .name = "MusicOnHold",
	  .run = musiconhold_app,
	  .synopsis = "Play music to the caller, for ever or for some seconds",
	  .syntax = "MusicOnHold([class[,duration]])",
	  .description = "Without a class: the channel's, then the default." },
	{ .name = "StartMusicOnHold",
	  .run = startmusiconhold_app,
	  .synopsis = "Begin music and go on with the dialplan",
	  .syntax = "StartMusicOnHold([class])",
	  .description = "Anything else that is played takes its place." },
	{ .name = "StopMusicOnHold",
	  .run = stopmusiconhold_app,
	  .synopsis = "End the music",
	  .syntax = "StopMusicOnHold()" },
	{ .name = "SetMusicOnHold",
	  .run = setmusiconhold_app,
	  .synopsis = "Choose the class of music that this channel hears",
	  .syntax = "SetMusicOnHold(class)",
	  .description = "The same as Set(CHANNEL(musicclass)=class)." },
	{ 0 }
};

RD_MODULE(.name = "app_musiconhold", .synopsis = "Music for the caller", .apps = apps);

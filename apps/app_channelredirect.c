/* ChannelRedirect(): send another channel to a place in the dialplan. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>
#include <ringdown/module.h>

static int send_to(struct rd_channel *other, const char *target)
{
	struct rd_place place;
	int rc = rd_dialplan_read_place(other, target, &place);

	return rc ? rc : rd_channel_redirect(other, place.context, place.exten, place.priority);
}

static int channelredirect_app(struct rd_channel *ch, const char *args)
{
	struct rd_channel *other;
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	if (rc < 2) {
		rd_app_warning(ch, "a channel and a priority are needed");
		return 0;
	}
	other = rd_channel_find(argv[0]);
	rc = other ? send_to(other, argv[1]) : -ENOENT;
	if (other && rc)
		rd_app_warning(ch, "%s cannot go to %s: %s", argv[0], argv[1], rd_strerror(rc));
	rd_var_set(ch, "CHANNELREDIRECT_STATUS",
		   !other ? "NOCHANNEL" : rc ? "FAILURE" : "SUCCESS");
	if (other)
		rd_channel_unref(other);
	return 0;
}

static const struct rd_app apps[] = {
	{ .name = "ChannelRedirect",
	  .run = channelredirect_app,
	  .synopsis = "Send another channel to a place in the dialplan",
	  .syntax = "ChannelRedirect(channel,[[context,]extension,]priority)",
	  .description = "CHANNELREDIRECT_STATUS is SUCCESS, NOCHANNEL or FAILURE." },
	{ 0 }
};

RD_MODULE(.name = "app_channelredirect", .synopsis = "Move another channel",
	  .apps = apps);

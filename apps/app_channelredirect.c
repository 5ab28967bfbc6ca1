/* ChannelRedirect(): send another channel to a place in the dialplan. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>
#include <ringdown/module.h>

struct place {
	const char *context, *exten;
	int priority;
};

/* [[context,]extension,]priority or label; what is absent is the other's own. */
static int read_place(const struct rd_channel *other, const char **argv, int n,
		      struct place *out)
{
	const char *caller = rd_channel_party(other, RD_PARTY_CALLER)->number;
	char *end;

	out->context = n > 2 ? argv[0] : rd_channel_context(other);
	out->exten = n > 1 ? argv[n - 2] : rd_channel_exten(other);
	out->priority = (int)strtol(argv[n - 1], &end, 10);
	if (end == argv[n - 1] || *end)
		out->priority = rd_dialplan_label(out->context, out->exten,
						  argv[n - 1], caller);
	return out->priority > 0 ? 0 : -ENOENT;
}

static int channel_redirect(struct rd_channel *ch, const char *args)
{
	struct rd_channel *other;
	struct place place;
	const char *argv[4];
	int n = rd_app_args(rd_channel_scratch(ch), args, argv, 4);
	int rc = -ENOENT;

	if (n < 0)
		return n;
	if (n < 2) {
		rd_app_warning(ch, "a channel and a priority are needed");
		return 0;
	}
	other = rd_channel_find(argv[0]);
	if (other && read_place(other, argv + 1, n - 1, &place) == 0)
		rc = rd_channel_redirect(other, place.context, place.exten,
					 place.priority);
	if (other && rc)
		rd_app_warning(ch, "%s cannot go to %s: %s", argv[0],
			       strchr(args, ',') + 1, rd_strerror(rc));
	rd_var_set(ch, "CHANNELREDIRECT_STATUS",
		   !other ? "NOCHANNEL" : rc ? "FAILURE" : "SUCCESS");
	if (other)
		rd_channel_unref(other);
	return 0;
}

static const struct rd_app apps[] = {
	{ .name = "ChannelRedirect",
	  .run = channel_redirect,
	  .synopsis = "Send another channel to a place in the dialplan",
	  .syntax = "ChannelRedirect(channel,[[context,]extension,]priority)",
	  .description = "CHANNELREDIRECT_STATUS is SUCCESS, NOCHANNEL or FAILURE." },
	{ 0 }
};

RD_MODULE(.name = "app_channelredirect", .synopsis = "Move another channel",
	  .apps = apps);

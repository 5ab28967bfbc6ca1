/* SendDTMF(): press keys for the caller's side, or on another channel. */
#include <stdlib.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>

static int senddtmf_app(struct rd_channel *ch, const char *args)
{
	const char *argv[5];
	struct rd_channel *to;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 5);

	if (rc < 0)
		return rc;
	if (!*argv[0]) {
		rd_app_warning(ch, "digits are missing");
		return 0;
	}
	to = *argv[3] ? rd_channel_find(argv[3]) : rd_channel_ref(ch);
	if (!to) {
		rd_app_warning(ch, "there is no channel \"%s\"", argv[3]);
		return 0;
	}
	rc = rd_send_digits(to, argv[0], atoi(argv[2]), atoi(argv[1]));
	if (to != ch && !rd_channel_gone(ch))
		rc = 0; /* the other one's end is not ours */
	rd_channel_unref(to);
	return rc;
}

static const struct rd_app apps[] = {
	{ .name = "SendDTMF",
	  .run = senddtmf_app,
	  .synopsis = "Send keys",
	  .syntax = "SendDTMF(digits[,gap_ms[,length_ms[,channel]]])",
	  .description = "Of 0-9 * # A-D; w waits half a second, W a second." },
	{ 0 }
};

RD_MODULE(.name = "app_senddtmf", .synopsis = "Send keys", .apps = apps);

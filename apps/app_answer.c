/* Answer() and Hangup(): the beginning and the end of every call. */
#include <stdlib.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dial.h>
#include <ringdown/module.h>

static int answer_app(struct rd_channel *ch, const char *args)
{
	int rc = rd_answer(ch);
	int delay_ms = atoi(args);

	if (rc == 0 && delay_ms > 0)
		rc = rd_channel_sleep(ch, delay_ms);
	return rc;
}

/* A number, a name of cause.h, or nothing: the leg's own, else why nobody answered it. */
static int read_cause(struct rd_channel *ch, const char *args)
{
	int cause = rd_channel_cause(ch);

	if (!cause && rd_channel_state(ch) != RD_CHANNEL_UP)
		cause = rd_dialled_cause(ch);
	if (*args) {
		cause = rd_cause_from_name(args);
		if (cause < 0)
			rd_app_warning(ch, "there is no cause \"%s\"; %d, %s, is used",
				       args, RD_CAUSE_NORMAL,
				       rd_cause_text(RD_CAUSE_NORMAL));
	}
	return cause > 0 ? cause : RD_CAUSE_NORMAL;
}

static int hangup_app(struct rd_channel *ch, const char *args)
{
	rd_hangup(ch, read_cause(ch, args));
	return -ECANCELED;
}

static const struct rd_app apps[] = {
	{ .name = "Answer",
	  .run = answer_app,
	  .synopsis = "Answer the call",
	  .syntax = "Answer([delay])",
	  .description = "Does nothing when the call is up. With a delay, waits so "
			 "many milliseconds afterwards." },
	{ .name = "Hangup",
	  .run = hangup_app,
	  .synopsis = "End the call",
	  .syntax = "Hangup([cause])",
	  .description = "The cause is a number of Q.850 or its name, such as 17 or "
			 "USER_BUSY. Without one, a call that nobody has answered ends with "
			 "that of the last Dial() (HANGUPCAUSE), any other with 16." },
	{ 0 }
};

RD_MODULE(.name = "app_answer", .synopsis = "Answer and hang up", .apps = apps);

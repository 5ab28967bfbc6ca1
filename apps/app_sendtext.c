/* SendText(): show the caller's phone a line of text during the call. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>

static const char *status_of(int rc)
{
	if (rc == 0)
		return "SUCCESS";
	return rc == -ENOSYS ? "UNSUPPORTED" : "FAILURE";
}

/* What commas the argument holds are the text's. */
static int sendtext_app(struct rd_channel *ch, const char *args)
{
	const char *body = rd_var_get(ch, "SENDTEXT_BODY");
	const char *text = body && *body ? body : args;
	int rc = *text ? rd_send_text(ch, text) : -EINVAL;

	if (!*text)
		rd_app_warning(ch, "a text is missing");
	rd_var_set(ch, "SENDTEXTSTATUS", status_of(rc));
	return rc == -ECANCELED ? rc : 0;
}

static const struct rd_app apps[] = {
	{ .name = "SendText",
	  .run = sendtext_app,
	  .synopsis = "Show the caller a text",
	  .syntax = "SendText(text)",
	  .description = "Where SENDTEXT_BODY is set, that is sent. SENDTEXTSTATUS is SUCCESS, "
			 "FAILURE or UNSUPPORTED." },
	{ 0 }
};

RD_MODULE(.name = "app_sendtext", .synopsis = "Texts within calls", .apps = apps);

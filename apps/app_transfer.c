/* Transfer(): ask the caller's side to call somebody else (REFER, 302). */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>

static int transfer_app(struct rd_channel *ch, const char *args)
{
	const char *status = "SUCCESS";
	int rc;

	if (!*args) {
		rd_app_warning(ch, "a destination is missing");
		rd_var_set(ch, "TRANSFERSTATUS", "FAILURE");
		return 0;
	}
	rd_var_set(ch, "TRANSFERSTATUSPROTOCOL", "0");
	rc = rd_transfer(ch, args);
	if (rc == -ENOSYS)
		status = "UNSUPPORTED";
	else if (rc < 0 && rc != -ECANCELED)
		status = "FAILURE";
	rd_var_set(ch, "TRANSFERSTATUS", status);
	return rc == -ECANCELED ? rc : 0;
}

static const struct rd_app apps[] = {
	{ .name = "Transfer",
	  .run = transfer_app,
	  .synopsis = "Send the caller elsewhere",
	  .syntax = "Transfer([technology/]destination)",
	  .description =
		  "TRANSFERSTATUS is SUCCESS, FAILURE or UNSUPPORTED. Who has been answered is "
		  "asked to call there (REFER), another is redirected (302); "
		  "TRANSFERSTATUSPROTOCOL is the SIP status that it came to, or 0." },
	{ 0 }
};

RD_MODULE(.name = "app_transfer", .synopsis = "Send a caller elsewhere", .apps = apps);

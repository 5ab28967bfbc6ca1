/* AttendedTransfer(): call somebody before whom the leg talks to is sent there, as the key
 * atxfer does. It is for keys of [applicationmap], which run it while the two talk. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/transfer.h>

static const char *fault_of(int rc)
{
	switch (rc) {
	case -ENOENT:
		return "there is no such extension";
	case -ENOTCONN:
		return "it talks to nobody, or to more than one";
	default:
		return rd_strerror(rc);
	}
}

static int attended_transfer_app(struct rd_channel *ch, const char *args)
{
	int rc;

	if (!*args) {
		rd_app_error(ch, "where to? It wants an extension");
		return rd_var_set(ch, "ATTENDEDTRANSFERSTATUS", "FAILURE");
	}
	rc = rd_transfer_consult(ch, args);
	if (rc)
		rd_app_warning(ch, "%s@%s: %s", args, rd_transfer_context(ch), fault_of(rc));
	return rd_var_set(ch, "ATTENDEDTRANSFERSTATUS", rc ? "FAILURE" : "SUCCESS");
}

static const struct rd_app apps[] = {
	{
		.name = "AttendedTransfer",
		.run = attended_transfer_app,
		.synopsis = "Talk to somebody, and then have the other one talk to them",
		.syntax = "AttendedTransfer(extension)",
		.description =
			"For a channel that talks: run by a key of [applicationmap]. What follows "
			"is "
			"as with the key atxfer of features.conf; the extension is one of "
			"TRANSFER_CONTEXT, or of the channel's context. ATTENDEDTRANSFERSTATUS is "
			"SUCCESS (it will be called) or FAILURE.",
	},
	{ 0 },
};

RD_MODULE(.name = "app_attended_transfer", .synopsis = "AttendedTransfer", .apps = apps);

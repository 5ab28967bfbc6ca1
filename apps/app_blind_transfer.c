/* BlindTransfer(): send whom the leg talks to elsewhere. It is for keys of
 * [applicationmap], which run it while the two talk. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/transfer.h>

static const char *status_of(int rc)
{
	switch (rc) {
	case 0:
		return "SUCCESS";
	case -ENOENT:
	case -ENOTCONN:
		return "INVALID";
	default:
		return "FAILURE";
	}
}

static const char *fault_of(int rc)
{
	switch (rc) {
	case -ENOENT:
		return "there is no such extension";
	case -ENOTCONN:
		return "it talks to nobody";
	default:
		return rd_strerror(rc);
	}
}

static int blind_transfer_app(struct rd_channel *ch, const char *args)
{
	const char *argv[2], *context;
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	if (!*argv[0]) {
		rd_app_error(ch, "where to? It wants an extension");
		return rd_var_set(ch, "BLINDTRANSFERSTATUS", "FAILURE");
	}
	context = *argv[1] ? argv[1] : rd_transfer_context(ch);
	rc = rd_transfer_blind(ch, context, argv[0], NULL, NULL);
	if (rc)
		rd_app_warning(ch, "%s@%s: %s", argv[0], context, fault_of(rc));
	return rd_var_set(ch, "BLINDTRANSFERSTATUS", status_of(rc));
}

static const struct rd_app apps[] = {
	{
		.name = "BlindTransfer",
		.run = blind_transfer_app,
		.synopsis = "Send whom this channel talks to elsewhere",
		.syntax = "BlindTransfer(extension,context)",
		.description =
			"For a channel that talks: run by a key of [applicationmap]. The context "
			"is "
			"TRANSFER_CONTEXT, or that of the channel. BLINDTRANSFERSTATUS is SUCCESS "
			"(the other is on the way), INVALID (there is no such extension, or nobody "
			"to send) or FAILURE. Is the call refused there, the two talk on.",
	},
	{ 0 },
};

RD_MODULE(.name = "app_blind_transfer", .synopsis = "BlindTransfer", .apps = apps);

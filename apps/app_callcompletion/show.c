/* The console, and lamps: ccss:SIP/1001 is in use while 1001 waits for somebody. */
#include <stdio.h>
#include <strings.h>

#include "apps/app_callcompletion/cc.h"

static const char *state_name(const struct cc_call *call)
{
	static const char *const names[] = {
		[CC_OFFERED] = "offered",
		[CC_REQUESTED] = "waits",
		[CC_CALLER_BUSY] = "caller is busy",
		[CC_RECALLING] = "is called back",
	};

	return names[call->state];
}

static int report(struct rd_cli *cli, int argc, const char *const *argv)
{
	size_t n = 0;

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%6s %-24s %-16s %-10s %s\n", "", "Caller", "Wants", "Because", "State");
	for (const struct cc_call *call = cc_request_next(NULL); call;
	     call = cc_request_next(call), n++)
		rd_cli_print(cli, "%6d %-24s %-16s %-10s %s\n", call->id, call->caller, call->exten,
			     call->busy ? "busy" : "no answer", state_name(call));
	rd_cli_count(cli, n, "request", "requests");
	return 0;
}

static int cancel(struct rd_cli *cli, int argc, const char *const *argv)
{
	if (argc != 1)
		return -EINVAL;
	rd_cli_count(cli, (size_t)cc_cancel(strcasecmp(argv[0], "all") == 0 ? NULL : argv[0]),
		     "request cancelled", "requests cancelled");
	return 0;
}

const struct rd_cli_command cc_commands[] = {
	{ .name = "cc report status",
	  .usage = "",
	  .run = report,
	  .help = "Who waits to be called back, and for whom" },
	{ .name = "cc cancel",
	  .usage = "all | device",
	  .run = cancel,
	  .help = "Nobody, or not this one (SIP/1001), is called back" },
	{ 0 },
};

static int lamp_state(const char *device)
{
	for (const struct cc_call *call = cc_request_next(NULL); call; call = cc_request_next(call))
		if (strcasecmp(call->caller, device) == 0)
			return RD_DEVICE_INUSE;
	return RD_DEVICE_NOT_INUSE;
}

const struct rd_tech cc_lamps[] = { { .name = "ccss",
				      .synopsis = "Lamps: who waits to be called back",
				      .device_state = lamp_state },
				    { 0 } };

void cc_lamp_changed(const struct cc_call *call)
{
	char lamp[CC_NAME_MAX + 8];

	snprintf(lamp, sizeof(lamp), "ccss:%s", call->caller);
	rd_device_changed(lamp);
}

/* sip show proxy: what passes through at the moment. */
#include <errno.h>

#include <ringdown/clock.h>

#include "modules/sip_proxy/context.h"

static const char *state_of(const struct context *context)
{
	if (context->done)
		return "answered";
	rd_list_foreach(node, tmp, &context->tries)
		if (rd_list_entry(node, struct attempt, link)->heard)
			return "proceeding";
	return "forwarded";
}

static unsigned count_of(const struct rd_list *list)
{
	unsigned count = 0;

	rd_list_foreach(node, tmp, list)
		count++;
	return count;
}

static void show_context(struct rd_cli *cli, const struct context *context)
{
	const struct rd_sip_request *request = context->request;

	rd_cli_print(cli, "%-10.*s %-40.*s %-12s %-10s %7u %7u %6u  %.*s\n",
		     RD_STR_ARG(request->method), RD_STR_ARG(request->uri),
		     context->rule ? context->rule->name : "(dialog)", state_of(context),
		     count_of(&context->targets), count_of(&context->tries),
		     (unsigned)((rd_now_ms() - context->since_ms) / 1000),
		     RD_STR_ARG(request->call_id));
}

static int show_proxy(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argv;
	if (argc)
		return -EINVAL;
	rd_cli_print(cli, "%-10s %-40s %-12s %-10s %7s %7s %6s  %s\n", "Method", "URI", "Section",
		     "State", "Targets", "Pending", "Age", "Call-ID");
	rd_list_foreach(node, tmp, &proxy_contexts)
		show_context(cli, rd_list_entry(node, struct context, link));
	rd_cli_print(cli, "%u requests pass through\n", proxy_contexts_count());
	return 0;
}

const struct rd_cli_command proxy_commands[] = {
	{ .name = "sip show proxy",
	  .usage = "",
	  .help = "List the requests that pass through by proxy.conf, and what came of them.",
	  .run = show_proxy },
	{ 0 }
};

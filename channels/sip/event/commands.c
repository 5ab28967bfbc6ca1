/* sip show subscriptions|publications. */
#include "commands.h"
#include "publish.h"
#include "subscription.h"

static const char *state_of(const struct sip_watch *watch)
{
	static const char *const names[] = {
		[SIP_WATCH_PENDING] = "pending",
		[SIP_WATCH_ACTIVE] = "active",
		[SIP_WATCH_ENDED] = "ending",
	};

	return names[watch->state];
}

static void show_watch(struct rd_cli *cli, const struct sip_watch *watch)
{
	char peer[SIP_SOCKADDR_TEXT];

	rd_cli_print(cli, "%-16s %-16s %-20s %-10s %7u  %-22s %.*s\n", watch->pub.phone,
		     watch->pub.package->name, watch->pub.resource, state_of(watch),
		     sip_watch_seconds_left(watch),
		     sip_sockaddr_text(&watch->dialog->flow.peer, peer),
		     RD_STR_ARG(watch->dialog->call_id));
}

static bool is_asked_for(const char *phone, int argc, const char *const *argv)
{
	return !argc || strcmp(argv[0], phone) == 0;
}

int sip_command_subscriptions(struct rd_cli *cli, int argc, const char *const *argv)
{
	unsigned watches = 0, subscriptions = 0;

	rd_cli_print(cli, "%-16s %-16s %-20s %-10s %7s  %-22s %s\n", "Phone", "Event",
		     "Watches", "State", "Expires", "Address", "Call-ID");
	rd_list_foreach(node, tmp, &sip_events.watches) {
		const struct sip_watch *watch = rd_list_entry(node, struct sip_watch, in_all);

		if (!is_asked_for(watch->pub.phone, argc, argv))
			continue;
		show_watch(cli, watch);
		watches++;
	}
	subscriptions = sip_subscriptions_show(cli, argc ? argv[0] : NULL);
	rd_cli_print(cli, "%u told by us, %u that we are told of\n", watches, subscriptions);
	return 0;
}

static void show_publication(void *arg, const struct sip_publication_info *info)
{
	rd_cli_print(arg, "%-20s %-16s %-18s %7zu %7u\n", info->resource, info->phone, info->etag,
		     info->size, info->seconds_left);
}

int sip_command_publications(struct rd_cli *cli, int argc, const char *const *argv)
{
	unsigned count = 0;

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-20s %-16s %-18s %7s %7s\n", "Resource", "Phone", "Tag", "Bytes",
		     "Expires");
	rd_list_foreach(node, tmp, &sip_events.packages)
		count += sip_publications_each(rd_list_entry(node, struct sip_package, link),
					       show_publication, cli);
	rd_cli_print(cli, "%u publications\n", count);
	return 0;
}

/* sip show subscriptions|publications. */
#include "channels/sip/event/commands.h"
#include "channels/sip/event/publish.h"
#include "channels/sip/event/subscription.h"

static const char *state_of(const struct sip_watch *watch)
{
	static const char *const names[] = {
		[SIP_WATCH_PENDING] = "pending",
		[SIP_WATCH_ACTIVE] = "active",
		[SIP_WATCH_ENDED] = "ending",
	};

	return names[watch->state];
}

static void print_row(struct rd_cli *cli, const struct sip_subscription_info *info,
		      const char *state)
{
	char peer[SIP_SOCKADDR_TEXT] = "-";

	if (info->address)
		sip_sockaddr_text(info->address, peer);
	rd_cli_print(cli, "%-16s %-16s %-20s %-10s %7u  %-22s %.*s\n", info->peer, info->event,
		     info->resource, state, info->seconds_left, peer,
		     RD_STR_ARG(info->call_id));
}

static void show_watch(struct rd_cli *cli, const struct sip_watch *watch)
{
	const struct sip_subscription_info info = {
		.peer = watch->pub.phone,
		.event = watch->pub.package->name,
		.resource = watch->pub.resource,
		.seconds_left = sip_watch_seconds_left(watch),
		.address = &watch->dialog->flow.peer,
		.call_id = watch->dialog->call_id,
	};

	print_row(cli, &info, state_of(watch));
}

struct shown {
	struct rd_cli *cli;
	const char *phone; /* NULL: all */
	unsigned count;
};

static bool is_asked_for(const struct shown *shown, const char *phone)
{
	return !shown->phone || strcmp(shown->phone, phone) == 0;
}

static void show_subscription(void *arg, const struct sip_subscription_info *info)
{
	struct shown *shown = arg;

	if (!is_asked_for(shown, info->peer))
		return;
	print_row(shown->cli, info, info->confirmed ? "told" : "asked");
	shown->count++;
}

int sip_command_subscriptions(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct shown shown = { .cli = cli, .phone = argc ? argv[0] : NULL };
	unsigned watches = 0;

	rd_cli_print(cli, "%-16s %-16s %-20s %-10s %7s  %-22s %s\n", "Phone", "Event",
		     "Watches", "State", "Expires", "Address", "Call-ID");
	rd_list_foreach(node, tmp, &sip_events.watches) {
		const struct sip_watch *watch = rd_list_entry(node, struct sip_watch, in_all);

		if (!is_asked_for(&shown, watch->pub.phone))
			continue;
		show_watch(cli, watch);
		watches++;
	}
	sip_subscriptions_each(show_subscription, &shown);
	rd_cli_print(cli, "%u told by us, %u that we are told of\n", watches, shown.count);
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
	rd_cli_count(cli, count, "publication", "publications");
	return 0;
}

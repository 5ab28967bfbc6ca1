/* What the resolver knows, as the console shows it. */
#include <ringdown/cli.h>
#include <ringdown/clock.h>

#include "channels/sip/resolver/private.h"

static void print_record(struct rd_cli *cli, enum dns_type type,
			 const struct dns_record *record)
{
	char text[SIP_SOCKADDR_TEXT];

	switch (type) {
	case DNS_SRV:
		rd_cli_print(cli, "%22s%u %u %u %s\n", "", record->srv.priority,
			     record->srv.weight, record->srv.port,
			     record->name[0] ? record->name : ".");
		break;
	case DNS_NAPTR:
		rd_cli_print(cli, "%22s%u %u \"%s\" \"%s\" %s\n", "", record->naptr.order,
			     record->naptr.preference, record->naptr.flags,
			     record->naptr.service, record->name);
		break;
	default:
		sip_sockaddr_host(&record->address, text);
		rd_cli_print(cli, "%22s%s\n", "", text);
	}
}

static const char *state_of(const struct dns_entry *entry)
{
	if (entry->asked)
		return "asked";
	if (!entry->answer)
		return "-";
	if (entry->answer->rc == -ENOENT)
		return "none";
	return entry->answer->rc ? rd_strerror(entry->answer->rc) : "known";
}

static unsigned seconds_until(uint64_t ms)
{
	uint64_t now = rd_now_ms();

	return ms > now ? (unsigned)((ms - now + 999) / 1000) : 0;
}

static void print_entry(struct rd_cli *cli, const struct dns_entry *entry)
{
	rd_cli_print(cli, "%-6s %7u %-6s %s\n", dns_type_name(entry->type),
		     entry->answer ? seconds_until(entry->expires_ms) : 0, state_of(entry),
		     dns_entry_name(entry));
	for (unsigned i = 0; entry->answer && i < entry->answer->count; i++)
		print_record(cli, entry->type, &entry->answer->records[i]);
}

static void print_dead(struct rd_cli *cli, const struct dns_dead *dead)
{
	uint64_t until_ms;
	unsigned count = 0;
	const char *name;
	size_t pos = 0;

	while (dns_dead_next(dead, &pos, &name, &until_ms)) {
		rd_cli_print(cli, "dead   %7u %s\n", seconds_until(until_ms), name);
		count++;
	}
	rd_cli_count(cli, count, "dead target", "dead targets");
}

void sip_resolver_show(const struct sip_resolver *resolver, struct rd_cli *cli)
{
	struct dns_entry *entry = NULL;

	rd_cli_print(cli, "%-6s %7s %-6s %s\n", "Type", "Seconds", "State", "Name");
	while ((entry = dns_cache_next(resolver->cache, entry)))
		print_entry(cli, entry);
	rd_cli_print(cli, "%u names, %llu questions asked, %llu failed\n",
		     dns_cache_count(resolver->cache),
		     (unsigned long long)resolver->questions,
		     (unsigned long long)resolver->failures);
	print_dead(cli, resolver->dead);
}

/* The guard on the console: sip show bans, sip ban, sip unban. */
#include "channels/sip/wire_commands.h"

#include <stdio.h>

#include "channels/sip/driver.h"

struct shown {
	struct rd_cli *cli;
	unsigned count;
};

static void show(void *arg, const struct sip_ban *ban)
{
	char host[SIP_SOCKADDR_TEXT], left[16] = "-";
	struct shown *shown = arg;

	sip_sockaddr_host(&ban->address, host);
	if (ban->left_s)
		snprintf(left, sizeof(left), "%u", ban->left_s);
	rd_cli_print(shown->cli, "%-40s %8s %8u  %s\n", host, left, ban->dropped, ban->why);
	shown->count++;
}

int sip_command_bans(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct shown shown = { .cli = cli };

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-40s %8s %8s  %s\n", "Address", "Seconds", "Dropped", "Why");
	sip_guard_each_ban(sip.guard, show, &shown);
	rd_cli_count(cli, shown.count, "ban", "bans");
	return 0;
}

static int parse_address(struct rd_cli *cli, const char *text, union sip_sockaddr *address)
{
	int rc = sip_sockaddr_parse(address, rd_str_of(text), 0);

	if (rc)
		rd_cli_print(cli, "\"%s\": an address such as 192.0.2.7 was expected\n", text);
	return rc;
}

int sip_command_ban(struct rd_cli *cli, int argc, const char *const *argv)
{
	union sip_sockaddr address;
	uint64_t seconds = 0;
	int rc;

	if (argc < 1 || argc > 2 ||
	    (argc == 2 && rd_str_to_u64(rd_str_of(argv[1]), 2000000, &seconds)))
		return -EINVAL;
	if (parse_address(cli, argv[0], &address))
		return 1;
	rc = sip_guard_ban(sip.guard, &address, (int)seconds * 1000);
	if (rc)
		return rc;
	if (seconds)
		rd_cli_print(cli, "%s is banned for %llu s\n", argv[0],
			     (unsigned long long)seconds);
	else
		rd_cli_print(cli, "%s is banned until \"sip unban %s\"\n", argv[0], argv[0]);
	return 0;
}

int sip_command_unban(struct rd_cli *cli, int argc, const char *const *argv)
{
	union sip_sockaddr address;

	if (argc != 1)
		return -EINVAL;
	if (parse_address(cli, argv[0], &address))
		return 1;
	if (sip_guard_unban(sip.guard, &address)) {
		rd_cli_print(cli, "%s is not banned\n", argv[0]);
		return 1;
	}
	rd_cli_print(cli, "%s may send again\n", argv[0]);
	return 0;
}

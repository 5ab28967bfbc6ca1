/* sip show transports|transactions|dns, sip trace on|ladder|off. */
#include "wire_commands.h"

#include <fcntl.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/config.h>
#include <ringdown/fiber.h>

#include "driver.h"
#include "transport/trace.h"

/* ---- show ---- */

static void show_connection(void *arg, const struct sip_connection_info *info)
{
	char peer[SIP_SOCKADDR_TEXT];

	rd_cli_print(arg, "  %-3s %-28s %-10s %8u.%u %8zu %12llu %12llu %s\n",
		     info->inbound ? "in" : "out",
		     sip_sockaddr_text(&info->flow.peer, peer), info->state,
		     info->idle_ms / 1000, info->idle_ms / 100 % 10, info->queued,
		     (unsigned long long)info->received, (unsigned long long)info->sent,
		     info->security ? info->security : "");
}

static void show_connections(struct rd_cli *cli, struct sip_transport *transport)
{
	if (!transport->stats.connections)
		return;
	rd_cli_print(cli, "\nConnections of %s\n  %-3s %-28s %-10s %10s %8s %12s %12s\n",
		     transport->name, "Way", "Peer", "State", "Silent s", "Queued",
		     "Received", "Sent");
	transport->ops->each(transport, show_connection, cli);
}

int sip_command_transports(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct sip_transport *transport = NULL;
	unsigned count = 0;

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-16s %-5s %-28s %12s %12s %8s %8s\n", "Name", "Proto", "Bound to",
		     "Received", "Sent", "Dropped", "Errors");
	while ((transport = sip_transports_next(sip.transports, transport))) {
		const struct sip_transport_stats *stats = &transport->stats;
		char bound[SIP_SOCKADDR_TEXT];

		rd_cli_print(cli, "%-16s %-5.*s %-28s %12llu %12llu %8llu %8llu\n",
			     transport->name,
			     RD_STR_ARG(sip_protocol_name(transport->protocol)),
			     sip_sockaddr_text(&transport->bound, bound),
			     (unsigned long long)stats->received,
			     (unsigned long long)stats->sent,
			     (unsigned long long)stats->dropped,
			     (unsigned long long)stats->send_errors);
		count++;
	}
	rd_cli_print(cli, "%u transports\n", count);
	while ((transport = sip_transports_next(sip.transports, transport)))
		show_connections(cli, transport);
	return 0;
}

static void show_transaction(void *arg, const struct sip_transaction_info *info)
{
	char peer[SIP_SOCKADDR_TEXT];

	rd_cli_print(arg, "%-7s %-10.*s %-11s %6u %8u.%u %-28s %.*s\n", info->side,
		     RD_STR_ARG(info->method), info->state, info->status,
		     info->age_ms / 1000, info->age_ms / 100 % 10,
		     sip_sockaddr_text(&info->flow->peer, peer), RD_STR_ARG(info->branch));
}

int sip_command_transactions(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-7s %-10s %-11s %6s %10s %-28s %s\n", "Side", "Method", "State",
		     "Status", "Seconds", "Peer", "Branch");
	sip_transactions_each(sip.transactions, show_transaction, cli);
	rd_cli_print(cli, "%u transactions\n", sip_transactions_count(sip.transactions));
	return 0;
}

int sip_command_dns(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argc;
	(void)argv;
	sip_resolver_show(sip.resolver, cli);
	return 0;
}

/* ---- trace ---- */

/* "10.0.0.7", "10.0.0.7:5060", "::1", "[::1]:5060" */
static int parse_peer(union sip_sockaddr *peer, struct rd_str text)
{
	const char *colon = memrchr(text.p, ':', text.n);
	struct rd_str host = text, port;
	uint64_t number;

	if (sip_sockaddr_parse(peer, text, 0) == 0)
		return 0;
	if (!colon)
		return -EINVAL;
	host.n = (size_t)(colon - text.p);
	port = (struct rd_str){ colon + 1, text.n - host.n - 1 };
	if (rd_str_to_u64(port, 65535, &number))
		return -EINVAL;
	return sip_sockaddr_parse(peer, host, (uint16_t)number);
}

/* Where a phone of that name is registered, the best of its contacts. */
static int find_phone(union sip_sockaddr *peer, const char *name)
{
	struct sip_aor *aor = sip_location_find(sip.location, rd_str_of(name));
	struct sip_contact *contact = aor ? sip_aor_first(aor) : NULL;

	if (!contact)
		return -ENOENT;
	*peer = contact->flow.peer;
	return 0;
}

/* An address, or a phone by its name. Says what is wrong. */
static int read_peer(struct rd_cli *cli, union sip_sockaddr *peer, const char *text)
{
	if (parse_peer(peer, rd_str_of(text)) == 0 || find_phone(peer, text) == 0)
		return 0;
	rd_cli_print(cli, "sip trace: \"%s\" is no address, no phone that is registered, and no "
			  "name of a file that ends in .pcap\n", text);
	return -ENOENT;
}

static bool is_file(const char *text)
{
	size_t n = strlen(text);

	return n > 5 && strcmp(text + n - 5, ".pcap") == 0;
}

struct open_file {
	const char *path;
	int fd;
};

/* The disk is waited for by the pool. Messages hold what people say to whom:
 * nobody else may read the file. What is there already stays as it is. */
static int open_in_pool(void *arg)
{
	struct open_file *file = arg;

	file->fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return file->fd < 0 ? -errno : 0;
}

/* A bare name goes where the logs are. NULL: it is neither that nor absolute. */
static char *path_of(const char *name)
{
	if (*name == '/')
		return rd_strdup(name);
	return strchr(name, '/') ? NULL : rd_asprintf("%s/%s", rd_directory("log"), name);
}

static int start_file(struct rd_cli *cli, const char *name)
{
	char *path = path_of(name);
	struct open_file file = { .path = path, .fd = -1 };
	int rc = path ? rd_offload(open_in_pool, &file) : -EINVAL;

	if (rc == 0)
		rc = sip_trace_pcap_take(sip.transports, file.fd);
	if (!path)
		rd_cli_print(cli, "sip trace: %s: expected an absolute path or a bare name\n",
			     name);
	else if (rc)
		rd_cli_print(cli, "sip trace: %s: %s\n", path, rd_strerror(rc));
	else
		rd_cli_print(cli, "Messages are written to %s\n", path);
	rd_free(path);
	return rc ? 1 : 0;
}

static int start_trace(struct rd_cli *cli, enum sip_trace_form form, int argc,
		       const char *const *argv)
{
	const char *file = NULL, *peer_text = NULL;
	union sip_sockaddr peer;
	char address[SIP_SOCKADDR_TEXT];
	int rc;

	for (int i = 0; i < argc; i++) {
		const char **kind = is_file(argv[i]) ? &file : &peer_text;

		if (*kind)
			return -EINVAL;
		*kind = argv[i];
	}
	if (peer_text && read_peer(cli, &peer, peer_text))
		return 1;
	if (file && start_file(cli, file))
		return 1;
	rc = sip_trace_start(sip.transports, form, peer_text ? &peer : NULL, NULL, NULL);
	if (rc)
		return rc;
	if (peer_text)
		rd_cli_print(cli, "Messages from and to %s (%s) are printed to the log\n",
			     peer_text, sip_sockaddr_text(&peer, address));
	else
		rd_cli_print(cli, "Messages of everybody are printed to the log\n");
	return 0;
}

int sip_command_trace_on(struct rd_cli *cli, int argc, const char *const *argv)
{
	return start_trace(cli, SIP_TRACE_TEXT, argc, argv);
}

int sip_command_trace_ladder(struct rd_cli *cli, int argc, const char *const *argv)
{
	return start_trace(cli, SIP_TRACE_LADDER, argc, argv);
}

int sip_command_trace_off(struct rd_cli *cli, int argc, const char *const *argv)
{
	union sip_sockaddr peer;

	if (argc > 1)
		return -EINVAL;
	if (argc == 1 && read_peer(cli, &peer, argv[0]))
		return 1;
	if (argc == 1 && !sip_trace_is_of(sip.transports, &peer)) {
		rd_cli_print(cli, "sip trace: it is not %s that is traced\n", argv[0]);
		return 1;
	}
	sip_trace_stop(sip.transports);
	sip_trace_pcap_take(sip.transports, -1);
	rd_cli_print(cli, "Messages are not traced any more\n");
	return 0;
}

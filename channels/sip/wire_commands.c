/* sip show transports|transactions|dns, sip trace on|ladder|off. */
#include "channels/sip/transport/implementation.h"
#include "channels/sip/wire_commands.h"

#include <fcntl.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/config.h>
#include <ringdown/fiber.h>

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/trace_phone.h"
#include "channels/sip/transport/trace.h"

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
	rd_cli_print(cli, "%-16s %-5s %-28s %12s %12s %8s %8s %8s\n", "Name", "Proto", "Bound to",
		     "Received", "Sent", "Dropped", "Lost", "Errors");
	while ((transport = sip_transports_next(sip.transports, transport))) {
		const struct sip_transport_stats *stats = &transport->stats;
		char bound[SIP_SOCKADDR_TEXT];

		rd_cli_print(cli, "%-16s %-5.*s %-28s %12llu %12llu %8llu %8llu %8llu%s\n",
			     transport->name, RD_STR_ARG(sip_protocol_name(transport->protocol)),
			     sip_sockaddr_text(&transport->bound, bound),
			     (unsigned long long)stats->received, (unsigned long long)stats->sent,
			     (unsigned long long)stats->dropped,
			     (unsigned long long)sip_transport_overrun(transport),
			     (unsigned long long)stats->send_errors,
			     transport->leaves ? "  leaves with its last call" : "");
		count++;
	}
	rd_cli_count(cli, count, "transport", "transports");
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
	rd_cli_count(cli, sip_transactions_count(sip.transactions), "transaction", "transactions");
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

/* Whose messages are traced. */
struct subject {
	const char *text;   /* NULL: everybody's */
	const char *phone;  /* NULL: an address's */
	union sip_sockaddr address;
};

/* It need not be registered: it may come. */
static bool is_phone(const char *name)
{
	struct sip_aor *aor = sip_record_named(rd_str_of(name));

	return (aor && sip_aor_first(aor)) || sip_settings_find(sip.settings, rd_str_of(name));
}

/* An address, or a phone by its name. Says what is wrong. */
static int read_subject(struct rd_cli *cli, struct subject *subject, const char *text)
{
	*subject = (struct subject){ .text = text };
	if (!text || parse_peer(&subject->address, rd_str_of(text)) == 0)
		return 0;
	if (is_phone(text)) {
		subject->phone = text;
		return 0;
	}
	rd_cli_print(cli, "sip trace: \"%s\" is no address, no phone, and no name of a file that "
			  "ends in .pcap\n", text);
	return -ENOENT;
}

static void print_subject(struct rd_cli *cli, const struct subject *subject)
{
	struct sip_aor *aor = subject->phone ? sip_record_named(rd_str_of(subject->phone)) : NULL;
	struct sip_contact *contact = aor ? sip_aor_first(aor) : NULL;
	char address[SIP_SOCKADDR_TEXT];

	if (!subject->text)
		rd_cli_print(cli, "Messages of everybody are printed to the log\n");
	else if (!subject->phone)
		rd_cli_print(cli, "Messages from and to %s are printed to the log\n",
			     subject->text);
	else
		rd_cli_print(cli, "Messages from and to %s (%s) are printed to the log\n",
			     subject->phone,
			     contact ? sip_sockaddr_text(&contact->flow.peer, address) :
				       "not registered yet");
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

/* A bare name goes where the logs are. 0, -ENOMEM, -EINVAL: it is neither that nor
 * absolute. */
static int path_of(char **path, const char *name)
{
	if (*name != '/' && strchr(name, '/'))
		return -EINVAL;
	*path = *name == '/' ? rd_strdup(name)
			     : rd_asprintf("%s/%s", rd_directory("log"), name);
	return *path ? 0 : -ENOMEM;
}

static int start_file(struct rd_cli *cli, const char *name)
{
	char *path = NULL;
	struct open_file file = { .fd = -1 };
	int rc = path_of(&path, name);

	if (rc == -EINVAL) {
		rd_cli_print(cli, "sip trace: %s: expected an absolute path or a bare name\n",
			     name);
		return 1;
	}
	file.path = path;
	if (rc == 0)
		rc = rd_offload(open_in_pool, &file);
	if (rc == 0)
		rc = sip_trace_pcap_take(sip.transports, file.fd);
	if (rc)
		rd_cli_print(cli, "sip trace: %s: %s\n", path ? path : name, rd_strerror(rc));
	else
		rd_cli_print(cli, "Messages are written to %s\n", path);
	rd_free(path);
	return rc ? 1 : 0;
}

static int trace_subject(const struct subject *subject, enum sip_trace_form form)
{
	if (subject->phone)
		return sip_trace_follow(sip.transports, form, subject->phone,
					sip_trace_phone_wants);
	return sip_trace_start(sip.transports, form, subject->text ? &subject->address : NULL,
			       NULL, NULL);
}

static int start_trace(struct rd_cli *cli, enum sip_trace_form form, int argc,
		       const char *const *argv)
{
	const char *file = NULL, *text = NULL;
	struct subject subject;
	int rc;

	for (int i = 0; i < argc; i++) {
		const char **kind = is_file(argv[i]) ? &file : &text;

		if (*kind)
			return -EINVAL;
		*kind = argv[i];
	}
	if (read_subject(cli, &subject, text))
		return 1;
	if (file && start_file(cli, file))
		return 1;
	rc = trace_subject(&subject, form);
	if (rc == 0)
		print_subject(cli, &subject);
	else if (file)
		sip_trace_pcap_take(sip.transports, -1);
	return rc;
}

int sip_command_trace_on(struct rd_cli *cli, int argc, const char *const *argv)
{
	return start_trace(cli, SIP_TRACE_TEXT, argc, argv);
}

int sip_command_trace_ladder(struct rd_cli *cli, int argc, const char *const *argv)
{
	return start_trace(cli, SIP_TRACE_LADDER, argc, argv);
}

static bool is_traced(const struct subject *subject)
{
	if (subject->phone)
		return strcmp(sip_trace_phone(sip.transports), subject->phone) == 0;
	return !subject->text || sip_trace_is_of(sip.transports, &subject->address);
}

int sip_command_trace_off(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct subject subject;

	if (argc > 1)
		return -EINVAL;
	if (read_subject(cli, &subject, argc == 1 ? argv[0] : NULL))
		return 1;
	if (!is_traced(&subject)) {
		rd_cli_print(cli, "sip trace: it is not %s that is traced\n", subject.text);
		return 1;
	}
	sip_trace_stop(sip.transports);
	sip_trace_pcap_take(sip.transports, -1);
	rd_cli_print(cli, "Messages are not traced any more\n");
	return 0;
}

/* sip show phones|contacts|calls, and the table of all commands. Those of the
 * lower layers are in wire_commands.h, of events in event/commands.h. */
#include <stdio.h>

#include <ringdown/clock.h>

#include "channels/sip/endpoint/qualify.h"
#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/endpoint/record.h"
#include "channels/sip/event/commands.h"
#include "channels/sip/pager/kept.h"
#include "channels/sip/wire_commands.h"
#include "channels/sip/call/tech.h"

static const char *state_text(const struct sip_endpoint *endpoint)
{
	char device[96] = "SIP/";

	rd_strcpy(device + 4, sizeof(device) - 4, endpoint->name);
	return rd_device_state_name(rd_device_state(device));
}

static int show_phones(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct sip_settings *settings;
	const struct sip_endpoint *endpoint;
	const struct sip_aor *aor;
	unsigned shown = 0, registered = 0;

	if (argc > 1)
		return -EINVAL;
	settings = sip_settings_ref(sip.settings); /* a reload may come in a pause */
	rd_cli_print(cli, "%-20s %-8s %-14s %-16s %s\n", "Name", "Contacts", "State",
		     "Context", "Caller");
	for (endpoint = settings->first; endpoint && rd_cli_pause(cli) == 0;
	     endpoint = endpoint->next) {
		if (argc && strcmp(argv[0], endpoint->name) != 0)
			continue;
		aor = sip_record_of(endpoint);
		rd_cli_print(cli, "%-20s %-8u %-14s %-16s %s\n", endpoint->name,
			     aor ? aor->count : 0, state_text(endpoint), endpoint->context,
			     endpoint->callerid ? endpoint->callerid : "");
		shown++;
		registered += aor && aor->count;
	}
	sip_settings_unref(settings);
	rd_cli_print(cli, "%u phones, %u registered\n", shown, registered);
	return argc && !shown ? 1 : 0;
}

static const char *reach_text(const struct sip_contact *contact)
{
	static const char *const names[] = { "unknown", "reachable", "unreachable" };

	return contact->probe ? names[sip_contact_reach(contact)] : "-";
}

static const char *rtt_text(const struct sip_contact *contact, char text[16])
{
	unsigned us = sip_contact_rtt_us(contact);

	if (!us)
		return "-";
	snprintf(text, 16, "%u.%u", us / 1000, us / 100 % 10);
	return text;
}

static void show_aor(struct rd_cli *cli, const struct sip_aor *aor)
{
	char source[SIP_SOCKADDR_TEXT], rtt[16];
	uint64_t now = (uint64_t)rd_wall();

	rd_list_foreach(node, tmp, &aor->contacts) {
		const struct sip_contact *contact = sip_contact_at(node);

		rd_cli_print(cli, "%-16s %-40.*s %-24s %6llu %-11s %8s  %.*s\n", aor->name,
			     RD_STR_ARG(contact->uri),
			     sip_sockaddr_text(&contact->flow.peer, source),
			     contact->expires_s > now
				     ? (unsigned long long)(contact->expires_s - now) : 0,
			     reach_text(contact), rtt_text(contact, rtt),
			     RD_STR_ARG(contact->user_agent));
	}
}

static int show_contacts(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct sip_aor *aor;
	unsigned count = 0;
	size_t pos = 0;

	if (argc > 1)
		return -EINVAL;
	rd_cli_print(cli, "%-16s %-40s %-24s %6s %-11s %8s  %s\n", "Phone", "Contact",
		     "From", "Expires", "Status", "RTT ms", "Device");
	while (rd_cli_pause(cli) == 0 && (aor = sip_location_next(sip.location, &pos))) {
		if (argc && strcmp(argv[0], aor->name) != 0)
			continue;
		show_aor(cli, aor);
		count += aor->count;
	}
	rd_cli_count(cli, count, "contact", "contacts");
	return 0;
}

static const char *call_state(const struct sip_call *call)
{
	static const char *const names[] = {
		[SIP_CALL_NEW] = "new",		  [SIP_CALL_INCOMING] = "incoming",
		[SIP_CALL_OUTGOING] = "outgoing", [SIP_CALL_UP] = "up",
		[SIP_CALL_ENDED] = "ended",
	};

	return call->far_holds && call->state == SIP_CALL_UP ? "held" : names[call->state];
}

static const char *codec_name(const struct sip_call *call)
{
	const struct rd_stream_config *config =
		call->stream ? rd_stream_config(call->stream) : NULL;

	return config && config->format_count ? config->formats[0].codec->name : "-";
}

static void show_call(struct rd_cli *cli, const struct sip_call *call)
{
	struct rd_str id = call->dialog ? call->dialog->call_id : RD_STR("-");
	char peer[SIP_SOCKADDR_TEXT] = "-";

	if (call->dialog)
		sip_sockaddr_text(&call->dialog->flow.peer, peer);
	rd_cli_print(cli, "%-28s %-9s %-6s %-24s %.*s\n",
		     call->channel ? rd_channel_name(call->channel) : "-", call_state(call),
		     codec_name(call), peer, RD_STR_ARG(id));
}

/* The first that came after this one, which may be gone. */
static const struct sip_call *call_after(uint64_t order)
{
	rd_list_foreach(node, tmp, &sip.calls) {
		const struct sip_call *call = rd_list_entry(node, struct sip_call, link);

		if (call->order > order)
			return call;
	}
	return NULL;
}

enum { ROWS = 256 }; /* from one pause to the next */

/* Some rows behind that one; false: no more. */
static bool show_some_calls(struct rd_cli *cli, uint64_t *order)
{
	const struct sip_call *call = call_after(*order);

	for (int i = 0; call && i < ROWS; i++) {
		struct rd_list *next = call->link.next;

		show_call(cli, call);
		*order = call->order;
		call = next == &sip.calls ? NULL : rd_list_entry(next, struct sip_call, link);
	}
	return call;
}

static int show_calls(struct rd_cli *cli, int argc, const char *const *argv)
{
	uint64_t order = 0;

	(void)argc;
	(void)argv;
	rd_cli_print(cli, "%-28s %-9s %-6s %-24s %s\n", "Channel", "State", "Codec", "With",
		     "Call-ID");
	while (show_some_calls(cli, &order) && rd_cli_pause(cli) == 0)
		;
	rd_cli_count(cli, sip.call_count, "call", "calls");
	return 0;
}

static char *complete_phone(int argc, const char *const *argv, int n)
{
	const char *start = argc ? argv[argc - 1] : "";
	const struct sip_endpoint *endpoint;

	for (endpoint = sip.settings->first; endpoint; endpoint = endpoint->next)
		if (strncmp(endpoint->name, start, strlen(start)) == 0 && n-- == 0)
			return rd_strdup(endpoint->name);
	return NULL;
}

const struct rd_cli_command sip_commands[] = {
	{ .name = "sip show phones",
	  .usage = "[name]",
	  .help = "List the phones and peers of sip.conf, and who is registered.",
	  .run = show_phones,
	  .complete = complete_phone },
	{ .name = "sip show contacts",
	  .usage = "[name]",
	  .help = "List what is registered: contact, source address, seconds left.",
	  .run = show_contacts,
	  .complete = complete_phone },
	{ .name = "sip show calls",
	  .usage = "",
	  .help = "List the calls of the SIP driver.",
	  .run = show_calls },
	{ .name = "sip show subscriptions",
	  .usage = "[name]",
	  .help = "List who is told about what: lamps, presence, message waiting; and what "
		  "we are told by others.",
	  .run = sip_command_subscriptions,
	  .complete = complete_phone },
	{ .name = "sip show publications",
	  .usage = "",
	  .help = "List what phones have published about themselves.",
	  .run = sip_command_publications },
	{ .name = "sip show texts",
	  .usage = "",
	  .help = "How many texts wait for phones that are away.",
	  .run = sip_command_texts },
	{ .name = "sip show registrations",
	  .usage = "",
	  .help = "List the peers that we register with, and what came of it.",
	  .run = sip_command_registrations },
	{ .name = "sip show transports",
	  .usage = "",
	  .help = "List the sockets that SIP listens on, and what passed through them.",
	  .run = sip_command_transports },
	{ .name = "sip show transactions",
	  .usage = "",
	  .help = "List the SIP transactions that are running or linger.",
	  .run = sip_command_transactions },
	{ .name = "sip show dns",
	  .usage = "",
	  .help = "List the names that SIP has looked up, and targets that do not answer.",
	  .run = sip_command_dns },
	{ .name = "sip show bans",
	  .usage = "",
	  .help = "List the addresses that may not send to us for now, and why.",
	  .run = sip_command_bans },
	{ .name = "sip ban",
	  .usage = "address [seconds]",
	  .help = "Heed nothing from an address, for so long or until \"sip unban\".",
	  .run = sip_command_ban },
	{ .name = "sip unban",
	  .usage = "address",
	  .help = "Heed an address again.",
	  .run = sip_command_unban },
	{ .name = "sip trace on",
	  .usage = "[peer] [file.pcap]",
	  .help = "Print SIP messages to the log. peer: only this address, address:port, or "
		  "registered phone. file.pcap: also write the messages of everybody to this "
		  "new file, in the directory of the logs unless its path is absolute.",
	  .run = sip_command_trace_on },
	{ .name = "sip trace ladder",
	  .usage = "[peer] [file.pcap]",
	  .help = "The same, with an arrow for each message instead of its text, as in the "
		  "figures of the RFCs.",
	  .run = sip_command_trace_ladder },
	{ .name = "sip trace off",
	  .usage = "[peer]",
	  .help = "Print SIP messages no more, if it is this peer whose are printed.",
	  .run = sip_command_trace_off },
	{ 0 }
};

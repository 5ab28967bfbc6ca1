/* Between the guard, which knows addresses, and the layers and sip.conf, which know
 * whose they are. */
#include "channels/sip/driver.h"
#include "channels/sip/endpoint/admit.h"
#include "channels/sip/endpoint/gate.h"
#include "channels/sip/endpoint/proof.h"

/* ---- whom to leave alone ---- */

/* Of one network: does it hold all that share a /64 with this address, or only some? */
static enum sip_guard_exempt of_network(const struct sip_network *network,
					const union sip_sockaddr *address)
{
	struct sip_network around = *network;
	bool is_part = network->address.sa.sa_family == AF_INET6 && network->bits > 64;

	if (sip_network_has(network, address))
		return is_part ? SIP_GUARD_HOST : SIP_GUARD_ALL;
	around.bits = 64;
	return is_part && sip_network_has(&around, address) ? SIP_GUARD_SOME : SIP_GUARD_NONE;
}

static enum sip_guard_exempt of_networks(const struct sip_network *first,
					 const union sip_sockaddr *address)
{
	enum sip_guard_exempt most = SIP_GUARD_NONE;

	for (; first && most != SIP_GUARD_ALL; first = first->next)
		most = RD_MAX(most, of_network(first, address));
	return most;
}

static enum sip_guard_exempt of_host(const struct sip_endpoint *endpoint,
				     const union sip_sockaddr *address)
{
	struct sip_network host = { .bits = 0 };

	if (sip_hostport_parse(&host.address, endpoint->host, SIP_PORT))
		return SIP_GUARD_NONE;
	host.bits = host.address.sa.sa_family == AF_INET6 ? 128 : 32;
	return of_network(&host, address);
}

/* Networks that the administrator named, for the guard or as the place of a peer. Asked
 * for each address that is new, which anybody can forge: not all phones are looked at. */
static enum sip_guard_exempt exempt(void *arg, const union sip_sockaddr *address)
{
	const struct sip_settings *settings = sip.settings;
	enum sip_guard_exempt most = of_networks(settings->guard_exempt, address);
	const struct sip_endpoint *endpoint;

	(void)arg;
	endpoint = settings->matched;
	for (; endpoint && most != SIP_GUARD_ALL; endpoint = endpoint->next_match)
		most = RD_MAX(most, of_networks(endpoint->match, address));
	endpoint = settings->hosted;
	for (; endpoint && most != SIP_GUARD_ALL; endpoint = endpoint->next_hosted)
		most = RD_MAX(most, of_host(endpoint, address));
	return most;
}

void sip_gate_configure(void)
{
	const struct sip_settings *settings = sip.settings;
	const struct sip_guard_policy policy = {
		.on = settings->guard,
		.rate = (unsigned)settings->guard_rate,
		.burst = (unsigned)settings->guard_burst,
		.failures = (unsigned)settings->guard_failures,
		.probes = (unsigned)settings->guard_probes,
		.ban_ms = settings->guard_ban_ms,
		.exempt = exempt,
	};
	const struct sip_message_limits limits = {
		.size = (unsigned)settings->max_message,
		.headers = (unsigned)settings->max_headers,
		.kept = (unsigned)settings->max_kept_bytes,
	};

	if (sip.guard)
		sip_guard_set_policy(sip.guard, &policy);
	if (sip.transactions)
		sip_transactions_set_limits(sip.transactions, &limits);
}

/* ---- the gate ---- */

static bool receive(void *arg, const struct sip_flow *flow, size_t size)
{
	(void)arg;
	return sip_guard_receive(sip.guard, flow, size);
}

static bool has_word(struct rd_str text, struct rd_str word)
{
	for (; text.n >= word.n; text.p++, text.n--)
		if (rd_str_ieq((struct rd_str){ text.p, word.n }, word))
			return true;
	return false;
}

static bool is_scanner(const struct sip_msg *msg)
{
	struct rd_str agent = sip_msg_value(msg, SIP_H_USER_AGENT), word;
	struct rd_str rest = rd_str_of(sip.settings->scanners);

	while (agent.n && rest.n) {
		rd_str_cut(&rest, ',', &word);
		word = rd_str_trim(word);
		if (word.n && has_word(agent, word))
			return true;
	}
	return false;
}

static bool makes_dialog(const struct sip_msg *msg)
{
	return msg->method == SIP_INVITE || msg->method == SIP_SUBSCRIBE ||
	       msg->method == SIP_REFER;
}

/* What belongs to something that we have goes on, so that calls can end. */
static bool is_too_much(const struct sip_msg *msg, const struct sip_flow *flow)
{
	const struct sip_settings *settings = sip.settings;
	unsigned transactions = (unsigned)settings->max_transactions;
	unsigned dialogs = (unsigned)settings->max_dialogs;

	if (msg->to.tag.n || msg->method == SIP_CANCEL)
		return false;
	if (sip_guard_slows(sip.guard, flow))
		return true;
	if (transactions && sip_transactions_count(sip.transactions) >= transactions)
		return true;
	return dialogs && makes_dialog(msg) && sip_dialogs_count(sip.dialogs) >= dialogs;
}

static unsigned request(void *arg, const struct sip_msg *msg, const struct sip_flow *flow)
{
	(void)arg;
	if (is_scanner(msg) && !sip_guard_scanner(sip.guard, flow))
		return SIP_GATE_DROP;
	if (sip_guard_doubts(sip.guard, flow)) {
		sip_proof_ask(flow);
		return SIP_GATE_DROP;
	}
	return is_too_much(msg, flow) ? 503 : 0;
}

/* Before the 200 of a call its 180 may have to wait. */
#define SPARE_BYTES 1800

static bool send_answer(void *arg, const struct sip_flow *flow, size_t size, bool is_final)
{
	(void)arg;
	return sip_guard_send(sip.guard, flow, size, is_final ? 0 : SPARE_BYTES);
}

static bool heeds_via(void *arg, const struct sip_msg *msg)
{
	const struct sip_endpoint *endpoint = sip_admit_claimed(msg);

	(void)arg;
	return endpoint && !endpoint->force_rport;
}

/* Whoever is nobody of ours loses nothing by it when his INVITE is refused; what has begun
 * with somebody whom we know to be there is not done twice. */
static bool keeps(void *arg, const struct sip_flow *flow, bool is_invite)
{
	(void)arg;
	return is_invite ? sip_admit_knows(flow) : sip_guard_is_proven(sip.guard, flow);
}

static void proven(void *arg, const union sip_sockaddr *peer)
{
	(void)arg;
	sip_guard_proven(sip.guard, peer);
}

bool sip_gate_stun(void *arg, const struct sip_flow *flow, size_t asked, size_t answer)
{
	(void)arg;
	return sip_guard_receive(sip.guard, flow, asked) &&
	       sip_guard_send(sip.guard, flow, answer, 0);
}

const struct sip_gate sip_gate = {
	.receive = receive,
	.request = request,
	.heeds_via = heeds_via,
	.send = send_answer,
	.keeps = keeps,
	.proven = proven,
};

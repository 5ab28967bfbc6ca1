/* A request that may pass through: shown to the module, taken, answered, dropped. */
#include <ringdown/admission.h>

#include "channels/sip/driver.h"
#include "channels/sip/endpoint/admit.h"
#include "channels/sip/endpoint/proof.h"
#include "channels/sip/our_headers.h"
#include "channels/sip/proxy/proxy.h"

const struct rd_sip_proxy_user *sip_proxy_user;

static struct rd_list taken = RD_LIST_INIT(taken);

/* ---- shown ---- */

static void show(struct sip_proxied *proxied, const struct sip_msg *msg)
{
	proxied->msg = msg;
	proxied->shown = (struct rd_sip_request){
		.message = (const struct rd_sip_message *)msg,
		.method = msg->method_name,
		.uri = msg->uri,
		.call_id = msg->call_id,
		.from_tag = msg->from.tag,
		.to_tag = msg->to.tag,
		.cseq = msg->cseq.number,
		.hops = msg->max_forwards,
		.is_stateless = msg->method == SIP_ACK || msg->method == SIP_CANCEL,
		.can_cancel = msg->method == SIP_INVITE,
	};
}

bool sip_proxy_request(struct sip_server *server, const struct sip_msg *msg)
{
	struct sip_proxied proxied = { .magic = SIP_PROXIED_MAGIC };

	if (!sip_proxy_user)
		return false;
	proxied.server = server;
	proxied.flow = *sip_server_flow(server);
	rd_list_init(&proxied.branches);
	show(&proxied, msg);
	return sip_proxy_user->request(&proxied.shown);
}

bool sip_proxy_stateless(const struct sip_msg *msg, const struct sip_flow *flow)
{
	struct sip_proxied proxied = { .magic = SIP_PROXIED_MAGIC, .flow = *flow };

	if (!sip_proxy_user)
		return false;
	rd_list_init(&proxied.branches);
	show(&proxied, msg);
	return sip_proxy_user->request(&proxied.shown);
}

const char *sip_proxied_admit(struct rd_sip_request *request)
{
	struct sip_proxied *proxied = sip_proxied_of(request);
	const struct sip_endpoint *endpoint =
		sip_admit_as_proxy(proxied->server, proxied->msg);

	proxied->admitted = endpoint;
	return endpoint ? endpoint->name : NULL;
}

bool sip_proxied_trust(struct rd_sip_request *request)
{
	struct sip_proxied *proxied = sip_proxied_of(request);

	return sip_proof_given(proxied->server, proxied->msg);
}

bool sip_proxied_is_known(const struct rd_sip_request *request)
{
	return sip_admit_knows(&sip_proxied_of(request)->flow);
}

/* ---- taken ---- */

static void cancelled(void *arg, struct sip_server *server, const struct sip_msg *cancel)
{
	struct sip_proxied *proxied = arg;

	(void)server;
	sip_proxy_user->cancelled(&proxied->shown, (const struct rd_sip_message *)cancel);
}

/* A graceful stop waits for no call that has its answer. */
void sip_proxied_settle(struct sip_proxied *proxied)
{
	if (proxied->unsettled)
		rd_setup_end();
	proxied->unsettled = false;
}

static void ended(void *arg, struct sip_server *server, int rc)
{
	struct sip_proxied *proxied = arg;

	(void)server, (void)rc;
	sip_proxied_settle(proxied);
	proxied->server = NULL;
	sip_proxy_user->ended(&proxied->shown);
}

static const struct sip_server_user server_user = {
	.cancelled = cancelled,
	.ended = ended,
};

struct rd_sip_request *sip_proxied_take(struct rd_sip_request *request)
{
	const struct sip_proxied *from = sip_proxied_of(request);
	size_t start = (sizeof(*from) + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
	struct sip_proxied *proxied = rd_malloc(start + sip_msg_copy_size(from->msg));

	if (!proxied) {
		sip_reply(from->server, 500, (struct rd_str){ 0 });
		return NULL;
	}
	*proxied = *from;
	rd_list_init(&proxied->branches);
	rd_list_push(&taken, &proxied->link);
	show(proxied, sip_msg_copy_to((char *)proxied + start, from->msg));
	proxied->taken = true;
	proxied->unsettled = proxied->shown.can_cancel;
	if (proxied->unsettled)
		rd_setup_begin();
	sip_server_passes(proxied->server);
	sip_server_listen(proxied->server, &server_user, proxied);
	return &proxied->shown;
}

static struct sip_out *begin_answer(struct sip_proxied *proxied, unsigned status)
{
	struct sip_out *out;

	if (!proxied->server)
		return NULL;
	out = sip_reply_begin(proxied->server, status, (struct rd_str){ 0 });
	if (out)
		sip_print_agent(out, true);
	return out;
}

int sip_proxied_answer(struct rd_sip_request *request, unsigned status, struct rd_str lines)
{
	struct sip_proxied *proxied = sip_proxied_of(request);
	struct sip_out *out = begin_answer(proxied, status);

	if (!out)
		return -EALREADY;
	sip_out_str(out, lines);
	if (status >= 200)
		sip_proxied_settle(proxied);
	return sip_reply_send(proxied->server, out);
}

void sip_proxied_drop(struct rd_sip_request *request)
{
	struct sip_proxied *proxied = sip_proxied_of(request);

	sip_proxied_settle(proxied);
	sip_branches_end(proxied);
	if (proxied->server) {
		sip_server_forget(proxied->server);
		if (sip_server_request(proxied->server))
			sip_reply(proxied->server, 500, (struct rd_str){ 0 });
	}
	rd_list_remove(&proxied->link);
	proxied->magic = 0;
	rd_free(proxied);
}

/* Whoever was attached is gone, or goes without having been told to detach. */
void sip_proxy_stop(void)
{
	sip_proxy_user = NULL;
	while (!rd_list_empty(&taken))
		sip_proxied_drop(&rd_list_entry(taken.next, struct sip_proxied, link)->shown);
}

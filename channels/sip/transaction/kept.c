/* Answers that are kept for repetition: how many bytes they are together, and which are not
 * kept when that is too much. Forged addresses never acknowledge anything, and each of their
 * requests would hold what it holds for half a minute. */
#include "channels/sip/memory.h"
#include "channels/sip/transaction/private.h"

void server_forget_response(struct sip_server *server)
{
	server->txn.layer->kept -= server->response.n;
	rd_free((char *)server->response.p);
	server->response = (struct rd_str){ 0 };
}

int server_keep_response(struct sip_server *server, struct rd_str text)
{
	char *copy = rd_malloc(text.n);

	if (!copy)
		return -ENOMEM;
	rd_memory_belongs(copy, &sip_memory_answers);
	memcpy(copy, text.p, text.n);
	server_forget_response(server);
	server->response = (struct rd_str){ copy, text.n };
	server->txn.layer->kept += text.n;
	return 0;
}

/* A repetition is then a new request, and gets an answer of its own (RFC 3261 §8.2.7); a 2xx
 * to INVITE is repeated by the dialog. */
bool server_may_stay(const struct sip_server *server)
{
	const struct sip_transactions *layer = server->txn.layer;
	bool is_invite = server->txn.method == SIP_INVITE;

	if (!layer->limits.kept || layer->kept <= layer->limits.kept || !layer->gate ||
	    !layer->gate->keeps || (is_invite && server->txn.status < 300))
		return true;
	return layer->gate->keeps(layer->gate->arg, &server->txn.flow, is_invite);
}

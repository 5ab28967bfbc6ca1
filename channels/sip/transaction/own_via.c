/* Is an answer to this request? Its topmost Via must be the one that we wrote, sent-by and
 * all (RFC 3261 §18.1.2), with no others below it than the request had (§8.1.3.3). */
#include "channels/sip/message/chars.h"
#include "channels/sip/transaction/private.h"

static bool own_via(struct sip_via *via, struct rd_str request)
{
	static const char start[] = "\r\nVia: ";
	const char *at = memmem(request.p, request.n, start, sizeof(start) - 1), *end;
	struct rd_str rest;

	if (!at)
		return false;
	at += sizeof(start) - 1;
	end = memchr(at, '\r', (size_t)(request.p + request.n - at));
	rest = sip_span(at, end ? end : at);
	return sip_via_next(&rest, via, NULL) == 1;
}

static bool same_sender(const struct sip_via *a, const struct sip_via *b, uint16_t usual)
{
	return rd_str_ieq(a->host, b->host) &&
	       (a->port ? a->port : usual) == (b->port ? b->port : usual);
}

static unsigned count_vias(const struct sip_msg *msg)
{
	struct sip_walk walk = { .msg = msg, .id = SIP_H_VIA };
	struct sip_via via;
	unsigned count = 0;

	while (sip_walk_via(&walk, &via) == 1)
		count++;
	return count;
}

/* Most have one, which the parser has read. */
static bool has_one_via(const struct sip_msg *msg)
{
	const struct sip_header *header = sip_msg_header(msg, SIP_H_VIA);

	return header && !sip_msg_header_next(msg, header) &&
	       !memchr(header->value.p, ',', header->value.n);
}

bool client_is_answer(struct sip_client *client, const struct sip_msg *msg)
{
	uint16_t usual = sip_usual_port(client->txn.flow.transport->secure);
	const struct sip_msg *own;
	struct sip_via via;

	if (!own_via(&via, client->request) || !same_sender(&via, &msg->via, usual))
		return false;
	if (has_one_via(msg))
		return true;
	own = client_parse_own(client);
	return own && count_vias(msg) <= count_vias(own);
}

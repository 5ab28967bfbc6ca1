/* Finding things in a parsed message, walking its lists, copying it. */
#include <strings.h>

#include "channels/sip/message/chars.h"
#include "channels/sip/message/message.h"

const struct sip_header *sip_msg_find(const struct sip_msg *msg, struct rd_str name,
				      unsigned index)
{
	enum sip_header_id id = sip_header_id_of(name);

	for (unsigned i = 0; i < msg->header_count; i++) {
		const struct sip_header *header = &msg->headers[i];

		if (header->id == id &&
		    (id != SIP_H_OTHER || rd_str_ieq(header->name, name)) && !index--)
			return header;
	}
	return NULL;
}

bool sip_msg_lists(const struct sip_msg *msg, enum sip_header_id id,
		   struct rd_str token)
{
	const struct sip_header *header = sip_msg_header(msg, id);

	for (; header; header = sip_msg_header_next(msg, header))
		if (sip_list_has(header->value, token))
			return true;
	return false;
}

int sip_msg_number(const struct sip_msg *msg, enum sip_header_id id, uint32_t *number)
{
	const struct sip_header *header = sip_msg_header(msg, id);

	return header ? sip_number_parse(number, header->value) : -ENOENT;
}

int sip_retry_after(const struct sip_msg *msg)
{
	uint32_t seconds;

	if (sip_msg_number(msg, SIP_H_RETRY_AFTER, &seconds))
		return -ENOENT;
	return (int)RD_MIN(seconds, SIP_RETRY_AFTER_MAX_S);
}

/* The next header of the walk into rest; false behind the last. */
static bool walk_header(struct sip_walk *walk)
{
	walk->header = walk->header ? sip_msg_header_next(walk->msg, walk->header) :
				      sip_msg_header(walk->msg, walk->id);
	if (!walk->header)
		return false;
	walk->rest = walk->header->value;
	return true;
}

int sip_walk_name_addr(struct sip_walk *walk, struct sip_name_addr *addr)
{
	int rc = 0;

	while (!(walk->rest.n && (rc = sip_name_addr_next(&walk->rest, addr, NULL))))
		if (!walk_header(walk))
			return 0;
	return rc;
}

int sip_walk_via(struct sip_walk *walk, struct sip_via *via)
{
	int rc = 0;

	while (!(walk->rest.n && (rc = sip_via_next(&walk->rest, via, NULL))))
		if (!walk_header(walk))
			return 0;
	return rc;
}

bool sip_walk_target(struct sip_walk *walk, struct sip_uri *uri, uint16_t *q)
{
	struct sip_name_addr addr;

	do {
		if (sip_walk_name_addr(walk, &addr) != 1)
			return false;
	} while (sip_uri_parse(uri, addr.uri, NULL));
	sip_param_q(addr.params, q);
	return true;
}

bool sip_walk_token(struct sip_walk *walk, struct rd_str *token)
{
	while (!(walk->rest.n && sip_list_next(&walk->rest, token)))
		if (!walk_header(walk))
			return false;
	return true;
}

/* ---- copying ---- */

/* Views that point into the old text point into the new one. */
struct move {
	const char *from;
	const char *to;
};

static void move_str(const struct move *move, struct rd_str *s)
{
	if (s->p)
		s->p = move->to + (s->p - move->from);
}

static void move_name_addr(const struct move *move, struct sip_name_addr *addr)
{
	move_str(move, &addr->display);
	move_str(move, &addr->uri);
	move_str(move, &addr->params);
	move_str(move, &addr->tag);
	move_str(move, &addr->text);
}

static void move_via(const struct move *move, struct sip_via *via)
{
	move_str(move, &via->protocol);
	move_str(move, &via->transport);
	move_str(move, &via->host);
	move_str(move, &via->params);
	move_str(move, &via->branch);
	move_str(move, &via->received);
	move_str(move, &via->maddr);
	move_str(move, &via->text);
}

static void move_uri(const struct move *move, struct sip_uri *uri)
{
	move_str(move, &uri->name);
	move_str(move, &uri->user);
	move_str(move, &uri->password);
	move_str(move, &uri->host);
	move_str(move, &uri->params);
	move_str(move, &uri->headers);
	move_str(move, &uri->opaque);
}

static void move_msg(const struct move *move, struct sip_msg *msg)
{
	move_str(move, &msg->method_name);
	move_str(move, &msg->uri);
	move_uri(move, &msg->target);
	move_str(move, &msg->reason);
	move_str(move, &msg->body);
	move_str(move, &msg->text);
	move_via(move, &msg->via);
	move_name_addr(move, &msg->from);
	move_name_addr(move, &msg->to);
	move_str(move, &msg->cseq.method_name);
	move_str(move, &msg->call_id);
	for (unsigned i = 0; i < msg->header_count; i++) {
		move_str(move, &msg->headers[i].name);
		move_str(move, &msg->headers[i].value);
	}
}

static size_t index_size(const struct sip_msg *msg)
{
	return msg->header_count * sizeof(*msg->headers);
}

size_t sip_msg_copy_size(const struct sip_msg *msg)
{
	return sizeof(*msg) + index_size(msg) + msg->text.n;
}

struct sip_msg *sip_msg_copy_to(void *place, const struct sip_msg *msg)
{
	struct sip_msg *copy = place;
	char *headers = (char *)(copy + 1);
	char *text = headers + index_size(msg);
	struct move move = { msg->text.p, text };

	*copy = *msg;
	copy->headers = (struct sip_header *)(void *)headers;
	memcpy(headers, msg->headers, index_size(msg));
	memcpy(text, msg->text.p, msg->text.n);
	move_msg(&move, copy);
	return copy;
}

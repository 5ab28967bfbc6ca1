/* The SIP parser with what comes after it: walks over its lists, a copy, an
 * answer. What was accepted must be printable and accepted again. */
#include <stdint.h>
#include <stdlib.h>

#include "channels/sip/message/out.h"

#define LIMIT 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sip_parsed parsed, again;
static char buffer[8 * LIMIT];

static void walk(const struct sip_msg *msg)
{
	static const enum sip_header_id ids[] = { SIP_H_CONTACT, SIP_H_ROUTE,
						  SIP_H_RECORD_ROUTE, SIP_H_DIVERSION };
	struct sip_media_type type;
	struct sip_name_addr addr;
	struct rd_str token;
	struct sip_rack rack;
	struct sip_via via;
	uint32_t number;

	for (size_t i = 0; i < RD_ARRAY_SIZE(ids); i++) {
		struct sip_walk w = { .msg = msg, .id = ids[i] };

		while (sip_walk_name_addr(&w, &addr) == 1)
			rd_assert(addr.is_star || addr.uri.n);
	}
	for (struct sip_walk w = { .msg = msg, .id = SIP_H_VIA }; sip_walk_via(&w, &via) == 1;)
		rd_assert(via.host.n);
	for (struct sip_walk w = { .msg = msg, .id = SIP_H_SUPPORTED }; sip_walk_token(&w, &token);)
		rd_assert(token.n);
	sip_media_type_parse(&type, sip_msg_value(msg, SIP_H_CONTENT_TYPE), NULL);
	sip_rack_parse(&rack, sip_msg_value(msg, SIP_H_RACK), NULL);
	sip_msg_number(msg, SIP_H_EXPIRES, &number);
	sip_msg_find(msg, RD_STR("X-Header"), 1);
}

/* Our answer must be readable to ourselves. */
static void answer(struct sip_msg *msg, bool valid)
{
	struct sip_error error;
	struct sip_out out;
	int rc;

	sip_out_init(&out, buffer, sizeof(buffer));
	sip_sockaddr_parse(&msg->source, RD_STR("192.0.2.1"), 5060);
	sip_out_response(&out, msg, 200, RD_STR(""), RD_STR("tag"));
	rd_assert(sip_out_end(&out) == 0);
	rc = sip_msg_parse(&again, buffer, out.n, &error);
	rd_assert(!valid || rc == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *work = malloc(size + 1);
	struct sip_error error;
	void *place;
	int rc;

	if (!work || size > LIMIT) {
		free(work);
		return 0;
	}
	if (size)
		memcpy(work, data, size);
	rc = sip_msg_parse(&parsed, work, size, &error);
	rd_assert(rc == 0 || (error.where && error.what && error.offset <= size));
	walk(&parsed.msg);
	if (sip_msg_answerable(&parsed.msg))
		answer(&parsed.msg, rc == 0);
	place = malloc(sip_msg_copy_size(&parsed.msg));
	if (place) {
		const struct sip_msg *copy = sip_msg_copy_to(place, &parsed.msg);

		memset(work, 'x', size);
		walk(copy);
	}
	free(place);
	free(work);
	return 0;
}

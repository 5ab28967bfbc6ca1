/* Bodies in parts: whatever is found lies inside of what was given. */
#include <stdint.h>
#include <stdlib.h>

#include "channels/sip/message/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct rd_str bytes)
{
	struct sip_parts parts;
	struct sip_body part;

	sip_parts_begin(&parts, bytes, RD_STR("x"));
	while (sip_parts_next(&parts, &part))
		rd_assert(!part.bytes.n ||
			  (part.bytes.p >= bytes.p &&
			   part.bytes.p + part.bytes.n <= bytes.p + bytes.n));
}

/* The first line is the type, the rest the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sip_header header = { .id = SIP_H_CONTENT_TYPE };
	struct sip_msg msg = { .headers = &header, .header_count = 1 };
	char *copy = malloc(size + 1);
	struct rd_str found;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	msg.body = (struct rd_str){ copy, size };
	rd_str_cut(&msg.body, '\n', &header.value);
	msg.first[SIP_H_CONTENT_TYPE] = 1;
	walk(msg.body);
	if (sip_body_find(&msg, RD_STR("application"), RD_STR("sdp"), RD_STR("session"),
			  &found) == 0)
		rd_assert(found.n <= msg.body.n);
	free(copy);
	return 0;
}

/* Sharing out what may be forked. */
#include "breadth.h"

static const struct rd_str name = { "Max-Breadth", 11 };

int sip_breadth_of(const struct sip_msg *request)
{
	const struct sip_header *header = sip_msg_find(request, name, 0);
	uint64_t breadth;

	if (!header)
		return SIP_BREADTH_DEFAULT;
	if (rd_str_to_u64(header->value, INT32_MAX, &breadth))
		return -EINVAL;
	return (int)breadth;
}

unsigned sip_breadth_share(unsigned breadth, unsigned branches, unsigned i)
{
	return branches ? breadth / branches + (i < breadth % branches) : 0;
}

void sip_print_breadth(struct sip_out *out, unsigned breadth)
{
	sip_out_str(out, name);
	sip_out_add(out, ": ", 2);
	sip_out_number(out, breadth);
	sip_out_crlf(out);
}

/* a=T38FaxVersion:0, a=T38MaxBitRate:14400, ... Some write other letters large, or other
 * names of old; what is not known is not passed on. */
#include <stdio.h>

#include "channels/sip/sdp/t38.h"

static const struct rd_str ec_names[] = {
	[SDP_T38_EC_NONE] = RD_STR_INIT("t38UDPNoEC"),
	[SDP_T38_EC_REDUNDANCY] = RD_STR_INIT("t38UDPRedundancy"),
	[SDP_T38_EC_FEC] = RD_STR_INIT("t38UDPFEC"),
};

bool sdp_is_t38(const struct sdp_media *media)
{
	return media->kind == SDP_IMAGE && media->port && media->format_count &&
	       rd_str_ieq(media->protocol, RD_STR("udptl")) &&
	       rd_str_ieq(media->formats[0].text, RD_STR("t38"));
}

/* ---- reading ---- */

/* What is no number, or too large, is not said. */
static uint32_t number(struct rd_str value, uint32_t max)
{
	uint64_t n;

	return value.p && rd_str_to_u64(rd_str_trim(value), max, &n) == 0 ? (uint32_t)n : 0;
}

/* It is there, or says 1. */
static bool is_set(struct rd_str value)
{
	return !value.p || !rd_str_eq(rd_str_trim(value), RD_STR("0"));
}

static uint8_t ec_of(struct rd_str value)
{
	for (uint8_t ec = SDP_T38_EC_NONE; ec <= SDP_T38_EC_FEC; ec++)
		if (rd_str_ieq(rd_str_trim(value), ec_names[ec]))
			return ec;
	return SDP_T38_EC_UNSAID;
}

static void read_one(struct sdp_t38 *t38, struct rd_str name, struct rd_str value)
{
	if (rd_str_ieq(name, RD_STR("T38FaxVersion")))
		t38->version = (uint8_t)number(value, UINT8_MAX);
	else if (rd_str_ieq(name, RD_STR("T38MaxBitRate")) ||
		 rd_str_ieq(name, RD_STR("T38FaxMaxRate")))
		t38->bit_rate = number(value, UINT32_MAX);
	else if (rd_str_ieq(name, RD_STR("T38FaxFillBitRemoval")))
		t38->fill = is_set(value);
	else if (rd_str_ieq(name, RD_STR("T38FaxTranscodingMMR")))
		t38->mmr = is_set(value);
	else if (rd_str_ieq(name, RD_STR("T38FaxTranscodingJBIG")))
		t38->jbig = is_set(value);
	else if (rd_str_ieq(name, RD_STR("T38FaxMaxBuffer")))
		t38->max_buffer = (uint16_t)number(value, UINT16_MAX);
	else if (rd_str_ieq(name, RD_STR("T38FaxMaxDatagram")) ||
		 rd_str_ieq(name, RD_STR("T38MaxDatagram")))
		t38->max_datagram = (uint16_t)number(value, UINT16_MAX);
	else if (rd_str_ieq(name, RD_STR("T38FaxUdpEC")))
		t38->ec = ec_of(value);
	else if (rd_str_ieq(name, RD_STR("T38FaxRateManagement"))) {
		t38->local_tcf = rd_str_ieq(rd_str_trim(value), RD_STR("localTCF"));
		t38->transferred_tcf = rd_str_ieq(rd_str_trim(value), RD_STR("transferredTCF"));
	}
}

void sdp_t38_read(struct sdp_t38 *t38, const struct sdp_media *media)
{
	*t38 = (struct sdp_t38){ 0 };
	for (unsigned i = 0; i < media->attributes.count; i++)
		read_one(t38, media->attributes.list[i].name, media->attributes.list[i].value);
}

/* ---- printing ---- */

static int add(struct sdp *sdp, struct sdp_media *media, const char *name, struct rd_str value)
{
	return sdp_attribute_add(sdp, media, rd_str_of(name), value);
}

static int add_number(struct sdp *sdp, struct sdp_media *media, const char *name, uint32_t n)
{
	char *text = rd_pool_printf(sdp->pool, "%u", (unsigned)n);

	return text ? add(sdp, media, name, rd_str_of(text)) : -ENOMEM;
}

static int add_all(struct sdp *sdp, struct sdp_media *media, const struct sdp_t38 *t38)
{
	static const struct rd_str nothing;
	int rc = add_number(sdp, media, "T38FaxVersion", t38->version);

	if (rc == 0 && t38->bit_rate)
		rc = add_number(sdp, media, "T38MaxBitRate", t38->bit_rate);
	if (rc == 0 && t38->fill)
		rc = add(sdp, media, "T38FaxFillBitRemoval", nothing);
	if (rc == 0 && t38->mmr)
		rc = add(sdp, media, "T38FaxTranscodingMMR", nothing);
	if (rc == 0 && t38->jbig)
		rc = add(sdp, media, "T38FaxTranscodingJBIG", nothing);
	if (rc == 0 && t38->local_tcf)
		rc = add(sdp, media, "T38FaxRateManagement", RD_STR("localTCF"));
	if (rc == 0 && t38->transferred_tcf)
		rc = add(sdp, media, "T38FaxRateManagement", RD_STR("transferredTCF"));
	if (rc == 0 && t38->max_buffer)
		rc = add_number(sdp, media, "T38FaxMaxBuffer", t38->max_buffer);
	if (rc == 0 && t38->max_datagram)
		rc = add_number(sdp, media, "T38FaxMaxDatagram", t38->max_datagram);
	if (rc == 0 && t38->ec != SDP_T38_EC_UNSAID)
		rc = add(sdp, media, "T38FaxUdpEC", ec_names[t38->ec]);
	return rc;
}

struct sdp_media *sdp_t38_add(struct sdp *sdp, uint16_t port, const struct sdp_t38 *t38)
{
	struct sdp_media *media = sdp_media_add(sdp, SDP_IMAGE, port, RD_STR("udptl"));

	if (!media || !sdp_format_add_text(sdp, media, RD_STR("t38")) || add_all(sdp, media, t38))
		return NULL;
	return media;
}

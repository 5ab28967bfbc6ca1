/* The extensions of the driver as a table, and the headers made from it. */
#include "channels/sip/extension.h"

#define TAG(text)  { text, sizeof(text) - 1 }
#define ON(method) (1u << (method))

struct extension {
	struct rd_str tag;
	uint32_t methods; /* in which somebody may require it */
	/* Is it switched on for this phone? NULL: for everybody. */
	bool (*enabled)(const struct sip_endpoint *endpoint);
};

static bool is_reliable(const struct sip_endpoint *endpoint)
{
	return endpoint->reliable != SIP_RELIABLE_NO;
}

static bool replaces_enabled(const struct sip_endpoint *endpoint)
{
	return endpoint->replaces != SIP_REPLACES_NO;
}

static bool join_enabled(const struct sip_endpoint *endpoint)
{
	return endpoint->join != SIP_REPLACES_NO;
}

static bool has_path(const struct sip_endpoint *endpoint)
{
	return endpoint->path;
}

static bool has_outbound(const struct sip_endpoint *endpoint)
{
	return endpoint->outbound;
}

static bool has_gruu(const struct sip_endpoint *endpoint)
{
	return endpoint->gruu;
}

static bool has_timers(const struct sip_endpoint *endpoint)
{
	return endpoint->session_timers != SIP_TIMERS_NO &&
	       endpoint->session_timers != SIP_TIMERS_REFUSE;
}

static bool has_ice(const struct sip_endpoint *endpoint)
{
	return endpoint->ice != SIP_ICE_NO || endpoint->webrtc;
}

static const struct extension extensions[] = {
	{ TAG("100rel"), ON(SIP_INVITE), is_reliable },
	{ TAG("timer"), ON(SIP_INVITE) | ON(SIP_UPDATE), has_timers },
	{ TAG("answermode"), ON(SIP_INVITE), NULL },
	{ TAG("199"), ON(SIP_INVITE), NULL },
	{ TAG("histinfo"), ON(SIP_INVITE), NULL },
	{ TAG("norefersub"), ON(SIP_INVITE) | ON(SIP_REFER), NULL },
	{ TAG("replaces"), ON(SIP_INVITE), replaces_enabled },
	{ TAG("join"), ON(SIP_INVITE), join_enabled },
	{ TAG("eventlist"), ON(SIP_SUBSCRIBE) | ON(SIP_NOTIFY), NULL },
	{ TAG("path"), ON(SIP_REGISTER), has_path },
	{ TAG("outbound"), ON(SIP_REGISTER), has_outbound },
	{ TAG("gruu"), ON(SIP_REGISTER), has_gruu },
	{ TAG("tdialog"), ON(SIP_REFER), NULL },
	{ TAG("trickle-ice"), ON(SIP_INVITE), has_ice },
	{ { 0 }, 0, NULL }
};

static bool is_enabled(const struct extension *extension,
		       const struct sip_endpoint *endpoint)
{
	return !endpoint || !extension->enabled || extension->enabled(endpoint);
}

bool sip_extension_known(struct rd_str tag, enum sip_method method,
			 const struct sip_endpoint *endpoint)
{
	const struct extension *extension = extensions;

	while (extension->tag.n && !rd_str_ieq(extension->tag, tag))
		extension++;
	return extension->methods & ON(method) && is_enabled(extension, endpoint);
}

static bool next_lacking(struct sip_walk *walk, struct rd_str *tag,
			 const struct sip_endpoint *endpoint)
{
	while (sip_walk_token(walk, tag))
		if (!sip_extension_known(*tag, walk->msg->method, endpoint))
			return true;
	return false;
}

bool sip_extension_lacking(const struct sip_msg *request,
			   const struct sip_endpoint *endpoint)
{
	struct sip_walk walk = { .msg = request, .id = SIP_H_REQUIRE };
	struct rd_str tag;

	return next_lacking(&walk, &tag, endpoint);
}

void sip_print_unsupported(struct sip_out *out, const struct sip_msg *request,
			   const struct sip_endpoint *endpoint)
{
	struct sip_walk walk = { .msg = request, .id = SIP_H_REQUIRE };
	struct rd_str tag;

	while (next_lacking(&walk, &tag, endpoint))
		sip_out_header(out, SIP_H_UNSUPPORTED, tag);
}

void sip_print_supported(struct sip_out *out, enum sip_method method,
			 const struct sip_endpoint *endpoint)
{
	const char *separator = "";

	sip_out_header_begin(out, SIP_H_SUPPORTED);
	for (const struct extension *at = extensions; at->tag.n; at++) {
		if (!is_enabled(at, endpoint) ||
		    (method != SIP_OPTIONS && !(at->methods & ON(method))))
			continue;
		sip_out_cstr(out, separator);
		sip_out_str(out, at->tag);
		separator = ", ";
	}
	sip_out_crlf(out);
}

bool sip_extension_offered(const struct sip_msg *msg, struct rd_str tag)
{
	return sip_msg_lists(msg, SIP_H_SUPPORTED, tag) ||
	       sip_msg_lists(msg, SIP_H_REQUIRE, tag);
}

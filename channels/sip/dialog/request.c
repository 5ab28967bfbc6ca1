/* The printing of requests within a dialog: which one it is, and by which routes they go. */
#include "channels/sip/dialog/table.h"

static bool is_loose(const struct sip_name_addr *route)
{
	struct sip_uri uri;

	return sip_uri_parse(&uri, route->uri, NULL) == 0 &&
	       sip_param_get(uri.params, RD_STR("lr"), NULL);
}

/* Route headers, and the request-URI that goes with them: a first route
 * without ;lr takes the place of the target, which goes last (§12.2.1.1). */
static struct rd_str request_uri(const struct sip_dialog *dialog, struct rd_str *routes,
				 bool *strict)
{
	struct sip_name_addr route;

	*strict = sip_dialog_first_route(dialog, &route, routes) && !is_loose(&route);
	*routes = rd_str_trim(*routes);
	if (*strict)
		return route.uri;
	*routes = dialog->routes;
	return dialog->target;
}

static void print_routes(struct sip_out *out, const struct sip_dialog *dialog, struct rd_str routes,
			 bool strict)
{
	if (routes.n)
		sip_out_header(out, SIP_H_ROUTE, routes);
	if (!strict)
		return;
	sip_out_header_begin(out, SIP_H_ROUTE);
	sip_out_char(out, '<');
	sip_out_str(out, dialog->target);
	sip_out_char(out, '>');
	sip_out_crlf(out);
}

static void print_side(struct sip_out *out, enum sip_header_id id, struct rd_str addr,
		       struct rd_str tag)
{
	sip_out_header_begin(out, id);
	sip_out_str(out, addr);
	if (tag.n) {
		sip_out_cstr(out, ";tag=");
		sip_out_str(out, tag);
	}
	sip_out_crlf(out);
}

/* Which dialog it is, and which request of it. */
static void print_identity(struct sip_out *out, const struct sip_dialog *dialog,
			   struct rd_str method, uint32_t cseq)
{
	print_side(out, SIP_H_FROM, dialog->local, dialog->local_tag);
	print_side(out, SIP_H_TO, dialog->remote, dialog->remote_tag);
	sip_out_header(out, SIP_H_CALL_ID, dialog->call_id);
	sip_out_cseq(out, cseq, method);
	sip_session_id_print(out, &dialog->session_id);
}

static struct sip_out *begin(struct sip_dialog *dialog, struct sip_transactions *layer,
			     enum sip_method method, uint32_t cseq, struct sip_flow *flow)
{
	struct rd_str routes, name = sip_method_name(method);
	struct sip_way *way = NULL;
	struct sip_out *out;
	struct rd_str uri;
	bool strict;

	RD_CHECK(dialog, SIP_DIALOG_MAGIC);
	if (dialog->unproven || sip_dialog_find_way(dialog, flow, &way))
		return NULL;
	uri = request_uri(dialog, &routes, &strict);
	out = sip_request_begin_hops(layer, flow, name, uri, dialog->hops);
	sip_request_way_take(layer, way);
	sip_request_account(layer, dialog->account);
	if (dialog->state != SIP_DIALOG_HALF)
		sip_request_persist(layer);
	print_routes(out, dialog, routes, strict);
	print_identity(out, dialog, name, cseq);
	if (dialog->credentials && method == SIP_ACK)
		sip_credentials_print_ack(dialog->credentials, out);
	else if (dialog->credentials)
		sip_credentials_print(dialog->credentials, out, name, sip_out_request_uri(uri),
				      (struct rd_str){ 0 });
	return out;
}

struct sip_out *sip_dialog_begin(struct sip_dialog *dialog, struct sip_transactions *layer,
				 enum sip_method method, struct sip_flow *flow)
{
	dialog->local_cseq++;
	if (method == SIP_INVITE && dialog->state == SIP_DIALOG_HALF)
		dialog->first_cseq = dialog->local_cseq;
	return begin(dialog, layer, method, dialog->local_cseq, flow);
}

void sip_dialog_print_first(struct sip_dialog *dialog, struct sip_out *out, enum sip_method method)
{
	RD_CHECK(dialog, SIP_DIALOG_MAGIC);
	print_routes(out, dialog, dialog->routes, false);
	print_identity(out, dialog, sip_method_name(method), ++dialog->local_cseq);
}

struct sip_out *sip_dialog_begin_ack(struct sip_dialog *dialog, struct sip_transactions *layer,
				     uint32_t cseq, struct sip_flow *flow)
{
	return begin(dialog, layer, SIP_ACK, cseq, flow);
}

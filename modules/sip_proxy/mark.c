/* Marks that only we can make: a keyed hash of what a request is. */
#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "modules/sip_proxy/proxy.h"

static void make_mark(char mark[PROXY_MARK + 1], const char *prefix, struct rd_buf *text)
{
	const char *bytes = rd_buf_text(text);
	unsigned char hash[EVP_MAX_MD_SIZE] = { 0 };

	HMAC(EVP_sha256(), proxy_key(), PROXY_KEY, (const unsigned char *)bytes,
	     strlen(bytes), hash, NULL);
	snprintf(mark, PROXY_MARK + 1, "%s%02x%02x%02x%02x%02x%02x%02x%02x", prefix, hash[0],
		 hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]);
	rd_buf_fini(text);
}

static void add(struct rd_buf *text, struct rd_str part)
{
	rd_buf_add(text, part.p, part.n);
	rd_buf_addc(text, '\n');
}

static void add_headers(struct rd_buf *text, const struct rd_sip_request *request,
			const char *name)
{
	struct rd_str value;

	for (unsigned i = 0; (value = proxy->header(request->message, name, i)).p; i++)
		add(text, value);
}

/* All that decides where it goes, and which request it is. The Via is left out: it
 * differs each time round. */
void proxy_mark_request(const struct rd_sip_request *request, char mark[PROXY_MARK + 1])
{
	struct rd_buf text;

	rd_buf_init(&text);
	add(&text, request->uri);
	add(&text, request->from_tag);
	add(&text, request->to_tag);
	add(&text, request->call_id);
	rd_buf_printf(&text, "%u\n", request->cseq);
	add_headers(&text, request, "Route");
	add_headers(&text, request, "Proxy-Require");
	add_headers(&text, request, "Proxy-Authorization");
	make_mark(mark, "-p", &text);
}

void proxy_mark_hop(const struct rd_sip_request *request, char mark[PROXY_MARK + 1])
{
	struct rd_str branch;
	struct rd_buf text;

	rd_buf_init(&text);
	if (proxy->via_branch(request->message, 0, &branch))
		add(&text, branch);
	add(&text, request->uri);
	add(&text, request->from_tag);
	add(&text, request->call_id);
	rd_buf_printf(&text, "%u\n", request->cseq);
	make_mark(mark, "sl", &text);
}

void proxy_mark_dialog(const struct rd_sip_request *request, enum proxy_side side,
		       char mark[PROXY_MARK + 1])
{
	struct rd_buf text;

	rd_buf_init(&text);
	rd_buf_printf(&text, "dialog\n%d\n", side);
	add(&text, request->call_id);
	make_mark(mark, PROXY_DIALOG, &text);
}

void proxy_mark_moved(const struct rd_sip_request *request, struct rd_str tag,
		      enum proxy_side side, char mark[PROXY_MARK + 1])
{
	struct rd_buf text;

	rd_buf_init(&text);
	rd_buf_printf(&text, "moved\n%d\n", side);
	add(&text, request->call_id);
	add(&text, tag);
	make_mark(mark, "mv", &text);
}

static void add_uri(struct rd_buf *text, struct rd_str uri)
{
	struct rd_sip_uri parsed;

	proxy->uri(&parsed, uri);
	add(text, parsed.user);
	add(text, parsed.host);
	rd_buf_printf(text, "%u\n", parsed.port);
}

void proxy_mark_end(const struct rd_sip_request *request, struct rd_str uri,
		    struct rd_str next, char mark[PROXY_MARK + 1])
{
	struct rd_buf text;

	rd_buf_init(&text);
	rd_buf_adds(&text, "end\n");
	add(&text, request->call_id);
	add_uri(&text, uri);
	if (next.n)
		add_uri(&text, next);
	make_mark(mark, PROXY_END, &text);
}

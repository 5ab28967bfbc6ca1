/* URIs: what is accepted is equal to itself, and to itself printed. */
#include <stdint.h>
#include <stdlib.h>

#include "channels/sip/message/out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct sip_uri *uri, size_t size)
{
	char *text = malloc(size + 16);
	struct sip_param param;
	struct rd_str rest = uri->params;
	struct sip_uri again;
	struct sip_out out;

	if (!text)
		return;
	sip_out_init(&out, text, size + 16);
	sip_out_uri(&out, uri);
	rd_assert(!out.overflow);
	rd_assert(sip_uri_parse(&again, sip_out_text(&out), NULL) == 0);
	rd_assert(sip_uri_equal(uri, &again) == sip_uri_equal(&again, uri));
	while (sip_param_next(&rest, &param))
		sip_strip_quotes(param.value);
	sip_unescape(text, size, uri->user);
	sip_unquote(text, size, uri->opaque);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	struct sip_name_addr addr;
	struct rd_str text, rest;
	struct sip_uri uri;
	const char *what = NULL;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	text = (struct rd_str){ copy, size };
	if (sip_uri_parse(&uri, text, &what) == 0)
		use(&uri, size);
	else
		rd_assert(what);
	for (rest = text; sip_name_addr_next(&rest, &addr, NULL) == 1;)
		if (!addr.is_star && sip_uri_parse(&uri, addr.uri, NULL) == 0)
			use(&uri, addr.uri.n);
	free(copy);
	return 0;
}

/* Session descriptions: what is accepted can be printed, and is accepted
 * again. */
#include <stdint.h>
#include <stdlib.h>

#include "channels/sip/sdp/ice.h"

#define LIMIT 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char buffer[8 * LIMIT];

static void look_up(const struct sdp *sdp)
{
	for (const struct sdp_media *media = sdp->media; media; media = media->next) {
		union sip_sockaddr addr;
		struct sdp_ice *ice;

		sdp_media_address(sdp, media, &addr);
		sdp_media_rtcp_address(sdp, media, &addr);
		if (sdp_ice_read(&ice, sdp, media) == 0)
			rd_free(ice);
		sdp_format_find(media, RD_STR("opus"), 48000, 2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdp_error error = { 0 };
	struct rd_pool *pool;
	struct sip_out out;
	struct sdp_ice *ice;
	struct sdp *sdp;

	if (sdp_ice_read_fragment(&ice, (struct rd_str){ (const char *)data, size },
				  size & 1 ? RD_STR("0") : RD_STR("")) == 0)
		rd_free(ice);
	if (size > LIMIT || rd_pool_new(&pool, 0))
		return 0;
	if (sdp_parse(&sdp, pool, (struct rd_str){ (const char *)data, size }, &error) == 0) {
		look_up(sdp);
		sip_out_init(&out, buffer, sizeof(buffer));
		sdp_print(&out, sdp);
		rd_assert(!out.overflow);
		rd_assert(sdp_parse(&sdp, pool, sip_out_text(&out), &error) == 0);
	} else {
		rd_assert(error.what);
	}
	rd_pool_free(pool);
	return 0;
}

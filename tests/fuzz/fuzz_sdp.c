/* Session descriptions: what is accepted can be printed, and is accepted
 * again. */
#include <stdint.h>
#include <stdlib.h>

#include <string.h>

#include "channels/sip/sdp/ice.h"
#include "channels/sip/sdp/t38.h"

#define LIMIT 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char buffer[8 * LIMIT];

static bool is_same_fax(const struct sdp_t38 *a, const struct sdp_t38 *b)
{
	return a->version == b->version && a->ec == b->ec && a->local_tcf == b->local_tcf &&
	       a->transferred_tcf == b->transferred_tcf && a->fill == b->fill &&
	       a->mmr == b->mmr && a->jbig == b->jbig && a->max_buffer == b->max_buffer &&
	       a->max_datagram == b->max_datagram && a->bit_rate == b->bit_rate;
}

/* What is read of a line of T.38 is what is printed of it. */
static void pass_on_fax(const struct sdp *sdp, const struct sdp_media *media)
{
	static char text[4096];
	struct sdp_t38 theirs, ours;
	struct sdp *copy = sdp_new(sdp->pool);
	struct sip_out out;

	sdp_t38_read(&theirs, media);
	if (!copy || !sdp_t38_add(copy, 4000, &theirs))
		return;
	copy->origin_address = RD_STR("h");
	copy->origin_user = RD_STR("-");
	copy->origin_family = copy->connection.family = AF_INET;
	copy->connection.address = RD_STR("10.0.0.1");
	sip_out_init(&out, text, sizeof(text));
	sdp_print(&out, copy);
	rd_assert(!out.overflow && sdp_parse(&copy, sdp->pool, sip_out_text(&out), NULL) == 0);
	rd_assert(sdp_is_t38(copy->media));
	sdp_t38_read(&ours, copy->media);
	rd_assert(is_same_fax(&theirs, &ours));
}

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
		if (sdp_is_t38(media))
			pass_on_fax(sdp, media);
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

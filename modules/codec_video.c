/* Codecs of pictures, passed through with their parameters as they are. */
#include <ringdown/module.h>

#define VIDEO(...)                                                                              \
	.kind = RD_MEDIA_VIDEO, .rate = 90000, .rtp_rate = 90000, .channels = 1, .payload = -1, \
	__VA_ARGS__

static const struct rd_codec codecs[] = {
	{ VIDEO(.name = "h264", .rtp_name = "H264", .synopsis = "H.264 (RFC 6184)") },
	{ VIDEO(.name = "h265", .rtp_name = "H265", .synopsis = "H.265 (RFC 7798)") },
	{ VIDEO(.name = "vp8", .rtp_name = "VP8", .synopsis = "VP8 (RFC 7741)") },
	{ VIDEO(.name = "vp9", .rtp_name = "VP9", .synopsis = "VP9 (RFC 9628)") },
	{ VIDEO(.name = "av1", .rtp_name = "AV1", .synopsis = "AV1") },
	{ 0 },
};

RD_MODULE(.name = "codec_video", .synopsis = "Codecs of pictures, passed through",
	  .codecs = codecs);

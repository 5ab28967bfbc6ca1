/* G.729, passed through: phones that both speak it hear each other, nothing is
 * decoded. codec_g729_bcg takes its place where it was asked for. */
#include <ringdown/module.h>

static const struct rd_codec codecs[] = {
	{ .name = "g729",
	  .rtp_name = "G729",
	  .synopsis = "G.729, passed through",
	  .rate = 8000,
	  .rtp_rate = 8000,
	  .channels = 1,
	  .payload = 18,
	  .ptime_ms = 20,
	  .frame_ms = 10,
	  .bitrate = 8000,
	  .impairment = 11, /* of G.729A, G.113 Appendix I */
	  .robustness = 190,
	  /* Who is passed through to whom is not known yet. */
	  .fmtp = "annexb=no" },
	{ 0 },
};

RD_MODULE(.name = "codec_g729", .synopsis = "G.729, passed through", .codecs = codecs);

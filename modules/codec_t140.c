/* Text as it is typed (RFC 4103), plain and with redundancy, passed through. */
#include <ringdown/module.h>

#define TEXT(...)                                                                            \
	.kind = RD_MEDIA_TEXT, .rate = 1000, .rtp_rate = 1000, .channels = 1, .payload = -1, \
	.ptime_ms = 300, __VA_ARGS__

static const struct rd_codec codecs[] = {
	{ TEXT(.name = "t140", .rtp_name = "T140", .synopsis = "T.140: text as it is typed") },
	{ TEXT(.name = "red", .rtp_name = "RED",
	       .synopsis = "The same, each packet repeating the last ones") },
	{ 0 },
};

RD_MODULE(.name = "codec_t140", .synopsis = "Text as it is typed, passed through",
	  .codecs = codecs);

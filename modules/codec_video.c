/* Codecs of pictures, passed through with their parameters as they are. What two
 * sets of parameters have in common decides whether one leg can read the other's. */
#include <string.h>
#include <strings.h>

#include <ringdown/module.h>
#include <ringdown/str.h>

/* ---- parameters ---- */

/* "" when it is not there. */
static struct rd_str parameter(const char *fmtp, const char *name)
{
	struct rd_str rest = rd_str_of(fmtp), one, key;

	while (rest.n) {
		rd_str_cut(&rest, ';', &one);
		rd_str_cut(&one, '=', &key);
		if (rd_str_ieq(rd_str_trim(key), rd_str_of(name)))
			return rd_str_trim(one);
	}
	return (struct rd_str){ "", 0 };
}

/* Where nothing is said, the default holds. */
static bool same(const char *fmtp, const char *other, const char *name, const char *fallback)
{
	struct rd_str one = parameter(fmtp, name), two = parameter(other, name);

	return rd_str_ieq(one.n ? one : rd_str_of(fallback), two.n ? two : rd_str_of(fallback));
}

/* The first byte of "42e01f"; what the constraints after it say is agreed on too
 * loosely by too many to count. */
static struct rd_str profile_of(const char *fmtp)
{
	struct rd_str id = parameter(fmtp, "profile-level-id");

	return id.n >= 2 ? (struct rd_str){ id.p, 2 } : RD_STR("42");
}

/* RFC 6184 §8.2.2. Some answer without any parameters and mean "as you say". */
static bool h264_fits(const char *fmtp, const char *other)
{
	return !*fmtp || !*other ||
	       (rd_str_ieq(profile_of(fmtp), profile_of(other)) &&
		same(fmtp, other, "packetization-mode", "0"));
}

static bool h265_fits(const char *fmtp, const char *other)
{
	return same(fmtp, other, "profile-id", "1");
}

static bool vp9_fits(const char *fmtp, const char *other)
{
	return same(fmtp, other, "profile-id", "0");
}

static bool av1_fits(const char *fmtp, const char *other)
{
	return same(fmtp, other, "profile", "0");
}

/* ---- the codecs ---- */

#define VIDEO(...)                                                                   \
	.kind = RD_MEDIA_VIDEO, .rate = 90000, .rtp_rate = 90000, .channels = 1, \
	__VA_ARGS__

static const struct rd_codec codecs[] = {
	{ VIDEO(.name = "h261", .rtp_name = "H261", .payload = 31,
		.synopsis = "H.261 (RFC 4587)") },
	{ VIDEO(.name = "h263", .rtp_name = "H263", .payload = 34,
		.synopsis = "H.263 (RFC 2190)") },
	{ VIDEO(.name = "h263p", .rtp_name = "H263-1998", .payload = -1,
		.synopsis = "H.263+ (RFC 4629)") },
	{ VIDEO(.name = "h264", .rtp_name = "H264", .payload = -1, .fits = h264_fits,
		.fmtp = "profile-level-id=42e01f;packetization-mode=1",
		.synopsis = "H.264 (RFC 6184)") },
	{ VIDEO(.name = "h265", .rtp_name = "H265", .payload = -1, .fits = h265_fits,
		.synopsis = "H.265 (RFC 7798)") },
	{ VIDEO(.name = "vp8", .rtp_name = "VP8", .payload = -1,
		.synopsis = "VP8 (RFC 7741)") },
	{ VIDEO(.name = "vp9", .rtp_name = "VP9", .payload = -1, .fits = vp9_fits,
		.synopsis = "VP9 (RFC 9628)") },
	{ VIDEO(.name = "av1", .rtp_name = "AV1", .payload = -1, .fits = av1_fits,
		.synopsis = "AV1") },
	{ 0 },
};

RD_MODULE(.name = "codec_video", .synopsis = "Codecs of pictures, passed through",
	  .codecs = codecs);

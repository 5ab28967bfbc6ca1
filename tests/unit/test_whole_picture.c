/* Where whole pictures begin, codec by codec, by the bytes that stand in packets. */
#include "tests/unit/test.h"

#include "core/media/whole_picture.h"

#define BEGINS(codec, ...)                                                             \
	rd__whole_picture_begins(codec, &(struct rd__rtp){                            \
						.payload = (uint8_t[]){ __VA_ARGS__ }, \
						.size = sizeof((uint8_t[]){ __VA_ARGS__ }) })

static void vp8(void **state)
{
	(void)state;
	assert_true(BEGINS("VP8", 0x10, 0x50));
	assert_false(BEGINS("VP8", 0x10, 0x51));
	assert_false(BEGINS("VP8", 0x00, 0x50)); /* goes on */
	assert_false(BEGINS("VP8", 0x11, 0x50)); /* another partition */
	/* A picture's number in one byte and in two, a level, a layer. */
	assert_true(BEGINS("VP8", 0x90, 0x80, 0x7f, 0x50));
	assert_false(BEGINS("VP8", 0x90, 0x80, 0x7e, 0x51));
	assert_true(BEGINS("VP8", 0x90, 0xe0, 0x81, 0x01, 0x01, 0x01, 0x50));
	assert_false(BEGINS("VP8", 0x90, 0xe0, 0x80, 0x00, 0x00, 0x00, 0x51));
	/* Cut short. */
	assert_false(BEGINS("VP8", 0x90, 0xe0, 0x81, 0x01, 0x01));
	assert_false(BEGINS("VP8", 0x90, 0x80));
	assert_false(BEGINS("VP8", 0x10));
}

static void vp9(void **state)
{
	(void)state;
	assert_true(BEGINS("VP9", 0x08, 0x82));
	assert_false(BEGINS("VP9", 0x48, 0x82)); /* from those before */
	assert_false(BEGINS("VP9", 0x00, 0x82)); /* goes on */
	assert_true(BEGINS("VP9", 0xa8, 0x81, 0x01, 0x00, 0x82));
	assert_false(BEGINS("VP9", 0xa8, 0x81, 0x01, 0x02, 0x82)); /* a higher layer */
	assert_false(BEGINS("VP9", 0xa8, 0x81, 0x01));
}

static void av1(void **state)
{
	(void)state;
	assert_true(BEGINS("AV1", 0x18, 0x0a));
	assert_false(BEGINS("AV1", 0x10, 0x0a));
	assert_false(BEGINS("AV1", 0x18));
}

static void h264(void **state)
{
	(void)state;
	assert_true(BEGINS("H264", 0x67, 0x42));
	assert_true(BEGINS("H264", 0x65, 0x88));
	assert_false(BEGINS("H264", 0x41, 0x9a));
	assert_true(BEGINS("h264", 0x78, 0x00, 0x02, 0x67, 0x42)); /* among others */
	assert_false(BEGINS("H264", 0x78, 0x00, 0x02, 0x41, 0x9a));
	/* Behind a delimiter. */
	assert_true(BEGINS("H264", 0x78, 0x00, 0x02, 0x09, 0x10, 0x00, 0x02, 0x67, 0x42));
	assert_false(BEGINS("H264", 0x78, 0x00, 0x02, 0x09, 0x10, 0x00, 0x02, 0x41, 0x9a));
	assert_false(BEGINS("H264", 0x78, 0xff, 0xff, 0x09, 0x10, 0x00, 0x02, 0x67, 0x42));
	assert_true(BEGINS("H264", 0x7c, 0x85)); /* first fragment */
	assert_false(BEGINS("H264", 0x7c, 0x05));
	assert_false(BEGINS("H264", 0x7c, 0x81));
	assert_false(BEGINS("H264", 0x78, 0x00));
}

static void h265(void **state)
{
	(void)state;
	assert_true(BEGINS("H265", 0x40, 0x01, 0x0c));
	assert_true(BEGINS("H265", 0x26, 0x01, 0xaf));
	assert_false(BEGINS("H265", 0x02, 0x01, 0xd0));
	assert_true(BEGINS("H265", 0x60, 0x01, 0x00, 0x02, 0x40));
	assert_true(BEGINS("H265", 0x60, 0x01, 0x00, 0x03, 0x46, 0x01, 0x50, 0x00, 0x02, 0x40));
	assert_true(BEGINS("H265", 0x62, 0x01, 0x93));
	assert_false(BEGINS("H265", 0x62, 0x01, 0x13));
	assert_false(BEGINS("H265", 0x40, 0x01));
}

static void others_cannot_be_told(void **state)
{
	(void)state;
	assert_true(rd__whole_picture_known("vp8"));
	assert_false(rd__whole_picture_known("H263"));
	assert_false(BEGINS("H263", 0x00, 0x00, 0x00));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vp8),
		cmocka_unit_test(vp9),
		cmocka_unit_test(av1),
		cmocka_unit_test(h264),
		cmocka_unit_test(h265),
		cmocka_unit_test(others_cannot_be_told),
	};

	return RUN_GROUP(tests);
}

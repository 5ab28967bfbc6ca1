/* Streams of pictures for tests, and what is sent to them. */
#include "tests/unit/test.h"
#include "tests/unit/video_rig.h"

#include <arpa/inet.h>

static const char *const modules[] = { "codec_video", "codec_t140" };

int video_setup(void **state)
{
	(void)state;
	rig_start(rig_threads);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		for (const struct rd_codec *c = rig_codec(modules[i]); c->name; c++)
			assert_int_equal(rd__codec_add(c, modules[i]), 0);
	return 0;
}

int video_teardown(void **state)
{
	(void)state;
	/* Streams close on their threads, which may take a while on a busy machine. */
	for (int ms = 0; ms < SOON_MS && rd__codecs_running("codec_video"); ms++)
		rig_run(1);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		assert_int_equal(rd__codecs_running(modules[i]), 0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		for (const struct rd_codec *c = rig_codec(modules[i]); c->name; c++)
			rd__codec_remove(c);
	rig_stop();
	return 0;
}

void video_configure(struct rd_stream *stream, struct far_end *far, const char *const *formats,
		     unsigned feedback, bool rsize)
{
	struct rd_stream_config config = { .direction = RD_SENDRECV,
					   .dtmf_payload = -1,
					   .cn_payload = -1,
					   .symmetric = true,
					   .rtcp_mux = true,
					   .rtcp_rsize = rsize,
					   .feedback = feedback };

	memcpy(&config.remote, &far->address, sizeof(far->address));
	for (; *formats; formats++) {
		struct rd_stream_format *format = &config.formats[config.format_count++];
		char name[16];
		int payload;

		format->fmtp[0] = '\0';
		assert_true(sscanf(*formats, "%15s %d %95s", name, &payload, format->fmtp) >= 2);
		format->codec = rd_codec_find(name);
		assert_non_null(format->codec);
		format->payload = (uint8_t)payload;
	}
	far->payload_type = config.formats[0].payload;
	assert_int_equal(rd_stream_configure(stream, &config), 0);
}

void video_send(struct far_end *far, struct rd_stream *to, bool marker,
		const void *data, size_t size)
{
	uint8_t packet[1500];
	struct rd__rtp rtp = { .payload_type = far->payload_type,
			       .marker = marker,
			       .seq = far->seq++,
			       .ts = far->ts,
			       .ssrc = far->ssrc,
			       .payload = packet + RD__RTP_HEADER,
			       .size = size };

	memcpy(rtp.payload, data, size);
	rd__rtp_print(&rtp);
	far_end_send_raw(far, to, packet, size + RD__RTP_HEADER);
}

void feedback_send(struct far_end *far, struct rd_stream *to,
		   const struct rd__feedback *feedback)
{
	uint8_t packet[RD__FEEDBACK_HEADER + RD__FEEDBACK_DETAIL_MAX];

	far_end_send_raw(far, to, packet, rd__feedback_print(packet, feedback));
}

void feedback_receive(struct far_end *far, struct arrived *got,
		      struct rd__feedback *feedback)
{
	for (int i = 0; i < 10; i++) {
		const uint8_t *packet = got->bytes;
		size_t size;

		far_end_receive(far, got, SOON_MS / 10);
		size = got->size;
		if (size && rd__feedback_next(feedback, &packet, &size))
			return;
	}
	fail_msg("no feedback came");
}

void feedback_none(struct far_end *far)
{
	struct arrived got = { .size = 0 };
	struct rd__feedback feedback;
	const uint8_t *packet = got.bytes;

	far_end_receive(far, &got, QUIET_MS);
	assert_false(rd__feedback_next(&feedback, &packet, &got.size));
}

/* ICE on streams of the engine, with its threads: two streams find each other and
 * hear each other, and a line speaks through a relay's channel. */
#include "tests/unit/test.h"

#include <ringdown/ice.h>

#include "core/media/demux.h"
#include "core/media/engine.h"
#include "core/media/ice_stream.h"
#include "core/media/media.h"
#include "core/media/turn.h"
#include "tests/unit/media_rig.h"


static int begin(void **state)
{
	rig_start(*(int *)*state);
	return 0;
}

static int end(void **state)
{
	(void)state;
	rig_stop();
	return 0;
}

/* ---- two streams ---- */

static struct rd_stream *open_stream(bool controlling, bool lite)
{
	struct rd_rtp_local local = { .kind = RD_MEDIA_AUDIO };
	struct rd_ice_options options = { .controlling = controlling, .lite = lite,
					  .rtcp_mux = true };
	struct sockaddr_in *address = (struct sockaddr_in *)&local.address;
	struct rd_stream *stream;

	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(rd_stream_new_rtp(&stream, &local), 0);
	assert_int_equal(rd_stream_ice_begin(stream, &options), 0);
	assert_int_equal(rd_stream_ice_begin(stream, &options), -EALREADY);
	return stream;
}

static void configure_as(struct rd_stream *stream, const char *codec, int payload)
{
	struct rd_stream_config config = { .direction = RD_SENDRECV, .format_count = 1,
					   .dtmf_payload = -1, .cn_payload = -1,
					   .rtcp_mux = true, .ice = true, .symmetric = true };

	config.formats[0].codec = rig_codec(codec);
	config.formats[0].payload = (uint8_t)payload;
	config.formats[0].ptime_ms = 20;
	assert_int_equal(rd_stream_configure(stream, &config), 0);
}

static void configure(struct rd_stream *stream)
{
	configure_as(stream, "codec_ulaw", 0);
}

static void tell(struct rd_stream *from, struct rd_stream *to, bool lite)
{
	struct rd_ice_candidate candidate;

	assert_int_equal(rd_stream_ice_remote(to, rd_str_of(rd_stream_ice_ufrag(from)),
					      rd_str_of(rd_stream_ice_pwd(from)), lite), 0);
	for (int i = 0; rd_stream_ice_local(from, i, &candidate); i++)
		rd_stream_ice_add_remote(to, &candidate);
	rd_stream_ice_end_of_candidates(to);
}

static int ups, downs;

static void on_event(const struct rd_stream_event *event, void *arg)
{
	(void)arg;
	ups += event->type == RD_STREAM_ICE_UP;
	downs += event->type == RD_STREAM_ICE_DOWN;
}

static uint64_t heard(const struct rd_stream *stream)
{
	struct rd_stream_stats stats;

	rd_stream_stats(stream, &stats);
	return stats.rx_packets;
}

static void talk(bool lite)
{
	struct rd_stream *a = open_stream(true, false), *b = open_stream(false, lite);
	struct rd__play play = { .tones = "440" };
	struct rd_ice_candidate local, remote;

	ups = downs = 0;
	rd_stream_on_event(a, on_event, NULL);
	rd_stream_on_event(b, on_event, NULL);
	configure(a);
	configure(b);
	assert_int_equal(rd__stream_play(a, &play, NULL), 0);
	assert_int_equal(rd__stream_play(b, &play, NULL), 0);
	rig_run(300);
	assert_int_equal(heard(a) + heard(b), 0); /* nowhere to send to */
	tell(a, b, false);
	tell(b, a, lite);
	for (int ms = 0; ms < 5000 && (heard(a) < 10 || heard(b) < 10); ms += 100)
		rig_run(100);
	assert_true(heard(a) >= 10);
	assert_true(heard(b) >= 10);
	assert_int_equal(ups, 2);
	assert_int_equal(downs, 0);
	assert_true(rd_stream_ice_selected(a, 1, &local, &remote));
	assert_int_equal(remote.type, RD_ICE_HOST);
	rd_stream_close(a);
	rd_stream_close(b);
	rig_run(50);
}

static void two_streams_find_and_hear_each_other(void **state)
{
	(void)state;
	talk(false);
}

static void so_do_they_when_one_is_lite(void **state)
{
	(void)state;
	talk(true);
}

/* Lines that share a port: one of either is there before a way is found, one comes later. */
static void those_they_carry_go_the_same_way(void **state)
{
	struct rd_stream *a = open_stream(true, false), *b = open_stream(false, false);
	struct rd_stream *with_a = rig_bare_stream(RD_MEDIA_AUDIO);
	struct rd_stream *with_b = rig_bare_stream(RD_MEDIA_AUDIO);
	struct rd__play play = { .tones = "440" };

	(void)state;
	configure(a);
	configure(b);
	configure_as(with_a, "codec_alaw", 8);
	configure_as(with_b, "codec_alaw", 8);
	assert_int_equal(rd_stream_bundle(with_a, a), 0);
	tell(a, b, false);
	tell(b, a, false);
	assert_int_equal(rd__stream_play(a, &play, NULL), 0);
	for (int ms = 0; ms < 5000 && heard(b) < 10; ms += 100)
		rig_run(100);
	assert_int_equal(rd_stream_bundle(with_b, b), 0);
	assert_int_equal(rd__stream_play(with_a, &play, NULL), 0);
	assert_int_equal(rd__stream_play(with_b, &play, NULL), 0);
	for (int ms = 0; ms < 5000 && (heard(with_a) < 10 || heard(with_b) < 10); ms += 100)
		rig_run(100);
	assert_true(heard(with_a) >= 10);
	assert_true(heard(with_b) >= 10);
	rd_stream_close(with_a);
	rd_stream_close(with_b);
	rd_stream_close(a);
	rd_stream_close(b);
	rig_run(50);
}

/* ---- a relay's channel ---- */

enum { CHANNEL = 0x4001 };

/* As if ICE had chosen the relay that stands at far. */
static void choose(struct rd_stream *stream, const struct far_end *far, uint16_t channel)
{
	struct rd__ice_way *way = rd_zalloc(sizeof(*way));
	struct rd__command command = { .type = RD__CMD_ICE_WAY, .stream = stream,
				       .object = way };
	struct sockaddr_storage storage = { 0 };

	assert_non_null(way);
	memcpy(&storage, &far->address, sizeof(far->address));
	way->component = 1;
	rd__address_set(&way->way.remote, &storage);
	way->way.channel = channel;
	assert_int_equal(rd__order_new(stream, &command), 0);
}

/* The next ChannelData packet that holds RTP: its payload's first byte. */
static int receive_wrapped(struct far_end *far, int ms)
{
	uint8_t packet[1500];
	ssize_t n;

	for (; ms > 0; ms -= 5) {
		const uint8_t *payload;
		struct rd__rtp rtp;
		uint16_t channel;
		size_t size;

		rig_run(5);
		n = recv(far->fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (n <= 0)
			continue;
		assert_true(rd__channel_parse(packet, (size_t)n, &channel, &payload, &size));
		assert_int_equal(channel, CHANNEL);
		if (rd__is_rtcp(payload, size))
			continue;
		assert_true(rd__rtp_parse(&rtp, packet + RD__CHANNEL_HEADER, size));
		assert_int_equal(rtp.size, 160);
		return rtp.payload[0];
	}
	return -1;
}

static void send_wrapped(struct far_end *far, struct rd_stream *to, int channel, uint8_t byte)
{
	uint8_t packet[RD__CHANNEL_HEADER + RD__RTP_HEADER + 160];
	struct rd__rtp rtp = { .seq = far->seq++, .ts = far->ts, .ssrc = 77,
			       .payload = packet + RD__CHANNEL_HEADER + RD__RTP_HEADER,
			       .size = 160 };

	far->ts += 160;
	memset(rtp.payload, byte, rtp.size);
	rd__rtp_print(&rtp);
	rd__channel_print(packet, (uint16_t)channel, RD__RTP_HEADER + rtp.size);
	far_end_send_raw(far, to, packet, sizeof(packet));
}

static void sound_goes_through_a_relays_channel(void **state)
{
	struct rd_stream *stream = open_stream(true, false);
	struct far_end relay, stranger;

	(void)state;
	far_end_open(&relay);
	far_end_open(&stranger);
	configure(stream);
	choose(stream, &relay, CHANNEL);
	assert_int_equal(rd__stream_echo(stream, true), 0);
	rig_run(20);
	send_wrapped(&relay, stream, CHANNEL, 0x55);
	assert_int_equal(receive_wrapped(&relay, 500), 0x55);
	/* Of another channel, or by somebody else: not heard. */
	send_wrapped(&relay, stream, CHANNEL + 1, 0x66);
	send_wrapped(&stranger, stream, CHANNEL, 0x77);
	far_end_send(&stranger, stream, 0x88);
	assert_int_equal(receive_wrapped(&relay, 100), -1);
	send_wrapped(&relay, stream, CHANNEL, 0x99);
	assert_int_equal(receive_wrapped(&relay, 500), 0x99);
	rd_stream_close(stream);
	far_end_close(&relay);
	far_end_close(&stranger);
	rig_run(50);
}

/* ---- one way after the other ---- */

enum { FORMER_MS = 5000 };

static void who_went_by_a_former_way_is_heard_until_he_follows(void **state)
{
	struct rd_stream *stream;
	struct far_end wlan, mobile;
	struct arrived got;

	rig_virtual_setup(state);
	stream = open_stream(true, false);
	far_end_open(&wlan);
	far_end_open(&mobile);
	configure(stream);
	choose(stream, &wlan, 0);
	assert_int_equal(rd__stream_echo(stream, true), 0);
	rig_run(20);
	far_end_send(&mobile, stream, 1);
	assert_false(far_end_receive(&wlan, &got, 40));
	choose(stream, &mobile, 0);
	rig_run(20);
	far_end_send(&wlan, stream, 2);
	assert_true(far_end_receive(&mobile, &got, 500));
	assert_int_equal(got.rtp.payload[0], 2);
	far_end_send(&mobile, stream, 3);
	assert_true(far_end_receive(&mobile, &got, 500));
	assert_int_equal(got.rtp.payload[0], 3);
	rig_run(FORMER_MS);
	while (far_end_receive(&mobile, &got, 20))
		continue;
	far_end_send(&wlan, stream, 4);
	assert_false(far_end_receive(&mobile, &got, 40));
	rd_stream_close(stream);
	far_end_close(&wlan);
	far_end_close(&mobile);
	rig_run(50);
	rig_virtual_teardown(state);
}

#define TEST(name, arg) { #name, name, begin, end, arg }

int main(void)
{
	static int inline_engine = 0, threaded = 2;
	const struct CMUnitTest tests[] = {
		TEST(two_streams_find_and_hear_each_other, &inline_engine),
		TEST(so_do_they_when_one_is_lite, &inline_engine),
		TEST(those_they_carry_go_the_same_way, &inline_engine),
		TEST(sound_goes_through_a_relays_channel, &inline_engine),
		cmocka_unit_test(who_went_by_a_former_way_is_heard_until_he_follows),
		TEST(two_streams_find_and_hear_each_other, &threaded),
		TEST(so_do_they_when_one_is_lite, &threaded),
		TEST(sound_goes_through_a_relays_channel, &threaded),
	};

	return RUN_GROUP(tests);
}

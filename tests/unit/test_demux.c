/* What shares a media port: told apart by the first byte, and what is no
 * media goes up to whoever asked for it. Each with media threads and without. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"

#include <string.h>
#include <sys/socket.h>

#include "core/media/demux.h"

enum { QUIET_MS = 60, SOON_MS = 1000 };

/* RFC 7983 §7, each range's ends. */
static void the_first_byte_says_what_it_is(void **state)
{
	static const struct {
		uint8_t first, last;
		enum rd__packet_kind kind;
	} ranges[] = {
		{ 0, 3, RD__PACKET_STUN },   { 4, 19, RD__PACKET_OTHER },
		{ 20, 63, RD__PACKET_DTLS }, { 64, 79, RD__PACKET_TURN },
		{ 80, 127, RD__PACKET_OTHER }, { 128, 191, RD__PACKET_RTP },
		{ 192, 255, RD__PACKET_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(ranges); i++)
		for (int byte = ranges[i].first; byte <= ranges[i].last; byte++)
			assert_int_equal(rd__demux(&(uint8_t){ (uint8_t)byte }, 1),
					 ranges[i].kind);
	assert_int_equal(rd__demux((const uint8_t *)"", 0), RD__PACKET_OTHER);
}

/* What a handler saw. */
struct seen {
	int count;
	struct rd__datagram last;
	struct rd_stream *close; /* when it comes */
};

static void see(const struct rd__datagram *datagram, void *arg)
{
	struct seen *seen = arg;

	seen->count++;
	memcpy(&seen->last, datagram, sizeof(seen->last));
	if (seen->close)
		rd_stream_close(seen->close);
	seen->close = NULL;
}

static void wait_for(const int *count, int wanted)
{
	for (int ms = 0; ms < SOON_MS && *count < wanted; ms++)
		rig_run(1);
	assert_int_equal(*count, wanted);
}

static void finish(struct rd_stream *stream, struct far_end *far)
{
	if (stream)
		rd_stream_close(stream);
	rig_run(20);
	far_end_close(far);
}

static void packets_go_up_before_anything_is_agreed_on(void **state)
{
	static const uint8_t hello[] = { 22, 0xfe, 0xfd, 1, 2, 3 };
	struct rd_stream *stream = rig_bare_stream(RD_MEDIA_AUDIO);
	struct seen dtls = { 0 }, stun = { 0 };
	struct far_end far;

	(void)state;
	far_end_open(&far);
	assert_int_equal(rd__stream_on_datagram(stream, RD__PACKET_DTLS, see, &dtls), 0);
	assert_int_equal(rd__stream_on_datagram(stream, RD__PACKET_STUN, see, &stun), 0);
	rig_run(20);
	far_end_send_raw(&far, stream, hello, sizeof(hello));
	far_end_send_raw(&far, stream, "\1\1stun", 6);
	far_end_send_raw(&far, stream, "\110turn", 5);
	wait_for(&dtls.count, 1);
	wait_for(&stun.count, 1);
	assert_int_equal(dtls.last.size, sizeof(hello));
	assert_memory_equal(dtls.last.bytes, hello, sizeof(hello));
	assert_int_equal(dtls.last.port, RD__PORT_RTP);
	assert_memory_equal(&dtls.last.from.storage, &far.address, sizeof(far.address.in4));
	finish(stream, &far);
}

/* A socket that is connected does not say who sent: it is known. */
static void a_locked_stream_says_whom_it_heard(void **state)
{
	struct far_end far;
	struct rd_stream *stream;
	struct seen seen = { 0 };

	(void)state;
	far_end_open(&far);
	stream = rig_stream(&far, "ulaw");
	assert_int_equal(rd__stream_on_datagram(stream, RD__PACKET_STUN, see, &seen), 0);
	rig_run(20);
	far_end_send(&far, stream, 1);
	rig_run(150);
	far_end_send_raw(&far, stream, "\1\1", 2);
	wait_for(&seen.count, 1);
	assert_memory_equal(&seen.last.from.storage, &far.address, sizeof(far.address.in4));
	finish(stream, &far);
}

static void nobody_gets_what_nobody_asked_for(void **state)
{
	struct rd_stream *stream = rig_bare_stream(RD_MEDIA_AUDIO);
	struct seen seen = { 0 };
	struct far_end far;

	(void)state;
	far_end_open(&far);
	rd__stream_on_datagram(stream, RD__PACKET_STUN, see, &seen);
	rig_run(20);
	rd__stream_on_datagram(stream, RD__PACKET_STUN, NULL, NULL);
	rig_run(20);
	far_end_send_raw(&far, stream, "\1\1", 2);
	rig_run(QUIET_MS);
	assert_int_equal(seen.count, 0);
	finish(stream, &far);
}

static void a_handler_may_close_the_stream(void **state)
{
	struct rd_stream *stream = rig_bare_stream(RD_MEDIA_AUDIO);
	struct seen seen = { .close = stream };
	struct far_end far;

	(void)state;
	far_end_open(&far);
	rd__stream_on_datagram(stream, RD__PACKET_STUN, see, &seen);
	rig_run(20);
	far_end_send_raw(&far, stream, "\1\1", 2);
	far_end_send_raw(&far, stream, "\1\2", 2);
	wait_for(&seen.count, 1);
	rig_run(QUIET_MS);
	assert_int_equal(seen.count, 1);
	finish(NULL, &far);
}

/* More at once than the store holds: some are lost, none is stuck. */
static void a_flood_wears_nothing_out(void **state)
{
	struct rd_stream *stream = rig_bare_stream(RD_MEDIA_AUDIO);
	struct seen seen = { 0 };
	struct far_end far;

	(void)state;
	far_end_open(&far);
	rd__stream_on_datagram(stream, RD__PACKET_STUN, see, &seen);
	rig_run(20);
	for (int round = 0; round < 4; round++) {
		int before = seen.count;

		for (int i = 0; i < 150; i++)
			far_end_send_raw(&far, stream, "\1\1", 2);
		for (int ms = 0; ms < SOON_MS && seen.count < before + 100; ms++)
			rig_run(1);
		rig_run(QUIET_MS);
		/* Those of the last round may come late, on a busy machine. */
		assert_true(seen.count - before >= 100);
	}
	assert_true(seen.count <= 4 * 150);
	finish(stream, &far);
}

static void it_sends_from_its_port_wherever_it_is_asked_to(void **state)
{
	struct far_end far, other;
	struct rd_stream *stream;
	struct rd__address to = { .size = sizeof(struct sockaddr_in) }, nowhere = { .size = 0 };
	struct sockaddr_storage local;
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	char got[8];

	(void)state;
	far_end_open(&far);
	far_end_open(&other);
	stream = rig_stream(&far, "ulaw");
	rig_run(20);
	/* Locked to one, it still speaks to the other. */
	far_end_send(&far, stream, 1);
	rig_run(50);
	memcpy(&to.storage, &other.address, sizeof(other.address));
	assert_int_equal(rd__stream_send_datagram(stream, RD__PORT_RTP, &to, "\26x", 2), 0);
	assert_int_equal(rd__stream_send_datagram(stream, RD__PORT_RTP, &nowhere, "x", 1),
			 -ENOTCONN);
	rd_stream_local(stream, &local);
	assert_int_equal(recvfrom(other.fd, got, sizeof(got), 0, (struct sockaddr *)&from, &size),
			 2);
	assert_int_equal(from.sin_port, ((struct sockaddr_in *)&local)->sin_port);
	far_end_close(&other);
	finish(stream, &far);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_byte_says_what_it_is),
		TEST(packets_go_up_before_anything_is_agreed_on),
		TEST(a_locked_stream_says_whom_it_heard),
		TEST(nobody_gets_what_nobody_asked_for),
		TEST(a_handler_may_close_the_stream),
		TEST(a_flood_wears_nothing_out),
		TEST(it_sends_from_its_port_wherever_it_is_asked_to),
	};
	int failed = RUN_GROUP(tests);

	rig_threads = 2;
	return failed + RUN_GROUP(tests);
}

/* RTP and RTCP on the wire, and what a receiver reckons: wrap-around, loss,
 * jitter, round trip. */
#include "tests/unit/test.h"

#include "core/media/rtp.h"
#include "core/media/wire.h"

static void a_packet_is_printed_and_read(void **state)
{
	uint8_t packet[RD__RTP_HEADER + 3] = { 0 };
	struct rd__rtp out = { .payload_type = 101, .marker = true, .seq = 0xfffe,
			       .ts = 0xdeadbeef, .ssrc = 0x12345678,
			       .payload = packet + RD__RTP_HEADER, .size = 3 };
	struct rd__rtp in;

	(void)state;
	memcpy(out.payload, "abc", 3);
	assert_ptr_equal(rd__rtp_print(&out), packet);
	assert_int_equal(packet[0], 0x80);
	assert_true(rd__rtp_parse(&in, packet, sizeof(packet)));
	assert_int_equal(in.payload_type, 101);
	assert_true(in.marker);
	assert_int_equal(in.seq, 0xfffe);
	assert_int_equal(in.ts, 0xdeadbeef);
	assert_int_equal(in.ssrc, 0x12345678);
	assert_int_equal(in.size, 3);
	assert_memory_equal(in.payload, "abc", 3);
}

static void sources_extension_and_padding_are_skipped(void **state)
{
	uint8_t packet[] = { 0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, /* P, X, one CSRC */
			     9, 9, 9, 9, 0xbe, 0xde, 0, 1, 7, 7, 7, 7, 'x', 'y', 0, 2 };
	struct rd__rtp in;

	(void)state;
	assert_true(rd__rtp_parse(&in, packet, sizeof(packet)));
	assert_int_equal(in.size, 2);
	assert_memory_equal(in.payload, "xy", 2);
}

/* The level stands behind padding and other elements, in both forms. */
static void the_level_of_sound_is_read_and_printed(void **state)
{
	uint8_t one[] = { 0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0, 2,
			  0x31, 9, 9, 0, 0x50, 0x85, 0, 0, 'x', 'y', 'z' };
	uint8_t two[] = { 0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0x10, 0x00, 0, 3,
			  3, 0, 0, 7, 2, 9, 9, 5, 1, 0x7f, 0, 0, 'x', 'y', 'z' };
	uint8_t out[RD__RTP_HEADER + RD__RTP_EXTENSION + 3];
	struct rd__rtp rtp, again;

	(void)state;
	assert_true(rd__rtp_parse(&rtp, one, sizeof(one)));
	assert_int_equal(rtp.level_id, 0);
	assert_false(rd__rtp_read_level(&rtp, one, 4));
	assert_true(rd__rtp_read_level(&rtp, one, 5));
	assert_int_equal(rtp.level, 0x85);
	assert_true(rd__rtp_parse(&rtp, two, sizeof(two)));
	assert_false(rd__rtp_read_level(&rtp, two, 3)); /* it has no data */
	assert_true(rd__rtp_read_level(&rtp, two, 5));
	assert_int_equal(rtp.level, 0x7f);
	rtp.level_id = 2;
	rtp.payload = memcpy(out + sizeof(out) - 3, "xyz", 3);
	assert_ptr_equal(rd__rtp_print(&rtp), out);
	assert_true(rd__rtp_parse(&again, out, sizeof(out)));
	assert_memory_equal(again.payload, "xyz", again.size);
	assert_true(rd__rtp_read_level(&again, out, 2));
	assert_int_equal(again.level, 0x7f);
}

static void a_level_that_is_cut_off_is_none(void **state)
{
	/* Its length says more than there is; what stops; a form that is not known. */
	uint8_t longer[] = { 0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0, 1,
			     0, 0, 0, 0x50 };
	uint8_t stops[] = { 0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0, 1,
			    0xf0, 0, 0x50, 1 };
	uint8_t other[] = { 0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xab, 0xcd, 0, 1,
			    0x50, 1, 0, 0 };
	struct rd__rtp rtp;

	(void)state;
	assert_true(rd__rtp_parse(&rtp, longer, sizeof(longer)));
	assert_false(rd__rtp_read_level(&rtp, longer, 5));
	assert_true(rd__rtp_parse(&rtp, stops, sizeof(stops)));
	assert_false(rd__rtp_read_level(&rtp, stops, 5));
	assert_true(rd__rtp_parse(&rtp, other, sizeof(other)));
	assert_false(rd__rtp_read_level(&rtp, other, 5));
}

static void what_is_cut_off_or_lies_is_refused(void **state)
{
	uint8_t good[] = { 0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9,
			   0xbe, 0xde, 0, 1, 7, 7, 7, 7, 'x', 'y', 0, 2 };
	uint8_t bad[sizeof(good)];
	struct rd__rtp in;

	(void)state;
	for (size_t size = 0; size < 25; size++) {
		uint8_t *cut = rd_malloc(size ? size : 1); /* so that ASan sees the end */

		memcpy(cut, good, size);
		assert_false(rd__rtp_parse(&in, cut, size));
		rd_free(cut);
	}
	memcpy(bad, good, sizeof(good));
	bad[0] = 0x31; /* version 0 */
	assert_false(rd__rtp_parse(&in, bad, sizeof(bad)));
	memcpy(bad, good, sizeof(good));
	bad[sizeof(bad) - 1] = 200; /* more padding than packet */
	assert_false(rd__rtp_parse(&in, bad, sizeof(bad)));
	bad[sizeof(bad) - 1] = 0;
	assert_false(rd__rtp_parse(&in, bad, sizeof(bad)));
	memcpy(bad, good, sizeof(good));
	bad[18] = 0xff; /* an extension of 255 KiB */
	assert_false(rd__rtp_parse(&in, bad, sizeof(bad)));
}

/* ---- reception ---- */

static struct rd__rtp_reception rx;
static struct rd__rtp packet;

static bool receive(int seq, uint32_t now)
{
	packet.seq = (uint16_t)seq;
	packet.ts = (uint32_t)(seq * 160);
	return rd__reception_packet(&rx, &packet, now);
}

static int begin(void **state)
{
	(void)state;
	memset(&rx, 0, sizeof(rx));
	memset(&packet, 0, sizeof(packet));
	packet.ssrc = 1;
	return 0;
}

static void sequence_numbers_wrap(void **state)
{
	(void)state;
	for (int i = 65000; i < 65536 + 500; i++)
		assert_true(receive(i, (uint32_t)i * 160));
	assert_int_equal(rd__reception_expected(&rx), 1036);
	assert_int_equal(rd__reception_lost(&rx), 0);
	assert_int_equal(rx.cycles + rx.max_seq, 65536 + 499);
	assert_int_equal(rx.jitter16, 0);
}

static void loss_and_lateness_are_told_apart(void **state)
{
	(void)state;
	assert_true(receive(10, 0));
	assert_true(receive(12, 320));
	assert_int_equal(rd__reception_lost(&rx), 1);
	assert_false(receive(11, 330));
	assert_int_equal(rd__reception_lost(&rx), 0);
	assert_int_equal(rx.late, 1);
	assert_false(receive(11, 340)); /* twice */
	assert_int_equal(rd__reception_lost(&rx), -1);
}

static void the_fraction_lost_is_of_the_interval(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		receive(i, (uint32_t)i * 160);
	assert_int_equal(rd__reception_fraction(&rx), 0);
	for (int i = 100; i < 200; i++)
		if (i % 4)
			receive(i, (uint32_t)i * 160);
	/* 100 and not 200: the last expected is 199. */
	assert_int_equal(rd__reception_fraction(&rx), 64);
	assert_int_equal(rd__reception_fraction(&rx), 0);
}

static void a_jump_or_a_new_source_begins_anew(void **state)
{
	(void)state;
	receive(10, 0);
	receive(11, 160);
	receive(20000, 320);
	assert_int_equal(rd__reception_expected(&rx), 1);
	packet.ssrc = 2;
	receive(30000, 480);
	assert_int_equal(rd__reception_expected(&rx), 1);
	assert_int_equal(rx.ssrc, 2);
}

static void jitter_is_that_of_rfc_3550(void **state)
{
	uint32_t now = 0;

	(void)state;
	/* Packets 160 apart that come 150 and 170 apart: the mean is 10. */
	for (int i = 0; i < 2000; i++) {
		receive(i, now);
		now += i % 2 ? 150 : 170;
	}
	assert_in_range(rx.jitter16 >> 4, 9, 11);
}

static void packets_of_one_event_have_no_jitter(void **state)
{
	(void)state;
	receive(1, 160);
	for (int i = 2; i < 20; i++) {
		packet.seq = (uint16_t)i; /* the time is that of the beginning */
		assert_true(rd__reception_packet(&rx, &packet, (uint32_t)i * 160));
	}
	assert_int_equal(rx.jitter16, 0);
}

/* ---- reports ---- */

static void a_report_is_printed_and_read(void **state)
{
	struct rd__rtcp_sender sender = { .ssrc = 7, .sent = true,
					  .wall_us = UINT64_C(1790000000250000), .ts = 4711,
					  .packets = 100, .bytes = 16000, .cname = "it",
					  .bye = true };
	struct rd__rtcp_block block = { .ssrc = 8, .fraction = 13, .lost = -3,
					.highest_seq = 70000, .jitter = 17, .last_sr = 99,
					.delay_since_sr = 65536 };
	struct rd__rtcp_report report;
	uint8_t bytes[RD__RTCP_MAX];
	size_t size = rd__rtcp_print(bytes, &sender, &block);

	(void)state;
	assert_int_equal(size % 4, 0);
	assert_int_equal(size, 28 + 24 + 16 + 8);
	assert_true(rd__is_rtcp(bytes, size));
	assert_true(rd__rtcp_parse(&report, bytes, size, 8));
	assert_true(report.has_sender && report.has_block && report.bye);
	assert_int_equal(report.ssrc, 7);
	assert_int_equal(report.ntp_mid, rd__ntp_mid(sender.wall_us));
	assert_int_equal(report.ntp_mid & 0xffff, 0x4000); /* a quarter second */
	assert_int_equal(report.fraction, 13);
	assert_int_equal(report.lost, -3);
	assert_int_equal(report.highest_seq, 70000);
	assert_int_equal(report.jitter, 17);
	assert_int_equal(report.last_sr, 99);
	assert_int_equal(report.delay_since_sr, 65536);
	/* Somebody else's block. */
	assert_true(rd__rtcp_parse(&report, bytes, size, 9));
	assert_false(report.has_block);
}

static void metrics_go_along(void **state)
{
	struct rd__voip_metrics metrics = { .ssrc = 8, .loss = 5, .discard = 2, .burst_density = 90,
					    .gap_density = 1, .burst_ms = 340, .gap_ms = 60000,
					    .round_trip_ms = 81, .end_system_ms = 20,
					    .rating = 88, .mos_lq = 43, .mos_cq = 42,
					    .buffer_ms = 40, .buffer_max_ms = 200 };
	struct rd__rtcp_sender sender = { .ssrc = 7, .cname = "it", .bye = true };
	struct rd__rtcp_block block = { .ssrc = 8, .metrics = &metrics };
	struct rd__rtcp_report report;
	uint8_t bytes[RD__RTCP_MAX], sent[RD__XR_SIZE], read[RD__XR_SIZE];
	size_t size = rd__rtcp_print(bytes, &sender, &block);

	(void)state;
	assert_int_equal(size, 8 + 24 + 16 + RD__XR_SIZE + 8);
	assert_true(rd__rtcp_parse(&report, bytes, size, 8));
	assert_true(report.has_block && report.has_metrics && report.bye);
	assert_int_equal(rd__rtcp_print_xr(sent, 7, &metrics), sizeof(sent));
	assert_int_equal(rd__rtcp_print_xr(read, 7, &report.metrics), sizeof(read));
	assert_memory_equal(read, sent, sizeof(sent));
	assert_int_equal(report.metrics.burst_ms, 340);
	assert_int_equal(report.metrics.buffer_max_ms, 200);
	/* Somebody else's; and one whose block is longer than the packet. */
	assert_true(rd__rtcp_parse(&report, bytes, size, 9));
	assert_false(report.has_metrics);
	bytes[8 + 24 + 16 + 8 + 3] = 9;
	assert_true(rd__rtcp_parse(&report, bytes, size, 8));
	assert_false(report.has_metrics);
}

static void a_receiver_s_report_has_no_sender(void **state)
{
	struct rd__rtcp_sender sender = { .ssrc = 7, .cname = "a name of some length" };
	struct rd__rtcp_report report;
	uint8_t bytes[RD__RTCP_MAX];
	size_t size = rd__rtcp_print(bytes, &sender, NULL);

	(void)state;
	assert_int_equal(bytes[1], 201);
	assert_true(rd__rtcp_parse(&report, bytes, size, 8));
	assert_false(report.has_sender || report.has_block || report.bye);
}

static void reports_cut_off_anywhere_do_no_harm(void **state)
{
	struct rd__rtcp_sender sender = { .ssrc = 7, .sent = true, .cname = "it" };
	struct rd__voip_metrics metrics = { .ssrc = 8 };
	struct rd__rtcp_block block = { .ssrc = 8, .metrics = &metrics };
	struct rd__rtcp_report report;
	uint8_t bytes[RD__RTCP_MAX];
	size_t size = rd__rtcp_print(bytes, &sender, &block);

	(void)state;
	for (size_t n = 0; n < size; n++) {
		uint8_t *cut = rd_malloc(n ? n : 1);

		memcpy(cut, bytes, n);
		rd__rtcp_parse(&report, cut, n, 8);
		assert_false(report.has_block && n < 52);
		assert_false(report.has_metrics && n < size);
		rd_free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_is_printed_and_read),
		cmocka_unit_test(sources_extension_and_padding_are_skipped),
		cmocka_unit_test(the_level_of_sound_is_read_and_printed),
		cmocka_unit_test(a_level_that_is_cut_off_is_none),
		cmocka_unit_test(what_is_cut_off_or_lies_is_refused),
		cmocka_unit_test_setup(sequence_numbers_wrap, begin),
		cmocka_unit_test_setup(loss_and_lateness_are_told_apart, begin),
		cmocka_unit_test_setup(the_fraction_lost_is_of_the_interval, begin),
		cmocka_unit_test_setup(a_jump_or_a_new_source_begins_anew, begin),
		cmocka_unit_test_setup(jitter_is_that_of_rfc_3550, begin),
		cmocka_unit_test_setup(packets_of_one_event_have_no_jitter, begin),
		cmocka_unit_test(a_report_is_printed_and_read),
		cmocka_unit_test(metrics_go_along),
		cmocka_unit_test(a_receiver_s_report_has_no_sender),
		cmocka_unit_test(reports_cut_off_anywhere_do_no_harm),
	};

	return RUN_GROUP(tests);
}

/* Packets of HEP: what goes before a message, and reports of RTP as JSON. */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "modules/hep/hep.h"
#include "tests/unit/oom.h"

static struct hep_settings settings = { .id = 2001, .password = "word", .name = "node" };
static uint8_t head[HEP_HEAD_MAX];

/* The data of a chunk in a head of n bytes; NULL: there is none. */
static const uint8_t *chunk(size_t n, unsigned type, size_t *size)
{
	for (size_t at = 6; at + 6 <= n;) {
		size_t length = (size_t)head[at + 4] << 8 | head[at + 5];

		if ((unsigned)(head[at + 2] << 8 | head[at + 3]) == type) {
			*size = length - 6;
			return head + at + 6;
		}
		at += length;
	}
	return NULL;
}

static void expect(size_t n, unsigned type, const void *data, size_t size)
{
	size_t found_size;
	const uint8_t *found = chunk(n, type, &found_size);

	assert_non_null(found);
	assert_int_equal(found_size, size);
	assert_memory_equal(found, data, size);
}

static struct sockaddr_in v4(const char *host, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

	assert_int_equal(inet_pton(AF_INET, host, &in.sin_addr), 1);
	return in;
}

static void a_head_tells_who_when_and_what(void **state)
{
	struct sockaddr_in from = v4("10.0.0.1", 5060), to = v4("10.0.0.2", 5080);
	struct hep_message message = { .kind = HEP_SIP,
				       .from = (void *)&from,
				       .to = (void *)&to,
				       .wall_us = 1700000000000123,
				       .size = 10,
				       .correlation = RD_STR("one@there") };
	size_t n = hep_head(head, &settings, &message), size;

	(void)state;
	assert_memory_equal(head, "HEP3", 4);
	assert_int_equal(head[4] << 8 | head[5], n + 10);
	expect(n, 1, "\x02", 1);
	expect(n, 2, "\x11", 1);
	expect(n, 3, "\x0a\0\0\x01", 4);
	expect(n, 4, "\x0a\0\0\x02", 4);
	expect(n, 7, "\x13\xc4", 2);
	expect(n, 8, "\x13\xd8", 2);
	expect(n, 9, "\x65\x53\xf1\x00", 4);
	expect(n, 10, "\0\0\0\x7b", 4);
	expect(n, 11, "\x01", 1);
	expect(n, 12, "\0\0\x07\xd1", 4);
	expect(n, 14, "word", 4);
	expect(n, 17, "one@there", 9);
	expect(n, 19, "node", 4);
	assert_non_null(chunk(n, 15, &size));
	assert_int_equal(size, 10);
	assert_ptr_equal(chunk(n, 15, &size), head + n); /* the message comes next */
	message.is_stream = true;
	n = hep_head(head, &settings, &message);
	expect(n, 2, "\x06", 1);
}

static void one_of_ipv6_has_longer_addresses(void **state)
{
	struct sockaddr_in6 from = { .sin6_family = AF_INET6, .sin6_port = htons(5061) };
	struct sockaddr_in to4 = v4("10.0.0.2", 5080);
	struct hep_message message = {
		.kind = HEP_RTCP, .from = (void *)&from, .to = (void *)&from, .size = 1
	};
	size_t n, size;

	(void)state;
	from.sin6_addr.s6_addr[15] = 7;
	n = hep_head(head, &settings, &message);
	expect(n, 1, "\x0a", 1);
	expect(n, 5, from.sin6_addr.s6_addr, 16);
	expect(n, 6, from.sin6_addr.s6_addr, 16);
	assert_null(chunk(n, 3, &size));
	assert_null(chunk(n, 17, &size)); /* absent, not empty */
	message.to = (void *)&to4;
	assert_int_equal(hep_head(head, &settings, &message), 0);
}

static void what_no_datagram_holds_is_refused(void **state)
{
	struct sockaddr_in from = v4("10.0.0.1", 5060);
	struct hep_message message = {
		.kind = HEP_SIP, .from = (void *)&from, .to = (void *)&from, .size = 1
	};
	size_t n = hep_head(head, &settings, &message);
	char id[2000];

	(void)state;
	message.size = HEP_DATAGRAM_MAX - n;
	assert_int_equal(hep_head(head, &settings, &message), n);
	message.size++;
	assert_int_equal(hep_head(head, &settings, &message), 0);
	memset(id, 'x', sizeof(id));
	message.size = 1;
	message.correlation = (struct rd_str){ id, sizeof(id) };
	expect(hep_head(head, &settings, &message), 17, id, HEP_TEXT_MAX);
}

static const uint8_t sender_report[] = {
	0x81, 200, 0, 12, 0, 0,  0, 9,  0xe0, 0,    0, 0, 0x80, 0, 0,  0,    0,    0,
	0x10, 0,   0, 0,  0, 50, 0, 0,  0x1f, 0x40, 0, 0, 0,    7, 64, 0xff, 0xff, 0xfe,
	0,    1,   0, 5,  0, 0,  0, 12, 1,    2,    3, 4, 0,    1, 0,  0,
};

static const char *report_of(const uint8_t *packet, size_t size)
{
	static char text[1024];
	struct rd_buf out;

	rd_buf_init(&out);
	snprintf(text, sizeof(text), "%s",
		 hep_report(&out, packet, size) ? rd_buf_text(&out) : "none");
	rd_buf_fini(&out);
	return text;
}

static void a_report_is_json(void **state)
{
	uint8_t packet[8 + sizeof(sender_report)] = { 0x80, 201, 0, 1, 0, 0, 0, 8 };

	(void)state;
	assert_string_equal(
		report_of(sender_report, sizeof(sender_report)),
		"{\"type\":200,\"ssrc\":9,\"report_count\":1,\"sender_information\":{"
		"\"ntp_timestamp_sec\":1549107584,\"ntp_timestamp_usec\":500000,"
		"\"rtp_timestamp\":4096,\"packets\":50,\"octets\":8000},\"report_blocks\":[{"
		"\"source_ssrc\":7,\"fraction_lost\":64,\"packets_lost\":-2,"
		"\"highest_seq_no\":65541,\"ia_jitter\":12,\"lsr\":16909060,\"dlsr\":65536}]}");
	assert_string_equal(report_of(packet, 8),
			    "{\"type\":201,\"ssrc\":8,\"report_count\":0,\"report_blocks\":[]}");
	/* Behind something else. */
	packet[1] = 203;
	memcpy(packet + 8, sender_report, sizeof(sender_report));
	assert_non_null(strstr(report_of(packet, sizeof(packet)), "\"ssrc\":9"));
}

static int print_report(void *arg)
{
	struct rd_buf out;
	bool failed;

	(void)arg;
	rd_buf_init(&out);
	hep_report(&out, sender_report, sizeof(sender_report));
	failed = out.failed;
	rd_buf_fini(&out);
	return failed ? -ENOMEM : 0;
}

static void without_memory_there_is_no_report(void **state)
{
	(void)state;
	assert_in_range(oom_sweep(print_report, NULL), 1, 10);
}

static void what_is_cut_off_is_none(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(sender_report); n++) {
		uint8_t *cut = rd_zalloc(n + 1);

		memcpy(cut, sender_report, n);
		assert_string_equal(report_of(cut, n), "none");
		rd_free(cut);
	}
}

static void one_that_lies_about_its_blocks_is_none(void **state)
{
	uint8_t packet[sizeof(sender_report)];

	(void)state;
	memcpy(packet, sender_report, sizeof(packet));
	packet[0] = 0x82;
	assert_string_equal(report_of(packet, sizeof(packet)), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_tells_who_when_and_what),
		cmocka_unit_test(one_of_ipv6_has_longer_addresses),
		cmocka_unit_test(what_no_datagram_holds_is_refused),
		cmocka_unit_test(a_report_is_json),
		cmocka_unit_test(without_memory_there_is_no_report),
		cmocka_unit_test(what_is_cut_off_is_none),
		cmocka_unit_test(one_that_lies_about_its_blocks_is_none),
	};

	return RUN_GROUP(tests);
}

/* Messages out of a stream: at every place where it may be cut, several at a
 * time, and those that cannot be told apart. */
#include "tests/unit/sip_text.h"

#include <stdlib.h>

#include "channels/sip/transport/framer.h"

#define OPTIONS "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n"
#define FIRST   OPTIONS "Content-Length: 5\r\n\r\nhello"
#define SECOND  OPTIONS "l : \t0\r\n\r\n"
#define THIRD   OPTIONS "content-length:\r\n  12\r\nX: y\r\n\r\n\r\n\r\nl: 99\r\n\n"

static struct sip_framer framer;

static enum sip_frame next(const char *text, size_t *size)
{
	sip_framer_init(&framer, 1000);
	return sip_framer_next(&framer, text, strlen(text), size);
}

static void a_message_ends_where_its_length_says(void **state)
{
	size_t size;

	(void)state;
	assert_int_equal(next(FIRST "more", &size), SIP_FRAME_MESSAGE);
	assert_int_equal(size, strlen(FIRST));
	assert_int_equal(next(SECOND "more", &size), SIP_FRAME_MESSAGE);
	assert_int_equal(size, strlen(SECOND));
	assert_int_equal(next(THIRD "more", &size), SIP_FRAME_MESSAGE);
	assert_int_equal(size, strlen(THIRD));
}

/* What a reader gets from the stream when it comes in pieces of these sizes. */
struct reader {
	char data[2048], seen[64];
	size_t n, whole[16];
	unsigned count;
};

static void feed(struct reader *reader, const char *data, size_t n)
{
	size_t size;

	memcpy(reader->data + reader->n, data, n);
	reader->n += n;
	for (;;) {
		enum sip_frame frame =
			reader->n ? sip_framer_next(&framer, reader->data, reader->n, &size)
				  : SIP_FRAME_MORE;

		if (frame == SIP_FRAME_MORE)
			return;
		assert_int_not_equal(frame, SIP_FRAME_BAD);
		reader->whole[reader->count] = size;
		reader->seen[reader->count++] = frame == SIP_FRAME_CRLF ? 'c' : 'm';
		memmove(reader->data, reader->data + size, reader->n - size);
		reader->n -= size;
	}
}

static const char stream[] = "\r\n\r\n" FIRST SECOND "\r\n" THIRD FIRST "\r\n";

static void check(const struct reader *reader)
{
	static const size_t sizes[] = { 2, 2, strlen(FIRST), strlen(SECOND), 2, strlen(THIRD),
					strlen(FIRST), 2 };

	assert_string_equal(reader->seen, "ccmmcmmc");
	for (unsigned i = 0; i < RD_ARRAY_SIZE(sizes); i++)
		assert_int_equal(reader->whole[i], sizes[i]);
	assert_int_equal(reader->n, 0);
}

static void a_cut_at_any_two_places_changes_nothing(void **state)
{
	size_t n = strlen(stream);

	(void)state;
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = i; j <= n; j++) {
			struct reader reader = { .n = 0 };

			sip_framer_init(&framer, 1000);
			feed(&reader, stream, i);
			feed(&reader, stream + i, j - i);
			feed(&reader, stream + j, n - j);
			check(&reader);
		}
	}
}

static void a_byte_at_a_time_changes_nothing(void **state)
{
	struct reader reader = { .n = 0 };

	(void)state;
	sip_framer_init(&framer, 1000);
	for (const char *p = stream; *p; p++)
		feed(&reader, p, 1);
	check(&reader);
}

static void is_bad(const char *text, const char *why)
{
	size_t size;

	assert_int_equal(next(text, &size), SIP_FRAME_BAD);
	assert_string_equal(framer.why, why);
	assert_int_equal(framer.status, !strstr(why, "limit")	    ? 400
					: strstr(text, "\r\n\r\n") ? 413
								    : 513);
}

static void what_has_no_certain_end_is_refused(void **state)
{
	(void)state;
	is_bad(OPTIONS "\r\n", "a message without Content-Length");
	is_bad(OPTIONS "Content-Length: 5x\r\n\r\n", "Content-Length is not a number");
	is_bad(OPTIONS "Content-Length: -5\r\n\r\n", "Content-Length is not a number");
	is_bad(OPTIONS "Content-Length:\r\n\r\n", "Content-Length is not a number");
	is_bad(OPTIONS "Content-Length: 99999999999999999999999\r\n\r\n",
	       "Content-Length is not a number");
	is_bad(OPTIONS "l: 5\r\nContent-Length: 6\r\n\r\n", "Content-Length is given twice");
	is_bad("\r\r\n", "a carriage return alone");
	is_bad("\n\n\n\n", "no SIP message");
	is_bad(" OPTIONS", "no SIP message");
	is_bad("\x16\x03\x01", "no SIP message");
}

static void the_same_length_twice_is_borne(void **state)
{
	size_t size;

	(void)state;
	assert_int_equal(next(OPTIONS "l: 0\r\nContent-Length: 0\r\n\r\n", &size),
			 SIP_FRAME_MESSAGE);
}

static void a_message_larger_than_the_limit_is_refused(void **state)
{
	static char text[2000];
	size_t size;

	(void)state;
	is_bad(OPTIONS "Content-Length: 1001\r\n\r\n", "a message larger than the limit");
	is_bad(OPTIONS "Content-Length: 990\r\n\r\n", "a message larger than the limit");
	is_bad(OPTIONS "Content-Length: 18446744073709551615\r\n\r\n",
	       "a message larger than the limit");
	memset(text, 'x', 1001);
	is_bad(text, "a message larger than the limit");
	text[1000] = '\0';
	assert_int_equal(next(text, &size), SIP_FRAME_MORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_ends_where_its_length_says),
		cmocka_unit_test(a_cut_at_any_two_places_changes_nothing),
		cmocka_unit_test(a_byte_at_a_time_changes_nothing),
		cmocka_unit_test(what_has_no_certain_end_is_refused),
		cmocka_unit_test(the_same_length_twice_is_borne),
		cmocka_unit_test(a_message_larger_than_the_limit_is_refused),
	};

	return RUN_GROUP(tests);
}

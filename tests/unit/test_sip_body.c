/* Bodies and their parts: which one counts, and what must not be passed over. */
#include "tests/unit/test.h"

#include "channels/sip/message/body.h"

static char text[4096];
static struct sip_parsed parsed;

/* Headers and body of a request; the rest is as it must be. */
static const struct sip_msg *message(const char *headers, const char *body)
{
	struct sip_error error;
	int n = snprintf(text, sizeof(text),
			 "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
			 "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\n"
			 "CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n%sContent-Length: %zu\r\n\r\n%s",
			 headers, strlen(body), body);

	assert_int_equal(sip_msg_parse(&parsed, text, (size_t)n, &error), 0);
	return &parsed.msg;
}

static struct rd_str found;

static int find(const char *headers, const char *body)
{
	found = (struct rd_str){ 0 };
	return sip_body_find(message(headers, body), RD_STR("application"), RD_STR("sdp"),
			     RD_STR("session"), &found);
}

static void expect(const char *what)
{
	assert_int_equal(found.n, strlen(what));
	assert_memory_equal(found.p, what, found.n);
}

static void a_body_alone(void **state)
{
	(void)state;
	assert_int_equal(find("Content-Type: application/sdp\r\n", "v=0\r\n"), 0);
	expect("v=0\r\n");
	assert_int_equal(find("c: Application/SDP;x=y\r\n", "v=0\r\n"), 0);
	assert_int_equal(find("", ""), -ENOENT);
	assert_int_equal(find("Content-Type: application/sdp\r\n", "\r\n"), -ENOENT);
	assert_int_equal(find("", "v=0\r\n"), -EPROTO);
	assert_int_equal(find("Content-Type: text/plain\r\n", "hello"), -EPROTO);
}

static void what_is_optional_may_be_passed_over(void **state)
{
	(void)state;
	assert_int_equal(find("Content-Type: text/plain\r\n"
			      "Content-Disposition: render;handling=optional\r\n", "hello"),
			 -ENOENT);
	assert_int_equal(find("Content-Type: text/plain\r\n"
			      "Content-Disposition: render;handling=required\r\n", "hello"),
			 -EPROTO);
	/* What is not known counts as required. */
	assert_int_equal(find("Content-Type: text/plain\r\n"
			      "Content-Disposition: render;handling=perhaps\r\n", "hello"),
			 -EPROTO);
}

static void a_description_for_something_else(void **state)
{
	(void)state;
	assert_int_equal(find("Content-Type: application/sdp\r\n"
			      "Content-Disposition: early-session;handling=optional\r\n",
			      "v=0\r\n"), -ENOENT);
	assert_int_equal(find("Content-Type: application/sdp\r\n"
			      "Content-Disposition: early-session\r\n", "v=0\r\n"), -EPROTO);
	assert_int_equal(find("Content-Type: application/sdp\r\n"
			      "Content-Disposition: session\r\n", "v=0\r\n"), 0);
}

static void an_encoding_that_we_do_not_undo(void **state)
{
	(void)state;
	assert_int_equal(find("Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n",
			      "v=0\r\n"), -EPROTO);
	assert_int_equal(find("Content-Type: application/sdp\r\nContent-Encoding: identity\r\n",
			      "v=0\r\n"), 0);
}

#define MIXED "Content-Type: multipart/mixed;boundary=\"b1\"\r\n"

static void a_description_among_other_things(void **state)
{
	static const char isup[] =
		"--b1\r\nContent-Type: application/ISUP;version=x\r\n"
		"Content-Disposition: signal;handling=optional\r\n\r\nABC\r\n"
		"--b1\r\nContent-Type: application/sdp\r\n"
		"Content-Disposition: session;handling=required\r\n\r\nv=0\r\ns=-\r\n\r\n"
		"--b1--\r\n";

	(void)state;
	assert_int_equal(find(MIXED, isup), 0);
	expect("v=0\r\ns=-\r\n");
}

static void a_part_that_must_be_understood(void **state)
{
	static const char body[] =
		"--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n"
		"--b1\r\nContent-Type: application/x-secret\r\n\r\nABC\r\n--b1--\r\n";

	(void)state;
	assert_int_equal(find(MIXED, body), -EPROTO);
	assert_int_equal(find(MIXED "Content-Disposition: session;handling=optional\r\n", body),
			 -ENOENT);
}

static void of_alternatives_one_is_enough(void **state)
{
	static const char body[] =
		"before\r\n--b1 \r\nContent-Type: text/plain\r\n\r\nhello\r\n"
		"--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n"
		"--b1\r\nContent-Type: application/sdpng\r\n\r\n<x/>\r\n--b1--\r\nafter";

	(void)state;
	assert_int_equal(find("Content-Type: multipart/alternative;boundary=b1\r\n", body), 0);
	expect("v=0\r\n");
}

static void of_related_parts_the_first_counts(void **state)
{
	static const char body[] =
		"--b1\nContent-Type: application/sdp\n\nv=0\n"
		"--b1\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA\n"
		"--b1--\n";

	(void)state;
	assert_int_equal(find("Content-Type: multipart/related;boundary=b1\r\n", body), 0);
	expect("v=0");
}

static void parts_within_parts(void **state)
{
	static const char body[] =
		"--b1\r\nContent-Type: multipart/mixed;boundary=b2\r\n\r\n"
		"--b2\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b2--\r\n\r\n--b1--\r\n";
	static const char deep[] =
		"--b1\r\nContent-Type: multipart/mixed;boundary=b2\r\n\r\n"
		"--b2\r\nContent-Type: multipart/mixed;boundary=b3\r\n\r\n"
		"--b3\r\nContent-Type: multipart/mixed;boundary=b4\r\n\r\n"
		"--b4\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b4--\r\n"
		"--b3--\r\n--b2--\r\n--b1--\r\n";

	(void)state;
	assert_int_equal(find(MIXED, body), 0);
	expect("v=0");
	assert_int_equal(find(MIXED, deep), -EPROTO);
}

static void multiparts_that_are_none(void **state)
{
	(void)state;
	assert_int_equal(find("Content-Type: multipart/mixed\r\n", "--b1\r\n"), -EINVAL);
	assert_int_equal(find("Content-Type: multipart/mixed;boundary=\"\"\r\n", "--\r\n"),
			 -EINVAL);
	assert_int_equal(find(MIXED, "nothing of the kind"), -ENOENT);
	assert_int_equal(find(MIXED, "--b1--\r\n"), -ENOENT);
	assert_int_equal(find(MIXED, "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"),
			 -ENOENT);
	assert_int_equal(find(MIXED, "--b12\r\n\r\nx\r\n--b12--\r\n"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_alone),
		cmocka_unit_test(what_is_optional_may_be_passed_over),
		cmocka_unit_test(a_description_for_something_else),
		cmocka_unit_test(an_encoding_that_we_do_not_undo),
		cmocka_unit_test(a_description_among_other_things),
		cmocka_unit_test(a_part_that_must_be_understood),
		cmocka_unit_test(of_alternatives_one_is_enough),
		cmocka_unit_test(of_related_parts_the_first_counts),
		cmocka_unit_test(parts_within_parts),
		cmocka_unit_test(multiparts_that_are_none),
	};

	return RUN_GROUP(tests);
}

/* The printer, and the beginning of responses. */
#include "tests/unit/sip_text.h"

#include "channels/sip/message/out.h"

static char buffer[4096];
static struct sip_out out;
static struct sip_parsed parsed;
static struct sip_error error;
static char data[4096];

static void begin(void)
{
	sip_out_init(&out, buffer, sizeof(buffer));
}

static void parse_from(const char *text, const char *source)
{
	strcpy(data, text);
	assert_int_equal(sip_msg_parse(&parsed, data, strlen(data), &error), 0);
	if (source)
		assert_int_equal(sip_sockaddr_parse(&parsed.msg.source, rd_str_of(source),
						    5099), 0);
}

static void what_does_not_fit_is_told_at_the_end(void **state)
{
	char small[4];

	(void)state;
	sip_out_init(&out, small, sizeof(small));
	sip_out_cstr(&out, "1234");
	assert_false(out.overflow);
	sip_out_char(&out, '5');
	assert_true(out.overflow);
	assert_int_equal(out.n, 4);
	assert_int_equal(sip_out_end(&out), -EMSGSIZE);
}

static void pieces_are_printed(void **state)
{
	union sip_sockaddr addr;
	struct sip_uri uri;

	(void)state;
	begin();
	sip_out_number(&out, 0);
	sip_out_number(&out, UINT64_MAX);
	assert_str(sip_out_text(&out), "018446744073709551615");
	begin();
	sip_out_hostport(&out, RD_STR("::1"), 5060);
	sip_out_hostport(&out, RD_STR("h"), 0);
	assert_str(sip_out_text(&out), "[::1]:5060h");
	begin();
	assert_int_equal(sip_sockaddr_parse(&addr, RD_STR("10.0.0.1"), 5060), 0);
	sip_out_sockaddr(&out, &addr);
	assert_str(sip_out_text(&out), "10.0.0.1:5060");
	begin();
	sip_out_quoted(&out, RD_STR("a\"b\\c\r\nd"));
	sip_out_escaped_user(&out, RD_STR("a b%@\xc3"));
	assert_str(sip_out_text(&out), "\"a\\\"b\\\\cd\"a%20b%25%40%C3");
	begin();
	assert_int_equal(sip_uri_parse(&uri, RD_STR("sip:u:p@[::1]:9;lr?a=b"), NULL), 0);
	sip_out_uri(&out, &uri);
	assert_int_equal(sip_uri_parse(&uri, RD_STR("tel:+1;x"), NULL), 0);
	sip_out_uri(&out, &uri);
	assert_str(sip_out_text(&out), "sip:u:p@[::1]:9;lr?a=btel:+1;x");
	begin();
	assert_int_equal(sip_uri_parse(&uri, RD_STR("sip:u@[::1]:9;lr;transport=tcp"), NULL), 0);
	sip_out_place(&out, &uri);
	assert_int_equal(sip_uri_parse(&uri, RD_STR("sips:u@h;lr"), NULL), 0);
	sip_out_place(&out, &uri);
	assert_str(sip_out_text(&out), "[::1]:9;transport=tcph");
}

static void a_name_is_utf8_whatever_it_was(void **state)
{
	(void)state;
	begin();
	sip_out_display(&out, RD_STR("\"M\xfc" "ller\" M\xc3\xbcller"));
	assert_str(sip_out_text(&out), "\"\\\"M\xc3\xbcller\\\" M\xc3\xbcller\"");
}

/* RFC 3261 §25.1: what a user part may hold. */
static void what_a_person_writes_is_escaped_once(void **state)
{
	(void)state;
	begin();
	sip_out_written_uri(&out, RD_STR("#55@h;x=#"));
	sip_out_written_uri(&out, RD_STR("|sips:%23a #:p%@[::1]:5061"));
	sip_out_written_uri(&out, RD_STR("|[::1]:5060"));
	sip_out_written_user(&out, RD_STR("|%4"));
	assert_str(sip_out_text(&out), "%2355@h;x=#%7Csips:%23a%20%23:p%25@[::1]:5061"
				       "|[::1]:5060%7C%254");
}

static void a_value_cannot_smuggle_in_a_header(void **state)
{
	(void)state;
	begin();
	sip_out_header(&out, SIP_H_SUBJECT, RD_STR("x\r\nRoute: <sip:evil>"));
	assert_str(sip_out_text(&out), "Subject: x  Route: <sip:evil>\r\n");
	begin();
	sip_out_header_named(&out, RD_STR("X: y\r\nRoute"), RD_STR("<sip:evil>"));
	sip_out_header_named(&out, RD_STR(""), RD_STR("x"));
	assert_int_equal(out.n, 0);
	begin();
	sip_out_name_addr(&out, SIP_H_FROM, RD_STR("\"a\" <sip:evil>, \"b\""),
			  RD_STR("sip:a@b"), RD_STR("t"));
	assert_str(sip_out_text(&out),
		   "From: \"\\\"a\\\" <sip:evil>, \\\"b\\\"\" <sip:a@b>;tag=t\r\n");
}

static void a_request_is_printed_and_read_again(void **state)
{
	(void)state;
	begin();
	sip_out_request_line(&out, RD_STR("INVITE"), RD_STR("sip:c@d"));
	sip_out_header(&out, SIP_H_VIA, RD_STR("SIP/2.0/UDP h;branch=z9hG4bKx"));
	sip_out_header_number(&out, SIP_H_MAX_FORWARDS, 70);
	sip_out_name_addr(&out, SIP_H_FROM, RD_STR("A"), RD_STR("sip:a@b"), RD_STR("t"));
	sip_out_name_addr(&out, SIP_H_TO, RD_STR("\"C\""), RD_STR("sip:c@d"), RD_STR(""));
	sip_out_header(&out, SIP_H_CALL_ID, RD_STR("id"));
	sip_out_cseq(&out, 1, RD_STR("INVITE"));
	sip_out_header_named(&out, RD_STR("X-A"), RD_STR("b"));
	sip_out_body(&out, RD_STR("text/plain"), RD_STR("body"));
	assert_int_equal(sip_out_end(&out), 0);
	assert_str(sip_out_text(&out),
		   "INVITE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n"
		   "Max-Forwards: 70\r\nFrom: \"A\" <sip:a@b>;tag=t\r\n"
		   "To: \"C\" <sip:c@d>\r\nCall-ID: id\r\nCSeq: 1 INVITE\r\nX-A: b\r\n"
		   "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody");
	assert_int_equal(sip_msg_parse(&parsed, buffer, out.n, &error), 0);
	assert_str(parsed.msg.body, "body");
}

#define HEAD(via)                                                           \
	"INVITE sip:c@d SIP/2.0\r\n" via "From: <sip:a@b>;tag=1\r\n"          \
	"To: <sip:c@d>\r\nCall-ID: id\r\nCSeq: 7 INVITE\r\nTimestamp: 54\r\n"  \
	"Record-Route: <sip:p;lr>\r\nRecord-Route: <sip:q;lr>\r\n\r\n"

static void asks(const char *uri, const char *line)
{
	char buf[256];
	struct sip_out out;

	sip_out_init(&out, buf, sizeof(buf));
	sip_out_request_line(&out, RD_STR("INVITE"), rd_str_of(uri));
	buf[out.n] = '\0';
	assert_string_equal(buf, line);
}

static void a_request_uri_has_no_headers(void **state)
{
	(void)state;
	asks("sip:a@b;x=1?Route=%3Csip:c%3E", "INVITE sip:a@b;x=1 SIP/2.0\r\n");
	asks("sips:b?X=1", "INVITE sips:b SIP/2.0\r\n");
	asks("sip:a?b@c", "INVITE sip:a?b@c SIP/2.0\r\n");
	asks("tel:1?2", "INVITE tel:1?2 SIP/2.0\r\n");
}

static void a_response_copies_what_the_rfc_says(void **state)
{
	(void)state;
	parse_from(HEAD("v: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKx, SIP/2.0/UDP h2\r\n"
			"Via: SIP/2.0/UDP h3\r\n"), "10.0.0.1");
	begin();
	sip_out_response(&out, &parsed.msg, 180, RD_STR(""), RD_STR("tag"));
	assert_int_equal(sip_out_end(&out), 0);
	assert_str(sip_out_text(&out),
		   "SIP/2.0 180 Ringing\r\n"
		   "Via: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKx, SIP/2.0/UDP h2\r\n"
		   "Via: SIP/2.0/UDP h3\r\nFrom: <sip:a@b>;tag=1\r\n"
		   "To: <sip:c@d>;tag=tag\r\nCall-ID: id\r\nCSeq: 7 INVITE\r\n"
		   "Record-Route: <sip:p;lr>\r\nRecord-Route: <sip:q;lr>\r\n"
		   "Content-Length: 0\r\n\r\n");
}

static void trying_has_the_timestamp_and_an_error_no_route(void **state)
{
	(void)state;
	parse_from(HEAD("Via: SIP/2.0/UDP 10.0.0.1\r\n"), NULL);
	begin();
	sip_out_response(&out, &parsed.msg, 100, RD_STR(""), RD_STR(""));
	assert_str(sip_out_text(&out),
		   "SIP/2.0 100 Trying\r\nVia: SIP/2.0/UDP 10.0.0.1\r\n"
		   "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: id\r\n"
		   "CSeq: 7 INVITE\r\nTimestamp: 54\r\n");
	begin();
	sip_out_response(&out, &parsed.msg, 404, RD_STR("Gone fishing"), RD_STR("t"));
	assert_str(sip_out_text(&out),
		   "SIP/2.0 404 Gone fishing\r\nVia: SIP/2.0/UDP 10.0.0.1\r\n"
		   "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=t\r\nCall-ID: id\r\n"
		   "CSeq: 7 INVITE\r\n");
}

static void expect_via(const char *via, const char *source, const char *want)
{
	char text[1024], head[2048];
	struct rd_str all, line;

	snprintf(head, sizeof(head), "OPTIONS sip:c@d SIP/2.0\r\nVia: %s\r\n"
		 "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: id\r\n"
		 "CSeq: 7 OPTIONS\r\n\r\n", via);
	parse_from(head, source);
	begin();
	sip_out_response(&out, &parsed.msg, 200, RD_STR(""), RD_STR("t"));
	all = sip_out_text(&out);
	rd_str_cut(&all, '\n', &line);
	rd_str_cut(&all, '\n', &line);
	snprintf(text, sizeof(text), "Via: %s\r", want);
	assert_str(line, text);
}

static void the_topmost_via_tells_where_the_request_came_from(void **state)
{
	(void)state;
	expect_via("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx", "10.0.0.1",
		   "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx");
	expect_via("SIP/2.0/UDP 192.168.1.2:5060;branch=z9hG4bKx", "10.0.0.1",
		   "SIP/2.0/UDP 192.168.1.2:5060;branch=z9hG4bKx;received=10.0.0.1");
	expect_via("SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bKx", "10.0.0.1",
		   "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx;received=10.0.0.1;rport=5099");
	expect_via("SIP/2.0/UDP phone;received=6.6.6.6;rport=1;branch=z9hG4bKx, SIP/2.0/UDP b",
		   "10.0.0.1",
		   "SIP/2.0/UDP phone;branch=z9hG4bKx;received=10.0.0.1;rport=5099, "
		   "SIP/2.0/UDP b");
	expect_via("SIP/2.0/UDP [::2]:5060;branch=z9hG4bKx", "::1",
		   "SIP/2.0/UDP [::2]:5060;branch=z9hG4bKx;received=::1");
	expect_via("SIP/2.0/UDP h ; branch = z9hG4bKx", "10.0.0.1",
		   "SIP/2.0/UDP h;branch=z9hG4bKx;received=10.0.0.1");
}

static void a_tag_that_is_there_stays(void **state)
{
	(void)state;
	parse_from("BYE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@b>;tag=1\r\n"
		   "To: <sip:c@d>;tag=2\r\nCall-ID: id\r\nCSeq: 7 BYE\r\n\r\n", NULL);
	begin();
	sip_out_response(&out, &parsed.msg, 200, RD_STR(""), RD_STR("3"));
	assert_null(memmem(out.p, out.n, "tag=3", 5));
	assert_non_null(memmem(out.p, out.n, "To: <sip:c@d>;tag=2\r\n", 21));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_is_told_at_the_end),
		cmocka_unit_test(pieces_are_printed),
		cmocka_unit_test(a_name_is_utf8_whatever_it_was),
		cmocka_unit_test(what_a_person_writes_is_escaped_once),
		cmocka_unit_test(a_value_cannot_smuggle_in_a_header),
		cmocka_unit_test(a_request_is_printed_and_read_again),
		cmocka_unit_test(a_request_uri_has_no_headers),
		cmocka_unit_test(a_response_copies_what_the_rfc_says),
		cmocka_unit_test(trying_has_the_timestamp_and_an_error_no_route),
		cmocka_unit_test(the_topmost_via_tells_where_the_request_came_from),
		cmocka_unit_test(a_tag_that_is_there_stays),
	};

	return RUN_GROUP(tests);
}

/* The SIP parser: start lines, the header index, needed headers, torture. */
#include "tests/unit/sip_text.h"

#include <stdlib.h>

#include "channels/sip/message/message.h"

static struct sip_parsed parsed;
static struct sip_error error;
static char data[65536];

static int parse(const char *text)
{
	strcpy(data, text);
	return sip_msg_parse(&parsed, data, strlen(data), &error);
}

static int parse_file(const char *name)
{
	const char *source = getenv("RD_SOURCE");
	char path[512];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/tests/torture/%s.dat", source ? source : ".", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	n = fread(data, 1, sizeof(data), file);
	fclose(file);
	return sip_msg_parse(&parsed, data, n, &error);
}

#define NEEDED                                                        \
	"Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\r\n"                \
	"From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"                  \
	"Call-ID: id\r\nCSeq: 7 OPTIONS\r\n"
#define OPTIONS "OPTIONS sip:c@d SIP/2.0\r\n" NEEDED

static void a_request_is_taken_apart(void **state)
{
	struct sip_msg *msg = &parsed.msg;

	(void)state;
	assert_int_equal(parse(OPTIONS "Max-Forwards: 70\r\nl: 4\r\n\r\nbodyREST"), 0);
	assert_true(sip_msg_is_request(msg));
	assert_int_equal(msg->method, SIP_OPTIONS);
	assert_str(msg->uri, "sip:c@d");
	assert_str(msg->target.user, "c");
	assert_str(msg->via.host, "10.0.0.1");
	assert_str(msg->via.branch, "z9hG4bKx");
	assert_str(msg->from.uri, "sip:a@b");
	assert_str(msg->from.tag, "1");
	assert_null(msg->to.tag.p);
	assert_str(msg->call_id, "id");
	assert_int_equal(msg->cseq.number, 7);
	assert_int_equal(msg->max_forwards, 70);
	assert_str(msg->body, "body");
	assert_ptr_equal(msg->text.p + msg->text.n, msg->body.p + 4);
	assert_true(sip_msg_answerable(msg));
}

static void a_response_is_taken_apart(void **state)
{
	(void)state;
	assert_int_equal(parse("SIP/2.0 480 Gone for lunch\r\n" NEEDED "\r\n"), 0);
	assert_int_equal(parsed.msg.status, 480);
	assert_str(parsed.msg.reason, "Gone for lunch");
	assert_int_equal(parsed.msg.method, SIP_OPTIONS);
	assert_int_equal(parsed.msg.max_forwards, -1);
	assert_false(sip_msg_answerable(&parsed.msg));
}

static int retry_after(const char *value)
{
	char text[512];

	snprintf(text, sizeof(text), "SIP/2.0 503 No\r\n" NEEDED "%s\r\n", value);
	assert_int_equal(parse(text), 0);
	return sip_retry_after(&parsed.msg);
}

static void retry_after_is_read_up_to_a_day(void **state)
{
	(void)state;
	assert_int_equal(retry_after(""), -ENOENT);
	assert_int_equal(retry_after("Retry-After: soon\r\n"), -ENOENT);
	assert_int_equal(retry_after("Retry-After: 0\r\n"), 0);
	assert_int_equal(retry_after("Retry-After: 120 (in a meeting)\r\n"), 120);
	assert_int_equal(retry_after("Retry-After: 18;duration=3600\r\n"), 18);
	assert_int_equal(retry_after("Retry-After: 4000000000\r\n"), 86400);
	assert_int_equal(retry_after("Retry-After: 99999999999\r\n"), -ENOENT);
}

static void headers_are_found_by_id_name_and_order(void **state)
{
	const struct sip_header *header;
	struct sip_walk walk = { .msg = &parsed.msg, .id = SIP_H_SUPPORTED };
	struct rd_str token;
	uint32_t expires;

	(void)state;
	assert_int_equal(parse(OPTIONS "X-One: 1\r\nk: a, b\r\nx-one: 2\r\n"
				       "SUPPORTED:timer\r\nExpires: 60;x\r\n\r\n"), 0);
	assert_str(sip_msg_find(&parsed.msg, RD_STR("X-ONE"), 0)->value, "1");
	assert_str(sip_msg_find(&parsed.msg, RD_STR("X-ONE"), 1)->value, "2");
	assert_null(sip_msg_find(&parsed.msg, RD_STR("X-ONE"), 2));
	assert_str(sip_msg_find(&parsed.msg, RD_STR("supported"), 1)->value, "timer");
	header = sip_msg_header(&parsed.msg, SIP_H_SUPPORTED);
	assert_str(header->value, "a, b");
	assert_str(sip_msg_header_next(&parsed.msg, header)->value, "timer");
	assert_true(sip_msg_lists(&parsed.msg, SIP_H_SUPPORTED, RD_STR("Timer")));
	assert_false(sip_msg_lists(&parsed.msg, SIP_H_SUPPORTED, RD_STR("time")));
	assert_true(sip_walk_token(&walk, &token));
	assert_str(token, "a");
	assert_true(sip_walk_token(&walk, &token));
	assert_str(token, "b");
	assert_true(sip_walk_token(&walk, &token));
	assert_str(token, "timer");
	assert_false(sip_walk_token(&walk, &token));
	assert_int_equal(sip_msg_number(&parsed.msg, SIP_H_EXPIRES, &expires), 0);
	assert_int_equal(expires, 60);
	assert_int_equal(sip_msg_number(&parsed.msg, SIP_H_MIN_SE, &expires), -ENOENT);
}

static void folds_become_spaces(void **state)
{
	(void)state;
	assert_int_equal(parse(OPTIONS "Subject: one\r\n two\r\n\tthree\r\n\r\n"), 0);
	assert_str(sip_msg_value(&parsed.msg, SIP_H_SUBJECT), "one   two  \tthree");
}

static void line_feeds_alone_end_lines_too(void **state)
{
	(void)state;
	assert_int_equal(parse("OPTIONS sip:c@d SIP/2.0\nv: SIP/2.0/UDP h\nf: sip:a@b\n"
			       "t: sip:c@d\ni: x\nCSeq: 1 OPTIONS\n\nbody"), 0);
	assert_str(parsed.msg.body, "body");
	assert_str(parsed.msg.to.uri, "sip:c@d");
}

static void errors_name_the_place_and_what_was_expected(void **state)
{
	char text[200];
	struct rd_str told;

	(void)state;
	assert_int_equal(parse("OPTIONS sip:c@d SIP/2.0\r\nv: SIP/2.0/UDP h\r\n"
			       "f: sip:a@b\r\nt: sip:c@d\r\ni: x\r\nCSeq: x\r\n\r\n"),
			 -EBADMSG);
	assert_string_equal(error.where, "CSeq");
	assert_int_equal(error.status, 400);
	told = sip_error_text(&error, text, sizeof(text));
	assert_str(told, "CSeq: a number below 2147483648 was expected");
	assert_true(sip_msg_answerable(&parsed.msg));
	assert_int_equal(data[error.offset], 'x');
	told = sip_error_text(&error, text, 8);
	assert_int_equal(told.n, 7);
}

static void a_message_without_end_is_refused_but_answerable(void **state)
{
	(void)state;
	assert_int_equal(parse(OPTIONS), -EBADMSG);
	assert_true(sip_msg_answerable(&parsed.msg));
	assert_int_equal(parse("OPTIONS sip:a@b SIP/2.0"), -EBADMSG);
	assert_false(sip_msg_answerable(&parsed.msg));
	assert_int_equal(sip_msg_parse(&parsed, data, 0, &error), -EBADMSG);
}

static void an_ack_is_never_answered(void **state)
{
	(void)state;
	assert_int_equal(parse("ACK sip:c@d SIP/2.0\r\nv: SIP/2.0/UDP h\r\nf: sip:a@b\r\n"
			       "t: sip:c@d\r\ni: x\r\nCSeq: 1 BYE\r\n\r\n"), -EBADMSG);
	assert_false(sip_msg_answerable(&parsed.msg));
}

static void more_headers_than_the_index_holds_are_refused(void **state)
{
	char *p = data;

	(void)state;
	p += sprintf(p, "%s", OPTIONS);
	for (int i = 0; i < 300; i++)
		p += sprintf(p, "X-%d: %d\r\n", i, i);
	p += sprintf(p, "\r\n");
	assert_int_equal(sip_msg_parse(&parsed, data, (size_t)(p - data), &error), -EBADMSG);
	assert_string_equal(error.where, "header");
	assert_int_equal(parsed.msg.header_count, SIP_MAX_HEADERS);
}

static struct sip_msg *copied(void)
{
	void *place = rd_malloc(sip_msg_copy_size(&parsed.msg));

	return place ? sip_msg_copy_to(place, &parsed.msg) : NULL;
}

static void a_copy_stands_on_its_own(void **state)
{
	struct sip_msg *copy;

	(void)state;
	assert_int_equal(parse(OPTIONS "k: a\r\nk: b\r\n\r\nbody"), 0);
	copy = copied();
	assert_non_null(copy);
	memset(data, 'x', sizeof(data));
	memset(&parsed, 'x', sizeof(parsed));
	assert_str(copy->via.branch, "z9hG4bKx");
	assert_str(copy->target.host, "d");
	assert_str(copy->from.tag, "1");
	assert_str(copy->body, "body");
	assert_str(sip_msg_find(copy, RD_STR("Supported"), 1)->value, "b");
	assert_true(sip_msg_lists(copy, SIP_H_SUPPORTED, RD_STR("b")));
	rd_free(copy);
}

/* ---- RFC 4475 and RFC 5118 ---- */

static void valid_torture_is_understood(void **state)
{
	static const char *const names[] = {
		"rfc4475/wsinv",    "rfc4475/intmeth",	"rfc4475/esc01",
		"rfc4475/escnull",  "rfc4475/esc02",	"rfc4475/lwsdisp",
		"rfc4475/longreq",  "rfc4475/dblreq",	"rfc4475/semiuri",
		"rfc4475/transports", "rfc4475/mpart01", "rfc4475/unreason",
		"rfc4475/noreason", "rfc4475/badbranch", "rfc4475/unkscm",
		"rfc4475/novelsc",  "rfc4475/unksm2",	"rfc4475/bext01",
		"rfc4475/invut",    "rfc4475/regaut01", "rfc4475/bcast",
		"rfc4475/zeromf",   "rfc4475/cparam01", "rfc4475/cparam02",
		"rfc4475/regescrt", "rfc4475/sdp01",	"rfc4475/inv2543",
		"rfc5118/ipv6-good", "rfc5118/port-ambiguous",
		"rfc5118/port-unambiguous", "rfc5118/via-received-param-with-delim",
		"rfc5118/via-received-param-no-delim", "rfc5118-fixed/ipv6-in-sdp",
		"rfc5118/mult-ip-in-header", "rfc5118/mult-ip-in-sdp",
		"rfc5118/ipv4-mapped-ipv6", "rfc5118/ipv6-bug-abnf-3-colons",
		"rfc5118/ipv6-correct-abnf-2-colons",
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		if (parse_file(names[i]))
			fail_msg("%s: %s: %s", names[i], error.where, error.what);
}

static void invalid_torture_is_refused_where_it_is_wrong(void **state)
{
	static const struct {
		const char *name, *where;
		unsigned status;
		bool answerable;
	} cases[] = {
		{ "rfc4475/badinv01", "Via", 400, true },
		{ "rfc4475/clerr", "Content-Length", 400, true },
		{ "rfc4475/ncl", "Content-Length", 400, true },
		{ "rfc4475/scalar02", "CSeq", 400, true },
		{ "rfc4475/scalarlg", "CSeq", 400, false },
		{ "rfc4475/quotbal", "To", 400, true },
		{ "rfc4475/ltgtruri", "request-URI", 400, true },
		{ "rfc4475/lwsruri", "request-URI", 400, true },
		{ "rfc4475/lwsstart", "request-URI", 400, true },
		{ "rfc4475/trws", "request line", 400, true },
		{ "rfc4475/escruri", "request-URI", 400, true },
		{ "rfc4475/badaspec", "To", 400, true },
		{ "rfc4475/baddn", "message", 400, true },
		{ "rfc4475/badvers", "request line", 505, true },
		{ "rfc4475/mismatch01", "CSeq", 400, true },
		{ "rfc4475/mismatch02", "CSeq", 501, true },
		{ "rfc4475/bigcode", "status line", 400, false },
		{ "rfc4475/insuf", "From", 400, true },
		{ "rfc4475/multi01", "From", 400, true },
		{ "rfc4475/mcl01", "Content-Length", 400, true },
		{ "rfc5118/ipv6-bad", "request-URI", 400, true },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		if (parse_file(cases[i].name) != -EBADMSG)
			fail_msg("%s: was accepted", cases[i].name);
		if (strcmp(error.where, cases[i].where))
			fail_msg("%s: %s: %s", cases[i].name, error.where, error.what);
		assert_int_equal(error.status, cases[i].status);
		assert_int_equal(sip_msg_answerable(&parsed.msg), cases[i].answerable);
	}
}

static void strange_spacing_changes_nothing(void **state)
{
	struct sip_walk walk = { .msg = &parsed.msg, .id = SIP_H_VIA };
	struct sip_name_addr contact;
	struct sip_via via;
	struct rd_str q;

	(void)state;
	assert_int_equal(parse_file("rfc4475/wsinv"), 0);
	assert_str(parsed.msg.from.display, "\"J Rosenberg \\\\\\\"\"");
	assert_str(parsed.msg.from.uri, "sip:jdrosen@example.com");
	assert_str(parsed.msg.from.tag, "98asjd8");
	assert_str(parsed.msg.to.tag, "1918181833n");
	assert_int_equal(parsed.msg.max_forwards, 68);
	assert_int_equal(parsed.msg.cseq.number, 9);
	assert_int_equal(parsed.msg.method, SIP_INVITE);
	assert_str(parsed.msg.via.branch, "390skdjuw");
	assert_int_equal(sip_walk_via(&walk, &via), 1);
	assert_int_equal(sip_walk_via(&walk, &via), 1);
	assert_str(via.host, "spindle.example.com");
	assert_str(via.transport, "TCP");
	assert_str(via.branch, "z9hG4bK9ikj8");
	assert_int_equal(sip_walk_via(&walk, &via), 1);
	assert_str(via.host, "192.168.255.111");
	assert_str(via.branch, "z9hG4bK30239");
	assert_int_equal(sip_walk_via(&walk, &via), 0);
	walk = (struct sip_walk){ .msg = &parsed.msg, .id = SIP_H_CONTACT };
	assert_int_equal(sip_walk_name_addr(&walk, &contact), 1);
	assert_true(sip_param_get(contact.params, RD_STR("q"), &q));
	assert_str(q, "0.33");
	assert_str(sip_msg_find(&parsed.msg, RD_STR("unknownheaderwithunusualvalue"), 0)->value,
		   ";;,,;;,;");
}

static void contacts_are_walked_with_their_preference(void **state)
{
	struct sip_walk walk = { .msg = &parsed.msg, .id = SIP_H_CONTACT };
	struct sip_uri uri;
	uint16_t q;

	(void)state;
	assert_int_equal(parse(OPTIONS "Contact: <sip:a@h>;q=0.5, <sip:b@h:99999>\r\n"
				       "m: <tel:+1>;q=2, <sips:c@h>;q=0.05\r\n\r\n"), 0);
	assert_true(sip_walk_target(&walk, &uri, &q));
	assert_str(uri.user, "a");
	assert_int_equal(q, 500);
	assert_true(sip_walk_target(&walk, &uri, &q));
	assert_int_equal(uri.scheme, SIP_SCHEME_TEL);
	assert_int_equal(q, 1000);
	assert_true(sip_walk_target(&walk, &uri, &q));
	assert_str(uri.user, "c");
	assert_int_equal(q, 50);
	assert_false(sip_walk_target(&walk, &uri, &q));
}

static void bytes_behind_the_body_belong_to_nobody(void **state)
{
	(void)state;
	assert_int_equal(parse_file("rfc4475/dblreq"), 0);
	assert_int_equal(parsed.msg.method, SIP_REGISTER);
	assert_int_equal(parsed.msg.body.n, 0);
}

static void a_user_part_may_look_like_parameters(void **state)
{
	(void)state;
	assert_int_equal(parse_file("rfc4475/semiuri"), 0);
	assert_str(parsed.msg.target.user, "user;par=u%40example.net");
	assert_str(parsed.msg.target.host, "example.com");
}

static int copy_once(void *arg)
{
	struct sip_msg *copy = copied();

	(void)arg;
	if (!copy)
		return -ENOMEM;
	assert_str(copy->call_id, "id");
	rd_free(copy);
	return 0;
}

/* Parsing takes none at all. */
static void memory_may_run_out(void **state)
{
	(void)state;
	rd__alloc_fail_after(0);
	assert_int_equal(parse(OPTIONS "Max-Forwards: 70\r\nl: 4\r\n\r\nbody"), 0);
	rd__alloc_fail_after(-1);
	assert_true(oom_sweep(copy_once, NULL) >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_taken_apart),
		cmocka_unit_test(a_response_is_taken_apart),
		cmocka_unit_test(retry_after_is_read_up_to_a_day),
		cmocka_unit_test(headers_are_found_by_id_name_and_order),
		cmocka_unit_test(folds_become_spaces),
		cmocka_unit_test(line_feeds_alone_end_lines_too),
		cmocka_unit_test(errors_name_the_place_and_what_was_expected),
		cmocka_unit_test(a_message_without_end_is_refused_but_answerable),
		cmocka_unit_test(an_ack_is_never_answered),
		cmocka_unit_test(more_headers_than_the_index_holds_are_refused),
		cmocka_unit_test(a_copy_stands_on_its_own),
		cmocka_unit_test(memory_may_run_out),
		cmocka_unit_test(valid_torture_is_understood),
		cmocka_unit_test(invalid_torture_is_refused_where_it_is_wrong),
		cmocka_unit_test(strange_spacing_changes_nothing),
		cmocka_unit_test(contacts_are_walked_with_their_preference),
		cmocka_unit_test(bytes_behind_the_body_belong_to_nobody),
		cmocka_unit_test(a_user_part_may_look_like_parameters),
	};

	return RUN_GROUP(tests);
}

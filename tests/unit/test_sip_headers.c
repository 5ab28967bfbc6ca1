/* Structured headers, the words of SIP, and socket addresses. */
#include "tests/unit/sip_text.h"

#include <strings.h>

#include "channels/sip/message/headers.h"
#include "channels/sip/message/out.h"
#include "channels/sip/message/sockaddr.h"

static const char *what;

/* ---- names ---- */

static void every_name_finds_itself(void **state)
{
	char upper[64];

	(void)state;
	for (unsigned id = 1; id < SIP_HEADER_IDS; id++) {
		struct rd_str name = sip_header_name(id);

		assert_non_null(name.p);
		assert_int_equal(sip_header_id_of(name), id);
		for (size_t i = 0; i < name.n; i++)
			upper[i] = name.p[i] >= 'a' && name.p[i] <= 'z' ?
					   (char)(name.p[i] - 32) : name.p[i];
		assert_int_equal(sip_header_id_of((struct rd_str){ upper, name.n }), id);
	}
	for (unsigned method = 1; method < SIP_METHODS; method++)
		assert_int_equal(sip_method_of(sip_method_name(method)), method);
}

static void compact_and_unknown_names_are_known_for_what_they_are(void **state)
{
	(void)state;
	assert_int_equal(sip_header_id_of(RD_STR("V")), SIP_H_VIA);
	assert_int_equal(sip_header_id_of(RD_STR("i")), SIP_H_CALL_ID);
	assert_int_equal(sip_header_id_of(RD_STR("x")), SIP_H_SESSION_EXPIRES);
	assert_int_equal(sip_header_id_of(RD_STR("q")), SIP_H_OTHER);
	assert_int_equal(sip_header_id_of(RD_STR("!")), SIP_H_OTHER);
	assert_int_equal(sip_header_id_of(RD_STR("Vias")), SIP_H_OTHER);
	assert_int_equal(sip_header_id_of(RD_STR("")), SIP_H_OTHER);
	assert_int_equal(sip_method_of(RD_STR("invite")), SIP_METHOD_OTHER);
}

static void every_status_has_a_phrase(void **state)
{
	(void)state;
	assert_str(sip_reason_phrase(100), "Trying");
	assert_str(sip_reason_phrase(404), "Not Found");
	assert_str(sip_reason_phrase(608), "Rejected");
	assert_str(sip_reason_phrase(499), "Request Failure");
	assert_str(sip_reason_phrase(299), "Success");
	assert_str(sip_reason_phrase(7), "Unknown");
}

/* ---- Via ---- */

static int via(const char *text, struct sip_via *parsed)
{
	struct rd_str rest = rd_str_of(text);

	return sip_via_next(&rest, parsed, &what);
}

static void a_via_is_taken_apart(void **state)
{
	struct sip_via v;

	(void)state;
	assert_int_equal(via("SIP/2.0/UDP 10.0.0.1:5070;rport=9;RECEIVED=[::1];"
			     "branch=z9hG4bKa;maddr=m;x=\"a,b\"", &v), 1);
	assert_str(v.protocol, "SIP/2.0");
	assert_str(v.transport, "UDP");
	assert_str(v.host, "10.0.0.1");
	assert_int_equal(v.port, 5070);
	assert_true(v.has_rport);
	assert_int_equal(v.rport, 9);
	assert_str(v.received, "::1");
	assert_str(v.branch, "z9hG4bKa");
	assert_str(v.maddr, "m");
	assert_int_equal(via("SIP/2.0/TLS [2001:db8::9:1];rport", &v), 1);
	assert_str(v.host, "2001:db8::9:1");
	assert_int_equal(v.port, 0);
	assert_true(v.has_rport);
	assert_int_equal(v.rport, 0);
	assert_absent(v.branch);
}

static void wrong_vias_are_refused(void **state)
{
	static const char *const wrong[] = {
		"SIP/2.0",	      "SIP/2.0/UDP",	    "SIP/2.0/UDP ;x",
		"SIP/2.0/UDP h:x",    "SIP/2.0/UDP h;;a",   "SIP/2.0/UDP h;",
		"SIP/2.0/UDP h;a=\"", "SIP/2.0/UDP h;rport=x", "SIP/2.0/UDP h h",
		"SIP/2.0/UDP [::1",   "SIP 2.0 UDP h",
	};
	struct sip_via v;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++)
		if (via(wrong[i], &v) != -EINVAL)
			fail_msg("\"%s\" was accepted", wrong[i]);
	assert_int_equal(via(" , ", &v), 0);
}

/* ---- name-addr ---- */

static int name_addr(const char *text, struct sip_name_addr *parsed)
{
	return sip_name_addr_parse(parsed, rd_str_of(text), &what);
}

static void names_and_addresses_are_told_apart(void **state)
{
	struct sip_name_addr a;

	(void)state;
	assert_int_equal(name_addr("\"A. \\\"G\\\" <Bell>\" <sip:a@b;lr>;q=1;tag=x", &a), 0);
	assert_str(a.display, "\"A. \\\"G\\\" <Bell>\"");
	assert_str(a.uri, "sip:a@b;lr");
	assert_str(a.params, "q=1;tag=x");
	assert_str(a.tag, "x");
	assert_int_equal(name_addr("Anonymous Caller <sip:c8@x>;tag=hyh8", &a), 0);
	assert_str(a.display, "Anonymous Caller");
	assert_str(a.tag, "hyh8");
	assert_int_equal(name_addr("sip:+12125551212@server.example.com;tag=887s", &a), 0);
	assert_absent(a.display);
	assert_str(a.uri, "sip:+12125551212@server.example.com");
	assert_str(a.tag, "887s");
	assert_int_equal(name_addr("<sip:a@b?x=y>", &a), 0);
	assert_absent(a.tag);
	assert_absent(a.params);
	assert_int_equal(name_addr("J\xc3\xb6rg <sip:a@b>", &a), 0);
	assert_str(a.display, "J\xc3\xb6rg");
}

static void wrong_addresses_are_refused(void **state)
{
	static const char *const wrong[] = {
		"",		   "x",		     "\"a <sip:a@b>",  "\"a\" sip:a@b",
		"<sip:a@b",	   "<sip:a@b>x",     "sip:a@b?x=y",    "a;b <sip:a@b>",
		"<sip:a b@c>",	   "< sip:a@b>",     "*",	       "<sip:a@b>, <sip:c@d>",
		"<>",		   "<sip:a@b>;x=\"", "1:2",	       "a(b) <sip:a@b>",
		"sip:a@b,",	   ",<sip:a@b>",     "sip:a@b\rc",
	};
	struct sip_name_addr a;

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++)
		if (name_addr(wrong[i], &a) != -EINVAL)
			fail_msg("\"%s\" was accepted", wrong[i]);
}

static void contact_lists_are_walked(void **state)
{
	struct rd_str rest = RD_STR("\"a, b\" <sip:a@b,c>;x=\"1,2\" ,sip:c@d;e=f,, *");
	struct sip_name_addr a;

	(void)state;
	assert_int_equal(sip_name_addr_next(&rest, &a, &what), 1);
	assert_str(a.uri, "sip:a@b,c");
	assert_str(a.params, "x=\"1,2\"");
	assert_str(a.text, "\"a, b\" <sip:a@b,c>;x=\"1,2\"");
	assert_int_equal(sip_name_addr_next(&rest, &a, &what), 1);
	assert_str(a.uri, "sip:c@d");
	assert_str(a.params, "e=f");
	assert_int_equal(sip_name_addr_next(&rest, &a, &what), 1);
	assert_true(a.is_star);
	assert_int_equal(sip_name_addr_next(&rest, &a, &what), 0);
}

/* ---- the small ones ---- */

static void lists_know_their_elements(void **state)
{
	struct rd_str rest = RD_STR(" a , \"b,c\" ,, <d,e> ");
	struct rd_str element;

	(void)state;
	assert_true(sip_list_has(RD_STR("100rel, Timer"), RD_STR("timer")));
	assert_false(sip_list_has(RD_STR("100rel, timers"), RD_STR("timer")));
	assert_true(sip_list_next(&rest, &element));
	assert_str(element, "a");
	assert_true(sip_list_next(&rest, &element));
	assert_str(element, "\"b,c\"");
	assert_true(sip_list_next(&rest, &element));
	assert_str(element, "<d,e>");
	assert_false(sip_list_next(&rest, &element));
}

static void numbers_have_limits(void **state)
{
	struct sip_cseq cseq;
	struct sip_rack rack;
	uint32_t n;

	(void)state;
	assert_int_equal(sip_cseq_parse(&cseq, RD_STR("2147483647  INVITE"), &what), 0);
	assert_int_equal(cseq.number, 2147483647);
	assert_int_equal(cseq.method, SIP_INVITE);
	assert_int_equal(sip_cseq_parse(&cseq, RD_STR("2147483648 INVITE"), &what), -EINVAL);
	assert_int_equal(sip_cseq_parse(&cseq, RD_STR("1"), &what), -EINVAL);
	assert_int_equal(sip_cseq_parse(&cseq, RD_STR("-1 BYE"), &what), -EINVAL);
	assert_int_equal(sip_cseq_parse(&cseq, RD_STR("1 BYE x"), &what), -EINVAL);
	assert_int_equal(sip_rack_parse(&rack, RD_STR("776656 1 INVITE"), &what), 0);
	assert_int_equal(rack.rseq, 776656);
	assert_int_equal(rack.cseq.number, 1);
	assert_int_equal(sip_number_parse(&n, RD_STR("4294967295")), 0);
	assert_int_equal(sip_number_parse(&n, RD_STR("4294967296")), -ERANGE);
	assert_int_equal(sip_number_parse(&n, RD_STR("18 (in a meeting)")), 0);
	assert_int_equal(n, 18);
	assert_int_equal(sip_number_parse(&n, RD_STR("1x")), -EINVAL);
	assert_int_equal(sip_number_parse(&n, RD_STR("")), -EINVAL);
}

static void q_is_read_in_thousandths_and_printed_back(void **state)
{
	static const char *const wrong[] = { "q=2", "q=0.1234", "q=0.x", "q=-0.5", "q=x",
						   "q=1.5", "q=1.001" };
	char text[16];
	struct sip_out out;
	uint16_t q;

	(void)state;
	assert_int_equal(sip_param_q(RD_STR("q=0.75"), &q), 0);
	assert_int_equal(q, 750);
	assert_int_equal(sip_param_q(RD_STR("q=0"), &q), 0);
	assert_int_equal(q, 0);
	assert_int_equal(sip_param_q(RD_STR("q=1.0"), &q), 0);
	assert_int_equal(q, 1000);
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++)
		if (sip_param_q(rd_str_of(wrong[i]), &q) != -EINVAL || q != 1000)
			fail_msg("\"%s\" was accepted", wrong[i]);
	sip_out_init(&out, text, sizeof(text));
	sip_out_q(&out, 1000);
	assert_int_equal(sip_out_text(&out).n, 0);
	sip_out_q(&out, 75);
	assert_true(rd_str_eq(sip_out_text(&out), RD_STR(";q=0.075")));
}

static void media_types_are_taken_apart(void **state)
{
	struct sip_media_type type;

	(void)state;
	assert_int_equal(sip_media_type_parse(&type, RD_STR("multipart / mixed; boundary=x"),
					      &what), 0);
	assert_str(type.type, "multipart");
	assert_str(type.subtype, "mixed");
	assert_str(type.params, " boundary=x");
	assert_int_equal(sip_media_type_parse(&type, RD_STR("text"), &what), -EINVAL);
	assert_int_equal(sip_media_type_parse(&type, RD_STR("text/"), &what), -EINVAL);
	assert_int_equal(sip_media_type_parse(&type, RD_STR(""), &what), -EINVAL);
}

/* ---- socket addresses ---- */

static void addresses_survive_the_way_to_text_and_back(void **state)
{
	union sip_sockaddr a, b;
	char text[SIP_SOCKADDR_TEXT];
	size_t n;

	(void)state;
	assert_int_equal(sip_sockaddr_parse(&a, RD_STR("10.0.0.200"), 5060), 0);
	assert_memory_equal(sip_sockaddr_bytes(&a, &n), "\x0a\0\0\xc8", 4);
	assert_int_equal(n, 4);
	assert_string_equal(sip_sockaddr_text(&a, text), "10.0.0.200:5060");
	assert_int_equal(sip_sockaddr_parse(&b, RD_STR("[2001:db8::1]"), 65535), 0);
	assert_string_equal(sip_sockaddr_text(&b, text), "[2001:db8::1]:65535");
	assert_int_equal(sip_sockaddr_host(&b, text), 11);
	assert_int_equal(sip_sockaddr_bytes(&b, &n)[15], 1);
	assert_int_equal(n, 16);
	assert_int_not_equal(sip_sockaddr_hash_host(&a), sip_sockaddr_hash_host(&b));
	assert_false(sip_sockaddr_equal(&a, &b));
	b = a;
	sip_sockaddr_set_port(&b, 5061);
	assert_true(sip_sockaddr_same_host(&a, &b));
	assert_false(sip_sockaddr_equal(&a, &b));
	assert_int_equal(sip_sockaddr_hash_host(&a), sip_sockaddr_hash_host(&b));
	assert_int_equal(sip_sockaddr_parse(&a, RD_STR("0.0.0.0"), 0), 0);
	assert_true(sip_sockaddr_is_any(&a));
	assert_int_equal(sip_sockaddr_parse(&a, RD_STR("phone.example"), 0), -EINVAL);
	assert_int_equal(sip_sockaddr_parse(&a, RD_STR(""), 0), -EINVAL);
	assert_int_equal(sip_sockaddr_parse(&a, RD_STR("2001:db8:::192.0.2.1"), 0), 0);
}

static enum sip_scope scope_of(const char *host)
{
	union sip_sockaddr a;

	assert_int_equal(sip_sockaddr_parse(&a, rd_str_of(host), 0), 0);
	return sip_sockaddr_scope(&a);
}

static void some_addresses_are_not_seen_from_everywhere(void **state)
{
	static const char *const known[][4] = {
		[SIP_SCOPE_HOST] = { "127.9.9.9", "0.0.0.0", "::1", "::" },
		[SIP_SCOPE_LINK] = { "169.254.0.1", "169.254.255.255", "fe80::1", "febf::1" },
		[SIP_SCOPE_PRIVATE] = { "10.255.0.1", "172.31.255.255", "100.64.0.1", "fd00::1" },
		[SIP_SCOPE_WORLD] = { "172.32.0.1", "192.169.0.1", "100.128.0.1", "2001:db8::1" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(known); i++)
		for (int j = 0; j < 4; j++)
			assert_int_equal(scope_of(known[i][j]), i);
	assert_int_equal(scope_of("192.168.255.1"), SIP_SCOPE_PRIVATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_finds_itself),
		cmocka_unit_test(compact_and_unknown_names_are_known_for_what_they_are),
		cmocka_unit_test(every_status_has_a_phrase),
		cmocka_unit_test(a_via_is_taken_apart),
		cmocka_unit_test(wrong_vias_are_refused),
		cmocka_unit_test(names_and_addresses_are_told_apart),
		cmocka_unit_test(wrong_addresses_are_refused),
		cmocka_unit_test(contact_lists_are_walked),
		cmocka_unit_test(lists_know_their_elements),
		cmocka_unit_test(numbers_have_limits),
		cmocka_unit_test(q_is_read_in_thousandths_and_printed_back),
		cmocka_unit_test(media_types_are_taken_apart),
		cmocka_unit_test(addresses_survive_the_way_to_text_and_back),
		cmocka_unit_test(some_addresses_are_not_seen_from_everywhere),
	};

	return RUN_GROUP(tests);
}

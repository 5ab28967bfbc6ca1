/* URIs: taking apart, refusing, comparing; parameters, escapes, quotes. */
#include "tests/unit/sip_text.h"

#include "channels/sip/message/uri.h"

static struct sip_uri uri;

static int parse(const char *text)
{
	const char *what = NULL;
	int rc = sip_uri_parse(&uri, rd_str_of(text), &what);

	if (rc)
		assert_non_null(what);
	return rc;
}

static void a_full_uri_is_taken_apart(void **state)
{
	(void)state;
	assert_int_equal(parse("sips:alice:secret@atlanta.com:5071;transport=tcp;lr"
			       "?subject=x&priority=y"), 0);
	assert_int_equal(uri.scheme, SIP_SCHEME_SIPS);
	assert_str(uri.name, "sips");
	assert_str(uri.user, "alice");
	assert_str(uri.password, "secret");
	assert_str(uri.host, "atlanta.com");
	assert_int_equal(uri.host_kind, SIP_HOST_NAME);
	assert_int_equal(uri.port, 5071);
	assert_str(uri.params, "transport=tcp;lr");
	assert_str(uri.headers, "subject=x&priority=y");
}

static void absent_parts_are_absent(void **state)
{
	(void)state;
	assert_int_equal(parse("sip:atlanta.com"), 0);
	assert_absent(uri.user);
	assert_absent(uri.password);
	assert_absent(uri.params);
	assert_absent(uri.headers);
	assert_int_equal(uri.port, 0);
	assert_int_equal(sip_uri_port(&uri), 5060);
	assert_int_equal(parse("sip:u:@h"), 0);
	assert_non_null(uri.password.p);
	assert_int_equal(uri.password.n, 0);
	assert_int_equal(parse("sips:h"), 0);
	assert_int_equal(sip_uri_port(&uri), 5061);
}

static void hosts_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(parse("sip:u@10.0.0.255"), 0);
	assert_int_equal(uri.host_kind, SIP_HOST_IPV4);
	assert_int_equal(parse("sip:u@10.0.0.256"), 0);
	assert_int_equal(uri.host_kind, SIP_HOST_NAME);
	assert_int_equal(parse("sip:[2001:db8::1]:5061"), 0);
	assert_int_equal(uri.host_kind, SIP_HOST_IPV6);
	assert_str(uri.host, "2001:db8::1");
	assert_int_equal(uri.port, 5061);
}

static void a_telephone_may_have_an_extension(void **state)
{
	char number[32];

	(void)state;
	assert_int_equal(parse("tel:+1-201-555-0123;ext=1-0.2;phone-context=x"), 0);
	assert_int_equal(sip_uri_phone_ext(number, sizeof(number), &uri), 3);
	assert_string_equal(number, "102");
	assert_int_equal(sip_uri_phone_ext(number, 4, &uri), 0); /* of 5 characters */
	assert_int_equal(parse("sip:+1201;ext=77@example.com"), 0);
	assert_int_equal(sip_uri_phone_ext(number, sizeof(number), &uri), 0);
	assert_int_equal(parse("tel:+1-201-555-0123;phone-context=x"), 0);
	assert_int_equal(sip_uri_phone_ext(number, sizeof(number), &uri), 0);
	assert_int_equal(parse("tel:+1201;ext=7a"), 0);
	assert_int_equal(sip_uri_phone_ext(number, sizeof(number), &uri), 0);
}

static void other_schemes_are_kept(void **state)
{
	(void)state;
	assert_int_equal(parse("tel:+1-201-555-0123;phone-context=x"), 0);
	assert_int_equal(uri.scheme, SIP_SCHEME_TEL);
	assert_str(uri.user, "+1-201-555-0123");
	assert_str(uri.params, "phone-context=x");
	assert_int_equal(parse("urn:service:sos"), 0);
	assert_int_equal(uri.scheme, SIP_SCHEME_OTHER);
	assert_str(uri.opaque, "service:sos");
}

static void what_is_no_uri_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",		 "sip",		  ":",		   "sip:",
		"sip:@h",	 "sip:u@",	  "sip:u@h:",	   "sip:u@h:0",
		"sip:u@h:65536", "sip:u@h:5x",	  "sip:u@[::1",	   "sip:u@[zz]",
		"sip:u @h",	 "sip:u%4@h",	  "sip:u%zz@h",	   "sip:u@h;a b",
		"sip:u@h?",	 "sip:u@h>",	  "<sip:u@h>",	   "1sip:u@h",
		"sip:u\"@h",	 "sip:u:p<@h",	  "sip:u@h;a=\"x\"", "tel:",
		"tel:12x",	 "mailto:a b",	  "sip:2001:db8::10", "s p:x",
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++)
		if (!parse(wrong[i]))
			fail_msg("\"%s\" was accepted", wrong[i]);
}

static bool same(const char *a, const char *b)
{
	struct sip_uri uri_a, uri_b;

	assert_int_equal(sip_uri_parse(&uri_a, rd_str_of(a), NULL), 0);
	assert_int_equal(sip_uri_parse(&uri_b, rd_str_of(b), NULL), 0);
	assert_int_equal(sip_uri_equal(&uri_a, &uri_b), sip_uri_equal(&uri_b, &uri_a));
	return sip_uri_equal(&uri_a, &uri_b);
}

/* The examples of RFC 3261 §19.1.4 and a few of our own. */
static void equal_uris_are_equal(void **state)
{
	(void)state;
	assert_true(same("sip:%61lice@atlanta.com;transport=TCP",
			 "sip:alice@AtLanTa.CoM;Transport=tcp"));
	assert_true(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
	assert_true(same("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"));
	assert_true(same("sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
			 "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"));
	assert_true(same("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
			 "sip:alice@atlanta.com?priority=urgent&subject=project%20x"));
	assert_true(same("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]"));
	assert_true(same("tel:+1-201-555-0123", "tel:+12015550123"));
	assert_true(same("SIP:a@b", "sip:a@b"));
	assert_true(same("urn:service:sos", "URN:service:sos"));
}

static void different_uris_are_different(void **state)
{
	(void)state;
	assert_false(same("SIP:ALICE@AtLanTa.CoM;Transport=udp",
			  "sip:alice@AtLanTa.CoM;Transport=UDP"));
	assert_false(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
	assert_false(same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
	assert_false(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"));
	assert_false(same("sip:carol@chicago.com",
			  "sip:carol@chicago.com?Subject=next%20meeting"));
	assert_false(same("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
	assert_false(same("sip:carol@chicago.com;security=on",
			  "sip:carol@chicago.com;security=off"));
	assert_false(same("sip:a@b", "sips:a@b"));
	assert_false(same("sip:a@b", "sip:b"));
	assert_false(same("sip:a:p@b", "sip:a@b"));
	assert_false(same("sip:a%3Bb@c", "sip:a;b@c"));
	assert_false(same("sip:a@b;maddr=1.2.3.4", "sip:a@b"));
	assert_false(same("tel:+12015550123", "tel:12015550123"));
	assert_false(same("sip:a@b", "sip:aa@b"));
}

static void parameters_are_walked(void **state)
{
	struct rd_str rest = RD_STR(" a=1 ; b ;; c = \"x;y\" ;d=");
	struct sip_param param;
	struct rd_str value;

	(void)state;
	assert_true(sip_param_get(rest, RD_STR("C"), &value));
	assert_str(value, "\"x;y\"");
	assert_str(sip_strip_quotes(value), "x;y");
	assert_false(sip_param_get(rest, RD_STR("y"), &value));
	assert_true(sip_param_next(&rest, &param));
	assert_str(param.name, "a");
	assert_str(param.value, "1");
	assert_true(sip_param_next(&rest, &param));
	assert_str(param.name, "b");
	assert_absent(param.value);
	assert_true(sip_param_next(&rest, &param));
	assert_true(sip_param_next(&rest, &param));
	assert_str(param.name, "d");
	assert_non_null(param.value.p);
	assert_int_equal(param.value.n, 0);
	assert_false(sip_param_next(&rest, &param));
	assert_false(sip_param_next(&rest, &param));
}

static void escapes_and_quotes_are_undone(void **state)
{
	char text[8];

	(void)state;
	assert_int_equal(sip_unescape(text, sizeof(text), RD_STR("a%20b%2f")), 4);
	assert_memory_equal(text, "a b/", 4);
	assert_int_equal(sip_unescape(text, sizeof(text), RD_STR("a%2")), -EINVAL);
	assert_int_equal(sip_unescape(text, sizeof(text), RD_STR("a%00")), -EINVAL);
	assert_int_equal(sip_unescape(text, 2, RD_STR("abc")), -EMSGSIZE);
	assert_int_equal(sip_unquote(text, sizeof(text), RD_STR("\"a\\\"b\\\\\"")), 4);
	assert_memory_equal(text, "a\"b\\", 4);
	assert_int_equal(sip_unquote(text, sizeof(text), RD_STR("a\\b")), 3);
	assert_int_equal(sip_unquote(text, 1, RD_STR("ab")), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_uri_is_taken_apart),
		cmocka_unit_test(absent_parts_are_absent),
		cmocka_unit_test(hosts_are_told_apart),
		cmocka_unit_test(a_telephone_may_have_an_extension),
		cmocka_unit_test(other_schemes_are_kept),
		cmocka_unit_test(what_is_no_uri_is_refused),
		cmocka_unit_test(equal_uris_are_equal),
		cmocka_unit_test(different_uris_are_different),
		cmocka_unit_test(parameters_are_walked),
		cmocka_unit_test(escapes_and_quotes_are_undone),
	};

	return RUN_GROUP(tests);
}

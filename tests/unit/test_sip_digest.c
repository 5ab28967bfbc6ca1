/* Digest: the examples of the RFCs, nonces, replay, both roles. */
#include "tests/unit/sip_text.h"

#include "tests/unit/virtual_clock.h"

#include "channels/sip/message/digest.h"

static struct sip_nonces *nonces;
static struct sip_digest digest;
static char hex[SIP_DIGEST_HEX], ha1[SIP_DIGEST_HEX];
static const struct rd_str none;

static int setup(void **state)
{
	(void)state;
	return sip_nonces_new(&nonces, 0, 60);
}

static int teardown(void **state)
{
	(void)state;
	sip_nonces_free(nonces);
	return 0;
}

static void parse(const char *text)
{
	assert_int_equal(sip_digest_parse(&digest, rd_str_of(text), NULL), 0);
}

/* ---- the RFCs' examples ---- */

static void the_example_of_rfc_2617_comes_out(void **state)
{
	(void)state;
	parse("Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
	      "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", "
	      "qop=auth, nc=00000001, cnonce=\"0a4f113b\", "
	      "response=\"6629fae49393a05397450978507c4ef1\", "
	      "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"");
	assert_int_equal(sip_digest_ha1(ha1, SIP_DIGEST_MD5, digest.username, digest.realm,
					RD_STR("Circle Of Life")), 0);
	assert_string_equal(ha1, "939e7578ed9e3c518a452acee763bce9");
	assert_int_equal(sip_digest_response(hex, &digest, ha1, RD_STR("GET"), none), 0);
	assert_str(digest.response, hex);
	assert_int_equal(digest.nc, 1);
	assert_str(digest.opaque, "5ccc069c403ebaf9f0171e9517f40e41");
}

#define MUFASA                                                                  \
	"Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "          \
	"uri=\"/dir/index.html\", "                                             \
	"nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, "  \
	"cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, "

static void the_examples_of_rfc_7616_come_out(void **state)
{
	(void)state;
	parse(MUFASA "algorithm=MD5, response=\"8ca523f5e9506fed4657c9700eebdbec\"");
	assert_int_equal(sip_digest_ha1(ha1, digest.algorithm, digest.username, digest.realm,
					RD_STR("Circle of Life")), 0);
	assert_int_equal(sip_digest_response(hex, &digest, ha1, RD_STR("GET"), none), 0);
	assert_str(digest.response, hex);

	parse(MUFASA "algorithm=SHA-256, response=\"753927fa0e85d155564e2e272a28d180"
		     "2ca10daf4496794697cf8db5856cb6c1\"");
	assert_int_equal(digest.algorithm, SIP_DIGEST_SHA256);
	assert_int_equal(sip_digest_ha1(ha1, digest.algorithm, digest.username, digest.realm,
					RD_STR("Circle of Life")), 0);
	assert_int_equal(sip_digest_response(hex, &digest, ha1, RD_STR("GET"), none), 0);
	assert_str(digest.response, hex);
}

/* RFC 2069 as corrected by its errata: no qop, no count. */
static void the_example_of_rfc_2069_comes_out(void **state)
{
	(void)state;
	parse("Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
	      "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", "
	      "response=\"1949323746fe6a43ef61f9606e7febea\"");
	assert_int_equal(digest.qop, SIP_QOP_NONE);
	assert_int_equal(sip_digest_ha1(ha1, SIP_DIGEST_MD5, digest.username, digest.realm,
					RD_STR("CircleOfLife")), 0);
	assert_int_equal(sip_digest_response(hex, &digest, ha1, RD_STR("GET"), none), 0);
	assert_str(digest.response, hex);
}

static void session_and_body_change_the_response(void **state)
{
	char plain[SIP_DIGEST_HEX];

	(void)state;
	parse("Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:x\",qop=auth,"
	      "nc=00000001,cnonce=\"c\",response=\"x\"");
	assert_int_equal(sip_digest_ha1(ha1, SIP_DIGEST_MD5, digest.username, digest.realm,
					RD_STR("p")), 0);
	assert_int_equal(sip_digest_response(plain, &digest, ha1, RD_STR("REGISTER"), none), 0);
	digest.is_session = true;
	assert_int_equal(sip_digest_response(hex, &digest, ha1, RD_STR("REGISTER"), none), 0);
	/* MD5(MD5(MD5(u:r:p):n:c):n:00000001:c:auth:MD5(REGISTER:sip:x)) */
	assert_string_equal(hex, "350b1f37a92238b6c4d336edf69c1f4b");
	digest.is_session = false;
	digest.qop = SIP_QOP_AUTH_INT;
	assert_int_equal(sip_digest_response(hex, &digest, ha1, RD_STR("REGISTER"),
					     RD_STR("body")), 0);
	/* MD5(MD5(u:r:p):n:00000001:c:auth-int:MD5(REGISTER:sip:x:MD5(body))) */
	assert_string_equal(hex, "a78da2ab7e9410d1bdb93ee596cfdca2");
	assert_string_not_equal(hex, plain);
}

/* ---- reading ---- */

static void challenges_are_read(void **state)
{
	(void)state;
	parse("digest realm = \"a, \\\"b\\\"\" , qop=\"auth-int,auth\",nonce=\"n\" ,stale=TRUE,"
	      " algorithm=sha-256-SESS, unknown=x, domain=\"y\"");
	assert_str(digest.realm, "a, \\\"b\\\"");
	assert_int_equal(digest.qop, SIP_QOP_AUTH);
	assert_true(digest.stale);
	assert_true(digest.is_session);
	assert_int_equal(digest.algorithm, SIP_DIGEST_SHA256);
	parse("Digest qop=auth-int");
	assert_int_equal(digest.qop, SIP_QOP_AUTH_INT);
	parse("Digest qop=token, algorithm=SHA-512");
	assert_int_equal(digest.qop, SIP_QOP_UNKNOWN);
	assert_int_equal(digest.algorithm, SIP_DIGEST_UNKNOWN);
	parse("Digest qop=\"auth\", userhash=true, algorithm=sha-512-256");
	assert_true(digest.userhash);
	assert_int_equal(digest.algorithm, SIP_DIGEST_SHA512_256);
}

static void what_is_no_digest_is_refused(void **state)
{
	const char *what = NULL;

	(void)state;
	assert_int_equal(sip_digest_parse(&digest, RD_STR("Basic abc"), &what), -ENOTSUP);
	assert_int_equal(sip_digest_parse(&digest, RD_STR(""), &what), -ENOTSUP);
	assert_int_equal(sip_digest_parse(&digest, RD_STR("Digest x"), &what), -EINVAL);
	assert_non_null(what);
	assert_int_equal(sip_digest_parse(&digest, RD_STR("Digest nc=xyz"), &what), -EINVAL);
	assert_int_equal(sip_digest_parse(&digest, RD_STR("Digest nc=000000001"), &what),
			 -EINVAL);
}

/* ---- a server and its client ---- */

#define HEAD                                                                  \
	"Via: SIP/2.0/UDP h\r\nFrom: <sip:u@r>;tag=1\r\nTo: <sip:u@r>\r\n"      \
	"Call-ID: id\r\nCSeq: 1 REGISTER\r\n"

static struct sip_parsed parsed;
static struct sip_error error;
static char challenge_text[2048], request_text[2048];
static char nonce[SIP_NONCE_TEXT];

/* The server's 401, as the client reads it. */
static struct sip_digest challenged(enum sip_digest_algorithm algorithm)
{
	struct sip_digest_terms terms = { .realm = RD_STR("office"), .qop = "auth" };
	struct sip_digest_demand demand;
	struct sip_out out;

	sip_nonces_make(nonces, NULL, nonce);
	terms.nonce = rd_str_of(nonce);
	sip_out_init(&out, challenge_text, sizeof(challenge_text));
	sip_out_cstr(&out, "SIP/2.0 401 Unauthorized\r\n" HEAD);
	sip_digest_challenge(&out, SIP_H_WWW_AUTHENTICATE, &terms, algorithm);
	assert_int_equal(sip_out_end(&out), 0);
	assert_int_equal(sip_msg_parse(&parsed, out.p, out.n, &error), 0);
	assert_int_equal(sip_digest_demands(&demand, 1, &parsed.msg, ~0u), 1);
	assert_int_equal(demand.id, SIP_H_AUTHORIZATION);
	return demand.challenge;
}

/* The client's answer, as the server reads it, into digest. */
static void answer(const struct sip_digest *challenge, const char *password, uint32_t nc)
{
	const struct sip_digest_request request = { RD_STR("REGISTER"), RD_STR("sip:r"), none };
	const struct sip_digest_login login = { RD_STR("u"), ha1, nc };
	struct sip_out out;

	sip_digest_ha1(ha1, challenge->algorithm, RD_STR("u"), RD_STR("office"),
		       rd_str_of(password));
	sip_out_init(&out, request_text, sizeof(request_text));
	sip_out_cstr(&out, "REGISTER sip:r SIP/2.0\r\n" HEAD);
	assert_int_equal(sip_digest_answer(&out, SIP_H_AUTHORIZATION, challenge, &login,
					   &request), 0);
	assert_int_equal(sip_out_end(&out), 0);
	assert_int_equal(sip_msg_parse(&parsed, out.p, out.n, &error), 0);
	assert_int_equal(sip_digest_find(&digest, &parsed.msg, SIP_H_AUTHORIZATION,
					 RD_STR("office"), challenge->algorithm, NULL), 0);
	sip_digest_ha1(ha1, challenge->algorithm, RD_STR("u"), RD_STR("office"),
		       RD_STR("secret"));
}

static int check_for(const char *method, const char *uri, const char *body)
{
	const struct sip_digest_request request = { rd_str_of(method), rd_str_of(uri),
						    rd_str_of(body) };

	return sip_digest_check(nonces, NULL, &digest, ha1, &request);
}

static int check(void)
{
	return check_for("REGISTER", "sip:r", NULL);
}

static void right_credentials_pass_with_either_algorithm(void **state)
{
	(void)state;
	for (unsigned algorithm = 0; algorithm < SIP_DIGEST_ALGORITHMS; algorithm++) {
		struct sip_digest challenge = challenged(algorithm);

		assert_int_equal(challenge.algorithm, algorithm);
		answer(&challenge, "secret", 1);
		assert_int_equal(check(), 0);
	}
}

static void wrong_credentials_do_not(void **state)
{
	struct sip_digest challenge = challenged(SIP_DIGEST_SHA256);

	(void)state;
	answer(&challenge, "guess", 1);
	assert_int_equal(check(), -EACCES);
	answer(&challenge, "secret", 1);
	assert_int_equal(check_for("INVITE", "sip:r", NULL), -EACCES);
	assert_int_equal(check_for("REGISTER", "sip:other", NULL), -EINVAL);
	assert_int_equal(check_for("REGISTER", "sip:r:5060;transport=udp", NULL), 0);
	answer(&challenge, "secret", 2);
	digest.cnonce = none;
	assert_int_equal(check(), -EINVAL);
}

static void each_count_serves_once_in_any_near_order(void **state)
{
	struct sip_digest challenge = challenged(SIP_DIGEST_MD5);
	static const struct {
		uint32_t nc;
		int rc;
	} uses[] = { { 1, 0 },	     { 1, -ESTALE }, { 3, 0 },	      { 2, 0 },
		     { 2, -ESTALE }, { 40, 0 },	     { 9, 0 },	      { 8, -ESTALE },
		     { 9, -ESTALE }, { 1000, 0 },    { 1000, -ESTALE } };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(uses); i++) {
		answer(&challenge, "secret", uses[i].nc);
		assert_int_equal(check(), uses[i].rc);
	}
}

static void a_nonce_without_count_serves_once(void **state)
{
	struct sip_digest challenge = challenged(SIP_DIGEST_MD5);

	(void)state;
	challenge.qop = SIP_QOP_NONE;
	answer(&challenge, "secret", 1);
	assert_absent(digest.qop_text);
	assert_int_equal(check(), 0);
	assert_int_equal(check(), -ESTALE);
}

static void old_and_foreign_nonces_are_stale(void **state)
{
	struct sip_digest challenge = challenged(SIP_DIGEST_MD5);
	static char foreign[] = "0123456789abcdef0123456789abcdef0123456789abcdef";

	(void)state;
	clock_advance(60000);
	answer(&challenge, "secret", 1);
	assert_int_equal(check(), 0);
	clock_advance(2000);
	answer(&challenge, "secret", 2);
	assert_int_equal(check(), -ESTALE);
	answer(&challenge, "guess", 3);
	assert_int_equal(check(), -EACCES);
	challenge.nonce = rd_str_of(foreign);
	answer(&challenge, "secret", 1);
	assert_int_equal(check(), -ESTALE);
	answer(&challenge, "guess", 1);
	assert_int_equal(check(), -ESTALE);
	challenge.nonce = RD_STR("short");
	answer(&challenge, "secret", 1);
	assert_int_equal(check(), -ESTALE);
}

/* With a table of 4 slots the fifth nonce pushes out the first: that one must
 * not pass for a fresh one. */
static void what_the_table_forgot_is_not_taken_for_new(void **state)
{
	struct sip_digest first;
	static char text[2048];

	(void)state;
	sip_nonces_free(nonces);
	assert_int_equal(sip_nonces_new(&nonces, 4, 60), 0);
	first = challenged(SIP_DIGEST_MD5);
	memcpy(text, challenge_text, sizeof(text));
	first.nonce.p = text + (first.nonce.p - challenge_text);
	first.realm.p = text + (first.realm.p - challenge_text);
	first.algorithm_text.p = text + (first.algorithm_text.p - challenge_text);
	answer(&first, "secret", 1);
	assert_int_equal(check(), 0);
	for (int i = 0; i < 4; i++) {
		struct sip_digest other = challenged(SIP_DIGEST_MD5);

		answer(&other, "secret", 1);
		assert_int_equal(check(), 0);
	}
	answer(&first, "secret", 1);
	assert_int_equal(check(), -ESTALE);
}

/* Whoever answers with it receives at that address. */
static void a_nonce_is_for_one_address(void **state)
{
	union sip_sockaddr here, there;

	(void)state;
	sip_sockaddr_parse(&here, RD_STR("192.0.2.1"), 5060);
	sip_sockaddr_parse(&there, RD_STR("192.0.2.2"), 5060);
	sip_nonces_make(nonces, &here, nonce);
	assert_true(sip_nonces_know(nonces, &here, rd_str_of(nonce)));
	sip_sockaddr_set_port(&here, 5070);
	assert_true(sip_nonces_know(nonces, &here, rd_str_of(nonce)));
	assert_false(sip_nonces_know(nonces, &there, rd_str_of(nonce)));
	assert_false(sip_nonces_know(nonces, NULL, rd_str_of(nonce)));
	clock_advance(62000);
	assert_false(sip_nonces_know(nonces, &here, rd_str_of(nonce)));
}

static void nonces_differ(void **state)
{
	char other[SIP_NONCE_TEXT];

	(void)state;
	sip_nonces_make(nonces, NULL, nonce);
	sip_nonces_make(nonces, NULL, other);
	assert_int_equal(strlen(nonce), SIP_NONCE_TEXT - 1);
	assert_string_not_equal(nonce, other);
}

static int demands_of(char *text, struct sip_digest_demand *demands, int max)
{
	assert_int_equal(sip_msg_parse(&parsed, text, strlen(text), &error), 0);
	return sip_digest_demands(demands, max, &parsed.msg, ~0u);
}

static void of_each_realm_the_strongest_challenge_is_taken(void **state)
{
	static char text[] = "SIP/2.0 407 x\r\n" HEAD
			     "WWW-Authenticate: Digest realm=\"a\",nonce=\"n\"\r\n"
			     "Proxy-Authenticate: Basic realm=\"x\"\r\n"
			     "Proxy-Authenticate: Digest realm=\"a\",nonce=\"1\"\r\n"
			     "Proxy-Authenticate: Digest realm=\"a\",nonce=\"2\","
			     "algorithm=SHA-512-256,qop=\"auth\"\r\n"
			     "Proxy-Authenticate: Digest realm=\"a\",nonce=\"3\","
			     "algorithm=SHA-256\r\n"
			     "Proxy-Authenticate: Digest realm=\"b\",nonce=\"4\"\r\n\r\n";
	static char empty[] = "SIP/2.0 401 x\r\n" HEAD "\r\n";
	static char strange[] = "SIP/2.0 401 x\r\n" HEAD "WWW-Authenticate: Basic x\r\n\r\n";
	struct sip_digest_demand demands[4];

	(void)state;
	assert_int_equal(demands_of(text, demands, 4), 3);
	assert_int_equal(demands[0].id, SIP_H_PROXY_AUTHORIZATION);
	assert_str(demands[0].challenge.nonce, "2");
	assert_str(demands[1].challenge.realm, "b");
	assert_int_equal(demands[2].id, SIP_H_AUTHORIZATION);
	assert_int_equal(demands_of(text, demands, 1), 1);
	assert_str(demands[0].challenge.nonce, "2");
	assert_int_equal(demands_of(empty, demands, 4), -ENOENT);
	assert_int_equal(demands_of(strange, demands, 4), -ENOTSUP);
}

/* RFC 7616 §3.9.2, with the hashes as its erratum 4897 corrects them. */
static void the_example_with_sha_512_256_and_userhash_comes_out(void **state)
{
	const struct rd_str name = RD_STR("J\xc3\xa4s\xc3\xb8n Doe");

	(void)state;
	parse("Digest username=\"793263caabb707a56211940d90411ea4"
	      "a575adeccb7e360aeb624ed06ece9b0b\","
	      "realm=\"api@example.org\", uri=\"/doe.json\", algorithm=SHA-512-256, "
	      "nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", nc=00000001, "
	      "cnonce=\"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v\", qop=auth, userhash=true, "
	      "response=\"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5\"");
	assert_int_equal(sip_digest_userhash(hex, digest.algorithm, name, digest.realm), 0);
	assert_str(digest.username, hex);
	assert_int_equal(sip_digest_ha1(ha1, digest.algorithm, name, digest.realm,
					RD_STR("Secret, or not?")), 0);
	assert_int_equal(sip_digest_response(hex, &digest, ha1, RD_STR("GET"), none), 0);
	assert_str(digest.response, hex);
}

static void names_are_read_in_each_form(void **state)
{
	char buf[64];

	(void)state;
	parse("Digest username=\"a \\\"b\\\" \\\\c\"");
	assert_str(sip_digest_username(&digest, buf, sizeof(buf)), "a \"b\" \\c");
	parse("Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe");
	assert_str(sip_digest_username(&digest, buf, sizeof(buf)),
		   "J\xc3\xa4s\xc3\xb8n Doe");
	parse("Digest username*=ISO-8859-1''J%E4s");
	assert_absent(sip_digest_username(&digest, buf, sizeof(buf)));
	parse("Digest username*=UTF-8''J%00s");
	assert_absent(sip_digest_username(&digest, buf, sizeof(buf)));
}

static void a_hashed_name_is_sent_where_it_is_offered(void **state)
{
	struct sip_digest challenge = challenged(SIP_DIGEST_SHA256);
	char name[SIP_DIGEST_HEX];

	(void)state;
	challenge.userhash = true;
	answer(&challenge, "secret", 1);
	sip_digest_userhash(name, SIP_DIGEST_SHA256, RD_STR("u"), RD_STR("office"));
	assert_true(digest.userhash);
	assert_str(digest.username, name);
	assert_int_equal(check(), 0);
}

static void a_body_that_was_changed_is_noticed(void **state)
{
	struct sip_digest challenge = challenged(SIP_DIGEST_MD5);

	(void)state;
	challenge.qop = SIP_QOP_AUTH_INT;
	answer(&challenge, "secret", 1);
	assert_int_equal(check_for("REGISTER", "sip:r", "x"), -EACCES);
	assert_int_equal(check(), 0);
}

static void we_prove_ourselves_and_tell_the_next_nonce(void **state)
{
	struct sip_digest challenge = challenged(SIP_DIGEST_MD5);
	static char text[512];
	struct sip_out out;

	(void)state;
	answer(&challenge, "secret", 1);
	assert_int_equal(check(), 0);
	sip_out_init(&out, text, sizeof(text) - 1);
	sip_digest_info(&out, &digest, ha1, none, RD_STR("next"));
	assert_int_equal(sip_digest_response(hex, &digest, ha1, none, none), 0);
	text[out.n] = '\0';
	assert_non_null(strstr(text, "Authentication-Info: rspauth=\""));
	assert_non_null(strstr(text, hex));
	assert_non_null(strstr(text, ", qop=auth, cnonce=\""));
	assert_non_null(strstr(text, ", nc=00000001, nextnonce=\"next\"\r\n"));
	assert_str(sip_digest_next_nonce(RD_STR("qop=auth, nextnonce=\"a,b\",nc=1")), "a,b");
	assert_absent(sip_digest_next_nonce(RD_STR("qop=auth")));
	assert_false(sip_nonces_ageing(nonces, rd_str_of(nonce)));
	clock_advance(31000);
	assert_true(sip_nonces_ageing(nonces, rd_str_of(nonce)));
}

static int make_nonces(void *arg)
{
	struct sip_nonces *made;
	int rc = sip_nonces_new(&made, 4, 1);

	(void)arg;
	if (!rc)
		sip_nonces_free(made);
	return rc;
}

static void no_memory_is_survived(void **state)
{
	(void)state;
	assert_int_equal(oom_sweep(make_nonces, NULL), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_rfc_2617_comes_out),
		cmocka_unit_test(the_examples_of_rfc_7616_come_out),
		cmocka_unit_test(the_example_of_rfc_2069_comes_out),
		cmocka_unit_test(session_and_body_change_the_response),
		cmocka_unit_test(challenges_are_read),
		cmocka_unit_test(what_is_no_digest_is_refused),
		TEST(right_credentials_pass_with_either_algorithm),
		TEST(wrong_credentials_do_not),
		TEST(each_count_serves_once_in_any_near_order),
		TEST(a_nonce_without_count_serves_once),
		TEST(old_and_foreign_nonces_are_stale),
		TEST(what_the_table_forgot_is_not_taken_for_new),
		TEST(a_nonce_is_for_one_address),
		TEST(nonces_differ),
		TEST(of_each_realm_the_strongest_challenge_is_taken),
		TEST(the_example_with_sha_512_256_and_userhash_comes_out),
		TEST(names_are_read_in_each_form),
		TEST(a_hashed_name_is_sent_where_it_is_offered),
		TEST(a_body_that_was_changed_is_noticed),
		TEST(we_prove_ourselves_and_tell_the_next_nonce),
		cmocka_unit_test(no_memory_is_survived),
	};
	int rc;

	clock_begin();
	rc = RUN_GROUP(tests);
	clock_end();
	sip_digest_fini();
	return rc;
}

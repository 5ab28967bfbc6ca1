/* REGISTER by the rules of RFC 3261 §10.3, and what a stranger learns from it:
 * nothing. */
#include "tests/unit/test.h"

#include "channels/sip/transport/trace.h"
#include "channels/sip/wire_commands.h"
#include "core/cli/session.h"
#include "core/sched/sched.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/sip_office.h"

static const char conf[] = "[global]\ndigest = all\n"
			   "[phone](!)\ntype = phone\ncontext = office\n"
			   "[1001](phone)\nsecret = one\n"
			   "[1002](phone)\nsecret = two\nmax_contacts = 2\n"
			   "[1003](phone)\nsecret = three\npermit = 192.0.2.0/24\n"
			   "deny = 0.0.0.0/0\n"
			   "[gate](phone)\nmatch = 127.0.0.9\n"
			   "[asked](phone)\nmatch = 127.0.0.10\nsecret = asked\n"
			   "trust_match = no\n"
			   "[2001](phone)\nauth_user = both\nsecret = same\n"
			   "[2002](phone)\nauth_user = both\nsecret = same\n"
			   "[desk](phone)\nauth_user = 3001\nsecret = desk\n"
			   "aors = 3001, 3002\n"
			   "[near](phone)\nsecret = near\ncontact_deny = 0.0.0.0/0\n"
			   "contact_permit = 127.0.0.0/8\n";

static int open_office(void **state)
{
	(void)state;
	return office_open(conf);
}

static unsigned cseq, serial;

static const char *source = "127.0.0.2";

static void send_register(const char *user, const char *call_id, unsigned number,
			  const char *more)
{
	char text[8192];

	snprintf(text, sizeof(text), "REGISTER sip:127.0.0.1 SIP/2.0\n"
		  "Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK%u;rport\n"
		  "From: <sip:%s@127.0.0.1>;tag=f\nTo: <sip:%s@127.0.0.1>\n"
		  "Call-ID: %s\nCSeq: %u REGISTER\nMax-Forwards: 70\n%s\n",
		  ++serial, user, user, call_id, number, more);
	line_feed_from(source, 5060, text);
}

/* The whole dance; the final answer. */
static const char *registered(const char *user, const char *password, const char *call_id,
			      unsigned number, const char *more)
{
	char all[4096];

	send_register(user, call_id, number, more);
	snprintf(all, sizeof(all), "%s%s", more,
		 office_credentials(line_expect("SIP/2.0 401"), "REGISTER", user, password,
				    "MD5"));
	send_register(user, call_id, number + 1, all);
	return line_expect("SIP/2.0 ");
}

static unsigned contacts(const char *user)
{
	struct sip_aor *aor = sip_location_find(sip.location, rd_str_of(user));

	return aor ? aor->count : 0;
}

#define PHONE "Contact: <sip:1001@127.0.0.2:5060>\n"

static void starts(const char *text, const char *start)
{
	if (strncmp(text, start, strlen(start)) != 0)
		fail_msg("\"%s\" was expected:\n%s", start, text);
}

/* As endpoints of pjsip.conf do that name one auth. */
static void phones_may_share_a_name_and_its_password(void **state)
{
	static const char *const users[] = { "2001", "2002" };
	char all[2048];

	(void)state;
	for (unsigned i = 0; i < RD_ARRAY_SIZE(users); i++) {
		send_register(users[i], users[i], 1, PHONE);
		snprintf(all, sizeof(all), PHONE "%s",
			 office_credentials(line_expect("SIP/2.0 401"), "REGISTER", "both", "same",
					    "MD5"));
		send_register(users[i], users[i], 2, all);
		line_expect("SIP/2.0 200");
		assert_int_equal(contacts(users[i]), 1);
	}
}

/* What registered before stays, and may be taken back. */
static void a_contact_from_elsewhere_is_refused(void **state)
{
	(void)state;
	starts(registered("near", "near", "a", 1, "Contact: <sip:near@127.0.0.2>\n"),
	       "SIP/2.0 200");
	starts(registered("near", "near", "a", 3, "Contact: <sip:near@192.0.2.1>\n"),
	       "SIP/2.0 403 Contact: not from there");
	starts(registered("near", "near", "a", 5,
			  "Contact: <sip:near@127.0.0.2>, <sip:near@host.example>\n"),
	       "SIP/2.0 403");
	assert_int_equal(contacts("near"), 1);
	starts(registered("near", "near", "a", 7, "Contact: <sip:near@192.0.2.1>;expires=0\n"),
	       "SIP/2.0 200");
	assert_int_equal(contacts("near"), 1);
}

static void a_phone_registers_and_leaves(void **state)
{
	const char *ok;

	(void)state;
	ok = registered("1001", "one", "a", 1, PHONE "Expires: 600\n");
	starts(ok, "SIP/2.0 200");
	assert_string_equal(line_header(ok, "Contact"),
			    "<sip:1001@127.0.0.2:5060>;expires=600");
	assert_int_equal(contacts("1001"), 1);
	ok = registered("1001", "one", "a", 3, PHONE "Expires: 0\n");
	starts(ok, "SIP/2.0 200");
	assert_int_equal(contacts("1001"), 0);
}

/* ---- sips ---- */

static void ask_options(const char *uri)
{
	line_feed("OPTIONS %s SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK%u;rport\n"
		  "From: <sip:a@127.0.0.2>;tag=f\nTo: <%s>\nCall-ID: id%u\nCSeq: 1 OPTIONS\n"
		  "Max-Forwards: 70\n\n", uri, serial + 1, uri, serial + 1);
	serial++;
}

static void a_secure_uri_is_served_by_a_secure_way_only(void **state)
{
	const char *ok;

	(void)state;
	ask_options("sips:127.0.0.1");
	line_expect("SIP/2.0 416");
	sip_transports_find(sip.transports, "line")->secure = true;
	ask_options("sips:127.0.0.1");
	ok = line_expect("SIP/2.0 200");
	assert_string_equal(line_header(ok, "Contact"), "<sips:127.0.0.1:5060>");
	ask_options("sip:127.0.0.1");
	ok = line_expect("SIP/2.0 200");
	assert_string_equal(line_header(ok, "Contact"), "<sip:127.0.0.1:5060>");
}

/* ---- connections ---- */

static struct sip_contact *register_over(uint64_t connection, const char *contact)
{
	static unsigned number;

	line_connect(connection);
	starts(registered("1001", "one", "a", number += 2, contact), "SIP/2.0 200");
	return sip_aor_first(sip_location_find(sip.location, RD_STR("1001")));
}

static void a_contact_goes_with_its_connection(void **state)
{
	(void)state;
	register_over(1, "Contact: <sip:1001@127.0.0.2:5060;transport=tcp>\n");
	line_connect(2);
	assert_int_equal(contacts("1001"), 0);
	/* Behind a NAT nobody can be called back either. */
	register_over(3, "Contact: <sip:1001@192.168.1.7:5070;transport=tcp>\n");
	line_connect(4);
	assert_int_equal(contacts("1001"), 0);
}

static void one_that_listens_is_reached_anew(void **state)
{
	struct sip_contact *contact;
	struct sip_flow flow;

	(void)state;
	contact = register_over(1, "Contact: <sip:1001@127.0.0.2:5070;transport=tcp>\n");
	assert_int_equal(sip_contact_way(contact, &flow), 0);
	assert_int_equal(flow.connection, 1);
	assert_int_equal(sip_sockaddr_port(&flow.peer), 5060);
	line_connect(2);
	assert_int_equal(contacts("1001"), 1);
	assert_int_equal(sip_contact_way(contact, &flow), 0);
	assert_int_equal(flow.connection, 2);
	assert_int_equal(sip_sockaddr_port(&flow.peer), 5070);
	line_connect(3);
	assert_int_equal(contacts("1001"), 1);
}

static void a_new_registration_saves_it_from_the_old_connection(void **state)
{
	(void)state;
	register_over(1, "Contact: <sip:1001@192.168.1.7:5070;transport=tcp>\n");
	line_connect(0);
	assert_int_equal(contacts("1001"), 0);
	register_over(5, "Contact: <sip:1001@192.168.1.7:5070;transport=tcp>\n");
	register_over(0, "Contact: <sip:1001@192.168.1.7:5070>\n");
	assert_int_equal(contacts("1001"), 1);
}

static void each_algorithm_that_is_offered_works(void **state)
{
	static const char *const names[] = { "MD5", "SHA-256", "SHA-512-256" };
	const char *challenge;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		send_register("1001", "a", 2 * i + 1, PHONE);
		challenge = line_expect("SIP/2.0 401");
		assert_string_equal(line_part(challenge, "algorithm=", ","), "SHA-512-256");
		assert_non_null(strstr(challenge, names[i]));
		send_register("1001", "a", 2 * i + 2,
			      office_credentials(challenge, "REGISTER", "1001", "one",
						 names[i]));
		line_expect("SIP/2.0 200");
	}
}

/* RFC 3261 §8.2.7: asked again, it answers again, with the same tag. */
static void nothing_is_kept_of_a_challenge(void **state)
{
	unsigned before = sip_transactions_count(sip.transactions);
	char tag[64];

	(void)state;
	send_register("1001", "a", 1, PHONE);
	rd_strcpy(tag, sizeof(tag), line_part(line_expect("SIP/2.0 401"), "To: ", "\n"));
	assert_int_equal(sip_transactions_count(sip.transactions), before);
	serial--; /* the same once more */
	send_register("1001", "a", 1, PHONE);
	assert_string_equal(line_part(line_expect("SIP/2.0 401"), "To: ", "\n"), tag);
	assert_non_null(strstr(tag, ";tag="));
	line_expect_nothing();
}

static void what_is_not_offered_is_not_taken(void **state)
{
	const char *challenge;

	(void)state;
	assert_int_equal(office_reload("[global]\ndigest = sha-256, sha-512-256\n"
				       "digest_qop = both\n[1001]\ntype = phone\n"
				       "secret = one\n"), 0);
	send_register("1001", "a", 1, PHONE);
	challenge = line_expect("SIP/2.0 401");
	assert_null(strstr(challenge, "MD5"));
	assert_non_null(strstr(challenge, "qop=\"auth,auth-int\""));
	send_register("1001", "a", 2,
		      office_credentials(challenge, "REGISTER", "1001", "one", "MD5"));
	line_expect("SIP/2.0 401");
	assert_int_not_equal(office_reload("[global]\ndigest = sha-1\n"), 0);
	assert_non_null(strstr(office_report(), "sha-512-256"));
}

static void a_phone_may_hide_its_name(void **state)
{
	const char *challenge;
	char hash[SIP_DIGEST_HEX], line[600], credentials[512];

	(void)state;
	assert_int_equal(office_reload("[global]\nuserhash = yes\n[1001]\ntype = phone\n"
				       "secret = one\n"), 0);
	send_register("1001", "a", 1, PHONE);
	challenge = line_expect("SIP/2.0 401");
	assert_non_null(strstr(challenge, "userhash=true"));
	snprintf(credentials, sizeof(credentials), "%s",
		 office_credentials(challenge, "REGISTER", "1001", "one", "MD5"));
	sip_digest_userhash(hash, SIP_DIGEST_MD5, RD_STR("1001"), RD_STR("ringdown"));
	snprintf(line, sizeof(line), "Authorization: Digest username=\"%s\", userhash=true%s",
		 hash, strstr(credentials, ", realm"));
	send_register("1001", "a", 2, line);
	line_expect("SIP/2.0 200");
}

static void an_ageing_nonce_is_replaced_without_a_challenge(void **state)
{
	char credentials[512];
	const char *ok, *next;

	(void)state;
	send_register("1001", "a", 1, PHONE);
	snprintf(credentials, sizeof(credentials), "%s",
		 office_credentials(line_expect("SIP/2.0 401"), "REGISTER", "1001", "one",
				    "MD5"));
	rd__sched_run_for(200000);
	send_register("1001", "a", 2, credentials);
	ok = line_expect("SIP/2.0 200");
	assert_non_null(strstr(ok, "Authentication-Info: rspauth="));
	next = line_part(ok, "nextnonce=\"", "\"");
	assert_int_equal(strlen(next), SIP_NONCE_TEXT - 1);
	snprintf(credentials, sizeof(credentials), "x nonce=\"%s\"", next);
	send_register("1001", "a", 3,
		      office_credentials(credentials, "REGISTER", "1001", "one", "MD5"));
	line_expect("SIP/2.0 200");
}

/* It has no password: from elsewhere nobody can be it. */
static void a_name_alone_is_not_enough(void **state)
{
	(void)state;
	send_register("gate", "a", 1, "Contact: <sip:gate@127.0.0.2>\n");
	line_expect("SIP/2.0 401");
	starts(registered("gate", "", "b", 1, "Contact: <sip:gate@127.0.0.2>\n"),
	       "SIP/2.0 403");
	assert_int_equal(contacts("gate"), 0);
}

static void a_wrong_password_is_401_then_403(void **state)
{
	(void)state;
	starts(registered("1001", "two", "a", 1, PHONE), "SIP/2.0 403");
	starts(registered("1009", "two", "b", 1, PHONE), "SIP/2.0 403");
	assert_int_equal(contacts("1001"), 0);
}

static void a_known_phone_from_a_wrong_address_is_unknown(void **state)
{
	(void)state;
	starts(registered("1003", "three", "a", 1, PHONE), "SIP/2.0 403");
}

static void nobody_registers_for_another(void **state)
{
	char all[1024];

	(void)state;
	send_register("1002", "a", 1, PHONE);
	snprintf(all, sizeof(all), "%s%s", PHONE,
		 office_credentials(line_expect("SIP/2.0 401"), "REGISTER", "1001", "one",
				    "MD5"));
	send_register("1002", "a", 2, all);
	line_expect("SIP/2.0 403");
}

static void an_address_that_is_known_needs_no_password(void **state)
{
	(void)state;
	line_feed_from("127.0.0.9", 5060,
		       "REGISTER sip:127.0.0.1 SIP/2.0\n"
		       "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKm\n"
		       "From: <sip:gate@127.0.0.1>;tag=f\nTo: <sip:gate@127.0.0.1>\n"
		       "Call-ID: m\nCSeq: 1 REGISTER\nContact: <sip:gate@127.0.0.9>\n\n");
	line_expect("SIP/2.0 200");
	assert_int_equal(contacts("gate"), 1);
}

static void an_address_that_proves_nothing_needs_the_password(void **state)
{
	(void)state;
	source = "127.0.0.10";
	starts(registered("asked", "guess", "a", 1, PHONE), "SIP/2.0 403");
	starts(registered("asked", "asked", "b", 1, PHONE), "SIP/2.0 200");
	source = "127.0.0.2";
	assert_int_equal(contacts("asked"), 1);
}

/* Who comes from elsewhere does not become the gateway by saying its name, and
 * learns as little as from any other name. */
static void a_section_known_by_address_is_not_had_by_name(void **state)
{
	(void)state;
	starts(registered("gate", "", "a", 1, PHONE), "SIP/2.0 403");
	assert_int_equal(contacts("gate"), 0);
}

/* As phones of pjsip.conf do, whose aor has another name than the endpoint. */
static void a_phone_registers_under_its_other_names(void **state)
{
	static const char *const names[] = { "desk", "3001", "3002" };
	char all[2048];

	(void)state;
	for (unsigned i = 0; i < RD_ARRAY_SIZE(names); i++) {
		send_register(names[i], names[i], 1, "");
		snprintf(all, sizeof(all), "Contact: <sip:it@127.0.0.2:%u>\n%s", 5060 + i,
			 office_credentials(line_expect("SIP/2.0 401"), "REGISTER", "3001", "desk",
					    "MD5"));
		send_register(names[i], names[i], 2, all);
		line_expect("SIP/2.0 200");
		assert_int_equal(contacts("desk"), i + 1);
	}
	starts(registered("3003", "desk", "x", 1, PHONE), "SIP/2.0 403");
}

static void a_phone_beside_a_known_gateway_is_itself(void **state)
{
	(void)state;
	source = "127.0.0.9";
	starts(registered("1001", "one", "a", 1, PHONE), "SIP/2.0 200");
	starts(registered("1001", "two", "b", 1, PHONE), "SIP/2.0 403");
	source = "127.0.0.2";
	assert_int_equal(contacts("1001"), 1);
	assert_int_equal(contacts("gate"), 0);
}

/* RFC 8599: a phone of an app brings a token of several hundred bytes. */
static void a_long_uri_is_registered_and_one_that_is_too_long_is_called_so(void **state)
{
	char more[2400], filler[2100];

	(void)state;
	memset(filler, 'x', sizeof(filler));
	snprintf(more, sizeof(more),
		 "Contact: <sip:1001@127.0.0.2:5060;pn-prid=%.2000s>\n", filler);
	starts(registered("1001", "one", "a", 1, more), "SIP/2.0 200");
	assert_int_equal(contacts("1001"), 1);
	snprintf(more, sizeof(more),
		 "Contact: <sip:1001@127.0.0.2:5060;pn-prid=%.2090s>\n", filler);
	starts(registered("1001", "one", "a", 3, more),
	       "SIP/2.0 400 Contact: the URI is too long");
}

static void a_star_removes_all_and_goes_alone(void **state)
{
	(void)state;
	registered("1001", "one", "a", 1, PHONE);
	registered("1001", "one", "b", 1, "Contact: <sip:1001@127.0.0.3>\n");
	assert_int_equal(contacts("1001"), 2);
	starts(registered("1001", "one", "c", 1, "Contact: *\n"), "SIP/2.0 400");
	starts(registered("1001", "one", "d", 1, "Contact: *\n" PHONE "Expires: 0\n"),
	       "SIP/2.0 400");
	assert_int_equal(contacts("1001"), 2);
	starts(registered("1001", "one", "e", 1, "Contact: *\nExpires: 0\n"),
	       "SIP/2.0 200");
	assert_int_equal(contacts("1001"), 0);
}

static void too_short_is_423(void **state)
{
	const char *refused;

	(void)state;
	refused = registered("1001", "one", "a", 1, PHONE "Expires: 10\n");
	starts(refused, "SIP/2.0 423");
	assert_string_equal(line_header(refused, "Min-Expires"), "60");
}

/* RFC 3261 §10.2.1.1 */
static void what_is_no_time_is_an_hour(void **state)
{
	const char *ok = registered("1001", "one", "a", 1, "Contact: <sip:a@h>;expires=soon\n");

	(void)state;
	assert_string_equal(line_header(ok, "Contact"), "<sip:a@h>;expires=3600");
	ok = registered("1001", "one", "b", 1, "Contact: <sip:a@h>\nExpires: soon\n");
	assert_string_equal(line_header(ok, "Contact"), "<sip:a@h>;expires=3600");
}

static void sixteen_contacts_are_read_and_no_more(void **state)
{
	char more[800] = "Contact: <sip:x0@h>;expires=0";
	size_t n = strlen(more);

	(void)state;
	for (int i = 1; i < 16; i++)
		n += (size_t)snprintf(more + n, sizeof(more) - n, ", <sip:x%d@h>;expires=0", i);
	strcpy(more + n, "\n");
	starts(registered("1001", "one", "a", 1, more), "SIP/2.0 200");
	strcpy(more + n, ", <sip:y@h>;expires=0\n");
	starts(registered("1001", "one", "b", 1, more), "SIP/2.0 403");
}

static void too_long_is_cut(void **state)
{
	const char *ok;

	(void)state;
	ok = registered("1001", "one", "a", 1,
			"Contact: <sip:1001@127.0.0.2:5060>;expires=999999\n");
	assert_string_equal(line_header(ok, "Contact"),
			    "<sip:1001@127.0.0.2:5060>;expires=3600");
}

static void an_overtaken_request_changes_nothing(void **state)
{
	(void)state;
	registered("1001", "one", "a", 100, PHONE);
	starts(registered("1001", "one", "a", 50, PHONE "Expires: 0\n"), "SIP/2.0 500");
	assert_int_equal(contacts("1001"), 1);
	starts(registered("1001", "one", "a", 60, "Contact: *\nExpires: 0\n"), "SIP/2.0 500");
	assert_int_equal(contacts("1001"), 1);
	/* Nor does one with the same number, when what was answered is forgotten. */
	rd__sched_run_for(40000);
	starts(registered("1001", "one", "a", 100, PHONE "Expires: 0\n"), "SIP/2.0 500");
	assert_int_equal(contacts("1001"), 1);
	/* Another Call-ID counts anew. */
	starts(registered("1001", "one", "b", 1, PHONE "Expires: 0\n"), "SIP/2.0 200");
	assert_int_equal(contacts("1001"), 0);
}

static void a_full_record_lets_the_oldest_go(void **state)
{
	const char *ok;

	(void)state;
	registered("1002", "two", "a", 1, "Contact: <sip:1002@127.0.0.3>\nExpires: 100\n");
	registered("1002", "two", "b", 1, "Contact: <sip:1002@127.0.0.4>\nExpires: 200\n");
	ok = registered("1002", "two", "c", 1,
			"Contact: <sip:1002@127.0.0.5>\nExpires: 300\n");
	assert_int_equal(contacts("1002"), 2);
	assert_null(strstr(ok, "127.0.0.3"));
	starts(registered("1002", "two", "d", 1,
			  "Contact: <sip:a@h>, <sip:b@h>, <sip:c@h>\n"), "SIP/2.0 403");
	assert_int_equal(contacts("1002"), 2);
}

#define OF_ONE(uri, more) "<sip:" uri ">" more ";+sip.instance=\"<urn:uuid:1>\""

static void has_both(const char *ok)
{
	starts(ok, "SIP/2.0 200");
	assert_non_null(strstr(ok, "<sip:1002@127.0.0.4>"));
	assert_non_null(strstr(ok, "<sip:1002@127.0.0.5>"));
	assert_int_equal(contacts("1002"), 3);
}

/* RFC 3261 §10.3: all of a REGISTER is done, or nothing. A device that names two places is at
 * both; one that names another place, where there is no room for more, is not where it was. */
static void two_places_of_one_device_do_not_take_each_others(void **state)
{
	(void)state;
	registered("1002", "two", "a", 1, "Contact: <sip:1002@127.0.0.3>\nExpires: 100\n");
	starts(registered("1002", "two", "b", 1, "Contact: " OF_ONE("1002@127.0.0.9", "") "\n"),
	       "SIP/2.0 200");
	assert_int_equal(contacts("1002"), 2);
	registered("1002", "two", "c", 1, "Contact: " OF_ONE("1002@127.0.0.4", "") "\n");
	assert_int_equal(contacts("1002"), 2);
	has_both(registered(
		"1002", "two", "c", 3,
		"Contact: " OF_ONE("1002@127.0.0.5", "") ", " OF_ONE("1002@127.0.0.4", "") "\n"));
	has_both(registered(
		"1002", "two", "c", 5,
		"Contact: " OF_ONE("1002@127.0.0.4", "") ", " OF_ONE("1002@127.0.0.5", "") "\n"));
	registered("1002", "two", "c", 7, "Contact: *\nExpires: 0\n");
	registered("1002", "two", "a", 9, "Contact: <sip:1002@127.0.0.3>\nExpires: 100\n");
	registered("1002", "two", "a", 11, "Contact: <sip:1002@127.0.0.6>\nExpires: 100\n");
	starts(registered("1002", "two", "d", 1,
			  "Contact: " OF_ONE("1002@127.0.0.4", "") ", " OF_ONE("1002@127.0.0.5",
									       "") "\n"),
	       "SIP/2.0 200");
	assert_int_equal(contacts("1002"), 3);
	/* It leaves one of them for another. */
	starts(registered("1002", "two", "d", 3,
			  "Contact: " OF_ONE("1002@127.0.0.7", "") ", " OF_ONE("1002@127.0.0.5",
									       ";expires=0") "\n"),
	       "SIP/2.0 200");
	assert_int_equal(contacts("1002"), 2);
}

static void the_best_contact_comes_first(void **state)
{
	const char *ok;

	(void)state;
	ok = registered("1001", "one", "a", 1,
			"Contact: <sip:a@127.0.0.3>;q=0.3, <sip:b@127.0.0.3>;q=0.75\n");
	assert_string_equal(line_header(ok, "Contact"),
			    "<sip:b@127.0.0.3>;expires=3600;q=0.750");
	assert_string_equal(line_header(ok, "Date"), "Mon, 05 Jan 2026 10:00:00 GMT");
	starts(registered("1001", "one", "b", 1, "Contact: <sip:a@h>;q=2\n"),
	       "SIP/2.0 400");
	rd__sched_run_for(61000);
	ok = registered("1001", "one", "a", 2, PHONE);
	assert_string_equal(line_header(ok, "Date"), "Mon, 05 Jan 2026 10:01:01 GMT");
}

static void contacts_expire(void **state)
{
	(void)state;
	registered("1001", "one", "a", 1, PHONE "Expires: 60\n");
	rd__sched_run_for(59000);
	assert_int_equal(contacts("1001"), 1);
	rd__sched_run_for(1500);
	assert_int_equal(contacts("1001"), 0);
}

static void equal_uris_are_one_contact(void **state)
{
	(void)state;
	registered("1001", "one", "a", 1, "Contact: <sip:1001@HOST.example:5060>\n");
	registered("1001", "one", "a", 3, "Contact: <sip:1001@host.EXAMPLE:5060>\n");
	assert_int_equal(contacts("1001"), 1);
	registered("1001", "one", "a", 5, "Contact: <sip:1001@host.example>\n");
	assert_int_equal(contacts("1001"), 2);
}

static void a_query_changes_nothing(void **state)
{
	const char *ok;

	(void)state;
	registered("1001", "one", "a", 1, PHONE);
	ok = registered("1001", "one", "a", 3, "");
	starts(ok, "SIP/2.0 200");
	assert_non_null(strstr(ok, "Contact: <sip:1001@127.0.0.2:5060>"));
}

static int register_once(void *arg)
{
	(void)arg;
	cseq += 2;
	send_register("1001", "oom", cseq, PHONE);
	line_clear();
	return 0;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	for (long n = 0; n < 40; n++) {
		rd__alloc_fail_after(n);
		register_once(NULL);
		rd__alloc_fail_after(-1);
		rd__sched_run_for(40000);
		line_clear();
	}
	starts(registered("1001", "one", "z", 1, PHONE), "SIP/2.0 200");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, office_teardown)

struct typed {
	int (*run)(struct rd_cli *cli, int argc, const char *const *argv);
	const char *word;
};

static char printed[512];

static void print(void *arg, const char *text, size_t size)
{
	(void)arg;
	snprintf(printed, sizeof(printed), "%.*s", (int)size, text);
}

static int run_typed(void *arg)
{
	const struct typed *typed = arg;
	struct rd_cli cli = { .write = print };

	return typed->run(&cli, typed->word ? 1 : 0, &typed->word);
}

static void expect_trace(bool on, const char *word, int status, const char *says)
{
	struct typed typed = { on ? sip_command_trace_on : sip_command_trace_off, word };

	assert_int_equal(rd__sched_call(run_typed, &typed), status);
	if (!strstr(printed, says))
		fail_msg("'%s', expected '%s'", printed, says);
}

static void a_trace_is_of_a_phone_or_an_address_or_in_a_new_file(void **state)
{
	char path[256];

	(void)state;
	registered("1001", "one", "here", 1, "Contact: <sip:1001@127.0.0.2:5060>\n");
	expect_trace(true, "1001", 0, "from and to 1001 (127.0.0.2:5060)");
	expect_trace(false, "127.0.0.9", 1, "it is not 127.0.0.9 that is traced");
	assert_true(sip_trace_running(sip.transports));
	expect_trace(false, "1001", 0, "not traced any more");
	expect_trace(true, "127.", 1, "\"127.\" is no address, no phone");
	expect_trace(true, "nobody", 1, "\"nobody\" is no address, no phone");
	expect_trace(true, "1002", 0, "from and to 1002 (not registered yet)");
	expect_trace(false, "1001", 1, "it is not 1001 that is traced");
	expect_trace(true, "127.0.0.2", 0, "from and to 127.0.0.2 are printed");
	expect_trace(false, NULL, 0, "not traced any more");
	expect_trace(true, "up/x.pcap", 1, "expected an absolute path or a bare name");
	conf_dir_write("there.pcap", "kept");
	snprintf(path, sizeof(path), "%s/there.pcap", conf_dir_path());
	expect_trace(true, path, 1, "file exists");
	assert_false(sip_trace_running(sip.transports));
}

/* Longer than a trace can keep: nothing is traced, and what was goes on. */
static void a_trace_of_a_name_that_is_too_long_is_none(void **state)
{
	char name[101], conf[256];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[100] = '\0';
	snprintf(conf, sizeof(conf), "[%s]\ntype = phone\nsecret = x\n", name);
	assert_int_equal(office_reload(conf), 0);
	expect_trace(true, name, -ENAMETOOLONG, "");
	assert_false(sip_trace_running(sip.transports));
	expect_trace(true, "127.0.0.2", 0, "from and to 127.0.0.2 are printed");
	expect_trace(true, name, -ENAMETOOLONG, "");
	expect_trace(false, "127.0.0.2", 0, "not traced any more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_phone_registers_and_leaves),
		TEST(a_contact_from_elsewhere_is_refused),
		TEST(phones_may_share_a_name_and_its_password),
		TEST(each_algorithm_that_is_offered_works),
		TEST(nothing_is_kept_of_a_challenge),
		TEST(what_is_not_offered_is_not_taken),
		TEST(a_phone_may_hide_its_name),
		TEST(an_ageing_nonce_is_replaced_without_a_challenge),
		TEST(a_name_alone_is_not_enough),
		TEST(a_wrong_password_is_401_then_403),
		TEST(a_known_phone_from_a_wrong_address_is_unknown),
		TEST(nobody_registers_for_another),
		TEST(an_address_that_is_known_needs_no_password),
		TEST(an_address_that_proves_nothing_needs_the_password),
		TEST(a_section_known_by_address_is_not_had_by_name),
		TEST(a_phone_registers_under_its_other_names),
		TEST(a_phone_beside_a_known_gateway_is_itself),
		TEST(a_long_uri_is_registered_and_one_that_is_too_long_is_called_so),
		TEST(a_star_removes_all_and_goes_alone),
		TEST(too_short_is_423),
		TEST(what_is_no_time_is_an_hour),
		TEST(sixteen_contacts_are_read_and_no_more),
		TEST(too_long_is_cut),
		TEST(an_overtaken_request_changes_nothing),
		TEST(a_full_record_lets_the_oldest_go),
		TEST(two_places_of_one_device_do_not_take_each_others),
		TEST(the_best_contact_comes_first),
		TEST(contacts_expire),
		TEST(a_secure_uri_is_served_by_a_secure_way_only),
		TEST(a_contact_goes_with_its_connection),
		TEST(one_that_listens_is_reached_anew),
		TEST(a_new_registration_saves_it_from_the_old_connection),
		TEST(equal_uris_are_one_contact),
		TEST(a_query_changes_nothing),
		TEST(a_trace_is_of_a_phone_or_an_address_or_in_a_new_file),
		TEST(a_trace_of_a_name_that_is_too_long_is_none),
		TEST(memory_may_run_out),
	};

	return RUN_GROUP(tests);
}

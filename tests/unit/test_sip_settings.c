/* sip.conf: sections, secrets, networks, what is refused and with which words;
 * and who a request comes from. */
#include "tests/unit/test.h"

#include <sys/stat.h>

#include <ringdown/cause.h>

#include "channels/sip/call/cause.h"
#include "channels/sip/endpoint/admit.h"
#include "core/config/config.h"
#include "core/media/media.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/sip_office.h"

static const struct sip_endpoint *phone(const char *name)
{
	const struct sip_endpoint *endpoint = sip_settings_find(sip.settings, rd_str_of(name));

	assert_non_null(endpoint);
	return endpoint;
}

static void defaults_are_good(void **state)
{
	(void)state;
	assert_string_equal(phone("a")->context, "default");
	assert_string_equal(phone("a")->allow, "ulaw,alaw");
	assert_int_equal(phone("a")->dtmf_mode, SIP_DTMF_RFC4733);
	assert_int_equal(phone("a")->to_source, SIP_TO_SOURCE_NAT);
	assert_true(phone("a")->symmetric_rtp);
	assert_false(phone("a")->trust_id_inbound);
	assert_int_equal(phone("a")->min_expires_ms, 60000);
	assert_string_equal(sip.settings->realm, "ringdown");
	assert_int_equal(sip_sockaddr_port(&sip.settings->listeners->bind), 5060);
}

/* However many options name contexts, and whose phones they are. */
static void a_line_of_a_template_is_kept_once(void **state)
{
	const struct sip_context_line *line;
	int kept = 0;

	(void)state;
	assert_int_equal(office_reload("[t](!)\ntype = phone\nsecret = s\ncontext = office\n"
				       "message_context = texts\nsubscribe_context = lamps\n"
				       "[1](t)\n[2](t)\n[3](t)\ncontext = cellar\n"), 0);
	for (line = sip.settings->contexts; line; line = line->next)
		kept++;
	assert_int_equal(kept, 4);
}

/* So that one that is not in the dialplan can be told. */
static void contexts_that_are_redirected_are_kept_by_line(void **state)
{
	const struct sip_context_line *line;

	(void)state;
	assert_int_equal(office_reload("[global]\nredirect_contexts = kiosk, lobby\n"), 0);
	assert_true(sip_settings_redirect(sip.settings, "lobby"));
	assert_false(sip_settings_redirect(sip.settings, "office"));
	line = sip.settings->contexts;
	assert_string_equal(line->context, "kiosk");
	assert_string_equal(line->option, "redirect_contexts");
	assert_int_equal(line->line, 2);
	assert_string_equal(line->next->context, "lobby");
	assert_null(line->next->next);
}

/* Else nobody would be told that there is none such. */
static void a_long_context_that_is_redirected_is_kept(void **state)
{
	char name[200], conf[300];

	(void)state;
	memset(name, 'k', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	snprintf(conf, sizeof(conf), "[global]\nredirect_contexts = %s\n", name);
	assert_int_equal(office_reload(conf), 0);
	assert_non_null(sip.settings->contexts);
	assert_string_equal(sip.settings->contexts->context, name);
}

static void two_lines_make_a_phone(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[1001]\nsecret = s\n[1002]\nsecret = r\n"), 0);
	assert_int_equal(phone("1001")->type, SIP_SECTION_PHONE);
	assert_int_equal(sip.settings->endpoint_count, 2);
	assert_int_equal(office_reload("[t](!)\ntype = phone\ncontext = office\n"
				       "[1001](t)\nsecret = s\n[1002](t)\nsecret = r\n"), 0);
	assert_string_equal(phone("1001")->context, "office");
	assert_string_equal(phone("1002")->secret, "r");
	assert_string_not_equal(phone("1001")->ha1[0], phone("1002")->ha1[0]);
	assert_int_equal(sip.settings->endpoint_count, 2);
}

/* MD5 of 1001:office:pw; its letters may be capitals. */
#define HASH   "MD5:996D1B7B2D339A385F2B8F91D86D0C6B"
#define MD5    "996d1b7b2d339a385f2b8f91d86d0c6b"
#define SHA256 "3c1fdb262f2964703c6b18b58dd47d1121f4ffe20607ad94779ef433483af1cf"

static void a_hash_stands_for_the_secret(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[global]\nrealm = office\ndigest = md5, sha-256\n"
				       "userhash = yes\n[1001]\nsecret = pw\n"), 0);
	assert_string_equal(phone("1001")->ha1[SIP_DIGEST_MD5], MD5);
	assert_int_equal(office_reload("[global]\nrealm = office\ndigest = md5, sha-256\n"
				       "userhash = yes\n[1001]\n"
				       "secret_hash = " HASH ", SHA-256:" SHA256 "\n"), 0);
	assert_string_equal(phone("1001")->ha1[SIP_DIGEST_MD5], MD5);
	assert_string_equal(phone("1001")->ha1[SIP_DIGEST_SHA256], SHA256);
	assert_int_equal(phone("1001")->type, SIP_SECTION_PHONE);
}

static void refused(const char *conf, const char *words)
{
	struct sip_settings *before = sip.settings;

	assert_int_equal(office_reload(conf), -EINVAL);
	if (!strstr(office_report(), words))
		fail_msg("\"%s\" was expected in: %s", words, office_report());
	assert_ptr_equal(sip.settings, before);
}

#define IN(country) "[a]\ntype = phone\nsecret = x\ntone_zone = " country "\n"

/* Those of an indications.conf that is read anew by the same reload, too. */
static void countries_have_to_be_known(void **state)
{
	struct rd_config_report *report;
	void *snapshot;

	(void)state;
	refused(IN("xx"),
		"sip.conf:4: [a] tone_zone = \"xx\": expected a country of indications.conf");
	assert_int_equal(office_reload(IN("us")), 0);
	assert_string_equal(phone("a")->tone_zone, "us");
	conf_dir_write("indications.conf", "[xx]\ndial = 425\n");
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__indications_config.build(&snapshot, report), 0);
	assert_int_equal(office_reload(IN("xx")), 0);
	rd__indications_config.discard(snapshot);
	refused(IN("xx"), "tone_zone");
	rd_config_report_free(report);
}

static void a_scheme_is_one_in_capitals_too(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[a]\ntype = peer\nhost = SIPS:192.0.2.1\n"
				       "outbound_proxy = SIP:192.0.2.2:5070\n"), 0);
	assert_true(phone("a")->host_secure);
	assert_string_equal(phone("a")->host, "192.0.2.1");
	assert_string_equal(phone("a")->outbound_proxy, "SIP:192.0.2.2:5070;lr");
	assert_int_equal(office_reload("[a]\ntype = peer\nhost = 192.0.2.1\n"
				       "outbound_proxy = <sip:192.0.2.3\\;lr>\n"), 0);
	assert_string_equal(phone("a")->outbound_proxy, "sip:192.0.2.3;lr");
}

static void a_certificate_is_enough(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[a]\ntype = peer\nmatch_certificate = a.example\n"), 0);
	assert_non_null(phone("a"));
}

static void errors_name_line_and_remedy(void **state)
{
	(void)state;
	refused("[a]\ntype = phone\nsecret = x\npickup_group = 1,64\n",
		"sip.conf:4: [a] pickup_group = \"1,64\": expected numbers of groups");
	refused("[a]\ntype = phone\nsecret = x\nallow = ulaw,g7222\n", "sip.conf:4");
	refused("[a]\ntype = phone\nsecret = x\nallow = ulaw,g7222\n", "g722");
	refused("[a]\ntype = fone\n", "type");
	refused("[a]\ntype = phone\n", "secret");
	refused("[a]\ncontext = x\n", "\"secret = ...\", which makes it a phone");
	refused("[a]\nsecret_hash = MD5:12\n", "sip.conf:2: a: secret_hash: \"MD5:\"");
	refused("[a]\nsecret_hash = 0123456789abcdef0123456789abcdef\n", "hexadecimal digits");
	refused("[global]\ndigest = all\n[a]\nsecret_hash = " HASH "\n",
		"sip.conf:4: a: secret_hash: there is none for each algorithm");
	refused("[a]\ntype = peer\ntrust_match = no\nhost = 192.0.2.1\nsecret_hash =\n",
		"\"secret_hash\", \"match\" or \"match_certificate\" was expected");
	refused("[a]\ntype = peer\nmatch_header = X-Me\n",
		"sip.conf:3: match_header = X-Me: a header");
	refused("[a]\ntype = peer\nmatch_header = X-Me: /(/\n", "sip.conf:3: match_header");
	refused("[a]\nsecrt = x\n", "sip.conf:1");
	refused("[a]\ntype = phone\nsecret = x\npermit = 10.0.0.0/33\n", "10.0.0.0/33");
	refused("[a]\ntype = peer\nhost = sip:example.com\n", "sip.conf:3");
	refused("[a]\ntype = peer\nhost = SIP:example.com\n", "sip.conf:3");
	refused("[a]\ntype = peer\nhost = two words\n", "a host such as");
	refused("[a]\ntype = peer\nhost = 192.0.2.1\nmatch = a..b\n", "or a host");
	refused("[a]\ntype = peer\nhost = 192.0.2.1\npermit = a.b\n", "a.b");
	refused("[global]\ndns_servers = ns.example.com\n", "dns_servers");
	refused("[a]\ntype = phone\nsecret = x\ndtmf_mode = rfc2833\n", "rfc4733");
	refused("[a]\ntype = phone\nsecret = x\ntransport = mail\n", "sip.conf:4");
	refused("[t]\ntype = transport\nbind = nowhere\n", "bind");
	refused("[a]\ntype = phone\nsecret = x\nrtp_keepalive = 1ms\n", "1s");
	refused("[a]\ntype = phone\nsecret = x\nregister_retry = 999ms\n", ", or 0");
	refused("[a]\ntype = phone\nsecret = x\nregister_refused_retry = 1ms\n", "1s");
	refused("[a]\ntype = phone\nsecret = x\nregister_forbidden_retry = 1ms\n", "1s");
	refused("[t]\ntype = transport\nprotocol = sctp\n", "protocol");
	refused("[t]\ntype = transport\nlocal_net = 10.0.0.0/40\n", "sip.conf:3");
	refused("[t]\ntype = transport\nexternal_address = not there\n", "203.0.113.7");
	refused("[t]\ntype = transport\nprotocol = tls\n", "certificate was expected");
	refused("[t]\ntype = transport\nprotocol = tls\n\ncertificate = x.pem\n",
		"sip.conf:5");
	refused("[t]\ntype = transport\nprotocol = tcp\nbind = 127.0.0.1:5999\n"
		"[u]\ntype = transport\nprotocol = tls\nbind = 127.0.0.1:5999\n",
		"sip.conf:5: [u] listens where [t] of sip.conf:1 does");
	refused("[t]\ntype = transport\nbind = 0.0.0.0:5999\n"
		"[u]\ntype = transport\nbind = 127.0.0.1:5999\n",
		"sip.conf:4: [u] listens where [t] of sip.conf:1 does");
	assert_int_equal(office_reload("[t]\ntype = transport\nbind = 0.0.0.0:5999\n"
				       "[u]\ntype = transport\nbind = [::]:5999\n"
				       "[v]\ntype = transport\nprotocol = tcp\n"
				       "bind = 127.0.0.1:5999\n"), 0);
	refused("[global]\nmin_expires = 2h\nmax_expires = 1h\n", "max_expires");
}

/* Which a phone names itself; its template's gives way to its own secret. */
static void a_file_that_is_not_read_for_a_secret_is_told(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[t](!)\ntype = phone\nsecret_file = /no/such\n"
				       "[a](t)\nsecret = x\n"
				       "[b]\ntype = phone\nsecret = x\nSecret_File = /no\n"), 0);
	assert_string_equal(office_report(), "sip.conf:9: warning: b: secret_file is not read: "
					     "there is a \"secret\"\n");
}

/* Which password counts, and that it may be shorter than it looks. */
static void doubtful_secrets_are_told(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[t](!)\nsecret = t\n"
				       "[a](t)\nsecret = x ; a phone\n"
				       "[b]\nsecret = x\nsecret = y\n"
				       "[c]\nsecret = a;b\n"
				       "[d]\nsecret = a\\;b;-- old --; ; new\n"), 0);
	assert_string_equal(office_report(),
			    "sip.conf:7: warning: [b] a second \"secret\": it counts, the one of "
			    "sip.conf:6 does not\n"
			    "sip.conf:9: warning: the password ends before the \";\", which begins "
			    "a comment; write \"\\;\" where it is part of it, else put a blank "
			    "before it\n"
			    "sip.conf:11: warning: the password ends before the \";\", which "
			    "begins a comment; write \"\\;\" where it is part of it, else put "
			    "a blank before it\n");
	assert_string_equal(phone("a")->secret, "x");
	assert_string_equal(phone("b")->secret, "y");
	assert_string_equal(phone("c")->secret, "a");
	assert_string_equal(phone("d")->secret, "a;b");
}

static void a_doubtful_secret_of_a_template_is_told_once(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[t](!)\nsecret = a;b\n[a](t)\n[b](t)\n"), 0);
	assert_string_equal(office_report(),
			    "sip.conf:2: warning: the password ends before the \";\", which begins "
			    "a comment; write \"\\;\" where it is part of it, else put a blank "
			    "before it\n");
}

static void a_phone_stands_there_once(void **state)
{
	(void)state;
	refused("[1001]\ntype = phone\nsecret = x\n[1001]\ntype = phone\nsecret = y\n",
		"sip.conf:4: a second section [1001], after sip.conf:1");
	assert_int_equal(office_reload("[bob]\ntype = phone\nsecret = x\n"
				       "[Bob]\ntype = phone\nsecret = y\n"), 0);
	assert_int_equal(sip.settings->endpoint_count, 2);
}

/* What somebody who moves wants to know; who refuses it need not. */
static void a_codec_that_we_lack_is_named(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[1001]\ntype = phone\nsecret = x\n"
				       "allow = ulaw, ilbc, h264, silk8, !speex\n"
				       "[1002](1001)\nsecret = y\n"), 0);
	assert_string_equal(office_report(),
			    "sip.conf:4: warning: 1001: allow: ilbc is not supported: opus, g722, "
			    "alaw, ulaw and others are\n"
			    "sip.conf:4: warning: 1001: allow: silk8 is not supported: opus, g722, "
			    "alaw, ulaw and others are\n");
}

/* The list of those that we know of is not all there may be. */
static void a_codec_of_somebody_else_may_be_allowed(void **state)
{
	static const struct rd_codec odd = { .name = "odd" }, ilbc = { .name = "ilbc" };
	const char *conf = "[1001]\ntype = phone\nsecret = x\nallow = odd, ilbc\n";

	(void)state;
	refused(conf, "sip.conf:4: 1001: allow: no codec is called \"odd\"");
	assert_int_equal(rd__codec_add(&odd, "theirs"), 0);
	assert_int_equal(rd__codec_add(&ilbc, "theirs"), 0);
	assert_int_equal(office_reload(conf), 0);
	assert_string_equal(office_report(), "");
	rd__codec_remove(&ilbc);
	rd__codec_remove(&odd);
}

/* Who reports nothing must not fail: the reload would make up a reason. */
static void errors_of_other_files_are_not_ours(void **state)
{
	struct rd_config_report *report;
	struct sip_settings *settings;

	(void)state;
	assert_int_equal(rd_config_report_new(&report), 0);
	rd_config_error(report, "rtp.conf", 1, "is wrong");
	assert_int_equal(sip_settings_read(&settings, report), 0);
	assert_int_equal(rd_config_errors(report), 1);
	sip_settings_unref(settings);
	rd_config_report_free(report);
}

/* Of a file with errors of both kinds, in one go. */
static void a_broken_line_hides_no_wrong_option(void **state)
{
	static const char conf[] = "[global]\nrealm\n[a]\ntype = phone\nsecret = x\n"
				   "colour = red\n[b\ntype = phone\n[c]\ntype = phone\n"
				   "secret = x\nptime = many\n";

	(void)state;
	refused(conf, "sip.conf:2");
	refused(conf, "sip.conf:6");
	refused(conf, "sip.conf:7");
	refused(conf, "sip.conf:12");
}

static void secrets_stand_in_a_file_that_is_private(void **state)
{
	static const char conf[] = "[1001]\ntype = phone\nsecret_file = passwords\n";
	char path[512];

	(void)state;
	refused(conf, "no such file");
	conf_dir_write("passwords", "1002:other\n1001:two:parts\n");
	snprintf(path, sizeof(path), "%s/passwords", conf_dir_path());
	assert_int_equal(chmod(path, 0644), 0);
	refused(conf, "others may read");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(office_reload(conf), 0);
	assert_string_equal(phone("1001")->secret, "two:parts");
	conf_dir_write("passwords", "1002:other\n");
	assert_int_equal(chmod(path, 0600), 0);
	refused(conf, "1001:");
}

static bool permits(const char *address)
{
	union sip_sockaddr source;

	assert_int_equal(sip_sockaddr_parse(&source, rd_str_of(address), 5060), 0);
	return sip_endpoint_permits(phone("a"), &source);
}

static void the_last_rule_that_fits_decides(void **state)
{
	(void)state;
	assert_true(permits("10.0.0.1"));
	assert_int_equal(office_reload("[a]\ntype = phone\nsecret = x\ndeny = 0.0.0.0/0\n"
				       "permit = 10.1.0.0/255.255.0.0, 192.0.2.7\n"
				       "Deny = 10.1.2.0/23\n"), 0);
	assert_false(permits("10.0.0.1"));
	assert_true(permits("10.1.0.1"));
	assert_false(permits("10.1.3.9"));
	assert_true(permits("10.1.4.9"));
	assert_true(permits("192.0.2.7"));
	assert_true(permits("::ffff:192.0.2.7"));
	assert_false(permits("::ffff:192.0.2.8"));
	assert_true(permits("2001:db8::1")); /* no rule speaks of it */
}

static void a_mark_of_exclamation_turns_a_rule_round(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[a]\ntype = phone\nsecret = x\n"
				       "permit = !0.0.0.0/0, 10.0.0.0/8, ! 10.1.0.0/16\n"
				       "deny = !10.1.2.3\n"), 0);
	assert_false(permits("192.0.2.1"));
	assert_true(permits("10.0.0.1"));
	assert_false(permits("10.1.0.1"));
	assert_true(permits("10.1.2.3"));
	refused("[a]\ntype = phone\nsecret = x\npermit = !!10.0.0.1\n",
		"sip.conf:4: permit: an address or network such as 10.0.0.0/8 was expected, "
		"not \"!!10.0.0.1\"");
	refused("[a]\ntype = peer\nhost = 192.0.2.1\nmatch = !10.0.0.1\n", "\"!10.0.0.1\"");
	refused("[global]\nguard_exempt = !10.0.0.1\n", "guard_exempt");
}

/* Whatever the section itself says. */
static void a_section_of_type_acl_is_for_everybody(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[a]\ntype = phone\nsecret = x\ndeny = 10.0.0.5\n"
				       "permit = 192.0.2.1\n"
				       "[office]\ntype = acl\ndeny = 0.0.0.0/0\n"
				       "permit = 10.0.0.0/8\n"), 0);
	assert_true(permits("10.0.0.1"));
	assert_false(permits("10.0.0.5"));
	assert_false(permits("192.0.2.1"));
	refused("[office]\ntype = acl\nallow = 10.0.0.0/8\n",
		"sip.conf:3: [office] unknown option \"allow\"");
}

static bool permits_contact(const char *uri)
{
	return sip_endpoint_permits_contact(phone("a"), rd_str_of(uri));
}

static void contacts_have_rules_of_their_own(void **state)
{
	(void)state;
	assert_true(permits_contact("sip:a@phone.example.org"));
	conf_dir_write("acl.conf", "[office]\ndeny = 0.0.0.0/0\npermit = 10.0.0.0/8\n");
	assert_int_equal(office_reload("[a]\ntype = phone\nsecret = x\ncontact_acl = office\n"
				       "contact_deny = 10.0.0.5\n"
				       "[all]\ntype = acl\ncontact_deny = 10.0.0.6\n"), 0);
	assert_true(permits("192.0.2.1"));
	assert_true(permits_contact("sip:a@10.0.0.1:5062;transport=tcp"));
	assert_false(permits_contact("sip:a@192.0.2.1"));
	assert_false(permits_contact("sip:a@10.0.0.1;maddr=192.0.2.1"));
	assert_false(permits_contact("sip:a@10.0.0.5"));
	assert_false(permits_contact("sip:a@10.0.0.6"));
	assert_false(permits_contact("sip:a@phone.example.org"));
	assert_true(permits_contact("sip:a@[2001:db8::1]:5060"));
}

static bool a_list_permits(const char *name, const char *address)
{
	char conf[128];

	snprintf(conf, sizeof(conf), "[a]\ntype = phone\nsecret = x\nacl = %s\n", name);
	assert_int_equal(office_reload(conf), 0);
	return permits(address);
}

static void of_lists_that_differ_by_case_that_of_the_same_case_counts(void **state)
{
	(void)state;
	conf_dir_write("acl.conf", "[office]\ndeny = 0.0.0.0/0\n[Office]\ndeny = 10.0.0.1\n");
	assert_false(a_list_permits("office", "10.0.0.2"));
	assert_true(a_list_permits("Office", "10.0.0.2"));
	assert_false(a_list_permits("OFFICE", "10.0.0.2"));
}

static void two_lists_of_one_name_are_one(void **state)
{
	(void)state;
	conf_dir_write("acl.conf", "[office]\ndeny = 0.0.0.0/0\n[office]\n"
				   "permit = 10.0.0.0/8\n");
	assert_true(a_list_permits("office", "10.0.0.1"));
	assert_false(a_list_permits("office", "192.0.2.1"));
}

/* By the guard, of scanners. */
static bool is_exempt(const char *address)
{
	static struct sip_transport udp;
	struct sip_flow source = { .transport = &udp };

	assert_int_equal(sip_sockaddr_parse(&source.peer, rd_str_of(address), 5060), 0);
	return sip_guard_scanner(sip.guard, &source);
}

/* An IPv6 network is banned as a whole, but for who is named in it. */
static void who_is_named_is_exempt_and_no_neighbour(void **state)
{
	(void)state;
	assert_int_equal(office_reload("[global]\nguard_exempt = 2001:db8:3::/48\n"
				       "[a]\ntype = peer\nhost = 192.0.2.1\n"
				       "match = 2001:db8::1, 198.51.100.0/24\n"
				       "[b]\ntype = peer\nhost = [2001:db8:1::1]:5070\n"
				       "[c]\ntype = peer\nhost = 192.0.2.2\n"
				       "match = 2001:db8:2::/64\n"), 0);
	assert_false(is_exempt("2001:db8::2"));
	assert_true(is_exempt("2001:db8::1"));
	assert_true(is_exempt("2001:db8:1::1"));
	assert_false(is_exempt("2001:db8:1::2"));
	assert_true(is_exempt("2001:db8:2::5"));
	assert_true(is_exempt("2001:db8:3:4::5"));
	assert_true(is_exempt("192.0.2.1"));
	assert_true(is_exempt("::ffff:198.51.100.7"));
	assert_false(is_exempt("192.0.2.3"));
}

static bool in_network(const char *network, const char *address)
{
	struct sip_network net;
	union sip_sockaddr addr;

	assert_int_equal(sip_network_parse(&net, network), 0);
	assert_int_equal(sip_sockaddr_parse(&addr, rd_str_of(address), 1), 0);
	return sip_network_has(&net, &addr);
}

static void networks_of_both_families(void **state)
{
	struct sip_network net;

	(void)state;
	assert_true(in_network("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(in_network("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(in_network("0.0.0.0/0", "203.0.113.9"));
	assert_false(in_network("0.0.0.0/0", "2001:db8::1"));
	assert_true(in_network("127.0.0.1", "127.0.0.1"));
	assert_true(in_network("0/0", "203.0.113.9"));
	assert_int_equal(sip_network_parse(&net, "10.0.0.0/255.0.255.0"), -EDOM);
	assert_int_equal(sip_network_parse(&net, "0"), -EINVAL);
	assert_int_equal(sip_network_parse(&net, "example.com"), -EINVAL);
	assert_int_equal(sip_network_parse(&net, "10.0.0.0/"), -EINVAL);
}

static void addresses_with_ports(void **state)
{
	union sip_sockaddr addr;
	char text[SIP_SOCKADDR_TEXT];

	(void)state;
	assert_int_equal(sip_hostport_parse(&addr, "[::1]:5070", 5060), 0);
	assert_string_equal(sip_sockaddr_text(&addr, text), "[::1]:5070");
	assert_int_equal(sip_hostport_parse(&addr, "::1", 5060), 0);
	assert_string_equal(sip_sockaddr_text(&addr, text), "[::1]:5060");
	assert_int_equal(sip_hostport_parse(&addr, "[::]", 5060), 0);
	assert_int_equal(sip_hostport_parse(&addr, "10.0.0.1", 5060), 0);
	assert_int_equal(sip_hostport_parse(&addr, "10.0.0.1:70000", 5060), -EINVAL);
	assert_int_equal(sip_hostport_parse(&addr, "10.0.0.1:", 5060), -EINVAL);
}

static void causes_and_statuses_agree(void **state)
{
	static const unsigned both_ways[] = { 404, 408, 410, 484, 486, 501, 502, 403, 483 };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(both_ways); i++)
		assert_int_equal(sip_status_of_cause(sip_cause_of_status(both_ways[i])),
				 both_ways[i]);
	assert_int_equal(sip_status_of_cause(0), 603);
	assert_int_equal(sip_status_of_cause(47), 503);
	assert_int_equal(sip_status_of_cause(57), 403);
	assert_int_equal(sip_status_of_cause(79), 501);
	assert_int_equal(sip_status_of_cause(97), 500);
	assert_int_equal(sip_status_of_cause(RD_CAUSE_SUBSCRIBER_ABSENT), 480);
	for (unsigned status = 300; status < 700; status++)
		assert_true(sip_cause_of_status(status) > 0);
	for (int cause = 0; cause < 128; cause++)
		assert_true(sip_status_of_cause(cause) >= 400 &&
			    sip_status_of_cause(cause) < 700);
}

static int read_once(void *arg)
{
	struct rd_config_report *report;
	struct sip_settings *settings;
	int rc = rd_config_report_new(&report);

	(void)arg;
	if (rc)
		return rc;
	rc = sip_settings_read(&settings, report);
	if (rc == 0)
		sip_settings_unref(settings);
	rd_config_report_free(report);
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	conf_dir_write("acl.conf", "[near]\npermit = 10.0.0.0/8\n");
	conf_dir_write("sip.conf", "[global]\nrealm = r\n[t]\ntype = transport\n"
				   "bind = 127.0.0.1\n[p](!)\ntype = phone\nsecret = s\n"
				   "[1](p)\npermit = 10.0.0.0/8\nmatch = 10.0.0.1\n"
				   "contact_permit = 10.0.0.0/8\nacl = near\n[2](p)\n"
				   "[all]\ntype = acl\ndeny = 10.0.0.2\nacl = near\n");
	assert_true(oom_sweep(read_once, NULL) > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_are_good),
		TEST(two_lines_make_a_phone),
		TEST(a_hash_stands_for_the_secret),
		TEST(a_line_of_a_template_is_kept_once),
		TEST(contexts_that_are_redirected_are_kept_by_line),
		TEST(a_long_context_that_is_redirected_is_kept),
		TEST(countries_have_to_be_known),
		TEST(a_scheme_is_one_in_capitals_too),
		TEST(a_certificate_is_enough),
		TEST(errors_name_line_and_remedy),
		TEST(doubtful_secrets_are_told),
		TEST(a_codec_that_we_lack_is_named),
		TEST(a_codec_of_somebody_else_may_be_allowed),
		TEST(a_doubtful_secret_of_a_template_is_told_once),
		TEST(a_phone_stands_there_once),
		TEST(a_file_that_is_not_read_for_a_secret_is_told),
		TEST(errors_of_other_files_are_not_ours),
		TEST(a_broken_line_hides_no_wrong_option),
		TEST(secrets_stand_in_a_file_that_is_private),
		TEST(the_last_rule_that_fits_decides),
		TEST(a_mark_of_exclamation_turns_a_rule_round),
		TEST(a_section_of_type_acl_is_for_everybody),
		TEST(contacts_have_rules_of_their_own),
		TEST(of_lists_that_differ_by_case_that_of_the_same_case_counts),
		TEST(two_lists_of_one_name_are_one),
		TEST(who_is_named_is_exempt_and_no_neighbour),
		TEST(networks_of_both_families),
		TEST(addresses_with_ports),
		TEST(memory_may_run_out),
		TEST(causes_and_statuses_agree),
	};

	return RUN_GROUP(tests);
}

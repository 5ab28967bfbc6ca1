/* trunks.conf: what becomes of it in the module and in the driver, and what is wrong where. */
#include "tests/unit/test.h"

#include <stdio.h>

#include <ringdown/dialplan.h>
#include <ringdown/module.h>

#include "channels/sip/call/tech.h"
#include "channels/sip/call/trunk.h"
#include "channels/sip/endpoint/settings.h"
#include "core/call/call.h"
#include "core/call/registry.h"
#include "core/module/loader.h"
#include "dialplan/pattern.h"
#include "modules/sip_trunk/trunk.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/oom.h"
#include "tests/unit/sip_office.h"

extern const struct rd_module rd_module;

static char *findings;

/* Both read it, as in a reload: 0 when neither has found anything. */
static int apply(const char *conf)
{
	int rc = conf_dir_apply(rd_module.config, conf);

	rd_free(findings);
	findings = rd_strdup(conf_dir_findings());
	assert_non_null(findings);
	return rc ? rc : office_reload("[global]\ndns = no\n");
}

static const struct sip_endpoint *peer(const char *name)
{
	const struct sip_endpoint *endpoint = sip_settings_find(sip.settings, rd_str_of(name));

	assert_non_null(endpoint);
	return endpoint;
}

static const struct rd_interface driver = { .name = RD_SIP_TRUNKS,
					    .version = RD_SIP_TRUNKS_VERSION,
					    .functions = &sip_trunks_interface };

/* It is there to be asked whom it knows. */
static void driver_opens(void)
{
	assert_int_equal(rd__tech_add(&sip_techs[0], "chan_sip"), 0);
	assert_int_equal(rd__interface_add(&driver, "chan_sip"), 0);
}

static void driver_closes(void)
{
	assert_int_equal(rd__interfaces_used("chan_sip"), 0);
	rd__interface_remove(&driver);
	rd__tech_remove(&sip_techs[0]);
}

static int setup(void **state)
{
	static const struct rd_dialplan interpreter = { .pattern_fault = dp_pattern_fault };

	(void)state;
	office_open("[global]\ndns = no\n");
	rd__dialplan_set(&interpreter);
	return rd__config_sources_add(rd_module.sources);
}

static int teardown(void **state)
{
	(void)state;
	rd__config_sources_remove(rd_module.sources);
	rd_module.unload();
	rd_free(findings);
	findings = NULL;
	rd__dialplan_set(NULL);
	return office_close();
}

static void five_lines_are_a_provider_that_we_register_with(void **state)
{
	const struct sip_endpoint *endpoint;
	const struct trunk *trunk;

	(void)state;
	assert_int_equal(apply("[tel]\nhost = sip.tel.example\nuser = 4930555\nsecret = s3\n"
			       "numbers = 4930555, _4930555XX\ncontext = from-tel\n"), 0);
	trunk = trunk_find(trunks_in_force, "tel");
	assert_non_null(trunk);
	assert_string_equal(trunk->numbers[1], "_4930555XX");
	assert_null(trunk->numbers[2]);
	endpoint = peer("tel");
	assert_int_equal(endpoint->type, SIP_SECTION_PEER);
	assert_string_equal(endpoint->host, "sip.tel.example");
	assert_string_equal(endpoint->username, "4930555");
	assert_string_equal(endpoint->secret, "s3");
	assert_string_equal(endpoint->context, "from-tel");
	assert_true(endpoint->registers);
	assert_true(endpoint->register_line);
	assert_int_equal(endpoint->qualify_ms, 30000);
	assert_false(endpoint->allow_transfer);
	assert_int_equal(endpoint->replaces, SIP_REPLACES_NO);
}

static void who_calls_has_the_domain_that_we_register_in(void **state)
{
	static const struct {
		const char *lines, *domain;
	} rows[] = {
		{ "host = sips:sip.tel.example:5071\\;x=y\n", "sip.tel.example" },
		{ "host = [2001:db8::7]:5070\n", "[2001:db8::7]" },
		{ "host = gw.example\nregister_server = sip:reg.example:5070\n", "reg.example" },
		{ "host = gw.example\nregister_as = 4930@tel.example\n", "tel.example" },
		{ "host = gw.example\nfrom_domain = ours.example\n", "ours.example" },
		{ "host = gw.example\nregister = no\n", NULL },
	};
	char conf[256];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++) {
		snprintf(conf, sizeof(conf), "[tel]\nuser = u\nsecret = s\nnumbers = none\n%s",
			 rows[i].lines);
		assert_int_equal(apply(conf), 0);
		if (rows[i].domain)
			assert_string_equal(peer("tel")->from_domain, rows[i].domain);
		else
			assert_null(peer("tel")->from_domain);
	}
}

static void one_that_is_known_by_its_address_is_not_registered_with(void **state)
{
	const struct sip_endpoint *endpoint;

	(void)state;
	assert_int_equal(apply("[tel]\nhost = 192.0.2.7\nnumbers = none\n"), 0);
	endpoint = peer("tel");
	assert_false(endpoint->registers);
	assert_non_null(endpoint->match);
	assert_int_equal(apply("[tel]\nhost = 192.0.2.7\nuser = u\nsecret = s\nregister = no\n"
			       "numbers = none\n"), 0);
	assert_false(peer("tel")->registers);
}

static void what_a_trunk_says_counts_more_than_what_trunks_do(void **state)
{
	(void)state;
	assert_int_equal(apply("[pbx]\nhost = 192.0.2.7\nnumbers = _X.\nallow_transfer = yes\n"
			       "qualify = 5s\nmedia_encryption = sdes\n"), 0);
	assert_true(peer("pbx")->allow_transfer);
	assert_int_equal(peer("pbx")->qualify_ms, 5000);
	assert_int_equal(peer("pbx")->media_encryption, 1);
}

static void templates_serve_several(void **state)
{
	(void)state;
	assert_int_equal(apply("[carrier](!)\nallow = alaw\ncontext = in\n"
			       "[a](carrier)\nhost = 192.0.2.7\nnumbers = 1\n"
			       "[b](carrier)\nhost = 192.0.2.8\nnumbers = 2\n"), 0);
	assert_string_equal(peer("b")->context, "in");
	assert_null(sip_settings_find(sip.settings, RD_STR("carrier")));
}

static void a_group_says_who_comes_first(void **state)
{
	const struct trunk_group *group;
	const struct trunk_choice *choice;

	(void)state;
	assert_int_equal(apply("[out]\ntype = group\ntrunks = a & b*3, c\n"
			       "[a]\nhost = 192.0.2.1\nnumbers = 1\n"
			       "[b]\nhost = 192.0.2.2\nnumbers = 1\n"
			       "[c]\nhost = 192.0.2.3\nnumbers = 1\n"), 0);
	group = trunk_group_find(trunks_in_force, "out");
	assert_non_null(group);
	choice = group->choices;
	assert_string_equal(choice->name, "a");
	assert_int_equal(choice->weight, 1);
	choice = choice->next;
	assert_string_equal(choice->name, "b");
	assert_int_equal(choice->weight, 3);
	assert_int_equal(choice->rank, 0);
	choice = choice->next;
	assert_string_equal(choice->name, "c");
	assert_int_equal(choice->rank, 1);
	assert_null(choice->next);
	assert_null(sip_settings_find(sip.settings, RD_STR("out")));
}

/* The office's own file; a semicolon with nothing between it and the line is taken away. */
static void read_profiles(char *out, size_t size)
{
	const char *source = getenv("RD_SOURCE");
	char path[512], line[512];
	FILE *file;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/configs/office/trunks.conf", source ? source : ".");
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		bool is_example = line[0] == ';' && line[1] != ' ' && line[1] != '\n';

		n += (size_t)snprintf(out + n, size - n, "%s", line + is_example);
		assert_true(n < size);
	}
	fclose(file);
}

static void the_profiles_of_the_office_are_right_as_they_stand(void **state)
{
	static char conf[16384];

	(void)state;
	read_profiles(conf, sizeof(conf));
	conf_dir_write("stir_shaken.conf",
		       "[signed]\ntype = profile\nendpoint_behavior = off\n");
	if (apply(conf))
		fail_msg("%s%s", findings, office_report());
	assert_string_equal(findings, "");
	assert_string_equal(office_report(), "");
	assert_true(peer("provider")->registers);
	assert_true(peer("provider")->send_ppi);
	assert_string_equal(peer("provider")->from_user, "4930555");
	assert_false(peer("carrier")->registers);
	assert_non_null(peer("carrier")->match->next);
	assert_true(peer("secure")->host_secure);
	assert_true(peer("secure")->registers);
	assert_string_equal(peer("branch")->auth_user, "branch");
	assert_false(peer("branch")->trust_match);
	assert_string_equal(peer("teams3")->host,
			    "sip3.pstnhub.microsoft.com:5061;transport=tls");
	assert_string_equal(peer("teams3")->contact_domain, "sbc.example.com");
	assert_string_equal(trunk_group_find(trunks_in_force, "out")->choices->name,
			    "provider");
}

/* In a review, when all files are read: it may be a peer of sip.conf or pjsip.conf. */
static const char *review(void)
{
	struct rd_config_report *report;

	assert_int_equal(rd_config_report_new(&report), 0);
	rd_module.review(trunks_in_force, report);
	rd_free(findings);
	findings = conf_report_text(report);
	rd_config_report_free(report);
	return findings;
}

static void a_limit_is_calls_and_calls_a_second_after_a_prefix(void **state)
{
	static const char *const written[] = { "limit_out = 40/10", "limit_out = 0900:2",
					       "limit_out = +49:/3", "limit_out = 0" };
	const struct trunk_limit *it;
	char text[64];

	(void)state;
	assert_int_equal(apply("[a]\nhost = 192.0.2.1\nnumbers = 1\n"
			       "limit_out = 40/10, 0900 : 2\nlimit_out = +49:/3,0\n"),
			 0);
	it = trunk_find(trunks_in_force, "a")->limits[TRUNK_OUT];
	for (size_t i = 0; i < RD_ARRAY_SIZE(written); i++, it = it->next)
		assert_string_equal(trunk_limit_text(text, sizeof(text), TRUNK_OUT, it),
				    written[i]);
	assert_null(it);
}

/* Whoever is named has rules of his own; the first that names nobody are for all others. */
static void rules_of_the_guard_are_for_users_or_for_all_others(void **state)
{
	const struct trunk_guard *rules;

	(void)state;
	assert_int_equal(apply("[few]\ntype = guard\nusers = 1001, Alice\ndaily_minutes = 10\n"),
			 0);
	assert_int_equal(trunk_guard_of(trunks_in_force, "alice")->daily_minutes, 10);
	rules = trunk_guard_of(trunks_in_force, "1002");
	assert_int_equal(rules->daily_minutes, 1440);
	assert_string_equal(rules->forward[0], "none");
	assert_int_equal(apply("[all]\ntype = guard\ndaily_minutes = 0\nforward = all\n"
			       "[few](all)\nusers = 1001\n"), 0);
	assert_int_equal(trunk_guard_of(trunks_in_force, "1002")->daily_minutes, 0);
	assert_string_equal(trunk_guard_of(trunks_in_force, "1001")->name, "few");
}

static void a_group_may_name_peers_and_nobody_else(void **state)
{
	(void)state;
	driver_opens();
	assert_int_equal(apply("[a]\nhost = 192.0.2.1\nnumbers = 1\n"
			       "[out]\ntype = group\ntrunks = a, pjsip-trunk\n"), 0);
	assert_string_equal(review(), "trunks.conf:4: out: trunks: there is no trunk or peer "
				      "\"pjsip-trunk\"\n");
	assert_int_equal(office_reload("[global]\ndns = no\n"
				       "[pjsip-trunk]\ntype = phone\nsecret = s\n"), 0);
	assert_string_equal(review(), "trunks.conf:4: out: trunks: there is no trunk or peer "
				      "\"pjsip-trunk\"\n");
	conf_dir_write("pjsip.conf", "[pjsip-trunk]\ntype = endpoint\naors = pjsip-trunk\n"
				     "[pjsip-trunk]\ntype = aor\ncontact = sip:192.0.2.9\n");
	assert_int_equal(office_reload("[global]\ndns = no\n"), 0);
	assert_string_equal(review(), "");
	driver_closes();
}

static void what_belongs_into_the_file_of_a_peer_is_told(void **state)
{
	static const char *const wrong[][2] = {
		{ "[w]\ntype = peer\nhost = x\n",
		  "trunks.conf:3: w: host: it belongs into the file that has the peer" },
		{ "[w]\ntype = peer\nuser = u\n",
		  "trunks.conf:3: w: user: it belongs into the file that has the peer" },
		{ "[w]\ntype = peer\nidentity = anonymous, pai\n",
		  "trunks.conf:3: w: identity: of a peer from or anonymous was expected" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		assert_int_equal(apply(wrong[i][0]), -EINVAL);
		assert_non_null(strstr(findings, wrong[i][1]));
	}
}

/* Host and account of a peer stand in the file that has it, the rest here. */
static void what_only_trunks_have_may_be_said_of_a_peer(void **state)
{
	(void)state;
	driver_opens();
	assert_int_equal(apply("[wiz]\ntype = peer\nlimit_out = 3\n"), 0);
	assert_string_equal(review(), "trunks.conf:1: wiz: there is no such peer in sip.conf or "
				      "pjsip.conf\n");
	conf_dir_write("pjsip_wizard.conf",
		       "[wiz]\ntype = wizard\nremote_hosts = 192.0.2.9, 192.0.2.10\n");
	assert_int_equal(office_reload("[global]\ndns = no\n"), 0);
	assert_string_equal(review(), "");
	assert_string_equal(peer("wiz")->host, "192.0.2.9");
	assert_int_equal(peer("wiz")->qualify_ms, 0);
	assert_int_equal(trunk_find(trunks_in_force, "wiz")->limits[TRUNK_OUT]->calls, 3);
	assert_null(trunk_find(trunks_in_force, "wiz")->numbers);
	conf_dir_write("pjsip_wizard.conf", "");
	driver_closes();
}

static void rules_of_the_guard_for_nobody_are_told(void **state)
{
	(void)state;
	driver_opens();
	assert_int_equal(apply("[a]\nhost = 192.0.2.1\nnumbers = 1\n"
			       "[few]\ntype = guard\nusers = a, 1oo1\n"), 0);
	assert_string_equal(review(), "trunks.conf:4: warning: few: users: there is no phone or "
				      "peer \"1oo1\"\n");
	driver_closes();
}

/* Two rules, and one word for each trunk. */
static void countries_want_to_know_that_of_a_trunk(void **state)
{
	(void)state;
	driver_opens();
	assert_int_equal(apply("[a]\nhost = 192.0.2.1\nnumbers = 1\n"
			       "[b]\nhost = 192.0.2.2\nnumbers = 1\ncountry = DE\n"
			       "[c]\nhost = 192.0.2.3\nnumbers = 1\nguard = no\n"
			       "[d]\nhost = 192.0.2.4\nnumbers = 1\ncalled_out = e164\n"
			       "[e]\nhost = 192.0.2.5\nnumbers = 1\n"
			       "called_out_rules = _0Z. -> +49{1}\n"
			       "[some]\ntype = guard\nusers = a\ncountries = all\n"
			       "[few]\ntype = guard\nusers = b\ncountries = DE\n"
			       "[guard]\ntype = guard\ncountries = AT\n"), 0);
	assert_string_equal(review(), "trunks.conf:1: warning: a: country: without it only numbers "
				      "with a + may be called: of others nobody knows whether they "
				      "are in countries of [few]\n");
	driver_closes();
}

static void what_is_wrong_is_told_with_file_and_line(void **state)
{
	static const char *const wrong[][2] = {
		{ "[a]\nhost = 192.0.2.1\n", "trunks.conf:1: " },
		{ "[a]\nnumbers = 1\ntype = trunc\n", "trunks.conf:3: a: type: " },
		{ "[g]\ntype = group\n", "trunks.conf:1: " },
		{ "[a]\nnumbers = 1\nhost = x\n[g]\ntype = group\ntrunks = a*0\n",
		  "trunks.conf:6: g: trunks: \"a*0\": a weight" },
		{ "[g]\ntype = group\ntrunk = b\n", "trunks.conf:3: " },
		{ "[a]\nnumbers = 1\nhost = x\n[a]\nnumbers = 2\nhost = y\n", "trunks.conf:4: " },
		{ "[a]\nnumbers = 1\nhost = x\nidentity = pay\n", "trunks.conf:4: a: identity: " },
		{ "[a]\nnumbers = 1\nhost = x\nidentity = account\n",
		  "trunks.conf:4: a: identity: account needs" },
		{ "[a]\nnumbers = 1\nhost = x\n[g]\ntype = group\ntrunks = a\nnext_on = 5\n",
		  "trunks.conf:7: g: next_on: " },
		{ "[a]\nnumbers = 1\nhost = x\nstir_shaken_profile = b\n",
		  "trunks.conf:4: a: stir_shaken_profile: there is no such profile" },
		{ "[a]\nnumbers = 1\nhost = x\nlimit = 3/0\n", "trunks.conf:4: " },
		{ "[a]\nnumbers = 1\nhost = x\nlimit_in = many\n", "trunks.conf:4: " },
		{ "[a]\nnumbers = 1\nhost = x\nlimit_out = 09x:2\n", "trunks.conf:4: " },
		{ "[a]\nnumbers = 1\nhost = x\nlimit_out = :2\n", "trunks.conf:4: " },
		{ "[a]\nnumbers = 1\nhost = x\nlimit_out = /\n", "calls at a time" },
		{ "[a]\nnumbers = 1\nhost = x\nlimit_in = 3\nemergency_channels = 1\n",
		  "trunks.conf:5: a: emergency_channels: it needs a line" },
		{ "[a]\nnumbers = 1\nhost = x\nlimit = 9, 0900:1\nlimit_out = 00:1, 2\n"
		  "emergency_channels = 2\n",
		  "trunks.conf:6: a: emergency_channels: fewer than" },
		{ "[a]\nnumbers = 1\nhost = x\ncalled_out_rules = _0. ->\n",
		  "trunks.conf:4: a: called_out_rules: a rule such as" },
		{ "[a]\nnumbers = 1\nhost = x\n[g]\ntype = group\ntrunks =\n",
		  "trunks.conf:6: g: trunks: names" },
		{ "[a]\nnumbers = 1\nhost = x\ncountry = Utopia\n",
		  "trunks.conf:4: [a] country = " },
		{ "[a]\nnumbers = 1\ncalled_in = national\nhost = x\n",
		  "trunks.conf:3: a: called_in: it needs a line \"country\"" },
		{ "[a]\nnumbers = 1\nhost = x\ncalled_out_rules = 1 -> 2, _0. -> {x}\n",
		  "trunks.conf:4: a: called_out_rules: {1}" },
		{ "[a]\nnumbers = 1\nhost = x\ncountry = DE\narea_code = +30\n",
		  "trunks.conf:5: a: area_code: digits" },
		{ "[a]\nnumbers = 1\nhost = x\nbare_numbers = yes\n",
		  "trunks.conf:4: a: bare_numbers: it needs" },
		{ "[a]\nnumbers = 12, _49[X\nhost = x\n",
		  "trunks.conf:2: a: numbers: _49[X: a bracket is" },
		{ "[a]\nnumbers = 1\nhost = x\ncalled_out_rules = _[]. -> 1\n",
		  "trunks.conf:4: a: called_out_rules: a bracket is" },
		{ "[g]\ntype = guard\nforward = _0., _1.2\n",
		  "trunks.conf:3: g: forward: _1.2: nothing may follow" },
		{ "[a]\nnumbers = 1\nhost = x\nrates = none.csv\n", "none.csv" },
		{ "[g]\ntype = guard\nminutes = 1\n", "trunks.conf:3: [g] unknown option" },
		{ "[g]\ntype = guard\nshort_calls = 101\n", "trunks.conf:3: " },
		{ "[g]\ntype = guard\ncountries = DE, Germany\n",
		  "trunks.conf:3: g: countries: Germany: a country such as DE" },
		{ "[g]\ntype = guard\ncountries = 0049\n", "trunks.conf:3: g: countries: 0049: " },
		{ "[g]\ntype = guard\nusers = 1, 2\n[h]\ntype = guard\nusers = 3, 2\n",
		  "trunks.conf:6: h: users: 2: another section names it, too" },
		{ "[g]\ntype = guard\n[h]\ntype = guard\n",
		  "trunks.conf:3: h: users: another section is for all that none names, too" },
		{ "[g]\ntype = guard\ndaily_spend = 3,50\n", "trunks.conf:3: " },
		{ "[g]\ntype = guard\ndaily_spend = 1.0000001\n", "trunks.conf:3: " },
		{ "[a\n", "trunks.conf:1: " },
		{ "[a]\nnumbers =\nhost = x\n", "trunks.conf:2: a: numbers: numbers, patterns" },
		{ "[a]\nnumbers = _49Z., none\nhost = x\n",
		  "trunks.conf:2: a: numbers: none stands alone" },
		{ "[a]\nnumbers = 49305551XX\nhost = x\n",
		  "trunks.conf:2: a: numbers: 49305551XX: a pattern begins with" },
		{ "[a]\nnumbers = +49 30 5551\nhost = x\n",
		  "trunks.conf:2: a: numbers: +49 30 5551: a number was expected" },
		{ "[a]\nnumbers = 1\nhost = x\ncalled_out_rules = X. -> 1\n",
		  "trunks.conf:4: a: called_out_rules: a pattern begins with" },
		{ "[a]\nnumbers = 1\nhost = x\nemergency_numbers = 112, 11X\n",
		  "trunks.conf:4: a: emergency_numbers: numbers were expected" },
		{ "[a]\nnumbers = 1\nhost = x\nmain_number = abc\n",
		  "trunks.conf:4: a: main_number: a number was expected" },
		{ "[a]\nnumbers = 1\nhost = x\nlimit =\n", "trunks.conf:4: [a] limit = \"\"" },
		{ "[a]\nnumbers = 1\nhost = x\nlimit = 5,\n", "trunks.conf:4: [a] limit = \"5,\"" },
		{ "[a]\nnumbers = 1\nhost = x\nlimit_out = 0900\n",
		  "trunks.conf:4: [a] limit_out = \"0900\"" },
		{ "[a]\nnumbers = 1\nhost = x\n[g]\ntype = group\ntrunks = a,\n",
		  "trunks.conf:6: g: trunks: \"\": a name was expected" },
		{ "[a]\nnumbers = 1\nhost = x\n[g]\ntype = group\ntrunks = a & & a\n",
		  "trunks.conf:6: g: trunks: \"\": a name was expected" },
		{ "[g]\ntype = guard\nforward =\n", "trunks.conf:3: g: forward: patterns of" },
		{ "[g]\ntype = guard\nforward = all, none\n",
		  "trunks.conf:3: g: forward: all and none stand alone" },
		{ "[g]\ntype = guard\nforward = 0[1-8]X.\n",
		  "trunks.conf:3: g: forward: 0[1-8]X.: a pattern begins with" },
		{ "[g]\ntype = guard\ncountries =\n",
		  "trunks.conf:3: g: countries: countries such" },
		{ "[g]\ntype = guard\nusers =\n", "trunks.conf:3: g: users: names were expected" },
		{ "[a]\nhost = x\n", "trunks.conf:1: [a] \"numbers\" is missing" },
	};

	(void)state;
	assert_int_equal(apply("[kept]\nhost = 192.0.2.1\nnumbers = 1\n"), 0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++) {
		assert_int_equal(apply(wrong[i][0]), -EINVAL);
		if (!strstr(findings, wrong[i][1]))
			fail_msg("%zu: \"%s\" is not in: %s", i, wrong[i][1], findings);
	}
	assert_non_null(trunk_find(trunks_in_force, "kept"));
}

/* Each is in force all the same: somebody may mean it. */
static void what_is_hardly_meant_is_told(void **state)
{
	static const char *const told[][2] = {
		{ "[a]\nhost = x\nnumbers = 1\n", "trunks.conf:1: warning: a: context: " },
		{ "[a]\nhost = x\nsecret = s\nnumbers = none\n",
		  "trunks.conf:1: warning: a: user: " },
		{ "[a]\nhost = x\nuser = u\nnumbers = none\n",
		  "trunks.conf:1: warning: a: secret: " },
		{ "[a]\nuser = u\nsecret = s\nnumbers = none\n",
		  "trunks.conf:1: warning: a: host: " },
		{ "[a]\nhost = x\nnumbers = none\nlimit = 0\n",
		  "trunks.conf:4: warning: a: limit: 0 lets" },
		{ "[a]\nhost = x\nnumbers = none\nlimit_out = 0900:2, 0\n",
		  "trunks.conf:4: warning: a: limit_out: 0 lets" },
		{ "[g]\ntype = guard\nforward = _0[1-8]., _0[1-8]\n",
		  "trunks.conf:3: warning: g: forward: _0[1-8]: it fits" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(told); i++) {
		assert_int_equal(apply(told[i][0]), 0);
		if (!strstr(findings, told[i][1]))
			fail_msg("%zu: \"%s\" is not in: %s", i, told[i][1], findings);
	}
}

static void what_is_meant_is_not_told(void **state)
{
	static const char *const meant[] = {
		/* known by its address; for outbound calls alone; for inbound ones */
		"[a]\nhost = x\nnumbers = 1\ncontext = in\n",
		"[a]\nhost = x\nnumbers = none\n",
		"[a]\nmatch = 192.0.2.0/24\nnumbers = 1\ncontext = in\n",
		/* another exchange that registers with us, or is asked for a password */
		"[a]\nsecret = s\nnumbers = 1\ncontext = in\n",
		"[a]\nhost = x\nsecret = s\nregister = no\nnumbers = none\n",
		"[a]\nhost = x\nsecret = s\nauth_user = b\nnumbers = none\n",
		/* an account without a password */
		"[a]\nhost = x\nuser = u\nregister = yes\nnumbers = none\n",
		"[a]\nhost = x\nuser = u\nidentity = account\nnumbers = none\n",
		/* a template has the rest */
		"[t](!)\nuser = u\nsecret = s\ncontext = in\n[a](t)\nhost = x\nnumbers = 1\n",
		"[a]\nhost = x\nnumbers = none\nlimit = /5\nlimit_out = 0900:0, 5\n",
		"[a]\nhost = x\nnumbers = info, *61, +4930-5551\ncontext = in\nmain_number = "
		"+4930\n",
		"[g]\ntype = guard\nforward = _0X., _115\n",
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(meant); i++) {
		assert_int_equal(apply(meant[i]), 0);
		if (*findings || *office_report())
			fail_msg("%zu: %s%s", i, findings, office_report());
	}
}

static void an_address_that_everybody_has_is_told(void **state)
{
	static const char *const wide[] = { "0.0.0.0/0", "0/0", "0.0.0.0/1,128.0.0.0/1", "::/0",
					    "192.0.2.7,2000::/3" };
	char conf[160];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(wide); i++) {
		snprintf(conf, sizeof(conf), "[a]\nhost = 192.0.2.1\nnumbers = none\nmatch = %s\n",
			 wide[i]);
		assert_int_equal(apply(conf), 0);
		if (!strstr(office_report(), "trunks.conf:4: warning: a: match = "))
			fail_msg("%s: %s", wide[i], office_report());
		strcat(conf, "trust_match = no\nsecret = s\nregister = no\n");
		assert_int_equal(apply(conf), 0);
		assert_string_equal(office_report(), "");
	}
	assert_int_equal(apply("[a]\nhost = 192.0.2.1\nnumbers = none\nmatch = 10.0.0.0/8\n"), 0);
	assert_string_equal(office_report(), "");
}

static void what_is_wrong_for_the_driver_is_told_with_the_same_line(void **state)
{
	(void)state;
	assert_int_equal(apply("[a]\nnumbers = 1\nhost = x\nalow = ulaw\n"), -EINVAL);
	assert_non_null(strstr(office_report(), "trunks.conf:4: "));
	assert_non_null(strstr(office_report(), "allow"));
	assert_int_equal(apply("[a]\nnumbers = 1\nuser = u\nregister = yes\n"), -EINVAL);
	assert_non_null(strstr(office_report(), "trunks.conf:4: "));
}

static void the_driver_takes_no_file_that_cannot_be_read(void **state)
{
	(void)state;
	conf_dir_write(TRUNKS_CONF, "[a\n");
	assert_int_equal(office_reload("[global]\ndns = no\n"), -EINVAL);
	assert_non_null(strstr(office_report(), "trunks.conf: it has errors"));
}

static void a_phone_of_the_same_name_is_told_of(void **state)
{
	(void)state;
	conf_dir_write(TRUNKS_CONF, "[1001]\nhost = 192.0.2.1\nnumbers = 1\n");
	assert_int_equal(office_reload("[1001]\nsecret = x\n"), -EINVAL);
	assert_non_null(strstr(office_report(), "trunks.conf:1: a second section [1001]"));
}

static void memory_may_run_out_at_any_time(void **state)
{
	(void)state;
	conf_dir_write("a.csv", "49,0.1\n");
	conf_dir_write(TRUNKS_CONF,
		       "[a]\nhost = 192.0.2.1\nnumbers = 1, 2\nlimit = 2, 1:1\n"
		       "rates = a.csv\ncountry = DE\ncalled_in_rules = 1 -> 2\ncontext = in\n"
		       "[out]\ntype = group\ntrunks = a*2\n");
	oom_sweep(conf_dir_build_once, (void *)rd_module.config);
}

static int section_once(void *arg)
{
	struct rd_config_report *report;
	struct rd_config *config;
	int rc = rd_config_report_new(&report);

	(void)arg;
	if (rc)
		return rc;
	rc = rd_config_new(&config);
	if (rc == 0) {
		rc = rd_config_extend(config, "sip.conf", report);
		rd_config_unref(config);
	}
	rd_config_report_free(report);
	return rc;
}

static void memory_may_run_out_for_the_driver_too(void **state)
{
	(void)state;
	conf_dir_write(TRUNKS_CONF, "[a]\nhost = 192.0.2.1\nuser = u\nsecret = s\nnumbers = 1\n");
	oom_sweep(section_once, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(five_lines_are_a_provider_that_we_register_with),
		TEST(who_calls_has_the_domain_that_we_register_in),
		TEST(one_that_is_known_by_its_address_is_not_registered_with),
		TEST(what_a_trunk_says_counts_more_than_what_trunks_do),
		TEST(templates_serve_several),
		TEST(a_group_says_who_comes_first),
		TEST(the_profiles_of_the_office_are_right_as_they_stand),
		TEST(a_limit_is_calls_and_calls_a_second_after_a_prefix),
		TEST(rules_of_the_guard_are_for_users_or_for_all_others),
		TEST(a_group_may_name_peers_and_nobody_else),
		TEST(what_only_trunks_have_may_be_said_of_a_peer),
		TEST(what_belongs_into_the_file_of_a_peer_is_told),
		TEST(rules_of_the_guard_for_nobody_are_told),
		TEST(countries_want_to_know_that_of_a_trunk),
		TEST(what_is_wrong_is_told_with_file_and_line),
		TEST(what_is_hardly_meant_is_told),
		TEST(what_is_meant_is_not_told),
		TEST(an_address_that_everybody_has_is_told),
		TEST(what_is_wrong_for_the_driver_is_told_with_the_same_line),
		TEST(the_driver_takes_no_file_that_cannot_be_read),
		TEST(a_phone_of_the_same_name_is_told_of),
		TEST(memory_may_run_out_at_any_time),
		TEST(memory_may_run_out_for_the_driver_too),
	};

	return RUN_GROUP(tests);
}

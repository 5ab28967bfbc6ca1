/* Trunks and their providers. */
#include "tests/unit/test.h"

#include <stdio.h>

#include <ringdown/module.h>

#include "core/config/config.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_trunks.h"
#include "tests/unit/conf_dir.h"

extern const struct rd_module rd_module;

static const char sip_conf[] =
	"[global]\nuser_agent = Test\ndns = no\nmin_expires = 1\n"
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"
	"[desk]\ntype = phone\nhost = 127.0.0.40\ncontext = office\n"
	"[peer]\ntype = peer\nhost = 127.0.0.34\ncontext = office\n";

#define TRUNK(name, host)                                                                          \
	"[" name "]\nhost = " host "\nnumbers = _6XX\ncontext = office\nqualify = 0\n"

void trunks_configure(const char *conf)
{
	if (conf_dir_apply(rd_module.config, conf))
		fail_msg("this trunks.conf has errors: %s", conf);
	if (office_reload(sip_conf))
		fail_msg("%s", office_report());
}

void trunks_group(const char *lines)
{
	char conf[2048];

	snprintf(conf, sizeof(conf), "%s%s",
		 TRUNK("a", "127.0.0.31") TRUNK("b", "127.0.0.32") TRUNK("c", "127.0.0.33")
		 "[out]\ntype = group\n",
		 lines);
	trunks_configure(conf);
}

int trunks_open(void **state)
{
	int rc = exchange_open(state);

	assert_int_equal(rd__config_sources_add(rd_module.sources), 0);
	trunks_group("trunks = a, b & c*3\n");
	module_open();
	return rc;
}

int trunks_close(void **state)
{
	rd__sched_run_for(200000);
	module_close();
	rd__config_sources_remove(rd_module.sources);
	return exchange_close(state);
}

void provider_calls(struct sip_phone *phone, const char *address, const char *number)
{
	phone_source = address;
	phone_invite(phone, "0301234", number, "", SDP(""));
}

void gate_dials_as(struct sip_phone *gate, const char *target, const char *user, const char *more,
		   const char *body)
{
	line_clear();
	seen.dials = target;
	phone_source = "127.0.0.9";
	phone_invite(gate, user, "707", more, body);
	phone_expect(gate, "SIP/2.0 100");
	run_for(10);
}

void gate_dials(struct sip_phone *gate, const char *target)
{
	gate_dials_as(gate, target, "alice", "", SDP(""));
}

void provider_is_called(struct sip_phone *provider, const char *address)
{
	char peer[64];

	snprintf(peer, sizeof(peer), "%s:5060", address);
	phone_called(provider);
	assert_string_equal(line_peer(), peer);
}

void provider_says(struct sip_phone *provider, const char *status, const char *body)
{
	line_answer_from(line_peer());
	phone_answer(provider, status, "", body);
	line_answer_from(NULL);
}

void provider_refuses(struct sip_phone *provider, const char *status)
{
	provider_says(provider, status, "");
	line_expect("ACK ");
}

void gate_is_refused(struct sip_phone *gate, const char *status)
{
	run_for(10);
	phone_final(gate, status);
	phone_ack_refusal(gate);
	run_for(100);
	line_expect_nothing();
}

void both_hang_up(struct sip_phone *gate, struct sip_phone *provider)
{
	run_for(10);
	phone_expect_request(provider, "ACK ");
	phone_final(gate, "SIP/2.0 200");
	phone_ack(gate, "");
	phone_request(gate, "BYE", "", "");
	run_for(10);
	phone_final(gate, "SIP/2.0 200");
	phone_expect_request(provider, "BYE ");
	provider_says(provider, "200 OK", "");
	run_for(10);
}

void expect_nothing_inside(const char *message, const struct sip_phone *phone, const char *address)
{
	const char *const words[] = { address,		"inside",      "Inside", "Secret", "secret",
				      phone->call_id, phone->our_tag };

	for (size_t i = 0; i < RD_ARRAY_SIZE(words); i++)
		if (strstr(message, words[i]))
			fail_msg("\"%s\" goes out in:\n%s", words[i], message);
}

/* The provider's side of REGISTER. */
#include "tests/unit/test.h"

#include "channels/sip/endpoint/enrol.h"
#include "channels/sip/external.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_provider.h"

const struct rd_cli_command provider_commands[] = {
	{ .name = "registrations", .run = sip_command_registrations }, { 0 }
};

static char asked[4096];

int provider_close(void **state)
{
	(void)state;
	line_answer_from(NULL);
	line_break(NULL);
	return office_close();
}

void provider_reload(const char *conf)
{
	if (office_reload(conf))
		fail_msg("%s", office_report());
}

void provider_sees_us_at(const char *address)
{
	struct sip_listener listener = { .name = "line" };

	assert_int_equal(
		sip_sockaddr_parse(&listener.external.address, rd_str_of(address), 5060), 0);
	sip_external_apply(sip_transports_find(sip.transports, "line"), &listener);
}

const char *provider_keep(const char *request)
{
	snprintf(asked, sizeof(asked), "%s", request);
	return asked;
}

const char *provider_expect(const char *expires)
{
	run_for(10);
	provider_keep(line_expect("REGISTER sip:127.0.0.2:5060 SIP/2.0"));
	assert_string_equal(line_header(asked, "Expires"), expires);
	return asked;
}

const char *provider_header(const char *name)
{
	return line_header(asked, name);
}

void provider_answer(const char *status, const char *more)
{
	char via[256], from[256], call_id[64], cseq[64];

	snprintf(via, sizeof(via), "%s", line_header(asked, "Via"));
	snprintf(from, sizeof(from), "%s", line_header(asked, "From"));
	snprintf(call_id, sizeof(call_id), "%s", line_header(asked, "Call-ID"));
	snprintf(cseq, sizeof(cseq), "%s", line_header(asked, "CSeq"));
	line_clear(); /* of repetitions while we waited */
	line_feed("SIP/2.0 %s\nVia: %s\nFrom: %s\nTo: <sip:me@127.0.0.2>;tag=r\n"
		  "Call-ID: %s\nCSeq: %s\n%s\n",
		  status, via, from, call_id, cseq, more);
}

static void text_done(void *arg, unsigned status)
{
	*(unsigned *)arg = status;
}

void provider_writes(const struct sip_recipient *to, unsigned *told)
{
	const struct rd_party from = { .number = "alice" };
	const struct sip_text text = { .type = RD_STR("text/plain"),
				       .body = RD_STR("hello"),
				       .from = &from };

	*told = 0;
	assert_int_equal(sip_deliver(NULL, to, &text, text_done, told), 0);
}

static int notified(struct rd_sip_subscription *subscription, const char *sub_state,
		    const char *type, struct rd_str body, void *arg)
{
	(void)subscription, (void)sub_state, (void)type, (void)body, (void)arg;
	return 200;
}

static void ended(struct rd_sip_subscription *subscription, const char *reason, int retry_s,
		  void *arg)
{
	struct provider_subscription *ours = arg;

	(void)subscription, (void)retry_s;
	snprintf(ours->over, sizeof(ours->over), "%s", reason);
	ours->subscription = NULL;
}

int provider_subscribes(struct provider_subscription *ours)
{
	const struct rd_sip_subscribe params = { .peer = "peer",
						 .resource = "1001",
						 .event = "message-summary",
						 .expires_s = 3600,
						 .notified = notified,
						 .ended = ended,
						 .arg = ours };

	ours->over[0] = '\0';
	return sip_subscription_new(&ours->subscription, &params);
}

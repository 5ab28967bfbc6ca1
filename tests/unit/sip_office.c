/* The SIP driver without the house around it. */
#include "tests/unit/test.h"

#include "channels/sip/driver.h"
#include "core/config/config.h"
#include "core/sched/clock.h"
#include "core/sched/sched.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/sip_office.h"

static char *report_text;

const char *office_report(void)
{
	return report_text ? report_text : "";
}

int office_reload(const char *sip_conf)
{
	struct rd_config_report *report;
	struct sip_settings *settings;
	int rc;

	conf_dir_write("sip.conf", sip_conf);
	assert_int_equal(rd_config_report_new(&report), 0);
	rc = sip_settings_read(&settings, report);
	rd_free(report_text);
	report_text = conf_report_text(report);
	rd_config_report_free(report);
	if (rc == 0)
		sip_driver_use_take(settings);
	return rc;
}

int office_open(const char *sip_conf)
{
	rd__clock_set_virtual();
	assert_int_equal(rd__sched_init(0), 0);
	conf_dir_make();
	assert_int_equal(sip_driver_start(NULL), 0);
	if (office_reload(sip_conf))
		fail_msg("%s", office_report());
	line_open();
	return 0;
}

int office_close(void)
{
	line_clear();
	sip_driver_stop();
	conf_dir_remove();
	rd_free(report_text);
	report_text = NULL;
	rd__sched_fini();
	rd__clock_set_real();
	return 0;
}

int office_setup(void **state)
{
	(void)state;
	return office_open("[a]\ntype = phone\nsecret = x\n");
}

int office_teardown(void **state)
{
	(void)state;
	return office_close();
}

void office_bind(const char *name, const char *host, uint16_t port,
		 const struct sip_contact_params *what)
{
	struct sip_aor *aor = sip_location_get(sip.location, rd_str_of(name));
	struct sip_contact_params params = *what;
	union sip_sockaddr peer;
	struct sip_flow flow;

	assert_non_null(aor);
	assert_int_equal(sip_sockaddr_parse(&peer, rd_str_of(host), port), 0);
	assert_int_equal(sip_flow_open(&flow, sip_transports_next(sip.transports, NULL), &peer),
			 0);
	params.call_id = RD_STR("reg");
	params.cseq = 1;
	params.flow = &flow;
	if (params.expires_s == 0)
		params.expires_s = 3600;
	assert_int_equal(sip_aor_bind(aor, sip_aor_find(aor, params.uri), &params), 0);
}

const char *office_credentials(const char *challenge, const char *method,
			       const char *user, const char *password,
			       const char *algorithm)
{
	return office_credentials_for("sip:127.0.0.1", challenge, method, user, password,
				      algorithm);
}

const char *office_credentials_for(const char *uri, const char *challenge,
				   const char *method, const char *user,
				   const char *password, const char *algorithm)
{
	static char line[1024];
	char ha1[SIP_DIGEST_HEX];
	struct sip_digest digest = {
		.algorithm_text = rd_str_of(algorithm),
		.qop = SIP_QOP_AUTH,
		.qop_text = RD_STR("auth"),
		.realm = RD_STR("ringdown"),
		.nonce = rd_str_of(line_part(challenge, "nonce=\"", "\"")),
	};
	const struct sip_digest_request request = { .method = rd_str_of(method),
						    .uri = rd_str_of(uri) };
	const struct sip_digest_login login = { rd_str_of(user), ha1, 1 };
	struct sip_out out;

	while (!rd_str_eq(sip_digest_algorithm_name(digest.algorithm), digest.algorithm_text))
		digest.algorithm++;
	sip_out_init(&out, line, sizeof(line) - 1);
	assert_int_equal(sip_digest_ha1(ha1, digest.algorithm, rd_str_of(user), digest.realm,
					rd_str_of(password)), 0);
	sip_digest_answer(&out, SIP_H_AUTHORIZATION, &digest, &login, &request);
	line[out.n] = '\0';
	for (char *p = line, *to = line;; p++)
		if (*p != '\r' && (*to++ = *p) == '\0')
			break;
	return line;
}

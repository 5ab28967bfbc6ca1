/* Offer and answer without a call around. */
#include "tests/unit/test.h"
#include "tests/unit/own_identity.h"
#include "tests/unit/sdp_rig.h"

const struct rd_codec ulaw = { .name = "ulaw",
			       .rtp_name = "PCMU",
			       .rate = 8000,
			       .channels = 1,
			       .payload = 0,
			       .frame_ms = 10 };

struct rd_pool *pool;
struct sip_session session;
struct sip_media_policy policy;
struct rd_stream_config config;
struct sip_session_local local;
char text[SIP_OUT_MAX];

int sdp_rig_open(void)
{
	own_identity_take();
	sip_session_init(&session);
	memset(&config, 0, sizeof(config));
	policy = (struct sip_media_policy){ .codecs = { &ulaw }, .codec_count = 1, .ptime_ms = 20 };
	local = (struct sip_session_local){ .ptime_ms = 20, .ssrc = { 4711 } };
	rd_assert(rd_dtls_fingerprint(&local.fingerprint) == 0);
	sip_sockaddr_parse(&local.address, RD_STR("192.0.2.1"), 4000);
	return rd_pool_new(&pool, 0);
}

int sdp_rig_teardown(void **state)
{
	(void)state;
	sip_session_fini(&session);
	rd_pool_free(pool);
	return 0;
}

struct sdp *parse(const char *body)
{
	struct sdp *sdp;

	assert_int_equal(sdp_parse(&sdp, pool, rd_str_of(body), NULL), 0);
	return sdp;
}

int offer(const char *body)
{
	return sip_session_take_offer(&session, &policy, parse(body), &config);
}

int answer(const char *body)
{
	return sip_session_take_answer(&session, &policy, parse(body), false, &config);
}

const char *printed(void)
{
	struct sip_out out;

	sip_out_init(&out, text, sizeof(text) - 1);
	assert_int_equal(sip_session_print(&session, pool, &config, &local, &out), 0);
	text[out.n] = '\0';
	return text;
}

/* Keys and fingerprints in descriptions of strangers, as offers to us and as
 * answers to our offer. The first byte is the phone's settings. What was agreed
 * on can be printed, and is understood. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/own_identity.h"

#include "channels/sip/call/session.h"

#define LIMIT 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct rd_codec codec = { .name = "ulaw", .rtp_name = "PCMU", .rate = 8000,
				       .channels = 1, .payload = 0, .frame_ms = 10 };
static const struct rd_codec vp8 = { .name = "vp8", .rtp_name = "VP8", .rtp_rate = 90000,
				     .payload = -1, .kind = RD_MEDIA_VIDEO };
static char buffer[8 * LIMIT];

static void check_agreed(const struct rd_stream_config *config,
			 const struct sip_media_policy *policy)
{
	const struct rd_stream_security *agreed = &config->security;

	if (config->format_count == 0) /* all lines are off */
		return;
	rd_assert(agreed->by != RD_SECURITY_NONE || policy->optimistic ||
		  policy->encryption == SIP_ENCRYPTION_NO);
	if (agreed->by == RD_SECURITY_SDES)
		rd_assert(agreed->local.suite == agreed->remote.suite && agreed->local.suite &&
			  policy->encryption == SIP_ENCRYPTION_SDES && !policy->exposed);
	if (agreed->by == RD_SECURITY_DTLS)
		rd_assert(agreed->dtls.fingerprint.size >= 20 &&
			  policy->encryption == SIP_ENCRYPTION_DTLS);
}

/* Whose port is another line's has its keys, and nobody's else. */
static void check_bundle(const struct sip_session *session, const struct rd_stream_config *sound)
{
	bool sound_carried = sip_session_said(session, RD_MEDIA_AUDIO)->carried;
	bool pictures_carried = sip_session_said(session, RD_MEDIA_VIDEO)->carried;
	const struct sip_beside_line *pictures =
		session->beside ? &session->beside->lines[0] : NULL;

	rd_assert(!sound_carried || !pictures_carried);
	if (!sound_carried && !pictures_carried)
		return;
	rd_assert(pictures && pictures->on && pictures->config.rtcp_mux && sound->rtcp_mux);
	rd_assert(rd_srtp_key_equal(&pictures->config.security.local, &sound->security.local));
}

static void print(struct sip_session *session, struct rd_pool *pool,
		  const struct rd_stream_config *config)
{
	struct sip_session_local local = { .ptime_ms = 20 };
	struct sip_out out;
	struct sdp *again;

	rd_assert(rd_dtls_fingerprint(&local.fingerprint) == 0);
	sip_sockaddr_parse(&local.address, RD_STR("10.0.0.1"), 4000);
	sip_out_init(&out, buffer, sizeof(buffer));
	if (sip_session_print(session, pool, config, &local, &out) == 0)
		rd_assert(sdp_parse(&again, pool, sip_out_text(&out), NULL) == 0);
}

static void take(const struct sip_media_policy *policy, struct rd_pool *pool,
		 const struct sdp *sdp, bool as_answer)
{
	struct rd_stream_config config;
	struct sip_session session;
	int rc;

	sip_session_init(&session);
	if (as_answer) {
		rc = sip_session_make_offer(&session, policy, NULL, &config);
		if (rc == 0)
			rc = sip_session_take_answer(&session, policy, sdp, false, &config);
	} else {
		rc = sip_session_take_offer(&session, policy, sdp, &config);
	}
	if (rc == 0) {
		check_agreed(&config, policy);
		check_bundle(&session, &config);
		print(&session, pool, &config);
	}
	sip_session_fini(&session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sip_media_policy policy = { .codecs = { &codec }, .codec_count = 1,
					   .ptime_ms = 20, .beside = { &vp8 },
					   .beside_count = 1 };
	static bool have_identity;
	struct rd_pool *pool;
	struct sdp *sdp;

	if (!have_identity)
		own_identity_take();
	have_identity = true;
	if (size == 0 || size > LIMIT || rd_pool_new(&pool, 0))
		return 0;
	policy.encryption = data[0] % 3;
	policy.optimistic = data[0] & 16;
	policy.exposed = data[0] & 32;
	policy.ice = policy.webrtc = policy.bundle = data[0] & 64;
	if (sdp_parse(&sdp, pool, (struct rd_str){ (const char *)data + 1, size - 1 }, NULL) == 0) {
		take(&policy, pool, sdp, false);
		take(&policy, pool, sdp, true);
	}
	rd_pool_free(pool);
	return 0;
}

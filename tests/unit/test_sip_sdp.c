/* Session descriptions: read, looked up, printed. */
#include "tests/unit/sip_text.h"

#include "channels/sip/sdp/t38.h"

static struct rd_pool *pool;
static struct sdp *sdp;
static struct sdp_error error;

static int setup(void **state)
{
	(void)state;
	return rd_pool_new(&pool, 0);
}

static int teardown(void **state)
{
	(void)state;
	rd_pool_free(pool);
	return 0;
}

static int parse(const char *text)
{
	return sdp_parse(&sdp, pool, rd_str_of(text), &error);
}

#define SESSION "v=0\r\no=- 1 2 IN IP4 10.0.0.1\r\ns=-\r\n"

static void a_phone_s_offer_is_understood(void **state)
{
	const struct sdp_format *format;
	const struct sdp_media *media;
	struct rd_str value;

	(void)state;
	assert_int_equal(parse("v=0\r\no=alice 29739 7272939 IN IP4 192.0.2.3\r\ns=call\r\n"
			       "c=IN IP4 192.0.2.4/127\r\nb=AS:64\r\nt=0 0\r\na=tool:x\r\n"
			       "m=audio 49217 RTP/AVP 0 8 96 101\r\n"
			       "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n"
			       "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
			       "a=ptime:20\r\na=maxptime:60\r\na=sendonly\r\n"
			       "a=rtcp:53020 IN IP4 126.16.64.4\r\n"
			       "m=video 0 RTP/AVP 31\r\n"), 0);
	assert_str(sdp->origin_user, "alice");
	assert_int_equal(sdp->session_id, 29739);
	assert_int_equal(sdp->session_version, 7272939);
	assert_str(sdp->connection.address, "192.0.2.4");
	assert_str(sdp->bandwidth.type, "AS");
	assert_int_equal(sdp->bandwidth.value, 64);
	assert_true(sdp_attribute_get(sdp, NULL, RD_STR("tool"), &value));
	assert_str(value, "x");
	assert_int_equal(sdp->media_count, 2);

	media = sdp->media;
	assert_int_equal(media->kind, SDP_AUDIO);
	assert_int_equal(media->port, 49217);
	assert_int_equal(media->format_count, 4);
	assert_int_equal(media->direction, SDP_SENDONLY);
	assert_int_equal(media->ptime, 20);
	assert_int_equal(media->maxptime, 60);
	assert_int_equal(media->rtcp_port, 53020);
	format = sdp_format_find(media, RD_STR("PCMU"), 8000, 0);
	assert_int_equal(format->payload_type, 0);
	assert_int_equal(format->rate, 8000);
	format = sdp_format_find(media, RD_STR("OPUS"), 48000, 2);
	assert_int_equal(format->payload_type, 96);
	assert_str(format->fmtp, "useinbandfec=1");
	assert_null(sdp_format_find(media, RD_STR("opus"), 8000, 0));
	assert_str(sdp_format_find(media, RD_STR("telephone-event"), 8000, 0)->fmtp, "0-16");

	media = media->next;
	assert_int_equal(media->kind, SDP_VIDEO);
	assert_int_equal(media->port, 0);
	assert_int_equal(media->direction, SDP_SENDRECV);
	assert_null(media->next);
}

static void a_media_line_inherits_from_the_session(void **state)
{
	union sip_sockaddr addr;
	char text[SIP_SOCKADDR_TEXT];

	(void)state;
	assert_int_equal(parse(SESSION "c=IN IP6 2001:db8::1\r\nt=0 0\r\na=inactive\r\n"
			       "m=audio 4000 RTP/AVP 0\r\n"
			       "m=audio 4002 RTP/AVP 0\r\nc=IN IP4 10.0.0.9\r\na=sendrecv\r\n"
			       "a=rtcp-mux\r\n"), 0);
	assert_int_equal(sdp->media->direction, SDP_INACTIVE);
	assert_int_equal(sdp_media_address(sdp, sdp->media, &addr), 0);
	assert_string_equal(sip_sockaddr_text(&addr, text), "[2001:db8::1]:4000");
	assert_int_equal(sdp_media_rtcp_address(sdp, sdp->media, &addr), 0);
	assert_string_equal(sip_sockaddr_text(&addr, text), "[2001:db8::1]:4001");
	assert_int_equal(sdp->media->next->direction, SDP_SENDRECV);
	assert_int_equal(sdp_media_rtcp_address(sdp, sdp->media->next, &addr), 0);
	assert_string_equal(sip_sockaddr_text(&addr, text), "10.0.0.9:4002");
}

static void an_rtcp_attribute_may_have_an_address(void **state)
{
	union sip_sockaddr addr;
	char text[SIP_SOCKADDR_TEXT];

	(void)state;
	assert_int_equal(parse(SESSION "c=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n"
			       "a=rtcp:53020 IN IP4 126.16.64.4\r\n"), 0);
	assert_int_equal(sdp_media_rtcp_address(sdp, sdp->media, &addr), 0);
	assert_string_equal(sip_sockaddr_text(&addr, text), "126.16.64.4:53020");
}

static void what_later_features_need_is_kept_raw(void **state)
{
	struct rd_str value;
	unsigned index = 0;

	(void)state;
	assert_int_equal(parse(SESSION "c=IN IP4 10.0.0.1\r\na=fingerprint:sha-256 AB\r\n"
			       "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:x\r\n"
			       "a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n"
			       "a=candidate:2 1 udp 1 10.0.0.2 9 typ host\r\n"), 0);
	assert_true(sdp->media->is_rtp);
	assert_true(sdp_attribute_get(sdp, NULL, RD_STR("fingerprint"), &value));
	assert_str(value, "sha-256 AB");
	assert_true(sdp_attribute_each(&sdp->media->attributes, RD_STR("candidate"), &index,
				       &value));
	assert_true(sdp_attribute_each(&sdp->media->attributes, RD_STR("candidate"), &index,
				       &value));
	assert_str(value, "2 1 udp 1 10.0.0.2 9 typ host");
	assert_false(sdp_attribute_each(&sdp->media->attributes, RD_STR("candidate"), &index,
					&value));
	for (unsigned i = 0; i < sdp->media->format_count; i++)
		if (sdp->media->formats[i].payload_type == 111)
			assert_absent(sdp->media->formats[i].encoding);
}

static void other_protocols_have_other_formats(void **state)
{
	(void)state;
	assert_int_equal(parse(SESSION "c=IN IP4 10.0.0.1\nm=image 4000 udptl t38\n"), 0);
	assert_int_equal(sdp->media->kind, SDP_IMAGE);
	assert_false(sdp->media->is_rtp);
	assert_int_equal(sdp->media->formats[0].payload_type, -1);
	assert_str(sdp->media->formats[0].text, "t38");
}

/* As machines write it: other letters, other names, 0 and 1 for no and yes. */
static void a_line_of_t38_is_understood(void **state)
{
	struct sdp_t38 t38;

	(void)state;
	assert_int_equal(parse(SESSION "c=IN IP4 10.0.0.1\nm=image 4000 UDPTL T38\n"
				       "a=T38FaxVersion:3\na=T38faxMaxRate:33600\n"
				       "a=T38FaxFillBitRemoval:0\na=T38FaxTranscodingMMR:1\n"
				       "a=T38FaxTranscodingJBIG\na=T38MaxDatagram: 72 \n"
				       "a=T38FaxMaxBuffer:99999\na=T38FaxUdpEC:T38UDPfec\n"
				       "a=T38FaxRateManagement:localTCF\n"),
			 0);
	assert_true(sdp_is_t38(sdp->media));
	sdp_t38_read(&t38, sdp->media);
	assert_int_equal(t38.version, 3);
	assert_int_equal(t38.bit_rate, 33600);
	assert_false(t38.fill);
	assert_true(t38.mmr);
	assert_true(t38.jbig);
	assert_int_equal(t38.max_datagram, 72);
	assert_int_equal(t38.max_buffer, 0); /* no such number */
	assert_int_equal(t38.ec, SDP_T38_EC_FEC);
	assert_true(t38.local_tcf && !t38.transferred_tcf);
	/* What nobody says is nothing. */
	assert_int_equal(parse(SESSION "c=IN IP4 10.0.0.1\nm=image 4000 udptl t38\n"
				       "a=T38FaxUdpEC:other\na=T38FaxRateManagement\n"),
			 0);
	sdp_t38_read(&t38, sdp->media);
	assert_memory_equal(&t38, &(struct sdp_t38){ 0 }, sizeof(t38));
	/* Refused, by TCP, of another kind: no line of T.38 for us. */
	assert_int_equal(parse(SESSION "c=IN IP4 10.0.0.1\nm=image 0 udptl t38\n"
				       "m=image 4000 tcp t38\nm=image 4000 udptl t37\n"),
			 0);
	for (const struct sdp_media *m = sdp->media; m; m = m->next)
		assert_false(sdp_is_t38(m));
}

static void errors_name_line_and_expectation(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *start;
	} cases[] = {
		{ "", 0, "v=" },
		{ "x", 1, "a line" },
		{ "o=- 1 2 IN IP4 h\r\n", 1, "v=0" },
		{ "v=1\r\n", 1, "v=:" },
		{ "v=0\r\no=-\r\n", 2, "o=:" },
		{ SESSION "c=IN IP5 x\r\n", 4, "c=:" },
		{ SESSION "m=audio\r\n", 4, "m=: a port" },
		{ SESSION "m=audio 65536 RTP/AVP 0\r\n", 4, "m=: a port" },
		{ SESSION "m=audio 1/x RTP/AVP 0\r\n", 4, "m=: a port" },
		{ SESSION "m=audio 1\r\n", 4, "m=: a protocol" },
		{ SESSION "m=audio 1 RTP/AVP\r\n", 4, "m=: at least" },
		{ SESSION "m=audio 1 RTP/AVP 0\r\n", 4, "c=:" },
	};

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(cases); i++) {
		assert_int_equal(parse(cases[i].text), -EINVAL);
		assert_int_equal(error.line, cases[i].line);
		if (strncmp(error.what, cases[i].start, strlen(cases[i].start)))
			fail_msg("case %zu: %s", i, error.what);
	}
}

static void a_nul_is_left_off_at_the_end_and_nowhere_else(void **state)
{
	static const char behind[] = SESSION "c=IN IP4 10.0.0.1\r\nm=audio 1 RTP/AVP 0\r\n\0";
	static const char within[] = SESSION "c=IN IP4 10.0.0.1\r\nm=audio 1 RTP\0AVP 0\r\n";

	(void)state;
	assert_int_equal(sdp_parse(&sdp, pool, (struct rd_str){ behind, sizeof(behind) }, &error),
			 0);
	assert_int_equal(sdp->media->format_count, 1);
	assert_int_equal(sdp_parse(&sdp, pool, (struct rd_str){ within, sizeof(within) - 1 },
				   &error), -EINVAL);
}

static void nonsense_in_attributes_ends_no_call(void **state)
{
	(void)state;
	assert_int_equal(parse(SESSION "c=IN IP4 10.0.0.1\r\nb=x\r\nz=what\r\n"
			       "m=audio 4000 RTP/AVP 0 200 0\r\na=rtpmap:\r\na=rtpmap:0\r\n"
			       "a=rtpmap:0 X/0\r\na=rtpmap:7 X/8000\r\na=fmtp:9\r\na=ptime:x\r\n"
			       "a=ptime:20.0\r\na=rtcp:99999\r\na=\r\na=:\r\n\r\n"), 0);
	assert_str(sdp->media->formats[0].encoding, "PCMU");
	assert_int_equal(sdp->media->formats[1].payload_type, -1);
	assert_int_equal(sdp->media->ptime, 20);
	assert_int_equal(sdp->media->rtcp_port, 0);
}

static struct sdp *build(struct rd_pool *in)
{
	struct sdp *built = sdp_new(in);
	struct sdp_format *format;
	struct sdp_media *media;

	if (!built)
		return NULL;
	built->session_id = 7;
	built->session_version = 8;
	built->origin_family = AF_INET;
	built->origin_address = RD_STR("10.0.0.1");
	built->connection = (struct sdp_connection){ AF_INET, RD_STR("10.0.0.1") };
	media = sdp_media_add(built, SDP_AUDIO, 4000, RD_STR("RTP/AVP"));
	if (!media || !sdp_format_add(built, media, 0, RD_STR("PCMU"), 8000, 1))
		return NULL;
	format = sdp_format_add(built, media, 101, RD_STR("telephone-event"), 8000, 1);
	if (!format)
		return NULL;
	format->fmtp = RD_STR("0-16");
	media->ptime = 20;
	media->direction = SDP_RECVONLY;
	media->rtcp_mux = true;
	if (sdp_attribute_add(built, media, RD_STR("label"), RD_STR("1")))
		return NULL;
	media = sdp_media_add(built, SDP_VIDEO, 0, RD_STR("RTP/AVP"));
	return media && sdp_format_add(built, media, 31, (struct rd_str){ 0 }, 0, 0) ? built :
											NULL;
}

static void a_description_is_built_and_printed(void **state)
{
	char text[2048], again[2048];
	struct sip_out out;

	(void)state;
	sip_out_init(&out, text, sizeof(text));
	sdp_print(&out, build(pool));
	assert_str(sip_out_text(&out),
		   "v=0\r\no=- 7 8 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
		   "m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
		   "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n"
		   "a=recvonly\r\na=rtcp-mux\r\na=label:1\r\nm=video 0 RTP/AVP 31\r\n");
	text[out.n] = '\0';
	assert_int_equal(parse(text), 0);
	sip_out_init(&out, again, sizeof(again));
	sdp_print(&out, sdp);
	assert_str(sip_out_text(&out), text);
}

static void static_types_have_names(void **state)
{
	struct sdp_format format;

	(void)state;
	assert_true(sdp_static_format(9, &format));
	assert_str(format.encoding, "G722");
	assert_int_equal(format.rate, 8000);
	assert_false(sdp_static_format(96, &format));
}

static void directions_have_two_sides(void **state)
{
	(void)state;
	assert_int_equal(sdp_direction_reverse(SDP_SENDONLY), SDP_RECVONLY);
	assert_int_equal(sdp_direction_reverse(SDP_RECVONLY), SDP_SENDONLY);
	assert_int_equal(sdp_direction_reverse(SDP_SENDRECV), SDP_SENDRECV);
	assert_int_equal(sdp_direction_reverse(SDP_INACTIVE), SDP_INACTIVE);
}

static int build_and_parse(void *arg)
{
	static const char text[] = SESSION "c=IN IP4 1.2.3.4\r\nm=audio 1 RTP/AVP 0 1 2 3 4 5 "
					   "6 7 8 9 10 11 12\r\na=a\r\na=b\r\na=c\r\na=d\r\n"
					   "a=e\r\na=f\r\na=g\r\na=h\r\na=i\r\na=j\r\n";
	struct rd_pool *small;
	int rc = rd_pool_new(&small, 64);

	(void)arg;
	if (rc)
		return rc;
	if (!build(small))
		rc = -ENOMEM;
	if (!rc)
		rc = sdp_parse(&sdp, small, RD_STR(text), &error);
	rd_pool_free(small);
	return rc;
}

static void no_memory_is_survived(void **state)
{
	(void)state;
	assert_true(oom_sweep(build_and_parse, NULL) > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_phone_s_offer_is_understood, setup, teardown),
		cmocka_unit_test_setup_teardown(a_media_line_inherits_from_the_session, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_rtcp_attribute_may_have_an_address, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_later_features_need_is_kept_raw, setup,
						teardown),
		cmocka_unit_test_setup_teardown(other_protocols_have_other_formats, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_line_of_t38_is_understood, setup, teardown),
		cmocka_unit_test_setup_teardown(errors_name_line_and_expectation, setup, teardown),
		cmocka_unit_test_setup_teardown(a_nul_is_left_off_at_the_end_and_nowhere_else,
						setup, teardown),
		cmocka_unit_test_setup_teardown(nonsense_in_attributes_ends_no_call, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_description_is_built_and_printed, setup,
						teardown),
		cmocka_unit_test(static_types_have_names),
		cmocka_unit_test(directions_have_two_sides),
		cmocka_unit_test(no_memory_is_survived),
	};

	return RUN_GROUP(tests);
}

/* ICE through the SIP driver: what descriptions agree on is tried between the
 * engine's own sockets and an agent of the test's. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ringdown/channel.h>
#include <ringdown/clock.h>

#include "channels/sip/sdp/ice.h"
#include "core/media/engine.h"
#include "core/config/config.h"
#include "core/media/ice.h"
#include "core/media/line.h"
#include "core/media/stream.h"
#include "core/media/stun.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/conf_dir.h"

static struct sip_phone far;

/* The far end's media: a socket at 127.0.0.2, and its agent. */
static struct {
	int fd;
	struct rd__ice *agent;
	struct rd__address address, used;
} media;

static void on_send(void *arg, const struct rd__ice_candidate *local,
		    const struct rd__address *to, const void *packet, size_t size)
{
	(void)arg;
	(void)local;
	sendto(media.fd, packet, size, 0, (const struct sockaddr *)&to->storage, to->size);
}

static void on_use(void *arg, int component, const struct rd__ice_candidate *local,
		   const struct rd__address *remote)
{
	(void)arg;
	(void)component;
	if (local)
		media.used = *remote;
}

static void open_media(bool controlling)
{
	static const struct rd__ice_ops ops = { on_send, on_use, NULL };
	struct rd__ice_options options = { .controlling = controlling, .components = 1 };
	struct rd__ice_candidate host = { .type = RD__ICE_HOST, .component = 1 };
	socklen_t size = sizeof(media.address.storage);

	memset(&media, 0, sizeof(media));
	assert_true(rd__address_parse(&media.address, "127.0.0.2", 0));
	media.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(media.fd, (struct sockaddr *)&media.address.storage,
			      media.address.size), 0);
	getsockname(media.fd, (struct sockaddr *)&media.address.storage, &size);
	assert_int_equal(rd__ice_new(&media.agent, &options, &ops, NULL), 0);
	host.address = host.base = media.address;
	rd__ice_add_local(media.agent, &host, NULL);
}

static void close_media(void)
{
	rd__ice_free(media.agent);
	close(media.fd);
}

/* Time passes for both. */
static void pump(int ms)
{
	uint8_t packet[1500];
	struct rd__address from = { .size = sizeof(from.storage) };

	for (int i = 0; i < ms; i++) {
		ssize_t n;

		rd__sched_run_for(1);
		from.size = sizeof(from.storage);
		while ((n = recvfrom(media.fd, packet, sizeof(packet), 0,
				     (struct sockaddr *)&from.storage, &from.size)) > 0)
			rd__ice_receive(media.agent, 0, &from, packet, (size_t)n,
					rd_now_ms());
		if (rd__ice_due(media.agent) <= rd_now_ms())
			rd__ice_tick(media.agent, rd_now_ms());
	}
}

/* ---- descriptions ---- */

static const char *credentials(void)
{
	static char text[128];

	snprintf(text, sizeof(text), "a=rtcp-mux\na=ice-ufrag:%s\na=ice-pwd:%s\n",
		 rd__ice_ufrag(media.agent), rd__ice_pwd(media.agent));
	return text;
}

static const char *candidate(void)
{
	static char text[128];

	snprintf(text, sizeof(text), "a=candidate:1 1 UDP 2130706431 127.0.0.2 %u typ host\n",
		 rd__address_port(&media.address));
	return text;
}

static const char *description(int version, const char *more, const char *extra)
{
	static char text[1024];

	snprintf(text, sizeof(text),
		 "v=0\no=- 1 %d IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
		 "m=audio 9 RTP/AVP 0\n%s%s", version, more, extra);
	return text;
}

/* The far end reads a message of ours. */
static void take(const char *message)
{
	const char *at = message;
	char ufrag[64], pwd[64];

	rd_strcpy(ufrag, sizeof(ufrag), line_part(message, "a=ice-ufrag:", "\n"));
	rd_strcpy(pwd, sizeof(pwd), line_part(message, "a=ice-pwd:", "\n"));
	assert_int_equal(rd__ice_set_remote(media.agent, rd_str_of(ufrag), rd_str_of(pwd), false,
					    rd_now_ms()), 0);
	while ((at = strstr(at, "a=candidate:"))) {
		struct rd__ice_candidate theirs = { .type = RD__ICE_HOST };
		struct rd_ice_candidate told;
		struct rd_str line = { at + 12, strcspn(at + 12, "\n") };

		assert_true(sdp_candidate_parse(&told, line));
		theirs.component = (uint8_t)told.component;
		theirs.priority = told.priority;
		memcpy(theirs.foundation, told.foundation, sizeof(theirs.foundation));
		rd__address_set(&theirs.address, &told.address);
		rd__ice_add_remote(media.agent, &theirs);
		at += 12;
	}
}

static struct rd__line *line_of_call(void)
{
	struct rd_list *first = rd__streams()->next;

	assert_ptr_not_equal(first, rd__streams());
	return &rd_list_entry(first, struct rd_stream, all)->line;
}

/* The kernel may take longer to deliver than the virtual clock to run. */
static void assert_talking(void)
{
	for (int ms = 0; ms < 5000 && rd__ice_state(media.agent) != RD__ICE_COMPLETED; ms += 10) {
		pump(10);
		usleep(1000);
	}
	pump(100);
	assert_int_equal(rd__ice_state(media.agent), RD__ICE_COMPLETED);
	assert_true(rd__address_equal(&line_of_call()->source.remote, &media.address));
	assert_true(media.used.size);
}

static void hang_up(void)
{
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	close_media();
	rd__sched_run_for(10);
}

/* ---- it calls ---- */

static const char *called_in(const char *body)
{
	phone_source = "127.0.0.16";
	phone_invite(&far, "alice", "600", "", body);
	rd__sched_run_for(20);
	return phone_final(&far, "SIP/2.0 200");
}

static void a_caller_with_ice_is_reached_by_it(void **state)
{
	const char *ok;

	(void)state;
	open_media(true);
	ok = called_in(description(1, credentials(), candidate()));
	assert_non_null(strstr(ok, "a=rtcp-mux\n"));
	assert_null(strstr(ok, " 2 UDP "));
	take(ok);
	phone_ack(&far, "");
	/* Nowhere, until a pair works. */
	assert_int_equal(line_of_call()->source.remote.size, 0);
	assert_talking();
	hang_up();
}

static void two_ports_are_tried_without_rtcp_mux(void **state)
{
	const char *ok;
	char body[512];

	(void)state;
	open_media(true);
	snprintf(body, sizeof(body), "a=ice-ufrag:%s\na=ice-pwd:%s\n", rd__ice_ufrag(media.agent),
		 rd__ice_pwd(media.agent));
	ok = called_in(description(1, body, candidate()));
	assert_non_null(strstr(ok, " 2 UDP "));
	take(ok);
	phone_ack(&far, "");
	hang_up();
}

static void a_phone_without_the_option_hears_nothing_of_it(void **state)
{
	const char *ok;

	(void)state;
	open_media(true);
	phone_source = "127.0.0.9";
	phone_invite(&far, "alice", "600", "", description(1, credentials(), candidate()));
	rd__sched_run_for(20);
	ok = phone_final(&far, "SIP/2.0 200");
	assert_null(strstr(ok, "a=ice"));
	assert_null(strstr(ok, "a=candidate"));
	assert_true(line_of_call()->source.remote.size);
	phone_ack(&far, "");
	hang_up();
}

static void candidates_may_come_by_info(void **state)
{
	char fragment[512];

	(void)state;
	open_media(true);
	take(called_in(description(1, credentials(), "")));
	phone_ack(&far, "");
	snprintf(fragment, sizeof(fragment), "a=ice-ufrag:wrong\na=ice-pwd:x\n%s", candidate());
	phone_request(&far, "INFO",
		      "Info-Package: trickle-ice\n"
		      "Content-Type: application/trickle-ice-sdpfrag\n", fragment);
	phone_expect(&far, "SIP/2.0 200");
	snprintf(fragment, sizeof(fragment), "%sm=audio 9 RTP/AVP 0\na=mid:0\n%s"
		 "a=end-of-candidates\n", credentials(), candidate());
	phone_request(&far, "INFO",
		      "Info-Package: trickle-ice\n"
		      "Content-Type: application/trickle-ice-sdpfrag\n", fragment);
	phone_expect(&far, "SIP/2.0 200");
	assert_talking();
	phone_request(&far, "INFO",
		      "Info-Package: trickle-ice\n"
		      "Content-Type: application/trickle-ice-sdpfrag\n", "nonsense\n");
	phone_expect(&far, "SIP/2.0 400");
	hang_up();
}

/* ---- later agreements ---- */

static const char *reinvited(const char *body)
{
	const char *ok;

	phone_request(&far, "INVITE", "", body);
	ok = phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	return ok;
}

static void begin_call(void)
{
	open_media(true);
	take(called_in(description(1, credentials(), candidate())));
	phone_ack(&far, "");
	assert_talking();
}

static void hold_and_resume_change_nothing(void **state)
{
	char ufrag[64];
	const char *ok;

	(void)state;
	begin_call();
	ok = reinvited(description(2, credentials(), candidate()));
	rd_strcpy(ufrag, sizeof(ufrag), line_part(ok, "a=ice-ufrag:", "\n"));
	take(ok);
	assert_talking(); /* the same credentials: no restart */
	ok = reinvited(description(3, credentials(), "a=sendonly\n"));
	assert_non_null(strstr(ok, "a=recvonly"));
	assert_string_equal(line_part(ok, "a=ice-ufrag:", "\n"), ufrag);
	assert_talking();
	hang_up();
}

static void their_restart_is_answered_with_ours(void **state)
{
	char before[64], offer[1024];
	const char *ok;

	(void)state;
	begin_call();
	ok = reinvited(description(2, credentials(), candidate()));
	rd_strcpy(before, sizeof(before), line_part(ok, "a=ice-ufrag:", "\n"));
	rd__ice_restart(media.agent, true);
	rd_strcpy(offer, sizeof(offer), description(3, credentials(), candidate()));
	ok = reinvited(offer);
	assert_string_not_equal(line_part(ok, "a=ice-ufrag:", "\n"), before);
	/* Sound goes on as it was. */
	assert_true(rd__address_equal(&line_of_call()->source.remote, &media.address));
	take(ok);
	assert_talking();
	hang_up();
}

static void they_may_do_without_it_later(void **state)
{
	const char *ok;

	(void)state;
	begin_call();
	ok = reinvited("v=0\no=- 1 9 IN IP4 127.0.0.2\ns=-\nc=IN IP4 127.0.0.2\nt=0 0\n"
		       "m=audio 5000 RTP/AVP 0\n");
	assert_null(strstr(ok, "a=ice"));
	rd__sched_run_for(20);
	assert_int_equal(rd__address_port(&line_of_call()->source.remote), 5000);
	hang_up();
}

/* The far end's agent sleeps until nobody believes in it any more; what it is offered
 * then. */
static const char *lose_the_way(void)
{
	begin_call();
	rd__sched_run_for(25000);
	assert_true(line_of_call()->source.remote.size);
	for (int ms = 0; ms < 8000 && line_of_call()->source.remote.size; ms += 10)
		rd__sched_run_for(10);
	assert_int_equal(line_of_call()->source.remote.size, 0);
	rd__sched_run_for(10);
	return phone_expect_request(&far, "INVITE");
}

static bool knows(const char *message)
{
	char ufrag[64], pwd[64];

	rd_strcpy(ufrag, sizeof(ufrag), line_part(message, "a=ice-ufrag:", "\n"));
	rd_strcpy(pwd, sizeof(pwd), line_part(message, "a=ice-pwd:", "\n"));
	return rd__ice_is_remote(media.agent, rd_str_of(ufrag), rd_str_of(pwd));
}

static void a_way_that_is_lost_is_looked_for_anew(void **state)
{
	const char *offer;

	(void)state;
	offer = lose_the_way();
	assert_false(knows(offer));
	rd__ice_restart(media.agent, false);
	take(offer);
	phone_answer(&far, "200 OK", "", description(2, credentials(), candidate()));
	rd__sched_run_for(10);
	phone_expect_request(&far, "ACK");
	assert_talking();
	hang_up();
}

static void when_that_is_refused_what_was_told_before_holds(void **state)
{
	(void)state;
	lose_the_way();
	phone_answer(&far, "488 Not Acceptable Here", "", "");
	rd__sched_run_for(10);
	phone_expect_request(&far, "ACK");
	assert_true(knows(reinvited(description(2, credentials(), candidate()))));
	hang_up();
}

/* ---- it is called ---- */

static void called_out(void)
{
	seen.dials = "SIP/42@icy";
	phone_source = "127.0.0.9";
	phone_invite(&far, "alice", "707", "", SDP(""));
	rd__sched_run_for(10);
	line_expect("SIP/2.0 100");
}

static struct sip_phone callee;

static struct rd__line *second_line(void)
{
	rd_list_foreach(node, tmp, rd__streams()) {
		struct rd_stream *stream = rd_list_entry(node, struct rd_stream, all);

		if (stream->ice)
			return &stream->line;
	}
	fail_msg("no stream has ICE");
	return NULL;
}

static void end_both(void)
{
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	rd__sched_run_for(10);
	phone_expect_request(&callee, "BYE");
	phone_answer(&callee, "200 OK", "", "");
	close_media();
}

static void a_phone_is_offered_ice_and_answers_with_it(void **state)
{
	const char *invite;

	(void)state;
	called_out();
	invite = phone_called(&callee);
	assert_non_null(strstr(invite, "a=ice-options:trickle ice2"));
	assert_non_null(strstr(invite, " 2 UDP "));
	assert_non_null(strstr(line_header(invite, "Supported"), "trickle-ice"));
	open_media(false);
	take(invite);
	pump(100); /* checks overtake the answer */
	phone_answer(&callee, "200 OK", "", description(1, credentials(), candidate()));
	rd__sched_run_for(10);
	phone_expect_request(&callee, "ACK");
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	for (int ms = 0; ms < 5000 && !second_line()->source.remote.size; ms += 10) {
		pump(10);
		usleep(1000);
	}
	assert_true(rd__address_equal(&second_line()->source.remote, &media.address));
	end_both();
}

/* The early answer has credentials, and no candidates. */
static void called_out_with_early_sound(void)
{
	called_out();
	open_media(false);
	take(phone_called(&callee));
	phone_answer(&callee, "183 Session Progress", "", description(1, credentials(), ""));
	rd__sched_run_for(20);
	phone_expect(&far, "SIP/2.0 183");
}

static void far_cancels(void)
{
	phone_request(&far, "CANCEL", "", "");
	phone_expect(&far, "SIP/2.0 200");
	phone_final(&far, "SIP/2.0 487");
	phone_ack_refusal(&far);
}

static void hung_up_early(void)
{
	far_cancels();
	rd__sched_run_for(10);
	line_clear();
	close_media();
}

static void candidates_of_an_early_answer_may_come_by_info(void **state)
{
	char fragment[512];

	(void)state;
	called_out_with_early_sound();
	assert_int_equal(second_line()->source.remote.size, 0);
	snprintf(fragment, sizeof(fragment), "%sm=audio 9 RTP/AVP 0\na=mid:0\n%s", credentials(),
		 candidate());
	phone_request(&callee, "INFO",
		      "Info-Package: trickle-ice\n"
		      "Content-Type: application/trickle-ice-sdpfrag\n", fragment);
	phone_expect(&callee, "SIP/2.0 200");
	for (int ms = 0; ms < 5000 && !second_line()->source.remote.size; ms += 10) {
		pump(10);
		usleep(1000);
	}
	assert_true(rd__address_equal(&second_line()->source.remote, &media.address));
	hung_up_early();
}

/* The INVITE was forked: what is agreed on with one is nothing to the other. */
static void candidates_of_another_early_dialog_are_of_no_use(void **state)
{
	static const char info[] = "Info-Package: trickle-ice\n"
				   "Content-Type: application/trickle-ice-sdpfrag\n";
	struct sip_phone other;

	(void)state;
	called_out_with_early_sound();
	other = callee;
	rd_strcpy(other.our_tag, sizeof(other.our_tag), "other");
	phone_answer(&other, "180 Ringing", "", "");
	rd__sched_run_for(20);
	line_clear();
	phone_request(&other, "INFO", info, "nonsense\n");
	phone_expect(&other, "SIP/2.0 200");
	phone_request(&callee, "INFO", info, "nonsense\n");
	phone_expect(&callee, "SIP/2.0 400");
	hung_up_early();
}

static void one_that_answers_without_is_talked_to_plainly(void **state)
{
	(void)state;
	called_out();
	phone_called(&callee);
	open_media(false);
	phone_answer(&callee, "200 OK", "", SDP(""));
	rd__sched_run_for(20);
	phone_expect_request(&callee, "ACK");
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	rd_list_foreach(node, tmp, rd__streams()) {
		struct rd_stream *stream = rd_list_entry(node, struct rd_stream, all);

		assert_int_equal(rd__address_port(&stream->line.source.remote), 5000);
	}
	end_both();
}

/* ---- behind a NAT of our own, with a STUN server ---- */

static int stun_fd;

static void read_rtp_conf(const char *text)
{
	assert_int_equal(conf_dir_apply(&rd__rtp_config, text), 0);
}

/* A server at 127.0.0.3; and only we ourselves are on our side of the NAT. */
static void open_stun_server(void)
{
	struct sip_transport *line = sip_transports_find(sip.transports, "line");
	struct sip_network network = { .next = NULL };
	union sip_sockaddr none = { .sa.sa_family = AF_UNSPEC };
	struct rd__address address;
	socklen_t size = sizeof(address.storage);
	char text[64];

	assert_int_equal(sip_network_parse(&network, "127.0.0.1"), 0);
	assert_int_equal(sip_transport_set_external(line, &none, &network), 0);
	assert_true(rd__address_parse(&address, "127.0.0.3", 0));
	stun_fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(stun_fd, (struct sockaddr *)&address.storage, address.size), 0);
	getsockname(stun_fd, (struct sockaddr *)&address.storage, &size);
	snprintf(text, sizeof(text), "[general]\nstunaddr = 127.0.0.3:%u\n",
		 rd__address_port(&address));
	read_rtp_conf(text);
}

static void close_stun_server(void)
{
	read_rtp_conf("[general]\n");
	close(stun_fd);
}

/* It sees us at 203.0.113.9, RTP at port 4000, RTCP at 4711. */
static void answer_one(const uint8_t *packet, size_t size, const struct rd__address *from)
{
	bool rtcp = rd__address_port(from) & 1;
	uint8_t answer[RD__STUN_MAX];
	struct rd__address seen_at;
	struct rd__stun_out out;
	struct rd__stun stun;

	assert_true(rd__stun_parse(&stun, packet, size));
	rd__address_parse(&seen_at, "203.0.113.9", rtcp ? 4711 : 4000);
	rd__stun_begin(&out, answer, sizeof(answer), RD__STUN_BINDING, RD__STUN_SUCCESS, stun.id);
	rd__stun_put_address(&out, RD__STUN_XOR_MAPPED_ADDRESS, &seen_at);
	sendto(stun_fd, answer, rd__stun_end(&out), 0, (const struct sockaddr *)&from->storage,
	       from->size);
}

/* So many questions come; the virtual clock stands still meanwhile. */
static void answer_as_stun_server(int questions)
{
	struct rd__address from;
	uint8_t packet[RD__STUN_MAX];

	for (int tries = 0; questions && tries < 1000; tries++) {
		ssize_t n;

		from.size = sizeof(from.storage);
		n = recvfrom(stun_fd, packet, sizeof(packet), 0,
			     (struct sockaddr *)&from.storage, &from.size);
		if (n > 0) {
			answer_one(packet, (size_t)n, &from);
			questions--;
		}
		usleep(1000);
	}
	assert_int_equal(questions, 0);
}

static void a_plain_phone_is_told_what_the_server_says(void **state)
{
	const char *ok;

	(void)state;
	open_stun_server();
	phone_source = "127.0.0.9";
	phone_invite(&far, "alice", "600", "", SDP(""));
	rd__sched_run_for(5);
	line_expect("SIP/2.0 100");
	line_expect_nothing(); /* until the server has answered */
	answer_as_stun_server(2);
	rd__sched_run_for(50);
	ok = phone_final(&far, "SIP/2.0 200");
	assert_non_null(strstr(ok, "c=IN IP4 203.0.113.9\n"));
	assert_non_null(strstr(ok, "m=audio 4000 "));
	assert_non_null(strstr(ok, "a=rtcp:4711\n"));
	assert_null(strstr(ok, "a=ice"));
	phone_ack(&far, "");
	assert_int_equal(rd__address_port(&line_of_call()->source.remote), 5000);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	close_stun_server();
	rd__sched_run_for(10);
}

#define PICTURES "m=video 5002 RTP/AVP 99\na=rtpmap:99 H264/90000\n"

/* How often it is in there. */
static int times(const char *text, const char *part)
{
	int count = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		count++;
	return count;
}

static void a_plain_phone_is_told_it_for_pictures_too(void **state)
{
	const char *text;

	(void)state;
	open_stun_server();
	seen.dials = "SIP/42@seen";
	phone_source = "127.0.0.17";
	phone_invite(&far, "alice", "707", "", SDP("") PICTURES);
	rd__sched_run_for(5);
	line_expect("SIP/2.0 100");
	answer_as_stun_server(4); /* for the caller's leg */
	rd__sched_run_for(50);
	answer_as_stun_server(4); /* for the other */
	rd__sched_run_for(50);
	text = phone_called(&callee);
	assert_non_null(strstr(text, "m=audio 4000 "));
	assert_non_null(strstr(text, "m=video 4000 "));
	assert_int_equal(times(text, "a=rtcp:4711\n"), 2);
	assert_null(strstr(text, "a=ice"));
	phone_answer(&callee, "200 OK", "", SDP("") PICTURES);
	rd__sched_run_for(50);
	line_expect("ACK ");
	text = phone_final(&far, "SIP/2.0 200");
	assert_non_null(strstr(text, "m=video 4000 "));
	assert_int_equal(times(text, "a=rtcp:4711\n"), 2);
	phone_ack(&far, "");
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	rd__sched_run_for(20);
	phone_expect_request(&callee, "BYE ");
	phone_answer(&callee, "200 OK", "", "");
	close_stun_server();
	rd__sched_run_for(20);
}

static void a_phone_with_ice_is_told_it_as_a_candidate(void **state)
{
	const char *ok;

	(void)state;
	open_stun_server();
	open_media(true);
	phone_source = "127.0.0.16";
	phone_invite(&far, "alice", "600", "", description(1, credentials(), candidate()));
	rd__sched_run_for(5);
	answer_as_stun_server(1);
	rd__sched_run_for(50);
	ok = phone_final(&far, "SIP/2.0 200");
	assert_non_null(strstr(ok, "203.0.113.9 4000 typ srflx raddr 127.0.0.1 rport "));
	phone_ack(&far, "");
	close_stun_server();
	hang_up();
}

static void a_silent_server_holds_nobody_up_for_long(void **state)
{
	(void)state;
	open_stun_server();
	open_media(true);
	phone_source = "127.0.0.16";
	phone_invite(&far, "alice", "600", "", description(1, credentials(), candidate()));
	rd__sched_run_for(900);
	line_expect("SIP/2.0 100");
	line_expect_nothing();
	rd__sched_run_for(200);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	close_stun_server();
	hang_up();
}

static void a_caller_may_give_up_while_the_server_is_asked(void **state)
{
	(void)state;
	open_stun_server();
	phone_source = "127.0.0.9";
	phone_invite(&far, "alice", "600", "", SDP(""));
	rd__sched_run_for(100);
	line_expect("SIP/2.0 100");
	far_cancels();
	rd__sched_run_for(2000);
	assert_int_equal(rd_channel_count(), 0);
	close_stun_server();
}

static void an_invite_of_ours_waits_for_the_server_too(void **state)
{
	const char *invite;

	(void)state;
	open_stun_server();
	seen.dials = "SIP/42@icy";
	phone_source = "127.0.0.9";
	phone_invite(&far, "alice", "707", "", SDP(""));
	rd__sched_run_for(5);
	line_expect("SIP/2.0 100");
	answer_as_stun_server(2); /* for the caller's leg */
	rd__sched_run_for(50);
	line_expect_nothing();
	answer_as_stun_server(2); /* for the other */
	rd__sched_run_for(50);
	invite = phone_called(&callee);
	assert_non_null(strstr(invite, "203.0.113.9 4000 typ srflx"));
	far_cancels();
	rd__sched_run_for(10);
	close_stun_server();
}

/* ---- out of memory ---- */

/* A call in and one out, as far as they get. */
static void one_call(long allowed)
{
	open_media(false);
	rd__alloc_fail_after(allowed);
	seen.dials = "SIP/42@icy";
	phone_source = "127.0.0.16";
	phone_invite(&far, "alice", "707", "", description(1, credentials(), candidate()));
	rd__sched_run_for(10);
	for (const char *text; (text = line_take());) {
		if (strncmp(text, "INVITE ", 7) != 0)
			continue;
		memset(&callee, 0, sizeof(callee));
		strcpy(callee.our_tag, "callee");
		rd_strcpy(callee.request, sizeof(callee.request), text);
		phone_answer(&callee, "200 OK", "",
			     description(1, credentials(), candidate()));
		pump(200);
	}
	rd__alloc_fail_after(-1);
	for (struct rd_channel *ch = rd_channel_next(NULL); ch; ch = rd_channel_next(ch))
		rd_hangup(ch, RD_CAUSE_NORMAL);
	rd__sched_run_for(100000);
	line_clear();
	close_media();
	assert_int_equal(rd_channel_count(), 0);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	for (long n = 0; n < 160; n++)
		one_call(n);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_caller_with_ice_is_reached_by_it),
		TEST(two_ports_are_tried_without_rtcp_mux),
		TEST(a_phone_without_the_option_hears_nothing_of_it),
		TEST(candidates_may_come_by_info),
		TEST(hold_and_resume_change_nothing),
		TEST(their_restart_is_answered_with_ours),
		TEST(they_may_do_without_it_later),
		TEST(a_way_that_is_lost_is_looked_for_anew),
		TEST(when_that_is_refused_what_was_told_before_holds),
		TEST(a_phone_is_offered_ice_and_answers_with_it),
		TEST(candidates_of_an_early_answer_may_come_by_info),
		TEST(candidates_of_another_early_dialog_are_of_no_use),
		TEST(one_that_answers_without_is_talked_to_plainly),
		TEST(a_plain_phone_is_told_what_the_server_says),
		TEST(a_plain_phone_is_told_it_for_pictures_too),
		TEST(a_phone_with_ice_is_told_it_as_a_candidate),
		TEST(a_silent_server_holds_nobody_up_for_long),
		TEST(a_caller_may_give_up_while_the_server_is_asked),
		TEST(an_invite_of_ours_waits_for_the_server_too),
		TEST(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}

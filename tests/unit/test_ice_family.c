/* ICE over IPv4 and IPv6 at once: two streams that have both, or of whom one way leads
 * nowhere; the line stands on the sockets of the family that was chosen. */
#include "tests/unit/test.h"

#include <ringdown/ice.h>

#include "core/media/engine.h"
#include "core/media/ice_servers.h"
#include "core/media/media.h"
#include "core/media/port.h"
#include "core/media/stream.h"
#include "tests/unit/media_rig.h"

enum { FOUR = 1, SIX = 2 };

static struct rd_stream *a, *b;
static int ups, downs;

static void on_event(const struct rd_stream_event *event, void *arg)
{
	(void)arg;
	ups += event->type == RD_STREAM_ICE_UP;
	downs += event->type == RD_STREAM_ICE_DOWN;
}

static void loopback(struct sockaddr_storage *out, int family)
{
	memset(out, 0, sizeof(*out));
	out->ss_family = (sa_family_t)family;
	if (family == AF_INET6)
		((struct sockaddr_in6 *)out)->sin6_addr = in6addr_loopback;
	else
		((struct sockaddr_in *)out)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static void configure(struct rd_stream *stream, const char *codec, int payload)
{
	struct rd_stream_config config = { .direction = RD_SENDRECV, .format_count = 1,
					   .dtmf_payload = -1, .cn_payload = -1,
					   .rtcp_mux = true, .ice = true, .symmetric = true };

	config.formats[0].codec = rig_codec(codec);
	config.formats[0].payload = (uint8_t)payload;
	config.formats[0].ptime_ms = 20;
	assert_int_equal(rd_stream_configure(stream, &config), 0);
}

static void speak(struct rd_stream *stream)
{
	struct rd__play play = { .tones = "440" };

	assert_int_equal(rd__stream_play(stream, &play, NULL), 0);
}

static void begin_ice(struct rd_stream *stream, int family, bool controlling, bool rtcp_mux)
{
	struct rd_ice_options options = { .controlling = controlling, .rtcp_mux = rtcp_mux };

	loopback(&options.other, family == AF_INET ? AF_INET6 : AF_INET);
	assert_int_equal(rd_stream_ice_begin(stream, &options), 0);
	rd_stream_on_event(stream, on_event, NULL);
}

/* One whose own family this is, and that has the other, too. */
static struct rd_stream *open_both(int family, bool controlling)
{
	struct rd_rtp_local local = { .kind = RD_MEDIA_AUDIO };
	struct rd_stream *stream;

	loopback(&local.address, family);
	assert_int_equal(rd_stream_new_rtp(&stream, &local), 0);
	begin_ice(stream, family, controlling, true);
	configure(stream, "codec_ulaw", 0);
	speak(stream);
	return stream;
}

static void open_two(void)
{
	ups = downs = 0;
	a = open_both(AF_INET, true);
	b = open_both(AF_INET, false);
}

static void close_two(void)
{
	rd_stream_close(a);
	rd_stream_close(b);
	rig_streams_end();
}

static int candidates(const struct rd_stream *stream, int family)
{
	struct rd_ice_candidate candidate;
	int count = 0;

	for (int i = 0; rd_stream_ice_local(stream, i, &candidate); i++)
		count += candidate.address.ss_family == family;
	return count;
}

/* Of the candidates those of these families; the others lead to where nobody is. */
static void tell(struct rd_stream *from, struct rd_stream *to, int families)
{
	struct rd_ice_candidate candidate;

	assert_int_equal(rd_stream_ice_remote(to, rd_str_of(rd_stream_ice_ufrag(from)),
					      rd_str_of(rd_stream_ice_pwd(from)), false), 0);
	for (int i = 0; rd_stream_ice_local(from, i, &candidate); i++) {
		bool six = candidate.address.ss_family == AF_INET6;

		if (!(families & (six ? SIX : FOUR)))
			((struct sockaddr_in *)&candidate.address)->sin_port = htons(9);
		rd_stream_ice_add_remote(to, &candidate);
	}
	rd_stream_ice_end_of_candidates(to);
}

static void tell_both(int families)
{
	tell(a, b, families);
	tell(b, a, families);
}

static uint64_t heard(const struct rd_stream *stream)
{
	struct rd_stream_stats stats;

	rd_stream_stats(stream, &stats);
	return stats.rx_packets;
}

static int stands_on(const struct rd_stream *stream)
{
	struct sockaddr_storage local;

	rd_stream_local(stream, &local);
	return local.ss_family;
}

static int chosen(const struct rd_stream *stream)
{
	struct rd_ice_candidate local, remote;

	if (!rd_stream_ice_selected(stream, 1, &local, &remote))
		return 0;
	assert_int_equal(local.address.ss_family, remote.address.ss_family);
	return local.address.ss_family;
}

static bool all_is_by(int family)
{
	return chosen(a) == family && chosen(b) == family && stands_on(a) == family &&
	       stands_on(b) == family;
}

/* Until both go by this family; then each hears the other go on. */
static void expect_sound_by(int family)
{
	uint64_t before[2];

	for (int ms = 0; ms < 10000 && !all_is_by(family); ms += 20)
		rig_run(20);
	assert_true(all_is_by(family));
	rig_run(1000); /* counters are told twice a second */
	before[0] = heard(a);
	before[1] = heard(b);
	rig_run(1500);
	assert_true(heard(a) >= before[0] + 45);
	assert_true(heard(b) >= before[1] + 45);
}

/* ---- gathering ---- */

static void both_families_are_told(void **state)
{
	struct rd_ice_candidate first;

	(void)state;
	open_two();
	assert_int_equal(candidates(a, AF_INET), 1);
	assert_int_equal(candidates(a, AF_INET6), 1);
	assert_true(rd_stream_ice_local(a, 0, &first));
	assert_int_equal(first.address.ss_family, AF_INET6);
	rd_stream_ice_end(a);
	assert_int_equal(rd__ports_used(), 3); /* its second pair is given back */
	close_two();
}

/* Where RTCP has ways of its own, one family is enough. */
static void without_mux_there_is_one(void **state)
{
	(void)state;
	open_two();
	rd_stream_ice_end(a);
	begin_ice(a, AF_INET, true, false);
	assert_int_equal(candidates(a, AF_INET), 2);
	assert_int_equal(candidates(a, AF_INET6), 0);
	close_two();
}

/* An address that is not ours, or not any more: the call has one family. */
static void a_call_may_do_without(void **state)
{
	struct rd_ice_options options = { .controlling = true, .rtcp_mux = true };

	(void)state;
	open_two();
	rd_stream_ice_end(a);
	loopback(&options.other, AF_INET6);
	((struct sockaddr_in6 *)&options.other)->sin6_addr.s6_addr[0] = 0x20;
	assert_int_equal(rd_stream_ice_begin(a, &options), 0);
	assert_int_equal(candidates(a, AF_INET6), 0);
	tell_both(FOUR | SIX);
	expect_sound_by(AF_INET);
	close_two();
}

static void the_worlds_view_belongs_to_its_family(void **state)
{
	struct rd_ice_candidate candidate;
	struct sockaddr_storage world;
	int found = 0;

	(void)state;
	open_two();
	loopback(&world, AF_INET);
	((struct sockaddr_in *)&world)->sin_addr.s_addr = htonl(0xc6336401); /* 198.51.100.1 */
	assert_int_equal(rd_stream_ice_add_external(a, &world), 0);
	for (int i = 0; rd_stream_ice_local(a, i, &candidate); i++) {
		if (candidate.type != RD_ICE_SRFLX)
			continue;
		found++;
		assert_int_equal(candidate.address.ss_family, AF_INET);
		assert_int_equal(candidate.related.ss_family, AF_INET);
	}
	assert_int_equal(found, 1);
	close_two();
}

/* ---- choosing ---- */

static void ipv6_is_preferred(void **state)
{
	(void)state;
	open_two();
	tell_both(FOUR | SIX);
	expect_sound_by(AF_INET6);
	assert_int_equal(ups, 2);
	assert_int_equal(downs, 0);
	close_two();
}

static void what_leads_nowhere_is_not_used(void **state)
{
	(void)state;
	open_two();
	tell_both(FOUR);
	expect_sound_by(AF_INET);
	close_two();
	open_two();
	tell_both(SIX);
	expect_sound_by(AF_INET6);
	close_two();
}

static void streams_of_different_families_meet(void **state)
{
	(void)state;
	ups = downs = 0;
	a = open_both(AF_INET, true);
	b = open_both(AF_INET6, false);
	tell_both(FOUR);
	expect_sound_by(AF_INET);
	close_two();
}

/* ---- changing ---- */

static void restart(int families)
{
	rd_stream_ice_restart(a, true);
	rd_stream_ice_restart(b, false);
	tell_both(families);
}

static void a_restart_goes_to_the_other_family_and_back(void **state)
{
	(void)state;
	open_two();
	tell_both(FOUR);
	expect_sound_by(AF_INET);
	restart(SIX);
	expect_sound_by(AF_INET6);
	restart(FOUR);
	expect_sound_by(AF_INET);
	restart(FOUR | SIX);
	expect_sound_by(AF_INET6);
	assert_int_equal(downs, 0);
	close_two();
}

/* Chosen anew while the line still stands on the former sockets: it is not lost. */
static void the_last_way_counts(void **state)
{
	struct rd__ports *six;

	(void)state;
	open_two();
	tell_both(FOUR);
	expect_sound_by(AF_INET);
	six = a->ice->spare;
	assert_true(rd__ice_stand_for(a->ice, AF_INET6));
	assert_ptr_equal(a->ports, six);
	assert_null(a->ice->spare);
	rd__ice_go_way(a->ice); /* which is still by IPv4 */
	expect_sound_by(AF_INET);
	assert_ptr_equal(a->ice->spare, six);
	close_two();
}

/* A call ends at any time. */
static void closing_while_it_changes_loses_no_port(void **state)
{
	(void)state;
	open_two();
	tell_both(FOUR);
	expect_sound_by(AF_INET);
	assert_true(rd__ice_stand_for(a->ice, AF_INET6));
	assert_true(rd__ice_stand_for(b->ice, AF_INET6));
	rd_stream_ice_end(b);
	rd_stream_close(a);
	rd_stream_close(b);
	rig_streams_end();
	assert_int_equal(rd__ports_used(), 0);
}

static void those_it_carries_go_along(void **state)
{
	struct rd_stream *with_a = rig_bare_stream(RD_MEDIA_AUDIO);
	struct rd_stream *with_b = rig_bare_stream(RD_MEDIA_AUDIO);

	(void)state;
	open_two();
	configure(with_a, "codec_alaw", 8);
	configure(with_b, "codec_alaw", 8);
	assert_int_equal(rd_stream_bundle(with_a, a), 0);
	assert_int_equal(rd_stream_bundle(with_b, b), 0);
	speak(with_a);
	speak(with_b);
	for (int families = FOUR; families <= SIX; families++) {
		uint64_t before[2];

		if (families == FOUR)
			tell_both(families);
		else
			restart(families);
		expect_sound_by(families == FOUR ? AF_INET : AF_INET6);
		before[0] = heard(with_a);
		before[1] = heard(with_b);
		rig_run(1500);
		assert_true(heard(with_a) >= before[0] + 45);
		assert_true(heard(with_b) >= before[1] + 45);
	}
	rd_stream_close(with_a);
	rd_stream_close(with_b);
	close_two();
}

/* ---- consent ---- */

/* On the way that is used, which is not by the stream's first sockets: it lasts while it
 * is given, and ends the sound when it is not. */
static void consent_is_asked_for_by_the_family_that_is_used(void **state)
{
	(void)state;
	open_two();
	tell_both(SIX);
	expect_sound_by(AF_INET6);
	rig_run(60000);
	assert_int_equal(downs, 0);
	expect_sound_by(AF_INET6);
	rd_stream_close(b);
	rig_run(40000);
	assert_int_equal(downs, 1);
	rd_stream_close(a);
	rig_streams_end();
}

static int begin(void **state)
{
	rig_start(*(int *)*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_virtual_setup, rig_virtual_teardown)
#define THREADED(name, arg) { #name "_threaded", name, begin, rig_teardown, arg }

int main(void)
{
	static int threads = 2;
	const struct CMUnitTest tests[] = {
		TEST(both_families_are_told),
		TEST(without_mux_there_is_one),
		TEST(a_call_may_do_without),
		TEST(the_worlds_view_belongs_to_its_family),
		TEST(ipv6_is_preferred),
		TEST(what_leads_nowhere_is_not_used),
		TEST(streams_of_different_families_meet),
		TEST(a_restart_goes_to_the_other_family_and_back),
		TEST(the_last_way_counts),
		TEST(closing_while_it_changes_loses_no_port),
		TEST(those_it_carries_go_along),
		TEST(consent_is_asked_for_by_the_family_that_is_used),
		THREADED(ipv6_is_preferred, &threads),
		THREADED(a_restart_goes_to_the_other_family_and_back, &threads),
		THREADED(closing_while_it_changes_loses_no_port, &threads),
		THREADED(those_it_carries_go_along, &threads),
	};

	return RUN_GROUP(tests);
}

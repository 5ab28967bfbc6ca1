/* Sound and pictures of one phone by one port (RFC 9143), over real sockets: what comes
 * there finds its line, and what each line says leaves from there. */
#include "tests/unit/test.h"

#include <ringdown/ice.h>

#include "core/base/alloc.h"
#include "core/media/place.h"
#include "core/media/secure.h"
#include "core/media/srtp.h"
#include "core/media/stream.h"
#include "core/media/wire.h"
#include "tests/unit/video_rig.h"

enum { MID_ID = 3, SOUND_SSRC = 1111, PICTURE_SSRC = 2222 };

static struct far_end phone, ear, eye; /* one with both, and whom it talks to */
static struct rd_stream *sound, *pictures; /* the phone's */
static struct rd_stream *to_ear, *to_eye;
static struct rd_stream_config config;
static uint8_t packet[1500];

static void configure(struct rd_stream *stream)
{
	assert_int_equal(rd_stream_configure(stream, &config), 0);
}

static void name_it(struct rd_stream *stream, const char *mid, uint8_t mid_id)
{
	config = *rd_stream_config(stream);
	config.rtcp_mux = true;
	config.mid_id = mid_id;
	rd_strcpy(config.mid, sizeof(config.mid), mid);
	configure(stream);
}

static int open_all(int threads)
{
	rig_threads = threads;
	video_setup(NULL);
	far_end_open(&phone);
	far_end_open(&ear);
	far_end_open(&eye);
	to_ear = rig_stream(&ear, "ulaw");
	to_eye = rig_bare_stream(RD_MEDIA_VIDEO);
	video_configure(to_eye, &eye, FORMATS("vp8 100"), ALL, true);
	pictures = rig_bare_stream(RD_MEDIA_VIDEO);
	sound = rig_stream(&phone, "ulaw");
	video_configure(pictures, &phone, FORMATS("vp8 100"), ALL, true);
	name_it(sound, "a", MID_ID);
	name_it(pictures, "v", MID_ID);
	assert_int_equal(rd_stream_bundle(pictures, sound), 0);
	assert_int_equal(rd__stream_link(sound, to_ear, 0), 0);
	assert_int_equal(rd__stream_link(pictures, to_eye, 0), 0);
	rig_run(20);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return open_all(1);
}

/* Each line on another one, if need be. */
static int setup_threads(void **state)
{
	(void)state;
	rd__media_pack(1);
	return open_all(4);
}

static int setup_inline(void **state)
{
	(void)state;
	return open_all(0);
}

static int teardown(void **state)
{
	struct rd_stream **all[] = { &sound, &pictures, &to_ear, &to_eye };

	for (size_t i = 0; i < RD_ARRAY_SIZE(all); i++) {
		if (*all[i])
			rd_stream_close(*all[i]);
		*all[i] = NULL;
	}
	far_end_close(&phone);
	far_end_close(&ear);
	far_end_close(&eye);
	rig_run(20);
	video_teardown(state);
	rd__media_pack(400);
	rig_threads = 1;
	return 0;
}

/* ---- what the phone says ---- */

static uint16_t seq = 100;

static size_t make(uint8_t payload, uint32_t ssrc, const char *mid, const char *text)
{
	uint8_t plain[600];
	struct rd__rtp rtp = { .payload_type = payload, .seq = seq++, .ts = seq * 160u,
			       .ssrc = ssrc, .payload = plain + RD__RTP_HEADER,
			       .size = strlen(text) };

	memcpy(rtp.payload, text, rtp.size);
	rd__rtp_print(&rtp);
	if (mid)
		return rd__rtp_add_element(packet, plain, RD__RTP_HEADER + rtp.size, MID_ID, mid,
					   strlen(mid));
	memcpy(packet, plain, RD__RTP_HEADER + rtp.size);
	return RD__RTP_HEADER + rtp.size;
}

static void say(uint8_t payload, uint32_t ssrc, const char *mid, const char *text)
{
	far_end_send_raw(&phone, sound, packet, make(payload, ssrc, mid, text));
}

static void assert_comes(struct far_end *far, const char *text)
{
	struct arrived got;

	assert_true(far_end_receive(far, &got, SOON_MS));
	assert_int_equal(got.rtp.size, strlen(text));
	assert_memory_equal(got.rtp.payload, text, strlen(text));
}

static void assert_quiet(struct far_end *far)
{
	struct arrived got;

	if (far_end_receive(far, &got, QUIET_MS))
		fail_msg("\"%.*s\" came", (int)got.rtp.size, (char *)got.rtp.payload);
}

/* It may have the types of one that does (a conference's). */
static void a_line_that_only_shows_hears_nothing(void **state)
{
	struct rd_stream *more = rig_bare_stream(RD_MEDIA_VIDEO);

	(void)state;
	video_configure(more, &phone, FORMATS("vp8 100"), ALL, true);
	name_it(more, "m", MID_ID);
	config.direction = RD_SENDONLY;
	configure(more);
	assert_int_equal(rd_stream_bundle(more, sound), 0);
	rig_run(20);
	say(100, PICTURE_SSRC, NULL, "a picture");
	assert_comes(&eye, "a picture");
	rd_stream_close(more);
}

static void types_tell_lines_apart(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		say(0, SOUND_SSRC, NULL, "heard");
		say(100, PICTURE_SSRC, NULL, "seen");
		assert_comes(&ear, "heard");
		assert_comes(&eye, "seen");
	}
	assert_quiet(&ear);
	assert_quiet(&eye);
	/* A type of nobody's is nobody's; nor may a source take another line's. */
	say(97, 3333, NULL, "nobody's");
	say(100, SOUND_SSRC, NULL, "a picture of the sound's");
	assert_quiet(&ear);
	assert_quiet(&eye);
}

/* Both may have the same type; the name decides, and is remembered. */
static void names_tell_lines_apart(void **state)
{
	(void)state;
	config = *rd_stream_config(pictures);
	config.formats[0].payload = 0;
	configure(pictures);
	config = *rd_stream_config(to_eye);
	config.formats[0].payload = 0;
	configure(to_eye);
	rig_run(20);
	say(0, PICTURE_SSRC, NULL, "whose?");
	assert_quiet(&ear);
	assert_quiet(&eye);
	say(0, PICTURE_SSRC, "v", "seen");
	say(0, SOUND_SSRC, "a", "heard");
	assert_comes(&eye, "seen");
	assert_comes(&ear, "heard");
	say(0, PICTURE_SSRC, NULL, "seen again");
	assert_comes(&eye, "seen again");
	say(0, 4444, "x", "of no line of ours");
	assert_quiet(&ear);
	assert_quiet(&eye);
}

static void reports_tell_lines_apart(void **state)
{
	struct rd__rtcp_sender sender = { .ssrc = PICTURE_SSRC, .cname = "c", .mid = "v" };
	uint8_t report[RD__RTCP_MAX];
	size_t size = rd__rtcp_print(report, &sender, NULL);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct rd_stream *stream = i ? to_eye : pictures;

		config = *rd_stream_config(stream);
		config.formats[0].payload = 0;
		configure(stream);
	}
	rig_run(20);
	far_end_send_raw(&phone, sound, report, size);
	rig_run(20);
	say(0, PICTURE_SSRC, NULL, "seen");
	assert_comes(&eye, "seen");
	assert_quiet(&ear);
	/* Cut off anywhere. */
	for (size_t cut = 8; cut < size; cut++)
		far_end_send_raw(&phone, sound, report, cut);
	rig_run(20);
}

static void what_is_no_packet_harms_nobody(void **state)
{
	(void)state;
	for (size_t size = 1; size < 24; size++) {
		make(100, PICTURE_SSRC, "v", "cut off");
		far_end_send_raw(&phone, sound, packet, size);
	}
	/* An extension that says it is longer than the packet. */
	make(100, PICTURE_SSRC, "v", "long");
	packet[15] = 200;
	far_end_send_raw(&phone, sound, packet, 24);
	rig_run(20);
	say(0, SOUND_SSRC, NULL, "heard");
	assert_comes(&ear, "heard");
}

/* ---- what it hears and sees ---- */

static const uint8_t *name_of(const struct arrived *got, size_t *size)
{
	return rd__rtp_element(got->bytes, MID_ID, size);
}

static void all_leaves_from_one_port_and_says_whose_it_is(void **state)
{
	struct sockaddr_storage ours;
	struct arrived got;
	size_t size;

	(void)state;
	rd_stream_local(pictures, &ours);
	far_end_send(&ear, to_ear, 7);
	assert_true(far_end_receive(&phone, &got, SOON_MS));
	assert_int_equal(got.rtp.payload_type, 0);
	assert_int_equal(got.rtp.payload[5], 7);
	assert_memory_equal(name_of(&got, &size), "a", 1);
	video_send(&eye, to_eye, true, "look", 4);
	for (int i = 0; i < 2; i++) {
		struct sockaddr_in from;
		socklen_t n = sizeof(from);
		ssize_t rc = -1;

		for (int ms = 0; rc < 0 && ms < SOON_MS; ms++) {
			rc = recvfrom(phone.fd, got.bytes, sizeof(got.bytes), 0,
				      (struct sockaddr *)&from, &n);
			rig_run(1);
		}
		assert_true(rc > 0);
		assert_int_equal(from.sin_port, ((struct sockaddr_in *)&ours)->sin_port);
		assert_true(rd__rtp_parse(&got.rtp, got.bytes, (size_t)rc));
		assert_int_equal(got.rtp.payload_type, i == 0 ? 100 : 0);
		assert_memory_equal(name_of(&got, &size), i == 0 ? "v" : "a", 1);
		assert_int_equal(size, 1);
		far_end_send(&ear, to_ear, 8);
	}
	assert_int_not_equal(rd_stream_ssrc(sound), rd_stream_ssrc(pictures));
}

/* Reports may come before it. */
static void assert_hears_of(uint8_t payload)
{
	struct arrived got = { .rtp = { .payload_type = 0xff } };

	for (int i = 0; i < 10 && got.rtp.payload_type != payload; i++)
		if (!far_end_receive(&phone, &got, SOON_MS))
			break;
	assert_int_equal(got.rtp.payload_type, payload);
}

/* Behind a router, sound and pictures come from an address that nobody has told. */
static void each_line_learns_where_the_phone_is(void **state)
{
	struct rd_stream *lines[] = { sound, pictures };
	struct far_end told;

	(void)state;
	far_end_open(&told);
	for (int i = 0; i < 2; i++) {
		config = *rd_stream_config(lines[i]);
		memcpy(&config.remote, &told.address, sizeof(told.address));
		configure(lines[i]);
	}
	rig_run(20);
	for (int i = 0; i < 8; i++)
		say(100, PICTURE_SSRC, NULL, "seen");
	rig_run(20);
	video_send(&eye, to_eye, true, "look", 4);
	assert_hears_of(100);
	for (int i = 0; i < 8; i++)
		say(0, SOUND_SSRC, NULL, "heard");
	rig_run(20);
	far_end_send(&ear, to_ear, 7);
	assert_hears_of(0);
	far_end_close(&told);
}

/* ---- reports and wishes ---- */

static void wishes_reach_their_line(void **state)
{
	struct rd__feedback wish = { .type = RD__FEEDBACK_PICTURE, .format = RD__FEEDBACK_PLI };
	struct arrived got;

	(void)state;
	video_send(&eye, to_eye, true, "look", 4);
	assert_true(far_end_receive(&phone, &got, SOON_MS));
	wish.sender = PICTURE_SSRC;
	wish.media = rd_stream_ssrc(sound);
	feedback_send(&phone, sound, &wish);
	feedback_none(&eye);
	wish.media = rd_stream_ssrc(pictures);
	feedback_send(&phone, sound, &wish);
	feedback_receive(&eye, &got, &wish);
	assert_int_equal(wish.format, RD__FEEDBACK_PLI);
}

static void reports_say_whose_they_are(void **state)
{
	uint8_t out[RD__RTCP_MAX];
	struct rd__rtcp_sender sender = { .ssrc = 1, .cname = "c", .mid = "v" };
	size_t size = rd__rtcp_print(out, &sender, NULL);

	(void)state;
	assert_int_equal(size, 8 + 16);
	assert_memory_equal(out + 8 + 8, "\1\1c\17\1v\0\0", 8);
}

/* ---- secure ---- */

static struct rd_srtp_key theirs, ours;

static void secure(struct rd_stream *stream)
{
	config = *rd_stream_config(stream);
	config.security.by = RD_SECURITY_SDES;
	config.security.local = ours;
	config.security.remote = theirs;
	configure(stream);
}

static void lines_share_keys(void **state)
{
	struct rd__srtp *out, *in;
	struct arrived got;
	uint8_t sealed[700];
	ssize_t n;

	(void)state;
	rd_srtp_key_make(&theirs, RD_SRTP_AEAD_AES_128_GCM);
	rd_srtp_key_make(&ours, RD_SRTP_AEAD_AES_128_GCM);
	secure(sound);
	secure(pictures);
	rig_run(20);
	assert_int_equal(rd__srtp_new(&out, &theirs, true), 0);
	assert_int_equal(rd__srtp_new(&in, &ours, false), 0);
	/* With padding, whose length is not to be read where it is encrypted. */
	for (int i = 0; i < 2; i++) {
		const char *text = i ? "seen" : "heard";
		size_t size = make(i ? 100 : 0, i ? PICTURE_SSRC : SOUND_SSRC, i ? "v" : "a", text);
		static const uint8_t padding[] = { 0, 0, 0, 4 };

		packet[0] |= 0x20;
		memcpy(packet + size, padding, 4);
		size = rd__srtp_protect(out, sealed, packet, size + 4);
		assert_true(size > 0);
		far_end_send_raw(&phone, sound, sealed, size);
		assert_comes(i ? &eye : &ear, text);
	}
	video_send(&eye, to_eye, true, "look", 4);
	assert_true(far_end_receive(&phone, &got, SOON_MS));
	n = rd__srtp_unprotect(in, got.bytes, got.size);
	assert_true(n > 0);
	assert_true(rd__rtp_parse(&got.rtp, got.bytes, (size_t)n));
	assert_memory_equal(got.rtp.payload, "look", 4);
	rd__srtp_free(out);
	rd__srtp_free(in);
}

/* ---- coming and going ---- */

static void a_line_may_get_a_port_of_its_own_again(void **state)
{
	static const struct rd_ice_options ice = { .rtcp_mux = true };
	struct sockaddr_storage before, after;

	(void)state;
	rd_stream_local(pictures, &before);
	assert_ptr_equal(rd_stream_carrier(pictures), sound);
	assert_int_equal(rd_stream_unbundle(pictures), 0);
	assert_null(rd_stream_carrier(pictures));
	rd_stream_local(pictures, &after);
	assert_int_not_equal(((struct sockaddr_in *)&before)->sin_port,
			     ((struct sockaddr_in *)&after)->sin_port);
	rig_run(20);
	far_end_send_raw(&phone, pictures, packet, make(100, PICTURE_SSRC, NULL, "seen"));
	assert_comes(&eye, "seen");
	say(0, SOUND_SSRC, NULL, "heard");
	assert_comes(&ear, "heard");
	/* With nothing of its own. */
	assert_int_equal(rd_stream_ice_begin(pictures, &ice), 0);
	assert_int_equal(rd_stream_bundle(pictures, sound), 0);
	assert_false(rd_stream_has_ice(pictures));
	assert_int_equal(rd_stream_bundle(pictures, sound), 0);
	rig_run(20);
	say(100, PICTURE_SSRC, NULL, "seen again");
	assert_comes(&eye, "seen again");
}

static void who_carries_nobody_any_more_may_be_carried(void **state)
{
	struct rd_stream *text = rig_bare_stream(RD_MEDIA_TEXT);

	(void)state;
	assert_int_equal(rd_stream_unbundle(pictures), 0);
	assert_int_equal(rd_stream_bundle(text, sound), 0);
	assert_int_equal(rd_stream_bundle(text, pictures), 0);
	/* By another name than it has of itself. */
	name_it(sound, "b", MID_ID);
	assert_int_equal(rd_stream_bundle(sound, pictures), 0);
	rig_run(20);
	far_end_send_raw(&phone, pictures, packet, make(0, SOUND_SSRC, "b", "heard"));
	assert_comes(&ear, "heard");
	far_end_send_raw(&phone, pictures, packet, make(100, PICTURE_SSRC, "v", "seen"));
	assert_comes(&eye, "seen");
	rd_stream_close(text);
}

static void whoever_closes_first(void **state)
{
	(void)state;
	rd_stream_close(pictures);
	pictures = NULL;
	rig_run(20);
	say(100, PICTURE_SSRC, NULL, "to nobody");
	assert_quiet(&ear);
	say(0, SOUND_SSRC, NULL, "heard");
	assert_comes(&ear, "heard");
}

static void the_carrier_closes_first(void **state)
{
	struct sockaddr_storage local;

	(void)state;
	rd_stream_close(sound);
	sound = NULL;
	rig_run(20);
	assert_null(rd_stream_carrier(pictures));
	rd_stream_local(pictures, &local);
	assert_int_equal(local.ss_family, 0);
}

static int there_and_back(void)
{
	int rc = rd_stream_bundle(pictures, sound);

	if (rc == 0)
		rc = rd_stream_unbundle(pictures);
	return rc;
}

static void memory_may_run_out(void **state)
{
	(void)state;
	assert_int_equal(rd_stream_unbundle(pictures), 0);
	for (int n = 0;; n++) {
		int rc;

		rd__alloc_fail_after(n);
		rc = there_and_back();
		rd__alloc_fail_after(-1);
		rig_run(5);
		if (rc == 0)
			break;
		assert_int_equal(rc, -ENOMEM);
		assert_int_equal(rd_stream_unbundle(pictures), 0);
	}
	assert_int_equal(rd_stream_bundle(pictures, sound), 0);
	rig_run(20);
	say(100, PICTURE_SSRC, NULL, "seen");
	assert_comes(&eye, "seen");
}

static void what_is_left_half_done_is_whole_once_it_is_configured(void **state)
{
	int rc, halves = 0;

	(void)state;
	for (int n = 0;; n++) {
		assert_int_equal(rd_stream_unbundle(pictures), 0);
		rd__alloc_fail_after(n);
		rc = rd_stream_bundle(pictures, sound);
		rd__alloc_fail_after(-1);
		rig_run(20);
		if (rc == 0)
			break;
		if (!rd_stream_carrier(pictures))
			continue;
		halves++;
		config = *rd_stream_config(pictures);
		configure(pictures);
		rig_run(20);
		say(100, PICTURE_SSRC, NULL, "seen");
		assert_comes(&eye, "seen");
	}
	assert_true(halves > 0);
}

#define ON_ONE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
#define ON_MANY(t) cmocka_unit_test_setup_teardown(t, setup_threads, teardown)
#define ON_NONE(t) cmocka_unit_test_setup_teardown(t, setup_inline, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ONE(a_line_that_only_shows_hears_nothing),
		ON_ONE(types_tell_lines_apart),
		ON_MANY(types_tell_lines_apart),
		ON_NONE(types_tell_lines_apart),
		ON_ONE(names_tell_lines_apart),
		ON_ONE(reports_tell_lines_apart),
		ON_ONE(what_is_no_packet_harms_nobody),
		ON_ONE(all_leaves_from_one_port_and_says_whose_it_is),
		ON_MANY(all_leaves_from_one_port_and_says_whose_it_is),
		ON_ONE(each_line_learns_where_the_phone_is),
		ON_ONE(wishes_reach_their_line),
		ON_ONE(reports_say_whose_they_are),
		ON_ONE(lines_share_keys),
		ON_ONE(a_line_may_get_a_port_of_its_own_again),
		ON_MANY(a_line_may_get_a_port_of_its_own_again),
		ON_ONE(who_carries_nobody_any_more_may_be_carried),
		ON_ONE(whoever_closes_first),
		ON_ONE(the_carrier_closes_first),
		ON_ONE(memory_may_run_out),
		ON_ONE(what_is_left_half_done_is_whole_once_it_is_configured),
	};

	return RUN_GROUP(tests);
}

/* DTLS-SRTP: two sessions with a wire between them that may lose, and streams
 * that shake hands with a phone over real sockets. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/media_rig.h"
#include "tests/unit/own_identity.h"
#include "tests/unit/sip_certificates.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/ssl.h>
#include <uv.h>

#include "core/media/demux.h"
#include "core/media/dtls_session.h"
#include "core/media/srtp.h"
#include "core/media/stream.h"

enum { SOON_MS = 3000, QUIET_MS = 60 };

/* ---- fingerprints ---- */

#define REST "B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB"

static void fingerprints_are_printed_and_read(void **state)
{
	struct rd_fingerprint ours, again;
	char text[RD_FINGERPRINT_TEXT];

	(void)state;
	assert_int_equal(rd_dtls_fingerprint(&ours), 0);
	assert_int_equal(ours.size, 32);
	assert_int_equal(rd_fingerprint_print(&ours, text), 7 + 32 * 3);
	assert_int_equal(rd_fingerprint_parse(&again, rd_str_of(text)), 0);
	assert_true(rd_fingerprint_equal(&ours, &again));
	/* Of another case, and a shorter hash. */
	assert_int_equal(rd_fingerprint_parse(&again,
			 RD_STR("SHA-1 4a:ad:" REST)), 0);
	assert_string_equal(again.hash, "sha-1");
	assert_int_equal(again.digest[0], 0x4a);
	assert_int_equal(again.digest[19], 0xab);
	assert_false(rd_fingerprint_equal(&ours, &again));
}

static void wrong_fingerprints_are_refused(void **state)
{
	struct rd_fingerprint out;

	(void)state;
	assert_int_equal(rd_fingerprint_parse(&out, RD_STR("md5 00:11")), -ENOTSUP);
	assert_int_equal(rd_fingerprint_parse(&out, RD_STR("")), -EINVAL);
	assert_int_equal(rd_fingerprint_parse(&out, RD_STR("sha-1")), -EINVAL);
	assert_int_equal(rd_fingerprint_parse(&out, RD_STR("sha-1 00:11")), -EINVAL);
	assert_int_equal(rd_fingerprint_parse(&out,
			 RD_STR("sha-1 4A-AD-" REST)), -EINVAL);
	assert_int_equal(rd_fingerprint_parse(&out,
			 RD_STR("sha-1 4G:AD:" REST)), -EINVAL);
}

/* ---- the certificate ---- */

static int read_rtp_conf(const char *text)
{
	return conf_dir_apply(&rd__rtp_config, text);
}

/* By the pool, that is, as all of a configuration: on the switch thread, the first
 * call with DTLS would hold up all others. */
static void the_certificate_is_made_when_rtp_conf_is_read_and_never_in_a_call(void **state)
{
	struct rd__dtls_session *session;
	struct rd_fingerprint ours;

	(void)state;
	conf_dir_make();
	assert_int_equal(rd_dtls_fingerprint(&ours), -EIO);
	assert_int_equal(rd__dtls_session_new(&session, rd__dtls_context(), true), -EIO);
	assert_int_equal(read_rtp_conf("[general]\n"), 0);
	assert_int_equal(rd_dtls_fingerprint(&ours), 0);
	assert_int_equal(rd__dtls_session_new(&session, rd__dtls_context(), true), 0);
	rd__dtls_session_free(session);
	conf_dir_remove();
}

static void a_certificate_of_ones_own_can_be_set(void **state)
{
	struct rd_fingerprint made, again, read;
	struct certificate certificate = { .name = "sound" };
	char path[256], text[640];

	(void)state;
	conf_dir_make();
	assert_int_equal(rd_dtls_fingerprint(&made), 0);
	assert_int_equal(read_rtp_conf("[general]\n"), 0);
	assert_int_equal(rd_dtls_fingerprint(&again), 0);
	assert_true(rd_fingerprint_equal(&made, &again));
	snprintf(path, sizeof(path), "%s/sound", conf_dir_path());
	certificate.path = path;
	certificate_write(&certificate);
	snprintf(text, sizeof(text),
		 "[general]\ndtls_cert_file=%s.crt\ndtls_private_key=%s.key\n", path, path);
	assert_int_equal(read_rtp_conf(text), 0);
	assert_int_equal(rd_dtls_fingerprint(&read), 0);
	assert_false(rd_fingerprint_equal(&made, &read));
	/* A wrong file changes nothing, and without one there is a new one. */
	assert_int_equal(read_rtp_conf("[general]\ndtls_cert_file=/nowhere\n"), -EINVAL);
	assert_int_equal(rd_dtls_fingerprint(&again), 0);
	assert_true(rd_fingerprint_equal(&read, &again));
	assert_int_equal(read_rtp_conf("[general]\n"), 0);
	assert_int_equal(rd_dtls_fingerprint(&again), 0);
	assert_false(rd_fingerprint_equal(&read, &again));
	conf_dir_remove();
}

/* OpenSSL would ask the terminal for it, and wait. */
static void a_key_with_a_passphrase_is_refused_with_the_reason(void **state)
{
	struct certificate certificate = { .name = "shut", .passphrase = "open sesame" };
	char path[256], crt[264], key[264];
	SSL_CTX *context;
	const char *why;

	(void)state;
	conf_dir_make();
	snprintf(path, sizeof(path), "%s/shut", conf_dir_path());
	snprintf(crt, sizeof(crt), "%s.crt", path);
	snprintf(key, sizeof(key), "%s.key", path);
	certificate.path = path;
	certificate_write(&certificate);
	assert_int_equal(rd__dtls_identity_read(&context, crt, key, &why), -EINVAL);
	assert_non_null(strstr(why, "has a passphrase"));
	conf_dir_remove();
}

/* ---- two sessions ---- */

struct pair {
	struct rd__dtls_session *side[2]; /* the first is active */
	int finished[2], lost, carried;
	unsigned lose; /* a bit for each datagram, in the order of sending */
};

static void pair_open(struct pair *pair, unsigned lose)
{
	memset(pair, 0, sizeof(*pair));
	pair->lose = lose;
	assert_int_equal(rd__dtls_session_new(&pair->side[0], rd__dtls_context(), true), 0);
	assert_int_equal(rd__dtls_session_new(&pair->side[1], rd__dtls_context(), false), 0);
}

static void pair_close(struct pair *pair)
{
	rd__dtls_session_free(pair->side[0]);
	rd__dtls_session_free(pair->side[1]);
}

static bool is_lost(struct pair *pair)
{
	bool lost = pair->carried < 32 && pair->lose & 1u << pair->carried;

	pair->carried++;
	pair->lost += lost;
	return lost;
}

/* All that side has to say, to the other one. False when nothing was said. */
static bool carry(struct pair *pair, int from)
{
	const uint8_t *data;
	size_t size;
	bool said = false;

	while (rd__dtls_session_output(pair->side[from], &data, &size)) {
		uint8_t copy[RD__DTLS_MTU];
		int rc;

		said = true;
		assert_true(size <= RD__DTLS_MTU);
		assert_int_equal(rd__demux(data, size), RD__PACKET_DTLS);
		memcpy(copy, data, size);
		if (is_lost(pair))
			continue;
		rc = rd__dtls_session_step(pair->side[!from], copy, size);
		assert_true(rc >= 0);
		pair->finished[!from] = rc;
	}
	return said;
}

static void wait_and_repeat(struct pair *pair)
{
	for (int i = 0; i < 2; i++) {
		int due = rd__dtls_session_due_ms(pair->side[i]);

		if (due < 0)
			continue;
		poll(NULL, 0, due);
		assert_true(rd__dtls_session_step(pair->side[i], NULL, 0) >= 0);
	}
}

static void shake_hands(struct pair *pair)
{
	assert_int_equal(rd__dtls_session_step(pair->side[0], NULL, 0), 0);
	for (int round = 0; round < 40; round++) {
		bool said = carry(pair, 0);

		said |= carry(pair, 1);
		if (pair->finished[0] && pair->finished[1] && !said)
			return;
		if (!said)
			wait_and_repeat(pair);
	}
	fail_msg("it never ended");
}

static void check_keys(struct pair *pair)
{
	struct rd_fingerprint ours, seen = { .hash = "sha-256" };
	struct rd_srtp_key local[2], remote[2];

	assert_int_equal(rd_dtls_fingerprint(&ours), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rd__dtls_session_keys(pair->side[i], &local[i], &remote[i]), 0);
		assert_int_equal(rd__dtls_session_peer(pair->side[i], &seen), 0);
		assert_true(rd_fingerprint_equal(&ours, &seen));
	}
	assert_int_equal(local[0].suite, RD_SRTP_AEAD_AES_256_GCM);
	assert_true(rd_srtp_key_equal(&local[0], &remote[1]));
	assert_true(rd_srtp_key_equal(&local[1], &remote[0]));
	assert_false(rd_srtp_key_equal(&local[0], &local[1]));
}

static void both_sides_come_to_the_same_keys(void **state)
{
	struct pair pair;

	(void)state;
	pair_open(&pair, 0);
	shake_hands(&pair);
	check_keys(&pair);
	assert_true(rd__dtls_session_due_ms(pair.side[0]) < 0);
	pair_close(&pair);
}

/* Each datagram of the handshake in turn does not arrive. */
static void a_lost_datagram_is_sent_again(void **state)
{
	(void)state;
	for (int n = 0; n < 4; n++) {
		struct pair pair;

		pair_open(&pair, 1u << n);
		shake_hands(&pair);
		assert_int_equal(pair.lost, 1);
		check_keys(&pair);
		pair_close(&pair);
	}
}

static void garbage_does_not_end_a_handshake(void **state)
{
	uint8_t garbage[64] = { 22, 0xfe, 0xfd };
	struct pair pair;

	(void)state;
	pair_open(&pair, 0);
	for (size_t n = 1; n < sizeof(garbage); n++)
		assert_int_equal(rd__dtls_session_step(pair.side[1], garbage, n), 0);
	shake_hands(&pair);
	check_keys(&pair);
	pair_close(&pair);
}

/* ---- streams and a phone ---- */

struct phone {
	struct far_end far;
	struct rd__dtls_session *dtls;
	struct rd_stream *stream;
	struct rd__srtp *tx, *rx;
	struct rd_fingerprint fingerprint; /* its own */
	int secured, insecure, finished;
};

static void on_event(const struct rd_stream_event *event, void *arg)
{
	struct phone *phone = arg;

	phone->secured += event->type == RD_STREAM_SECURED;
	phone->insecure += event->type == RD_STREAM_INSECURE;
}

static void phone_open(struct phone *phone, bool active)
{
	memset(phone, 0, sizeof(*phone));
	far_end_open(&phone->far);
	phone->stream = rig_stream(&phone->far, "ulaw");
	rd_stream_on_event(phone->stream, on_event, phone);
	assert_int_equal(rd_dtls_fingerprint(&phone->fingerprint), 0);
	assert_int_equal(rd__dtls_session_new(&phone->dtls, rd__dtls_context(), active), 0);
}

static void phone_close(struct phone *phone)
{
	rd_stream_close(phone->stream);
	rig_run(20);
	far_end_close(&phone->far);
	rd__dtls_session_free(phone->dtls);
	rd__srtp_free(phone->tx);
	rd__srtp_free(phone->rx);
}

/* The stream learns whom it talks to; wrong: not quite. */
static void agree(struct phone *phone, bool stream_active, bool wrong)
{
	struct rd_stream_config config = *rd_stream_config(phone->stream);

	config.security = (struct rd_stream_security){ .by = RD_SECURITY_DTLS,
						       .dtls.active = stream_active };
	config.security.dtls.fingerprint = phone->fingerprint;
	config.security.dtls.fingerprint.digest[0] ^= wrong;
	assert_int_equal(rd_stream_configure(phone->stream, &config), 0);
}

static void phone_says(struct phone *phone)
{
	const uint8_t *data;
	size_t size;

	while (rd__dtls_session_output(phone->dtls, &data, &size))
		far_end_send_raw(&phone->far, phone->stream, data, size);
}

static void phone_listens(struct phone *phone)
{
	uint8_t packet[1500];
	ssize_t n;

	rig_run(1);
	while ((n = recv(phone->far.fd, packet, sizeof(packet), 0)) > 0) {
		if (rd__demux(packet, (size_t)n) != RD__PACKET_DTLS)
			continue;
		phone->finished = rd__dtls_session_step(phone->dtls, packet, (size_t)n);
		phone_says(phone);
	}
}

static void handshake(struct phone *phone)
{
	struct rd_srtp_key local, remote;

	for (int ms = 0; ms < SOON_MS && !(phone->finished == 1 && phone->secured); ms++) {
		phone_listens(phone);
		if (phone->insecure)
			return;
	}
	assert_int_equal(phone->secured, 1);
	assert_int_equal(rd__dtls_session_keys(phone->dtls, &local, &remote), 0);
	assert_int_equal(rd__srtp_new(&phone->tx, &local, true), 0);
	assert_int_equal(rd__srtp_new(&phone->rx, &remote, false), 0);
	/* Until the media thread has them, too. */
	rig_run(20);
}

static void start_phone(struct phone *phone)
{
	assert_int_equal(rd__dtls_session_step(phone->dtls, NULL, 0), 0);
	phone_says(phone);
}

/* A packet of the phone's comes back from the stream's echo. */
static void check_sound(struct phone *phone, uint8_t byte)
{
	uint8_t packet[1500] = { 0 }, sealed[1500];
	struct rd__rtp rtp = { .seq = phone->far.seq++, .ts = phone->far.ts += 160,
			       .ssrc = phone->far.ssrc, .payload = packet + 12, .size = 160 };
	struct arrived got;
	size_t n;

	memset(rtp.payload, byte, 160);
	rd__rtp_print(&rtp);
	n = rd__srtp_protect(phone->tx, sealed, packet, 172);
	far_end_send_raw(&phone->far, phone->stream, sealed, n);
	do
		assert_true(far_end_receive(&phone->far, &got, SOON_MS));
	while (got.size != n);
	assert_memory_not_equal(got.bytes + 12, packet + 12, 32);
	assert_int_equal(rd__srtp_unprotect(phone->rx, got.bytes, got.size), 172);
	assert_int_equal(got.bytes[100], byte);
}

static bool has_keys_of(const struct rd_stream *stream, const struct rd_stream *other)
{
	return stream->keys[0].suite != RD_SRTP_NONE &&
	       rd_srtp_key_equal(&stream->keys[0], &other->keys[0]) &&
	       rd_srtp_key_equal(&stream->keys[1], &other->keys[1]);
}

/* One that shares the port from the beginning, and one that does so later. */
static void lines_that_share_a_port_share_its_keys(void **state)
{
	struct phone phone, pictures = { .stream = rig_bare_stream(RD_MEDIA_VIDEO) };
	struct phone text = { .stream = rig_bare_stream(RD_MEDIA_TEXT) };

	(void)state;
	phone_open(&phone, true);
	pictures.fingerprint = text.fingerprint = phone.fingerprint;
	rd__stream_echo(phone.stream, true);
	assert_int_equal(rd_stream_bundle(pictures.stream, phone.stream), 0);
	agree(&phone, false, false);
	agree(&pictures, false, false);
	assert_null(pictures.stream->dtls);
	rig_run(20);
	start_phone(&phone);
	handshake(&phone);
	check_sound(&phone, 0x41);
	assert_true(has_keys_of(pictures.stream, phone.stream));
	agree(&text, false, false);
	assert_non_null(text.stream->dtls);
	assert_int_equal(rd_stream_bundle(text.stream, phone.stream), 0);
	assert_null(text.stream->dtls);
	assert_true(has_keys_of(text.stream, phone.stream));
	rd_stream_close(pictures.stream);
	rd_stream_close(text.stream);
	phone_close(&phone);
}

static void a_phone_begins_the_handshake(void **state)
{
	struct phone phone;

	(void)state;
	phone_open(&phone, true);
	rd__stream_echo(phone.stream, true);
	agree(&phone, false, false);
	rig_run(20);
	start_phone(&phone);
	handshake(&phone);
	check_sound(&phone, 0x41);
	/* The same agreement again changes nothing. */
	agree(&phone, false, false);
	rig_run(20);
	check_sound(&phone, 0x42);
	assert_int_equal(phone.secured, 1);
	phone_close(&phone);
}

static void the_stream_begins_the_handshake(void **state)
{
	struct phone phone;

	(void)state;
	phone_open(&phone, false);
	rd__stream_echo(phone.stream, true);
	agree(&phone, true, false);
	handshake(&phone);
	check_sound(&phone, 0x43);
	phone_close(&phone);
}

/* Its hello overtakes its answer. */
static void a_phone_may_begin_before_its_answer(void **state)
{
	struct phone phone;

	(void)state;
	phone_open(&phone, true);
	rd__stream_echo(phone.stream, true);
	assert_int_equal(rd_stream_expect_dtls(phone.stream), 0);
	rig_run(20);
	start_phone(&phone);
	rig_run(50);
	agree(&phone, false, false);
	handshake(&phone);
	check_sound(&phone, 0x44);
	phone_close(&phone);
}

static bool shows(struct rd_stream *stream, const struct rd_fingerprint *fingerprint)
{
	struct rd_fingerprint its;

	assert_int_equal(rd_stream_fingerprint(stream, &its), 0);
	return rd_fingerprint_equal(&its, fingerprint);
}

static struct rd_stream *stream_like(struct rd_stream *like)
{
	struct rd_rtp_local local = { .kind = RD_MEDIA_VIDEO, .like = like };
	struct rd_stream *stream;

	rd_stream_local(like, &local.address);
	((struct sockaddr_in *)&local.address)->sin_port = 0;
	assert_int_equal(rd_stream_new_rtp(&stream, &local), 0);
	return stream;
}

static void count_freed(void *context, void *data, CRYPTO_EX_DATA *all, int index, long number,
			void *freed)
{
	(void)context, (void)all, (void)index, (void)number;
	if (data)
		*(int *)freed += 1;
}

/* Between its description and the handshake, and while it is up. */
static void a_call_keeps_its_certificate_when_another_is_in_force(void **state)
{
	static int freed;
	int index = SSL_CTX_get_ex_new_index(0, &freed, NULL, NULL, count_freed);
	struct rd_fingerprint said = { 0 }, shown = { .hash = "sha-256" }, now;
	struct rd_stream *pictures, *other;
	struct phone phone;

	(void)state;
	freed = 0;
	own_identity_take();
	assert_int_equal(SSL_CTX_set_ex_data(rd__dtls_context(), index, &freed), 1);
	phone_open(&phone, true);
	rd__stream_echo(phone.stream, true);
	assert_int_equal(rd_stream_fingerprint(phone.stream, &said), 0);
	own_identity_take();
	assert_int_equal(rd_dtls_fingerprint(&now), 0);
	assert_false(rd_fingerprint_equal(&said, &now));
	agree(&phone, false, false);
	rig_run(20);
	start_phone(&phone);
	handshake(&phone);
	check_sound(&phone, 0x46);
	assert_int_equal(rd__dtls_session_peer(phone.dtls, &shown), 0);
	assert_true(rd_fingerprint_equal(&said, &shown));
	assert_true(shows(phone.stream, &said));
	pictures = stream_like(phone.stream);
	other = rig_bare_stream(RD_MEDIA_VIDEO);
	assert_true(shows(pictures, &said));
	assert_true(shows(other, &now));
	phone_close(&phone);
	assert_int_equal(freed, 0);
	rd_stream_close(pictures);
	rig_run(20);
	assert_int_equal(freed, 1);
	rd_stream_close(other);
}

static void another_certificate_than_the_agreed_one_is_refused(void **state)
{
	struct phone phone;
	struct arrived got;

	(void)state;
	phone_open(&phone, true);
	rd__stream_echo(phone.stream, true);
	agree(&phone, false, true);
	rig_run(20);
	start_phone(&phone);
	handshake(&phone);
	assert_int_equal(phone.insecure, 1);
	assert_int_equal(phone.secured, 0);
	rig_run(20);
	while (recv(phone.far.fd, got.bytes, sizeof(got.bytes), 0) > 0)
		continue;
	far_end_send(&phone.far, phone.stream, 1);
	assert_false(far_end_receive(&phone.far, &got, QUIET_MS));
	phone_close(&phone);
}

/* The call is transferred to another phone behind the same address. */
static void another_peer_shakes_hands_anew(void **state)
{
	struct phone phone;

	(void)state;
	phone_open(&phone, true);
	rd__stream_echo(phone.stream, true);
	agree(&phone, false, true);
	rig_run(20);
	agree(&phone, false, false);
	rig_run(20);
	start_phone(&phone);
	handshake(&phone);
	check_sound(&phone, 0x45);
	phone_close(&phone);
}

static void a_stream_may_close_in_the_middle(void **state)
{
	struct phone phone;

	(void)state;
	for (int ms = 0; ms < 4; ms++) {
		phone_open(&phone, true);
		agree(&phone, false, false);
		rig_run(20);
		start_phone(&phone);
		rig_run(ms);
		phone_close(&phone);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest sessions[] = {
		cmocka_unit_test(
			the_certificate_is_made_when_rtp_conf_is_read_and_never_in_a_call),
		cmocka_unit_test(fingerprints_are_printed_and_read),
		cmocka_unit_test(wrong_fingerprints_are_refused),
		cmocka_unit_test(a_certificate_of_ones_own_can_be_set),
		cmocka_unit_test(a_key_with_a_passphrase_is_refused_with_the_reason),
		cmocka_unit_test(both_sides_come_to_the_same_keys),
		cmocka_unit_test(a_lost_datagram_is_sent_again),
		cmocka_unit_test(garbage_does_not_end_a_handshake),
	};
	const struct CMUnitTest streams[] = {
		TEST(a_phone_begins_the_handshake),
		TEST(lines_that_share_a_port_share_its_keys),
		TEST(the_stream_begins_the_handshake),
		TEST(a_phone_may_begin_before_its_answer),
		TEST(a_call_keeps_its_certificate_when_another_is_in_force),
		TEST(another_certificate_than_the_agreed_one_is_refused),
		TEST(another_peer_shakes_hands_anew),
		TEST(a_stream_may_close_in_the_middle),
	};
	int failed = RUN_GROUP(sessions);

	rig_threads = 2;
	failed += RUN_GROUP(streams);
	rig_threads = 0;
	failed += RUN_GROUP(streams);
	uv_library_shutdown(); /* pool threads give back what OpenSSL keeps for each */
	return failed;
}

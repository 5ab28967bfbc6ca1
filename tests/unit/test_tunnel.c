/* The tunnel to a TURN server over TCP or TLS, against a server of a few lines;
 * against coturn: call/test_ice. */
#include "tests/unit/test.h"
#include "tests/unit/media_rig.h"
#include "tests/unit/own_identity.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <uv.h>

#include <ringdown/io.h>

#include "core/media/tunnel.h"
#include "core/sched/sched.h"

static struct rd__tunnel *tunnel;
static struct far_end stream; /* a socket of a stream, as the tunnel sees it */
static int listener, server;
static const char *broken_why;

static void on_broken(void *arg, const char *why)
{
	(void)arg;
	broken_why = why;
}

static struct rd__address to_address(const struct sockaddr_in *in)
{
	struct sockaddr_storage storage = { 0 };
	struct rd__address address;

	memcpy(&storage, in, sizeof(*in));
	rd__address_set(&address, &storage);
	return address;
}

static struct rd__address listen_somewhere(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(in);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&in, &size);
	return to_address(&in);
}

static void begin(void)
{
	struct rd__tunnel_options options = { .server = listen_somewhere() };

	options.stream = to_address(&stream.address.in4);
	assert_int_equal(rd__tunnel_new(&tunnel, &options, on_broken, NULL), 0);
}

static int setup(void **state)
{
	(void)state;
	rig_start(0);
	far_end_open(&stream);
	tunnel = NULL;
	broken_why = NULL;
	listener = server = -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rd__tunnel_free(tunnel);
	if (listener >= 0)
		close(listener);
	if (server >= 0)
		close(server);
	far_end_close(&stream);
	rig_stop();
	return 0;
}

static void accept_it(void)
{
	for (int ms = 0; ms < 1000 && server < 0; ms++) {
		rig_run(1);
		server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	}
	assert_true(server >= 0);
}

static void say_from(int fd, const void *data, size_t size)
{
	const struct rd__address *near = rd__tunnel_near(tunnel);

	assert_int_equal(sendto(fd, data, size, 0, (const struct sockaddr *)&near->storage,
				near->size), size);
}

/* So many bytes came to the server, or as many as there are. */
static size_t server_hears(uint8_t *bytes, size_t size)
{
	size_t got = 0;

	for (int ms = 0; ms < 1000 && got < size; ms++) {
		ssize_t n = recv(server, bytes + got, size - got, 0);

		if (n > 0)
			got += (size_t)n;
		else
			rig_run(1);
	}
	return got;
}

static void assert_stream_hears(const void *data, size_t size)
{
	uint8_t bytes[64];
	ssize_t n = -1;

	for (int ms = 0; ms < 1000 && n < 0; ms++) {
		n = recv(stream.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n < 0)
			rig_run(1);
	}
	assert_int_equal(n, size);
	assert_memory_equal(bytes, data, size);
}

static void wait_until_broken(void)
{
	for (int ms = 0; ms < 1000 && !broken_why; ms++)
		rig_run(1);
	assert_non_null(broken_why);
}

/* ---- */

static const uint8_t channel[] = { 0x40, 0, 0, 5, 'h', 'e', 'l', 'l', 'o' };
static const uint8_t padded_channel[] = { 0x40, 0, 0, 5, 'h', 'e', 'l', 'l', 'o', 0, 0, 0 };
static const uint8_t stun[] = { 0, 1, 0, 4, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4,
				5, 6, 7, 8, 9,	  10,	11,   12,   1, 2, 3, 4 };

static void messages_are_told_apart(void **state)
{
	static const uint8_t endless[] = { 0x40, 0, 0xff, 0xff }, rtp[] = { 0x80, 0, 0, 0 };
	size_t payload;

	(void)state;
	assert_int_equal(rd__tunnel_frame(stun, 3, &payload), 0);
	assert_int_equal(rd__tunnel_frame(stun, sizeof(stun) - 1, &payload), 0);
	assert_int_equal(rd__tunnel_frame(stun, sizeof(stun), &payload), sizeof(stun));
	assert_int_equal(payload, sizeof(stun));
	assert_int_equal(rd__tunnel_frame(padded_channel, 11, &payload), 0);
	assert_int_equal(rd__tunnel_frame(padded_channel, 12, &payload), 12);
	assert_int_equal(payload, 9);
	assert_int_equal(rd__tunnel_frame(endless, sizeof(endless), &payload), -EPROTO);
	assert_int_equal(rd__tunnel_frame(rtp, sizeof(rtp), &payload), -EPROTO);
}

static void datagrams_go_through_as_a_stream(void **state)
{
	uint8_t got[sizeof(padded_channel) + sizeof(stun)];

	(void)state;
	begin();
	/* What is sent before it stands waits. */
	say_from(stream.fd, channel, sizeof(channel));
	say_from(stream.fd, stun, sizeof(stun));
	accept_it();
	assert_int_equal(server_hears(got, sizeof(got)), sizeof(got));
	assert_memory_equal(got, padded_channel, sizeof(padded_channel));
	assert_memory_equal(got + sizeof(padded_channel), stun, sizeof(stun));
	/* And back, cut anywhere. */
	for (size_t i = 0; i < sizeof(got); i += 5) {
		assert_true(send(server, got + i, RD_MIN(sizeof(got) - i, (size_t)5), 0) > 0);
		rig_run(2);
	}
	assert_stream_hears(channel, sizeof(channel));
	assert_stream_hears(stun, sizeof(stun));
	assert_null(broken_why);
}

static void nobody_else_may_send_through_it(void **state)
{
	struct far_end stranger;
	uint8_t got[4];

	(void)state;
	begin();
	accept_it();
	far_end_open(&stranger);
	say_from(stranger.fd, stun, sizeof(stun));
	rig_run(50);
	assert_int_equal(recv(server, got, sizeof(got), 0), -1);
	far_end_close(&stranger);
}

static void a_reader_that_sleeps_loses_what_is_too_much(void **state)
{
	static uint8_t big[1404] = { 0x40, 0, 0x05, 0x78 };
	static uint8_t got[sizeof(big)];
	size_t count = 0;

	(void)state;
	begin();
	accept_it();
	for (int i = 0; i < 8000; i++) {
		say_from(stream.fd, big, sizeof(big));
		if (i % 16 == 0)
			rig_run(1);
	}
	/* All that comes is whole. */
	while (server_hears(got, sizeof(got)) == sizeof(got)) {
		assert_memory_equal(got, big, 4);
		count++;
	}
	assert_in_range(count, 20, 7900);
	assert_null(broken_why);
}

static int far_fd;    /* the tunnel's */
static int left_over; /* bytes that it has not read when others have their turn */

static void look(unsigned events, void *arg)
{
	int size = 0;

	(void)events;
	(void)arg;
	ioctl(far_fd, FIONREAD, &size);
	left_over = RD_MAX(left_over, size);
}

/* The socket at the other end of the server's. */
static int fd_of_tunnel(void)
{
	struct sockaddr_in peer, own;
	socklen_t size = sizeof(peer);

	assert_int_equal(getpeername(server, (struct sockaddr *)&peer, &size), 0);
	for (int fd = 0; fd < 1024; fd++) {
		size = sizeof(own);
		if (getsockname(fd, (struct sockaddr *)&own, &size) == 0 &&
		    own.sin_family == AF_INET && own.sin_port == peer.sin_port)
			return fd;
	}
	fail_msg("the tunnel has no socket");
	return -1;
}

static void a_server_that_sends_fast_leaves_others_their_turn(void **state)
{
	static const uint8_t big[1404] = { 0x40, 0, 0x05, 0x78 };
	struct rd_watch *watch;

	(void)state;
	begin();
	accept_it();
	rig_run(5);
	far_fd = fd_of_tunnel();
	left_over = 0;
	while (send(server, big, sizeof(big), 0) == sizeof(big))
		;
	assert_int_equal(rd_watch_new(&watch, far_fd, RD_IO_READ, look, NULL), 0);
	rig_run(50);
	rd_watch_free(watch);
	assert_true(left_over > 0);
	for (int ms = 0; ms < 2000 && left_over > 0; ms++) {
		rig_run(1);
		assert_int_equal(ioctl(far_fd, FIONREAD, &left_over), 0);
	}
	assert_int_equal(left_over, 0);
	assert_null(broken_why);
}

static void it_breaks_when_the_server_goes(void **state)
{
	(void)state;
	begin();
	accept_it();
	close(server);
	server = -1;
	wait_until_broken();
}

static void it_breaks_when_that_is_no_server(void **state)
{
	(void)state;
	begin();
	accept_it();
	assert_int_equal(send(server, "HTTP/1.1 400\r\n", 14, 0), 14);
	wait_until_broken();
	assert_string_equal(broken_why, "that is no TURN server");
}

static void it_breaks_when_nobody_listens(void **state)
{
	struct rd__tunnel_options options = { .server = listen_somewhere() };

	(void)state;
	close(listener);
	listener = -1;
	options.stream = to_address(&stream.address.in4);
	assert_int_equal(rd__tunnel_new(&tunnel, &options, on_broken, NULL), 0);
	wait_until_broken();
}

/* ---- TLS ---- */

static SSL_CTX *client_context;
static SSL *server_ssl;
static bool looked_at, on_switch_thread, trusted;

/* Where the certificate is looked at, the keys are agreed on, too. */
static int look_at_certificate(int ok, X509_STORE_CTX *store)
{
	(void)ok, (void)store;
	looked_at = true;
	on_switch_thread |= rd__sched_is_switch_thread();
	return trusted;
}

static int tls_setup(void **state)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	SSL_CTX *own;

	own_identity_take();
	own = rd__dtls_context();
	setup(state);
	assert_int_equal(SSL_CTX_use_certificate(context, SSL_CTX_get0_certificate(own)), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(context, SSL_CTX_get0_privatekey(own)), 1);
	server_ssl = SSL_new(context);
	SSL_CTX_free(context);
	client_context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, look_at_certificate);
	looked_at = on_switch_thread = false;
	trusted = true;
	return 0;
}

static int tls_teardown(void **state)
{
	teardown(state);
	SSL_free(server_ssl);
	SSL_CTX_free(client_context);
	rd__dtls_identity_take(NULL);
	return 0;
}

static void begin_tls(void)
{
	struct rd__tunnel_options options = { .server = listen_somewhere(),
					      .tls = client_context,
					      .name = "turn.example.com" };

	options.stream = to_address(&stream.address.in4);
	assert_int_equal(rd__tunnel_new(&tunnel, &options, on_broken, NULL), 0);
	accept_it();
	assert_int_equal(SSL_set_fd(server_ssl, server), 1);
}

/* The server's side, until it is done or the tunnel is broken. */
static bool server_shakes_hands(void)
{
	for (int ms = 0; ms < 2000 && !broken_why; ms++) {
		if (SSL_accept(server_ssl) == 1)
			return true;
		rig_run(1);
	}
	return false;
}

static void hands_are_shaken_in_the_pool(void **state)
{
	uint8_t got[sizeof(stun)];
	int n = 0;

	(void)state;
	begin_tls();
	say_from(stream.fd, stun, sizeof(stun));
	assert_true(server_shakes_hands());
	assert_true(looked_at);
	assert_false(on_switch_thread);
	for (int ms = 0; ms < 1000 && n <= 0; ms++) {
		n = SSL_read(server_ssl, got, sizeof(got));
		rig_run(1);
	}
	assert_int_equal(n, sizeof(stun));
	assert_memory_equal(got, stun, sizeof(stun));
	assert_int_equal(SSL_write(server_ssl, padded_channel, sizeof(padded_channel)),
			 sizeof(padded_channel));
	assert_stream_hears(channel, sizeof(channel));
	assert_null(broken_why);
}

static void who_is_not_trusted_is_named(void **state)
{
	(void)state;
	trusted = false;
	begin_tls();
	(void)server_shakes_hands();
	wait_until_broken();
	assert_false(on_switch_thread);
	assert_string_equal(broken_why, "self-signed certificate");
}

/* The pool has it when the certificate comes; its owner does not wait. */
static void it_may_be_freed_while_hands_are_shaken(void **state)
{
	(void)state;
	for (int turns = 0; turns < 12; turns++) {
		begin_tls();
		for (int i = 0; i < turns; i++) {
			(void)SSL_accept(server_ssl);
			rig_run(i % 2);
		}
		rd__tunnel_free(tunnel);
		tunnel = NULL;
		rig_run(20);
		close(server);
		close(listener);
		server = listener = -1;
		assert_int_equal(SSL_clear(server_ssl), 1);
	}
	assert_null(broken_why);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_told_apart),
		TEST(datagrams_go_through_as_a_stream),
		TEST(nobody_else_may_send_through_it),
		TEST(a_reader_that_sleeps_loses_what_is_too_much),
		TEST(a_server_that_sends_fast_leaves_others_their_turn),
		TEST(it_breaks_when_the_server_goes),
		TEST(it_breaks_when_that_is_no_server),
		TEST(it_breaks_when_nobody_listens),
		TLS_TEST(hands_are_shaken_in_the_pool),
		TLS_TEST(who_is_not_trusted_is_named),
		TLS_TEST(it_may_be_freed_while_hands_are_shaken),
	};
	int rc;

	rc = RUN_GROUP(tests);
	uv_library_shutdown(); /* pool threads give back what OpenSSL keeps for each */
	return rc;
}

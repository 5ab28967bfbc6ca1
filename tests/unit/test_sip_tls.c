/* TLS between two transports over loopback: who is let in, whose name counts, what
 * is refused at start, and certificates that change under way. */
#include "tests/unit/sip_text.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channels/sip/transport/implementation.h"
#include "channels/sip/transport/open.h"
#include "core/sched/sched.h"
#include "tests/unit/log_catch.h"
#include "tests/unit/sip_certificates.h"

#include "channels/sip/transport/tls_private.h"
#include "channels/sip/transport/tls_watch.h"
#include "channels/sip/transport/transport.h"

#define MESSAGE "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"
#define PATH    256

static char folder[64];
static char paths[32][PATH];
static struct sip_transports *transports;
static struct sip_transport *server, *client;
static struct sip_tls *server_tls, *client_tls;
static struct sip_flow_watcher watcher;
static struct sip_flow last_flow;
static char last[65536];
static unsigned count, lost_count, server_lost;
static int lost_rc;

static void on_message(void *arg, const struct sip_flow *flow, char *data, size_t size)
{
	(void)arg;
	memcpy(last, data, size);
	last[size] = '\0';
	last_flow = *flow;
	count++;
}

static void on_lost(void *arg, const struct sip_flow *flow, int rc)
{
	(void)arg;
	if (flow->transport != client) {
		server_lost++;
		return;
	}
	lost_rc = rc;
	lost_count++;
}

/* A path in the folder, in a buffer of its own. */
static const char *in_folder(const char *name)
{
	static unsigned turn;
	char *path = paths[turn++ % RD_ARRAY_SIZE(paths)];

	snprintf(path, PATH, "%s/%s", folder, name);
	return path;
}

static void sign(const char *name, const char *alt)
{
	certificate_write(&(struct certificate){ .path = in_folder(name),
						 .signed_by = in_folder("ca"),
						 .name = "pbx.example.com",
						 .alt = alt });
}

static int open_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ringdown-tls-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	certificate_write(&(struct certificate){ .path = in_folder("ca"), .name = "CA" });
	certificate_write(&(struct certificate){ .path = in_folder("other"), .name = "Other" });
	sign("pbx", "URI:sip:pbx.example.com,URI:sip:example.com,URI:sip:bob@mail.example,"
		    "DNS:web.example.com,IP:127.0.0.1");
	return test_group_begin(state);
}

static int close_folder(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	return test_group_end(state) || system(command);
}

static int setup(void **state)
{
	(void)state;
	count = lost_count = server_lost = 0;
	server = client = NULL;
	server_tls = client_tls = NULL;
	if (sip_transports_new(&transports))
		return -1;
	sip_transports_set_receiver(transports, on_message, NULL);
	watcher.lost = on_lost;
	sip_transports_watch(transports, &watcher);
	return 0;
}

static bool nothing_in_pool(void *arg)
{
	(void)arg;
	return false;
}

static int teardown(void **state)
{
	(void)state;
	sip_flow_watcher_remove(&watcher);
	sip_transports_free(transports);
	sip_tls_unref(server_tls);
	sip_tls_unref(client_tls);
	rd__sched_run_until(nothing_in_pool, NULL, 20);
	rd__sched_run_idle();
	return 0;
}

static struct sip_tls *load(const char *name, const char *ca, bool verify_server,
			    int verify_client)
{
	char certificate[64], key[64];
	struct sip_tls_options options = { .verify_server = verify_server,
					   .verify_client = verify_client };
	struct sip_tls_error error = { .text = "no memory" };
	struct sip_tls *tls;

	snprintf(certificate, sizeof(certificate), "%s.crt", name);
	snprintf(key, sizeof(key), "%s.key", name);
	options.certificate = in_folder(certificate);
	options.key = in_folder(key);
	options.ca_file = in_folder(ca);
	if (sip_tls_new(&tls, &options, &error))
		fail_msg("%s: %s", error.option, error.text);
	return tls;
}

static struct sip_transport *open_tls(const char *name, struct sip_tls *tls)
{
	struct sip_stream_options options = { .name = name, .protocol = SIP_TLS, .tls = tls };
	struct sip_transport *transport;

	sip_sockaddr_parse(&options.bind, RD_STR("127.0.0.1"), 0);
	assert_int_equal(sip_stream_open(transports, &options, &transport), 0);
	assert_true(transport->secure);
	return transport;
}

static void open_both(const char *ca, bool verify_server, int verify_client)
{
	server_tls = load("pbx", "ca.crt", true, verify_client);
	client_tls = load("pbx", ca, verify_server, SIP_TLS_CLIENT_NONE);
	server = open_tls("server", server_tls);
	client = open_tls("client", client_tls);
}

static bool reached(void *arg)
{
	const unsigned *pair[2];

	memcpy(pair, arg, sizeof(pair));
	return *pair[0] >= *pair[1];
}

static void wait_for(const unsigned *counter, unsigned wanted)
{
	const unsigned *pair[2] = { counter, &wanted };

	assert_true(rd__sched_run_until(reached, pair, 5000));
	assert_int_equal(*counter, wanted);
}

static struct sip_flow call(const char *name)
{
	struct sip_flow flow;

	assert_int_equal(sip_flow_open_named(&flow, client, &server->bound, rd_str_of(name)),
			 0);
	assert_int_equal(sip_flow_send(&flow, MESSAGE, strlen(MESSAGE)), 0);
	return flow;
}

static void is_let_in(const char *name)
{
	unsigned before = count;

	call(name);
	wait_for(&count, before + 1);
	assert_string_equal(last, MESSAGE);
	assert_ptr_equal(last_flow.transport, server);
}

static void is_kept_out(const char *name, int rc)
{
	unsigned before = count;

	call(name);
	wait_for(&lost_count, lost_count + 1);
	assert_int_equal(lost_rc, rc);
	assert_int_equal(count, before);
}

static char security[128];

static void keep_security(void *arg, const struct sip_connection_info *info)
{
	(void)arg;
	snprintf(security, sizeof(security), "%s", info->security ? info->security : "");
}

/* ---- talking ---- */

static void a_message_and_its_answer_travel(void **state)
{
	(void)state;
	open_both("ca.crt", true, SIP_TLS_CLIENT_NONE);
	is_let_in("pbx.example.com");
	assert_int_equal(sip_flow_send(&last_flow, MESSAGE MESSAGE, 2 * strlen(MESSAGE)), 0);
	wait_for(&count, 3);
	assert_ptr_equal(last_flow.transport, client);
	client->ops->each(client, keep_security, NULL);
	assert_memory_equal(security, "TLSv1.3 ", 8);
}

static void many_large_messages_arrive_in_order(void **state)
{
	static char text[60000];
	struct sip_flow flow;
	int n;

	(void)state;
	open_both("ca.crt", true, SIP_TLS_CLIENT_NONE);
	flow = call("pbx.example.com");
	wait_for(&count, 1);
	for (unsigned i = 0; i < 100; i++) {
		n = snprintf(text, sizeof(text), "OPTIONS sip:%u SIP/2.0\r\n"
						 "Content-Length: 50000\r\n\r\n",
			     i);
		memset(text + n, 'x', 50000);
		assert_int_equal(sip_flow_send(&flow, text, (size_t)n + 50000), 0);
		wait_for(&count, i + 2);
	}
	assert_memory_equal(last, "OPTIONS sip:99 ", 15);
}

static void the_same_connection_is_used_again(void **state)
{
	(void)state;
	open_both("ca.crt", true, SIP_TLS_CLIENT_NONE);
	is_let_in("pbx.example.com");
	is_let_in("pbx.example.com");
	assert_int_equal(client->stats.connected, 1);
	/* A name that was not checked is another matter. */
	is_let_in("example.com");
	assert_int_equal(client->stats.connected, 2);
}

static void goodbye_is_heard(void **state)
{
	(void)state;
	open_both("ca.crt", true, SIP_TLS_CLIENT_NONE);
	is_let_in("pbx.example.com");
	sip_transport_close(server);
	wait_for(&lost_count, 1);
	assert_int_equal(lost_rc, -ENOTCONN);
}

static void plain_text_is_not_understood(void **state)
{
	int fd;

	(void)state;
	open_both("ca.crt", true, SIP_TLS_CLIENT_NONE);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, &server->bound.sa, sizeof(server->bound.in4)), 0);
	assert_int_equal(send(fd, MESSAGE, strlen(MESSAGE), 0), (ssize_t)strlen(MESSAGE));
	wait_for(&server_lost, 1);
	assert_int_equal(count, 0);
	close(fd);
}

static void one_that_leaves_during_the_handshake_is_forgotten(void **state)
{
	struct sip_flow flow;

	(void)state;
	open_both("ca.crt", true, SIP_TLS_CLIENT_NONE);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(sip_flow_open_named(&flow, client, &server->bound,
						     RD_STR("pbx.example.com")),
				 0);
		for (int j = 0; j < i; j++)
			rd__sched_run_for(0);
		sip_transport_close(client);
		client = open_tls("client", client_tls);
	}
	is_let_in("pbx.example.com");
}

/* ---- who it is ---- */

static void names_that_the_certificate_tells_are_believed(void **state)
{
	(void)state;
	open_both("ca.crt", true, SIP_TLS_CLIENT_NONE);
	is_let_in("pbx.example.com");
	is_let_in("PBX.example.com");
	is_let_in("example.com");
	is_let_in(""); /* by address */
}

static void other_names_are_not(void **state)
{
	(void)state;
	open_both("ca.crt", true, SIP_TLS_CLIENT_NONE);
	is_kept_out("evil.example.com", -EACCES);
	is_kept_out("mail.example", -EACCES); /* it is Bob's, not the domain's */
	is_kept_out("com", -EACCES);
	is_kept_out("web.example.com", -EACCES); /* its domains stand in URIs */
}

/* Whoever set up the trunk has to know which name to write. */
static void another_name_is_a_warning_with_all_of_them(void **state)
{
	struct log_catch log;
	const char *said;

	(void)state;
	open_both("ca.crt", true, SIP_TLS_CLIENT_NONE);
	log_catch(&log);
	is_kept_out("evil.example.com", -EACCES);
	said = log_caught(&log);
	assert_non_null(strstr(said, "WARNING"));
	assert_non_null(strstr(said, "no TLS: \"evil.example.com\" was called, and the "
				     "certificate is in another name: /CN="));
	assert_non_null(strstr(said, ", sip:example.com"));
}

static void shows(const char *name)
{
	server_tls = load(name, "ca.crt", true, SIP_TLS_CLIENT_NONE);
	client_tls = load("pbx", "ca.crt", true, SIP_TLS_CLIENT_NONE);
	server = open_tls("server", server_tls);
	client = open_tls("client", client_tls);
}

static void dns_names_are_believed_where_no_uri_is_a_domain(void **state)
{
	(void)state;
	sign("dns", "DNS:web.example.com,URI:sip:bob@example.com,URI:sips:example.org");
	shows("dns");
	is_let_in("web.example.com");
	is_kept_out("example.org", -EACCES); /* no scheme but sip */
	is_kept_out("pbx.example.com", -EACCES); /* the common name */
}

static void a_common_name_beside_another_is_not(void **state)
{
	(void)state;
	sign("mail", "email:bob@example.com");
	shows("mail");
	is_kept_out("pbx.example.com", -EACCES);
}

static void sign_for(const char *name, const char *usage)
{
	certificate_write(&(struct certificate){ .path = in_folder(name),
						 .signed_by = in_folder("ca"),
						 .name = "pbx.example.com",
						 .usage = usage });
}

/* RFC 5924 §4 */
static void a_certificate_may_be_made_for_sip(void **state)
{
	(void)state;
	sign_for("sip", "1.3.6.1.5.5.7.3.20");
	shows("sip");
	is_let_in("pbx.example.com");
}

static void a_certificate_may_be_made_for_everything(void **state)
{
	(void)state;
	sign_for("any", "anyExtendedKeyUsage");
	shows("any");
	is_let_in("pbx.example.com");
}

static void a_certificate_for_mail_is_refused(void **state)
{
	(void)state;
	sign_for("letters", "emailProtection");
	shows("letters");
	is_kept_out("pbx.example.com", -EPROTO);
}

static void a_star_stands_for_nobody(void **state)
{
	(void)state;
	sign("star", "DNS:*.example.com");
	shows("star");
	is_kept_out("pbx.example.com", -EACCES); /* nor does its common name count */
}

static void a_common_name_counts_when_there_is_no_other(void **state)
{
	(void)state;
	sign("common", NULL);
	shows("common");
	is_let_in("pbx.example.com");
	is_kept_out("", -EACCES);
}

static void a_certificate_of_strangers_is_refused(void **state)
{
	(void)state;
	open_both("other.crt", true, SIP_TLS_CLIENT_NONE);
	is_kept_out("pbx.example.com", -EPROTO);
}

static void unless_nobody_asks(void **state)
{
	(void)state;
	open_both("other.crt", false, SIP_TLS_CLIENT_NONE);
	is_let_in("whoever.example");
}

static void a_client_shows_its_certificate(void **state)
{
	(void)state;
	open_both("ca.crt", true, SIP_TLS_CLIENT_REQUIRED);
	is_let_in("pbx.example.com");
	/* Whose certificate was seen may say where else it listens. */
	sip_flow_alias(&last_flow, 5099);
	last_flow.peer = server->bound;
	sip_sockaddr_set_port(&last_flow.peer, 5099);
	assert_int_equal(sip_flow_open(&last_flow, server, &last_flow.peer), 0);
	assert_int_equal(server->stats.connections, 1);
}

static void a_client_without_a_good_one_is_kept_out(void **state)
{
	(void)state;
	certificate_write(&(struct certificate){ .path = in_folder("self"), .name = "Self" });
	server_tls = load("pbx", "ca.crt", true, SIP_TLS_CLIENT_REQUIRED);
	client_tls = load("self", "ca.crt", true, SIP_TLS_CLIENT_NONE);
	server = open_tls("server", server_tls);
	client = open_tls("client", client_tls);
	call("pbx.example.com");
	wait_for(&server_lost, 1);
	wait_for(&lost_count, 1);
	assert_int_equal(count, 0);
}

/* ---- coming back ---- */

/* The server hangs up after so long a silence; the client calls again. */
static void a_session_is_resumed(void **state)
{
	struct sip_stream_options options = { .name = "server", .protocol = SIP_TLS,
					      .idle_ms = 100 };

	(void)state;
	server_tls = load("pbx", "ca.crt", true, SIP_TLS_CLIENT_NONE);
	client_tls = load("pbx", "ca.crt", true, SIP_TLS_CLIENT_NONE);
	client = open_tls("client", client_tls);
	options.tls = server_tls;
	sip_sockaddr_parse(&options.bind, RD_STR("127.0.0.1"), 0);
	assert_int_equal(sip_stream_open(transports, &options, &server), 0);
	for (unsigned i = 0; i < 3; i++) {
		is_let_in("pbx.example.com");
		/* The ticket comes before the answer. */
		assert_int_equal(sip_flow_send(&last_flow, MESSAGE, strlen(MESSAGE)), 0);
		wait_for(&count, 2 * i + 2);
		client->ops->each(client, keep_security, NULL);
		assert_int_equal(strstr(security, " resumed") != NULL, i > 0);
		wait_for(&lost_count, i + 1);
	}
	assert_int_equal(client->stats.connected, 3);
}

/* ---- names ---- */

static struct sip_tls *load_three(const char *key)
{
	char certificates[3 * PATH], keys[3 * PATH];
	struct sip_tls_options options = { .certificate = certificates, .key = keys };
	struct sip_tls_error error = { .text = "no memory" };
	struct sip_tls *tls;

	snprintf(certificates, sizeof(certificates), "%s, %s,%s", in_folder("pbx.crt"),
		 in_folder("second.crt"), in_folder("third.crt"));
	snprintf(keys, sizeof(keys), "%s,%s , %s", in_folder("pbx.key"), in_folder("second.key"),
		 in_folder(key));
	if (sip_tls_new(&tls, &options, &error) == 0)
		return tls;
	assert_string_equal(error.option, "key");
	assert_non_null(strstr(error.text, "third.crt"));
	return NULL;
}

static void each_name_has_its_certificate(void **state)
{
	(void)state;
	sign("second", "DNS:second.example");
	sign("third", "URI:sip:third.example");
	assert_null(load_three("second.key"));
	server_tls = load_three("third.key");
	client_tls = load("pbx", "ca.crt", true, SIP_TLS_CLIENT_NONE);
	server = open_tls("server", server_tls);
	client = open_tls("client", client_tls);
	is_let_in("second.example");
	is_let_in("pbx.example.com");
	is_let_in("third.example");
	is_let_in(""); /* by address: the first */
	is_kept_out("fourth.example", -EACCES);
	assert_false(sip_tls_is_stale(server_tls));
	sign("third", "URI:sip:other.example");
	assert_true(sip_tls_is_stale(server_tls));
}

/* Both sides by turns until neither has more to say. */
static void shake_hands(SSL *caller, SSL *called)
{
	char byte;

	for (int i = 0; i < 20; i++) {
		SSL_do_handshake(caller);
		SSL_do_handshake(called);
	}
	assert_true(SSL_is_init_finished(caller) && SSL_is_init_finished(called));
	SSL_read(caller, &byte, 1); /* the tickets of TLS 1.3 */
}

/* A client that asks for a name, perhaps with a session; the session that it has then. */
static SSL_SESSION *session_for(SSL_CTX *context, const char *name, SSL_SESSION *session,
				bool *resumed)
{
	SSL *caller = SSL_new(context), *called = SSL_new(server_tls->context);
	BIO *near, *far;

	assert_int_equal(BIO_new_bio_pair(&near, 0, &far, 0), 1);
	SSL_set_bio(caller, near, near);
	SSL_set_bio(called, far, far);
	SSL_set_connect_state(caller);
	SSL_set_accept_state(called);
	SSL_set_tlsext_host_name(caller, name);
	if (session)
		SSL_set_session(caller, session);
	shake_hands(caller, called);
	*resumed = SSL_session_reused(caller);
	session = SSL_get1_session(caller);
	SSL_shutdown(caller); /* else it may not be resumed */
	SSL_free(caller);
	SSL_free(called);
	return session;
}

/* RFC 6066 §3: else a client would hold the certificate of another name. */
static void a_session_is_for_the_name_that_it_began_with(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	(void)state;
	sign("second", "DNS:second.example");
	sign("third", "URI:sip:third.example");
	server_tls = load_three("third.key");
	for (size_t i = 0; i < RD_ARRAY_SIZE(versions); i++) {
		SSL_SESSION *first, *second, *third;
		bool resumed;

		SSL_CTX_set_max_proto_version(context, versions[i]);
		first = session_for(context, "pbx.example.com", NULL, &resumed);
		assert_false(resumed);
		second = session_for(context, "PBX.example.com", first, &resumed);
		assert_true(resumed);
		third = session_for(context, "second.example", second, &resumed);
		assert_false(resumed);
		SSL_SESSION_free(first);
		SSL_SESSION_free(second);
		first = session_for(context, "second.example", third, &resumed);
		assert_true(resumed);
		SSL_SESSION_free(first);
		SSL_SESSION_free(third);
	}
	SSL_CTX_free(context);
}

/* ---- files ---- */

static void refused(const char *option, const char *words, struct sip_tls_options options)
{
	struct sip_tls_error error;
	struct sip_tls *tls;

	assert_int_equal(sip_tls_new(&tls, &options, &error), -EINVAL);
	assert_string_equal(error.option, option);
	if (!strstr(error.text, words))
		fail_msg("\"%s\" was expected in: %s", words, error.text);
}

static void what_cannot_work_is_refused_with_the_reason(void **state)
{
	const char *good = in_folder("pbx.crt"), *key = in_folder("pbx.key");
	FILE *file;

	(void)state;
	refused("certificate", "was expected", (struct sip_tls_options){ .key = key });
	refused("certificate", "no such file",
		(struct sip_tls_options){ .certificate = "/nowhere/x.crt", .key = key });
	refused("key", "no such file",
		(struct sip_tls_options){ .certificate = good, .key = "/nowhere/x.key" });
	refused("key", "it is not the key of",
		(struct sip_tls_options){ .certificate = good, .key = in_folder("other.key") });
	refused("key", "no key was found",
		(struct sip_tls_options){ .certificate = good });
	refused("ca_file", "no such file",
		(struct sip_tls_options){ .certificate = good, .key = key, .ca_file = "/nowhere" });
	refused("ca_path", "/nowhere: no such file",
		(struct sip_tls_options){ .certificate = good, .key = key, .ca_path = "/nowhere" });
	refused("ca_path", "not a directory",
		(struct sip_tls_options){ .certificate = good, .key = key, .ca_path = good });
	refused("ciphers", "no cipher",
		(struct sip_tls_options){ .certificate = good, .key = key, .ciphers = "NONE" });
	certificate_write(&(struct certificate){ .path = in_folder("shut"), .name = "s",
						 .passphrase = "open sesame" });
	refused("key", "it has a passphrase",
		(struct sip_tls_options){ .certificate = in_folder("shut.crt"),
					  .key = in_folder("shut.key") });
	certificate_write(&(struct certificate){ .path = in_folder("old"), .name = "o",
						 .from_days = -20, .to_days = -10 });
	refused("certificate", "it expired on ",
		(struct sip_tls_options){ .certificate = in_folder("old.crt"),
					  .key = in_folder("old.key") });
	certificate_write(&(struct certificate){ .path = in_folder("new"), .name = "n",
						 .from_days = 10, .to_days = 20 });
	refused("certificate", "it is not valid before ",
		(struct sip_tls_options){ .certificate = in_folder("new.crt"),
					  .key = in_folder("new.key") });
	file = fopen(in_folder("text"), "w");
	fputs("hello\n", file);
	fclose(file);
	refused("certificate", "no start line; no certificate in PEM is in it, \"openssl x509",
		(struct sip_tls_options){ .certificate = in_folder("text"), .key = key });
	file = fopen(in_folder("text"), "w");
	fputs("-----BEGIN CERTIFICATE-----\nMIIB\n", file);
	fclose(file);
	refused("certificate", "; it is cut off or damaged, copy it anew",
		(struct sip_tls_options){ .certificate = in_folder("text"), .key = key });
	certificate_write(
		&(struct certificate){ .path = in_folder("weak"), .name = "w", .rsa_bits = 1024 });
	refused("certificate", "; have one made with a key of 2048 bits or more",
		(struct sip_tls_options){ .certificate = in_folder("weak.crt"),
					  .key = in_folder("weak.key") });
	refused("certificate", "plain file",
		(struct sip_tls_options){ .certificate = folder, .key = key });
	assert_int_equal(chmod(key, 0644), 0);
	refused("key", "everybody may read",
		(struct sip_tls_options){ .certificate = good, .key = key });
	assert_int_equal(chmod(key, 0600), 0);
}

static struct sip_tls *in_use, *changed_to;
static unsigned changes;

static struct sip_tls *get_in_use(void *arg)
{
	(void)arg;
	return in_use;
}

static void on_changed(void *arg, struct sip_tls *tls)
{
	(void)arg;
	changed_to = sip_tls_ref(tls);
	changes++;
}

static void a_renewed_certificate_is_noticed_and_a_bad_one_not_taken(void **state)
{
	struct sip_tls_watch *watch;
	FILE *file;

	(void)state;
	changes = 0;
	sign("live", "DNS:first.example");
	in_use = load("live", "ca.crt", true, SIP_TLS_CLIENT_NONE);
	assert_int_equal(sip_tls_watch_new(&watch, "t", get_in_use, on_changed, NULL), 0);
	assert_false(sip_tls_is_stale(in_use));
	sip_tls_watch_look(watch);
	rd__sched_run_for(30);
	assert_int_equal(changes, 0);
	sign("live", "DNS:second.example");
	assert_true(sip_tls_is_stale(in_use));
	sip_tls_watch_look(watch);
	wait_for(&changes, 1);
	assert_false(sip_tls_is_stale(changed_to));
	sip_tls_unref(in_use);
	in_use = changed_to;
	file = fopen(in_folder("live.crt"), "w");
	fputs("half a certif", file);
	fclose(file);
	sip_tls_watch_look(watch);
	rd__sched_run_for(30);
	assert_int_equal(changes, 1);
	sip_tls_watch_free(watch);
	sip_tls_unref(in_use);
}

/* A reload does while the pool still reads the files of the former one. */
static void a_renewed_certificate_that_is_no_longer_wanted_is_not_taken(void **state)
{
	struct sip_tls_watch *watch;
	struct sip_tls *former;

	(void)state;
	changes = 0;
	sign("live", "DNS:first.example");
	sign("next", "DNS:next.example");
	former = in_use = load("live", "ca.crt", true, SIP_TLS_CLIENT_NONE);
	assert_int_equal(sip_tls_watch_new(&watch, "t", get_in_use, on_changed, NULL), 0);
	sign("live", "DNS:second.example");
	assert_true(sip_tls_is_stale(former));
	sip_tls_watch_look(watch);
	in_use = load("next", "ca.crt", true, SIP_TLS_CLIENT_NONE);
	rd__sched_run_for(100);
	sip_tls_watch_free(watch);
	sip_tls_unref(former);
	sip_tls_unref(in_use);
	assert_int_equal(changes, 0);
}

static void connections_outlive_their_certificate(void **state)
{
	struct sip_flow old;
	struct sip_tls *next;

	(void)state;
	open_both("ca.crt", true, SIP_TLS_CLIENT_NONE);
	old = call("pbx.example.com");
	wait_for(&count, 1);
	sign("next", "DNS:next.example");
	next = load("next", "ca.crt", true, SIP_TLS_CLIENT_NONE);
	sip_stream_set_tls(server, next);
	sip_tls_unref(next);
	is_let_in("next.example");
	assert_int_equal(sip_flow_send(&old, MESSAGE, strlen(MESSAGE)), 0);
	wait_for(&count, 3);
	assert_int_equal(lost_count, 0);
}

/* ---- memory ---- */

static int load_and_open(void *arg)
{
	struct sip_tls_options options = { .certificate = arg, .key = in_folder("pbx.key") };
	struct sip_transports *set = NULL;
	struct sip_tls_error error;
	struct sip_tls *tls;
	int rc = sip_tls_new(&tls, &options, &error);
	struct sip_stream_options stream = { .name = "t", .protocol = SIP_TLS };

	if (rc)
		return rc;
	sip_sockaddr_parse(&stream.bind, RD_STR("127.0.0.1"), 0);
	stream.tls = tls;
	rc = sip_transports_new(&set);
	if (!rc)
		rc = sip_stream_open(set, &stream, NULL);
	sip_transports_free(set);
	sip_tls_unref(tls);
	rd__sched_run_idle();
	return rc;
}

static void no_memory_is_survived(void **state)
{
	char path[PATH];

	(void)state;
	strcpy(path, in_folder("pbx.crt"));
	assert_true(oom_sweep(load_and_open, path) > 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_and_its_answer_travel),
		TEST(many_large_messages_arrive_in_order),
		TEST(the_same_connection_is_used_again),
		TEST(goodbye_is_heard),
		TEST(plain_text_is_not_understood),
		TEST(one_that_leaves_during_the_handshake_is_forgotten),
		TEST(names_that_the_certificate_tells_are_believed),
		TEST(other_names_are_not),
		TEST(another_name_is_a_warning_with_all_of_them),
		TEST(dns_names_are_believed_where_no_uri_is_a_domain),
		TEST(a_common_name_beside_another_is_not),
		TEST(a_certificate_may_be_made_for_sip),
		TEST(a_certificate_may_be_made_for_everything),
		TEST(a_certificate_for_mail_is_refused),
		TEST(a_star_stands_for_nobody),
		TEST(a_common_name_counts_when_there_is_no_other),
		TEST(a_certificate_of_strangers_is_refused),
		TEST(unless_nobody_asks),
		TEST(a_client_shows_its_certificate),
		TEST(a_client_without_a_good_one_is_kept_out),
		TEST(a_session_is_resumed),
		TEST(each_name_has_its_certificate),
		TEST(a_session_is_for_the_name_that_it_began_with),
		cmocka_unit_test(what_cannot_work_is_refused_with_the_reason),
		cmocka_unit_test(a_renewed_certificate_is_noticed_and_a_bad_one_not_taken),
		TEST(a_renewed_certificate_that_is_no_longer_wanted_is_not_taken),
		TEST(connections_outlive_their_certificate),
		cmocka_unit_test(no_memory_is_survived),
	};
	int rc;

	if (rd__sched_init(0))
		return 1;
	rc = cmocka_run_group_tests_name(__FILE__, tests, open_folder, close_folder);
	rd__sched_fini();
	return rc;
}

/* Reloads in which sections of sip.conf pass their ports to each other, with real sockets
 * on both sides and a call that is up. */
#include "tests/unit/test.h"

#include <poll.h>
#include <unistd.h>

#include <ringdown/channel.h>

#include "channels/sip/listen.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/sip_certificates.h"

#define PHONES "[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n"

/* ---- sip.conf ---- */

struct place {
	const char *name, *protocol, *host;
	int port; /* index into ports */
};

enum { SECTIONS = 3 };

struct exchange {
	struct place before[SECTIONS], after[SECTIONS]; /* name NULL: there are less */
};

static unsigned ports[4];

static bool is_free(int kind, unsigned port)
{
	union sip_sockaddr address;
	int fd = socket(AF_INET, kind, 0);
	int rc;

	assert_int_equal(sip_sockaddr_parse(&address, RD_STR("0.0.0.0"), (uint16_t)port), 0);
	rc = bind(fd, &address.sa, sip_sockaddr_len(&address));
	close(fd);
	return rc == 0;
}

/* For datagrams and connections, none that the kernel gives to others meanwhile. */
static void find_ports(void)
{
	static unsigned port;

	if (!port)
		port = 22000 + (unsigned)getpid() % 800 * 10;
	for (size_t i = 0; i < RD_ARRAY_SIZE(ports); port++)
		if (is_free(SOCK_DGRAM, port) && is_free(SOCK_STREAM, port))
			ports[i++] = port;
}

static void print_place(char *conf, size_t size, const struct place *place)
{
	const char *path = conf_dir_path();
	size_t n = strlen(conf);

	n += (size_t)snprintf(conf + n, size - n,
			      "[%s]\ntype = transport\nprotocol = %s\nbind = %s:%u\n",
			      place->name, place->protocol, place->host, ports[place->port]);
	if (strcmp(place->protocol, "tls") == 0)
		snprintf(conf + n, size - n, "certificate = %s/pbx.crt\nkey = %s/pbx.key\n",
			 path, path);
}

/* As the house does it: build, prepare, commit. */
static void reload(const struct place *places)
{
	struct rd_config_report *report;
	struct sip_settings *settings;
	char conf[4096] = PHONES;

	for (int i = 0; i < SECTIONS && places[i].name; i++)
		print_place(conf, sizeof(conf), &places[i]);
	conf_dir_write("sip.conf", conf);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(sip_settings_read(&settings, report), 0);
	if (sip_listen_prepare(settings, report))
		fail_msg("%s", conf_report_text(report));
	rd_config_report_free(report);
	sip_driver_use_take(settings);
	sip_listen_commit();
}

/* ---- a phone with a socket ---- */

struct caller {
	int fd;
	unsigned port; /* that it talks to */
	bool stream;
	const char *call_id;
	char tag[64]; /* ours, of its call */
	char heard[4096];
};

static void caller_open(struct caller *caller, bool stream, unsigned port, const char *call_id)
{
	union sip_sockaddr address;

	*caller = (struct caller){ .port = port, .stream = stream, .call_id = call_id };
	caller->fd = socket(AF_INET, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
	assert_int_equal(sip_sockaddr_parse(&address, RD_STR("127.0.0.9"), 0), 0);
	assert_int_equal(bind(caller->fd, &address.sa, sip_sockaddr_len(&address)), 0);
	assert_int_equal(sip_sockaddr_parse(&address, RD_STR("127.0.0.1"), (uint16_t)port), 0);
	assert_int_equal(connect(caller->fd, &address.sa, sip_sockaddr_len(&address)), 0);
}

static void say(struct caller *caller, const char *method, unsigned cseq, const char *body)
{
	char text[2048];
	int n = snprintf(text, sizeof(text),
			 "%s sip:600@127.0.0.1:%u SIP/2.0\r\n"
			 "Via: SIP/2.0/%s 127.0.0.9:5060;rport;branch=z9hG4bK%s%s%u\r\n"
			 "Max-Forwards: 70\r\nFrom: <sip:alice@127.0.0.9>;tag=%s\r\n"
			 "To: <sip:600@127.0.0.1>%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
			 "Contact: <sip:alice@127.0.0.9>\r\n"
			 "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
			 method, caller->port, caller->stream ? "TCP" : "UDP",
			 caller->call_id, method, cseq, caller->call_id,
			 caller->tag[0] ? ";tag=" : "", caller->tag, caller->call_id, cseq,
			 method, strlen(body), body);

	assert_int_equal(send(caller->fd, text, (size_t)n, 0), n);
}

/* The socket is connected: what comes is from the port that it talks to. */
static bool hear(struct caller *caller)
{
	struct pollfd poll_fd = { .fd = caller->fd, .events = POLLIN };
	ssize_t n = 0;

	for (int i = 0; i < 200 && n <= 0; i++) {
		rd__sched_run_for(1);
		if (poll(&poll_fd, 1, 5) == 1)
			n = recv(caller->fd, caller->heard, sizeof(caller->heard) - 1, 0);
	}
	caller->heard[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Over a connection it may come in one piece with what was sent before. */
static const char *expect(struct caller *caller, const char *start)
{
	const char *found = NULL;

	while (!found && hear(caller))
		found = strstr(caller->heard, start);
	if (!found)
		fail_msg("\"%s\" was expected by %s at port %u", start, caller->call_id,
			 caller->port);
	return found;
}

static void talk(struct caller *caller)
{
	const char *ok;

	say(caller, "INVITE", 1, SDP(""));
	ok = expect(caller, "SIP/2.0 200");
	snprintf(caller->tag, sizeof(caller->tag), "%s",
		 line_part(strstr(ok, "\nTo:"), ";tag=", ";\r\n"));
	say(caller, "ACK", 1, "");
	rd__sched_run_for(20);
}

static void hang_up(struct caller *caller)
{
	say(caller, "BYE", 2, "");
	expect(caller, "SIP/2.0 200");
	close(caller->fd);
}

/* ---- who has which port afterwards ---- */

static void check_place(const struct place *place)
{
	const struct sip_transport *transport = sip_transports_find(sip.transports, place->name);

	assert_non_null(transport);
	assert_int_equal(sip_sockaddr_port(&transport->bound), ports[place->port]);
	assert_true(rd_str_ieq(sip_protocol_name(transport->protocol),
			       rd_str_of(place->protocol)));
	assert_false(transport->closed);
}

/* Can a caller talk to it? */
static bool is_plain(const struct place *place)
{
	return strcmp(place->protocol, "udp") == 0 || strcmp(place->protocol, "tcp") == 0;
}

static void call(struct caller *caller, const struct place *place, const char *call_id)
{
	caller_open(caller, strcmp(place->protocol, "udp") != 0, ports[place->port], call_id);
	talk(caller);
}

/* A call begins before at each port of ours and ends after; others begin and end
 * after. */
static void exchange(const struct exchange *exchange)
{
	static const char *const old_ids[] = { "old0", "old1", "old2" };
	static const char *const new_ids[] = { "new0", "new1", "new2" };
	struct caller old[SECTIONS], new[SECTIONS];
	int count = 0;

	find_ports();
	reload(exchange->before);
	for (; count < SECTIONS && exchange->before[count].name; count++)
		if (is_plain(&exchange->before[count]))
			call(&old[count], &exchange->before[count], old_ids[count]);
	reload(exchange->after);
	for (int i = 0; i < count; i++) {
		check_place(&exchange->after[i]);
		if (is_plain(&exchange->after[i]))
			call(&new[i], &exchange->after[i], new_ids[i]);
	}
	for (int i = 0; i < count; i++) {
		if (is_plain(&exchange->before[i]))
			hang_up(&old[i]);
		if (is_plain(&exchange->after[i]))
			hang_up(&new[i]);
	}
	rd__sched_run_for(60000);
	for (int i = 0; i < count; i++)
		check_place(&exchange->after[i]);
	assert_int_equal(sip.call_count, 0);
}

#define LOOP "127.0.0.1"
#define ALL  "0.0.0.0"

static void two_exchange_their_ports(void **state)
{
	static const char *const protocols[] = { "udp", "tcp" };
	static const char *const hosts[][4] = {
		{ LOOP, LOOP, LOOP, LOOP }, { ALL, ALL, ALL, ALL },   { LOOP, LOOP, ALL, ALL },
		{ ALL, ALL, LOOP, LOOP },   { LOOP, ALL, LOOP, ALL }, { LOOP, ALL, ALL, LOOP },
	};

	(void)state;
	for (size_t p = 0; p < RD_ARRAY_SIZE(protocols); p++)
		for (size_t h = 0; h < RD_ARRAY_SIZE(hosts); h++)
			exchange(&(struct exchange){
				.before = { { "a", protocols[p], hosts[h][0], 0 },
					    { "b", protocols[p], hosts[h][1], 1 } },
				.after = { { "a", protocols[p], hosts[h][2], 1 },
					   { "b", protocols[p], hosts[h][3], 0 } } });
}

static void three_move_up_in_a_chain(void **state)
{
	static const char *const protocols[] = { "udp", "tcp" };
	static const char *const hosts[][2] = {
		{ LOOP, LOOP }, { ALL, ALL }, { LOOP, ALL }, { ALL, LOOP }
	};

	(void)state;
	for (size_t p = 0; p < RD_ARRAY_SIZE(protocols); p++)
		for (size_t h = 0; h < RD_ARRAY_SIZE(hosts); h++)
			exchange(&(struct exchange){
				.before = { { "a", protocols[p], hosts[h][0], 0 },
					    { "b", protocols[p], hosts[h][0], 1 },
					    { "c", protocols[p], hosts[h][0], 2 } },
				.after = { { "a", protocols[p], hosts[h][1], 1 },
					   { "b", protocols[p], hosts[h][1], 2 },
					   { "c", protocols[p], hosts[h][1], 3 } } });
}

static void two_protocols_exchange_their_ports(void **state)
{
	static const char *const protocols[][2] = { { "udp", "tcp" }, { "tcp", "tls" } };
	static const char *const hosts[][2] = {
		{ LOOP, LOOP }, { ALL, ALL }, { LOOP, ALL }, { ALL, LOOP }
	};
	char base[256];
	const struct certificate own = { .path = base, .name = "pbx" };

	(void)state;
	snprintf(base, sizeof(base), "%s/pbx", conf_dir_path());
	certificate_write(&own);
	for (size_t p = 0; p < RD_ARRAY_SIZE(protocols); p++)
		for (size_t h = 0; h < RD_ARRAY_SIZE(hosts); h++)
			exchange(&(struct exchange){
				.before = { { "a", protocols[p][0], hosts[h][0], 0 },
					    { "b", protocols[p][1], hosts[h][0], 1 } },
				.after = { { "a", protocols[p][0], hosts[h][1], 1 },
					   { "b", protocols[p][1], hosts[h][1], 0 } } });
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_exchange_their_ports),
		TEST(three_move_up_in_a_chain),
		TEST(two_protocols_exchange_their_ports),
	};

	return RUN_GROUP(tests);
}

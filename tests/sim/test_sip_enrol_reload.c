/* Reloads that change what a registration stands on: the socket that we registered by, or
 * what is known of the first hop. */
#include "tests/unit/test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "channels/sip/listen.h"
#include "core/config/config.h"
#include "tests/sim/sip_provider.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/console.h"

#define LINE  "[line]\ntype = transport\nbind = 127.0.0.1:5060\n"
#define FRESH "[fresh]\ntype = transport\nbind = 127.0.0.1:0\n"

#define CONTACT "Contact: <sip:me@127.0.0.1:5060;ob>;expires=100\n"
#define FLOW    "Require: outbound\n" CONTACT

static int provider_fd;
static char peer[192]; /* its section */

/* A new socket is a real one: so that ICMP keeps still, somebody has to be there. */
static int open_office(void **state)
{
	union sip_sockaddr address;
	socklen_t size = sizeof(address);

	(void)state;
	assert_int_equal(sip_sockaddr_parse(&address, RD_STR("127.0.0.2"), 0), 0);
	provider_fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(provider_fd, &address.sa, sip_sockaddr_len(&address)), 0);
	assert_int_equal(getsockname(provider_fd, &address.sa, &size), 0);
	snprintf(peer, sizeof(peer),
		 "[provider]\ntype = peer\nhost = 127.0.0.2:5060\nusername = me\nregister = yes\n"
		 "outbound_proxy = sip:127.0.0.2:%u\\;lr\n",
		 sip_sockaddr_port(&address));
	return office_open(peer);
}

static int close_office(void **state)
{
	close(provider_fd);
	return provider_close(state);
}

/* As the house does it. */
static void reload(const char *sockets, const char *peers)
{
	struct rd_config_report *report;
	struct sip_settings *settings;
	char conf[512];

	snprintf(conf, sizeof(conf), "%s%s", sockets, peers);
	conf_dir_write("sip.conf", conf);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(sip_settings_read(&settings, report), 0);
	assert_int_equal(sip_listen_prepare(settings, report), 0);
	sip_driver_use_take(settings);
	sip_listen_commit();
	rd_config_report_free(report);
}

static uint64_t sent_by_the_new_socket(void)
{
	return sip_transports_find(sip.transports, "fresh")->stats.sent;
}

static void expect_told(const char *state, unsigned status, unsigned left_s)
{
	struct sip_transport *fresh = sip_transports_find(sip.transports, "fresh");
	char text[512];

	assert_int_equal(sent_by_the_new_socket(), 1);
	snprintf(text, sizeof(text),
		 "Peer             State        Status Expires  Contact\n"
		 "provider         %-12s %6u %7u  sip:me@127.0.0.1:%u;ob\n1 registration\n",
		 state, status, left_s, sip_sockaddr_port(&fresh->bound));
	assert_console(provider_commands, "registrations", 0, text);
}

/* ---- the socket goes ---- */

static void registered_then_moved(const char *contact)
{
	provider_expect("3600");
	provider_answer("200 OK", contact);
	reload(FRESH, peer);
	run_for(10);
	expect_told("registered", 0, 99);
	line_expect_nothing();
}

static void a_registrar_is_told_at_once(void **state)
{
	(void)state;
	registered_then_moved(CONTACT);
}

static void it_is_told_at_once_also_of_a_flow(void **state)
{
	(void)state;
	registered_then_moved(FLOW);
}

static void what_is_out_comes_to_its_end_first(void **state)
{
	(void)state;
	provider_expect("3600");
	reload(FRESH, peer);
	run_for(10);
	assert_int_equal(sent_by_the_new_socket(), 0);
	provider_answer("200 OK", FLOW);
	run_for(10);
	expect_told("registered", 0, 99);
}

/* The flow that it would be asked by is one of the former socket. */
static void who_waits_asks_by_the_new_one(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK",
			"Require: outbound\nContact: <sip:me@127.0.0.1:5060;ob>;expires=60\n");
	run_for(30100);
	while (strncmp(line_peek(), "REGISTER", 8) != 0)
		assert_non_null(line_take()); /* signs of life are asked for */
	provider_expect("3600");
	provider_answer("500 Server Error", "");
	reload(FRESH, peer);
	run_for(10);
	expect_told("waits", 0, 29);
}

/* ---- it stays ---- */

static void a_socket_that_stays_changes_nothing(void **state)
{
	(void)state;
	provider_expect("3600");
	provider_answer("200 OK", FLOW);
	reload(LINE FRESH, peer);
	run_for(10);
	assert_int_equal(sent_by_the_new_socket(), 0);
	line_expect_nothing();
}

/* ---- a first hop that knew no flows ---- */

#define PLAIN "Contact: <sip:me@127.0.0.1:5060>;expires=100\n"

static void expect_contact(const char *expires, bool flow)
{
	provider_expect(expires);
	assert_int_equal(strstr(provider_header("Contact"), ";reg-id=1") != NULL, flow);
	assert_int_equal(strstr(provider_header("Contact"), ";ob>") != NULL, flow);
}

static void register_without_flows(void)
{
	expect_contact("3600", true);
	provider_answer("439 First Hop Lacks Outbound Support", "");
	expect_contact("3600", false);
	provider_answer("200 OK", PLAIN);
	run_for(68100);
	expect_contact("3600", false);
	provider_answer("200 OK", PLAIN);
}

/* What stands goes on until it is renewed. */
static void after_a_reload_it_is_asked_anew(void **state)
{
	(void)state;
	register_without_flows();
	reload(LINE, peer);
	run_for(67900);
	line_expect_nothing();
	run_for(200);
	expect_contact("3600", true);
	provider_answer("439 First Hop Lacks Outbound Support", "");
	expect_contact("3600", false);
	provider_answer("200 OK", PLAIN);
	run_for(68100);
	expect_contact("3600", false);
	provider_answer("200 OK", PLAIN);
}

static void who_leaves_is_named_as_before(void **state)
{
	(void)state;
	register_without_flows();
	reload(LINE, peer);
	reload(LINE, "");
	expect_contact("0", false);
	provider_answer("200 OK", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_registrar_is_told_at_once),         TEST(it_is_told_at_once_also_of_a_flow),
		TEST(what_is_out_comes_to_its_end_first),  TEST(who_waits_asks_by_the_new_one),
		TEST(a_socket_that_stays_changes_nothing), TEST(after_a_reload_it_is_asked_anew),
		TEST(who_leaves_is_named_as_before),
	};

	return RUN_GROUP(tests);
}

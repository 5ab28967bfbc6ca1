/* Reloads that name other sockets, while calls go over those that are there. */
#include "tests/unit/test.h"

#include <unistd.h>

#include <ringdown/channel.h>

#include "channels/sip/listen.h"
#include "core/sched/sched.h"
#include "tests/sim/sip_exchange.h"
#include "tests/sim/sip_register.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/sip_certificates.h"

#define PHONES                                                     \
	"[gate]\ntype = phone\nmatch = 127.0.0.9\ncontext = office\n" \
	"[1002]\ntype = phone\nsecret = two\ncontext = office\n"

static struct sip_phone far;
static struct sip_transport *line;
static char said[1024];

/* As the house does it: build, prepare, then commit or discard. */
static int reload(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int reload(const char *fmt, ...)
{
	struct rd_config_report *report;
	struct sip_settings *settings;
	char conf[2048];
	va_list args;
	char *text;
	int rc;

	va_start(args, fmt);
	vsnprintf(conf, sizeof(conf), fmt, args);
	va_end(args);
	conf_dir_write("sip.conf", conf);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(sip_settings_read(&settings, report), 0);
	rc = sip_listen_prepare(settings, report);
	text = conf_report_text(report);
	rd_strcpy(said, sizeof(said), text);
	rd_free(text);
	rd_config_report_free(report);
	if (rc) {
		sip_listen_discard();
		sip_settings_unref(settings);
	} else {
		sip_driver_use_take(settings);
		sip_listen_commit();
	}
	return rc;
}

/* Another program's socket at a port of its own. */
static int occupy(const char *host, int kind, unsigned *port)
{
	union sip_sockaddr address;
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, kind, 0);

	assert_int_equal(sip_sockaddr_parse(&address, rd_str_of(host), (uint16_t)*port), 0);
	if (bind(fd, &address.sa, sip_sockaddr_len(&address)) ||
	    (kind == SOCK_STREAM && listen(fd, 1))) {
		close(fd);
		return -1;
	}
	assert_int_equal(getsockname(fd, &address.sa, &size), 0);
	*port = sip_sockaddr_port(&address);
	return fd;
}

static unsigned free_port(int kind)
{
	unsigned port = 0;

	close(occupy("127.0.0.1", kind, &port));
	return port;
}

static struct sip_transport *transport(const char *name)
{
	return sip_transports_find(sip.transports, name);
}

static void call(const char *number)
{
	line = transport("line");
	phone_invite(&far, "alice", number, "", SDP(""));
	rd__sched_run_for(20);
	phone_final(&far, "SIP/2.0 200");
	phone_ack(&far, "");
	rd__sched_run_for(1000);
}

/* ---- calls in progress ---- */

static void a_call_that_is_up_ends_over_the_socket_that_it_began_on(void **state)
{
	(void)state;
	call("600");
	assert_int_equal(reload("[fresh]\ntype = transport\nbind = 127.0.0.1:0\n" PHONES), 0);
	assert_ptr_not_equal(transport("fresh"), NULL);
	assert_null(transport("line"));
	rd__sched_run_for(60000);
	assert_false(line->closed);
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	rd__sched_run_for(20000); /* the answer may be lost */
	phone_repeat();
	line_expect("SIP/2.0 200");
	rd__sched_run_for(15000);
	assert_true(line->closed);
}

static void we_hang_up_over_it_as_well(void **state)
{
	(void)state;
	call("600");
	assert_int_equal(reload("[fresh]\ntype = transport\nbind = 127.0.0.1:0\n" PHONES), 0);
	rd_hangup(rd_channel_next(NULL), RD_CAUSE_NORMAL);
	rd__sched_run_for(100);
	phone_expect_request(&far, "BYE ");
	phone_answer(&far, "200 OK", "", "");
	rd__sched_run_for(40000);
	assert_true(line->closed);
}

static void what_begins_on_it_is_sent_elsewhere(void **state)
{
	(void)state;
	call("600");
	assert_int_equal(reload("[fresh]\ntype = transport\nbind = 127.0.0.1:0\n" PHONES), 0);
	phone_invite(&far, "bob", "600", "", SDP(""));
	line_expect("SIP/2.0 503");
	assert_int_equal(sip.call_count, 1);
	rd_hangup(rd_channel_next(NULL), RD_CAUSE_NORMAL);
}

static void what_nobody_uses_is_closed_at_once(void **state)
{
	(void)state;
	line = transport("line");
	assert_int_equal(reload("[fresh]\ntype = transport\nbind = 127.0.0.1:0\n" PHONES), 0);
	assert_true(line->closed);
}

static void a_phone_is_called_by_the_new_socket(void **state)
{
	const struct sip_registering phone = { .user = "1002", .password = "two",
					       .call_id = "r1",
					       .more = "Contact: <sip:1002@127.0.0.2:5060>\n" };
	struct sip_contact *contact;
	struct sip_flow flow;

	(void)state;
	assert_non_null(strstr(sip_register(&phone), "SIP/2.0 200"));
	contact = sip_aor_find(sip_location_find(sip.location, RD_STR("1002")),
			       RD_STR("sip:1002@127.0.0.2:5060"));
	assert_non_null(contact);
	call("600");
	assert_int_equal(reload("[fresh]\ntype = transport\nbind = 127.0.0.1:0\n" PHONES), 0);
	assert_int_equal(sip_contact_way(contact, &flow), 0);
	assert_ptr_equal(flow.transport, transport("fresh"));
	assert_string_equal(flow.transport->name, "fresh");
	rd_hangup(rd_channel_next(NULL), RD_CAUSE_NORMAL);
}

static void who_has_its_address_now_goes_on_for_it(void **state)
{
	union sip_sockaddr peer;

	(void)state;
	call("600");
	assert_int_equal(reload("[fresh]\ntype = transport\nbind = 127.0.0.1:0\n"
				"[heir]\ntype = transport\nbind = 127.0.0.1:0\n" PHONES), 0);
	assert_int_equal(sip_sockaddr_parse(&peer, RD_STR("127.0.0.2"), 5060), 0);
	assert_ptr_equal(sip_transport_successor(line, &peer), transport("fresh"));
	sip_transport_yield(line, transport("heir"));
	assert_ptr_equal(sip_transport_successor(line, &peer), transport("heir"));
	rd_hangup(rd_channel_next(NULL), RD_CAUSE_NORMAL);
}

/* ---- changes of mind ---- */

static void the_former_address_takes_the_former_socket_back(void **state)
{
	(void)state;
	call("600");
	assert_int_equal(reload("[fresh]\ntype = transport\nbind = 127.0.0.1:0\n" PHONES), 0);
	assert_true(line->leaves);
	assert_int_equal(reload("[line]\ntype = transport\nbind = 127.0.0.1:5060\n" PHONES), 0);
	assert_ptr_equal(transport("line"), line);
	assert_null(transport("fresh"));
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	rd__sched_run_for(60000);
	assert_false(line->closed);
}

static void a_section_with_another_name_keeps_its_socket(void **state)
{
	(void)state;
	line = transport("line");
	assert_int_equal(reload("[main]\ntype = transport\nbind = 127.0.0.1:5060\n" PHONES), 0);
	assert_ptr_equal(transport("main"), line);
	assert_false(line->leaves);
}

/* ---- what cannot be ---- */

static void an_occupied_port_refuses_the_reload(void **state)
{
	unsigned port = 0;
	char wanted[128];
	int fd = occupy("127.0.0.1", SOCK_DGRAM, &port);

	(void)state;
	call("600");
	assert_int_equal(reload("[fresh]\ntype = transport\nbind = 127.0.0.1:0\n"
				"[line]\ntype = transport\nbind = 127.0.0.1:%u\n" PHONES, port),
			 -EADDRINUSE);
	snprintf(wanted, sizeof(wanted), "sip.conf:4: line: 127.0.0.1:%u is in use by another "
		 "program; stop it, or choose another port with bind =\n", port);
	assert_string_equal(said, wanted);
	assert_ptr_equal(transport("line"), line);
	assert_null(transport("fresh"));
	phone_request(&far, "BYE", "", "");
	phone_expect(&far, "SIP/2.0 200");
	close(fd);
}

/* ---- addresses that overlap ---- */

static void widen_and_narrow(const char *protocol, int kind)
{
	unsigned port = free_port(kind);
	struct sip_transport *first;

#define AT(address) "[t]\ntype = transport\nprotocol = %s\nbind = " address ":%u\n" PHONES
	assert_int_equal(reload(AT("127.0.0.1"), protocol, port), 0);
	first = transport("t");
	assert_int_equal(reload(AT("0.0.0.0"), protocol, port), 0);
	assert_ptr_equal(transport("t"), first);
	assert_true(sip_sockaddr_is_any(&first->bound));
	assert_int_equal(occupy("127.0.0.3", kind, &port), -1);
	assert_int_equal(reload(AT("127.0.0.1"), protocol, port), 0);
	assert_ptr_not_equal(transport("t"), first);
	assert_true(first->closed);
	assert_int_equal(occupy("127.0.0.1", kind, &port), -1);
	close(occupy("127.0.0.3", kind, &port));
#undef AT
}

static void a_socket_moves_to_all_addresses_and_back(void **state)
{
	(void)state;
	widen_and_narrow("udp", SOCK_DGRAM);
	widen_and_narrow("tcp", SOCK_STREAM);
}

static void gather(const char *protocol, int kind)
{
	unsigned port = free_port(kind);

#define AT(name, address) "[" name "]\ntype = transport\nprotocol = %s\nbind = " address ":%u\n"
	assert_int_equal(reload(AT("t", "127.0.0.1") AT("u", "127.0.0.2") AT("v", "127.0.0.3")
				PHONES, protocol, port, protocol, port, protocol, port), 0);
	assert_int_equal(reload(AT("all", "0.0.0.0") PHONES, protocol, port), 0);
	assert_int_equal(reload(AT("t", "127.0.0.1") AT("u", "127.0.0.2") PHONES, protocol,
				port, protocol, port), 0);
	assert_int_equal(reload(AT("u", "0.0.0.0") PHONES, protocol, port), 0);
	assert_int_equal(occupy("127.0.0.1", kind, &port), -1);
#undef AT
}

static void one_socket_for_all_addresses_takes_the_place_of_several(void **state)
{
	(void)state;
	gather("udp", SOCK_DGRAM);
	gather("tcp", SOCK_STREAM);
}

static void a_refused_move_leaves_the_socket_where_it_was(void **state)
{
	unsigned port = free_port(SOCK_DGRAM), other = 0;
	int fd = occupy("127.0.0.1", SOCK_DGRAM, &other);

	(void)state;
	assert_int_equal(reload("[t]\ntype = transport\nbind = 127.0.0.1:%u\n" PHONES, port), 0);
	assert_int_equal(reload("[t]\ntype = transport\nbind = 0.0.0.0:%u\n"
				"[u]\ntype = transport\nbind = 127.0.0.1:%u\n" PHONES,
				port, other), -EADDRINUSE);
	assert_false(sip_sockaddr_is_any(&transport("t")->bound));
	assert_true(occupy("127.0.0.3", SOCK_DGRAM, &port) >= 0);
	close(fd);
}

static void a_port_passes_from_tcp_to_tls(void **state)
{
	char base[256], certificate[300];
	const struct certificate own = { .path = base, .name = "pbx" };
	unsigned port = free_port(SOCK_STREAM);
	struct sip_transport *first;

	(void)state;
	snprintf(base, sizeof(base), "%s/pbx", conf_dir_path());
	snprintf(certificate, sizeof(certificate), "%s.crt", base);
	certificate_write(&own);
	assert_int_equal(reload("[t]\ntype = transport\nprotocol = tcp\nbind = 127.0.0.1:%u\n"
				PHONES, port), 0);
	first = transport("t");
	assert_int_equal(reload("[t]\ntype = transport\nprotocol = tls\nbind = 127.0.0.1:%u\n"
				"certificate = %s\nkey = %s.key\n" PHONES, port,
				certificate, base), 0);
	assert_int_equal(transport("t")->protocol, SIP_TLS);
	assert_true(first->closed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, exchange_open, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_that_is_up_ends_over_the_socket_that_it_began_on),
		TEST(we_hang_up_over_it_as_well),
		TEST(what_begins_on_it_is_sent_elsewhere),
		TEST(what_nobody_uses_is_closed_at_once),
		TEST(a_phone_is_called_by_the_new_socket),
		TEST(who_has_its_address_now_goes_on_for_it),
		TEST(the_former_address_takes_the_former_socket_back),
		TEST(a_section_with_another_name_keeps_its_socket),
		TEST(an_occupied_port_refuses_the_reload),
		TEST(a_socket_moves_to_all_addresses_and_back),
		TEST(one_socket_for_all_addresses_takes_the_place_of_several),
		TEST(a_refused_move_leaves_the_socket_where_it_was),
		TEST(a_port_passes_from_tcp_to_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

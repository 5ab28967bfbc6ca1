/* Contacts in the store: what a renewal, a new address and a farewell leave
 * there, and what comes back after a restart. */
#include "tests/unit/test.h"

#include <net/if.h>
#include <stdlib.h>

#include <ringdown/clock.h>
#include <ringdown/store.h>

#include "channels/sip/endpoint/location.h"
#include "channels/sip/transport/open.h"
#include "core/sched/clock.h"
#include "core/sched/sched.h"
#include "core/store/store.h"

static char folder[64], path[96];
static struct sip_transports *transports;
static struct sip_location *location;

static int setup(void **state)
{
	struct sip_udp_options options = { .name = "udp" };

	(void)state;
	strcpy(folder, "/tmp/rd-location-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/ringdown.db", folder);
	rd__clock_set_virtual();
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(sip_transports_new(&transports), 0);
	assert_int_equal(sip_sockaddr_parse(&options.bind, RD_STR("127.0.0.1"), 0), 0);
	return sip_udp_open(transports, &options, NULL);
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	sip_transports_free(transports);
	rd__sched_fini();
	rd__clock_set_real();
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

/* Run fn with the store and the location open, as from a start to a stop. */
static int live(void *fn)
{
	assert_int_equal(rd__store_start_at(path), 0);
	assert_int_equal(sip_location_new(&location), 0);
	assert_int_equal(sip_location_open(location, transports), 0);
	(*(void (**)(void))fn)();
	sip_location_free(location);
	rd__store_stop();
	return 0;
}

static void life(void (*fn)(void))
{
	assert_int_equal(rd__sched_call(live, (void *)&fn), 0);
}

static struct sip_aor *anna(void)
{
	return sip_location_get(location, RD_STR("anna"));
}

static void enroll_from(const char *host, const char *call_id, const char *uri, const char *agent,
			uint32_t cseq)
{
	union sip_sockaddr peer;
	struct sip_flow flow;
	struct sip_contact_params params = { .uri = rd_str_of(uri),
					     .call_id = rd_str_of(call_id),
					     .user_agent = rd_str_of(agent),
					     .cseq = cseq,
					     .q = 1000,
					     .expires_s = 600 + cseq,
					     .flow = &flow };

	const struct sip_device device = { .uri = params.uri,
					   .call_id = params.call_id,
					   .flow = &flow };

	assert_int_equal(sip_sockaddr_parse(&peer, rd_str_of(host), 7000), 0);
	assert_int_equal(sip_flow_recall(&flow, sip_transports_next(transports, NULL), &peer,
					 (struct rd_str){ 0 }),
			 0);
	assert_int_equal(sip_aor_bind(anna(), sip_aor_find_device(anna(), &device), &params), 0);
}

static void enroll(const char *uri, const char *agent, uint32_t cseq)
{
	enroll_from("127.0.0.1", "c1", uri, agent, cseq);
}

/* The rows of the store, as "uri cseq agent, ...". */
static const char *stored(void)
{
	static char text[512];
	struct rd_pool *pool;
	struct rd_rows rows;
	size_t at = 0;

	sip_location_flush(location);
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_true(rd_store_query("SELECT uri, cseq, user_agent FROM sip_bindings "
				   "ORDER BY uri, call_id",
				   NULL, 0, pool, &rows) >= 0);
	text[0] = '\0';
	for (int i = 0; i < rows.count; i++) {
		const struct rd_value *row = rows.values + (size_t)i * 3;

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s %lld %s",
				       i ? ", " : "", row[0].text, (long long)row[1].i,
				       row[2].text);
	}
	rd_pool_free(pool);
	return text;
}

static void register_and_renew(void)
{
	enroll("sip:a@hall.test", "one", 1);
	enroll("sip:b@hall.test", "two", 1);
	assert_string_equal(stored(), "sip:a@hall.test 1 one, sip:b@hall.test 1 two");
	enroll("sip:a@hall.test", "one", 2);
	assert_string_equal(stored(), "sip:a@hall.test 2 one, sip:b@hall.test 1 two");
	/* The same device in another spelling, and with new software. */
	enroll("sip:a@Hall.test", "three", 3);
	enroll("sip:b@hall.test", "four", 2);
}

static void find_both_and_leave(void)
{
	assert_int_equal(anna()->count, 2);
	enroll("sip:a@hall.test", "one", 5);
	sip_aor_unbind(sip_aor_find(anna(), RD_STR("sip:b@hall.test")), SIP_UNBOUND_BY_ITSELF);
	assert_string_equal(stored(), "sip:a@hall.test 5 one");
}

static void find_one(void)
{
	assert_int_equal(anna()->count, 1);
	assert_int_equal(sip_aor_first(anna())->cseq, 5);
	rd_sleep(3600 * 1000);
	assert_int_equal(anna()->count, 0);
	assert_string_equal(stored(), "");
}

static void the_store_follows_what_is_bound(void **state)
{
	(void)state;
	life(register_and_renew);
	life(find_both_and_leave);
	life(find_one);
}

static void forget_rows(void)
{
	assert_int_equal(rd_store_write("DELETE FROM sip_bindings", NULL, 0, NULL, NULL), 0);
}

static void renew_one_of_two(void)
{
	enroll("sip:a@hall.test", "one", 1);
	enroll("sip:b@hall.test", "two", 1);
	assert_string_equal(stored(), "sip:a@hall.test 1 one, sip:b@hall.test 1 two");
	forget_rows();
	enroll("sip:a@hall.test", "one", 2);
	assert_string_equal(stored(), "sip:a@hall.test 2 one");
}

static void what_did_not_change_is_not_written_again(void **state)
{
	(void)state;
	life(renew_one_of_two);
}

static void register_twice(void)
{
	enroll("sip:a@hall.test", "one", 1);
	enroll("sip:b@hall.test", "two", 2);
}

/* Both have run out while nobody looked: the first new row sweeps them. */
static void come_back_late(void)
{
	assert_int_equal(anna()->count, 0);
	enroll("sip:c@hall.test", "three", 3);
	assert_string_equal(stored(), "sip:c@hall.test 3 three");
}

static void rows_that_ran_out_in_the_night_go(void **state)
{
	(void)state;
	life(register_twice);
	rd__clock_jump(UINT64_C(3600) * 1000000);
	life(come_back_late);
}

static void register_one(void)
{
	enroll("sip:a@hall.test", "one", 1);
	sip_location_flush(location);
	assert_int_equal(
		rd_store_write("UPDATE sip_bindings SET transport = 'former'", NULL, 0, NULL, NULL),
		0);
}

static void find_it(void)
{
	assert_int_equal(anna()->count, 1);
	assert_ptr_equal(sip_aor_first(anna())->flow.transport,
			 sip_transports_next(transports, NULL));
}

/* Its section in sip.conf has another name since. */
static void a_transport_is_known_by_its_protocol_when_its_name_is_gone(void **state)
{
	(void)state;
	life(register_one);
	life(find_it);
}

static struct sip_transport *open_another(const char *name, const char *host)
{
	struct sip_udp_options options = { .name = name };
	struct sip_transport *transport;

	assert_int_equal(sip_sockaddr_parse(&options.bind, rd_str_of(host), 0), 0);
	assert_int_equal(sip_udp_open(transports, &options, &transport), 0);
	return transport;
}

static struct sip_transport *open_stream(const char *name, enum sip_protocol protocol)
{
	struct sip_stream_options options = { .name = name, .protocol = protocol };
	struct sip_transport *transport;

	assert_int_equal(sip_sockaddr_parse(&options.bind, RD_STR("127.0.0.1"), 0), 0);
	assert_int_equal(sip_stream_open(transports, &options, &transport), 0);
	return transport;
}

static struct sip_transport *second;

static void bind_from(struct sip_contact *old, const char *host, unsigned interface)
{
	static const struct sip_contact_params params = { .uri = RD_STR("sip:a@hall.test"),
							  .call_id = RD_STR("c1"),
							  .expires_s = 600 };
	struct sip_contact_params at = params;
	union sip_sockaddr peer;
	struct sip_flow flow;

	assert_int_equal(sip_sockaddr_parse(&peer, rd_str_of(host), 7000), 0);
	if (interface)
		peer.in6.sin6_scope_id = interface;
	assert_int_equal(sip_flow_recall(&flow, second, &peer, (struct rd_str){ 0 }), 0);
	at.flow = &flow;
	assert_int_equal(sip_aor_bind(anna(), old, &at), 0);
	sip_location_flush(location);
}

static void register_from(const char *host, unsigned interface)
{
	bind_from(NULL, host, interface);
}

static void register_at_the_second(void)
{
	register_from("127.0.0.1", 0);
	strcpy(second->name, "office");
}

static void find_it_at_the_second(void)
{
	assert_int_equal(anna()->count, 1);
	assert_ptr_equal(sip_aor_first(anna())->flow.transport, second);
}

/* Three sockets, and the phone came to the one between: bound to the address, and to all. */
static void of_several_that_which_has_its_port_is_taken(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "0.0.0.0" };

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(hosts); i++) {
		open_another("before", hosts[i]);
		second = open_another("second", hosts[i]);
		open_another("third", hosts[i]);
		life(register_at_the_second);
		life(find_it_at_the_second);
		sip_transport_close(second);
	}
}

static struct sip_transport *other;

static void register_and_swap_names(void)
{
	register_from("127.0.0.1", 0);
	strcpy(second->name, "other");
	strcpy(other->name, "second");
}

static void of_two_that_swap_names_that_which_has_its_port_is_taken(void **state)
{
	(void)state;
	second = open_another("second", "127.0.0.1");
	other = open_another("other", "127.0.0.1");
	life(register_and_swap_names);
	life(find_it_at_the_second);
}

static void register_at_another_and_then_at_the_second(void)
{
	struct sip_transport *then = second;

	second = other;
	register_from("127.0.0.1", 0);
	second = then;
	bind_from(sip_aor_first(anna()), "127.0.0.1", 0);
	strcpy(second->name, "office");
}

static void a_renewal_at_another_port_is_stored(void **state)
{
	(void)state;
	second = open_another("second", "127.0.0.1");
	other = open_another("other", "127.0.0.1");
	life(register_at_another_and_then_at_the_second);
	life(find_it_at_the_second);
}

static void one_of_another_family_or_protocol_is_none_of_several(void **state)
{
	struct sip_transport *tcp = open_stream("tcp", SIP_TCP);
	union sip_sockaddr ours;

	(void)state;
	other = open_another("six", "::");
	second = open_another("second", "0.0.0.0");
	other->bound.in6.sin6_port = second->bound.in4.sin_port;
	assert_int_equal(sip_sockaddr_parse(&ours, RD_STR("127.0.0.1"),
					    sip_sockaddr_port(&second->bound)),
			 0);
	assert_ptr_equal(sip_transports_at(transports, SIP_UDP, &ours), second);
	assert_null(sip_transports_at(transports, SIP_TCP, &ours));
	tcp->bound.in4.sin_port = second->bound.in4.sin_port;
	assert_ptr_equal(sip_transports_at(transports, SIP_TCP, &ours), tcp);
	assert_ptr_equal(sip_transports_at(transports, SIP_UDP, &ours), second);
}

static void register_without_a_port(void)
{
	register_at_the_second();
	assert_int_equal(rd_store_write("UPDATE sip_bindings SET ours_port = 0", NULL, 0, NULL,
					NULL),
			 0);
}

static void a_row_of_former_days_has_no_port(void **state)
{
	(void)state;
	second = open_another("second", "127.0.0.1");
	life(register_without_a_port);
	life(find_it);
}

static void register_by_an_interface(void)
{
	register_from("fe80::9", if_nametoindex("lo"));
}

static void find_it_by_its_interface(void)
{
	find_it_at_the_second();
	assert_int_equal(sip_aor_first(anna())->flow.peer.in6.sin6_scope_id, if_nametoindex("lo"));
}

static void a_link_local_address_is_found_by_its_interface(void **state)
{
	(void)state;
	second = open_another("second", "::1");
	life(register_by_an_interface);
	life(find_it_by_its_interface);
}

static void register_at_one_address(void)
{
	enroll_from("127.0.0.1", "c1", "sip:a@10.0.0.9", "one", 1);
	enroll_from("127.0.0.2", "c2", "sip:a@10.0.0.9", "two", 2);
	assert_string_equal(stored(), "sip:a@10.0.0.9 1 one, sip:a@10.0.0.9 2 two");
	enroll_from("127.0.0.2", "c3", "sip:a@10.0.0.9", "two", 3);
}

static void find_both_there(void)
{
	assert_int_equal(anna()->count, 2);
	enroll_from("127.0.0.1", "c1", "sip:a@10.0.0.9", "one", 4);
	assert_string_equal(stored(), "sip:a@10.0.0.9 4 one, sip:a@10.0.0.9 3 two");
}

static void two_devices_at_one_address_are_two_rows(void **state)
{
	(void)state;
	life(register_at_one_address);
	life(find_both_there);
}

/* NULL: it is not found. */
static const struct sip_transport *found_by(const char *uri)
{
	const struct sip_stored_flow stored = { .transport = "former",
						.uri = rd_str_of(uri),
						.source = "127.0.0.1",
						.port = 7000,
						.ours = "127.0.0.1" };
	struct sip_flow flow;

	return sip_stored_flow_find(transports, &stored, &flow) ? flow.transport : NULL;
}

static void its_protocol_is_that_of_its_uri(void **state)
{
	const struct sip_transport *tcp = open_stream("tcp", SIP_TCP);
	const struct sip_transport *tls = open_stream("tls", SIP_TLS);

	(void)state;
	assert_ptr_equal(found_by("sip:a@hall.test"), sip_transports_next(transports, NULL));
	assert_ptr_equal(found_by("sip:a@hall.test;transport=tcp"), tcp);
	assert_ptr_equal(found_by("sip:a@hall.test;transport=tls"), tls);
	assert_ptr_equal(found_by("sips:a@hall.test"), tls);
	assert_ptr_equal(found_by("sips:a@hall.test;transport=tcp"), tls);
	assert_null(found_by("sip:a@hall.test;transport=ws"));
	assert_null(found_by("sip:a@hall.test;transport=smoke"));
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(the_store_follows_what_is_bound),
		WITH_STORE(what_did_not_change_is_not_written_again),
		WITH_STORE(rows_that_ran_out_in_the_night_go),
		WITH_STORE(two_devices_at_one_address_are_two_rows),
		WITH_STORE(a_transport_is_known_by_its_protocol_when_its_name_is_gone),
		WITH_STORE(its_protocol_is_that_of_its_uri),
		WITH_STORE(of_several_that_which_has_its_port_is_taken),
		WITH_STORE(of_two_that_swap_names_that_which_has_its_port_is_taken),
		WITH_STORE(a_renewal_at_another_port_is_stored),
		WITH_STORE(one_of_another_family_or_protocol_is_none_of_several),
		WITH_STORE(a_row_of_former_days_has_no_port),
		WITH_STORE(a_link_local_address_is_found_by_its_interface),
	};

	return RUN_GROUP(tests);
}

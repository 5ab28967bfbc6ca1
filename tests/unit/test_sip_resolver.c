/* Lookups, the cache, the memory for dead targets, and the walk from target to
 * target: on the virtual clock, with a name server that a test writes. */
#include "tests/unit/test.h"

#include <ringdown/clock.h>

#include "tests/unit/sip_zone.h"
#include "tests/unit/virtual_clock.h"
#include "channels/sip/transport/implementation.h"

static struct sip_resolver *resolver;

static const struct sip_dns_settings settings = {
	.enabled = true,
	.timeout_ms = 1000,
	.tries = 1,
	.dead_ms = 60000,
	.failover_ms = 4000,
};

static const char zone[] =
	"example.com 60 NAPTR 1 1 S SIP+D2U _sip._udp.example.com\n"
	"_sip._udp.example.com 300 SRV 1 1 5060 a.example.com\n"
	"_sip._udp.example.com 300 SRV 2 1 5070 b.example.com\n"
	"a.example.com 30 A 192.0.2.1\nb.example.com 90 A 192.0.2.2\n"
	"1.9.4.e164.test 60 NAPTR 20 1 U E2U+SIP !^.*$!sip:second@x!\n"
	"1.9.4.e164.test 60 NAPTR 10 1 U E2U+SIP !^.*$!sip:first@x!\n"
	"odd.example.com 60 NAPTR 10 1 U SIP+D2U !^.*$!sip:a@b!\n"
	"_sip._udp.odd.example.com 60 SRV 1 1 5060 a.example.com\n";

/* What the last lookup said. */
static struct {
	unsigned count;
	int rc;
	struct sip_targets targets;
} said;

static void located(void *arg, int rc, const struct sip_targets *targets)
{
	(void)arg;
	said.count++;
	said.rc = rc;
	if (rc == 0)
		said.targets = *targets;
}

static struct sip_where where_of(const char *uri)
{
	struct sip_where where;

	assert_int_equal(sip_where_of_uri(&where, rd_str_of(uri)), 0);
	where.ways[SIP_UDP] = SIP_V4;
	return where;
}

static void look(const char *uri)
{
	struct sip_where where = where_of(uri);

	assert_int_equal(sip_locate(resolver, NULL, &where, located, NULL), 0);
}

static int look_now(const char *uri)
{
	struct sip_where where = where_of(uri);

	return sip_locate_now(resolver, &where, &said.targets);
}

static int start(void **state)
{
	(void)state;
	memset(&said, 0, sizeof(said));
	assert_int_equal(sip_resolver_new(&resolver), 0);
	sip_resolver_configure(resolver, &settings);
	zone_set(zone);
	zone_serve(resolver, 20);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	zone_forget();
	sip_resolver_free(resolver);
	return 0;
}

/* ---- lookups ---- */

static char records[256];
static int records_rc;

static void told_records(void *arg, int rc, const struct rd_sip_naptr *list, unsigned count)
{
	(void)arg;
	records_rc = rc;
	records[0] = '\0';
	for (unsigned i = 0; i < count; i++)
		snprintf(records + strlen(records), sizeof(records) - strlen(records),
			 "%u %s %s %s\n", list[i].order, list[i].flags, list[i].service,
			 list[i].regexp);
}

static int ask_records(const char *name)
{
	struct sip_lookup *lookup;

	records_rc = 1;
	return sip_naptr_ask(resolver, &lookup, rd_str_of(name), told_records, NULL);
}

static void records_of_a_name_are_told_in_their_order(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) { /* the second time from the cache */
		assert_int_equal(ask_records("1.9.4.E164.test."), 0);
		assert_int_equal(records_rc, 1);
		rd__sched_run_for(i ? 1 : 30);
		assert_int_equal(records_rc, 0);
		assert_string_equal(records, "10 U E2U+SIP !^.*$!sip:first@x!\n"
					     "20 U E2U+SIP !^.*$!sip:second@x!\n");
	}
	assert_int_equal(ask_records("2.9.4.e164.test"), 0);
	rd__sched_run_for(30);
	assert_int_equal(records_rc, -ENOENT);
	assert_int_equal(ask_records("..."), -EINVAL);
}

static void records_may_be_waited_for_no_longer(void **state)
{
	struct sip_lookup *lookup;

	(void)state;
	records_rc = 1;
	assert_int_equal(sip_naptr_ask(resolver, &lookup, RD_STR("1.9.4.e164.test"), told_records,
				       NULL), 0);
	rd__sched_run_for(10);
	sip_lookup_cancel(lookup);
	rd__sched_run_for(100);
	assert_int_equal(records_rc, 1);
}

/* It is no way to a host: the services of the name are looked for. */
static void an_expression_leads_to_no_host(void **state)
{
	(void)state;
	look("sip:odd.example.com");
	rd__sched_run_for(200);
	assert_int_equal(said.count, 1);
	assert_int_equal(said.rc, 0);
	assert_int_equal(said.targets.count, 1);
}

static void a_lookup_goes_from_naptr_to_addresses(void **state)
{
	(void)state;
	look("sip:example.com");
	assert_int_equal(said.count, 0);
	clock_advance(19);
	assert_int_equal(said.count, 0);
	clock_advance(100);
	assert_int_equal(said.count, 1);
	assert_int_equal(said.rc, 0);
	assert_int_equal(said.targets.count, 2);
	assert_int_equal(sip_sockaddr_port(&said.targets.list[1].address), 5070);
}

static void many_lookups_ask_once(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		look("sip:example.com");
	clock_advance(200);
	assert_int_equal(said.count, 100);
	/* NAPTR, SRV, A of both; and A of the domain, asked ahead */
	assert_int_equal(zone_asked(), 5);
	assert_int_equal(look_now("sip:example.com"), 0);
	assert_int_equal(zone_asked(), 5);
}

static void answers_expire_by_their_ttl(void **state)
{
	unsigned before;

	(void)state;
	look("sip:example.com");
	clock_advance(200);
	before = zone_asked();
	clock_advance(29000);
	assert_int_equal(look_now("sip:example.com"), 0);
	assert_in_range(said.targets.ttl_s, 1, 1);
	assert_int_equal(zone_asked(), before);
	clock_advance(1500);
	assert_int_equal(look_now("sip:example.com"), -EINPROGRESS);
	assert_int_equal(zone_asked(), before + 2); /* a.example.com; what was asked ahead */
	clock_advance(100);
	assert_int_equal(look_now("sip:example.com"), 0);
	assert_int_equal(zone_asked(), before + 2);
	clock_advance(60000);
	assert_int_equal(look_now("sip:example.com"), -EINPROGRESS);
	assert_true(zone_asked() > before + 2);
	clock_advance(100);
}

static void that_there_is_no_such_name_is_remembered(void **state)
{
	(void)state;
	look("sip:nobody.example:5060");
	clock_advance(100);
	assert_int_equal(said.rc, -ENOENT);
	assert_int_equal(look_now("sip:nobody.example:5060"), -ENOENT);
	assert_int_equal(zone_asked(), 1);
	clock_advance(31000);
	assert_int_equal(look_now("sip:nobody.example:5060"), -EINPROGRESS);
	clock_advance(100);
}

/* RFC 8767: what was known before serves on while no name server helps. */
static void old_answers_serve_when_servers_fail(void **state)
{
	(void)state;
	zone_set("h.com 30 A 192.0.2.1\n");
	look("sip:h.com:5060");
	clock_advance(31000);
	zone_set("h.com 0 FAIL\n");
	assert_int_equal(look_now("sip:h.com:5060"), -EINPROGRESS);
	clock_advance(100);
	assert_int_equal(look_now("sip:h.com:5060"), 0);
	zone_set("h.com 30 A 192.0.2.5\n");
	clock_advance(11000);
	look_now("sip:h.com:5060");
	clock_advance(100);
	assert_int_equal(look_now("sip:h.com:5060"), 0);
	assert_int_equal(ntohl(said.targets.list[0].address.in4.sin_addr.s_addr) & 255, 5);
}

static void a_failure_is_not_asked_again_at_once(void **state)
{
	(void)state;
	zone_set("h.com 0 FAIL\n");
	look("sip:h.com:5060");
	clock_advance(100);
	assert_int_equal(said.rc, -EIO);
	look("sip:h.com:5060");
	clock_advance(100);
	assert_int_equal(zone_asked(), 1);
	clock_advance(10000);
	look("sip:h.com:5060");
	clock_advance(100);
	assert_int_equal(zone_asked(), 2);
	assert_int_equal(said.count, 3);
}

static void answers_that_come_at_once(void **state)
{
	(void)state;
	zone_serve(resolver, 0);
	look("sip:example.com");
	assert_int_equal(said.count, 0);
	clock_advance(1);
	assert_int_equal(said.count, 1);
	assert_int_equal(said.rc, 0);
}

static void a_lookup_that_nobody_wants_any_more(void **state)
{
	struct sip_where where = where_of("sip:example.com");
	struct sip_lookup *lookup;

	(void)state;
	assert_int_equal(sip_locate(resolver, &lookup, &where, located, NULL), 0);
	sip_lookup_cancel(lookup);
	assert_int_equal(sip_locate(resolver, &lookup, &where, located, NULL), 0);
	clock_advance(25);
	sip_lookup_cancel(lookup);
	clock_advance(1000);
	assert_int_equal(said.count, 0);
	zone_set("example.com 0 SILENT\n");
	look("sip:example.com:5060"); /* is dropped with the resolver */
	clock_advance(1000);
}

static void without_dns_only_the_hosts_file(void **state)
{
	struct sip_dns_settings off = settings;

	(void)state;
	off.enabled = false;
	assert_int_equal(sip_hosts_parse(&off.hosts, RD_STR("192.0.2.8 gate\n")), 0);
	sip_resolver_configure(resolver, &off);
	assert_int_equal(look_now("sip:gate"), 0);
	assert_int_equal(said.targets.count, 1);
	assert_int_equal(look_now("sip:example.com"), -ENOENT);
	assert_int_equal(zone_asked(), 0);
	sip_resolver_configure(resolver, &settings);
	assert_int_equal(look_now("sip:gate"), -EINPROGRESS);
	sip_hosts_free(off.hosts);
	clock_advance(100);
}

static void new_settings_empty_the_cache(void **state)
{
	(void)state;
	look("sip:example.com");
	clock_advance(200);
	zone_set("example.com 60 A 192.0.2.7\n");
	sip_resolver_configure(resolver, &settings);
	look("sip:example.com");
	clock_advance(200);
	assert_int_equal(said.targets.count, 1);
}

/* Names that strangers make up do not fill the memory. */
static void the_cache_is_bounded(void **state)
{
	(void)state;
	zone_serve(resolver, 0);
	for (int i = 0; i < 5000; i++) {
		char uri[64];

		snprintf(uri, sizeof(uri), "sip:h%d.example:5060", i);
		look_now(uri);
	}
	assert_int_equal(dns_cache_count(resolver->cache), 4096);
	assert_null(dns_cache_find(resolver->cache, DNS_A, "h0.example"));
	assert_non_null(dns_cache_find(resolver->cache, DNS_A, "h4999.example"));
}

/* ---- dead targets ---- */

static struct sip_way *way_to(const char *uri)
{
	struct sip_where where = where_of(uri);
	struct sip_way *way;

	assert_int_equal(look_now(uri), 0);
	assert_int_equal(sip_way_new(&way, resolver, &where, &said.targets, NULL), 0);
	return way;
}

static int route(struct sip_transport *transport, struct sip_flow *flow)
{
	flow->local = transport->bound;
	return ntohl(flow->peer.in4.sin_addr.s_addr) == 0xc0000263 ? -ENETUNREACH : 0;
}

static void close_line(struct sip_transport *transport)
{
	(void)transport;
}

static const struct sip_transport_ops line_ops = { .route = route, .close = close_line };
static struct sip_transports *transports;

static void open_line(void)
{
	struct sip_transport *line = rd_zalloc(sizeof(*line));

	assert_int_equal(sip_transports_new(&transports), 0);
	strcpy(line->name, "line");
	line->ops = &line_ops;
	assert_int_equal(sip_sockaddr_parse(&line->bound, RD_STR("192.0.2.200"), 5060), 0);
	sip_transports_add_take(transports, line);
}

static unsigned next_host(struct sip_way *way)
{
	struct sip_flow flow;
	int rc = sip_way_next(way, transports, &flow);

	return rc ? 0 : ntohl(flow.peer.in4.sin_addr.s_addr) & 255;
}

static unsigned same_host(const struct sip_way *way)
{
	struct sip_flow flow;
	int rc = sip_way_again(way, transports, &flow);

	return rc ? 0 : ntohl(flow.peer.in4.sin_addr.s_addr) & 255;
}

static void learn(void)
{
	open_line();
	look("sip:example.com");
	clock_advance(200);
}

static void the_dead_come_last_for_a_while(void **state)
{
	struct sip_way *way;

	(void)state;
	learn();
	way = way_to("sip:example.com");
	assert_int_equal(same_host(way), 0);
	assert_int_equal(next_host(way), 1);
	assert_int_equal(same_host(way), 1);
	assert_int_equal(sip_way_patience_ms(way), 4000);
	sip_way_failed(way, 0);
	assert_int_equal(next_host(way), 2);
	assert_int_equal(same_host(way), 2);
	assert_int_equal(sip_way_patience_ms(way), 0);
	assert_false(sip_way_has_more(way));
	assert_int_equal(next_host(way), 0);
	sip_way_free(way);

	clock_advance(25000);
	way = way_to("sip:example.com");
	assert_int_equal(next_host(way), 2);
	assert_int_equal(next_host(way), 1);
	sip_way_free(way);

	look("sip:example.com");
	clock_advance(36000);
	look("sip:example.com");
	clock_advance(100);
	way = way_to("sip:example.com");
	assert_int_equal(next_host(way), 1);
	sip_way_free(way);
	sip_transports_free(transports);
}

static void retry_after_says_for_how_long(void **state)
{
	struct sip_way *way;

	(void)state;
	learn();
	way = way_to("sip:example.com");
	next_host(way);
	sip_way_failed(way, 5);
	sip_way_free(way);
	clock_advance(4000);
	way = way_to("sip:example.com");
	assert_int_equal(next_host(way), 2);
	sip_way_free(way);
	clock_advance(1500);
	way = way_to("sip:example.com");
	assert_int_equal(next_host(way), 1);
	sip_way_free(way);
	sip_transports_free(transports);
}

static void a_sign_of_life_ends_it(void **state)
{
	struct sip_way *way;

	(void)state;
	learn();
	way = way_to("sip:example.com");
	next_host(way);
	sip_way_failed(way, 0);
	sip_way_heard(way);
	sip_way_free(way);
	way = way_to("sip:example.com");
	assert_int_equal(next_host(way), 1);
	sip_way_free(way);
	sip_transports_free(transports);
}

static struct sip_flow flow_to_the_second(void)
{
	struct sip_flow flow = { .transport = sip_transports_next(transports, NULL) };

	assert_int_equal(sip_sockaddr_parse(&flow.peer, RD_STR("192.0.2.2"), 5070), 0);
	return flow;
}

static void a_flow_is_preferred_unless_it_leads_to_the_dead(void **state)
{
	struct sip_flow flow;
	struct sip_way *way;

	(void)state;
	learn();
	flow = flow_to_the_second();
	way = way_to("sip:example.com");
	sip_way_prefer(way, &flow);
	assert_int_equal(next_host(way), 2);
	sip_way_failed(way, 0);
	sip_way_free(way);
	way = way_to("sip:example.com");
	sip_way_prefer(way, &flow);
	assert_int_equal(next_host(way), 1);
	sip_way_failed(way, 0);
	sip_way_free(way);
	way = way_to("sip:example.com");
	sip_way_prefer(way, &flow);
	assert_int_equal(next_host(way), 2); /* the other one is no better */
	sip_way_free(way);
	sip_transports_free(transports);
}

static void what_cannot_be_reached_is_passed_over(void **state)
{
	struct sip_way *way;

	(void)state;
	open_line();
	zone_set("h.com 60 A 192.0.2.99\nh.com 60 A 192.0.2.4\nh.com 60 A 192.0.2.99\n"
		 "g.com 60 A 192.0.2.99\n");
	look("sip:h.com:5060");
	look("sip:g.com:5060");
	clock_advance(100);
	way = way_to("sip:h.com:5060");
	assert_int_equal(next_host(way), 4);
	sip_way_free(way);
	way = way_to("sip:g.com:5060");
	assert_int_equal(next_host(way), 0);
	sip_way_free(way);
	sip_transports_free(transports);
}

/* ---- without memory ---- */

static int everything(void *arg)
{
	struct sip_where where = where_of("sip:example.com");
	struct sip_resolver *mine;
	struct sip_way *way;
	int rc = sip_resolver_new(&mine);

	(void)arg;
	if (rc)
		return rc;
	said.count = 0;
	said.rc = -EINPROGRESS;
	sip_resolver_configure(mine, &settings);
	zone_serve(mine, 0);
	rc = sip_locate(mine, NULL, &where, located, NULL);
	clock_advance(10);
	if (rc == 0) {
		assert_int_equal(said.count, 1);
		rc = said.rc;
	}
	if (rc == 0)
		rc = sip_way_new(&way, mine, &where, &said.targets, NULL);
	if (rc == 0) {
		dns_dead_add(mine->dead, &said.targets.list[0], 1000);
		sip_way_free(way);
	}
	sip_resolver_free(mine);
	return rc;
}

static void lookups_without_memory(void **state)
{
	(void)state;
	assert_true(oom_sweep_lenient(everything, NULL) > 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(records_of_a_name_are_told_in_their_order),
		TEST(records_may_be_waited_for_no_longer),
		TEST(an_expression_leads_to_no_host),
		TEST(a_lookup_goes_from_naptr_to_addresses),
		TEST(many_lookups_ask_once),
		TEST(answers_expire_by_their_ttl),
		TEST(that_there_is_no_such_name_is_remembered),
		TEST(old_answers_serve_when_servers_fail),
		TEST(a_failure_is_not_asked_again_at_once),
		TEST(answers_that_come_at_once),
		TEST(a_lookup_that_nobody_wants_any_more),
		TEST(without_dns_only_the_hosts_file),
		TEST(new_settings_empty_the_cache),
		TEST(the_cache_is_bounded),
		TEST(the_dead_come_last_for_a_while),
		TEST(retry_after_says_for_how_long),
		TEST(a_sign_of_life_ends_it),
		TEST(a_flow_is_preferred_unless_it_leads_to_the_dead),
		TEST(what_cannot_be_reached_is_passed_over),
		TEST(lookups_without_memory),
	};
	int rc;

	clock_begin();
	rc = RUN_GROUP(tests);
	clock_end();
	return rc;
}

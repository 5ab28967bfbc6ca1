/* RFC 3263 §4 by cases: what a URI comes to, when DNS says this or that. */
#include "tests/unit/test.h"

#include "tests/unit/sip_zone.h"

static unsigned asked;

/* The answers in use; freed after each question. */
static struct dns_answer *held[256];
static unsigned held_count;

static int ask_zone(void *arg, enum dns_type type, const char *name,
		    const struct dns_answer **answer)
{
	struct dns_answer *mine = zone_answer(type, name);

	(void)arg;
	asked++;
	if (!mine)
		return -EINPROGRESS;
	held[held_count++] = mine;
	*answer = mine;
	return mine->rc;
}

static uint32_t lowest(void *arg)
{
	(void)arg;
	return 0;
}

static struct sip_targets targets;

static int locate_by(const char *uri, uint8_t udp, uint8_t tcp, uint8_t tls)
{
	const struct dns_asker asker = { .ask = ask_zone, .random = lowest };
	struct sip_where where;
	int rc = sip_where_of_uri(&where, rd_str_of(uri));

	assert_int_equal(rc, 0);
	asked = 0;
	where.ways[SIP_UDP] = udp;
	where.ways[SIP_TCP] = tcp;
	where.ways[SIP_TLS] = tls;
	rc = dns_locate(&where, &asker, &targets);
	while (held_count)
		rd_free(held[--held_count]);
	return rc;
}

static int locate(const char *uri)
{
	return locate_by(uri, SIP_V4, SIP_V4, SIP_V4);
}

static const char *target(unsigned i)
{
	static char text[80];
	char address[SIP_SOCKADDR_TEXT];

	if (i >= targets.count)
		return "";
	snprintf(text, sizeof(text), "%s %s",
		 sip_protocol_name(targets.list[i].protocol).p,
		 sip_sockaddr_text(&targets.list[i].address, address));
	return text;
}

/* What a URI comes to, whole: "UDP 192.0.2.1:5060, TCP ...". */
static void expect_by(const char *uri, uint8_t udp, uint8_t tcp, uint8_t tls,
		      const char *expected)
{
	char text[1024] = "";
	int rc = locate_by(uri, udp, tcp, tls);

	for (unsigned i = 0; rc == 0 && i < targets.count; i++) {
		strcat(text, i ? ", " : "");
		strcat(text, target(i));
	}
	if (rc)
		snprintf(text, sizeof(text), "%s", rd_strerror(rc));
	assert_string_equal(text, expected);
}

static void expect(const char *uri, const char *expected)
{
	expect_by(uri, SIP_V4, SIP_V4, SIP_V4, expected);
}

static const char example[] =
	/* the tables of RFC 3263 §4.1 */
	"example.com 600 NAPTR 50 50 S SIPS+D2T _sips._tcp.example.com\n"
	"example.com 600 NAPTR 90 50 S SIP+D2T _sip._tcp.example.com\n"
	"example.com 600 NAPTR 100 50 S SIP+D2U _sip._udp.example.com\n"
	"_sips._tcp.example.com 600 SRV 0 1 5061 server1.example.com\n"
	"_sip._tcp.example.com 600 SRV 0 1 5060 server1.example.com\n"
	"_sip._tcp.example.com 600 SRV 1 2 5060 server2.example.com\n"
	"_sip._udp.example.com 600 SRV 0 1 5070 server2.example.com\n"
	"server1.example.com 60 A 192.0.2.1\n"
	"server1.example.com 90 AAAA 2001:db8::1\n"
	"server2.example.com 300 A 192.0.2.2\n"
	"example.com 300 A 192.0.2.9\n";

static void addresses_need_no_dns(void **state)
{
	(void)state;
	zone_set(example);
	expect("sip:192.0.2.7", "UDP 192.0.2.7:5060");
	expect("sip:192.0.2.7:5080", "UDP 192.0.2.7:5080");
	expect("sips:192.0.2.7", "TLS 192.0.2.7:5061");
	expect("sip:[2001:db8::7];transport=tcp", "TCP [2001:db8::7]:5060");
	expect("sip:192.0.2.7;transport=tls", "TLS 192.0.2.7:5061");
	expect("sips:192.0.2.7:5070;transport=tcp", "TLS 192.0.2.7:5070");
	expect("sip:example.com;maddr=192.0.2.7", "UDP 192.0.2.7:5060");
	assert_int_equal(asked, 0);
}

static void naptr_chooses_the_protocol(void **state)
{
	(void)state;
	zone_set(example);
	expect("sip:example.com", "TLS 192.0.2.1:5061, TCP 192.0.2.1:5060, "
				  "TCP 192.0.2.2:5060, UDP 192.0.2.2:5070");
	expect_by("sip:EXAMPLE.com.", SIP_V4, SIP_V4, 0,
		  "TCP 192.0.2.1:5060, TCP 192.0.2.2:5060, UDP 192.0.2.2:5070");
	expect_by("sip:example.com", SIP_V4, 0, 0, "UDP 192.0.2.2:5070");
	expect("sips:example.com", "TLS 192.0.2.1:5061");
	assert_int_equal(targets.ttl_s, 60);
}

static void a_transport_needs_no_naptr(void **state)
{
	(void)state;
	zone_set(example);
	expect("sip:example.com;transport=udp", "UDP 192.0.2.2:5070");
	expect("sip:example.com;transport=TCP", "TCP 192.0.2.1:5060, TCP 192.0.2.2:5060");
	expect("sips:example.com;transport=tcp", "TLS 192.0.2.1:5061");
	expect("sip:example.com;transport=tls", "TLS 192.0.2.1:5061");
}

static void a_port_needs_no_srv(void **state)
{
	(void)state;
	zone_set(example);
	expect("sip:example.com:5060", "UDP 192.0.2.9:5060");
	expect("sips:example.com:5070", "TLS 192.0.2.9:5070");
	expect("sip:example.com:5070;transport=tcp", "TCP 192.0.2.9:5070");
	assert_int_equal(asked, 1);
}

static void without_naptr_each_service_is_asked_for(void **state)
{
	(void)state;
	zone_set("_sip._tcp.a.com 60 SRV 0 1 5080 h.a.com\nh.a.com 60 A 192.0.2.1\n"
		 "_sip._udp.b.com 60 SRV 0 1 5080 h.a.com\n"
		 "_sips._tcp.b.com 60 SRV 0 1 5081 h.a.com\n");
	expect("sip:a.com", "TCP 192.0.2.1:5080");
	expect("sip:b.com", "UDP 192.0.2.1:5080");
	expect("sips:b.com", "TLS 192.0.2.1:5081");
}

/* RFC 3263 §4.1: "_sip" for sip URIs, and without SRV records UDP. */
static void a_service_of_sips_says_nothing_of_sip(void **state)
{
	(void)state;
	zone_set("_sips._tcp.s.com 60 SRV 0 1 5081 h.s.com\nh.s.com 60 A 192.0.2.1\n"
		 "s.com 60 A 192.0.2.3\n");
	expect("sip:s.com", "UDP 192.0.2.3:5060");
	expect("sips:s.com", "TLS 192.0.2.1:5081");
	expect("sip:s.com;transport=tls", "TLS 192.0.2.1:5081");
	expect_by("sip:s.com", 0, 0, SIP_V4, "TLS 192.0.2.1:5081");
}

static void without_srv_the_host_itself(void **state)
{
	(void)state;
	zone_set("c.com 60 A 192.0.2.3\nc.com 60 A 192.0.2.4\n");
	expect("sip:c.com", "UDP 192.0.2.3:5060, UDP 192.0.2.4:5060");
	expect("sips:c.com", "TLS 192.0.2.3:5061, TLS 192.0.2.4:5061");
	expect("sip:c.com;transport=tcp", "TCP 192.0.2.3:5060, TCP 192.0.2.4:5060");
	expect("sip:d.com", rd_strerror(-ENOENT));
}

static void only_families_that_we_have(void **state)
{
	(void)state;
	zone_set("h.com 60 A 192.0.2.3\nh.com 60 AAAA 2001:db8::3\n");
	expect_by("sip:h.com", SIP_V4 | SIP_V6, 0, 0,
		  "UDP [2001:db8::3]:5060, UDP 192.0.2.3:5060");
	expect_by("sip:h.com", SIP_V6, SIP_V4, 0, "UDP [2001:db8::3]:5060");
	expect_by("sip:h.com;transport=tcp", SIP_V6, SIP_V4, 0, "TCP 192.0.2.3:5060");
}

static void no_transport_of_ours(void **state)
{
	(void)state;
	zone_set(example);
	expect_by("sips:example.com", SIP_V4, SIP_V4, 0, rd_strerror(-EPROTONOSUPPORT));
	expect_by("sip:example.com;transport=tcp", SIP_V4, 0, 0,
		  rd_strerror(-EPROTONOSUPPORT));
	expect("sips:192.0.2.1;transport=udp", rd_strerror(-EPROTONOSUPPORT));
	expect("sip:192.0.2.1;transport=ws", rd_strerror(-EPROTONOSUPPORT));
}

/* RFC 2782: a target of "." says no, and the host is not asked instead. */
static void a_service_that_is_not_there(void **state)
{
	(void)state;
	zone_set("_sip._udp.n.com 60 SRV 0 0 0 .\nn.com 60 A 192.0.2.3\n");
	expect("sip:n.com;transport=udp", rd_strerror(-ENOENT));
	expect("sip:n.com", rd_strerror(-ENOENT));
}

static void naptr_may_lead_to_an_address(void **state)
{
	(void)state;
	zone_set("n.com 60 NAPTR 1 1 A SIP+D2T h.n.com\nh.n.com 60 A 192.0.2.3\n"
		 "n.com 60 NAPTR 0 1 U E2U+sip h.n.com\n");
	expect("sip:n.com", "TCP 192.0.2.3:5060");
}

/* RFC 3403 §4.1: without a flag it is not the last one. */
static void naptr_may_lead_to_naptr(void **state)
{
	(void)state;
	zone_set("n.com 60 NAPTR 1 1 - SIP+D2T m.com\nm.com 60 NAPTR 1 1 A SIP+D2T h.n.com\n"
		 "h.n.com 60 A 192.0.2.3\n_sip._udp.n.com 60 SRV 0 1 5060 h.n.com\n");
	expect("sip:n.com", "TCP 192.0.2.3:5060");
	zone_set("n.com 60 NAPTR 1 1 - SIP+D2T n.com\n" /* to itself */
		 "_sip._udp.n.com 60 SRV 0 1 5060 h.n.com\nh.n.com 60 A 192.0.2.3\n");
	expect("sip:n.com", "UDP 192.0.2.3:5060");
}

/* Many name servers fail at NAPTR: that does not matter where the rest is known. */
static void failures_are_passed_over(void **state)
{
	(void)state;
	zone_set("_sip._udp.f.com 60 SRV 0 1 5060 dead.f.com\n"
		 "_sip._udp.f.com 60 SRV 1 1 5060 h.f.com\n"
		 "dead.f.com 1 FAIL\nh.f.com 60 A 192.0.2.3\ng.com 1 FAIL\n");
	expect("sip:f.com", "UDP 192.0.2.3:5060");
	expect("sip:g.com", rd_strerror(-EIO));
}

static void what_is_not_known_yet_is_waited_for(void **state)
{
	(void)state;
	zone_set("s.com 1 SILENT\n");
	expect("sip:s.com:5060", rd_strerror(-EINPROGRESS));
	expect("sip:s.com", rd_strerror(-EINPROGRESS));
	zone_set("_sip._udp.s.com 60 SRV 0 1 5060 h.s.com\nh.s.com 1 SILENT\n");
	expect("sip:s.com", rd_strerror(-EINPROGRESS));
}

static void no_target_comes_twice_and_not_too_many(void **state)
{
	static char zone[8192];
	size_t n = 0;

	(void)state;
	zone_set("_sip._udp.m.com 60 SRV 1 1 5060 h.m.com\n"
		 "_sip._udp.m.com 60 SRV 2 1 5060 h.m.com\n"
		 "h.m.com 60 A 192.0.2.1\n");
	expect("sip:m.com;transport=udp", "UDP 192.0.2.1:5060");
	for (int i = 0; i < DNS_RECORDS_MAX; i++)
		n += (size_t)snprintf(zone + n, sizeof(zone) - n,
				      "_sip._udp.m.com 60 SRV 1 1 %d h.m.com\n", 5060 + i);
	snprintf(zone + n, sizeof(zone) - n, "h.m.com 60 A 192.0.2.1\nh.m.com 60 A 192.0.2.2\n");
	zone_set(zone);
	assert_int_equal(locate("sip:m.com;transport=udp"), 0);
	assert_int_equal(targets.count, SIP_TARGETS_MAX);
}

static void what_is_no_host(void **state)
{
	struct sip_where where;

	(void)state;
	expect("sip:-_x..y", rd_strerror(-EINVAL));
	assert_int_equal(sip_where_of_uri(&where, RD_STR("tel:+4930")), -EINVAL);
	assert_int_equal(sip_where_of_uri(&where, RD_STR("sip:a;transport=carrier-pigeon")),
			 -EINVAL);
}

static void hosts_of_the_configuration(void **state)
{
	struct sip_where where;

	(void)state;
	assert_int_equal(sip_where_of_text(&where, RD_STR("sip.example:5070")), 0);
	assert_true(rd_str_eq(where.host, RD_STR("sip.example")));
	assert_int_equal(where.port, 5070);
	assert_int_equal(sip_where_of_text(&where, RD_STR("[2001:db8::1]:5061")), 0);
	assert_true(rd_str_eq(where.host, RD_STR("2001:db8::1")));
	assert_int_equal(sip_where_of_text(&where, RD_STR("sips:sip.example")), 0);
	assert_true(where.secure);
	assert_int_equal(sip_where_of_text(&where, RD_STR("a.example;transport=tcp")), 0);
	assert_int_equal(where.protocol, SIP_TCP);
	assert_int_equal(sip_where_of_text(&where, RD_STR("")), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_need_no_dns),
		cmocka_unit_test(naptr_chooses_the_protocol),
		cmocka_unit_test(a_transport_needs_no_naptr),
		cmocka_unit_test(a_port_needs_no_srv),
		cmocka_unit_test(without_naptr_each_service_is_asked_for),
		cmocka_unit_test(a_service_of_sips_says_nothing_of_sip),
		cmocka_unit_test(without_srv_the_host_itself),
		cmocka_unit_test(only_families_that_we_have),
		cmocka_unit_test(no_transport_of_ours),
		cmocka_unit_test(a_service_that_is_not_there),
		cmocka_unit_test(naptr_may_lead_to_an_address),
		cmocka_unit_test(naptr_may_lead_to_naptr),
		cmocka_unit_test(failures_are_passed_over),
		cmocka_unit_test(what_is_not_known_yet_is_waited_for),
		cmocka_unit_test(no_target_comes_twice_and_not_too_many),
		cmocka_unit_test(what_is_no_host),
		cmocka_unit_test(hosts_of_the_configuration),
	};

	return RUN_GROUP(tests);
}

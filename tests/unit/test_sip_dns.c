/* DNS messages from bytes, the order of SRV and NAPTR records, the hosts file. */
#include "tests/unit/test.h"

#include <math.h>
#include <stdlib.h>

#include "tests/unit/sip_zone.h"

/* ---- messages ---- */

struct wire {
	uint8_t bytes[2048];
	size_t n;
};

static void put(struct wire *wire, unsigned value, unsigned bytes)
{
	while (bytes--)
		wire->bytes[wire->n++] = (uint8_t)(value >> 8 * bytes);
}

static void put_name(struct wire *wire, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");

		put(wire, (unsigned)n, 1);
		memcpy(wire->bytes + wire->n, name, n);
		wire->n += n;
		name += n + (name[n] == '.');
	}
	put(wire, 0, 1);
}

static void begin(struct wire *wire, unsigned flags, unsigned answers, unsigned authorities,
		  enum dns_type type)
{
	wire->n = 0;
	put(wire, 0x1234, 2);
	put(wire, flags, 2);
	put(wire, 1, 2);
	put(wire, answers, 2);
	put(wire, authorities, 2);
	put(wire, 0, 2);
	put_name(wire, "Example.COM"); /* at 12 */
	put(wire, type, 2);
	put(wire, 1, 2);
}

/* A record of the name asked for (a pointer to it). */
static void record(struct wire *wire, enum dns_type type, unsigned ttl, unsigned size)
{
	put(wire, 0xc00c, 2);
	put(wire, type, 2);
	put(wire, 1, 2);
	put(wire, ttl, 4);
	put(wire, size, 2);
}

static void soa(struct wire *wire, unsigned ttl, unsigned minimum)
{
	record(wire, DNS_SOA, ttl, 2 + 2 + 20);
	put(wire, 0xc00c, 2);
	put(wire, 0xc00c, 2);
	put(wire, 0, 4), put(wire, 0, 4), put(wire, 0, 4), put(wire, 0, 4);
	put(wire, minimum, 4);
}

static struct dns_answer *parse(const struct wire *wire, enum dns_type type)
{
	struct dns_answer *answer;

	assert_int_equal(dns_answer_parse(&answer, wire->bytes, wire->n, type), 0);
	return answer;
}

static void services_and_their_compressed_names(void **state)
{
	struct dns_answer *answer;
	struct wire wire;

	(void)state;
	begin(&wire, 0x8180, 2, 0, DNS_SRV);
	record(&wire, DNS_SRV, 300, 6 + 7);
	put(&wire, 10, 2), put(&wire, 60, 2), put(&wire, 5062, 2);
	put(&wire, 4, 1), put(&wire, 0x53497031, 4), put(&wire, 0xc00c, 2); /* "SIp1" */
	record(&wire, DNS_SRV, 200, 6 + 1);
	put(&wire, 20, 2), put(&wire, 0, 2), put(&wire, 0, 2), put(&wire, 0, 1);
	answer = parse(&wire, DNS_SRV);
	assert_int_equal(answer->rc, 0);
	assert_int_equal(answer->count, 2);
	assert_int_equal(answer->ttl_s, 200);
	assert_int_equal(answer->records[0].srv.priority, 10);
	assert_int_equal(answer->records[0].srv.weight, 60);
	assert_int_equal(answer->records[0].srv.port, 5062);
	assert_string_equal(answer->records[0].name, "sip1.example.com");
	assert_string_equal(answer->records[1].name, "");
	rd_free(answer);
}

/* RFC 2782: the lowest priority must be tried first, wherever it stands. */
static void of_too_many_services_the_best_are_kept(void **state)
{
	bool seen[70] = { false };
	struct dns_answer *answer;
	struct wire wire;

	(void)state;
	begin(&wire, 0x8180, 60, 0, DNS_SRV);
	for (unsigned i = 0; i < 60; i++) {
		record(&wire, DNS_SRV, 300, 6 + 2);
		put(&wire, 10 + (i * 7 + 37) % 60, 2);
		put(&wire, 1, 2), put(&wire, 5060, 2), put(&wire, 0xc00c, 2);
	}
	answer = parse(&wire, DNS_SRV);
	assert_int_equal(answer->count, DNS_RECORDS_MAX);
	for (unsigned i = 0; i < answer->count; i++)
		seen[answer->records[i].srv.priority] = true;
	for (unsigned i = 0; i < DNS_RECORDS_MAX; i++)
		assert_true(seen[10 + i]);
	rd_free(answer);
}

static void naptr_strings_are_upper_case(void **state)
{
	struct dns_answer *answer;
	struct wire wire;

	(void)state;
	begin(&wire, 0x8180, 1, 0, DNS_NAPTR);
	record(&wire, DNS_NAPTR, 60, 4 + 2 + 8 + 1 + 2);
	put(&wire, 50, 2), put(&wire, 5, 2), put(&wire, 1, 1), put(&wire, 's', 1);
	put(&wire, 7, 1);
	memcpy(wire.bytes + wire.n, "sip+d2t", 7);
	wire.n += 7;
	put(&wire, 0, 1), put(&wire, 0xc00c, 2);
	answer = parse(&wire, DNS_NAPTR);
	assert_int_equal(answer->count, 1);
	assert_string_equal(answer->records[0].naptr.flags, "S");
	assert_string_equal(answer->records[0].naptr.service, "SIP+D2T");
	assert_string_equal(answer->records[0].name, "example.com");
	rd_free(answer);
}

/* Of which a URI is made: its letters stay as they are, and no name is taken. */
static void the_expression_of_a_naptr_is_kept(void **state)
{
	static const char expression[] = "!^.*$!sip:Alice@x!";
	struct dns_answer *answer;
	struct wire wire;

	(void)state;
	begin(&wire, 0x8180, 1, 0, DNS_NAPTR);
	record(&wire, DNS_NAPTR, 60, 4 + 2 + 8 + 1 + (unsigned)strlen(expression) + 1);
	put(&wire, 50, 2), put(&wire, 5, 2), put(&wire, 1, 1), put(&wire, 'u', 1);
	put(&wire, 7, 1);
	memcpy(wire.bytes + wire.n, "E2U+sip", 7);
	wire.n += 7;
	put(&wire, (unsigned)strlen(expression), 1);
	memcpy(wire.bytes + wire.n, expression, strlen(expression));
	wire.n += strlen(expression);
	put(&wire, 0, 1);
	answer = parse(&wire, DNS_NAPTR);
	assert_int_equal(answer->count, 1);
	assert_string_equal(answer->records[0].naptr.flags, "U");
	assert_string_equal(answer->records[0].naptr.service, "E2U+SIP");
	assert_string_equal(answer->records[0].name, expression);
	rd_free(answer);
}

/* An alias counts with its time; records of another type are not ours. */
static void addresses_behind_an_alias(void **state)
{
	struct dns_answer *answer;
	struct wire wire;
	char text[SIP_SOCKADDR_TEXT];

	(void)state;
	begin(&wire, 0x8180, 2, 0, DNS_A);
	record(&wire, 5, 20, 2);
	put(&wire, 0xc00c, 2);
	record(&wire, DNS_A, 3600, 4);
	put(&wire, 0xc0000207, 4);
	answer = parse(&wire, DNS_A);
	assert_int_equal(answer->count, 1);
	assert_int_equal(answer->ttl_s, 20);
	sip_sockaddr_host(&answer->records[0].address, text);
	assert_string_equal(text, "192.0.2.7");
	rd_free(answer);
	answer = parse(&wire, DNS_AAAA);
	assert_int_equal(answer->rc, -ENOENT);
	rd_free(answer);
}

static void no_such_name_holds_as_long_as_the_soa_says(void **state)
{
	struct dns_answer *answer;
	struct wire wire;

	(void)state;
	begin(&wire, 0x8183, 0, 1, DNS_A);
	soa(&wire, 900, 120);
	answer = parse(&wire, DNS_A);
	assert_int_equal(answer->rc, -ENOENT);
	assert_int_equal(answer->ttl_s, 120);
	rd_free(answer);
	begin(&wire, 0x8180, 0, 0, DNS_A);
	answer = parse(&wire, DNS_A);
	assert_int_equal(answer->rc, -ENOENT);
	assert_int_equal(answer->ttl_s, 60);
	rd_free(answer);
}

static void what_is_no_answer_is_refused(void **state)
{
	struct dns_answer *answer;
	struct wire wire;

	(void)state;
	begin(&wire, 0x0100, 0, 0, DNS_A); /* a question */
	assert_int_equal(dns_answer_parse(&answer, wire.bytes, wire.n, DNS_A), -EINVAL);
	begin(&wire, 0x8182, 0, 0, DNS_A); /* SERVFAIL */
	assert_int_equal(dns_answer_parse(&answer, wire.bytes, wire.n, DNS_A), -EIO);
	begin(&wire, 0x8180, 1, 0, DNS_A);
	put(&wire, 0xc000 | (unsigned)wire.n, 2); /* a name that points at itself */
	put(&wire, 0, 4), put(&wire, 0, 4), put(&wire, 0, 2);
	assert_int_equal(dns_answer_parse(&answer, wire.bytes, wire.n, DNS_A), -EINVAL);
	begin(&wire, 0x8180, 1, 0, DNS_A);
	record(&wire, DNS_A, 60, 4);
	put(&wire, 0xc0000207, 4);
	for (size_t n = 0; n < wire.n; n++)
		assert_int_equal(dns_answer_parse(&answer, wire.bytes, n, DNS_A), -EINVAL);
}

static int parse_short_of_memory(void *arg)
{
	const struct wire *wire = arg;
	struct dns_answer *answer;
	int rc = dns_answer_parse(&answer, wire->bytes, wire->n, DNS_A);

	if (rc == 0)
		rd_free(answer);
	return rc;
}

static void a_message_without_memory(void **state)
{
	struct wire wire;

	(void)state;
	begin(&wire, 0x8180, 1, 0, DNS_A);
	record(&wire, DNS_A, 60, 4);
	put(&wire, 0xc0000207, 4);
	assert_true(oom_sweep(parse_short_of_memory, &wire) >= 2);
}

static void names_are_made_alike(void **state)
{
	char name[DNS_NAME];

	(void)state;
	assert_int_equal(dns_name_normalize(name, RD_STR("SIP.Example.com.")), 0);
	assert_string_equal(name, "sip.example.com");
	assert_int_equal(dns_name_normalize(name, RD_STR("")), -EINVAL);
	assert_int_equal(dns_name_normalize(name, RD_STR(".")), -EINVAL);
	assert_int_equal(dns_name_normalize(name, RD_STR("a..b")), -EINVAL);
	assert_int_equal(dns_name_normalize(name, RD_STR("a b")), -EINVAL);
	assert_int_equal(dns_name_normalize(name, RD_STR("a%00b")), -EINVAL);
}

/* ---- order ---- */

static uint32_t next_random(void *arg)
{
	uint64_t *seed = arg;

	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 32);
}

static struct dns_answer *services(const char *text)
{
	zone_set(text);
	return zone_answer(DNS_SRV, "x");
}

static void priorities_come_before_weights(void **state)
{
	struct dns_answer *answer = services("x 1 SRV 20 0 1 d\nx 1 SRV 10 0 1 b\n"
					     "x 1 SRV 30 9 1 e\nx 1 SRV 10 5 1 c\n"
					     "x 1 SRV 1 0 1 a\n");
	uint8_t order[DNS_RECORDS_MAX];
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 100; i++) {
		dns_order_srv(answer, next_random, &seed, order);
		assert_string_equal(answer->records[order[0]].name, "a");
		assert_string_equal(answer->records[order[3]].name, "d");
		assert_string_equal(answer->records[order[4]].name, "e");
		assert_int_not_equal(order[1], order[2]);
	}
	rd_free(answer);
}

/* RFC 2782: how often each is first goes by its weight. 40,000 draws: the share
 * is met within four standard deviations, or one run in 15,000 would fail by
 * chance; the seed is fixed, so none does. */
static void weights_are_met_by_chance(void **state)
{
	static const double share[] = { 0.1, 0.2, 0.7 };
	struct dns_answer *answer = services("x 1 SRV 1 1000 1 a\nx 1 SRV 1 2000 1 b\n"
					     "x 1 SRV 1 7000 1 c\n");
	unsigned first[3] = { 0 }, second_after_c[3] = { 0 };
	uint8_t order[DNS_RECORDS_MAX];
	uint64_t seed = 42;
	const int draws = 40000;

	(void)state;
	for (int i = 0; i < draws; i++) {
		dns_order_srv(answer, next_random, &seed, order);
		first[order[0]]++;
		if (order[0] == 2)
			second_after_c[order[1]]++;
		assert_int_equal(order[0] + order[1] + order[2], 3);
	}
	for (int i = 0; i < 3; i++) {
		double sigma = sqrt(draws * share[i] * (1 - share[i]));

		assert_true(fabs(first[i] - draws * share[i]) < 4 * sigma);
	}
	/* Of what is left, again by weight: a third and two thirds. */
	assert_true(fabs(second_after_c[0] * 3.0 / first[2] - 1) < 0.05);
	rd_free(answer);
}

/* One without weight is chosen seldom, not never (RFC 2782). */
static void no_weight_is_a_small_chance(void **state)
{
	struct dns_answer *answer = services("x 1 SRV 1 9 1 a\nx 1 SRV 1 0 1 b\n");
	uint8_t order[DNS_RECORDS_MAX];
	unsigned b_first = 0;
	uint64_t seed = 7;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		dns_order_srv(answer, next_random, &seed, order);
		b_first += order[0] == 1;
	}
	assert_in_range(b_first, 850, 1150); /* 0 of 0..9 */
	rd_free(answer);
}

static void naptr_by_order_then_preference(void **state)
{
	struct dns_answer *answer;
	uint8_t order[DNS_RECORDS_MAX];

	(void)state;
	zone_set("x 1 NAPTR 90 1 S SIP+D2U d\nx 1 NAPTR 10 60 S SIP+D2U c\n"
		 "x 1 NAPTR 10 50 S SIP+D2U a\nx 1 NAPTR 10 50 S SIP+D2U b\n");
	answer = zone_answer(DNS_NAPTR, "x");
	dns_order_naptr(answer, order);
	for (int i = 0; i < 4; i++)
		assert_int_equal(answer->records[order[i]].name[0], 'a' + i);
	rd_free(answer);
}

/* ---- the hosts file ---- */

#define HOSTS                                                        \
	"# a comment\n127.0.0.1\tlocalhost  # ours\n"                \
	"::1 localhost ip6-localhost\n192.0.2.1 Gate gate.example\n" \
	"192.0.2.2 gate\nnonsense here\n192.0.2.9\n"

static void hosts_files_are_read(void **state)
{
	const struct dns_answer *answer;
	struct sip_hosts *hosts;

	(void)state;
	assert_int_equal(sip_hosts_parse(&hosts, RD_STR(HOSTS)), 0);
	assert_int_equal(dns_hosts_find(hosts, DNS_A, "gate", &answer), 0);
	assert_int_equal(answer->count, 2);
	assert_int_equal(dns_hosts_find(hosts, DNS_AAAA, "gate", &answer), -ENOENT);
	assert_int_equal(dns_hosts_find(hosts, DNS_NAPTR, "gate.example", &answer), -ENOENT);
	assert_int_equal(dns_hosts_find(hosts, DNS_AAAA, "ip6-localhost", &answer), 0);
	assert_int_equal(dns_hosts_find(hosts, DNS_A, "here", &answer), -ENODATA);
	assert_int_equal(dns_hosts_find(NULL, DNS_A, "gate", &answer), -ENODATA);
	sip_hosts_free(hosts);
	assert_int_equal(sip_hosts_load(&hosts, "/nonexistent/hosts"), 0);
	assert_int_equal(dns_hosts_find(hosts, DNS_A, "gate", &answer), -ENODATA);
	sip_hosts_free(hosts);
}

static int read_hosts(void *arg)
{
	struct sip_hosts *hosts;
	int rc = sip_hosts_parse(&hosts, RD_STR(HOSTS));

	(void)arg;
	if (rc == 0)
		sip_hosts_free(hosts);
	return rc;
}

static void a_hosts_file_without_memory(void **state)
{
	(void)state;
	assert_true(oom_sweep(read_hosts, NULL) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_and_their_compressed_names),
		cmocka_unit_test(of_too_many_services_the_best_are_kept),
		cmocka_unit_test(naptr_strings_are_upper_case),
		cmocka_unit_test(the_expression_of_a_naptr_is_kept),
		cmocka_unit_test(addresses_behind_an_alias),
		cmocka_unit_test(no_such_name_holds_as_long_as_the_soa_says),
		cmocka_unit_test(what_is_no_answer_is_refused),
		cmocka_unit_test(a_message_without_memory),
		cmocka_unit_test(names_are_made_alike),
		cmocka_unit_test(priorities_come_before_weights),
		cmocka_unit_test(weights_are_met_by_chance),
		cmocka_unit_test(no_weight_is_a_small_chance),
		cmocka_unit_test(naptr_by_order_then_preference),
		cmocka_unit_test(hosts_files_are_read),
		cmocka_unit_test(a_hosts_file_without_memory),
	};

	return RUN_GROUP(tests);
}

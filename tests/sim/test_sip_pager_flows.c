/* Texts to devices with several flows (RFC 5626): each has it once, by the flow that
 * works; and texts by the way that a registration has told (RFC 3327). */
#include "tests/unit/test.h"

#include "tests/sim/sip_exchange.h"

static const char conf[] =
	"[global]\nuser_agent = Test\n"
	"[1001]\ntype = phone\nmatch = 127.0.0.11\ncontext = office\n"
	"[1002]\ntype = phone\nmatch = 127.0.0.12\ncontext = office\n";

static unsigned serial;
static struct sip_phone device;

/* A flow of 1002; path: of its registration. */
static void bind_flow(const char *host, const char *instance, uint32_t reg_id, const char *path)
{
	char uri[64];

	snprintf(uri, sizeof(uri), "sip:1002@%s", host);
	office_bind("1002", host, 5060,
		    &(struct sip_contact_params){ .uri = rd_str_of(uri),
						  .instance = rd_str_of(instance),
						  .path = rd_str_of(path),
						  .reg_id = reg_id,
						  .q = 1000 });
}

static void two_flows(void)
{
	bind_flow("127.0.0.31", "<urn:uuid:1>", 1, "");
	bind_flow("127.0.0.32", "<urn:uuid:1>", 2, "");
}

static void say(void)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "MESSAGE sip:1002@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.11:5060;branch=z9hG4bKt%u;rport\nMax-Forwards: 70\n"
		 "From: <sip:1001@127.0.0.1>;tag=f\nTo: <sip:1002@127.0.0.1>\n"
		 "Call-ID: t%u\nCSeq: 1 MESSAGE\nContent-Type: text/plain\n\nHi",
		 serial, serial);
	serial++;
	line_feed_from("127.0.0.11", 5060, text);
	run_for(1);
}

static void gets_it(const char *peer)
{
	phone_expect_request(&device, "MESSAGE ");
	assert_string_equal(line_peer(), peer);
}

/* What was sent before is passed over. */
static void skip_to(const char *peer)
{
	while (strncmp(line_peek(), "SIP/2.0 100", 11) == 0 || strstr(line_peek(), "127.0.0.32 "))
		line_take();
	gets_it(peer);
}

static void answers(const char *line)
{
	line_answer_from(line_peer());
	phone_answer(&device, line, "", "");
	line_answer_from(NULL);
	run_for(1);
}

static void writer_gets(const char *line)
{
	while (strncmp(line_peek(), "MESSAGE ", 8) == 0 ||
	       strncmp(line_peek(), "SIP/2.0 100", 11) == 0)
		line_take();
	line_expect(line);
	line_expect_nothing();
}

static void a_device_has_it_by_one_flow(void **state)
{
	(void)state;
	two_flows();
	bind_flow("127.0.0.33", "<urn:uuid:2>", 1, "");
	say();
	gets_it("127.0.0.33:5060");
	gets_it("127.0.0.32:5060");
	line_expect_nothing();
	answers("200 OK");
	writer_gets("SIP/2.0 200");
}

static void a_flow_that_its_proxy_has_lost_gives_way(void **state)
{
	(void)state;
	two_flows();
	say();
	gets_it("127.0.0.32:5060");
	answers("430 Flow Failed");
	gets_it("127.0.0.31:5060");
	answers("200 OK");
	writer_gets("SIP/2.0 200");
	say(); /* and is not the first next time */
	gets_it("127.0.0.31:5060");
	answers("430 Flow Failed");
	writer_gets("SIP/2.0 430");
}

static void so_does_one_that_is_silent(void **state)
{
	(void)state;
	two_flows();
	say();
	gets_it("127.0.0.32:5060");
	run_for(3900);
	line_clear();
	run_for(200);
	gets_it("127.0.0.31:5060");
	line_expect_nothing();
	answers("200 OK");
	writer_gets("SIP/2.0 200");
	run_for(40000);
	line_expect_nothing();
}

static void or_cannot_be_sent_by(void **state)
{
	(void)state;
	two_flows();
	line_break("127.0.0.32:5060");
	say();
	run_for(600);
	line_break(NULL);
	while (strstr(line_peek(), "127.0.0.32 "))
		line_take();
	gets_it("127.0.0.31:5060");
	answers("200 OK");
	writer_gets("SIP/2.0 200");
}

static void the_last_one_is_waited_for(void **state)
{
	(void)state;
	two_flows();
	say();
	run_for(4100);
	skip_to("127.0.0.31:5060");
	run_for(16000);
	line_clear();
	answers("200 OK");
	writer_gets("SIP/2.0 200");
}

static void what_the_device_says_is_final(void **state)
{
	(void)state;
	two_flows();
	say();
	gets_it("127.0.0.32:5060");
	answers("415 Unsupported Media Type");
	writer_gets("SIP/2.0 415");
}

static void the_path_of_a_registration_leads_there(void **state)
{
	(void)state;
	bind_flow("127.0.0.31", "", 0, "<sip:token@127.0.0.40;lr>");
	say();
	gets_it("127.0.0.31:5060");
	assert_string_equal(line_header(device.request, "Route"), "<sip:token@127.0.0.40;lr>");
	answers("200 OK");
	writer_gets("SIP/2.0 200");
}

static int open_pager(void **state)
{
	int rc = exchange_open(state);

	return rc || office_reload(conf) ? -1 : 0;
}

#define TEXT(name) cmocka_unit_test_setup_teardown(name, open_pager, exchange_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEXT(a_device_has_it_by_one_flow),
		TEXT(a_flow_that_its_proxy_has_lost_gives_way),
		TEXT(so_does_one_that_is_silent),
		TEXT(or_cannot_be_sent_by),
		TEXT(the_last_one_is_waited_for),
		TEXT(what_the_device_says_is_final),
		TEXT(the_path_of_a_registration_leads_there),
	};

	return RUN_GROUP(tests);
}

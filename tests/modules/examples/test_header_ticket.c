/* X-Ticket, as another exchange sends it and gets it. */
#include <ringdown/test.h>

static void begin(void)
{
	rd_test_file("sip.conf", "[udp]\ntype = transport\nbind = 127.0.0.1:5060\n"
				 "[far]\ntype = peer\nhost = 127.0.0.7:5555\ncontext = sim\n");
	rd_test_load("codec_ulaw");
	rd_test_load("./header_ticket.so");
	rd_test_load("app_dial");
	rd_test_load("app_set");
	rd_test_load("func_global");
	rd_test_dialplan("[sim]\n"
			 "exten => 1,1,Set(GLOBAL(SEEN)=${TICKET()})\n"
			 " same => n,Dial(SIP/600@far)\n"
			 "exten => 2,1,Set(GLOBAL(SEEN)=${TICKET()})\n");
}

/* The header of the next INVITE that is sent; "" for none. */
static const char *sent_ticket(void)
{
	static char ticket[64];
	const char *message = rd_test_sip_receive();
	const char *line = message ? strstr(message, "\nX-Ticket: ") : NULL;

	assert_non_null(message);
	assert_int_equal(strncmp(message, "INVITE sip:600@127.0.0.7", 24), 0);
	ticket[0] = '\0';
	if (line)
		sscanf(line, " X-Ticket: %63s", ticket);
	rd_test_sip_answer(message, "486 Busy Here");
	rd_test_pass(100);
	return ticket;
}

static void invite(const char *call_id, const char *header)
{
	char message[2048];

	snprintf(message, sizeof(message),
		 "INVITE sip:2@127.0.0.1 SIP/2.0\n"
		 "Via: SIP/2.0/UDP 127.0.0.7:5555;branch=z9hG4bK%s\n"
		 "Max-Forwards: 70\nFrom: <sip:1@127.0.0.7>;tag=far\nTo: <sip:2@127.0.0.1>\n"
		 "Call-ID: %s\nCSeq: 1 INVITE\nContact: <sip:1@127.0.0.7:5555>\n%s"
		 "Content-Length: 0\n\n",
		 call_id, call_id, header);
	rd_test_sip_send(message);
	rd_test_pass(100);
}

static void a_call_takes_its_ticket_to_the_next_exchange(void **state)
{
	char first[64];

	(void)state;
	begin();
	rd_test_call(rd_test_phone("alice"), "1");
	rd_test_pass(100);
	snprintf(first, sizeof(first), "%s", sent_ticket());
	assert_int_equal(strlen(first), 12);
	assert_string_equal(rd_test_expand("${SEEN}"), first);
}

static void one_that_came_with_a_ticket_keeps_it(void **state)
{
	(void)state;
	begin();
	invite("with", "X-Ticket: Abc123\n");
	assert_string_equal(rd_test_expand("${SEEN}"), "Abc123");
	invite("odd", "X-Ticket: not a ticket\n");
	assert_int_equal(strlen(rd_test_expand("${SEEN}")), 12);
	invite("without", "");
	assert_int_equal(strlen(rd_test_expand("${SEEN}")), 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(a_call_takes_its_ticket_to_the_next_exchange),
		RD_TEST(one_that_came_with_a_ticket_keeps_it),
	};

	return rd_test_run(tests);
}

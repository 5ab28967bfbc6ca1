/* The event package x-busyness, as a display on the wall sees it. */
#include <ringdown/test.h>

static void assert_told(const char *body)
{
	const char *message;

	while ((message = rd_test_sip_receive())) {
		if (strncmp(message, "NOTIFY ", 7) != 0)
			continue;
		rd_test_sip_answer(message, "200 OK");
		if (strstr(message, body))
			return;
	}
	fail_msg("nobody said \"%s\"", body);
}

static void the_wall_is_told_when_somebody_calls(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");

	(void)state;
	rd_test_file("sip.conf", "[udp]\ntype = transport\nbind = 127.0.0.1:5060\n"
				 "[wall]\ntype = phone\nmatch = 127.0.0.7\ncontext = sim\n");
	rd_test_load("./sip_busyness.so");
	rd_test_load("app_echo");
	rd_test_dialplan("[sim]\nexten => 1,1,Echo()\n");
	rd_test_sip_send("SUBSCRIBE sip:busyness@127.0.0.1 SIP/2.0\n"
			 "Via: SIP/2.0/UDP 127.0.0.7:5555;branch=z9hG4bKwall\n"
			 "Max-Forwards: 70\nFrom: <sip:wall@127.0.0.1>;tag=wall\n"
			 "To: <sip:busyness@127.0.0.1>\nCall-ID: wall\nCSeq: 1 SUBSCRIBE\n"
			 "Contact: <sip:wall@127.0.0.7:5555>\nEvent: x-busyness\n"
			 "Expires: 600\nAccept: text/plain\nContent-Length: 0\n\n");
	assert_told("channels: 0\n");
	rd_test_call(alice, "1");
	assert_told("channels: 1\n");
	rd_test_hang_up(alice);
	assert_told("channels: 0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(the_wall_is_told_when_somebody_calls),
	};

	return rd_test_run(tests);
}

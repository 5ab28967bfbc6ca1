/* MulticastRTP: what a loudspeaker hears on the line, and what phones of Linksys are told. The
 * line is a socket of this machine. */
#include "tests/sim/sim_dialplan.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/call/call.h"
#include "core/media/registry.h"
#include "tests/sim/sim_prompts.h"

enum { HEADER = 12, BEEP_ULAW = 0xd2 };

static struct sim_phone phones[2];
static struct sim_phone *alice = &phones[0], *bob = &phones[1];
static const struct rd_codec *codecs[2];
static int speaker, control; /* sockets */

static const struct sim_prompt prompts[] = { { "beep", 220, 'b' }, { 0 } };

static uint8_t packet[2048];

static int listen_at(uint16_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static const struct rd_codec *load_codec(const char *name)
{
	const struct rd_codec *codec = sim_load(name)->codecs;

	assert_int_equal(rd__codec_add(codec, name), 0);
	return codec;
}

static void plan(void)
{
	uint16_t port, control_port;
	char text[1024];

	speaker = listen_at(&port);
	control = listen_at(&control_port);
	snprintf(text, sizeof(text),
		 "[sim]\n"
		 "exten => dial,1,Dial(MulticastRTP/basic/127.0.0.1:%d)\n"
		 "exten => g722,1,Dial(MulticastRTP/basic/127.0.0.1:%d//c(g722)t(4)l(1))\n"
		 "exten => linksys,1,Dial(MulticastRTP/linksys/127.0.0.1:%d/127.0.0.1:%d)\n"
		 "exten => page,1,Page(Sim/bob&MulticastRTP/basic/127.0.0.1:%d,q)\n"
		 "exten => wrong,1,Dial(MulticastRTP/basic/127.0.0.1)\n"
		 " same => n,Note(${DIALSTATUS})\n"
		 "exten => codec,1,Dial(MulticastRTP/basic/127.0.0.1:9//c(opus))\n"
		 " same => n,Note(${DIALSTATUS})\n",
		 port, port, port, control_port, port);
	sim_plan(text);
}

static int begin(void **state)
{
	sim_dialplan_begin(state);
	phones[0] = (struct sim_phone){ .name = "alice", .says = 1000 };
	phones[1] = (struct sim_phone){ .name = "bob", .says = 2000, .answer_ms = 10 };
	sim_phones(phones, 2);
	sim_sound();
	sim_prompts(prompts);
	codecs[0] = load_codec("codec_ulaw");
	codecs[1] = load_codec("codec_g722");
	sim_load("app_dial");
	sim_load("app_page");
	sim_load("chan_rtp");
	plan();
	return 0;
}

static int finish(void **state)
{
	sim_hangup_all();
	sim_finish();
	assert_int_equal(rd_channel_count(), 0);
	close(speaker);
	close(control);
	for (size_t i = 0; i < RD_ARRAY_SIZE(codecs); i++)
		rd__codec_remove(codecs[i]);
	return sim_dialplan_end(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, finish)

static void call(const char *exten)
{
	sim_call(alice, exten);
	sim_pass(200);
}

static size_t receive(int fd)
{
	ssize_t n = recv(fd, packet, sizeof(packet), 0);

	return n > 0 ? (size_t)n : 0;
}

static unsigned get16(size_t at)
{
	return packet[at] << 8 | packet[at + 1];
}

static uint32_t get32(size_t at)
{
	return get16(at) << 16 | get16(at + 2);
}

/* Packets one after the other, each so long; how many. */
static int follow(unsigned type, size_t bytes, uint32_t step)
{
	uint32_t timestamp = 0, ssrc = 0;
	unsigned sequence = 0;
	int count = 0;

	for (size_t n; (n = receive(speaker));) {
		assert_int_equal(n, HEADER + bytes);
		assert_int_equal(packet[0], 0x80);
		assert_int_equal(packet[1], type | (count ? 0 : 0x80));
		if (count) {
			assert_int_equal(get16(2), (sequence + 1) & 0xffff);
			assert_int_equal(get32(4), timestamp + step);
			assert_int_equal(get32(8), ssrc);
		}
		sequence = get16(2);
		timestamp = get32(4);
		ssrc = get32(8);
		count++;
	}
	return count;
}

static void who_speaks_is_heard_at_once(void **state)
{
	uint8_t said;
	int16_t sample = 1000;
	int count;

	(void)state;
	call("dial");
	codecs[0]->encode(NULL, &sample, 1, &said, 1);
	count = follow(0, 160, 160);
	assert_in_range(count, 8, 11); /* of 20 ms each */
	assert_int_equal(packet[HEADER], said);
	assert_int_equal(packet[HEADER + 159], said);
}

static void another_codec_may_be_chosen(void **state)
{
	(void)state;
	call("g722");
	assert_in_range(follow(9, 160, 160), 8, 11);
}

static void it_is_paged_like_a_phone(void **state)
{
	(void)state;
	call("page");
	assert_int_equal(bob->hears, alice->says);
	assert_in_range(follow(0, 160, 160), 5, 11);
	sim_hangup(alice);
	sim_pass(100);
	assert_int_equal(bob->hung_up, 1);
	follow(0, 160, 160);
	sim_pass(200);
	assert_int_equal(receive(speaker), 0);
}

static void assert_told(uint32_t command)
{
	struct sockaddr_in where;
	socklen_t size = sizeof(where);

	assert_int_equal(receive(control), 16);
	assert_int_equal(get32(4), command);
	assert_int_equal(get32(8), INADDR_LOOPBACK);
	assert_int_equal(getsockname(speaker, (struct sockaddr *)&where, &size), 0);
	assert_int_equal(get32(12), ntohs(where.sin_port));
}

static void phones_are_told_when_it_begins_and_ends(void **state)
{
	(void)state;
	call("linksys");
	assert_told(6);
	assert_told(6);
	assert_int_equal(receive(control), 0);
	assert_in_range(follow(0, 160, 160), 8, 11);
	sim_hangup(alice);
	sim_pass(100);
	assert_told(7);
	assert_int_equal(receive(control), 0);
}

static void what_cannot_be_sent_is_an_error(void **state)
{
	static const char *const wrong[] = {
		"basic/239.1.2.3",
		"basic/239.1.2.3:0",
		"basic/name:5004",
		"else/239.1.2.3:5004",
		"linksys/239.1.2.3:5004",
		"basic/239.1.2.3:5004//t(256)",
		"basic/239.1.2.3:5004//l(2)",
		"basic/239.1.2.3:5004//i(eth0)",
		"basic/239.1.2.3:5004//x",
	};
	const struct rd_tech *tech = rd_tech_find("MulticastRTP");
	char buf[200];

	(void)state;
	call("wrong");
	call("codec");
	assert_string_equal(sim_notes(), "CHANUNAVAIL CONGESTION");
	for (size_t i = 0; i < RD_ARRAY_SIZE(wrong); i++)
		assert_non_null(tech->check(wrong[i], buf, sizeof(buf)));
	assert_null(
		tech->check("basic/239.1.2.3:5004//c(g722)i(10.0.0.1)l(0)t(5)", buf, sizeof(buf)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_speaks_is_heard_at_once),
		TEST(another_codec_may_be_chosen),
		TEST(it_is_paged_like_a_phone),
		TEST(phones_are_told_when_it_begins_and_ends),
		TEST(what_cannot_be_sent_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Pairs of ports: which ones are given away, what happens to them between two
 * calls, and that nothing of the first call is left for the second. */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/config/config.h"
#include "core/media/media.h"
#include "core/media/port.h"
#include "core/media/rtp_config.h"
#include "core/sched/clock.h"
#include "tests/unit/conf_dir.h"
#include "tests/unit/log_catch.h"

enum { SECOND = 1000000, LONG_ENOUGH = 3 * SECOND, A_MINUTE = 60 * SECOND };

static int begin(void **state)
{
	(void)state;
	conf_dir_make();
	rd__clock_set_virtual();
	return 0;
}

static int end(void **state)
{
	(void)state;
	rd__ports_drop_kept();
	assert_int_equal(rd__port_pool_count(), 0);
	assert_int_equal(rd__ports_used(), 0);
	rd__clock_set_real();
	conf_dir_remove();
	return 0;
}

/* rtp.conf with this text goes into force. */
static int read_rtp_conf(const char *text)
{
	return conf_dir_apply(&rd__rtp_config, text);
}

static struct rd_rtp_local at(const char *host, int port)
{
	struct rd_rtp_local local = { .kind = RD_MEDIA_AUDIO };
	struct sockaddr_in *address = (struct sockaddr_in *)&local.address;

	address->sin_family = AF_INET;
	assert_int_equal(inet_pton(AF_INET, host, &address->sin_addr), 1);
	address->sin_port = htons((uint16_t)port);
	return local;
}

static struct rd__ports *open_at(const char *host)
{
	struct rd_rtp_local local = at(host, 0);
	struct rd__ports *ports;

	assert_int_equal(rd__ports_open(&ports, &local), 0);
	return ports;
}

static struct rd__ports *open_one(void)
{
	return open_at("127.0.0.1");
}

static int port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return ntohs(address.sin_port);
}

/* ---- the range ---- */

static void pairs_come_from_the_range_until_it_is_used_up(void **state)
{
	struct rd_rtp_local local = at("127.0.0.1", 0);
	struct rd__ports *all[16], *one;
	int count = 0, number;

	(void)state;
	assert_int_equal(read_rtp_conf("[general]\nrtpstart=33001\nrtpend=33016\n"), 0);
	while (rd__ports_open(&one, &local) == 0) {
		assert_in_range(one->number, 33002, 33014);
		assert_int_equal(one->number % 2, 0);
		assert_int_equal(port_of(one->rtp_fd), one->number);
		assert_int_equal(port_of(one->rtcp_fd), one->number + 1);
		for (int i = 0; i < count; i++)
			assert_int_not_equal(all[i]->number, one->number);
		all[count++] = one;
	}
	assert_int_equal(count, 7);
	assert_int_equal(rd__ports_open(&one, &local), -EADDRNOTAVAIL);
	assert_int_equal(rd__ports_used(), 7);
	/* One comes back, and is given away again though it is young. */
	number = all[3]->number;
	rd__ports_release(all[3]);
	assert_int_equal(rd__ports_used(), 6);
	all[3] = open_one();
	assert_int_equal(all[3]->number, number);
	assert_int_equal(rd__ports_open(&one, &local), -EADDRNOTAVAIL);
	for (int i = 0; i < count; i++)
		rd__ports_release(all[i]);
	assert_int_equal(rd__ports_used(), 0);
}

static void ports_of_others_are_passed_over(void **state)
{
	struct rd_rtp_local other = at("127.0.0.1", 33004);
	struct rd__ports *theirs, *ours;

	(void)state;
	assert_int_equal(read_rtp_conf("[general]\nrtpstart=33004\nrtpend=33007\n"), 0);
	assert_int_equal(rd__ports_open(&theirs, &other), 0);
	assert_int_equal(theirs->number, 0); /* named, not from the range */
	ours = open_one();
	assert_int_equal(ours->number, 33006);
	rd__ports_release(theirs);
	assert_int_equal(rd__port_pool_count(), 0);
	rd__ports_release(ours);
}

/* As another server does, which takes them one after the other. */
static void hold_row(int *fds, int count, int from)
{
	for (int i = 0; i < count; i++) {
		struct rd_rtp_local local = at("127.0.0.1", from + 2 * i);

		fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		assert_int_equal(bind(fds[i], (const struct sockaddr *)&local.address,
				      sizeof(struct sockaddr_in)),
				 0);
	}
}

static void a_long_row_of_others_is_leapt_over(void **state)
{
	struct rd__ports *first, *second;
	int held[700];

	(void)state;
	/* The first is the last of its range: so the row is what comes next. */
	assert_int_equal(read_rtp_conf("[general]\nrtpstart=28000\nrtpend=28001\n"), 0);
	first = open_one();
	assert_int_equal(read_rtp_conf("[general]\nrtpstart=28000\nrtpend=31999\n"), 0);
	hold_row(held, RD_ARRAY_SIZE(held), 28002);
	second = open_one();
	assert_in_range(second->number, 28002 + 2 * RD_ARRAY_SIZE(held), 31998);
	for (size_t i = 0; i < RD_ARRAY_SIZE(held); i++)
		close(held[i]);
	rd__ports_release(first);
	rd__ports_release(second);
}

/* Which is another thing than a range that is used up. */
static void an_address_that_is_not_ours_is_no_want_of_ports(void **state)
{
	struct rd_rtp_local local = at("192.0.2.1", 0);
	struct rd__ports *ports;
	struct log_catch caught;

	(void)state;
	log_catch(&caught);
	assert_int_equal(rd__ports_open(&ports, &local), -EADDRNOTAVAIL);
	assert_string_equal(log_caught(&caught), "");
}

static void a_wrong_section_hides_no_wrong_option(void **state)
{
	(void)state;
	assert_int_equal(read_rtp_conf("[genera]\n[general]\nrtpstrat=20000\n"), -EINVAL);
	assert_non_null(strstr(conf_dir_findings(), "rtp.conf:1: unknown section [genera]"));
	assert_non_null(strstr(conf_dir_findings(), "rtp.conf:3: [general] unknown option"));
}

static void a_range_without_a_pair_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(read_rtp_conf("[general]\nrtpstart=33005\nrtpend=33006\n"), -EINVAL);
	assert_int_equal(read_rtp_conf("[general]\nrtpstart=20000\nrtpend=10000\n"), -EINVAL);
	assert_int_equal(read_rtp_conf("[general]\nrtpstrat=20000\n"), -EINVAL);
	assert_int_equal(read_rtp_conf(""), 0);
	assert_int_equal(rd__rtp_settings()->port_from, 10000);
	assert_int_equal(rd__rtp_settings()->port_to, 19998);
}

/* ---- between two calls ---- */

static int phone_open(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void phone_sends(int phone, const struct rd__address *to, char byte)
{
	assert_int_equal(sendto(phone, &byte, 1, 0, (const struct sockaddr *)&to->storage,
				to->size),
			 1);
}

/* The byte that waits in a socket, or -1. */
static int waiting(int fd)
{
	unsigned char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 1 ? byte : -1;
}

static void a_pair_is_used_again_when_it_has_been_idle_for_long_enough(void **state)
{
	struct rd__ports *first = open_one(), *young, *old;
	int number = first->number, fd = first->rtp_fd;

	(void)state;
	rd__ports_release(first);
	assert_int_equal(rd__port_pool_count(), 1);
	rd__clock_jump(LONG_ENOUGH - 1000);
	young = open_one();
	assert_int_not_equal(young->number, number);
	rd__clock_jump(1000);
	old = open_one();
	assert_int_equal(old->number, number);
	assert_int_equal(old->rtp_fd, fd);
	assert_int_equal(old->number % 2, 0);
	assert_int_equal(port_of(old->rtp_fd), number);
	assert_int_equal(port_of(old->rtcp_fd), number + 1);
	assert_int_equal(rd__port_pool_count(), 0);
	rd__ports_release(young);
	rd__ports_release(old);
}

static void the_next_call_gets_no_packet_of_the_last_one(void **state)
{
	struct rd__ports *ports = open_one();
	int old_phone = phone_open(), new_phone = phone_open(), number = ports->number;
	struct rd__address rtcp = ports->rtp;

	(void)state;
	rd__address_set_port(&rtcp, (uint16_t)(number + 1));
	/* As a talk leaves it: connected, with packets that nobody read. */
	phone_sends(old_phone, &ports->rtp, '1');
	phone_sends(old_phone, &rtcp, '2');
	rd__ports_release(ports);
	/* The old phone has not noticed yet. */
	phone_sends(old_phone, &ports->rtp, '3');
	rd__clock_jump(LONG_ENOUGH);
	ports = open_one();
	assert_int_equal(ports->number, number);
	assert_int_equal(waiting(ports->rtp_fd), -1);
	assert_int_equal(waiting(ports->rtcp_fd), -1);
	phone_sends(new_phone, &ports->rtp, '4');
	phone_sends(new_phone, &rtcp, '5');
	assert_int_equal(waiting(ports->rtp_fd), '4');
	assert_int_equal(waiting(ports->rtcp_fd), '5');
	rd__ports_release(ports);
	close(old_phone);
	close(new_phone);
}

static void a_pair_between_calls_answers_like_a_closed_port(void **state)
{
	struct rd__ports *ports = open_one();
	struct rd__address own = ports->rtp;
	int phone = phone_open();

	(void)state;
	rd__ports_release(ports);
	assert_int_equal(connect(phone, (struct sockaddr *)&own.storage, own.size), 0);
	assert_int_equal(send(phone, "x", 1, 0), 1);
	assert_int_equal(recv(phone, (char[1]){ 0 }, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, ECONNREFUSED);
	close(phone);
}

static void an_error_of_the_last_call_does_not_meet_the_next(void **state)
{
	struct rd__ports *ports = open_one();
	int phone = phone_open();
	struct sockaddr_in gone;
	socklen_t size = sizeof(gone);

	(void)state;
	assert_int_equal(getsockname(phone, (struct sockaddr *)&gone, &size), 0);
	close(phone);
	assert_int_equal(connect(ports->rtp_fd, (struct sockaddr *)&gone, size), 0);
	assert_int_equal(send(ports->rtp_fd, "x", 1, 0), 1);
	rd__ports_release(ports);
	rd__clock_jump(LONG_ENOUGH);
	ports = open_one();
	phone = phone_open();
	assert_int_equal(getsockname(phone, (struct sockaddr *)&gone, &size), 0);
	assert_int_equal(sendto(ports->rtp_fd, "y", 1, 0, (struct sockaddr *)&gone, size), 1);
	assert_int_equal(waiting(phone), 'y');
	rd__ports_release(ports);
	close(phone);
}

static void a_pair_of_another_address_is_left_alone(void **state)
{
	struct rd__ports *ports = open_at("127.0.0.2"), *other;
	struct rd_rtp_local marked = at("127.0.0.2", 0);
	int number = ports->number;

	(void)state;
	rd__ports_release(ports);
	rd__clock_jump(LONG_ENOUGH);
	ports = open_one();
	assert_int_equal(ports->rtp.storage.in4.sin_addr.s_addr,
			 htonl(INADDR_LOOPBACK));
	marked.tos = 0xb8;
	assert_int_equal(rd__ports_open(&other, &marked), 0);
	assert_int_not_equal(other->number, number);
	rd__ports_release(other);
	other = open_at("127.0.0.2");
	assert_int_equal(other->number, number);
	rd__ports_release(other);
	rd__ports_release(ports);
}

static void a_pair_outside_of_a_new_range_is_not_used_again(void **state)
{
	struct rd__ports *ports;

	(void)state;
	assert_int_equal(read_rtp_conf("[general]\nrtpstart=33020\nrtpend=33023\n"), 0);
	rd__ports_release(open_one());
	rd__clock_jump(LONG_ENOUGH);
	assert_int_equal(read_rtp_conf("[general]\nrtpstart=33030\nrtpend=33033\n"), 0);
	ports = open_one();
	assert_in_range(ports->number, 33030, 33033);
	rd__ports_release(ports);
	assert_int_equal(read_rtp_conf(""), 0);
}

static void pairs_that_nobody_needs_are_closed(void **state)
{
	struct rd__ports *crowd[6];

	(void)state;
	for (size_t i = 0; i < RD_ARRAY_SIZE(crowd); i++)
		crowd[i] = open_one();
	for (size_t i = 0; i < RD_ARRAY_SIZE(crowd); i++)
		rd__ports_release(crowd[i]);
	assert_int_equal(rd__port_pool_count(), 6);
	for (int calls = 1; calls <= 3; calls++) {
		rd__clock_jump(A_MINUTE);
		rd__ports_release(open_one());
	}
	assert_true(rd__port_pool_count() <= 2);
}

#define PORTS(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PORTS(pairs_come_from_the_range_until_it_is_used_up),
		PORTS(ports_of_others_are_passed_over),
		PORTS(a_long_row_of_others_is_leapt_over),
		PORTS(an_address_that_is_not_ours_is_no_want_of_ports),
		PORTS(a_wrong_section_hides_no_wrong_option),
		PORTS(a_range_without_a_pair_is_an_error),
		PORTS(a_pair_is_used_again_when_it_has_been_idle_for_long_enough),
		PORTS(the_next_call_gets_no_packet_of_the_last_one),
		PORTS(a_pair_between_calls_answers_like_a_closed_port),
		PORTS(an_error_of_the_last_call_does_not_meet_the_next),
		PORTS(a_pair_of_another_address_is_left_alone),
		PORTS(a_pair_outside_of_a_new_range_is_not_used_again),
		PORTS(pairs_that_nobody_needs_are_closed),
	};

	return RUN_GROUP(tests);
}

/* The small parts of the media engine: the ring between two threads, and
 * the ports. */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/config/config.h"
#include "core/media/engine.h"
#include "tests/unit/conf_dir.h"

static int make_folder(void **state)
{
	(void)state;
	conf_dir_make();
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	conf_dir_remove();
	return 0;
}

/* ---- the ring ---- */

enum { NUMBERS = 200000 };

static void *push_numbers(void *arg)
{
	struct rd__ring *ring = arg;

	for (uint64_t i = 0; i < NUMBERS; i++) {
		while (!rd__ring_push(ring, &i))
			sched_yield();
	}
	return NULL;
}

static void everything_crosses_in_order(void **state)
{
	struct rd__ring ring;
	pthread_t pusher;
	uint64_t got;

	(void)state;
	assert_int_equal(rd__ring_init(&ring, 64, sizeof(uint64_t)), 0);
	assert_int_equal(pthread_create(&pusher, NULL, push_numbers, &ring), 0);
	for (uint64_t i = 0; i < NUMBERS; i++) {
		while (!rd__ring_pop(&ring, &got))
			sched_yield();
		assert_int_equal(got, i);
	}
	pthread_join(pusher, NULL);
	assert_false(rd__ring_pop(&ring, &got));
	rd__ring_fini(&ring);
}

static void a_full_ring_says_so(void **state)
{
	struct rd__ring ring;
	int n = 0, got;

	(void)state;
	assert_int_equal(rd__ring_init(&ring, 8, sizeof(int)), 0);
	while (rd__ring_push(&ring, &n))
		n++;
	assert_int_equal(n, 8);
	assert_int_equal(rd__ring_room(&ring, 1), 0);
	assert_true(rd__ring_pop(&ring, &got));
	assert_int_equal(got, 0);
	assert_int_equal(rd__ring_room(&ring, 1), 1);
	assert_true(rd__ring_push(&ring, &n));
	assert_false(rd__ring_push(&ring, &n));
	rd__ring_fini(&ring);
}

/* ---- ports, with a range of our own ---- */

/* rtp.conf with this text goes into force. */
static int read_rtp_conf(const char *text)
{
	struct rd_config_report *report;
	void *snapshot;
	int rc;

	conf_dir_write("rtp.conf", text);
	assert_int_equal(rd__report_new(&report), 0);
	rc = rd__rtp_config.build(&snapshot, report);
	if (!rc)
		rd__rtp_config.commit(snapshot);
	rd__report_free(report);
	return rc;
}

static struct rd_rtp_local loopback(int port)
{
	struct rd_rtp_local local = { .kind = RD_MEDIA_AUDIO };
	struct sockaddr_in *address = (struct sockaddr_in *)&local.address;

	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address->sin_port = htons((uint16_t)port);
	return local;
}

static int port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return ntohs(address.sin_port);
}

static void pairs_come_from_the_range_until_it_is_used_up(void **state)
{
	struct rd_rtp_local local = loopback(0);
	int fds[16][2], ports[16], count = 0, port, fd[2];

	(void)state;
	assert_int_equal(read_rtp_conf("[general]\nrtpstart=33001\nrtpend=33016\n"), 0);
	while (rd__ports_open(&local, &fd[0], &fd[1], &port) == 0) {
		assert_in_range(port, 33002, 33014);
		assert_int_equal(port % 2, 0);
		assert_int_equal(port_of(fd[0]), port);
		assert_int_equal(port_of(fd[1]), port + 1);
		for (int i = 0; i < count; i++)
			assert_int_not_equal(ports[i], port);
		fds[count][0] = fd[0];
		fds[count][1] = fd[1];
		ports[count++] = port;
	}
	assert_int_equal(count, 7);
	assert_int_equal(rd__ports_open(&local, &fd[0], &fd[1], &port), -EADDRNOTAVAIL);
	assert_int_equal(rd__ports_used(), 7);
	/* One comes back, and is given away again. */
	close(fds[3][0]);
	close(fds[3][1]);
	rd__ports_close(ports[3]);
	assert_int_equal(rd__ports_open(&local, &fds[3][0], &fds[3][1], &port), 0);
	assert_int_equal(port, ports[3]);
	for (int i = 0; i < count; i++) {
		close(fds[i][0]);
		close(fds[i][1]);
		rd__ports_close(ports[i]);
	}
	assert_int_equal(rd__ports_used(), 0);
}

static void ports_of_others_are_passed_over(void **state)
{
	struct rd_rtp_local local = loopback(0), other = loopback(33004);
	int theirs[2], ours[2], port;

	(void)state;
	assert_int_equal(read_rtp_conf("[general]\nrtpstart=33004\nrtpend=33007\n"), 0);
	assert_int_equal(rd__ports_open(&other, &theirs[0], &theirs[1], &port), 0);
	assert_int_equal(port, 0); /* named, not from the range */
	assert_int_equal(rd__ports_open(&local, &ours[0], &ours[1], &port), 0);
	assert_int_equal(port, 33006);
	for (int i = 0; i < 2; i++) {
		close(theirs[i]);
		close(ours[i]);
	}
	rd__ports_close(port);
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

/* ---- indications.conf ---- */

static int read_indications(const char *text)
{
	struct rd_config_report *report;
	void *snapshot;
	int rc;

	conf_dir_write("indications.conf", text);
	assert_int_equal(rd__report_new(&report), 0);
	rc = rd__indications_config.build(&snapshot, report);
	if (!rc)
		rd__indications_config.commit(snapshot);
	rd__report_free(report);
	return rc;
}

static void tones_are_those_of_the_country(void **state)
{
	(void)state;
	assert_string_equal(rd__tone_list("de", "dial"), "350+440");
	assert_int_equal(read_indications("[general]\ncountry=de\n"
					  "[de]\ndescription=Germany\nringcadence=1000,4000\n"
					  "dial=425\nbusy=425/480,0/480\n"
					  "[uk]\ndial=350+440\n"),
			 0);
	assert_string_equal(rd__tone_list("de", "dial"), "425");
	assert_string_equal(rd__tone_list("UK", "dial"), "350+440");
	assert_string_equal(rd__tone_list("uk", "busy"), "425/480,0/480");
	assert_string_equal(rd__tone_list("xx", "dial"), "425");
	assert_string_equal(rd__tone_list(NULL, "dial"), "425");
	assert_string_equal(rd__tone_list("de", "info"), "!950/330,!1400/330,!1800/330,0");
	assert_null(rd__tone_list("de", "425/500"));
	/* A mistake changes nothing. */
	assert_int_equal(read_indications("[de]\ndial=4z5\n"), -EINVAL);
	assert_int_equal(read_indications("[general]\ncountry=xx\n"), -EINVAL);
	assert_string_equal(rd__tone_list("de", "dial"), "425");
	rd__indications_free();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_crosses_in_order),
		cmocka_unit_test(a_full_ring_says_so),
		TEST(pairs_come_from_the_range_until_it_is_used_up),
		TEST(ports_of_others_are_passed_over),
		TEST(a_range_without_a_pair_is_an_error),
		TEST(tones_are_those_of_the_country),
	};

	return RUN_GROUP(tests);
}

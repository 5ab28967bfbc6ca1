/* What this machine charges for the bare parts right now. Other benches are
 * read beside it: a UDP packet sent and received by one thread that does nothing
 * else, and a message answered by a thread that sleeps between two of them, as
 * a SIP server does.
 *
 * bench_bare RATE SENT...: the floor of an exchange instead, alone on a line in
 * microseconds: a message comes in for each SENT, so many go out for it, and so many
 * exchanges begin each second. What a server pays that only receives and sends. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	PACKETS = 200000,
	SIZE = 172,
	MESSAGE = 500,
	ECHO_RATE = 1200,
	EXCHANGE_SECONDS = 2,
	STEPS_MAX = 16,
};

static double cpu_us(int who)
{
	struct rusage use;

	getrusage(who, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static void row(const char *what, double us, double nominal)
{
	printf("%-44s %10.2f %-4s nominal %7.2f\n", what, us, "us", nominal);
}

static int open_socket(struct sockaddr_in *address)
{
	socklen_t len = sizeof(*address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){ .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (struct sockaddr *)address, len) ||
	    getsockname(fd, (struct sockaddr *)address, &len))
		return -1;
	return fd;
}

static bool send_and_receive(int from, int to)
{
	char packet[SIZE] = { 0 };
	double before = cpu_us(RUSAGE_SELF);

	for (int i = 0; i < PACKETS; i++)
		if (send(from, packet, SIZE, 0) != SIZE || recv(to, packet, SIZE, 0) != SIZE)
			return false;
	row("bare UDP packet, sent and received",
	    (cpu_us(RUSAGE_SELF) - before) / PACKETS, 2.95);
	return true;
}

/* What goes out for each message that comes in; so many exchanges a second. */
struct exchange {
	int steps, sent[STEPS_MAX], rate;
	int fd, count;
	double cpu_us;
};

/* Waits, receives and answers as often as it is asked. */
static void *answer_all(void *arg)
{
	struct exchange *exchange = arg;
	int fd = exchange->fd, epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	int total = exchange->count * exchange->steps;
	char message[MESSAGE];

	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
	for (int i = 0; i < total && epoll_wait(epoll_fd, &event, 1, -1) == 1; i++) {
		struct sockaddr_in peer;
		socklen_t len = sizeof(peer);
		ssize_t n =
			recvfrom(fd, message, sizeof(message), 0, (struct sockaddr *)&peer, &len);

		for (int k = 0; k < exchange->sent[i % exchange->steps]; k++)
			(void)!sendto(fd, message, (size_t)n, 0, (struct sockaddr *)&peer, len);
	}
	exchange->cpu_us = cpu_us(RUSAGE_THREAD);
	close(epoll_fd);
	return NULL;
}

/* The far end says the next as soon as it has heard what was sent for the last. */
static bool ask_once(const struct exchange *exchange, int from)
{
	char message[MESSAGE] = { 0 };

	for (int step = 0; step < exchange->steps; step++) {
		if (send(from, message, MESSAGE, 0) != MESSAGE)
			return false;
		for (int k = 0; k < exchange->sent[step]; k++)
			if (recv(from, message, MESSAGE, 0) != MESSAGE)
				return false;
	}
	return true;
}

/* Evenly paced, however long each takes. */
static void sleep_until(struct timespec *next, int rate)
{
	next->tv_nsec += 1000000000 / rate;
	next->tv_sec += next->tv_nsec / 1000000000;
	next->tv_nsec %= 1000000000;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL);
}

static bool run_exchange(struct exchange *exchange, int from)
{
	struct timespec next;
	pthread_t thread;

	exchange->count = exchange->rate * EXCHANGE_SECONDS;
	if (pthread_create(&thread, NULL, answer_all, exchange))
		return false;
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (int i = 0; i < exchange->count; i++) {
		sleep_until(&next, exchange->rate);
		if (!ask_once(exchange, from))
			return false;
	}
	pthread_join(thread, NULL);
	exchange->cpu_us /= exchange->count;
	return true;
}

static bool answer_now_and_then(int from, int to)
{
	struct exchange exchange = { .steps = 1, .sent = { 1 }, .rate = ECHO_RATE, .fd = to };

	if (!run_exchange(&exchange, from))
		return false;
	row("bare UDP message, waited for and answered", exchange.cpu_us, 21);
	return true;
}

static bool print_floor(int argc, char **argv, int from, int to)
{
	struct exchange exchange = { .steps = argc - 2, .rate = atoi(argv[1]), .fd = to };

	if (exchange.rate < 1 || exchange.steps < 1 || exchange.steps > STEPS_MAX)
		return false;
	for (int i = 0; i < exchange.steps; i++)
		exchange.sent[i] = atoi(argv[i + 2]);
	if (!run_exchange(&exchange, from))
		return false;
	printf("%.1f\n", exchange.cpu_us);
	return true;
}

int main(int argc, char **argv)
{
	struct sockaddr_in here, there;
	int from = open_socket(&here), to = open_socket(&there);
	bool done = from >= 0 && to >= 0 &&
		    connect(from, (struct sockaddr *)&there, sizeof(there)) == 0;

	if (done && argc > 1)
		done = print_floor(argc, argv, from, to);
	else if (done)
		done = send_and_receive(from, to) && answer_now_and_then(from, to);
	if (!done)
		perror("bench_bare");
	close(from);
	close(to);
	return !done;
}

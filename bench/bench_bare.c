/* What this machine charges for the bare parts right now. Other benches are
 * read beside it: a UDP packet sent and received by one thread that does nothing
 * else, and a message answered by a thread that sleeps between two of them, as
 * a SIP server does. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PACKETS = 200000, SIZE = 172, ECHOES = 2400, ECHO_PAUSE_US = 833, MESSAGE = 500 };

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

static double echo_cpu_us;

/* Waits, receives and answers as often as it is asked. */
static void *answer_all(void *arg)
{
	int fd = *(int *)arg, epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	char message[MESSAGE];

	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
	for (int i = 0; i < ECHOES && epoll_wait(epoll_fd, &event, 1, -1) == 1; i++) {
		ssize_t n = recvfrom(fd, message, sizeof(message), 0,
				     (struct sockaddr *)&peer, &len);

		(void)!sendto(fd, message, (size_t)n, 0, (struct sockaddr *)&peer, len);
	}
	echo_cpu_us = cpu_us(RUSAGE_THREAD);
	close(epoll_fd);
	return NULL;
}

static bool answer_now_and_then(int from, int to)
{
	char message[MESSAGE] = { 0 };
	pthread_t thread;

	if (pthread_create(&thread, NULL, answer_all, &to))
		return false;
	for (int i = 0; i < ECHOES; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = ECHO_PAUSE_US * 1000L }, NULL);
		if (send(from, message, MESSAGE, 0) != MESSAGE ||
		    recv(from, message, MESSAGE, 0) != MESSAGE)
			return false;
	}
	pthread_join(thread, NULL);
	row("bare UDP message, waited for and answered", echo_cpu_us / ECHOES, 21);
	return true;
}

int main(void)
{
	struct sockaddr_in here, there;
	int from = open_socket(&here), to = open_socket(&there);

	if (from < 0 || to < 0 || connect(from, (struct sockaddr *)&there, sizeof(there)) ||
	    !send_and_receive(from, to) || !answer_now_and_then(from, to)) {
		perror("bench_bare");
		return 1;
	}
	close(from);
	close(to);
	return 0;
}

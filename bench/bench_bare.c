/* What this machine charges for the bare parts right now: a UDP packet sent
 * and received on loopback by one thread. Other benches are read beside it. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PACKETS = 200000, SIZE = 172 };

static double cpu_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
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

int main(void)
{
	struct sockaddr_in here, there;
	int from = open_socket(&here), to = open_socket(&there);
	char packet[SIZE] = { 0 };
	double before;

	if (from < 0 || to < 0 || connect(from, (struct sockaddr *)&there, sizeof(there))) {
		perror("bench_bare");
		return 1;
	}
	before = cpu_us();
	for (int i = 0; i < PACKETS; i++)
		if (send(from, packet, SIZE, 0) != SIZE || recv(to, packet, SIZE, 0) != SIZE) {
			perror("bench_bare");
			return 1;
		}
	printf("%-44s %10.2f %-4s nominal %7.2f\n", "bare UDP packet, sent and received",
	       (cpu_us() - before) / PACKETS, "us", 2.95);
	close(from);
	close(to);
	return 0;
}

/* What a relayed RTP packet costs: 200 and 2,000 calls of two mu-law legs each, paced
 * evenly or in bursts, in clear and with SRTP on both, forwarded by the engine's threads;
 * CPU time of those threads alone, the delay that they add, and the memory of a stream.
 * Beside it, in the same run, the bare loop: receive and send, nothing else.
 *
 *	bench_media_relay [CALLS [SECONDS]]
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"
#include "core/media/place.h"
#include "core/media/port.h"
#include "core/media/srtp.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "core/media/wire.h"
#include "core/sched/sched.h"
#include "tests/unit/media_rig.h"

enum {
	PAYLOAD = 160,
	FRAME_US = 20000,
	DELAYS_MAX = 4000000,
	WARM_S = 1,
	FEW = 200, /* calls */
	MANY = 2000,
	STARVED_PERCENT = 5, /* lost: the machine has done less than was asked of it */
	PACK = 400, /* as in the daemon */
};

struct leg {
	struct far_end far;
	struct rd_stream *stream;
	struct sockaddr_storage to;
	struct rd__srtp *tx, *rx; /* NULL: in clear */
};

static struct leg *legs;
static int leg_count;
static double *delays;
static size_t delay_count, received;
static bool measuring, transcoding, bursts;

static uint64_t clock_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- the load: one thread that sends and receives for all phones ----------- */

static void send_one(struct leg *leg)
{
	uint8_t packet[RD__RTP_HEADER + PAYLOAD + RD__SRTP_GROWTH] = { 0 };
	struct rd__rtp rtp = { .payload_type = leg->far.payload_type,
			       .seq = leg->far.seq++,
			       .ts = leg->far.ts,
			       .ssrc = leg->far.ssrc,
			       .payload = packet + RD__RTP_HEADER,
			       .size = PAYLOAD };
	size_t size = RD__RTP_HEADER + PAYLOAD;
	uint64_t now = clock_ns();

	leg->far.ts += PAYLOAD;
	rd__rtp_print(&rtp);
	memcpy(rtp.payload, &now, sizeof(now));
	if (leg->tx)
		size = rd__srtp_protect(leg->tx, packet, packet, size);
	(void)!sendto(leg->far.fd, packet, size, 0, (struct sockaddr *)&leg->to,
		      sizeof(struct sockaddr_in));
}

static void receive_one(struct leg *leg)
{
	uint8_t packet[1500];
	ssize_t size = recv(leg->far.fd, packet, sizeof(packet), 0);
	uint64_t sent;

	if (leg->rx && size > 0)
		size = rd__srtp_unprotect(leg->rx, packet, (size_t)size);
	if (size != RD__RTP_HEADER + PAYLOAD || !measuring || delay_count == DELAYS_MAX)
		return;
	received++;
	/* Transcoding changes the time that it carries. */
	if (transcoding)
		return;
	memcpy(&sent, packet + RD__RTP_HEADER, sizeof(sent));
	delays[delay_count++] = (double)(clock_ns() - sent) / 1000;
}

static void receive_all(int epoll_fd)
{
	struct epoll_event events[256];
	int n;

	while ((n = epoll_wait(epoll_fd, events, 256, 0)) > 0)
		for (int i = 0; i < n; i++)
			receive_one(events[i].data.ptr);
}

/* Each leg's packet has its own moment within the 20 ms; in bursts it is the same for all. */
static uint64_t due(uint64_t now_us)
{
	if (bursts)
		return (now_us / FRAME_US + 1) * (uint64_t)leg_count;
	return now_us * (uint64_t)leg_count / FRAME_US + 1;
}

static uint64_t run_load(int epoll_fd, uint64_t for_us)
{
	uint64_t begin = clock_us(CLOCK_MONOTONIC), sent = 0, now;

	do {
		now = clock_us(CLOCK_MONOTONIC) - begin;
		for (int n = 0; n < 64 && sent < due(now); n++)
			send_one(&legs[sent++ % (uint64_t)leg_count]);
		receive_all(epoll_fd);
		usleep(100);
	} while (now < for_us);
	return sent;
}

/* ---- measuring -------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double percentile(double p)
{
	if (!delay_count)
		return 0;
	return delays[RD_MIN((size_t)(p * (double)delay_count), delay_count - 1)];
}

static struct bench_floor base;

/* cpu: reads what the forwarding side has used, in microseconds. */
static double measure(const char *what, int seconds, uint64_t (*cpu)(void), double budget_us,
		      double budget_ms)
{
	int epoll_fd = epoll_create1(0);
	uint64_t used, sent;
	double cost, lost;

	for (int i = 0; i < leg_count; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &legs[i] };

		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, legs[i].far.fd, &event);
	}
	measuring = false;
	run_load(epoll_fd, WARM_S * 1000000);
	measuring = true;
	delay_count = received = 0;
	used = cpu();
	sent = run_load(epoll_fd, (uint64_t)seconds * 1000000);
	used = cpu() - used;
	measuring = false;
	qsort(delays, delay_count, sizeof(*delays), by_size);
	cost = (double)used / (double)sent;
	if (!base.now_us)
		base.now_us = cost; /* the bare loop is the first */
	bench_cost(what, cost, budget_us, &base);
	if (!transcoding)
		printf("  delay p50 %6.0f us  p99 %6.0f us  max %6.0f us", percentile(0.5),
		       percentile(0.99), percentile(1));
	if (budget_ms > 0 && !transcoding)
		printf("  budget %2.0f ms %s", budget_ms,
		       percentile(0.99) <= budget_ms * 1000 ? "within" : "OVER BUDGET");
	lost = 100 * (1 - (double)received / (double)sent);
	printf("  lost %.2f%%%s\n", lost, lost > STARVED_PERCENT ? ": STARVED" : "");
	close(epoll_fd);
	return cost;
}

/* ---- the engine ---------------------------------------------------------------- */

static struct rd__thread *media_threads[64];
static int media_thread_count;

static void find_threads(void)
{
	for (int i = 0; i < leg_count; i++) {
		struct rd__thread *thread = legs[i].stream->thread;
		int known = 0;

		while (known < media_thread_count && media_threads[known] != thread)
			known++;
		if (known == media_thread_count && known < 64)
			media_threads[media_thread_count++] = thread;
	}
}

static uint64_t engine_cpu(void)
{
	uint64_t used = 0;

	for (int i = 0; i < media_thread_count; i++) {
		clockid_t id;

		pthread_getcpuclockid(media_threads[i]->pthread, &id);
		used += clock_us(id);
	}
	return used;
}

/* The suite that every phone has. */
static void secure(struct leg *leg)
{
	struct rd_stream_config config = *rd_stream_config(leg->stream);
	struct rd_stream_security *keys = &config.security;

	keys->by = RD_SECURITY_SDES;
	rd_srtp_key_make(&keys->local, RD_SRTP_AES_CM_128_SHA1_80);
	rd_srtp_key_make(&keys->remote, RD_SRTP_AES_CM_128_SHA1_80);
	if (rd__srtp_new(&leg->tx, &keys->remote, true) ||
	    rd__srtp_new(&leg->rx, &keys->local, false) ||
	    rd_stream_configure(leg->stream, &config))
		abort();
}

static void insecure(struct leg *leg)
{
	rd__srtp_free(leg->tx);
	rd__srtp_free(leg->rx);
	leg->tx = leg->rx = NULL;
}

static double resident_kib(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%*u %lu", &pages) != 1)
		abort();
	fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static void print_memory(double kib, int streams)
{
	printf("memory of a stream, of %d more %*s%6.1f KiB\n", streams, 16, "", kib / streams);
}

static void bench_engine(const char *what, const char *codec_a, const char *codec_b, bool srtp,
			 int seconds, double budget_us, double budget_ms)
{
	static int most; /* of which memory is kept */
	double before = resident_kib();

	media_thread_count = 0;
	transcoding = strcmp(codec_a, codec_b) != 0;
	for (int i = 0; i < leg_count; i++) {
		far_end_open(&legs[i].far);
		legs[i].stream = rig_stream(&legs[i].far, i % 2 ? codec_b : codec_a);
		rd_stream_local(legs[i].stream, &legs[i].to);
		if (srtp)
			secure(&legs[i]);
	}
	for (int i = 0; i < leg_count; i += 2)
		rd__stream_link(legs[i].stream, legs[i + 1].stream, 0);
	rig_run(200);
	if (leg_count > most) {
		print_memory(resident_kib() - before, leg_count - most);
		most = leg_count;
	}
	find_threads();
	measure(what, seconds, engine_cpu, budget_us, budget_ms);
	for (int i = 0; i < leg_count; i++) {
		rd_stream_close(legs[i].stream);
		far_end_close(&legs[i].far);
		insecure(&legs[i]);
	}
	while (rd__ports_used())
		rig_run(50);
}

/* ---- the bare loop --------------------------------------------------------------- */

struct bare {
	int epoll_fd, stop_fd;
	pthread_t pthread;
};

static struct bare bare;

/* In .data.u64: the descriptor, and above it that of the other leg. */
static void *bare_main(void *arg)
{
	struct epoll_event events[256];

	(void)arg;
	for (;;) {
		int n = epoll_wait(bare.epoll_fd, events, 256, -1);

		for (int i = 0; i < n; i++) {
			uint8_t packet[1500];
			int in = (int)(events[i].data.u64 & 0xffffffff);
			int out = (int)(events[i].data.u64 >> 32);
			ssize_t size = recv(in, packet, sizeof(packet), 0);

			if (in == bare.stop_fd)
				return NULL;
			if (size > 0)
				(void)!send(out, packet, (size_t)size, 0);
		}
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
}

static uint64_t bare_cpu(void)
{
	clockid_t id;

	pthread_getcpuclockid(bare.pthread, &id);
	return clock_us(id);
}

static void bench_bare(int seconds)
{
	struct far_end *ours = calloc((size_t)leg_count, sizeof(*ours)), stop;

	bare.epoll_fd = epoll_create1(0);
	for (int i = 0; i < leg_count; i++) {
		far_end_open(&legs[i].far);
		far_end_open(&ours[i]);
		memset(&legs[i].to, 0, sizeof(legs[i].to));
		memcpy(&legs[i].to, &ours[i].address, sizeof(ours[i].address));
		(void)!connect(ours[i].fd, (struct sockaddr *)&legs[i].far.address,
			       sizeof(legs[i].far.address));
	}
	far_end_open(&stop);
	bare.stop_fd = stop.fd;
	for (int i = 0; i <= leg_count; i++) {
		int in = i < leg_count ? ours[i].fd : stop.fd;
		int out = i < leg_count ? ours[i ^ 1].fd : 0;
		struct epoll_event event = { .events = EPOLLIN,
					     .data.u64 = (uint64_t)out << 32 | (unsigned)in };

		epoll_ctl(bare.epoll_fd, EPOLL_CTL_ADD, in, &event);
	}
	pthread_create(&bare.pthread, NULL, bare_main, NULL);
	measure("bare loop: receive, send", seconds, bare_cpu, 0, 0);
	(void)!sendto(legs[0].far.fd, "x", 1, 0, (struct sockaddr *)&stop.address,
		      sizeof(stop.address));
	pthread_join(bare.pthread, NULL);
	for (int i = 0; i < leg_count; i++) {
		far_end_close(&legs[i].far);
		far_end_close(&ours[i]);
	}
	far_end_close(&stop);
	close(bare.epoll_fd);
	free(ours);
}

/* Of so many calls. */
static void bench_calls(int calls, int seconds)
{
	leg_count = calls * 2;
	base = (struct bench_floor){ .then_us = 3.7 };
	printf("%d calls, %d packets/s, %d s each; CPU per forwarded packet\n", calls,
	       leg_count * 50, seconds);
	bench_bare(seconds);
	bench_engine("relay, mu-law to mu-law", "ulaw", "ulaw", false, seconds, 5, 2);
	bench_engine("the same, SRTP on both legs", "ulaw", "ulaw", true, seconds, 6.5, 2);
	bench_engine("transcode, mu-law to A-law", "ulaw", "alaw", false, seconds, 0, 2);
	bursts = true;
	bench_engine("relay, all packets in bursts", "ulaw", "ulaw", false, seconds, 5, 0);
	bench_engine("the same, SRTP on both legs", "ulaw", "ulaw", true, seconds, 6.5, 0);
	bursts = false;
}

int main(int argc, char **argv)
{
	int calls = argc > 1 ? atoi(argv[1]) : 0, seconds = argc > 2 ? atoi(argv[2]) : 10;
	struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &files);
	legs = calloc((size_t)RD_MAX(calls, MANY) * 2, sizeof(*legs));
	delays = malloc(DELAYS_MAX * sizeof(*delays));
	if (calls < 0 || seconds < 1 || !legs || !delays)
		return 1;
	rig_start(RD__MEDIA_PER_CORE);
	rd__media_pack(PACK);
	bench_calls(calls ? calls : FEW, seconds);
	if (!calls)
		bench_calls(MANY, seconds);
	rig_stop();
	free(delays);
	free(legs);
	return 0;
}

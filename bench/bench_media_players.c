/* What a listener of a prompt costs every 20 ms: a thousand of them hear one
 * prompt, encoded once; CPU time of the media threads alone. Beside it, in the
 * same run, the bare loop, which does nothing but send, and the same prompt
 * encoded for each listener.
 *
 *	bench_media_players [LISTENERS [SECONDS]]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "bench/bench.h"
#include "core/media/encoding.h"
#include "core/media/place.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "core/sched/sched.h"
#include "tests/unit/media_rig.h"

enum {
	FRAME_MS = 20,
	PACKET = RD__RTP_HEADER + 160,
	PROMPT = 80000, /* samples: 10 s */
	PACK = 400, /* as in the daemon */
	BUFFER = 1 << 20,
	FARS = 50, /* one socket for all would be what everybody waits for */
};

static const double budget_us = 3.2;
static struct bench_floor base = { .then_us = 2.6 };

static struct far_end fars[FARS]; /* each of many listeners */
static struct rd_stream **streams;
static int listeners;

static uint64_t clock_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- hearing ---- */

static uint64_t drain(void)
{
	uint8_t packet[1500];
	uint64_t count = 0;

	for (int i = 0; i < FARS; i++)
		while (recv(fars[i].fd, packet, sizeof(packet), 0) > 0)
			count++;
	return count;
}

static uint64_t hear(int ms)
{
	uint64_t until = clock_us(CLOCK_MONOTONIC) + (uint64_t)ms * 1000, count = 0;

	while (clock_us(CLOCK_MONOTONIC) < until) {
		count += drain();
		rig_run(1);
	}
	return count;
}

static void open_fars(void)
{
	int size = BUFFER;

	for (int i = 0; i < FARS; i++) {
		far_end_open(&fars[i]);
		if (setsockopt(fars[i].fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
			setsockopt(fars[i].fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
}

static void close_fars(void)
{
	for (int i = 0; i < FARS; i++)
		far_end_close(&fars[i]);
}

static void print(const char *what, uint64_t cpu_us, uint64_t packets, int seconds, double budget)
{
	double cost = packets ? (double)cpu_us / (double)packets : 0;

	if (!base.now_us)
		base.now_us = cost; /* the bare loop is the first */
	bench_cost(what, cost, budget, &base);
	printf("  heard %.1f%%\n",
	       100.0 * (double)packets * FRAME_MS / ((double)listeners * seconds * 1000));
}

/* ---- the engine ---- */

static uint64_t engine_cpu(void)
{
	uint64_t used = 0;

	for (int i = 0; i < listeners; i++) {
		const struct rd__thread *thread = streams[i]->thread;
		clockid_t id;
		int first = 0;

		while (streams[first]->thread != thread)
			first++;
		if (first != i)
			continue;
		pthread_getcpuclockid(thread->pthread, &id);
		used += clock_us(id);
	}
	return used;
}

static int prepare(void *sound)
{
	return rd__stream_prepare(streams[0], sound);
}

static struct rd__sound *make_prompt(void)
{
	static int16_t samples[PROMPT];
	struct rd__sound *sound = NULL;

	for (int i = 0; i < PROMPT; i++)
		samples[i] = (int16_t)(8000 * sin(i / 3.0) * sin(i / 900.0));
	if (rd__sound_new(&sound, samples, PROMPT, 8000))
		exit(1);
	return sound;
}

static void bench_engine(const char *what, bool encoded, int seconds, double budget)
{
	struct rd__sound *sound = make_prompt();
	struct rd__play play = { .sounds = &sound, .count = 1, .loop = true };
	uint64_t used, packets;

	open_fars();
	for (int i = 0; i < listeners; i++)
		streams[i] = rig_stream(&fars[i % FARS], "ulaw");
	if (encoded && rd__sched_call(prepare, sound))
		exit(1);
	/* They speak first, so that the sockets are connected, and do not begin all
	 * at once: callers come one by one. */
	for (int i = 0; i < listeners; i++) {
		far_end_send(&fars[i % FARS], streams[i], 0xff);
		if (rd__stream_play(streams[i], &play, NULL))
			exit(1);
		if (i % 10 == 0)
			rig_run(1);
	}
	hear(1000);
	used = engine_cpu();
	packets = hear(seconds * 1000);
	print(what, engine_cpu() - used, packets, seconds, budget);
	for (int i = 0; i < listeners; i++)
		rd_stream_close(streams[i]);
	rig_run(200);
	rd__sound_unref(sound);
	close_fars();
}

/* ---- the bare loop ---- */

struct bare {
	struct far_end *ours;
	uint64_t cpu_us;
	int seconds;
};

/* A twentieth of them each millisecond, as they come in the daemon. */
static void *bare_main(void *arg)
{
	struct bare *bare = arg;
	uint8_t packet[PACKET] = { 0 };
	uint64_t began = clock_us(CLOCK_THREAD_CPUTIME_ID);
	struct timespec next;
	int at = 0;

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (int ms = 0; ms < bare->seconds * 1000; ms++) {
		for (int i = 0; i < listeners / FRAME_MS; i++, at = (at + 1) % listeners)
			(void)!send(bare->ours[at].fd, packet, sizeof(packet), 0);
		next.tv_nsec += 1000000;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	bare->cpu_us = clock_us(CLOCK_THREAD_CPUTIME_ID) - began;
	return NULL;
}

static void bench_bare(int seconds)
{
	struct bare bare = { .ours = calloc((size_t)listeners, sizeof(struct far_end)),
			     .seconds = seconds };
	pthread_t pthread;
	uint64_t packets;

	open_fars();
	for (int i = 0; i < listeners; i++) {
		far_end_open(&bare.ours[i]);
		(void)!connect(bare.ours[i].fd, (struct sockaddr *)&fars[i % FARS].address,
			       sizeof(fars[0].address));
	}
	pthread_create(&pthread, NULL, bare_main, &bare);
	packets = hear(seconds * 1000 + 100);
	pthread_join(pthread, NULL);
	print("bare loop: send", bare.cpu_us, packets, seconds, 0);
	for (int i = 0; i < listeners; i++)
		far_end_close(&bare.ours[i]);
	close_fars();
	free(bare.ours);
}

int main(int argc, char **argv)
{
	int seconds = argc > 2 ? atoi(argv[2]) : 10;
	struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &files);
	listeners = argc > 1 ? atoi(argv[1]) : 1000;
	if (listeners < 1 || seconds < 1)
		return 1;
	streams = calloc((size_t)listeners, sizeof(struct rd_stream *));
	if (!streams)
		return 1;
	printf("%d listeners of one prompt, %d s each; CPU per listener and 20 ms\n", listeners,
	       seconds);
	rig_start(RD__MEDIA_PER_CORE);
	rd__media_pack(PACK);
	bench_bare(seconds);
	bench_engine("prompt, encoded once", true, seconds, budget_us);
	bench_engine("prompt, encoded for each", false, seconds, 0);
	rig_stop();
	free(streams);
	return 0;
}

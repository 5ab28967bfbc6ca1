/* What a participant of a G.711 room costs every 20 ms: rooms of 10, 100 and
 * 1,000, with all talking, with three (of 100 also five) talking while the rest send
 * silence, and with as many talking to listeners who send nothing. CPU time of the media
 * thread alone; in turn with it, as the machine may be slower a minute later, that of a
 * bare loop: receive and send, or send to those who only listen.
 *
 *	bench_media_rooms [SECONDS [SIZE KIND]]		of a turn; one room, KIND: 0 to 4
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "bench/bench.h"
#include "core/media/mixer.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "tests/unit/media_rig.h"

enum {
	FRAME_MS = 20,
	PAYLOAD = 160,
	PACKET = RD__RTP_HEADER + PAYLOAD,
	FARS = 50,
	BUFFER = 1 << 20,
	TONES = 7,
	FRAMES = 100, /* of a tone, before it repeats */
	MAX = 1000,
	TURNS = 2,
	TURN_S = 7, /* of both */
};

static const double talker_us = 5.7, listener_us = 3.2;

/* Who sends what. */
enum kind { ALL_TALK, THREE_TALK, THREE_TALK_REST_MUTE, FIVE_TALK, FIVE_TALK_REST_MUTE, KINDS };

/* Of the bare loop, where the budgets were made: with receiving between 3.4 and 5.0. */
static const double both_us = 4.2, send_us = 2.6;

static struct far_end fars[FARS];
static struct rd_stream *streams[MAX];
static struct sockaddr_storage addresses[MAX];
static int participants;
static uint8_t tones[TONES][FRAMES][PAYLOAD], silence[PAYLOAD];
static atomic_bool stop;

static uint64_t clock_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void make_tones(void)
{
	const struct rd_codec *ulaw = rd_codec_find("ulaw");

	memset(silence, 0xff, sizeof(silence));
	for (int t = 0; t < TONES; t++)
		for (int i = 0; i < FRAMES * PAYLOAD; i++) {
			double turns = (200 + 100 * t) * i / 8000.0;
			int16_t sample = (int16_t)(3000 * sin(2 * M_PI * turns));

			ulaw->encode(NULL, &sample, 1, &tones[t][i / PAYLOAD][i % PAYLOAD], 1);
		}
}

/* ---- the far ends: one thread speaks for all, evenly over each 20 ms ---- */

struct speech {
	enum kind kind;
	int rooms;
};

static int talkers_of(enum kind kind)
{
	return kind < FIVE_TALK ? 3 : 5;
}

static const uint8_t *payload_of(const struct speech *speech, int i, int round)
{
	if (speech->kind == ALL_TALK || i / speech->rooms < talkers_of(speech->kind))
		return tones[i % TONES][round % FRAMES];
	return speech->kind == THREE_TALK || speech->kind == FIVE_TALK ? silence : NULL;
}

static void speak(const struct speech *speech, int i, int round)
{
	const uint8_t *payload = payload_of(speech, i, round);
	uint8_t packet[PACKET];
	struct rd__rtp rtp = { .seq = (uint16_t)round,
			       .ts = (uint32_t)round * PAYLOAD,
			       .ssrc = (uint32_t)i + 1,
			       .payload = packet + RD__RTP_HEADER,
			       .size = PAYLOAD };

	/* Each says once who it is. */
	if (!payload && round == 0)
		payload = silence;
	if (!payload)
		return;
	memcpy(rtp.payload, payload, PAYLOAD);
	rd__rtp_print(&rtp);
	(void)!sendto(fars[i % FARS].fd, packet, sizeof(packet), 0,
		      (struct sockaddr *)&addresses[i], sizeof(struct sockaddr_in));
}

static void *speak_main(void *arg)
{
	const struct speech *speech = arg;
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (int ms = 0; !atomic_load(&stop); ms++) {
		for (int i = ms % FRAME_MS; i < participants; i += FRAME_MS)
			speak(speech, i, ms / FRAME_MS);
		next.tv_nsec += 1000000;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return NULL;
}

static uint64_t hear(int ms)
{
	uint64_t until = clock_us(CLOCK_MONOTONIC) + (uint64_t)ms * 1000, count = 0;
	uint8_t packet[1500];

	while (clock_us(CLOCK_MONOTONIC) < until) {
		for (int i = 0; i < FARS; i++)
			while (recv(fars[i].fd, packet, sizeof(packet), 0) > 0)
				count++;
		rig_run(2);
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

static bool rest_listens(enum kind kind)
{
	return kind == THREE_TALK_REST_MUTE || kind == FIVE_TALK_REST_MUTE;
}

/* Of one, on average. */
static double budget_of(int size, enum kind kind)
{
	int talking = kind == ALL_TALK ? size : talkers_of(kind);

	if (kind != ALL_TALK && !rest_listens(kind))
		return 0; /* silence comes in, too: neither */
	return (talking * talker_us + (size - talking) * listener_us) / size;
}

/* Of all turns. */
struct total {
	double cpu_us, packets, expected; /* packets that the far ends hear */
};

static void add(struct total *total, uint64_t cpu_us, uint64_t packets, int seconds)
{
	total->cpu_us += (double)cpu_us;
	total->packets += (double)packets;
	total->expected += (double)participants * seconds * 1000 / FRAME_MS;
}

/* What was not done cost nothing: a machine that is too busy says nothing. */
static bool is_starved(const struct total *total)
{
	return total->packets < 0.95 * total->expected;
}

/* ---- rooms ---- */

static uint64_t engine_cpu(void)
{
	clockid_t id;

	pthread_getcpuclockid(streams[0]->thread->pthread, &id);
	return clock_us(id);
}

static void run_rooms(int size, int rooms, enum kind kind, int seconds, struct total *total)
{
	struct rd__mixer_options options = { 0 };
	struct speech speech = { kind, rooms };
	struct rd__mixer *mixers[100];
	uint64_t used, packets;
	pthread_t speaker;

	participants = size * rooms;
	open_fars();
	for (int r = 0; r < rooms; r++)
		if (rd__mixer_new(&mixers[r], &options))
			exit(1);
	for (int i = 0; i < participants; i++) {
		streams[i] = rig_stream(&fars[i % FARS], "ulaw");
		rd_stream_local(streams[i], &addresses[i]);
		if (rd__mixer_join(mixers[i % rooms], streams[i], NULL))
			exit(1);
	}
	rig_run(50);
	atomic_store(&stop, false);
	pthread_create(&speaker, NULL, speak_main, &speech);
	hear(1500);
	used = engine_cpu();
	packets = hear(seconds * 1000);
	used = engine_cpu() - used;
	add(total, used, packets, seconds);
	atomic_store(&stop, true);
	pthread_join(speaker, NULL);
	for (int i = 0; i < participants; i++)
		rd_stream_close(streams[i]);
	for (int r = 0; r < rooms; r++)
		rd__mixer_close(mixers[r]);
	rig_run(300);
	close_fars();
}

/* ---- the bare loop ---- */

static struct far_end bares[MAX];
static uint64_t bare_cpu_us;

struct bare {
	bool receives; /* and sends */
	int seconds;
};

/* Every 20 ms: read what each has sent, send it something. */
static void *bare_main(void *arg)
{
	const struct bare *bare = arg;
	uint8_t packet[1500] = { 0 };
	uint64_t began = clock_us(CLOCK_THREAD_CPUTIME_ID);
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	for (int round = 0; round < bare->seconds * 1000 / FRAME_MS; round++) {
		for (int i = 0; i < participants; i++) {
			if (bare->receives)
				(void)!recv(bares[i].fd, packet, sizeof(packet), 0);
			(void)!send(bares[i].fd, packet, PACKET, 0);
		}
		next.tv_nsec += FRAME_MS * 1000000;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	bare_cpu_us = clock_us(CLOCK_THREAD_CPUTIME_ID) - began;
	return NULL;
}

static void run_bare(int size, bool receives, int seconds, struct total *total)
{
	struct speech speech = { receives ? ALL_TALK : THREE_TALK_REST_MUTE, 1 };
	struct bare bare = { receives, seconds };
	pthread_t loop, speaker;
	uint64_t packets;

	participants = size;
	open_fars();
	for (int i = 0; i < participants; i++) {
		far_end_open(&bares[i]);
		(void)!connect(bares[i].fd, (struct sockaddr *)&fars[i % FARS].address,
			       sizeof(fars[0].address));
		memcpy(&addresses[i], &bares[i].address, sizeof(bares[i].address));
	}
	atomic_store(&stop, false);
	pthread_create(&speaker, NULL, speak_main, &speech);
	pthread_create(&loop, NULL, bare_main, &bare);
	packets = hear(seconds * 1000 + 100);
	pthread_join(loop, NULL);
	atomic_store(&stop, true);
	pthread_join(speaker, NULL);
	add(total, bare_cpu_us, packets, seconds);
	for (int i = 0; i < participants; i++)
		far_end_close(&bares[i]);
	close_fars();
}

/* ---- both, in turn ---- */

static void bench_rooms(int size, int rooms, enum kind kind, int seconds)
{
	static const char *const kinds[] = { "all talking", "three talking, the rest silent",
					     "three talking, the rest only listening",
					     "five talking, the rest silent",
					     "five talking, the rest only listening" };
	bool receives = !rest_listens(kind);
	struct bench_floor floor = { .then_us = receives ? both_us : send_us };
	struct total bare = { 0 }, room = { 0 };
	char what[80];

	for (int turn = 0; turn < TURNS; turn++) {
		run_bare(size * rooms, receives, seconds, &bare);
		run_rooms(size, rooms, kind, seconds, &room);
	}
	floor.now_us = bare.cpu_us / bare.expected;
	snprintf(what, sizeof(what), "room of %d, %s", size, kinds[kind]);
	bench_cost(what, room.cpu_us / room.expected, budget_of(size, kind), &floor);
	printf("  bare %.2f us, heard %.1f%%%s\n", floor.now_us,
	       100.0 * room.packets / room.expected,
	       is_starved(&bare) || is_starved(&room) ? ": STARVED" : "");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int seconds = argc > 1 ? atoi(argv[1]) : TURN_S;
	struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &files);
	if (seconds < 1)
		return 1;
	printf("rooms of G.711, %d turns of %d s; CPU per participant and 20 ms\n", TURNS, seconds);
	rig_start(1);
	make_tones();
	if (argc > 3) {
		bench_rooms(RD_MIN(atoi(argv[2]), MAX), 1, atoi(argv[3]) % KINDS, seconds);
		rig_stop();
		return 0;
	}
	bench_rooms(10, 10, ALL_TALK, seconds);
	bench_rooms(100, 1, ALL_TALK, seconds);
	bench_rooms(1000, 1, ALL_TALK, seconds);
	bench_rooms(10, 10, THREE_TALK, seconds);
	bench_rooms(100, 1, THREE_TALK, seconds);
	bench_rooms(1000, 1, THREE_TALK, seconds);
	bench_rooms(10, 10, THREE_TALK_REST_MUTE, seconds);
	bench_rooms(100, 1, THREE_TALK_REST_MUTE, seconds);
	bench_rooms(1000, 1, THREE_TALK_REST_MUTE, seconds);
	bench_rooms(100, 1, FIVE_TALK, seconds);
	bench_rooms(100, 1, FIVE_TALK_REST_MUTE, seconds);
	rig_stop();
	return 0;
}

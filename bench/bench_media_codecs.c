/* What a transcoded call costs, by pair of codecs: both ways together, per 20 ms,
 * sockets included; CPU time of the media threads alone. Beside them, in the same run,
 * the relayed call, so that a slow day is seen: its budget is for 200 calls and more.
 * What Opus need not send of a pause counts as lost.
 *
 *	bench_media_codecs [CALLS [SECONDS [A B]]]	one pair of codecs
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/media/engine.h"
#include "core/media/place.h"
#include "core/media/registry.h"
#include "core/media/stream.h"
#include "core/media/thread.h"
#include "core/media/wire.h"
#include "core/sched/sched.h"
#include "tests/unit/media_rig.h"

enum {
	FRAME_US = 20000,
	PACKETS = 100,
	BYTES_MAX = 1960,
	WARM_MS = 500,
	PACK = 400,
	RELAYED_MIN = 200
};

static const char *const modules[] = { "codec_g722", "codec_g726", "codec_gsm", "codec_opus",
				       "codec_slin" };

/* rate: that the far ends speak at, where they have a choice; most phones take the
 * highest, which is more to decode, whatever becomes of it. 0: the codec's own. */
static const struct pair {
	const char *a, *b;
	int rate;
	double budget_us; /* 0: none */
	bool heavy; /* a hundred calls are too much for one thread: on all of them */
} pairs[] = {
	{ "ulaw", "ulaw", 0, 10, false },  { "ulaw", "alaw", 0, 0, false },
	{ "ulaw", "g722", 0, 32, false },  { "ulaw", "opus", 8000, 85, false },
	{ "ulaw", "opus", 0, 0, false },   { "g722", "opus", 0, 0, true },
	{ "ulaw", "gsm", 0, 0, false },    { "ulaw", "g726", 0, 0, false },
	{ "ulaw", "slin16", 0, 0, false }, { "slin48", "opus", 0, 0, true },
};

/* Two seconds of a codec, spoken again and again. */
struct speech {
	const struct rd_codec *codec;
	int size[PACKETS];
	uint8_t bytes[PACKETS][BYTES_MAX];
};

struct leg {
	struct far_end far;
	struct rd_stream *stream;
	struct sockaddr_storage to;
	const struct speech *speech;
	int at;
};

static struct leg *legs;
static int leg_count;

static uint64_t clock_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- what is said ---- */

/* Vowels that change, and pauses. At the rate that a telephone has: there is nothing
 * above 4 kHz in it. */
static int16_t voice(double t)
{
	double pitch = 2 * M_PI * (130 + 20 * sin(2 * M_PI * 0.7 * t)) * t;
	double loud = RD_MAX(0, sin(2 * M_PI * 1.7 * t)), sum = 0;

	for (int i = 1; i <= 20; i++)
		sum += sin(i * pitch) / (1 + fabs(i - 5 - 3 * sin(2 * M_PI * 0.9 * t)));
	return (int16_t)(6000 * loud * sum / 3);
}

static void speak(struct speech *speech, const struct rd_codec *codec, int rate)
{
	void *encoder = codec->encoder_new ? codec->encoder_new("") : NULL;
	int16_t samples[960];
	int count;

	if (!rate || !codec->set_rate || codec->set_rate(encoder, rate))
		rate = codec->rate;
	count = rate / 50;
	speech->codec = codec;
	for (int i = 0; i < PACKETS; i++) {
		for (int k = 0; k < count; k++)
			samples[k] = voice((double)(i * count + k) / rate);
		speech->size[i] =
			codec->encode(encoder, samples, (size_t)count, speech->bytes[i], BYTES_MAX);
	}
	if (encoder)
		codec->state_free(encoder);
}

/* ---- the load ---- */

static void send_one(struct leg *leg)
{
	uint8_t packet[RD__RTP_HEADER + BYTES_MAX];
	const struct speech *speech = leg->speech;
	struct rd__rtp rtp = { .payload_type = leg->far.payload_type,
			       .seq = leg->far.seq++,
			       .ts = leg->far.ts,
			       .ssrc = leg->far.ssrc,
			       .payload = packet + RD__RTP_HEADER,
			       .size = (size_t)speech->size[leg->at] };

	memcpy(rtp.payload, speech->bytes[leg->at], rtp.size);
	leg->at = (leg->at + 1) % PACKETS;
	leg->far.ts += (uint32_t)rd_codec_clock(speech->codec) / 50;
	rd__rtp_print(&rtp);
	(void)!sendto(leg->far.fd, packet, rtp.size + RD__RTP_HEADER, 0,
		      (struct sockaddr *)&leg->to, sizeof(struct sockaddr_in));
}

static size_t receive_all(int epoll_fd)
{
	struct epoll_event events[256];
	uint8_t packet[2048];
	size_t count = 0;
	int n;

	while ((n = epoll_wait(epoll_fd, events, 256, 0)) > 0)
		for (int i = 0; i < n; i++)
			count += recv(events[i].data.fd, packet, sizeof(packet), 0) > 0;
	return count;
}

/* Each leg's packet has its own moment within the 20 ms. */
static uint64_t run_load(int epoll_fd, uint64_t for_us, size_t *received)
{
	uint64_t begin = clock_us(CLOCK_MONOTONIC), sent = 0, now;

	do {
		now = clock_us(CLOCK_MONOTONIC) - begin;
		for (int burst = 0; burst < 64 && sent * FRAME_US / (uint64_t)leg_count <= now;
		     burst++)
			send_one(&legs[sent++ % (uint64_t)leg_count]);
		*received += receive_all(epoll_fd);
		usleep(100);
	} while (now < for_us);
	return sent;
}

/* ---- the engine ---- */

static uint64_t engine_cpu(void)
{
	struct rd__thread *known[64];
	int count = 0;
	uint64_t used = 0;

	for (int i = 0; i < leg_count; i++) {
		struct rd__thread *thread = legs[i].stream->thread;
		int at = 0;
		clockid_t id;

		while (at < count && known[at] != thread)
			at++;
		if (at < count || count == 64)
			continue;
		known[count++] = thread;
		pthread_getcpuclockid(thread->pthread, &id);
		used += clock_us(id);
	}
	return used;
}

static void open_leg(struct leg *leg, const struct speech *speech)
{
	struct rd_stream_config config = { .direction = RD_SENDRECV,
					   .dtmf_payload = -1,
					   .cn_payload = -1,
					   .symmetric = true,
					   .format_count = 1 };
	int payload = speech->codec->payload;

	memset(leg, 0, sizeof(*leg));
	leg->speech = speech;
	far_end_open(&leg->far);
	leg->stream = rig_stream(&leg->far, "ulaw");
	config.formats[0].codec = speech->codec;
	config.formats[0].payload = (uint8_t)(payload < 0 ? 96 : payload);
	config.formats[0].ptime_ms = 20;
	memcpy(&config.remote, &leg->far.address, sizeof(leg->far.address));
	leg->far.payload_type = config.formats[0].payload;
	rd_stream_configure(leg->stream, &config);
	rd_stream_local(leg->stream, &leg->to);
}

static bool is_relayed(const struct pair *pair)
{
	return strcmp(pair->a, pair->b) == 0;
}

static void report(const struct pair *pair, double cost, double lost)
{
	/* What was not done cost nothing: a machine that is too busy says nothing. */
	bool starved = lost > 0.05;
	const char *verdict = starved ? "" : cost <= pair->budget_us ? "within" : "OVER BUDGET";
	char speaks[16] = "";

	if (pair->rate)
		snprintf(speaks, sizeof(speaks), "(%d kHz)", pair->rate / 1000);
	printf("%-7s to %-7s %-8s %7.1f us a call and 20 ms", pair->a, pair->b, speaks, cost);
	if (pair->budget_us > 0 && (!is_relayed(pair) || leg_count >= 2 * RELAYED_MIN))
		printf("  budget %3.0f %-11s", pair->budget_us, verdict);
	else
		printf("  %22s", "");
	printf("  lost %.2f%%%s\n", 100 * lost, starved ? ": STARVED" : "");
}

static void bench_pair(const struct pair *pair, int seconds)
{
	static struct speech speech[2];
	int epoll_fd = epoll_create1(0);
	size_t received = 0;
	uint64_t used, sent;

	rd__media_pack(pair->heavy ? leg_count / rd__thread_count() : PACK);
	speak(&speech[0], rd_codec_find(pair->a), pair->rate);
	speak(&speech[1], rd_codec_find(pair->b), pair->rate);
	for (int i = 0; i < leg_count; i++) {
		struct epoll_event event = { .events = EPOLLIN };

		open_leg(&legs[i], &speech[i % 2]);
		event.data.fd = legs[i].far.fd;
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, legs[i].far.fd, &event);
	}
	for (int i = 0; i < leg_count; i += 2)
		rd__stream_link(legs[i].stream, legs[i + 1].stream, 0);
	rig_run(200);
	run_load(epoll_fd, WARM_MS * 1000, &received);
	received = 0;
	used = engine_cpu();
	sent = run_load(epoll_fd, (uint64_t)seconds * 1000000, &received);
	used = engine_cpu() - used;
	report(pair, 2 * (double)used / (double)sent, 1 - (double)received / (double)sent);
	for (int i = 0; i < leg_count; i++) {
		rd_stream_close(legs[i].stream);
		far_end_close(&legs[i].far);
	}
	rig_run(200);
	close(epoll_fd);
}

int main(int argc, char **argv)
{
	int calls = argc > 1 ? atoi(argv[1]) : 100, seconds = argc > 2 ? atoi(argv[2]) : 10;
	struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &files);
	leg_count = calls * 2;
	legs = calloc((size_t)leg_count, sizeof(*legs));
	if (calls < 1 || seconds < 1 || !legs)
		return 1;
	rig_start(RD__MEDIA_PER_CORE);
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		for (const struct rd_codec *codec = rig_codec(modules[i]); codec->name; codec++)
			rd__codec_add(codec, modules[i]);
	printf("%d calls, %d s for each pair\n", calls, seconds);
	for (size_t i = 0; i < RD_ARRAY_SIZE(pairs); i++)
		if (argc < 5 || (!strcmp(pairs[i].a, argv[3]) && !strcmp(pairs[i].b, argv[4])))
			bench_pair(&pairs[i], seconds);
	rig_stop();
	for (size_t i = 0; i < RD_ARRAY_SIZE(modules); i++)
		for (const struct rd_codec *codec = rig_codec(modules[i]); codec->name; codec++)
			rd__codec_remove(codec);
	free(legs);
	return 0;
}

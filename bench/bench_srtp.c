/* What it costs to protect and unprotect a packet of G.711, with few and with
 * many streams, so that keys do not stay in the caches. Beside it the libsrtp
 * of this machine, which other exchanges use: Debian 12 builds it with NSS.
 *
 *	bench_srtp [STREAMS...]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef HAVE_LIBSRTP
#include <srtp2/srtp.h>
#endif

#include "core/media/srtp.h"

enum { SIZE = 172,
       PACKETS = 60000,
       CLOCKS = 10000 };

static double clock_cost_us;

static double cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void measure_clock(void)
{
	for (int i = 0; i < CLOCKS; i++) {
		double begin = cpu_us();

		clock_cost_us += (cpu_us() - begin) / CLOCKS;
	}
}

static void make_packet(uint8_t *packet, int seq, int ssrc)
{
	memset(packet, seq, SIZE);
	packet[0] = 0x80;
	packet[2] = (uint8_t)(seq >> 8);
	packet[3] = (uint8_t)seq;
	memcpy(packet + 8, &ssrc, sizeof(ssrc));
}

/* One way of doing it: both return false when a packet was not taken. */
struct way {
	bool (*protect)(int stream, uint8_t *packet);
	bool (*unprotect)(int stream, uint8_t *packet);
};

static void measure(const char *who, const char *suite, int streams, const struct way *way)
{
	double protect = 0, unprotect = 0, count = 0;

	/* The first round fetches what the others find. */
	for (int round = 0; round < PACKETS / streams + 2; round++) {
		for (int i = 0; i < streams; i++) {
			uint8_t packet[SIZE + 64];
			double begin, middle, end;

			make_packet(packet, round, i);
			begin = cpu_us();
			if (!way->protect(i, packet))
				abort();
			middle = cpu_us();
			if (!way->unprotect(i, packet))
				abort();
			end = cpu_us();
			if (round == 0)
				continue;
			protect += middle - begin - clock_cost_us;
			unprotect += end - middle - clock_cost_us;
			count++;
		}
	}
	printf("%-8s %-24s %5d streams  protect %7.2f us  unprotect %7.2f us\n", who, suite,
	       streams, protect / count, unprotect / count);
}

static void *array_of(int streams)
{
	void *array = calloc((size_t)streams, sizeof(void *));

	if (!array)
		abort();
	return array;
}

/* ---- ours ---- */

static struct rd__srtp **our_tx, **our_rx;
static size_t our_size;

static bool our_protect(int stream, uint8_t *packet)
{
	our_size = rd__srtp_protect(our_tx[stream], packet, packet, SIZE);
	return our_size;
}

static bool our_unprotect(int stream, uint8_t *packet)
{
	return rd__srtp_unprotect(our_rx[stream], packet, our_size) == SIZE;
}

static void bench_ours(enum rd_srtp_suite suite, int streams)
{
	static const struct way way = { our_protect, our_unprotect };

	our_tx = array_of(streams);
	our_rx = array_of(streams);
	for (int i = 0; i < streams; i++) {
		struct rd_srtp_key key;

		rd_srtp_key_make(&key, suite);
		if (rd__srtp_new(&our_tx[i], &key, true) || rd__srtp_new(&our_rx[i], &key, false))
			abort();
	}
	measure("ringdown", rd_srtp_name(suite), streams, &way);
	for (int i = 0; i < streams; i++) {
		rd__srtp_free(our_tx[i]);
		rd__srtp_free(our_rx[i]);
	}
	free(our_tx);
	free(our_rx);
}

/* ---- libsrtp ---- */

#ifdef HAVE_LIBSRTP

static srtp_t *their_tx, *their_rx;
static int their_size;

static bool their_protect(int stream, uint8_t *packet)
{
	their_size = SIZE;
	return srtp_protect(their_tx[stream], packet, &their_size) == srtp_err_status_ok;
}

static bool their_unprotect(int stream, uint8_t *packet)
{
	return srtp_unprotect(their_rx[stream], packet, &their_size) == srtp_err_status_ok;
}

static void their_open(srtp_t *session, struct rd_srtp_key *key, bool sending)
{
	srtp_policy_t policy;

	memset(&policy, 0, sizeof(policy));
	srtp_crypto_policy_set_rtp_default(&policy.rtp);
	srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
	policy.key = key->master;
	policy.window_size = RD__SRTP_WINDOW;
	policy.ssrc.type = sending ? ssrc_any_outbound : ssrc_any_inbound;
	if (srtp_create(session, &policy) != srtp_err_status_ok)
		abort();
}

static void bench_theirs(int streams)
{
	static const struct way way = { their_protect, their_unprotect };

	their_tx = array_of(streams);
	their_rx = array_of(streams);
	srtp_init();
	for (int i = 0; i < streams; i++) {
		struct rd_srtp_key key;

		rd_srtp_key_make(&key, RD_SRTP_AES_CM_128_SHA1_80);
		their_open(&their_tx[i], &key, true);
		their_open(&their_rx[i], &key, false);
	}
	measure("libsrtp", rd_srtp_name(RD_SRTP_AES_CM_128_SHA1_80), streams, &way);
	for (int i = 0; i < streams; i++) {
		srtp_dealloc(their_tx[i]);
		srtp_dealloc(their_rx[i]);
	}
	srtp_shutdown();
	free(their_tx);
	free(their_rx);
}

#else

static void bench_theirs(int streams)
{
	(void)streams;
}

#endif

static void bench(int streams)
{
	static const enum rd_srtp_suite suites[] = {
		RD_SRTP_AES_CM_128_SHA1_80,
		RD_SRTP_AES_256_CM_SHA1_80,
		RD_SRTP_AEAD_AES_128_GCM,
		RD_SRTP_AEAD_AES_256_GCM,
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(suites); i++)
		bench_ours(suites[i], streams);
	bench_theirs(streams);
}

int main(int argc, char **argv)
{
	measure_clock();
	if (argc < 2) {
		bench(200);
		bench(2000);
	}
	for (int i = 1; i < argc; i++)
		bench(RD_MAX(atoi(argv[i]), 1));
	return 0;
}

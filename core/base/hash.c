/* SipHash-1-3 (Aumasson and Bernstein) over bytes, optionally lower-cased. */
#include <pthread.h>
#include <string.h>

#include "core/base/hash.h"

struct sip_state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t secret[2];
static pthread_once_t secret_once = PTHREAD_ONCE_INIT;

static void make_secret(void)
{
	rd_random(secret, sizeof(secret));
}

static uint64_t rotl(uint64_t x, unsigned bits)
{
	return (x << bits) | (x >> (64 - bits));
}

/* Inlined, the state stays in registers: half the cost. */
static inline __attribute__((always_inline)) void sip_round(struct sip_state *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 = rotl(s->v2, 32);
}

static inline __attribute__((always_inline)) void sip_word(struct sip_state *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

/* Sets bit 5 of each byte, which makes ASCII capitals small. That other
 * characters fall together too costs a comparison now and then. */
static const uint64_t small_letters = 0x2020202020202020;

static inline uint64_t hash(uint64_t kind, const char *p, size_t n, uint64_t fold)
{
	struct sip_state s;
	uint64_t word;
	size_t i;

	pthread_once(&secret_once, make_secret);
	s = (struct sip_state){
		.v0 = secret[0] ^ kind ^ 0x736f6d6570736575,
		.v1 = secret[1] ^ 0x646f72616e646f6d,
		.v2 = secret[0] ^ kind ^ 0x6c7967656e657261,
		.v3 = secret[1] ^ 0x7465646279746573,
	};
	for (i = 0; i + 8 <= n; i += 8) {
		memcpy(&word, p + i, 8);
		sip_word(&s, word | fold);
	}
	word = 0;
	if (i < n)
		memcpy(&word, p + i, n - i);
	word |= fold & 0x00ffffffffffffff;
	sip_word(&s, word | (uint64_t)n << 56);
	s.v2 ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t rd__hash(const char *p, size_t n, bool nocase)
{
	return hash(0, p, n, nocase ? small_letters : 0);
}

uint64_t rd_hash(uint64_t kind, const void *p, size_t n)
{
	return hash(kind, p, n, 0);
}

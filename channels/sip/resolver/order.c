/* In which order the records of an answer are to be used. */
#include "channels/sip/resolver/private.h"

static void swap(uint8_t *a, uint8_t *b)
{
	uint8_t c = *a;

	*a = *b;
	*b = c;
}

/* Insertion: answers are short, and what is equal keeps its place. */
static void sort(const struct dns_answer *answer, uint8_t order[],
		 uint32_t (*rank)(const struct dns_record *record))
{
	for (unsigned i = 0; i < answer->count; i++) {
		order[i] = (uint8_t)i;
		for (unsigned j = i; j > 0 && rank(&answer->records[order[j]]) <
						      rank(&answer->records[order[j - 1]]);
		     j--)
			swap(&order[j], &order[j - 1]);
	}
}

static uint32_t naptr_rank(const struct dns_record *record)
{
	return (uint32_t)record->naptr.order << 16 | record->naptr.preference;
}

uint32_t dns_rank(enum dns_type type, const struct dns_record *record)
{
	switch (type) {
	case DNS_SRV:
		return record->srv.priority;
	case DNS_NAPTR:
		return naptr_rank(record);
	default:
		return 0;
	}
}

void dns_order_naptr(const struct dns_answer *answer, uint8_t order[DNS_RECORDS_MAX])
{
	sort(answer, order, naptr_rank);
}

/* Those without weight to the front of their priority: only so have they a
 * chance at all (RFC 2782, "Weight"). */
static uint32_t srv_rank(const struct dns_record *record)
{
	return (uint32_t)record->srv.priority << 1 | (record->srv.weight > 0);
}

/* Move to the front of n records one that chance picks by weight. */
static void pick(const struct dns_answer *answer, uint8_t order[], unsigned n,
		 dns_random_fn *random, void *arg)
{
	uint32_t sum = 0, threshold, running = 0;
	unsigned i;

	for (i = 0; i < n; i++)
		sum += answer->records[order[i]].srv.weight;
	threshold = (uint32_t)(((uint64_t)sum + 1) * random(arg) >> 32);
	for (i = 0; i < n - 1; i++) {
		running += answer->records[order[i]].srv.weight;
		if (running >= threshold)
			break;
	}
	for (; i > 0; i--)
		swap(&order[i], &order[i - 1]);
}

void dns_order_srv(const struct dns_answer *answer, dns_random_fn *random, void *arg,
		   uint8_t order[DNS_RECORDS_MAX])
{
	unsigned start = 0, end;

	sort(answer, order, srv_rank);
	while (start < answer->count) {
		uint16_t priority = answer->records[order[start]].srv.priority;

		for (end = start; end < answer->count &&
				  answer->records[order[end]].srv.priority == priority;)
			end++;
		for (; start < end; start++)
			pick(answer, order + start, end - start, random, arg);
	}
}

/* Whom to ring: the members that are ready, in the order of the queue's strategy. */
#include <stdlib.h>

#include "apps/app_queue/caller.h"

struct choice {
	struct queue_member *member;
	uint64_t rank[2]; /* the first counts first */
};

/* The member at `next` is the first, those before it come last. */
static uint64_t round_from(unsigned order, unsigned next)
{
	return order >= next ? order - next : (UINT64_C(1) << 32) + order;
}

static uint64_t random_below(uint64_t limit)
{
	uint64_t n;

	rd_random(&n, sizeof(n));
	return n % limit;
}

static void rank(const struct queue_caller *caller, struct choice *choice)
{
	const struct queue_member *member = choice->member;
	const struct queue *queue = caller->queue;

	choice->rank[0] = (uint64_t)queue_penalty(caller, member);
	switch (queue->settings->strategy) {
	case QUEUE_LINEAR:
		choice->rank[1] = round_from(member->order, caller->linear_next);
		break;
	case QUEUE_RRMEMORY:
	case QUEUE_RRORDERED:
		choice->rank[1] = round_from(member->order, queue->rr_next);
		break;
	case QUEUE_LEASTRECENT:
		choice->rank[1] = member->last_call_ms;
		break;
	case QUEUE_FEWESTCALLS:
		choice->rank[1] = member->calls;
		break;
	case QUEUE_RANDOM:
		choice->rank[1] = random_below(1u << 30);
		break;
	case QUEUE_WRANDOM:
		/* The penalty makes it less likely, not impossible. */
		choice->rank[0] = random_below(1000 * (1 + choice->rank[0]));
		break;
	default:
		break;
	}
}

static int by_rank(const void *a, const void *b)
{
	const struct choice *one = a, *other = b;

	for (int i = 0; i < 2; i++)
		if (one->rank[i] != other->rank[i])
			return one->rank[i] < other->rank[i] ? -1 : 1;
	return (int)one->member->order - (int)other->member->order;
}

static bool is_for(const struct queue_caller *caller, const struct queue_member *member)
{
	return member->ready && queue_penalty_fits(caller, member) &&
	       !queue_member_outweighed(member);
}

static size_t choose(const struct queue_caller *caller, struct choice *choices)
{
	size_t n = 0;

	rd_list_foreach(node, tmp, &caller->queue->members) {
		struct queue_member *member = rd_list_entry(node, struct queue_member, link);

		if (!is_for(caller, member))
			continue;
		choices[n] = (struct choice){ .member = member };
		rank(caller, &choices[n++]);
	}
	qsort(choices, n, sizeof(*choices), by_rank);
	return n;
}

int queue_candidates(const struct queue_caller *caller, struct queue_member ***out, size_t *np)
{
	size_t room = caller->queue->member_count + 1;
	struct choice *choices = rd_zalloc(room * sizeof(*choices));
	struct queue_member **members = rd_zalloc(room * sizeof(struct queue_member *));

	if (!choices || !members) {
		rd_free(choices);
		rd_free(members);
		return -ENOMEM;
	}
	*np = choose(caller, choices);
	for (size_t i = 0; i < *np; i++)
		members[i] = queue_member_ref(choices[i].member);
	rd_free(choices);
	*out = members;
	return 0;
}

void queue_candidates_free(struct queue_member **members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		queue_member_unref(members[i]);
	rd_free(members);
}

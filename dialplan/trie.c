/* The extensions of one context in a trie. A node's edges stand in the order
 * of specificity, so that a walk which tries them in turn meets the matches
 * in the dialplan's documented order: exact digits, then sets of ever more
 * digits, then '.', then '!'. */
#include <string.h>

#include <ringdown/str.h>

#include "dialplan/kept.h"
#include "dialplan/pattern.h"
#include "dialplan/trie.h"

struct edge {
	struct dp_set set;
	struct dp_node *to;
};

struct dp_node {
	/* Exact characters apart from sets: they are most of a large plan. */
	unsigned char exact_count, exact_cap;
	bool patterns; /* a pattern ends here or below */
	bool live;     /* something that can be dialled ends here or below */
	unsigned short set_count, set_cap;
	char *exact;
	struct dp_node **exact_to;
	struct edge *sets;
	struct dp_exten *literal, *pattern, *dot, *bang;
};

const size_t dp_sizes_trie[] = { sizeof(struct dp_node), sizeof(struct edge), 0 };

int dp_trie_init(struct dp_trie *trie, struct rd_pool *pool)
{
	trie->pool = pool;
	trie->root = rd_pool_zalloc(pool, sizeof(*trie->root));
	return trie->root ? 0 : -ENOMEM;
}

/* -- building ------------------------------------------------------------------ */

static struct dp_node *exact_child(const struct dp_node *node, char c)
{
	const char *at = node->exact_count ? memchr(node->exact, c, node->exact_count) : NULL;

	return at ? node->exact_to[at - node->exact] : NULL;
}

static bool grow_exact(struct dp_trie *trie, struct dp_node *node)
{
	unsigned cap = node->exact_cap ? RD_MIN(node->exact_cap * 2u, 255u) : 2;
	char *exact = rd_pool_alloc(trie->pool, cap);
	struct dp_node **to = rd_pool_alloc(trie->pool, cap * sizeof(*to));

	if (!exact || !to)
		return false;
	if (node->exact_count) {
		memcpy(exact, node->exact, node->exact_count);
		memcpy(to, node->exact_to, node->exact_count * sizeof(*to));
	}
	node->exact = exact;
	node->exact_to = to;
	node->exact_cap = (unsigned char)cap;
	return true;
}

static struct dp_node *need_exact(struct dp_trie *trie, struct dp_node *node, char c)
{
	struct dp_node *child = exact_child(node, c);

	if (child)
		return child;
	if (node->exact_count == node->exact_cap && !grow_exact(trie, node))
		return NULL;
	child = rd_pool_zalloc(trie->pool, sizeof(*child));
	if (child) {
		node->exact[node->exact_count] = c;
		node->exact_to[node->exact_count++] = child;
	}
	return child;
}

static bool grow_sets(struct dp_trie *trie, struct dp_node *node)
{
	unsigned cap = node->set_cap ? node->set_cap * 2u : 2;
	struct edge *sets = rd_pool_alloc(trie->pool, cap * sizeof(*sets));

	if (!sets)
		return false;
	if (node->set_count)
		memcpy(sets, node->sets, node->set_count * sizeof(*sets));
	node->sets = sets;
	node->set_cap = (unsigned short)cap;
	return true;
}

static struct dp_node *need_set(struct dp_trie *trie, struct dp_node *node,
				const struct dp_set *set)
{
	struct dp_node *child;
	size_t i = 0;

	while (i < node->set_count && dp_set_compare(&node->sets[i].set, set) < 0)
		i++;
	if (i < node->set_count && dp_set_compare(&node->sets[i].set, set) == 0)
		return node->sets[i].to;
	if (node->set_count == node->set_cap && !grow_sets(trie, node))
		return NULL;
	child = rd_pool_zalloc(trie->pool, sizeof(*child));
	if (!child)
		return NULL;
	memmove(&node->sets[i + 1], &node->sets[i], (node->set_count - i) * sizeof(*node->sets));
	node->sets[i] = (struct edge){ .set = *set, .to = child };
	node->set_count++;
	return child;
}

static struct dp_exten **literal_slot(struct dp_trie *trie, const char *name)
{
	struct dp_node *node = trie->root;

	for (; node && *name; name++)
		if (*name != '-' && *name != ' ')
			node = need_exact(trie, node, *name);
	return node ? &node->literal : NULL;
}

struct dp_exten **dp_trie_slot(struct dp_trie *trie, const char *name, const char **fault)
{
	struct dp_node *node = trie->root;
	struct dp_set set;

	*fault = dp_pattern_fault(name);
	if (*fault)
		return NULL;
	if (*name != '_')
		return literal_slot(trie, name);
	name++;
	while (node) {
		enum dp_place place = dp_pattern_next(&name, &set);
		char single = dp_set_single(&set);

		if (place == DP_PLACE_DOT)
			return &node->dot;
		if (place == DP_PLACE_BANG)
			return &node->bang;
		if (place != DP_PLACE_SET)
			return &node->pattern;
		node = single ? need_exact(trie, node, single) : need_set(trie, node, &set);
	}
	return NULL;
}

static void finish(struct dp_node *node, bool (*live)(const struct dp_exten *exten))
{
	const struct dp_exten *ends[] = { node->literal, node->pattern, node->dot, node->bang };

	node->patterns = node->pattern || node->dot || node->bang;
	for (size_t i = 0; i < RD_ARRAY_SIZE(ends); i++)
		node->live = node->live || (ends[i] && live(ends[i]));
	for (size_t i = 0; i < node->exact_count; i++) {
		finish(node->exact_to[i], live);
		node->patterns = node->patterns || node->exact_to[i]->patterns;
		node->live = node->live || node->exact_to[i]->live;
	}
	for (size_t i = 0; i < node->set_count; i++) {
		finish(node->sets[i].to, live);
		node->patterns = true;
		node->live = node->live || node->sets[i].to->live;
	}
}

void dp_trie_finish(struct dp_trie *trie, bool (*live)(const struct dp_exten *exten))
{
	finish(trie->root, live);
}

/* -- looking up ------------------------------------------------------------------ */

static const char *skip_dashes(const char *number)
{
	while (*number == '-' || *number == ' ')
		number++;
	return number;
}

static struct dp_exten *find_literal(const struct dp_node *node, const char *number)
{
	for (number = skip_dashes(number); node && *number; number = skip_dashes(number + 1))
		node = exact_child(node, *number);
	return node ? node->literal : NULL;
}

static bool match_patterns(const struct dp_node *node, const char *number, dp_trie_visit *visit,
			   void *arg)
{
	const struct dp_node *child;

	number = skip_dashes(number);
	if (*number) {
		child = exact_child(node, *number);
		if (child && child->patterns && match_patterns(child, number + 1, visit, arg))
			return true;
		for (size_t i = 0; i < node->set_count; i++)
			if (dp_set_has(&node->sets[i].set, *number) &&
			    match_patterns(node->sets[i].to, number + 1, visit, arg))
				return true;
		if (node->dot && visit(node->dot, arg))
			return true;
	} else if (node->pattern && visit(node->pattern, arg)) {
		return true;
	}
	return node->bang && visit(node->bang, arg);
}

bool dp_trie_match(const struct dp_trie *trie, const char *number, dp_trie_visit *visit,
		   void *arg)
{
	struct dp_exten *literal = find_literal(trie->root, number);

	if (literal && visit(literal, arg))
		return true;
	return trie->root->patterns && match_patterns(trie->root, number, visit, arg);
}

enum { NO_MORE = -1, UNDECIDED, MORE };

static bool live_below(const struct dp_node *node)
{
	for (size_t i = 0; i < node->exact_count; i++)
		if (node->exact_to[i]->live)
			return true;
	for (size_t i = 0; i < node->set_count; i++)
		if (node->sets[i].to->live)
			return true;
	return false;
}

/* What ends in '!' wants no further digit, and says so for all after it. */
static int more_from(const struct dp_node *node, const char *number)
{
	const struct dp_node *child;
	int decided = UNDECIDED;

	number = skip_dashes(number);
	if (*number) {
		child = exact_child(node, *number);
		if (child && child->live)
			decided = more_from(child, number + 1);
		for (size_t i = 0; decided == UNDECIDED && i < node->set_count; i++)
			if (dp_set_has(&node->sets[i].set, *number) && node->sets[i].to->live)
				decided = more_from(node->sets[i].to, number + 1);
	} else if (live_below(node)) {
		decided = MORE;
	}
	if (decided == UNDECIDED && node->dot)
		decided = MORE;
	if (decided == UNDECIDED && node->bang)
		decided = NO_MORE;
	return decided;
}

bool dp_trie_more(const struct dp_trie *trie, const char *number)
{
	return trie->root->live && more_from(trie->root, number) == MORE;
}

/* The extensions of one context, literal ones and patterns, in a trie: finds
 * all that match a number, the most specific first, in time that depends on
 * the length of the number and not on how many extensions there are. */
#ifndef DIALPLAN_TRIE_H
#define DIALPLAN_TRIE_H

#include <ringdown/pool.h>

struct dp_exten;
struct dp_node;

struct dp_trie {
	struct rd_pool *pool;
	struct dp_node *root;
};

int dp_trie_init(struct dp_trie *trie, struct rd_pool *pool);

/**
 * The slot for an extension of this name, "100" or "_9XXX.": what the caller
 * stores there is what is found. NULL without memory, or when the pattern
 * cannot be read, with why in *fault.
 */
struct dp_exten **dp_trie_slot(struct dp_trie *trie, const char *name, const char **fault);

/* Once, after the last slot was filled. live: does an extension count for
 * "more digits could match"? */
void dp_trie_finish(struct dp_trie *trie, bool (*live)(const struct dp_exten *exten));

/* Show each match, the most specific first, until visit returns true; then
 * true. A literal one comes before all patterns. */
typedef bool dp_trie_visit(struct dp_exten *exten, void *arg);
bool dp_trie_match(const struct dp_trie *trie, const char *number, dp_trie_visit *visit,
		   void *arg);

/* Could more digits after these match something? */
bool dp_trie_more(const struct dp_trie *trie, const char *number);

#endif

/* Ringdown SDK: an intrusive circular doubly linked list. The node lives in
 * the object; an unlinked node points at itself. Nothing is allocated. */
#ifndef RINGDOWN_LIST_H
#define RINGDOWN_LIST_H

#include <ringdown/base.h>

struct rd_list {
	struct rd_list *next, *prev;
};

#define RD_LIST_INIT(name) { &(name), &(name) }

/* The object that holds NODE as MEMBER. */
#define rd_list_entry(node, type, member) RD_CONTAINER_OF(node, type, member)

/* The body may unlink and free the current object, no other. */
#define rd_list_foreach(it, tmp, head)                                      \
	for (struct rd_list *it = (head)->next, *tmp = it->next;            \
	     it != (head); it = tmp, tmp = it->next)

/* An empty list, or a node that is in none. */
static inline void rd_list_init(struct rd_list *node)
{
	node->next = node->prev = node;
}

/* Is nothing in it? */
static inline bool rd_list_empty(const struct rd_list *head)
{
	return head->next == head;
}

/* Is this node in a list? (It must have been initialised.) */
static inline bool rd_list_linked(const struct rd_list *node)
{
	return node->next != node;
}

/* The node must be in no list, here and below: one that is corrupts that. */
static inline void rd_list_insert_after(struct rd_list *at, struct rd_list *node)
{
	node->prev = at;
	node->next = at->next;
	at->next->prev = node;
	at->next = node;
}

/* At the end. */
static inline void rd_list_push(struct rd_list *head, struct rd_list *node)
{
	rd_list_insert_after(head->prev, node);
}

/* At the beginning. */
static inline void rd_list_push_front(struct rd_list *head, struct rd_list *node)
{
	rd_list_insert_after(head, node);
}

/* Unlink; harmless when not linked. */
static inline void rd_list_remove(struct rd_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	rd_list_init(node);
}

/* All nodes of from become those of to, which was empty; none of them is looked at
 * but the first and the last. */
static inline void rd_list_take(struct rd_list *to, struct rd_list *from)
{
	if (rd_list_empty(from))
		return;
	*to = *from;
	to->next->prev = to->prev->next = to;
	rd_list_init(from);
}

/* Unlink and return the first node, NULL when the list is empty. */
static inline struct rd_list *rd_list_pop(struct rd_list *head)
{
	struct rd_list *node = head->next;

	if (node == head)
		return NULL;
	rd_list_remove(node);
	return node;
}

#endif

/* QUEUE_MEMBER() and its kin: what the dialplan may ask about queues. */
#include <string.h>

#include "apps/app_queue/queue.h"

static struct queue *named(const char *args, struct rd_str *rest)
{
	char name[QUEUE_NAME_MAX];
	struct rd_str first;

	*rest = rd_str_of(args);
	rd_str_cut(rest, ',', &first);
	return rd_strcpyn(name, sizeof(name), rd_str_trim(first)) ? queue_find(name) : NULL;
}

static bool is_logged(const struct queue_member *member)
{
	return !(queue_member_absent(member) & (QUEUE_ABSENT_UNAVAILABLE | QUEUE_ABSENT_INVALID));
}

static bool is_free(const struct queue_member *member)
{
	return is_logged(member) &&
	       !(queue_member_absent(member) &
		 (QUEUE_ABSENT_PAUSED | QUEUE_ABSENT_INUSE | QUEUE_ABSENT_RINGING));
}

static bool is_free_and_rested(const struct queue_member *member)
{
	return is_free(member) && !(queue_member_absent(member) & QUEUE_ABSENT_WRAPUP);
}

static bool is_any(const struct queue_member *member)
{
	(void)member;
	return true;
}

static const struct {
	const char *word;
	bool (*counts)(const struct queue_member *member);
} kinds[] = {
	{ "count", is_any },
	{ "logged", is_logged },
	{ "free", is_free },
	{ "ready", is_free_and_rested },
};

static int count(const struct queue *queue, struct rd_str kind, struct rd_buf *out)
{
	unsigned n = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(kinds); i++) {
		if (!rd_str_ieq(kind, rd_str_of(kinds[i].word)))
			continue;
		rd_list_foreach(node, tmp, &queue->members)
			n += kinds[i].counts(rd_list_entry(node, struct queue_member, link));
		rd_buf_printf(out, "%u", n);
		return 0;
	}
	return -EINVAL;
}

/* "queue,what[,interface]" */
static struct queue_member *member_of(const struct queue *queue, struct rd_str interface)
{
	char name[QUEUE_DEVICE_MAX];

	return rd_strcpyn(name, sizeof(name), rd_str_trim(interface))
		       ? queue_member_find(queue, name)
		       : NULL;
}

static int member_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str rest, what;
	const struct queue *queue = named(args, &rest);
	const struct queue_member *member;

	(void)ch;
	if (!queue)
		return -ENOENT;
	rd_str_cut(&rest, ',', &what);
	what = rd_str_trim(what);
	if (!rest.n)
		return count(queue, what.n ? what : RD_STR("count"), out);
	member = member_of(queue, rest);
	if (!member)
		return -ENOENT;
	if (rd_str_ieq(what, RD_STR("penalty")))
		rd_buf_printf(out, "%d", member->penalty);
	else if (rd_str_ieq(what, RD_STR("paused")))
		rd_buf_printf(out, "%d", member->paused);
	else
		return -EINVAL;
	return 0;
}

static int member_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct rd_str rest, what;
	const struct queue *queue = named(args, &rest);
	struct queue_member *member;
	uint64_t n;

	(void)ch;
	rd_str_cut(&rest, ',', &what);
	member = queue ? member_of(queue, rest) : NULL;
	if (!member)
		return -ENOENT;
	what = rd_str_trim(what);
	if (rd_str_to_u64(rd_str_of(value), 1000000, &n))
		return -EINVAL;
	if (rd_str_ieq(what, RD_STR("paused"))) {
		queue_member_pause(member, n > 0, "");
		return 0;
	}
	if (!rd_str_ieq(what, RD_STR("penalty")))
		return -EINVAL;
	member->penalty = (int)n;
	if (member->dynamic)
		queue_keep(queue);
	return 0;
}

static int count_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str rest;
	const struct queue *queue = named(args, &rest);

	(void)ch;
	return queue ? count(queue, RD_STR("logged"), out) : -ENOENT;
}

static int list_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str rest;
	const struct queue *queue = named(args, &rest);
	const char *comma = "";

	(void)ch;
	if (!queue)
		return -ENOENT;
	rd_list_foreach(node, tmp, &queue->members) {
		rd_buf_printf(out, "%s%s", comma,
			      rd_list_entry(node, struct queue_member, link)->interface);
		comma = ",";
	}
	return 0;
}

static int waiting_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str rest;
	const struct queue *queue = named(args, &rest);

	(void)ch;
	rd_buf_printf(out, "%u", queue ? queue->waiting : 0);
	return 0;
}

static int exists_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str rest;

	(void)ch;
	rd_buf_addc(out, named(args, &rest) ? '1' : '0');
	return 0;
}

const struct rd_function queue_functions[] = {
	{ .name = "QUEUE_MEMBER",
	  .read = member_read,
	  .write = member_write,
	  .synopsis = "Count the members of a queue, or ask about one, or change one",
	  .syntax = "QUEUE_MEMBER(queue,count|logged|free|ready) or "
		    "QUEUE_MEMBER(queue,penalty|paused,interface)" },
	{ .name = "QUEUE_MEMBER_COUNT",
	  .read = count_read,
	  .synopsis = "How many members of a queue are there",
	  .syntax = "QUEUE_MEMBER_COUNT(queue)" },
	{ .name = "QUEUE_MEMBER_LIST",
	  .read = list_read,
	  .synopsis = "The interfaces of a queue's members, with commas",
	  .syntax = "QUEUE_MEMBER_LIST(queue)" },
	{ .name = "QUEUE_WAITING_COUNT",
	  .read = waiting_read,
	  .synopsis = "How many callers wait in a queue",
	  .syntax = "QUEUE_WAITING_COUNT(queue)" },
	{ .name = "QUEUE_EXISTS",
	  .read = exists_read,
	  .synopsis = "Is there such a queue: 1 or 0",
	  .syntax = "QUEUE_EXISTS(queue)" },
	{ 0 },
};

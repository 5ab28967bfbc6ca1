/* QUEUE_MEMBER() and its kin: what the dialplan may ask about queues. */
#include <stdio.h>
#include <string.h>

#include "apps/app_queue/caller.h"

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

/* -1: there is none. */
static int kind_of(struct rd_str word)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(kinds); i++)
		if (rd_str_ieq(word, rd_str_of(kinds[i].word)))
			return (int)i;
	return -1;
}

static int count(const struct queue *queue, struct rd_str word, struct rd_buf *out)
{
	int kind = kind_of(word);
	unsigned n = 0;

	if (kind < 0)
		return -EINVAL;
	rd_list_foreach(node, tmp, &queue->members)
		n += kinds[kind].counts(rd_list_entry(node, struct queue_member, link));
	rd_buf_printf(out, "%u", n);
	return 0;
}

/* -- QUEUE_MEMBER(queue,what[,interface]) -------------------------------------------------- */

static struct queue_member *member_of(const struct queue *queue, struct rd_str interface)
{
	char name[QUEUE_DEVICE_MAX];

	return rd_strcpyn(name, sizeof(name), rd_str_trim(interface))
		       ? queue_member_find(queue, name)
		       : NULL;
}

enum property { PENALTY, PAUSED, RINGINUSE, PROPERTIES };

static enum property property_of(struct rd_str what)
{
	static const char *const names[PROPERTIES] = {
		[PENALTY] = "penalty", [PAUSED] = "paused", [RINGINUSE] = "ringinuse"
	};
	int i = 0;

	while (i < PROPERTIES && !rd_str_ieq(what, rd_str_of(names[i])))
		i++;
	return (enum property)i;
}

static int ask_member(const struct queue_member *member, struct rd_str what, struct rd_buf *out)
{
	switch (property_of(what)) {
	case PENALTY:
		rd_buf_printf(out, "%d", member->penalty);
		return 0;
	case PAUSED:
		rd_buf_printf(out, "%d", member->paused);
		return 0;
	case RINGINUSE:
		rd_buf_printf(out, "%d", queue_member_rings_in_use(member));
		return 0;
	default:
		return -EINVAL;
	}
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
	return member ? ask_member(member, what, out) : -ENOENT;
}

static int change_member(struct queue_member *member, struct rd_str what, int n)
{
	const char *queue = member->queue->settings->name;

	switch (property_of(what)) {
	case PAUSED:
		queue_member_pause(member, n > 0, "");
		return 0;
	case PENALTY:
		queue_set_penalty(queue, member->interface, n);
		return 0;
	case RINGINUSE:
		member->ringinuse = n > 0;
		queue_member_update(member);
		queue_keep(member->queue);
		return 0;
	default:
		return -EINVAL;
	}
}

static int write_member(const struct queue *queue, struct rd_str interface, struct rd_str what,
			const char *value)
{
	struct queue_member *member = queue ? member_of(queue, interface) : NULL;
	uint64_t n;

	if (!member)
		return -ENOENT;
	if (rd_str_to_u64(rd_str_of(value), QUEUE_NUMBER_MAX, &n))
		return -EINVAL;
	return change_member(member, what, (int)n);
}

static int member_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct rd_str rest, what;
	const struct queue *queue = named(args, &rest);

	(void)ch;
	rd_str_cut(&rest, ',', &what);
	return write_member(queue, rest, rd_str_trim(what), value);
}

/* Of those that want a queue and take what follows as it is. */
static const char *queue_check(const char *args, char *buf, size_t size)
{
	return queue_fault((struct rd_str){ args, strcspn(args, ",") }, buf, size);
}

static const char *member_check(const char *args, char *buf, size_t size)
{
	struct rd_str rest = rd_str_of(args), queue, what;
	const char *wrong;
	bool known;

	rd_str_cut(&rest, ',', &queue);
	wrong = queue_fault(queue, buf, size);
	if (wrong)
		return wrong;
	rd_str_cut(&rest, ',', &what);
	what = rd_str_trim(what);
	known = rest.n ? property_of(what) < PROPERTIES : !what.n || kind_of(what) >= 0;
	if (known)
		return NULL;
	if (!rest.n && property_of(what) < PROPERTIES)
		return "of which member? The interface is missing";
	snprintf(buf, size, "there is no \"%.*s\" of %s", RD_STR_ARG(what),
		 rest.n ? "a member" : "a queue");
	return buf;
}

/* -- QUEUE_MEMBER_PENALTY(queue,interface) --------------------------------------------------- */

static int penalty_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str rest;
	const struct queue *queue = named(args, &rest);
	const struct queue_member *member = queue ? member_of(queue, rest) : NULL;

	(void)ch;
	if (!member)
		return -ENOENT;
	rd_buf_printf(out, "%d", member->penalty);
	return 0;
}

static int penalty_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct rd_str rest;
	const struct queue *queue = named(args, &rest);

	(void)ch;
	return write_member(queue, rest, RD_STR("penalty"), value);
}

static const char *penalty_check(const char *args, char *buf, size_t size)
{
	struct rd_str rest = rd_str_of(args), queue;

	rd_str_cut(&rest, ',', &queue);
	return rd_str_trim(rest).n ? queue_fault(queue, buf, size)
				   : "of which member? The interface is missing";
}

/* -- QUEUE_VARIABLES(queue) ------------------------------------------------------------------ */

void queue_set_variables(struct rd_channel *ch, const struct queue *queue)
{
	const struct queue_settings *settings = queue->settings;
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {
		{ "QUEUEMAX", settings->maxlen },
		{ "QUEUECALLS", queue->waiting },
		{ "QUEUEHOLDTIME", queue->hold_s },
		{ "QUEUETALKTIME", queue->talk_s },
		{ "QUEUECOMPLETED", queue->completed },
		{ "QUEUEABANDONED", queue->abandoned },
		{ "QUEUESRVLEVEL", settings->servicelevel_ms / 1000 },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(numbers); i++)
		rd_var_number(ch, numbers[i].name, numbers[i].value);
	rd_var_printf(ch, "QUEUESRVLEVELPERF", "%.1f", queue_in_time_percent(queue));
	rd_var_set(ch, "QUEUESTRATEGY", queue_strategy_names[settings->strategy]);
}

static int variables_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str rest;
	const struct queue *queue = named(args, &rest);

	if (queue && ch)
		queue_set_variables(ch, queue);
	rd_buf_adds(out, queue ? "0" : "-1");
	return 0;
}

/* -- who waits ------------------------------------------------------------------------------- */

static int channel_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str rest;
	const struct queue *queue = named(args, &rest);
	uint64_t at = 1;

	(void)ch;
	if (!queue || (rest.n && rd_str_to_u64(rd_str_trim(rest), UINT32_MAX, &at)))
		return -EINVAL;
	rd_list_foreach(node, tmp, &queue->callers)
		if (--at == 0)
			rd_buf_adds(out,
				    rd_channel_name(
					    rd_list_entry(node, struct queue_caller, link)->ch));
	return 0;
}

static const char *channel_check(const char *args, char *buf, size_t size)
{
	struct rd_str rest = rd_str_of(args), queue;
	uint64_t at;

	rd_str_cut(&rest, ',', &queue);
	if (rest.n && rd_str_to_u64(rd_str_trim(rest), UINT32_MAX, &at))
		return "a position is a number";
	return queue_fault(queue, buf, size);
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
	  .check = member_check,
	  .synopsis = "Count the members of a queue, or ask about one, or change one",
	  .syntax = "QUEUE_MEMBER(queue,count|logged|free|ready) or "
		    "QUEUE_MEMBER(queue,penalty|paused|ringinuse,interface)" },
	{ .name = "QUEUE_MEMBER_PENALTY",
	  .read = penalty_read,
	  .write = penalty_write,
	  .check = penalty_check,
	  .synopsis = "The penalty of a member",
	  .syntax = "QUEUE_MEMBER_PENALTY(queue,interface)" },
	{ .name = "QUEUE_VARIABLES",
	  .read = variables_read,
	  .synopsis = "Set variables about a queue: 0, or -1 where there is none",
	  .syntax = "QUEUE_VARIABLES(queue)",
	  .description = "QUEUEMAX, QUEUESTRATEGY, QUEUECALLS, QUEUEHOLDTIME, QUEUETALKTIME, "
			 "QUEUECOMPLETED, QUEUEABANDONED, QUEUESRVLEVEL, QUEUESRVLEVELPERF." },
	{ .name = "QUEUE_GET_CHANNEL",
	  .read = channel_read,
	  .check = channel_check,
	  .synopsis = "Who waits at a position of a queue",
	  .syntax = "QUEUE_GET_CHANNEL(queue[,position])" },
	{ .name = "QUEUE_MEMBER_COUNT",
	  .read = count_read,
	  .check = queue_check,
	  .synopsis = "How many members of a queue are there",
	  .syntax = "QUEUE_MEMBER_COUNT(queue)" },
	{ .name = "QUEUE_MEMBER_LIST",
	  .read = list_read,
	  .check = queue_check,
	  .synopsis = "The interfaces of a queue's members, with commas",
	  .syntax = "QUEUE_MEMBER_LIST(queue)" },
	{ .name = "QUEUE_WAITING_COUNT",
	  .read = waiting_read,
	  .check = queue_check,
	  .synopsis = "How many callers wait in a queue",
	  .syntax = "QUEUE_WAITING_COUNT(queue)" },
	{ .name = "QUEUE_EXISTS",
	  .read = exists_read,
	  .synopsis = "Is there such a queue: 1 or 0",
	  .syntax = "QUEUE_EXISTS(queue)" },
	{ 0 },
};

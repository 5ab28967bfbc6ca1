/* FORWARD(), DND(), CALLWAITING(), SCREENING(), HOTDESK(), BLOCK() and BLOCKED(). Who is left
 * out is who calls: the owner of his phone, or who has logged in there. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/channel.h>
#include <ringdown/log.h>

#include "modules/func.h"
#include "modules/reach/reach.h"

static int own_name(const struct rd_channel *ch, char name[REACH_NAME_MAX])
{
	const struct reach_person *guest = ch ? reach_guest_of(rd_channel_device(ch)) : NULL;

	if (guest)
		return rd_strcpy(name, REACH_NAME_MAX, guest->name) ? 0 : -ENAMETOOLONG;
	return ch && reach_name_of(rd_channel_device(ch), name) ? 0 : -EINVAL;
}

static int who_of(const struct rd_channel *ch, const char *given, char name[REACH_NAME_MAX])
{
	if (*given)
		return rd_strcpy(name, REACH_NAME_MAX, given) ? 0 : -ENAMETOOLONG;
	return own_name(ch, name);
}

/* ---- of one item ---- */

static int item_read(struct rd_channel *ch, const char *given, enum reach_item item,
		     struct rd_buf *out)
{
	char name[REACH_NAME_MAX];
	int rc = who_of(ch, given, name);

	if (!rc)
		rd_buf_adds(out, reach_get(reach_person_find(name), item));
	return rc;
}

static int item_write(struct rd_channel *ch, const char *given, enum reach_item item,
		      const char *value)
{
	char name[REACH_NAME_MAX];
	int rc = who_of(ch, given, name);

	return rc ? rc : reach_set(name, item, value);
}

#define ITEM_FUNCTION(fn, item)                                                                    \
	static int fn##_read(struct rd_channel *ch, const char *args, struct rd_buf *out)          \
	{                                                                                          \
		return item_read(ch, args, item, out);                                             \
	}                                                                                          \
	static int fn##_write(struct rd_channel *ch, const char *args, const char *value)          \
	{                                                                                          \
		return item_write(ch, args, item, value);                                          \
	}

ITEM_FUNCTION(dnd, REACH_DND)
ITEM_FUNCTION(waiting, REACH_CALL_WAITING)
ITEM_FUNCTION(screening, REACH_SCREENING)
ITEM_FUNCTION(hotdesk, REACH_HOTDESK)

/* ---- FORWARD(who,when) ---- */

/* -EINVAL with what is wrong in fault. */
static int forward_item(const char *when, char *fault, size_t size)
{
	static const struct {
		const char *when;
		enum reach_item item;
	} rows[] = {
		{ "always", REACH_FORWARD_ALWAYS },
		{ "busy", REACH_FORWARD_BUSY },
		{ "noanswer", REACH_FORWARD_NO_ANSWER },
		{ "unreachable", REACH_FORWARD_UNREACHABLE },
		{ "time", REACH_FORWARD_TIME },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(rows); i++)
		if (strcasecmp(when, rows[i].when) == 0)
			return (int)rows[i].item;
	snprintf(fault, size, "\"%s\": expected always, busy, noanswer, unreachable or time", when);
	return -EINVAL;
}

static int read_forward_item(const char *when)
{
	char fault[128];
	int item = forward_item(when, fault, sizeof(fault));

	if (item < 0)
		rd_warning("FORWARD(): %s", fault);
	return item;
}

static const char *check_forward(struct rd_pool *pool, const char *const *argv, char *buf,
				 size_t size)
{
	(void)pool;
	return forward_item(argv[1], buf, size) < 0 ? buf : NULL;
}

static const char *forward_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_forward, buf, size);
}

static int forward_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	int rc = func_args_read(&a, args, 2), item = rc;

	if (!rc)
		item = read_forward_item(a.argv[1]);
	if (item >= 0)
		rc = item_read(ch, a.argv[0], (enum reach_item)item, out);
	func_args_free(&a);
	return item < 0 ? item : rc;
}

static int forward_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct func_args a;
	int rc = func_args_read(&a, args, 2), item = rc;

	if (!rc)
		item = read_forward_item(a.argv[1]);
	if (item >= 0)
		rc = item_write(ch, a.argv[0], (enum reach_item)item, value);
	func_args_free(&a);
	return item < 0 ? item : rc;
}

/* ---- BLOCK(who,number), BLOCKED(who) ---- */

static int block_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	char name[REACH_NAME_MAX];
	const struct reach_person *person;
	struct func_args a;
	int rc = func_args_read(&a, args, 2);

	if (!rc)
		rc = who_of(ch, a.argv[0], name);
	if (!rc) {
		person = reach_person_find(name);
		rd_buf_addc(out, person && person->blocked && rd_map_get(person->blocked, a.argv[1])
					 ? '1'
					 : '0');
	}
	func_args_free(&a);
	return rc;
}

static int block_write(struct rd_channel *ch, const char *args, const char *value)
{
	char name[REACH_NAME_MAX];
	struct func_args a;
	int rc = func_args_read(&a, args, 2);

	if (!rc)
		rc = who_of(ch, a.argv[0], name);
	if (!rc)
		rc = reach_block(name, a.argv[1],
				 rd_app_true(rd_str_of(value)) && strcasecmp(value, "no") != 0);
	func_args_free(&a);
	return rc;
}

static int blocked_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	if (!ch || !*args)
		return -EINVAL;
	rd_buf_addc(out, reach_blocks(reach_person_find(args), ch) ? '1' : '0');
	return 0;
}

const struct rd_function reach_functions[] = {
	{ .name = "FORWARD",
	  .read = forward_read,
	  .write = forward_write,
	  .check = forward_check,
	  .synopsis = "Where calls to somebody go instead",
	  .syntax = "FORWARD([who],always|busy|noanswer|unreachable|time)",
	  .description = "A number, or TECHNOLOGY/RESOURCE; empty: they are not forwarded. time: "
			 "how many seconds it rings before noanswer; empty: as long as Dial() "
			 "lets it ring. Who is the number of a phone; left out: of this one." },
	{ .name = "DND",
	  .read = dnd_read,
	  .write = dnd_write,
	  .synopsis = "1 when somebody does not want to be disturbed: he is busy for all",
	  .syntax = "DND([who])" },
	{ .name = "CALLWAITING",
	  .read = waiting_read,
	  .write = waiting_write,
	  .synopsis = "0 when somebody who is in a call is busy for a second one",
	  .syntax = "CALLWAITING([who])" },
	{ .name = "SCREENING",
	  .read = screening_read,
	  .write = screening_write,
	  .synopsis = "1 when somebody wants to be asked before he is connected",
	  .syntax = "SCREENING([who])",
	  .description = "For the dialplan, which asks with option U of Dial()." },
	{ .name = "HOTDESK",
	  .read = hotdesk_read,
	  .write = hotdesk_write,
	  .synopsis = "The phone where somebody has logged in: it rings instead of his",
	  .syntax = "HOTDESK([who])",
	  .description = "TECHNOLOGY/RESOURCE; empty: his own phone rings. Calls from there "
			 "show him as the caller." },
	{ .name = "BLOCK",
	  .read = block_read,
	  .write = block_write,
	  .synopsis = "1 when somebody wants no calls of a number",
	  .syntax = "BLOCK([who],number)",
	  .description = "A number, a pattern (_0900.), or anonymous." },
	{ .name = "BLOCKED",
	  .read = blocked_read,
	  .synopsis = "1 when somebody wants no call of this caller",
	  .syntax = "BLOCKED(who)" },
	{ 0 },
};

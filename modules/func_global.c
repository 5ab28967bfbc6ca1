/* GLOBAL() and SHARED(): variables beyond one channel. */
#include <string.h>

#include <ringdown/module.h>

#include "modules/func.h"

static int global_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const char *value = rd_var_get(NULL, args);

	(void)ch;
	if (value)
		rd_buf_adds(out, value);
	return 0;
}

static int global_write(struct rd_channel *ch, const char *args, const char *value)
{
	(void)ch;
	return rd_var_set(NULL, args, value);
}

/* Shared variables lie among a channel's own, under a name that no dialplan
 * can write. */
#define SHARED_PREFIX "\001shared/"

struct shared {
	struct func_args args;
	struct rd_channel *ch; /* whose; a reference */
	const char *name;
};

static int shared_open(struct shared *s, struct rd_channel *ch, const char *args)
{
	int rc = func_args_read(&s->args, args, 2);

	if (rc == 0 && !*s->args.argv[0]) {
		func_args_free(&s->args);
		rc = -EINVAL;
	}
	if (rc)
		return rc;
	s->name = rd_pool_printf(s->args.pool, SHARED_PREFIX "%s", s->args.argv[0]);
	if (*s->args.argv[1])
		s->ch = rd_channel_find(s->args.argv[1]);
	else
		s->ch = ch ? rd_channel_ref(ch) : NULL;
	if (s->name && s->ch)
		return 0;
	rc = s->name ? -ENOENT : -ENOMEM;
	if (s->ch)
		rd_channel_unref(s->ch);
	func_args_free(&s->args);
	return rc;
}

static void shared_close(struct shared *s)
{
	rd_channel_unref(s->ch);
	func_args_free(&s->args);
}

static int shared_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct shared s;
	const char *value;
	int rc = shared_open(&s, ch, args);

	if (rc)
		return rc == -ENOENT ? 0 : rc;
	value = rd_var_get(s.ch, s.name);
	if (value)
		rd_buf_adds(out, value);
	shared_close(&s);
	return 0;
}

static int shared_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct shared s;
	int rc = shared_open(&s, ch, args);

	if (rc)
		return rc;
	rc = rd_var_set(s.ch, s.name, value);
	shared_close(&s);
	return rc;
}

static const struct rd_function functions[] = {
	{ .name = "GLOBAL",
	  .read = global_read,
	  .write = global_write,
	  .synopsis = "A variable that all calls share",
	  .syntax = "GLOBAL(name)" },
	{ .name = "SHARED",
	  .read = shared_read,
	  .write = shared_write,
	  .synopsis = "A variable of a channel that others may read and set",
	  .syntax = "SHARED(name[,channel])" },
	{ 0 }
};

RD_MODULE(.name = "func_global", .synopsis = "Shared variables", .functions = functions);

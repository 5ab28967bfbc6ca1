/* Ringdown SDK: dialplan applications, and the reading of their arguments. */
#ifndef RINGDOWN_APP_H
#define RINGDOWN_APP_H

#include <ringdown/base.h>
#include <ringdown/str.h>

struct rd_channel;
struct rd_pool;

/**
 * @run   args: already expanded, never NULL. Runs in the channel's fiber.
 *        0: on to the next priority. RD_APP_JUMP: the application has set
 *        where to go on (rd_channel_set_place). RD_APP_INCOMPLETE: the extension
 *        wants more digits. A key ('0'..'9', '*', '#', 'A'..'D'), as
 *        Background and WaitExten give it: the caller has begun to dial, the
 *        interpreter collects the rest and goes there. Negative: the call
 *        ends (by the e extension where there is one); -ECANCELED is the
 *        usual one, the leg has gone.
 */
struct rd_app {
	const char *name;
	int (*run)(struct rd_channel *ch, const char *args);
	const char *synopsis;
	const char *syntax; /* "Dial(tech/resource[&...],timeout,options)" */
	const char *description;
	/* For "dialplan check": NULL, or what is wrong with args that hold no
	 * variables; a phrase in buf. May be NULL. */
	const char *(*check)(const char *args, char *buf, size_t size);
};

#define RD_APP_JUMP	  1
#define RD_APP_INCOMPLETE 2

/* One letter of an option string: t  L(60000:30000)  S(20). */
struct rd_app_option {
	char letter;
	bool has_arg; /* takes (...) */
	unsigned bit; /* set in .flags */
	int arg;      /* index in .args, when has_arg */
};

#define RD_APP_OPTION_ARGS 24

struct rd_app_options {
	uint64_t flags;
	const char *args[RD_APP_OPTION_ARGS]; /* NULL: no parentheses given */
};

RD_API_BEGIN

/* Run an application by name on this channel, as Exec() does. -ENOENT when
 * it is not registered. Yields. */
RD_YIELDS int rd_app_run(struct rd_channel *ch, const char *name, const char *args);
/* Borrowed until its module goes; NULL: there is none. Any case of letters will do. */
const struct rd_app *rd_app_find(const char *name);
/* Walk over all: start with *pos = 0. Do not yield in between. */
bool rd_app_next(size_t *pos, const struct rd_app **app);

/**
 * Split at commas outside quotes, parentheses and brackets, as Asterisk's
 * applications do: quotes are taken off, a backslash makes a comma plain.
 * argv gets max entries, all set ("" where absent). The last takes the rest
 * as it is written. Returns how many were given, or -ENOMEM.
 */
int rd_app_args(struct rd_pool *pool, const char *text, const char **argv, int max);

/* "condition?then[:else]": its parts, trimmed, absent where left out. A ':' in
 * parentheses or quotes is plain. False without '?'. */
bool rd_app_branches(const char *args, struct rd_str *condition, struct rd_str *then,
		     struct rd_str *otherwise);
/* Where "name=value" or "NAME(a=b)=value" parts, at the first '=' outside of parentheses;
 * NULL: nowhere. */
const char *rd_app_equals(const char *text);
/* Is a condition true: neither empty nor a number that is 0? */
bool rd_app_true(struct rd_str condition);

/* Read an option string. table ends with { 0 }. 0; -ENOENT for an unknown letter,
 * named in *bad (may be NULL), which is passed over, so that the others count;
 * -EINVAL for a parenthesis of *bad that is never closed; -ENOMEM. */
int rd_app_options(struct rd_pool *pool, const struct rd_app_option *table,
		   const char *text, struct rd_app_options *out, char *bad);

/* The same for an application that runs: what is wrong is logged and passed over. 0 or
 * -ENOMEM. */
int rd_app_read_options(struct rd_channel *ch, const struct rd_app_option *table,
			const char *text, struct rd_app_options *out);

/* What is wrong with an option string, where rd_app_options() returned rc; a phrase in
 * buf. */
const char *rd_app_option_fault(const struct rd_app_option *table, const char *text, int rc,
				char bad, char *buf, size_t size);

/* For the check of an application: split args, at most max, and hand them to one that
 * returns what is wrong with them, in buf or a text of its own; NULL: nothing is, or there
 * is no memory to tell. */
typedef const char *rd_app_argv_check(struct rd_pool *pool, const char *const *argv, char *buf,
				      size_t size);
const char *rd_app_check_args(const char *args, int max, rd_app_argv_check *check, char *buf,
			      size_t size);
/* Likewise, of an option string. */
const char *rd_app_check_options(struct rd_pool *pool, const struct rd_app_option *table,
				 const char *text, char *buf, size_t size);

/* Log with the place in the dialplan and the application's name before it:
 * "extensions.conf:12: office,100,3: Dial: ...". */
void rd_app_error(struct rd_channel *ch, const char *fmt, ...) RD_PRINTF(2, 3);
void rd_app_warning(struct rd_channel *ch, const char *fmt, ...) RD_PRINTF(2, 3);

RD_API_END

#endif

/* CDR(), CDR_PROP() and ResetCDR(): what the dialplan reads of a call's record
 * and writes into it. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/function.h>

#include "modules/cdr/cdr.h"
#include "modules/func.h"

/* ---- CDR ---- */

/* The record that a value is read of: the one that goes on, else the last. */
static int cdr_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct cdr_leg *leg = ch ? cdr_leg_of(ch) : NULL;
	struct cdr_record *record = leg ? cdr_leg_last(leg) : NULL;
	struct func_args a;
	bool raw;
	int rc = func_args_read(&a, args, 2);

	if (rc == 0 && !record)
		rc = -ENOENT;
	if (rc == 0 && !a.argv[0][0])
		rc = -EINVAL;
	if (rc == 0) {
		raw = strchr(a.argv[1], 'u') || strchr(a.argv[1], 'f');
		cdr_record_get(leg, record, a.argv[0], raw, out);
	}
	func_args_free(&a);
	return rc;
}

static const char *check_cdr(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	(void)pool;
	if (!*argv[0])
		return "which field?";
	if (strspn(argv[1], "uf") == strlen(argv[1]))
		return NULL;
	snprintf(buf, size, "there are the options u and f, not \"%s\"", argv[1]);
	return buf;
}

static const char *cdr_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_cdr, buf, size);
}

static int set_variable(struct cdr_leg *leg, const char *name, const char *value)
{
	char *copy = rd_strdup(value);
	void *old = NULL;
	int rc = copy ? 0 : -ENOMEM;

	if (!rc && !leg->variables)
		rc = rd_map_new(&leg->variables, RD_MAP_NOCASE);
	if (!rc)
		rc = rd_map_set(leg->variables, name, copy, &old);
	rd_free(rc ? copy : old);
	return rc;
}

static bool is_of_channel(const char *name)
{
	return strcasecmp(name, "accountcode") == 0 || strcasecmp(name, "userfield") == 0 ||
	       strcasecmp(name, "amaflags") == 0;
}

static int cdr_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct cdr_leg *leg = ch ? cdr_leg_of(ch) : NULL;
	struct func_args a;
	const char *name;
	int rc = func_args_read(&a, args, 2);

	if (rc)
		return rc;
	name = a.argv[0];
	if (!leg || !*name)
		rc = -EINVAL;
	else if (is_of_channel(name))
		rc = rd_channel_set(ch, name, value);
	else if (cdr_is_field(name))
		rc = -EPERM; /* a record says what was */
	else
		rc = set_variable(leg, name, value);
	func_args_free(&a);
	return rc;
}

/* ---- CDR_PROP ---- */

/* NULL: it has none of that name. */
static bool *prop_of(struct cdr_leg *leg, const char *name)
{
	if (strcasecmp(name, "disable") == 0)
		return &leg->off;
	return strcasecmp(name, "party_a") == 0 ? &leg->party_a : NULL;
}

static int prop_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct cdr_leg *leg = ch ? cdr_leg_of(ch) : NULL;
	bool *prop = leg ? prop_of(leg, args) : NULL;
	bool on = rd_app_true(rd_str_of(value)) && strcasecmp(value, "no") != 0;

	if (!prop)
		return -EINVAL;
	*prop = on;
	return 0;
}

static const char *prop_check(const char *args, char *buf, size_t size)
{
	struct cdr_leg any;

	if (prop_of(&any, args))
		return NULL;
	snprintf(buf, size, "it is disable or party_a, not \"%s\"", args);
	return buf;
}

/* ---- ResetCDR ---- */

enum { RESET_KEEP_VARIABLES = 1, RESET_WRITE = 2, RESET_SWITCH_ON = 4 };

static const struct rd_app_option reset_options[] = { { .letter = 'v',
							.bit = RESET_KEEP_VARIABLES },
						      { .letter = 'w', .bit = RESET_WRITE },
						      { .letter = 'e', .bit = RESET_SWITCH_ON },
						      { 0 } };

static int resetcdr_app(struct rd_channel *ch, const char *args)
{
	struct cdr_leg *leg = cdr_leg_of(ch);
	struct rd_app_options options;
	int rc = leg ? rd_app_read_options(ch, reset_options, args, &options) : -ENOMEM;

	if (rc)
		return rc;
	cdr_leg_reset(leg, options.flags & RESET_WRITE);
	if (!(options.flags & RESET_KEEP_VARIABLES))
		cdr_leg_forget_variables(leg);
	if (options.flags & RESET_SWITCH_ON)
		leg->off = false;
	return 0;
}

static const char *check_reset(struct rd_pool *pool, const char *const *argv, char *buf,
			       size_t size)
{
	return rd_app_check_options(pool, reset_options, argv[0], buf, size);
}

static const char *resetcdr_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 1, check_reset, buf, size);
}

const struct rd_app cdr_apps[] = {
	{ .name = "ResetCDR",
	  .run = resetcdr_app,
	  .check = resetcdr_check,
	  .synopsis = "Begin the record of this call anew",
	  .syntax = "ResetCDR([options])",
	  .description = "Options: w write what there was until now, else it is forgotten; "
			 "v keep what Set(CDR()) has set; e records are written again after "
			 "CDR_PROP(disable)." },
	{ 0 }
};

const struct rd_function cdr_functions[] = {
	{ .name = "CDR",
	  .read = cdr_read,
	  .write = cdr_write,
	  .check = cdr_check,
	  .synopsis = "A field of this call's record",
	  .syntax = "CDR(field[,options])",
	  .description = "Fields: accountcode src dst dcontext clid channel dstchannel lastapp "
			 "lastdata start answer end duration billsec disposition amaflags uniqueid "
			 "userfield linkedid sequence peeraccount dstuniqueid. accountcode, "
			 "userfield, amaflags and names of your own can be set. Options: u raw "
			 "(seconds since 1970, numbers), f with fractions." },
	{ .name = "CDR_PROP",
	  .write = prop_write,
	  .check = prop_check,
	  .synopsis = "How this channel's calls are recorded",
	  .syntax = "CDR_PROP(disable|party_a)",
	  .description = "disable: nothing is written; party_a: in a bridge this one is the "
			 "caller." },
	{ 0 }
};

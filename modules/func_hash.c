/* HASH, HASHKEYS, HASH_CLEAR, ARRAY: several values under one name. A hash is
 * kept as channel variables ~HASH~name~key~, so that it is inherited and shown
 * as they are. */
#include <stdio.h>

#include <ringdown/app.h>
#include <ringdown/module.h>

#include "modules/func.h"

#define NAME_SIZE 200

static int variable_of(const char *hash, const char *key, char *name)
{
	int n = snprintf(name, NAME_SIZE, "~HASH~%s~%s~", hash, key);

	return n > 0 && n < NAME_SIZE ? 0 : -ENAMETOOLONG;
}

/* The next key of a hash, from the channel's variables. */
static bool next_key(struct rd_channel *ch, const char *hash, size_t *pos, struct rd_str *key,
		     const char **value)
{
	char prefix[NAME_SIZE];
	const char *name;
	size_t n;

	snprintf(prefix, sizeof(prefix), "~HASH~%s~", hash);
	n = strlen(prefix);
	while (rd_var_next(ch, pos, &name, value)) {
		if (strncmp(name, prefix, n) == 0) {
			*key = rd_str_of(name + n);
			key->n -= key->n > 0; /* the last ~ */
			return true;
		}
	}
	return false;
}

static void list(struct rd_channel *ch, const char *hash, bool keys, struct rd_buf *out)
{
	struct rd_str key;
	const char *value;
	size_t pos = 0;
	bool first = true;

	while (next_key(ch, hash, &pos, &key, &value)) {
		if (!first)
			rd_buf_addc(out, ',');
		first = false;
		if (keys)
			rd_buf_add(out, key.p, key.n);
		else
			rd_buf_adds(out, value);
	}
}

static const char *name_check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return *args && *args != ',' ? NULL : "which name?";
}

static int hash_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	char name[NAME_SIZE];
	int rc = func_args_read(&a, args, 2);

	if (rc == 0 && (!ch || a.argc == 0))
		rc = -EINVAL;
	if (rc == 0 && a.argc == 1) {
		list(ch, a.argv[0], false, out);
	} else if (rc == 0) {
		rc = variable_of(a.argv[0], a.argv[1], name);
		if (rc == 0) {
			const char *value = rd_var_get(ch, name);

			rd_buf_adds(out, value ? value : "");
		}
	}
	func_args_free(&a);
	return rc;
}

static int hash_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct func_args a;
	char name[NAME_SIZE];
	int rc = func_args_read(&a, args, 2);

	if (rc == 0 && (!ch || a.argc < 2))
		rc = -EINVAL;
	if (rc == 0)
		rc = variable_of(a.argv[0], a.argv[1], name);
	if (rc == 0)
		rc = rd_var_set(ch, name, value);
	func_args_free(&a);
	return rc;
}

static int hashkeys_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	if (!ch)
		return -EINVAL;
	list(ch, args, true, out);
	return 0;
}

static int clear_write(struct rd_channel *ch, const char *args, const char *value)
{
	const char *old;
	struct rd_str key;
	char name[NAME_SIZE];
	size_t pos = 0;

	(void)value;
	if (!ch)
		return -EINVAL;
	while (next_key(ch, args, &pos, &key, &old)) {
		snprintf(name, sizeof(name), "~HASH~%s~%.*s~", args, RD_STR_ARG(key));
		rd_var_set(ch, name, NULL);
	}
	return 0;
}

static int set_one(struct rd_channel *ch, const char *name, const char *value)
{
	int rc = rd_var_set(ch, name, value);

	if (rc != -EINVAL)
		return rc;
	rd_app_warning(ch, "ARRAY: expected a name, not '%s'", name);
	return 0;
}

/* ARRAY(a,b)=1\,2 or "1,2": value by value. */
static int array_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct func_args names, values;
	int rc = func_args_read(&names, args, FUNC_ARGS);
	int rc_values = func_args_read(&values, value, FUNC_ARGS);

	rc = rc ? rc : rc_values;
	for (int i = 0; rc == 0 && i < names.argc; i++)
		rc = set_one(ch, names.argv[i], i < values.argc ? values.argv[i] : "");
	func_args_free(&names);
	func_args_free(&values);
	return rc;
}

static const struct rd_function functions[] = {
	{ .name = "HASH",
	  .read = hash_read,
	  .write = hash_write,
	  .check = name_check,
	  .synopsis = "A value by name and key",
	  .syntax = "HASH(name[,key])",
	  .description = "Without a key: all values, parted by commas." },
	{ .name = "HASHKEYS",
	  .read = hashkeys_read,
	  .check = name_check,
	  .synopsis = "The keys of a hash",
	  .syntax = "HASHKEYS(name)" },
	{ .name = "HASH_CLEAR",
	  .write = clear_write,
	  .check = name_check,
	  .synopsis = "Empty a hash",
	  .syntax = "HASH_CLEAR(name)" },
	{ .name = "ARRAY",
	  .write = array_write,
	  .check = name_check,
	  .synopsis = "Set several variables",
	  .syntax = "ARRAY(name[,name...])",
	  .description = "Set(ARRAY(a,b)=1\\,2) sets a to 1 and b to 2." },
	{ 0 }
};

RD_MODULE(.name = "func_hash", .synopsis = "Several values under one name",
	  .functions = functions);

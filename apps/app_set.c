/* Set and MSet: variables, and functions that can be set. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/var.h>

static int set_one(struct rd_channel *ch, char *text)
{
	const char *equals = rd_app_equals(text);
	char *value;
	struct rd_str name;

	if (!equals) {
		rd_app_warning(ch, "expected name=value, not '%s'", text);
		return 0;
	}
	value = text + (equals - text);
	*value++ = '\0';
	name = rd_str_trim(rd_str_of(text));
	((char *)name.p)[name.n] = '\0';
	return rd_var_assign(ch, (char *)name.p, value);
}

static int set_app(struct rd_channel *ch, const char *args)
{
	char small[256], *copy = small;
	size_t size = strlen(args) + 1;
	int rc;

	if (size > sizeof(small))
		copy = rd_malloc(size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, args, size);
	rc = set_one(ch, copy);
	if (copy != small)
		rd_free(copy);
	return rc;
}

#define MSET_MAX 64

static int mset_app(struct rd_channel *ch, const char *args)
{
	const char *argv[MSET_MAX];
	struct rd_pool *pool;
	int argc, rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	argc = rd_app_args(pool, args, argv, MSET_MAX);
	rc = argc < 0 ? argc : 0;
	for (int i = 0; rc == 0 && i < argc; i++) {
		char *copy = rd_pool_strdup(pool, argv[i]);

		rc = copy ? set_one(ch, copy) : -ENOMEM;
	}
	rd_pool_free(pool);
	return rc;
}

static const char *check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return strchr(args, '=') ? NULL : "needs name=value";
}

static const struct rd_app apps[] = {
	{ .name = "Set", .run = set_app, .synopsis = "Set a variable or a function",
	  .syntax = "Set(name=value)",
	  .description = "A name that begins with _ is inherited by the channels that this "
			 "one makes, with __ also by those that they make.",
	  .check = check },
	{ .name = "MSet", .run = mset_app, .synopsis = "Set several variables",
	  .syntax = "MSet(name1=value1,name2=value2,...)",
	  .description = "Blanks around names are dropped; quote a value that has commas.",
	  .check = check },
	{ 0 }
};

RD_MODULE(.name = "app_set", .synopsis = "Setting variables", .apps = apps);

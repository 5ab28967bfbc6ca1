/* JSON_DECODE(): a value out of a JSON text that a variable holds. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include <ringdown/module.h>

#include "modules/func.h"

enum { JSON_VARIABLE, JSON_ITEM, JSON_SEPARATOR, JSON_OPTIONS, JSON_ARGS };

/* One step of the path: a name, or a number into an array. */
static json_t *step(json_t *value, const char *name)
{
	char *end;
	long index;

	if (!json_is_array(value))
		return json_object_get(value, name);
	index = strtol(name, &end, 10);
	return *name && !*end && index >= 0 ? json_array_get(value, (size_t)index) : NULL;
}

static json_t *walk(json_t *value, char *path, const char *separator)
{
	char *next;

	while (value && path && *path) {
		next = *separator ? strstr(path, separator) : NULL;
		if (next) {
			*next = '\0';
			next += strlen(separator);
		}
		value = step(value, path);
		path = next;
	}
	return value;
}

static int print(const json_t *value, struct rd_buf *out)
{
	char *text;

	switch (json_typeof(value)) {
	case JSON_STRING:
		rd_buf_adds(out, json_string_value(value));
		return 0;
	case JSON_TRUE:
	case JSON_FALSE:
		rd_buf_addc(out, json_is_true(value) ? '1' : '0');
		return 0;
	case JSON_NULL:
		return 0;
	default:
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
						 JSON_REAL_PRECISION(12));
		if (!text)
			return -ENOMEM;
		rd_buf_adds(out, text);
		free(text);
		return 0;
	}
}

/* The library's parser calls itself, and a fiber's stack is small. */
#define MAX_DEPTH 64

static bool too_deep(const char *text)
{
	bool quoted = false;
	int depth = 0;

	for (; *text; text++) {
		if (quoted && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			quoted = !quoted;
		else if (!quoted && strchr("[{", *text) && ++depth > MAX_DEPTH)
			return true;
		else if (!quoted && strchr("]}", *text))
			depth--;
	}
	return false;
}

static int find(const char *text, const struct func_args *a, struct rd_buf *out)
{
	const char *separator = *a->argv[JSON_SEPARATOR] ? a->argv[JSON_SEPARATOR] : ".";
	char *path = rd_strdup(a->argv[JSON_ITEM]);
	json_error_t error;
	json_t *root, *value;
	int rc = 0;

	if (!path)
		return -ENOMEM;
	root = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
	value = root ? walk(root, path, separator) : NULL;
	if (!root)
		rc = -EINVAL;
	else if (value && strchr(a->argv[JSON_OPTIONS], 'c'))
		rd_buf_printf(out, "%zu", json_is_array(value)	? json_array_size(value) :
					  json_is_object(value) ? json_object_size(value) :
								  1);
	else if (value)
		rc = print(value, out);
	json_decref(root);
	rd_free(path);
	return rc;
}

static int json_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	const char *text;
	int rc = func_args_read(&a, args, JSON_ARGS);

	if (rc)
		return rc;
	text = rd_var_get(ch, a.argv[JSON_VARIABLE]);
	if (a.argc < 2)
		rc = -EINVAL;
	else if (text && too_deep(text))
		rc = -E2BIG;
	else if (text)
		rc = find(text, &a, out);
	func_args_free(&a);
	return rc;
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	(void)pool;
	if (!*argv[JSON_VARIABLE] || !*argv[JSON_ITEM])
		return "expected variable,item";
	if (!*argv[JSON_OPTIONS] || strcmp(argv[JSON_OPTIONS], "c") == 0)
		return NULL;
	snprintf(buf, size, "there is the option c, not \"%s\"", argv[JSON_OPTIONS]);
	return buf;
}

static const char *json_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, JSON_ARGS, check_arguments, buf, size);
}

static const struct rd_function functions[] = {
	{ .name = "JSON_DECODE",
	  .read = json_read,
	  .check = json_check,
	  .synopsis = "A value out of a JSON text",
	  .syntax = "JSON_DECODE(variable,item[,separator[,c]])",
	  .description = "The item is a path: office.phones.0.name. c: how many there "
			 "are. Booleans become 1 and 0." },
	{ 0 }
};

RD_MODULE(.name = "func_json", .synopsis = "Read JSON", .functions = functions);

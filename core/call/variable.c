/* Variables of channels and global ones. A value knows how often it is still
 * inherited: not (X), once (_X), for ever (__X). */
#include <stdio.h>

#include <ringdown/app.h>

#include "core/base/env.h"
#include "core/call/call.h"

enum inherit { NOT, ONCE, EVER };

struct value {
	enum inherit inherit;
	char text[];
};

static struct rd_map *globals;
static size_t globals_size;

void rd__vars_free(struct rd_map *vars)
{
	const char *name;
	void *value;
	size_t pos = 0;

	while (vars && rd_map_next(vars, &pos, &name, &value))
		rd_free(value);
	rd_map_free(vars);
}

void rd__globals_free(void)
{
	rd__vars_free(globals);
	globals = NULL;
	globals_size = 0;
	rd__env_free();
}

static const char *plain_name(const char *name, enum inherit *inherit)
{
	*inherit = NOT;
	if (name[0] != '_')
		return name;
	*inherit = name[1] == '_' ? EVER : ONCE;
	return name + *inherit;
}

static int put(struct rd_map **vars, const char *name, const char *text, enum inherit inherit,
	       size_t *old_size)
{
	size_t size = strlen(text) + 1;
	void *old = NULL;
	struct value *value = rd_malloc(sizeof(*value) + size);
	int rc = value ? 0 : -ENOMEM;

	if (!rc && !*vars)
		rc = rd_map_new(vars, 0);
	if (!rc) {
		value->inherit = inherit;
		memcpy(value->text, text, size);
		rc = rd_map_set(*vars, name, value, &old);
	}
	*old_size = old ? strlen(((struct value *)old)->text) + 1 : 0;
	rd_free(rc ? value : old);
	return rc;
}

static struct rd_map **vars_of(struct rd_channel *ch, size_t **size)
{
	*size = ch ? &ch->vars_size : &globals_size;
	return ch ? &ch->vars : &globals;
}

static size_t size_of(const struct rd_map *vars, const char *name)
{
	const struct value *value = vars ? rd_map_get(vars, name) : NULL;

	return value ? strlen(value->text) + 1 : 0;
}

/* A loop that doubles a value, or makes more and more of them, must end with
 * its call, not with the daemon. */
static int check_size(struct rd_channel *ch, const char *name, size_t size, size_t all)
{
	if (size <= RD_VAR_MAX + 1 && all <= RD_VARS_MAX)
		return 0;
	rd_app_error(ch, size > RD_VAR_MAX + 1
				 ? "%s: its value would be %zu bytes long; %d are allowed"
				 : "%s: all variables would be %zu bytes long; %d are allowed",
		     name, size > RD_VAR_MAX + 1 ? size - 1 : all,
		     size > RD_VAR_MAX + 1 ? RD_VAR_MAX : RD_VARS_MAX);
	return -EOVERFLOW;
}

static int store(struct rd_channel *ch, const char *name, const char *text, enum inherit inherit)
{
	size_t *held, size = strlen(text) + 1, old_size;
	struct rd_map **vars = vars_of(ch, &held);
	int rc = 0;

	/* Only when it may be too much is it worth looking for what it replaces. */
	if (size > RD_VAR_MAX + 1 || *held + size > RD_VARS_MAX)
		rc = check_size(ch, name, size, *held - size_of(*vars, name) + size);
	if (!rc)
		rc = put(vars, name, text, inherit, &old_size);
	if (!rc)
		*held += size - old_size;
	return rc;
}

static void drop(struct rd_channel *ch, const char *name)
{
	size_t *held;
	struct rd_map **vars = vars_of(ch, &held);

	*held -= size_of(*vars, name);
	if (*vars)
		rd_free(rd_map_remove(*vars, name));
}

static void publish(struct rd_channel *ch, const char *name, const char *text)
{
	struct rd_event event = {
		.type = RD_EVENT_CHANNEL_VAR, .channel = ch, .name = name, .text = text
	};

	if (rd_event_wanted(RD_EVENT_CHANNEL_VAR))
		rd_event_publish(&event);
}

int rd_var_set(struct rd_channel *ch, const char *name, const char *text)
{
	enum inherit inherit;
	int rc;

	name = plain_name(name, &inherit);
	if (!name[strspn(name, " ")])
		return -EINVAL;
	rc = text ? store(ch, name, text, inherit) : 0;
	if (!rc)
		publish(ch, name, text);
	/* The name may be the one that goes with it. */
	if (!text)
		drop(ch, name);
	return rc;
}

const char *rd_var_get(const struct rd_channel *ch, const char *name)
{
	enum inherit inherit;
	struct value *value = NULL;

	name = plain_name(name, &inherit);
	if (ch && ch->vars)
		value = rd_map_get(ch->vars, name);
	if (!value && globals)
		value = rd_map_get(globals, name);
	return value ? value->text : NULL;
}

bool rd_var_next(const struct rd_channel *ch, size_t *pos, const char **name, const char **text)
{
	const struct rd_map *vars = ch ? ch->vars : globals;
	void *value;

	if (!vars || !rd_map_next(vars, pos, name, &value))
		return false;
	*text = ((struct value *)value)->text;
	return true;
}

int rd__vars_inherit(struct rd_channel *child, const struct rd_channel *parent)
{
	const char *name;
	void *p;
	size_t pos = 0;
	int rc = 0;

	while (!rc && parent->vars && rd_map_next(parent->vars, &pos, &name, &p)) {
		const struct value *value = p;

		if (value->inherit != NOT)
			rc = store(child, name, value->text,
				   value->inherit == EVER ? EVER : NOT);
	}
	return rc;
}

/* Dial() sets ten of them: formatting would cost more than all else. */
int rd_var_number(struct rd_channel *ch, const char *name, int64_t value)
{
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char text[24];
	char *p = text + sizeof(text);

	*--p = '\0';
	do
		*--p = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		*--p = '-';
	return rd_var_set(ch, name, p);
}

int rd_var_printf(struct rd_channel *ch, const char *name, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return rd_var_set(ch, name, text);
}

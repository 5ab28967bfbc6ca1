/* DEVICE_STATE, EXTENSION_STATE, HINT, and the devices Custom:NAME, whose
 * state is what the dialplan says. They outlive a restart, in the database
 * under CustomDevstate. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/store.h>
#include <ringdown/tech.h>

#include "modules/func.h"

#define FAMILY "CustomDevstate"
#define CUSTOM "Custom:"

/* -- Custom:NAME ------------------------------------------------------------------- */

static int state_from_name(const char *name)
{
	for (int state = RD_DEVICE_UNKNOWN; state <= RD_DEVICE_ONHOLD; state++)
		if (strcasecmp(name, rd_device_state_name((enum rd_device_state)state)) == 0)
			return state;
	return -ENOENT;
}

static int custom_state(const char *resource)
{
	struct rd_pool *pool;
	const char *value;
	int state = RD_DEVICE_UNKNOWN;

	if (rd_pool_new(&pool, 0))
		return RD_DEVICE_UNKNOWN;
	if (rd_db_get(FAMILY, resource, pool, &value) == 0)
		state = RD_MAX(state_from_name(value), (int)RD_DEVICE_UNKNOWN);
	rd_pool_free(pool);
	return state;
}

static const struct rd_tech techs[] = {
	{ .name = "Custom", .synopsis = "Devices whose state the dialplan sets",
	  .device_state = custom_state },
	{ 0 }
};

/* -- functions ------------------------------------------------------------------------ */

static int device_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	if (!*args)
		return -EINVAL;
	rd_buf_adds(out, rd_device_state_name(rd_device_state(args)));
	return 0;
}

static const char *device_check(const char *args, char *buf, size_t size)
{
	return *args ? rd_devices_fault(args, buf, size) : "which device?";
}

static int device_write(struct rd_channel *ch, const char *args, const char *value)
{
	size_t n = strlen(CUSTOM);
	int state = state_from_name(value), rc;

	(void)ch;
	if (strncasecmp(args, CUSTOM, n) != 0 || !args[n] || state < 0)
		return -EINVAL;
	rc = rd_db_put(FAMILY, args + n, rd_device_state_name((enum rd_device_state)state));
	if (rc == 0)
		rd_device_changed(args);
	return rc;
}

/* "extension[@context]": the hint's devices; the context of the call when it
 * is left out. */
static int find_hint(struct rd_channel *ch, const char *where, struct rd_buf *devices,
		     struct rd_buf *name)
{
	const char *at = strchr(where, '@');
	char exten[96];

	if (!rd_strcpyn(exten, sizeof(exten),
			(struct rd_str){ where, at ? (size_t)(at - where) : strlen(where) }))
		return -ENAMETOOLONG;
	if (!at && !ch)
		return -EINVAL;
	return rd_dialplan_hint(at ? at + 1 : rd_channel_context(ch), exten, devices, name);
}

static int extension_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_buf devices;
	int rc;

	rd_buf_init(&devices);
	rc = find_hint(ch, args, &devices, NULL);
	if (rc == 0)
		rd_buf_adds(out, rd_device_state_name(rd_device_state(rd_buf_text(&devices))));
	else if (rc == -ENOENT)
		rd_buf_adds(out, "UNKNOWN");
	rd_buf_fini(&devices);
	return rc == -ENOENT ? 0 : rc;
}

/* "extension[@context][,n]": with n the name instead of the devices. */
static int hint_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_buf devices, name;
	struct func_args a;
	int rc = func_args_read(&a, args, 2);

	rd_buf_init(&devices);
	rd_buf_init(&name);
	if (rc == 0)
		rc = find_hint(ch, a.argv[0], &devices, &name);
	if (rc == 0)
		rd_buf_adds(out, rd_buf_text(strchr(a.argv[1], 'n') ? &name : &devices));
	rd_buf_fini(&name);
	rd_buf_fini(&devices);
	func_args_free(&a);
	return rc == -ENOENT ? 0 : rc;
}

static const char *check_option(struct rd_pool *pool, const char *const *argv, char *buf,
				size_t size)
{
	(void)pool;
	if (!*argv[1] || strcmp(argv[1], "n") == 0)
		return NULL;
	snprintf(buf, size, "there is the option n, not \"%s\"", argv[1]);
	return buf;
}

static const char *hint_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_option, buf, size);
}

static const struct rd_function functions[] = {
	{ .name = "DEVICE_STATE",
	  .read = device_read,
	  .write = device_write,
	  .check = device_check,
	  .synopsis = "What a device does",
	  .syntax = "DEVICE_STATE(device)",
	  .description = "UNKNOWN, NOT_INUSE, INUSE, BUSY, INVALID, UNAVAILABLE, RINGING, "
			 "RINGINUSE or ONHOLD. Custom:NAME can be set." },
	{ .name = "EXTENSION_STATE",
	  .read = extension_read,
	  .synopsis = "What the devices of an extension's hint do",
	  .syntax = "EXTENSION_STATE(extension[@context])" },
	{ .name = "HINT",
	  .read = hint_read,
	  .check = hint_check,
	  .synopsis = "The devices of an extension's hint",
	  .syntax = "HINT(extension[@context][,n])",
	  .description = "With n: its name instead." },
	{ 0 }
};

RD_MODULE(.name = "func_devstate", .synopsis = "States of devices", .functions = functions,
	  .techs = techs);

/* "dialplan check" of devices that are called by arguments with variables in them. What stands
 * in a variable is for a call to know. */
#include <stdio.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/tech.h>

#include "dialplan/calls.h"
#include "dialplan/check.h"

enum { ARGUMENTS = 5 };

static bool varies(struct rd_str text)
{
	return text.n && memchr(text.p, '$', text.n);
}

/* Up to an '&' that stands in no variable. */
static struct rd_str cut_device(struct rd_str *rest)
{
	struct rd_str device = { rest->p, 0 };
	int depth = 0;

	for (; device.n < rest->n; device.n++) {
		char c = rest->p[device.n];

		if (c == '&' && depth == 0)
			break;
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
	}
	rest->p += device.n;
	rest->n -= device.n;
	if (rest->n) {
		rest->p++;
		rest->n--;
	}
	return rd_str_trim(device);
}

/* Of a technology that is not here nothing but its name is looked at. */
static const char *fault_of_absent(struct rd_str name, char *buf, size_t size)
{
	char copy[80];

	snprintf(copy, sizeof(copy), "%.*s/", RD_STR_ARG(name));
	return rd_devices_fault(copy, buf, size);
}

/* "TRUNK/out/${EXTEN:1}": of the technology, only its peer. */
static const char *fault_of_peer(struct rd_str device, char *buf, size_t size)
{
	const struct rd_tech *tech;
	struct rd_str name, peer;
	char copy[80];

	if (!rd_str_cut(&device, '/', &name) || varies(name) ||
	    !rd_strcpyn(copy, sizeof(copy), name))
		return NULL;
	tech = rd_tech_find(copy);
	if (!tech)
		return fault_of_absent(name, buf, size);
	if (!rd_str_cut(&device, '/', &peer) || varies(peer) || !tech->check_peer ||
	    !rd_strcpyn(copy, sizeof(copy), peer))
		return NULL;
	return tech->check_peer(copy, buf, size);
}

static const char *fault_of(struct rd_str device, char *buf, size_t size)
{
	char copy[256];

	if (varies(device))
		return fault_of_peer(device, buf, size);
	return rd_strcpyn(copy, sizeof(copy), device) ? rd_devices_fault(copy, buf, size) : NULL;
}

static const char *check(struct rd_pool *pool, int at, const char *args, char *buf, size_t size)
{
	const char *argv[ARGUMENTS], *fault = NULL;
	struct rd_str rest;

	if (rd_app_args(pool, args, argv, ARGUMENTS) <= at)
		return NULL;
	rest = rd_str_of(argv[at]);
	while (rest.n && !fault)
		fault = fault_of(cut_device(&rest), buf, size);
	return fault;
}

const char *dp_check_devices(const char *app, const char *args, char *buf, size_t size)
{
	int at = dp_app_devices_at(app);
	struct rd_pool *pool;
	const char *fault;

	if (at < 0 || rd_pool_new(&pool, 0))
		return NULL;
	fault = check(pool, at, args, buf, size);
	rd_pool_free(pool);
	return fault;
}

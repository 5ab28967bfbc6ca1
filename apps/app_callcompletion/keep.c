/* Requests in the store, so that a restart forgets none: /CallCompletion/NUMBER, a line each. What
 * stands in it is names of devices and extensions, and numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/store.h>

#include "apps/app_callcompletion/cc.h"

#define FAMILY "CallCompletion"

enum { FIELDS = 11 };

static void print_key(const struct cc_call *call, char key[16])
{
	snprintf(key, 16, "%d", call->id);
}

void cc_keep(const struct cc_call *call)
{
	char key[16], value[2048];
	int n, rc = 0;

	print_key(call, key);
	n = snprintf(value, sizeof(value), "%lld|%d|%d|%d|%d|%d|%s|%s|%s|%s|",
		     (long long)call->expires, call->busy, call->was_in_use, call->params.recall_s,
		     call->params.max_agents, call->params.max_monitors, call->params.dialstring,
		     call->caller, call->context, call->exten);
	for (int i = 0; i < call->target_count && n < (int)sizeof(value); i++)
		n += snprintf(value + n, sizeof(value) - (size_t)n, "%s%s", i ? "&" : "",
			      call->targets[i]);
	rc = n < (int)sizeof(value) ? rd_db_put(FAMILY, key, value) : -ENAMETOOLONG;
	if (rc && rc != -ENODEV)
		rd_error("call completion %d: it is forgotten at a restart: %s", call->id,
			 rd_strerror(rc));
}

void cc_unkeep(const struct cc_call *call)
{
	char key[16];

	print_key(call, key);
	rd_db_del(FAMILY, key);
}

/* ---- reading back ---- */

static bool read_targets(struct cc_call *call, struct rd_str rest)
{
	struct rd_str one;

	while (rest.n && call->target_count < CC_TARGETS_MAX) {
		rd_str_cut(&rest, '&', &one);
		if (!rd_strcpyn(call->targets[call->target_count++], CC_NAME_MAX, one))
			return false;
	}
	return call->target_count;
}

static bool read_line(struct cc_call *call, const char *value)
{
	struct rd_str rest = rd_str_of(value), field[FIELDS];
	int64_t numbers[6];

	for (int i = 0; i < FIELDS; i++)
		if (!rd_str_cut(&rest, '|', &field[i]) && i < FIELDS - 1)
			return false;
	for (int i = 0; i < 6; i++)
		numbers[i] = strtoll(field[i].p, NULL, 10);
	call->expires = numbers[0];
	call->busy = numbers[1];
	call->was_in_use = numbers[2];
	call->params.recall_s = (int)numbers[3];
	call->params.max_agents = (int)numbers[4];
	call->params.max_monitors = (int)numbers[5];
	return rd_strcpyn(call->params.dialstring, CC_NAME_MAX, field[6]) &&
	       rd_strcpyn(call->caller, CC_NAME_MAX, field[7]) &&
	       rd_strcpyn(call->context, CC_NAME_MAX, field[8]) &&
	       rd_strcpyn(call->exten, CC_NAME_MAX, field[9]) && read_targets(call, field[10]);
}

/* The one of the lowest number above after. NULL: there is none, or no memory. */
static struct cc_call *read_after(int after)
{
	const char *path, *value, *found = NULL;
	int lowest = 0;
	size_t pos = 0;
	struct cc_call *call;

	while (rd_db_next(&pos, FAMILY, NULL, &path, &value)) {
		int id = atoi(path + 1 + strlen(FAMILY "/"));

		if (id > after && (!found || id < lowest)) {
			lowest = id;
			found = value;
		}
	}
	call = found ? rd_zalloc(sizeof(*call)) : NULL;
	if (!call)
		return NULL;
	rd_list_init(&call->link);
	call->id = lowest;
	if (!read_line(call, found))
		call->expires = 0; /* nobody knows what it is: it is over */
	return call;
}

int cc_requests_load(void)
{
	struct cc_call *call;
	int after = 0;

	while ((call = read_after(after))) {
		after = call->id;
		if (call->expires > (int64_t)rd_wall()) {
			cc_resume(call);
			continue;
		}
		cc_unkeep(call);
		rd_free(call);
	}
	return 0;
}

/* Who is meant when somebody calls back: the phone that called last by that number, for a while;
 * in the store, so that a restart in between changes nothing. */
#include <stdio.h>
#include <stdlib.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/store.h>

#include "apps/app_emergency/emergency.h"

#define FAMILY "Emergency"

void em_callback_note(const struct em_call *call)
{
	char value[192];
	int rc;

	if (!*call->number)
		return;
	snprintf(value, sizeof(value), "%lld %s",
		 (long long)rd_wall() + call->settings->callback_ms / 1000,
		 rd_channel_device(call->caller));
	rc = rd_db_put(FAMILY, call->number, value);
	if (rc)
		rd_error("emergency: %s: a call back to %s will not find it: %s", call->phone,
			 call->number, rd_strerror(rc));
}

/* "+49305551" and "49305551" are one number. */
static const char *find(struct rd_pool *pool, const char *number)
{
	const char *value = NULL, *other;

	if (rd_db_get(FAMILY, number, pool, &value) == 0)
		return value;
	other = *number == '+' ? number + 1 : rd_pool_printf(pool, "+%s", number);
	return other && rd_db_get(FAMILY, other, pool, &value) == 0 ? value : NULL;
}

static int callback_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_pool *pool;
	const char *value;
	char *device;
	int rc;

	(void)ch;
	if (!*args)
		return -EINVAL;
	rc = rd_pool_new(&pool, 0);
	if (rc)
		return rc;
	value = find(pool, args);
	if (value && strtoll(value, &device, 10) > (long long)rd_wall() && *device == ' ')
		rd_buf_adds(out, device + 1);
	rd_pool_free(pool);
	return 0;
}

const struct rd_function em_functions[] = {
	{ .name = "EMERGENCY_CALLBACK",
	  .read = callback_read,
	  .synopsis = "The phone that made an emergency call by this number a while ago",
	  .syntax = "EMERGENCY_CALLBACK(number)",
	  .description = "SIP/1001 for callback_time of emergency.conf after the call, so that "
			 "whoever was called reaches it by the number that was shown; else \"\"." },
	{ 0 },
};

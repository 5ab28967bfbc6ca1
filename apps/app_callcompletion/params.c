/* CALLCOMPLETION(option): how it is done for calls of this channel. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/channel.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

#include "apps/app_callcompletion/cc.h"

enum { SECONDS_MAX = 86400, COUNT_MAX = 1000 };

const struct cc_params *cc_params_of(const struct rd_channel *ch)
{
	const struct cc_params *own = rd_channel_attached(ch, &cc_kept->params_key);

	return own ? own : cc_defaults();
}

static const struct number {
	const char *name;
	size_t offset;
	uint64_t max;
} numbers[] = {
	{ "cc_offer_timer", offsetof(struct cc_params, offer_s), SECONDS_MAX },
	{ "ccnr_available_timer", offsetof(struct cc_params, ccnr_s), SECONDS_MAX },
	{ "ccbs_available_timer", offsetof(struct cc_params, ccbs_s), SECONDS_MAX },
	{ "cc_recall_timer", offsetof(struct cc_params, recall_s), SECONDS_MAX },
	{ "cc_max_agents", offsetof(struct cc_params, max_agents), COUNT_MAX },
	{ "cc_max_monitors", offsetof(struct cc_params, max_monitors), COUNT_MAX },
};

static const struct number *number_named(const char *name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(numbers); i++)
		if (strcasecmp(numbers[i].name, name) == 0)
			return &numbers[i];
	return NULL;
}

static int read_option(struct rd_channel *ch, const char *name, struct rd_buf *out)
{
	const struct cc_params *params;
	const struct number *number = number_named(name);

	if (!ch)
		return -EINVAL;
	params = cc_params_of(ch);
	if (number)
		rd_buf_printf(out, "%d", *(const int *)((const char *)params + number->offset));
	else if (strcasecmp(name, "cc_agent_policy") == 0)
		rd_buf_adds(out, params->no_agent ? "never" : "generic");
	else if (strcasecmp(name, "cc_monitor_policy") == 0)
		rd_buf_adds(out, params->no_monitor ? "never" : "generic");
	else if (strcasecmp(name, "cc_agent_dialstring") == 0)
		rd_buf_adds(out, params->dialstring);
	else
		return -ENOENT;
	return 0;
}

/* All but never is done in the one way that there is. */
static int read_policy(const char *value, bool *never)
{
	static const char *const others[] = { "generic", "native", "always" };

	*never = strcasecmp(value, "never") == 0;
	for (size_t i = 0; i < RD_ARRAY_SIZE(others); i++)
		if (strcasecmp(value, others[i]) == 0)
			return 0;
	return *never ? 0 : -EINVAL;
}

static int set_option(struct cc_params *params, const char *name, const char *value)
{
	const struct number *number = number_named(name);
	uint64_t n;

	if (number) {
		if (rd_str_to_u64(rd_str_of(value), number->max, &n) || !n)
			return -EINVAL;
		*(int *)((char *)params + number->offset) = (int)n;
		return 0;
	}
	if (strcasecmp(name, "cc_agent_policy") == 0)
		return read_policy(value, &params->no_agent);
	if (strcasecmp(name, "cc_monitor_policy") == 0)
		return read_policy(value, &params->no_monitor);
	if (strcasecmp(name, "cc_agent_dialstring") == 0)
		return rd_strcpy(params->dialstring, CC_NAME_MAX, value) ? 0 : -ENAMETOOLONG;
	return -ENOENT;
}

static int write_option(struct rd_channel *ch, const char *name, const char *value)
{
	struct cc_params changed, *own;
	int rc;

	if (!ch)
		return -EINVAL;
	changed = *cc_params_of(ch);
	rc = set_option(&changed, name, value);
	if (rc)
		return rc;
	own = rd_channel_keep(ch, &cc_kept->params_key, sizeof(*own), rd_free);
	if (!own)
		return -ENOMEM;
	*own = changed;
	return 0;
}

static const char *check_option(const char *name, char *buf, size_t size)
{
	struct cc_params any = { 0 };

	if (set_option(&any, name, "") != -ENOENT)
		return NULL;
	snprintf(buf, size, "there is no option \"%s\"", name);
	return buf;
}

const struct rd_function cc_functions[] = {
	{ .name = "CALLCOMPLETION",
	  .read = read_option,
	  .write = write_option,
	  .check = check_option,
	  .synopsis = "How calls of this channel are completed later",
	  .syntax = "CALLCOMPLETION(option)",
	  .description = "cc_agent_policy and cc_monitor_policy: generic, or never; "
			 "cc_agent_dialstring: whom to call back; in seconds: cc_offer_timer, "
			 "ccnr_available_timer, ccbs_available_timer, cc_recall_timer; "
			 "cc_max_agents, cc_max_monitors." },
	{ 0 },
};

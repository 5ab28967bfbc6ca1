/* Nobody has answered a call file: its context may have an extension "failed" for that, which
 * finds in REASON why, by Asterisk's numbers. It runs on a channel that is nobody's. */
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/tech.h>

#include "modules/pbx_spool/spool.h"

#define EXTEN "failed"

static const struct rd_tech tech = {
	.name = "OutgoingSpoolFailed",
	.synopsis = "A call file that nobody has answered, in the dialplan",
};

static const char *reason_of(const struct rd_dial_result *result)
{
	switch (result->status) {
	case RD_DIAL_BUSY:
		return "5";
	case RD_DIAL_CONGESTION:
		return "8";
	case RD_DIAL_NOANSWER:
		return "3";
	case RD_DIAL_CANCEL:
		return "1";
	default:
		return "0";
	}
}

static int show_caller(struct rd_channel *ch, const char *caller_id)
{
	char name[80], number[80];
	const struct rd_party who = { .name = name, .number = number };

	if (!caller_id)
		return 0;
	rd_party_split(caller_id, name, number, sizeof(name));
	return rd_channel_set_party(ch, RD_PARTY_CALLER, &who);
}

static int assign(struct rd_channel *ch, const struct rd_originate_variable *variable)
{
	char *name = rd_strdup(variable->name);
	int rc = name ? rd_var_assign(ch, name, variable->value) : -ENOMEM;

	rd_free(name);
	return rc;
}

static int prepare(struct rd_channel *ch, const struct rd_originate *what, const char *reason)
{
	int rc = show_caller(ch, what->caller_id);

	for (size_t i = 0; !rc && i < what->variable_count; i++)
		rc = assign(ch, &what->variables[i]);
	return rc ? rc : rd_var_set(ch, "REASON", reason);
}

static int run(const struct rd_originate *what, const char *context, const char *reason)
{
	const struct rd_channel_params params = {
		.tech = &tech,
		.base_name = "OutgoingSpoolFailed",
		.state = RD_CHANNEL_UP,
		.context = context,
		.exten = EXTEN,
		.account = what->account,
	};
	struct rd_channel *ch;
	int rc = rd_channel_new(&ch, &params);

	if (rc)
		return rc;
	rc = prepare(ch, what, reason);
	if (!rc)
		rc = rd_channel_start(ch);
	if (rc)
		rd_hangup(ch, RD_CAUSE_SWITCH_CONGESTION);
	return rc;
}

void spool_run_failed(const struct call_file *file, const struct rd_dial_result *result)
{
	const char *context = file->what.context ? file->what.context : "default";
	int rc;

	if (file->what.app || !rd_dialplan_exists(context, EXTEN, 1, NULL))
		return;
	rc = run(&file->what, context, reason_of(result));
	if (rc)
		rd_error("spool: %s,%s: %s", context, EXTEN, rd_strerror(rc));
}

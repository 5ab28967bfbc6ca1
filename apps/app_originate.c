/* Originate(): ring somebody from the dialplan, and run an application or an
 * extension on their leg when they answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>
#include <ringdown/module.h>
#include <ringdown/originate.h>
#include <ringdown/tech.h>

#include "apps/seconds.h"

enum { OPT_ASYNC = 1, OPT_NUMBER = 2, OPT_NAME = 4, OPT_VARIABLES = 8 };
enum { ARG_NUMBER, ARG_NAME, ARG_VARIABLES };
enum { VARIABLES_MAX = 32 };

static const struct rd_app_option letters[] = {
	{ 'a', false, OPT_ASYNC, 0 },
	{ 'c', true, OPT_NUMBER, ARG_NUMBER },
	{ 'n', true, OPT_NAME, ARG_NAME },
	{ 'v', true, OPT_VARIABLES, ARG_VARIABLES },
	{ 0 },
};

struct request {
	struct rd_originate what;
	struct rd_originate_variable variables[VARIABLES_MAX];
};

static const char *status_of(int rc, const struct rd_originate *what,
			     const struct rd_dial_result *result)
{
	if (rc)
		return "FAILED";
	if (what->async)
		return "SUCCESS";
	switch (result->status) {
	case RD_DIAL_ANSWER:
		return "SUCCESS";
	case RD_DIAL_BUSY:
		return "BUSY";
	case RD_DIAL_CONGESTION:
		return "CONGESTION";
	case RD_DIAL_NOANSWER:
		return "RINGING";
	case RD_DIAL_CANCEL:
		return "HANGUP";
	default:
		return "FAILED";
	}
}

/* v(a=1^b=2) */
static int read_variables(struct rd_channel *ch, const char *text, struct request *request)
{
	char *copy = rd_pool_strdup(rd_channel_scratch(ch), text), *save = NULL;

	if (!copy)
		return -ENOMEM;
	for (char *one = strtok_r(copy, "^", &save); one; one = strtok_r(NULL, "^", &save)) {
		char *equals = strchr(one, '=');
		struct rd_originate *what = &request->what;

		if (!equals || what->variable_count == VARIABLES_MAX) {
			rd_app_error(ch, "option v(%s): wants at most %d of NAME=VALUE",
				     text, VARIABLES_MAX);
			return -EINVAL;
		}
		*equals = '\0';
		request->variables[what->variable_count++] =
			(struct rd_originate_variable){ one, equals + 1 };
	}
	request->what.variables = request->variables;
	return 0;
}

static int read_options(struct rd_channel *ch, const char *text, struct request *request)
{
	const struct rd_party *caller = rd_channel_party(ch, RD_PARTY_CALLER);
	struct rd_app_options options;
	const char *number, *name;
	int rc = rd_app_read_options(ch, letters, text, &options);

	if (rc)
		return rc;
	number = options.args[ARG_NUMBER];
	name = options.args[ARG_NAME];
	if (!number && rd_presentation_shown(caller->number_pres))
		number = caller->number;
	if (!name && rd_presentation_shown(caller->name_pres))
		name = caller->name;
	request->what.async = options.flags & OPT_ASYNC;
	if (number || name) {
		request->what.caller_id = rd_pool_printf(rd_channel_scratch(ch), "\"%s\" <%s>",
							 name ? name : "", number ? number : "");
		if (!request->what.caller_id)
			return -ENOMEM;
	}
	return options.args[ARG_VARIABLES]
		       ? read_variables(ch, options.args[ARG_VARIABLES], request)
		       : 0;
}

static int read_target(struct rd_channel *ch, const char **argv, struct rd_originate *what)
{
	what->channel = argv[0];
	if (strcasecmp(argv[1], "app") == 0) {
		what->app = argv[2];
		what->app_args = argv[3];
		return 0;
	}
	if (strcasecmp(argv[1], "exten") == 0) {
		what->context = argv[2];
		what->exten = *argv[3] ? argv[3] : "s";
		what->priority = atoi(argv[4]);
		return 0;
	}
	rd_app_error(ch, "second argument \"%s\": wants \"app\" or \"exten\"", argv[1]);
	return -EINVAL;
}

static int originate_app(struct rd_channel *ch, const char *args)
{
	struct rd_dial_result result = { .status = RD_DIAL_INVALIDARGS };
	struct request request = { 0 };
	const char *argv[7];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 7);

	if (rc < 0)
		return rc;
	rc = read_target(ch, argv, &request.what);
	if (!rc && *argv[5])
		rc = app_seconds(ch, argv[5], &request.what.timeout_ms);
	if (!rc)
		rc = read_options(ch, argv[6], &request);
	if (!rc)
		rc = rd_originate(&request.what, &result);
	if (rc && rc != -ECANCELED)
		rd_app_error(ch, "%s: %s", argv[0], rd_strerror(rc));
	rd_var_set(ch, "ORIGINATE_STATUS", status_of(rc, &request.what, &result));
	return rc == -ECANCELED ? rc : 0;
}

static const char *place_fault(const char *const *argv, char *buf, size_t size)
{
	bool app = strcasecmp(argv[1], "app") == 0;

	if (!app && strcasecmp(argv[1], "exten") != 0)
		snprintf(buf, size, "\"%s\": \"app\" or \"exten\" was expected", argv[1]);
	else if (app && !rd_app_find(argv[2]))
		snprintf(buf, size, "there is no application %s", argv[2]);
	else if (!app && !rd_dialplan_context_coming(argv[2]))
		snprintf(buf, size, "there is no context %s", argv[2]);
	else
		return NULL;
	return buf;
}

static const char *check_originate_letters(struct rd_pool *pool, const char *const *argv,
					   char *buf, size_t size)
{
	const char *wrong = place_fault(argv, buf, size);

	return wrong ? wrong : rd_app_check_options(pool, letters, argv[6], buf, size);
}

static const char *originate_check(const char *args, char *buf, size_t size)
{
	const char *wrong = rd_devices_fault(args, buf, size);

	return wrong ? wrong : rd_app_check_args(args, 7, check_originate_letters, buf, size);
}

static const struct rd_app apps[] = {
	{
		.name = "Originate",
		.run = originate_app,
		.check = originate_check,
		.synopsis = "Ring somebody and run an application or an extension there",
		.syntax = "Originate(Technology/Resource,app,name,args,,timeout,options) or "
			  "Originate(Technology/Resource,exten,context,exten,priority,timeout,"
			  "options)",
		.description = "Sets ORIGINATE_STATUS: SUCCESS BUSY CONGESTION RINGING (nobody "
			       "answered) HANGUP FAILED. Options: a do not wait; c(number) n(name) "
			       "what is shown instead of the caller; v(NAME=VALUE^...) variables.",
	},
	{ 0 },
};

RD_MODULE(.name = "app_originate", .synopsis = "Originate", .apps = apps);

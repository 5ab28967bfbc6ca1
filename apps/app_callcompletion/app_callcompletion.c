/* CallCompletionRequest(), CallCompletionCancel(), and ccss.conf. */
#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/config.h>
#include <ringdown/module.h>

#include "apps/app_callcompletion/cc.h"

/* ---- ccss.conf ---- */

struct cc_settings {
	int max_requests;
	struct cc_params params;
};

static const struct cc_settings without_a_file = {
	.max_requests = 20,
	.params = { .offer_s = 20,
		    .ccnr_s = 7200,
		    .ccbs_s = 4800,
		    .recall_s = 20,
		    .max_agents = 5,
		    .max_monitors = 5 },
};
static struct cc_kept own = { .offers = RD_LIST_INIT(own.offers),
			      .requests = RD_LIST_INIT(own.requests) };
struct cc_kept *cc_kept = &own;

static const size_t sizes[] = { sizeof(own), sizeof(struct cc_settings), sizeof(struct cc_call),
				0 };
static const size_t *const shape[] = { sizes, NULL };
static const struct rd_module_state state = { .version = 1,
					      .shape = shape,
					      .size = sizeof(own),
					      .place = (void **)&cc_kept,
					      .take_over = cc_listen_on };

const struct cc_params *cc_defaults(void)
{
	return cc_kept->in_force ? &cc_kept->in_force->params : &without_a_file.params;
}

int cc_max_requests(void)
{
	return cc_kept->in_force ? cc_kept->in_force->max_requests : without_a_file.max_requests;
}

#define SECONDS(key, member, fallback_s, text)                                                     \
	{                                                                                          \
		.name = key, .type = RD_OPTION_INT,                                                \
		.offset = offsetof(struct cc_settings, params.member), .fallback = fallback_s,     \
		.min = 1, .max = 86400, .help = text                                               \
	}
#define COUNT(key, member, fallback_n, text)                                                       \
	{                                                                                          \
		.name = key, .type = RD_OPTION_INT,                                                \
		.offset = offsetof(struct cc_settings, member), .fallback = fallback_n, .min = 1,  \
		.max = 1000, .help = text                                                          \
	}
#define LAMP(key) RD_OPTION_ABSENT(key, "lamps are in use while somebody waits")

static const struct rd_option options[] = {
	COUNT("cc_max_requests", max_requests, "20", "so many may wait at once"),
	SECONDS("cc_offer_timer", offer_s, "20", "so long after a call one may ask"),
	SECONDS("ccbs_available_timer", ccbs_s, "4800", "so long one waits for who was busy"),
	SECONDS("ccnr_available_timer", ccnr_s, "7200", "so long for who did not answer"),
	SECONDS("cc_recall_timer", recall_s, "20", "so long it rings at who is called back"),
	COUNT("cc_max_agents", params.max_agents, "5", "so many may one phone wait for"),
	COUNT("cc_max_monitors", params.max_monitors, "5", "so many of those who were called"),
	LAMP("cc_available_devstate"),
	LAMP("cc_caller_offered_devstate"),
	LAMP("cc_caller_requested_devstate"),
	LAMP("cc_active_devstate"),
	LAMP("cc_callee_ready_devstate"),
	LAMP("cc_caller_busy_devstate"),
	LAMP("cc_recalling_devstate"),
	LAMP("cc_complete_devstate"),
	LAMP("cc_failed_devstate"),
	{ 0 }
};

static const char *const sections[] = { "general", NULL };
static const char *const files[] = { "ccss.conf", NULL };

static const struct rd_options_file conf = {
	.name = "ccss.conf", .section = "general", .table = options, .sections = sections
};

static int build(void **snapshot, struct rd_config_report *report)
{
	return rd_options_new(&conf, sizeof(struct cc_settings), snapshot, report);
}

static void commit(void *snapshot)
{
	rd_free(cc_kept->in_force);
	cc_kept->in_force = snapshot;
}

static const struct rd_module_config config = {
	.files = files, .build = build, .commit = commit, .discard = rd_free
};

/* ---- applications ---- */

static int tell(struct rd_channel *ch, const char *result, const char *result_name,
		const char *reason, const char *reason_name)
{
	int rc = rd_var_set(ch, result_name, result);

	return rc ? rc : rd_var_set(ch, reason_name, reason);
}

static int request_app(struct rd_channel *ch, const char *args)
{
	struct cc_call *call = cc_offer_take(ch);
	const char *why_not = call ? cc_request(call) : "NO_CORE_INSTANCE";

	(void)args;
	return tell(ch, why_not ? "FAIL" : "SUCCESS", "CC_REQUEST_RESULT", why_not ? why_not : "",
		    "CC_REQUEST_REASON");
}

static int cancel_app(struct rd_channel *ch, const char *args)
{
	int n = cc_cancel(rd_channel_device(ch));

	(void)args;
	return tell(ch, n ? "SUCCESS" : "FAIL", "CC_CANCEL_RESULT", n ? "" : "NO_CORE_INSTANCE",
		    "CC_CANCEL_REASON");
}

static const struct rd_app apps[] = {
	{ .name = "CallCompletionRequest",
	  .run = request_app,
	  .synopsis = "Be called back when who was called last can be reached",
	  .syntax = "CallCompletionRequest()",
	  .description =
		  "For the call of this phone that found somebody busy, or no answer, just "
		  "before, or some seconds ago. Sets CC_REQUEST_RESULT: SUCCESS FAIL, and "
		  "CC_REQUEST_REASON: NO_CORE_INSTANCE (there is no such call), "
		  "TOO_MANY_REQUESTS. On the leg that is called back: CC_INTERFACES, CC_EXTEN, "
		  "CC_CONTEXT." },
	{ .name = "CallCompletionCancel",
	  .run = cancel_app,
	  .synopsis = "Be called back by nobody",
	  .syntax = "CallCompletionCancel()",
	  .description = "All that this phone has asked for. Sets CC_CANCEL_RESULT: SUCCESS "
			 "FAIL, and CC_CANCEL_REASON: NO_CORE_INSTANCE (it has asked for "
			 "nothing)." },
	{ 0 },
};

static void unload(void)
{
	cc_requests_free();
	cc_offers_free();
	rd_free(cc_kept->in_force);
	cc_kept->in_force = NULL;
}

RD_MODULE(.name = "app_callcompletion", .synopsis = "Call completion", .apps = apps,
	  .functions = cc_functions, .subscribers = cc_subscribers, .commands = cc_commands,
	  .techs = cc_lamps, .config = &config, .load = cc_requests_load, .unload = unload,
	  .state = &state);

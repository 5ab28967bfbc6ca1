/* Page(): one person speaks to many phones at once, which answer by themselves. Each phone is
 * called by a fiber of its own, and meets the others in a bridge when it has answered. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/bridge.h>
#include <ringdown/channel.h>
#include <ringdown/clock.h>
#include <ringdown/config.h>
#include <ringdown/dial.h>
#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/tech.h>

#include "apps/folders.h"
#include "apps/place.h"
#include "apps/seconds.h"

#define AUTO_ANSWER "SIP_AUTO_ANSWER"

enum { TARGETS, OPTIONS, TIMEOUT, ARGUMENTS };
enum { PATH_MAX_TEXT = 512, SHIELD_MS = 60000 };

enum {
	OPT_DUPLEX = 1,
	OPT_QUIET = 2,
	OPT_RECORD = 4,
	OPT_IGNORE_FORWARD = 8,
	OPT_IDLE_ONLY = 16,
	OPT_ANNOUNCE = 32,
	OPT_NOT_TO_CALLER = 64,
	OPT_BEFORE_LEG = 128,
	OPT_BEFORE_CALLER = 256,
};
enum { ARG_ANNOUNCE, ARG_BEFORE_LEG, ARG_BEFORE_CALLER };

static const struct rd_app_option letters[] = {
	{ 'd', false, OPT_DUPLEX, 0 },
	{ 'q', false, OPT_QUIET, 0 },
	{ 'r', false, OPT_RECORD, 0 },
	{ 'i', false, OPT_IGNORE_FORWARD, 0 },
	{ 's', false, OPT_IDLE_ONLY, 0 },
	{ 'A', true, OPT_ANNOUNCE, ARG_ANNOUNCE },
	{ 'n', false, OPT_NOT_TO_CALLER, 0 },
	{ 'b', true, OPT_BEFORE_LEG, ARG_BEFORE_LEG },
	{ 'B', true, OPT_BEFORE_CALLER, ARG_BEFORE_CALLER },
	{ 0 },
};

/* On the stack of the caller's fiber, which waits for all others. */
struct page {
	struct rd_channel *caller;
	struct rd_bridge *bridge;
	struct rd_bridge_recording *recording; /* NULL: none */
	struct rd_app_options given;
	int timeout_ms;
	struct rd_list calls;
	int open; /* of them: they ring or listen */
};

struct call {
	struct rd_list link;
	struct page *page;
	struct rd_fiber *fiber;
	bool over;
	char target[];
};

static bool has(const struct page *page, unsigned option)
{
	return page->given.flags & option;
}

/* ---- one phone ---- */

static int before_leg(struct rd_channel *leg, void *arg)
{
	struct page *page = arg;
	int rc = 0;

	/* A phone that rings is not paged; but the dialplan may know better. */
	if (!rd_var_get(page->caller, AUTO_ANSWER))
		rc = rd_var_set(leg, AUTO_ANSWER, "yes");
	return rc ? rc : app_gosub_option(page->caller, leg, 'b', page->given.args[ARG_BEFORE_LEG]);
}

static const char *announcement(const struct page *page)
{
	const char *prompt = page->given.args[ARG_ANNOUNCE];

	return has(page, OPT_ANNOUNCE) && prompt ? prompt : "";
}

static void hear_page(struct page *page, struct rd_channel *phone)
{
	const struct rd_bridge_seat seat = { .mute = !has(page, OPT_DUPLEX) };

	if (*announcement(page) && rd_play(phone, announcement(page), "") == -ECANCELED)
		return;
	rd_bridge_join(page->bridge, phone, &seat);
}

static void ring(struct page *page, const char *target)
{
	const struct rd_dial_options options = {
		.timeout_ms = page->timeout_ms,
		.group = true,
		.ignore_forward = has(page, OPT_IGNORE_FORWARD),
		.on_behalf = page->caller,
		.before_call = before_leg,
		.arg = page,
	};
	struct rd_dial_result result;
	struct rd_channel *phone;

	rd_dial(NULL, target, &options, &phone, &result);
	if (!phone) {
		rd_verbose("%s: page: %s: %s", rd_channel_name(page->caller), target,
			   rd_dial_status_name(result.status));
		return;
	}
	hear_page(page, phone);
	rd_channel_let_go(phone, RD_CAUSE_NORMAL);
}

static int call_run(void *arg)
{
	struct call *call = arg;
	struct page *page = call->page;

	ring(page, call->target);
	call->over = true;
	/* Nobody is left to speak to. */
	if (--page->open == 0)
		rd_bridge_kick(page->bridge, page->caller, RD_BRIDGE_CLOSED);
	return 0;
}

/* ---- whom to call ---- */

/* By either name of its technology. */
static bool is_same(const char *target, const char *other)
{
	char proper[128], proper_other[128];

	return strcasecmp(rd_tech_proper_name(target, proper, sizeof(proper)),
			  rd_tech_proper_name(other, proper_other, sizeof(proper_other))) == 0;
}

static bool is_called(const struct page *page, const char *target)
{
	rd_list_foreach(node, tmp, &page->calls)
		if (is_same(rd_list_entry(node, struct call, link)->target, target))
			return true;
	return false;
}

static bool is_idle(const char *target)
{
	enum rd_device_state state = rd_device_state(target);

	return state == RD_DEVICE_NOT_INUSE || state == RD_DEVICE_UNKNOWN;
}

static int call_new(struct page *page, struct rd_str target)
{
	struct call *call = rd_zalloc(sizeof(*call) + target.n + 1);
	int rc;

	if (!call)
		return -ENOMEM;
	memcpy(call->target, target.p, target.n);
	call->page = page;
	rc = is_called(page, call->target) ||
			     is_same(rd_channel_device(page->caller), call->target)
		     ? -EALREADY
		     : 0;
	if (!rc && has(page, OPT_IDLE_ONLY) && !is_idle(call->target)) {
		rd_verbose("%s: page: %s: left out, it is %s", rd_channel_name(page->caller),
			   call->target, rd_device_state_name(rd_device_state(call->target)));
		rc = -EBUSY;
	}
	if (!rc)
		rc = rd_fiber_new(&call->fiber, call->target, call_run, call);
	if (rc) {
		rd_free(call);
		return rc;
	}
	rd_list_push(&page->calls, &call->link);
	page->open++;
	return 0;
}

static void call_all(struct page *page, const char *targets)
{
	struct rd_str rest = rd_str_of(targets), one;
	bool more = true;

	while (more) {
		int rc;

		more = rd_str_cut(&rest, '&', &one);
		one = rd_str_trim(one);
		if (!one.n)
			continue;
		rc = call_new(page, one);
		if (rc && rc != -EALREADY && rc != -EBUSY)
			rd_app_error(page->caller, "cannot call %.*s: %s", RD_STR_ARG(one),
				     rd_strerror(rc));
	}
}

static void join(struct call *call)
{
	int rc;

	do { /* its routine of option b may not be ended yet: what it has is ours */
		rd_shield_begin(SHIELD_MS);
		rc = rd_fiber_join(call->fiber, RD_FOREVER, NULL);
		rd_shield_end();
	} while (rc);
}

/* Also when the caller has gone. */
static void end_all(struct page *page)
{
	struct rd_list *node;

	rd_list_foreach(each, tmp, &page->calls) {
		struct call *call = rd_list_entry(each, struct call, link);

		if (!call->over)
			rd_fiber_cancel(call->fiber);
	}
	while ((node = rd_list_pop(&page->calls))) {
		struct call *call = rd_list_entry(node, struct call, link);

		join(call);
		rd_free(call);
	}
}

/* ---- who speaks ---- */

/* Where recordings are: "page-1001-1790000000.wav". */
static int record(struct page *page)
{
	char name[128], path[PATH_MAX_TEXT];
	int rc;

	snprintf(name, sizeof(name), "page-%s-%llu", rd_channel_name(page->caller),
		 (unsigned long long)(rd_wall_us() / 1000000));
	rc = folders_recording(path, sizeof(path), name);
	if (!rc)
		rc = rd_bridge_record(page->bridge, path, "wav", false, &page->recording);
	if (rc && rc != -ECANCELED)
		rd_app_error(page->caller, "option r: %s.wav: %s", path, rd_strerror(rc));
	return rc == -ECANCELED ? rc : 0;
}

static int play(struct page *page, const char *prompt)
{
	return *prompt && rd_play(page->caller, prompt, "") == -ECANCELED ? -ECANCELED : 0;
}

/* The phones are being called meanwhile. */
static int prepare_to_speak(struct page *page)
{
	int rc = has(page, OPT_QUIET) ? 0 : play(page, "beep");

	if (!rc && !has(page, OPT_NOT_TO_CALLER))
		rc = play(page, announcement(page));
	return !rc && has(page, OPT_RECORD) ? record(page) : rc;
}

static int speak(struct page *page)
{
	const struct rd_bridge_seat seat = { .deaf = !has(page, OPT_DUPLEX) };
	int rc = prepare_to_speak(page);

	if (!rc && page->open)
		rc = rd_bridge_join(page->bridge, page->caller, &seat);
	return RD_MIN(rc, 0);
}

static int page_run(struct page *page, const char *targets)
{
	const struct rd_bridge_setup setup = { .pictures = RD_PICTURES_NONE };
	int rc = rd_bridge_new(&page->bridge, &setup);

	if (rc)
		return rc;
	rd_list_init(&page->calls);
	call_all(page, targets);
	rc = speak(page);
	end_all(page);
	if (page->recording) {
		rd_shield_begin(SHIELD_MS);
		rd_bridge_record_stop(page->recording);
		rd_shield_end();
	}
	rd_bridge_close(page->bridge);
	return rc;
}

static int page_app(struct rd_channel *ch, const char *args)
{
	struct page page = { .caller = ch, .timeout_ms = RD_FOREVER };
	const char *argv[ARGUMENTS];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, ARGUMENTS);

	if (rc < 0)
		return rc;
	if (!*argv[TARGETS]) {
		rd_app_error(ch, "whom? It wants TECHNOLOGY/RESOURCE[&...]");
		return -EINVAL;
	}
	rc = rd_app_read_options(ch, letters, argv[OPTIONS], &page.given);
	if (!rc && *argv[TIMEOUT])
		(void)app_seconds(ch, argv[TIMEOUT], &page.timeout_ms);
	if (!rc)
		rc = app_gosub_option(ch, ch, 'B', page.given.args[ARG_BEFORE_CALLER]);
	if (!rc)
		rc = rd_answer(ch);
	return rc ? rc : page_run(&page, argv[TARGETS]);
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	const char *wrong = rd_devices_fault(argv[TARGETS], buf, size);

	return wrong ? wrong : rd_app_check_options(pool, letters, argv[OPTIONS], buf, size);
}

static const char *page_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, ARGUMENTS, check_arguments, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "Page",
	  .run = page_app,
	  .check = page_check,
	  .synopsis = "Speak to many phones at once, which answer by themselves",
	  .syntax = "Page(Technology/Resource[&...],options,timeout)",
	  .description =
		  "One-way: the phones hear the caller, who hears nobody. Ends when the caller "
		  "hangs up, or no phone is left. SIP phones are asked to answer by themselves, "
		  "as SIP_AUTO_ANSWER says where it is set. The timeout is how many seconds a "
		  "phone may ring.\n"
		  "  d  duplex: all hear all\n"
		  "  q  no beep to the caller\n"
		  "  s  only phones that are idle\n"
		  "  i  ignore forwards\n"
		  "  r  record it, as page-CHANNEL-TIME.wav in the folder monitor\n"
		  "  A(prompt)  play this to all first; n: not to the caller\n"
		  "  b(place) B(place)  Gosub on each phone's leg, on the caller, before" },
	{ 0 },
};

RD_MODULE(.name = "app_page", .synopsis = "Page", .apps = apps);

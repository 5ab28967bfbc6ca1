/* EmergencyCall(): a call for help goes out, whatever else goes on in the house. */
#include <stdio.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/module.h>
#include <ringdown/tech.h>
#include <ringdown/var.h>

#include "apps/app_emergency/emergency.h"

enum {
	ARGUMENTS = 2,
	ROOMS_MAX = 3, /* so many calls are ended for one */
	ROOM_MS = 200, /* until a line that was given up can be taken */
};

static struct rd_list calls = RD_LIST_INIT(calls);

bool em_is_urgent(const struct rd_channel *ch)
{
	const char *ignore = rd_var_get(ch, "REACH_IGNORE");

	if (ignore && rd_app_true(rd_str_of(ignore)))
		return true;
	rd_list_foreach(node, tmp, &calls) {
		const struct em_call *call = rd_list_entry(node, struct em_call, link);

		if (strcmp(rd_channel_linkedid(call->caller), rd_channel_linkedid(ch)) == 0)
			return true;
	}
	return false;
}

/* ---- the call ---- */

static void name_phone(struct em_call *call)
{
	const char *device = rd_channel_device(call->caller), *slash = strchr(device, '/');
	const char *number = rd_channel_party(call->caller, RD_PARTY_CALLER)->number;

	rd_strcpy(call->phone, sizeof(call->phone), slash ? slash + 1 : device);
	call->site = em_site_of(call->settings, call->phone);
	if (call->site && call->site->callback)
		number = call->site->callback;
	rd_strcpy(call->number, sizeof(call->number), number ? number : "");
}

/* As Dial() does it, with the number that can be called back. */
static int dial(const struct em_call *call, const char *timeout)
{
	bool shown = call->site && call->site->callback;
	const char *args = rd_pool_printf(rd_channel_scratch(call->caller), "%s,%s,i%s%s%s",
					  call->targets, timeout, shown ? "o(" : "",
					  shown ? call->number : "", shown ? ")" : "");

	return args ? rd_app_run(call->caller, "Dial", args) : -ENOMEM;
}

static const char *status_of(const struct em_call *call)
{
	const char *status = rd_var_get(call->caller, "DIALSTATUS");

	return status ? status : "";
}

/* No line was to be had, or so it seems. */
static bool found_no_line(const struct em_call *call)
{
	return strcmp(status_of(call), "CONGESTION") == 0 ||
	       strcmp(status_of(call), "CHANUNAVAIL") == 0;
}

/* Also to who does not want to be disturbed, talks, or has blocked the caller. */
static int get_through(struct rd_channel *ch)
{
	return rd_var_get(ch, "REACH_IGNORE") ? 0 : rd_var_set(ch, "REACH_IGNORE", "calls");
}

static int make_call(const struct em_call *call, const char *timeout)
{
	int rc = dial(call, timeout);

	for (int rooms = 0; !rc && found_no_line(call) && call->settings->make_room &&
			    rooms < ROOMS_MAX && em_make_room(call);
	     rooms++) {
		rc = rd_channel_sleep(call->caller, ROOM_MS);
		if (!rc)
			rc = dial(call, timeout);
	}
	return rc;
}

static int emergencycall_app(struct rd_channel *ch, const char *args)
{
	struct em_call call = { .caller = ch };
	const char *argv[ARGUMENTS];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, ARGUMENTS);

	if (rc < 0)
		return rc;
	if (!*argv[0]) {
		rd_app_error(ch, "whom? It wants TRUNK/group/112");
		return -EINVAL;
	}
	call.settings = em_settings_ref();
	if (!call.settings)
		return -ENOMEM;
	call.targets = argv[0];
	name_phone(&call);
	rd_list_push(&calls, &call.link);
	em_tell(&call, "CALL", NULL, "");
	em_mail(&call);
	em_callback_note(&call);
	em_location_tell(&call);
	rc = get_through(ch);
	if (!rc)
		rc = make_call(&call, argv[1]);
	em_location_forget(&call);
	em_tell(&call, "END", NULL, status_of(&call));
	rd_list_remove(&call.link);
	em_settings_unref(call.settings);
	return rc;
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	(void)pool;
	return rd_devices_fault(argv[0], buf, size);
}

static const char *emergencycall_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, ARGUMENTS, check_arguments, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "EmergencyCall",
	  .run = emergencycall_app,
	  .check = emergencycall_check,
	  .synopsis = "Call for help: with a place, a number to call back, and before all others",
	  .syntax = "EmergencyCall(Technology/Resource[&...][,timeout])",
	  .description =
		  "As Dial(), and: emergency.conf says from where this phone calls, which goes "
		  "along as Geolocation, and which number is shown; who has an address there "
		  "gets a mail, and the bus the event Emergency. Where no line is free, another "
		  "call over these trunks is ended. EMERGENCY_CALLBACK() finds the phone." },
	{ 0 },
};

static void unload(void)
{
	em_config.commit(NULL);
}

static const char *const needs[] = { "app_dial", NULL };

RD_MODULE(.name = "app_emergency", .synopsis = "Emergency calls", .needs = needs, .apps = apps,
	  .functions = em_functions, .config = &em_config, .unload = unload);

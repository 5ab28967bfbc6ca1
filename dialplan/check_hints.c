/* "dialplan check" of hints: are there the devices that they name? One that holds
 * variables is left alone. */
#include <stdio.h>
#include <string.h>

#include <ringdown/fiber.h>
#include <ringdown/tech.h>

#include "dialplan/check.h"

/* "SIP/1001,CustomPresence:1001": what stands behind the devices. */
static const char *fault_of_presence(const char *hint, char *buf, size_t size)
{
	const char *comma = strchr(hint, ',');

	if (!comma || !comma[1])
		return NULL;
	snprintf(buf, size, "%s has no effect: a phone publishes by itself how its user is",
		 comma + 1);
	return buf;
}

/* A plan that counts messages by itself, Set(MWI(1001@far)=2), may light any such lamp. */
static bool counts_messages(const struct dp_plan *plan)
{
	for (struct dp_spot spot = { 0 }; dp_plan_next_step(plan, &spot);)
		if (strcasestr(spot.step->args, "MWI("))
			return true;
	return false;
}

static int check_hint(const struct dp_exten *exten, bool passes_messages, dp_check_report *report,
		      void *arg)
{
	struct rd_buf text;
	const char *wrong;
	char buf[160];

	if (!exten->hint || strchr(exten->hint, '$') ||
	    (passes_messages && strcasestr(exten->hint, "MWI:")))
		return 0;
	wrong = rd_devices_fault(exten->hint, buf, sizeof(buf));
	if (!wrong)
		wrong = fault_of_presence(exten->hint, buf, sizeof(buf));
	if (!wrong)
		return 0;
	rd_buf_init(&text);
	rd_buf_printf(&text, "%s,%s,hint: %s", exten->context->name, exten->name, wrong);
	report(exten->file, exten->line, rd_buf_text(&text), arg);
	rd_buf_fini(&text);
	return 1;
}

int dp_check_hints(const struct dp_plan *plan, dp_check_report *report, void *arg)
{
	const bool passes_messages = counts_messages(plan);
	const struct dp_context *context;
	const struct dp_exten *exten;
	unsigned seen = 0;
	int findings = 0;

	for (context = plan->first; context; context = context->following) {
		for (exten = context->first; exten; exten = exten->following) {
			findings += check_hint(exten, passes_messages, report, arg);
			if (++seen % 256 == 0 && rd_fiber_self())
				rd_yield();
		}
	}
	return findings;
}

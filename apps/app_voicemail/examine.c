/* What a doctor finds in voicemail.conf: PINs that are guessed. */
#include <string.h>

#include "apps/app_voicemail/pin.h"

enum { PIN_LEAST = 4 };

static bool is_in_a_row(const char *pin)
{
	int step = pin[1] - pin[0];

	for (; pin[1]; pin++)
		if (pin[1] - pin[0] != step)
			return false;
	return step >= -1 && step <= 1;
}

/* Why it is guessed, or NULL. */
static const char *weakness(const struct vm_box *box)
{
	if (strlen(box->pin) < PIN_LEAST)
		return "is shorter than 4 digits";
	if (strcmp(box->pin, box->name) == 0)
		return "is its number";
	return is_in_a_row(box->pin) ? "is digits in a row" : NULL;
}

/* What its owner has set counts in the place of what the file says. */
static void examine_pin(const struct vm_box *box, struct rd_config_report *report)
{
	const char *why = *box->pin ? weakness(box) : NULL;

	if (why && vm_pin_is_owners(box) <= 0)
		rd_config_warning(report, "voicemail.conf", 0,
				  "mailbox %s: its PIN %s, and is tried first by whoever wants in",
				  box->id, why);
}

void vm_settings_examine(const struct vm_settings *settings, struct rd_config_report *report)
{
	const struct vm_box *box;
	size_t pos = 0;

	while ((box = vm_settings_next(settings, &pos, NULL)))
		examine_pin(box, report);
}

/* What a doctor finds in voicemail.conf: PINs that are guessed. */
#include <ringdown/secret.h>

#include "apps/app_voicemail/pin.h"

/* What its owner has set counts in the place of what the file says. */
static void examine_pin(const struct vm_box *box, struct rd_config_report *report)
{
	const char *why = *box->pin ? rd_pin_weakness(box->pin, box->name) : NULL;

	if (why && vm_pin_is_owners(box) <= 0)
		rd_config_warning(
			report, "voicemail.conf", 0,
			"mailbox %s: its PIN is %s, and is tried first by whoever wants in",
			box->id, why);
}

void vm_settings_examine(const struct vm_settings *settings, struct rd_config_report *report)
{
	const struct vm_box *box;
	size_t pos = 0;

	while ((box = vm_settings_next(settings, &pos, NULL)))
		examine_pin(box, report);
}

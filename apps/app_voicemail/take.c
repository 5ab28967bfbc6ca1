/* A recording of the owner's own: see take.h. */
#include "apps/app_voicemail/take.h"

#include <ringdown/app.h>
#include <ringdown/fiber.h>
#include <ringdown/prompt.h>

#include "apps/app_voicemail/leave.h"
#include "apps/app_voicemail/voice.h"

enum verdict { KEEP = 1, AGAIN, CANCEL };

static int record(struct vm_session *session, const char *prompt, int max_ms, const char *stage)
{
	const struct rd_record_options how = {
		.path = stage,
		.format = session->settings->general.format,
		.stop_keys = "#",
		.max_ms = max_ms,
		.silence_ms = session->settings->general.maxsilence_ms,
		.beep = true,
		.gain_db = session->gain_db,
	};
	struct rd_record_result result;
	int rc = vm_tell(session->ch, prompt);

	return rc ? rc : rd_record(session->ch, &how, &result);
}

static int review(struct vm_session *session, const char *stage)
{
	int silent = 0, rc = 0;

	while (rc >= 0 && silent < VM_ASK_TIMES) {
		rc = vm_ask(session->ch, "vm-review", "123*#");
		if (rc == '1' || rc == '#')
			return KEEP;
		if (rc == '3')
			return AGAIN;
		if (rc == '*')
			return CANCEL;
		if (rc == '2')
			rc = vm_tell(session->ch, stage);
		else
			silent++;
	}
	return rc < 0 ? rc : CANCEL;
}

int vm_take(struct vm_session *session, const char *prompt, int max_ms, char stage[VM_PATH])
{
	int rc = vm_store_stage(session->box, stage);

	if (rc)
		return rc;
	do {
		rc = record(session, prompt, max_ms, stage);
		if (!rc)
			rc = review(session, stage);
	} while (rc == AGAIN);
	if (rc == KEEP)
		return 1;
	vm_throw_away(stage);
	if (rc < 0 && rc != -ECANCELED) {
		rd_app_error(session->ch, "recording for %s: %s", session->box->id,
			     rd_strerror(rc));
		rc = vm_tell(session->ch, "vm-sorry");
	}
	return RD_MIN(rc, 0);
}

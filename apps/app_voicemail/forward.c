/* A message goes on to others, with a comment before it or without. */
#include <stdio.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/fiber.h>

#include "apps/app_voicemail/leave.h"
#include "apps/app_voicemail/session.h"
#include "apps/app_voicemail/take.h"
#include "apps/app_voicemail/voice.h"

/* "1002*1003" are two, in the context of this mailbox. */
static int ask_targets(struct vm_session *session, struct vm_leave *leave)
{
	char digits[128], name[RD_MWI_NAME];
	int rc = vm_ask_digits(session->ch, "vm-extension", digits, sizeof(digits) - 1);
	struct rd_str rest = rd_str_of(digits), one;

	if (rc <= 0 || *digits == '*')
		return RD_MIN(rc, 0);
	while (rest.n) {
		rd_str_cut(&rest, '*', &one);
		snprintf(name, sizeof(name), "%.*s@%s", RD_STR_ARG(one), session->box->context);
		if (one.n)
			vm_leave_targets(leave, name);
	}
	if (!leave->count)
		return vm_tell(session->ch, "vm-nobox");
	return leave->count;
}

/* ---- the comment ---- */

struct joining {
	const char *comment, *message, *out;
};

static int join(void *arg)
{
	const struct joining *joining = arg;

	return vm_join(joining->comment, joining->message, joining->out);
}

/* 1: it is in leave->stage, before the message that was there. */
static int prepend(struct vm_session *session, struct vm_leave *leave)
{
	char comment[VM_PATH], message[VM_PATH];
	struct joining joining = { comment, message, leave->stage };
	int rc = vm_take(session, "vm-record-prepend", session->box->options.maxsecs_ms, comment);

	if (rc <= 0) {
		vm_throw_away(leave->stage);
		return rc;
	}
	strcpy(message, leave->stage);
	rd_shield_begin(VM_STORE_MS);
	rc = vm_store_stage(leave->boxes[0], leave->stage);
	if (!rc)
		rc = rd_offload(join, &joining);
	rd_shield_end();
	vm_throw_away(comment);
	vm_throw_away(message);
	if (!rc)
		return 1;
	vm_throw_away(leave->stage);
	rd_app_warning(session->ch, "the comment cannot be put before the message: %s",
		       rd_strerror(rc));
	return vm_tell(session->ch, "vm-sorry");
}

/* To leave->stage: while the owner speaks, the message may get another number or go. */
static int fetch(struct vm_session *session, struct vm_leave *leave)
{
	const struct vm_entry *entry = vm_session_entry(session);
	int rc;

	rd_shield_begin(VM_STORE_MS);
	rc = vm_store_copy_message(session->box, entry->folder, &entry->message, leave->boxes[0],
				   leave->stage);
	rd_shield_end();
	return rc;
}

/* 1: the sound is in leave->stage; 0: it is not to be sent. */
static int make_sound(struct vm_session *session, struct vm_leave *leave)
{
	int rc, key = vm_ask(session->ch, "vm-forwardoptions", "12*");

	if (key != '1' && key != '2')
		return RD_MIN(key, 0);
	rc = fetch(session, leave);
	if (rc)
		return rc;
	return key == '1' ? prepend(session, leave) : 1;
}

/* ---- sending ---- */

static int send_on(struct vm_session *session, struct vm_leave *leave)
{
	int rc = vm_leave_has_room(leave);

	if (rc == 0)
		return vm_tell(session->ch, "vm-mailboxfull");
	if (rc > 0)
		rc = make_sound(session, leave);
	if (rc <= 0)
		return rc;
	leave->original = &vm_session_entry(session)->message;
	rc = vm_leave_store(leave);
	return vm_tell(session->ch, rc ? "vm-sorry" : "vm-msgforwarded");
}

int vm_forward(struct vm_session *session)
{
	struct vm_leave leave = { .ch = session->ch, .settings = session->settings, .beep = "" };
	int rc;

	if (!vm_session_entry(session))
		return VM_MENU;
	rc = ask_targets(session, &leave);
	if (rc > 0)
		rc = send_on(session, &leave);
	if (rc < 0 && rc != -ECANCELED) {
		rd_app_warning(session->ch, "forwarding from %s: %s", session->box->id,
			       rd_strerror(rc));
		rc = vm_tell(session->ch, "vm-sorry");
	}
	return RD_MIN(rc, VM_MENU);
}

/* Messages one after the other: what is said before each, and its sound, in which the owner
 * may go back and forth. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/prompt.h>

#include "apps/app_voicemail/session.h"
#include "apps/app_voicemail/voice.h"

/* Keys that end a message are the next command. */
#define COMMANDS "13456789"

/* ---- what is said before it ---- */

/* "First message", "Message 3", "Last message". */
static void say_place(struct vm_voice *voice, const struct vm_session *session)
{
	const struct vm_entry *entry = &session->entries[session->current];
	bool first = session->current == 0;
	bool last = session->current == (int)session->count - 1;

	if (first || last)
		vm_say(voice, first ? "vm-first" : "vm-last");
	if (entry->message.urgent || entry->folder == VM_URGENT)
		vm_say(voice, "vm-Urgent");
	vm_say(voice, "vm-message");
	if (!first && !last)
		vm_say_number(voice, session->current + 1);
}

static void say_caller(struct vm_voice *voice, const struct vm_session *session,
		       const struct vm_message *message)
{
	char name[160], number[160], id[RD_MWI_NAME + 160];
	const struct vm_box *box;

	rd_party_split(message->callerid, name, number, sizeof(number));
	if (!*number || number[strspn(number, "+0123456789*#")]) {
		vm_say(voice, "vm-unknown-caller");
		return;
	}
	rd_strcpy(id, sizeof(id), number);
	strcat(strcat(id, "@"), session->box->context);
	box = vm_settings_box(session->settings, id);
	vm_say(voice, "vm-from");
	if (box) {
		vm_say_owner(voice, box, "vm-extension");
		return;
	}
	vm_say(voice, "vm-from-phonenumber");
	vm_say_digits(voice, number);
}

static void say_duration(struct vm_voice *voice, int seconds)
{
	vm_say(voice, "vm-duration");
	vm_say_number(voice, RD_MAX(1, (seconds + 30) / 60));
	vm_say(voice, "vm-minutes");
}

static void say_about(struct vm_voice *voice, const struct vm_session *session)
{
	const struct vm_message *message = &session->entries[session->current].message;
	const struct vm_options *options = &session->box->options;

	if (options->envelope)
		vm_say_time(voice, message->origtime,
			    vm_settings_zone(session->settings, session->box));
	if (options->saycid)
		say_caller(voice, session, message);
	if (options->sayduration && message->duration * 1000 >= options->sayduration_ms)
		say_duration(voice, message->duration);
}

int vm_say_envelope(struct vm_session *session)
{
	const struct vm_message *message = &session->entries[session->current].message;
	struct vm_voice voice = { .ch = session->ch, .keys = COMMANDS };

	vm_say_time(&voice, message->origtime, vm_settings_zone(session->settings, session->box));
	say_caller(&voice, session, message);
	return voice.rc;
}

/* ---- its sound ---- */

/* * and # go back and forth, 0 holds it, 2 begins anew. */
static int play_sound(struct vm_session *session, struct vm_entry *entry)
{
	struct rd_play_control control = {
		.forward = "#",
		.rewind = "*",
		.pause = "0",
		.restart = "2",
		.stop = COMMANDS,
		.skip_ms = session->settings->general.skip_ms,
	};
	char path[VM_PATH];
	int rc = vm_store_locate(session->box, entry->folder, &entry->message, path);

	if (!rc)
		rc = rd_play_controlled(session->ch, path, &control);
	if (rc >= 0)
		entry->heard = true;
	/* Another phone of this mailbox has deleted it. */
	if (rc < 0 && rc != -ECANCELED)
		rc = vm_tell(session->ch, "vm-nomore");
	return rc;
}

int vm_play_current(struct vm_session *session)
{
	struct vm_entry *entry = vm_session_entry(session);
	struct vm_voice voice = { .ch = session->ch, .keys = COMMANDS };

	if (!entry)
		return VM_MENU;
	say_place(&voice, session);
	say_about(&voice, session);
	return voice.rc ? voice.rc : play_sound(session, entry);
}

/* ---- from one to the other ---- */

static int go_to(struct vm_session *session, int which)
{
	int count = (int)session->count;

	if (session->box->options.messagewrap && count)
		which = (which + count) % count;
	if (which < 0 || which >= count)
		return vm_tell(session->ch, "vm-nomore");
	session->current = which;
	return vm_play_current(session);
}

int vm_first(struct vm_session *session)
{
	return go_to(session, 0);
}

int vm_next(struct vm_session *session)
{
	return go_to(session, session->current + 1);
}

int vm_previous(struct vm_session *session)
{
	return go_to(session, session->current - 1);
}

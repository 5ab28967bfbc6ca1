/* What more an owner may do: answer a message, call back, hear about it, dial, leave one. */
#include <stdio.h>
#include <string.h>

#include <ringdown/dialplan.h>
#include <ringdown/prompt.h>

#include "apps/app_voicemail/leave.h"
#include "apps/app_voicemail/session.h"
#include "apps/app_voicemail/voice.h"

/* ---- messages to others ---- */

static int leave_for(struct vm_session *session, const char *name)
{
	struct vm_leave leave = { .ch = session->ch,
				  .settings = session->settings,
				  .beep = "",
				  .gain_db = session->gain_db,
				  .usual_beep = true,
				  .from_owner = true };
	bool stored;
	int rc;

	if (!vm_settings_box(session->settings, name))
		return vm_tell(session->ch, "vm-nobox");
	vm_leave_targets(&leave, name);
	rc = vm_leave_has_room(&leave);
	if (rc == 0)
		return vm_tell(session->ch, "vm-mailboxfull");
	rc = rc < 0 ? rc : vm_tell(session->ch, "vm-intro");
	if (!rc)
		rc = vm_leave_message(&leave, &stored);
	return rc == -ECANCELED ? rc : VM_MENU;
}

/* The number of who left it; false where that is none. */
static bool number_of(const struct vm_message *message, char *number, size_t size)
{
	char name[160], text[160];

	rd_party_split(message->callerid, name, text, sizeof(text));
	return *text && strspn(text, "+0123456789*#") == strlen(text) &&
	       rd_strcpy(number, size, text);
}

/* In the context of this mailbox. */
static void whole_name(const struct vm_session *session, const char *number, char *name,
		       size_t size)
{
	snprintf(name, size, "%s@%s", number, session->box->context);
}

static int reply(struct vm_session *session)
{
	char number[80], name[RD_MWI_NAME];

	if (!number_of(&vm_session_entry(session)->message, number, sizeof(number)))
		return vm_tell(session->ch, "vm-nonumber");
	whole_name(session, number, name, sizeof(name));
	return leave_for(session, name);
}

static int send_new(struct vm_session *session)
{
	char number[80], name[RD_MWI_NAME];
	int rc = vm_ask_digits(session->ch, "vm-extension", number, sizeof(number) - 1);

	if (rc < 0 || !*number || *number == '*')
		return RD_MIN(rc, 0);
	whole_name(session, number, name, sizeof(name));
	return leave_for(session, name);
}

/* ---- calls ---- */

/* The mailbox is left, and the dialplan goes on there. */
static int lead_to(struct vm_session *session, const char *context, const char *number)
{
	const char *caller = rd_channel_party(session->ch, RD_PARTY_CALLER)->number;

	if (!rd_dialplan_exists(context, number, 1, caller))
		return vm_tell(session->ch, "pbx-invalid");
	if (rd_channel_set_place(session->ch, context, number, 1))
		return vm_tell(session->ch, "vm-sorry");
	session->leads_elsewhere = true;
	return VM_QUIT;
}

static int dial_in(struct vm_session *session, const char *context)
{
	char number[80];
	int rc = vm_ask_digits(session->ch, "vm-enter-num-to-call", number, sizeof(number) - 1);

	if (rc < 0 || !*number || *number == '*')
		return RD_MIN(rc, 0);
	return lead_to(session, context, number);
}

static int call_back(struct vm_session *session)
{
	const char *context = session->box->options.callback;
	struct vm_voice voice = { .ch = session->ch, .keys = "12*" };
	char number[80];
	int key;

	if (!number_of(&vm_session_entry(session)->message, number, sizeof(number)))
		return vm_tell(session->ch, "vm-nonumber");
	vm_say_digits(&voice, number);
	vm_say(&voice, "vm-tocallnum&vm-calldiffnum&vm-star-cancel");
	key = vm_answer(&voice);
	if (key == '1')
		return lead_to(session, context, number);
	return key == '2' ? dial_in(session, context) : RD_MIN(key, 0);
}

static int dial_out(struct vm_session *session)
{
	return dial_in(session, session->box->options.dialout);
}

/* ---- the menu of it ---- */

static bool always(const struct vm_session *session)
{
	(void)session;
	return true;
}

static bool may_call_back(const struct vm_session *session)
{
	return session->box->options.callback;
}

static bool may_dial(const struct vm_session *session)
{
	return session->box->options.dialout;
}

static bool may_send(const struct vm_session *session)
{
	return session->box->options.sendvoicemail;
}

static const struct {
	char key;
	bool of_message; /* there has to be one */
	bool (*allowed)(const struct vm_session *session);
	const char *prompt;
	int (*run)(struct vm_session *session);
} choices[] = {
	{ '1', true, always, "vm-toreply", reply },
	{ '2', true, may_call_back, "vm-tocallback", call_back },
	{ '3', true, always, "vm-tohearenv", vm_say_envelope },
	{ '4', false, may_dial, "vm-tomakecall", dial_out },
	{ '5', false, may_send, "vm-leavemsg", send_new },
};

static bool is_offered(struct vm_session *session, size_t i)
{
	return (!choices[i].of_message || vm_session_entry(session)) && choices[i].allowed(session);
}

static int ask(struct vm_session *session)
{
	char keys[16];
	struct vm_voice voice = { .ch = session->ch, .keys = keys };
	size_t n = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(choices); i++)
		if (is_offered(session, i))
			keys[n++] = choices[i].key;
	keys[n++] = '*';
	keys[n] = '\0';
	for (size_t i = 0; i < RD_ARRAY_SIZE(choices); i++)
		if (is_offered(session, i))
			vm_say(&voice, choices[i].prompt);
	vm_say(&voice, "vm-starmain");
	return vm_answer(&voice);
}

int vm_advanced(struct vm_session *session)
{
	int key = ask(session);

	for (size_t i = 0; i < RD_ARRAY_SIZE(choices); i++)
		if (choices[i].key == key)
			return choices[i].run(session);
	return RD_MIN(key, VM_MENU);
}

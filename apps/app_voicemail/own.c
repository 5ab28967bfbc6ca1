/* What an owner says of himself: greetings, name, PIN. */
#include <string.h>

#include <ringdown/fiber.h>

#include "apps/app_voicemail/leave.h"
#include "apps/app_voicemail/pin.h"
#include "apps/app_voicemail/session.h"
#include "apps/app_voicemail/take.h"
#include "apps/app_voicemail/voice.h"

/* ---- greetings ---- */

static int record_greeting(struct vm_session *session, const char *name, const char *prompt)
{
	char stage[VM_PATH];
	int rc = vm_take(session, prompt, session->settings->general.maxgreet_ms, stage);

	if (rc <= 0)
		return rc;
	rd_shield_begin(VM_STORE_MS);
	rc = vm_store_set_greeting(session->box, name, stage);
	rd_shield_end();
	if (rc)
		vm_throw_away(stage);
	return vm_tell(session->ch, rc ? "vm-sorry" : "vm-msgsaved");
}

static int record_unavailable(struct vm_session *session)
{
	return record_greeting(session, "unavail", "vm-rec-unv");
}

static int record_busy(struct vm_session *session)
{
	return record_greeting(session, "busy", "vm-rec-busy");
}

static int record_name(struct vm_session *session)
{
	return record_greeting(session, "greet", "vm-rec-name");
}

static int has_greeting(struct vm_session *session, const char *name)
{
	char path[VM_PATH];

	return vm_store_greeting(session->box, name, path) == 0;
}

/* While there is one, it can be taken back. */
static int change_temporary(struct vm_session *session)
{
	int rc = has_greeting(session, "temp") ? vm_ask(session->ch, "vm-tempgreeting2", "12*")
					       : '1';

	if (rc == '1')
		return record_greeting(session, "temp", "vm-rec-temp");
	if (rc != '2')
		return RD_MIN(rc, 0);
	rc = vm_store_remove_greeting(session->box, "temp");
	return rc == -ECANCELED ? rc : vm_tell(session->ch, rc ? "vm-sorry" : "vm-tempremoved");
}

/* ---- the PIN ---- */

/* The number of the mailbox is what everybody tries first. */
static bool is_good_pin(const struct vm_session *session, const char *pin)
{
	size_t n = strlen(pin);

	return n > 0 && n >= (size_t)session->box->options.minpassword &&
	       strspn(pin, "0123456789") == n && strcmp(pin, session->box->name) != 0;
}

/* 1 is set, 0 is not (and told why), or negative. */
static int set_pin(struct vm_session *session)
{
	char pin[VM_PIN_MAX + 1], again[VM_PIN_MAX + 1];
	int rc = vm_ask_digits(session->ch, "vm-newpassword", pin, VM_PIN_MAX);

	if (rc < 0)
		return rc;
	if (!is_good_pin(session, pin))
		return vm_tell(session->ch, "vm-invalid-password");
	rc = vm_ask_digits(session->ch, "vm-reenterpassword", again, VM_PIN_MAX);
	if (rc < 0)
		return rc;
	if (strcmp(pin, again) != 0)
		return vm_tell(session->ch, "vm-mismatch");
	rc = vm_pin_set(session->box, pin);
	if (rc)
		return rc == -ECANCELED ? rc : vm_tell(session->ch, "vm-sorry");
	rc = vm_tell(session->ch, "vm-passchanged");
	return rc ? rc : 1;
}

static int change_pin(struct vm_session *session)
{
	int rc = session->box->pin_fixed ? vm_tell(session->ch, "vm-sorry") : 0;

	for (int i = 0; rc == 0 && i < VM_ASK_TIMES && !session->box->pin_fixed; i++)
		rc = set_pin(session);
	return RD_MIN(rc, 0);
}

/* ---- the menu of it ---- */

static const struct {
	char key;
	int (*run)(struct vm_session *session);
} options[] = {
	{ '1', record_unavailable }, { '2', record_busy }, { '3', record_name },
	{ '4', change_temporary },   { '5', change_pin },
};

static int run_option(struct vm_session *session, int key)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(options); i++)
		if (options[i].key == key)
			return options[i].run(session);
	return 0;
}

int vm_own_options(struct vm_session *session)
{
	int silent = 0, key;

	if (session->read_only)
		return vm_tell(session->ch, "vm-sorry");
	while (silent < VM_ASK_TIMES) {
		key = vm_ask(session->ch, "vm-options", "12345*#");
		if (key == '*')
			return VM_MENU;
		if (key == '#')
			return VM_QUIT;
		silent = key ? 0 : silent + 1;
		if (key > 0)
			key = run_option(session, key);
		if (key < 0)
			return key;
	}
	return VM_MENU;
}

/* ---- the first time ---- */

static int set_first_pin(struct vm_session *session)
{
	int rc = vm_tell(session->ch, "vm-newuser");

	for (int i = 0; rc == 0 && i < VM_ASK_TIMES; i++)
		rc = set_pin(session);
	return rc < 0 ? rc : rc ? 0 : VM_QUIT;
}

static int record_missing(struct vm_session *session)
{
	const struct vm_options *wants = &session->box->options;
	int rc = 0;

	if (wants->forcename && !has_greeting(session, "greet"))
		rc = record_name(session);
	if (!rc && wants->forcegreetings && !has_greeting(session, "unavail"))
		rc = record_unavailable(session);
	if (!rc && wants->forcegreetings && !has_greeting(session, "busy"))
		rc = record_busy(session);
	return rc;
}

int vm_own_begin(struct vm_session *session, bool fresh)
{
	int rc = fresh ? set_first_pin(session) : 0;

	return rc || session->read_only ? rc : record_missing(session);
}

/* Who calls: see login.h. A mailbox that nobody has is asked for a PIN all the same, so that
 * trying does not tell which ones there are. */
#include "apps/app_voicemail/login.h"

#include <stdio.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/log.h>

#include "apps/app_voicemail/pin.h"
#include "apps/app_voicemail/voice.h"

/* What the caller keys, or without that his number, stands in the context that the dialplan's
 * name has. */
static int ask_name(const struct vm_login *login, const char *prompt, char *name, size_t size)
{
	const char *context = strchr(login->name, '@'), *number;
	char digits[64];
	int rc = vm_ask_digits(login->ch, prompt, digits, sizeof(digits) - 1);

	if (rc < 0)
		return rc;
	if (digits[0] == '*')
		return VM_STAR;
	number = rd_channel_party(login->ch, RD_PARTY_CALLER)->number;
	snprintf(name, size, "%s%s%s", login->prefix, *digits || !number ? digits : number,
		 context ? context : "");
	return 0;
}

static int check_pin(struct vm_login *login, const char *name)
{
	char pin[VM_PIN_MAX + 1];
	int rc = vm_ask_digits(login->ch, "vm-password", pin, VM_PIN_MAX);

	login->box = vm_settings_box(login->settings, name);
	if (rc < 0)
		return rc;
	rc = login->box ? vm_pin_check(login->box, pin) : 0;
	if (rc == 0)
		rd_notice("%s: wrong PIN for mailbox %s", rd_channel_name(login->ch), name);
	return rc == -EAGAIN ? 0 : rc;
}

/* The dialplan says whose it is: it knows the telephone. A new owner sets a PIN first. */
static int enter_named(struct vm_login *login)
{
	int rc;

	login->box = vm_settings_box(login->settings, login->name);
	if (!login->box)
		return 0;
	if (login->skip_pin)
		return VM_IN;
	rc = vm_pin_there(login->box);
	login->fresh = rc == 0;
	return rc < 0 ? rc : login->fresh ? VM_IN : 0;
}

static bool is_named(const struct vm_login *login)
{
	return *login->name && *login->name != '@';
}

/* One attempt: VM_IN, VM_STAR, 0 for a wrong one, or negative. */
static int attempt(struct vm_login *login, int number)
{
	const char *first = login->silent ? "" : "vm-login";
	char name[RD_MWI_NAME];
	int rc = 0;

	if (is_named(login))
		rd_strcpy(name, sizeof(name), login->name);
	else
		rc = ask_name(login, number ? "vm-incorrect-mailbox" : first, name, sizeof(name));
	if (rc)
		return rc;
	if (number && is_named(login))
		rc = vm_tell(login->ch, "vm-incorrect");
	return rc ? rc : check_pin(login, name);
}

int vm_login(struct vm_login *login)
{
	int rc = is_named(login) ? enter_named(login) : 0;

	if (!rc && is_named(login) && !login->box) {
		rd_app_warning(login->ch, "there is no mailbox \"%s\"", login->name);
		return vm_tell(login->ch, "vm-incorrect-mailbox&vm-goodbye");
	}
	for (int i = 0; !rc && i < login->settings->general.maxlogins; i++)
		rc = attempt(login, i);
	if (rc)
		return rc;
	return vm_tell(login->ch, "vm-incorrect&vm-goodbye");
}

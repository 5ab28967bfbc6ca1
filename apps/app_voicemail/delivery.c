/* Messages that nobody left by telephone: other modules bring their sound. */
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>

#include "apps/app_voicemail/leave.h"
#include "apps/app_voicemail/voicemail.h"

static void describe(const struct rd_voicemail_letter *letter, const struct vm_box *box,
		     enum vm_folder folder, struct vm_message *message)
{
	memset(message, 0, sizeof(*message));
	message->duration = letter->duration_s;
	message->origtime = rd_wall() - letter->duration_s;
	message->urgent = folder == VM_URGENT;
	vm_leave_print_caller(message, letter->caller_name, letter->caller_number);
	rd_strcpy(message->channel, sizeof(message->channel), letter->channel);
	rd_strcpy(message->exten, sizeof(message->exten), letter->exten);
	rd_strcpy(message->context, sizeof(message->context), box->context);
	rd_strcpy(message->origmailbox, sizeof(message->origmailbox), box->name);
}

static int put(const struct vm_settings *settings, const struct vm_box *box, enum vm_folder folder,
	       const struct rd_voicemail_letter *letter)
{
	struct vm_message message;
	char stage[VM_PATH] = "";
	int rc = vm_store_count(box, folder);

	if (rc >= box->options.maxmsg)
		rc = -ENOSPC;
	if (rc >= 0)
		rc = vm_store_take_in(letter->sound, box, stage);
	describe(letter, box, folder, &message);
	if (!rc)
		rc = vm_store_deliver(box, stage, folder, &message);
	if (rc)
		vm_throw_away(stage);
	else
		vm_leave_send_mail(settings, box, folder, &message);
	return rc;
}

/* "1001@default/Family": -ENOENT where there is no such thing. */
static int find(const struct vm_settings *settings, const char *mailbox, const struct vm_box **box,
		int *folder)
{
	struct rd_str rest = rd_str_of(mailbox), name;
	char text[RD_MWI_NAME];

	*folder = VM_INBOX;
	rd_str_cut(&rest, '/', &name);
	if (rest.n)
		*folder = vm_folder_from_name(rest.p);
	*box = rd_strcpyn(text, sizeof(text), name) ? vm_settings_box(settings, text) : NULL;
	return *box && *folder >= 0 ? 0 : -ENOENT;
}

static int deliver(const char *mailbox, const struct rd_voicemail_letter *letter)
{
	struct vm_settings *settings = vm_settings_ref();
	const struct vm_box *box;
	int folder, rc = settings ? find(settings, mailbox, &box, &folder) : -ENOENT;

	rd_shield_begin(VM_STORE_MS);
	if (!rc)
		rc = put(settings, box, (enum vm_folder)folder, letter);
	rd_shield_end();
	vm_settings_unref(settings);
	return rc;
}

const struct rd_voicemail vm_delivery = { .deliver = deliver };

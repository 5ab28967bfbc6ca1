/* Voicemail: the tables of the module, its birth and its end. What applications do is in
 * files of their own. */
#include <ringdown/log.h>
#include <ringdown/store.h>

#include "apps/app_voicemail/index.h"
#include "apps/app_voicemail/keeper.h"
#include "apps/app_voicemail/kept.h"
#include "apps/app_voicemail/mail.h"
#include "apps/app_voicemail/pin.h"
#include "apps/app_voicemail/settings.h"
#include "apps/app_voicemail/voicemail.h"

static const char *check_box(struct rd_pool *pool, const char *const *argv, char *buf, size_t size)
{
	(void)pool;
	return argv[0][0] == '@' ? NULL : vm_settings_fault(argv[0], buf, size);
}

static const char *box_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_box, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "VoiceMail",
	  .run = vm_voicemail_app,
	  .check = vm_voicemail_check,
	  .synopsis = "Take a message for somebody who does not answer",
	  .syntax = "VoiceMail(mailbox[@context][&mailbox...][,options])",
	  .description = "b: greet as busy, u: as away. s: without instructions; S: without them "
			 "after a greeting of the owner. e: greet before the call is answered. "
			 "d([context]): keys of the greeting that are extensions there lead to "
			 "them. t([prompt]): that instead of the beep. U: urgent, P: priority. "
			 "g(db): record louder, or softer. "
			 "Keys: # to the tone and at the end of the message, * to extension a, 0 "
			 "to extension o where operator=yes. Sets VMSTATUS: SUCCESS USEREXIT "
			 "FAILED." },
	{ .name = "VoiceMailMain",
	  .run = vm_main_app,
	  .check = vm_main_check,
	  .synopsis = "Let somebody hear the messages of a mailbox",
	  .syntax = "VoiceMailMain([mailbox][@context][,options])",
	  .description =
		  "Asks for the mailbox, where none is named, and its PIN. s: without the PIN. "
		  "p: the name is a prefix of what is keyed. r: nothing may be changed. "
		  "a([folder]): begins with the first message there. g(db): record louder. "
		  "Keys: 1 hear the messages, "
		  "2 another folder, 3 more (1 reply, 2 call back, 3 who and when, 4 dial, 5 "
		  "leave one), 4 previous, 5 again, 6 next, 7 delete or not, 8 forward, 9 save, 0 "
		  "greetings and PIN, # the end. In a message: * back, # forth, 0 pause, 2 anew." },
	{ .name = "VMAuthenticate",
	  .run = vm_authenticate_app,
	  .check = vm_authenticate_check,
	  .synopsis = "Ask for a mailbox and its PIN",
	  .syntax = "VMAuthenticate([mailbox][@context][,options])",
	  .description = "Goes on for who knows it, else the call ends. s: without the "
			 "prompt for the mailbox. Sets AUTH_MAILBOX and AUTH_CONTEXT." },
	{ .name = "VMSayName",
	  .run = vm_sayname_app,
	  .check = box_check,
	  .synopsis = "Say who has a mailbox",
	  .syntax = "VMSayName([mailbox][@context])",
	  .description = "The recorded name, or the number." },
	{ .name = "VoiceMailPlayMsg",
	  .run = vm_playmsg_app,
	  .check = box_check,
	  .synopsis = "Play a message by its id",
	  .syntax = "VoiceMailPlayMsg(mailbox[@context],message)",
	  .description = "Sets VOICEMAIL_PLAYBACKSTATUS: SUCCESS FAILED." },
	{ .name = "Directory",
	  .run = vm_directory_app,
	  .check = vm_directory_check,
	  .synopsis = "Let a caller find somebody by the letters of a name",
	  .syntax = "Directory([voicemail_context][,dial_context[,options]])",
	  .description =
		  "The first three letters of the last name are keyed, then 1 is this person, * "
		  "the next. l(n), f(n), b(n): so many of the last, the first name, or either. e: "
		  "say the extension too. n: do not answer. p(ms): wait after the letters. "
		  "m: a menu of up to eight. a: aliases too. c(file): people of another file than "
		  "voicemail.conf. s: stay here. 0 leads to extension "
		  "o, * to a. Sets DIRECTORY_EXTEN, and DIRECTORY_RESULT: "
		  "SELECTED OPERATOR ASSISTANT TIMEOUT USEREXIT HANGUP FAILED." },
	{ .name = "MailboxExists",
	  .run = vm_mailboxexists_app,
	  .synopsis = "Is there such a mailbox",
	  .syntax = "MailboxExists(mailbox[@context])",
	  .description = "Sets VMBOXEXISTSSTATUS: SUCCESS FAILED. VM_INFO(mailbox,exists) says "
			 "the same." },
	{ 0 }
};

static int load(void)
{
	int rc = rd_store_schema(&vm_index_schema);

	if (!rc)
		rc = vm_keeper_start();
	if (rc)
		return rc;
	rc = vm_mail_start();
	if (rc)
		vm_keeper_stop();
	return rc;
}

static void review(void *snapshot, struct rd_config_report *report)
{
	vm_settings_review(snapshot, report);
	if (rd_config_is_examined())
		vm_settings_examine(snapshot, report);
}

static void unload(void)
{
	vm_mail_stop();
	vm_keeper_stop();
	vm_config.commit(NULL);
	vm_pin_fini();
}

/* Mails and mailboxes that wait are found on the disk. */
static void take_over(void)
{
	int rc = rd_store_schema(&vm_index_schema);

	vm_kept->file++;
	if (!rc)
		rc = vm_keeper_take_over();
	if (!rc)
		rc = vm_mail_take_over();
	if (rc)
		rd_error("nobody looks after mailboxes, or sends mails: %s", rd_strerror(rc));
}

static const size_t sizes[] = { sizeof(struct vm_kept),
				sizeof(struct vm_settings),
				sizeof(struct vm_general),
				sizeof(struct vm_options),
				sizeof(struct vm_box),
				sizeof(struct vm_zone),
				0 };
static const size_t *const shape[] = { sizes, vm_sizes_locks, vm_sizes_pins, NULL };

static const struct rd_module_state state = { .version = 1,
					      .shape = shape,
					      .size = sizeof(struct vm_kept),
					      .place = (void **)&vm_kept,
					      .take_over = take_over };

static const struct rd_interface interfaces[] = {
	{ .name = RD_VOICEMAIL, .version = RD_VOICEMAIL_VERSION, .functions = &vm_delivery },
	{ .name = RD_MAILBOXES("voicemail"),
	  .version = RD_MAILBOXES_VERSION,
	  .functions = &vm_mailboxes },
	{ .name = RD_MAIL, .version = RD_MAIL_VERSION, .functions = &vm_letters },
	{ 0 },
};

RD_MODULE(.name = "app_voicemail", .synopsis = "Voicemail", .apps = apps, .functions = vm_functions,
	  .commands = vm_commands, .config = &vm_config, .review = review, .interfaces = interfaces,
	  .load = load, .unload = unload, .state = &state);

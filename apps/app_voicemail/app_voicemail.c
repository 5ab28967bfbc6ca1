/* Voicemail: the tables of the module, its birth and its end. What applications do is in
 * files of their own. */
#include <ringdown/store.h>

#include "apps/app_voicemail/index.h"
#include "apps/app_voicemail/keeper.h"
#include "apps/app_voicemail/pin.h"
#include "apps/app_voicemail/settings.h"
#include "apps/app_voicemail/voicemail.h"

static const struct rd_app apps[] = {
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

	return rc ? rc : vm_keeper_start();
}

static void unload(void)
{
	vm_keeper_stop();
	vm_config.commit(NULL);
	vm_pin_fini();
}

RD_MODULE(.name = "app_voicemail", .synopsis = "Voicemail", .apps = apps, .functions = vm_functions,
	  .commands = vm_commands, .config = &vm_config, .load = load, .unload = unload);

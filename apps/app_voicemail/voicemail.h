/* What the files of this module offer to the tables in app_voicemail.c. */
#ifndef APPS_APP_VOICEMAIL_VOICEMAIL_H
#define APPS_APP_VOICEMAIL_VOICEMAIL_H

#include <ringdown/channel.h>
#include <ringdown/module.h>

/* -- functions.c -- */
extern const struct rd_function vm_functions[];
int vm_mailboxexists_app(struct rd_channel *ch, const char *args);

/* -- commands.c -- */
extern const struct rd_cli_command vm_commands[];

#endif

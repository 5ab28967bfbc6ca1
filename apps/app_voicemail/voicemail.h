/* What the files of this module offer to the tables in app_voicemail.c. */
#ifndef APPS_APP_VOICEMAIL_VOICEMAIL_H
#define APPS_APP_VOICEMAIL_VOICEMAIL_H

#include <ringdown/channel.h>
#include <ringdown/module.h>
#include <ringdown/voicemail.h>

/* -- app_leave.c -- */
int vm_voicemail_app(struct rd_channel *ch, const char *args);
const char *vm_voicemail_check(const char *args, char *buf, size_t size);

/* -- app_main.c -- */
int vm_main_app(struct rd_channel *ch, const char *args);
const char *vm_main_check(const char *args, char *buf, size_t size);

/* -- app_small.c -- */
int vm_authenticate_app(struct rd_channel *ch, const char *args);
const char *vm_authenticate_check(const char *args, char *buf, size_t size);
int vm_sayname_app(struct rd_channel *ch, const char *args);
int vm_playmsg_app(struct rd_channel *ch, const char *args);

/* -- directory.c -- */
int vm_directory_app(struct rd_channel *ch, const char *args);
const char *vm_directory_check(const char *args, char *buf, size_t size);

/* -- functions.c -- */
extern const struct rd_function vm_functions[];
int vm_mailboxexists_app(struct rd_channel *ch, const char *args);

/* -- delivery.c -- */
extern const struct rd_voicemail vm_delivery;

/* -- commands.c -- */
extern const struct rd_cli_command vm_commands[];

#endif

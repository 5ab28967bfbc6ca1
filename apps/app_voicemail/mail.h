/* Mails about messages. They wait in SPOOL/voicemail_outbox until somebody has taken them,
 * also over a restart. */
#ifndef APPS_APP_VOICEMAIL_MAIL_H
#define APPS_APP_VOICEMAIL_MAIL_H

#include <ringdown/mail.h>

#include "apps/app_voicemail/disk.h"
#include "apps/app_voicemail/settings.h"

int vm_mail_start(void);
/* Yields until nobody sends any more. */
RD_YIELDS void vm_mail_stop(void);

/* Who sends in another file ends with the mail that he has, and one of this file begins. The
 * turn is another one already (kept.h). 0 or negative. Yields. */
RD_YIELDS int vm_mail_take_over(void);

/* A message has come to a mailbox: what its owner wants to be sent is in the outbox when this
 * returns 1. 0: he wants nothing; or negative, logged. Yields. */
RD_YIELDS int vm_mail_message(const struct vm_settings *settings, const struct vm_box *box,
			      enum vm_folder folder, const struct vm_message *message);

/* Mails of other modules. */
extern const struct rd_mail vm_letters;

/* -- between mail.c and outbox.c -- */

/* SPOOL/voicemail_outbox. */
int vm_outbox_path(char path[VM_PATH]);
/* There is one more in it. */
void vm_outbox_wake(void);

#endif

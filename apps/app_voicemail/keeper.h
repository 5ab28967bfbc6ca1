/* The fiber that looks after mailboxes when nobody calls: it finishes what a crash has left,
 * reads what is not in the index, and, with pollmailboxes, sees what other programs do. */
#ifndef APPS_APP_VOICEMAIL_KEEPER_H
#define APPS_APP_VOICEMAIL_KEEPER_H

#include <ringdown/base.h>

int vm_keeper_start(void);
/* Yields until it has ended. */
RD_YIELDS void vm_keeper_stop(void);
/* That of another file ends when it has done what it does, and one of this file begins. The
 * turn is another one already (kept.h). 0 or -ENOMEM. Yields. */
RD_YIELDS int vm_keeper_take_over(void);
/* The configuration is another one: look at all mailboxes. */
void vm_keeper_wake(void);

#endif

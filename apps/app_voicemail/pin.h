/* PINs of mailboxes: kept as salted hashes beside the messages, tried so and so often. */
#ifndef APPS_APP_VOICEMAIL_PIN_H
#define APPS_APP_VOICEMAIL_PIN_H

#include "apps/app_voicemail/settings.h"

enum { VM_PIN_MAX = 64 };

/* Has it one, set by its owner or in voicemail.conf? 1, 0 or negative. Yields. */
RD_YIELDS int vm_pin_there(const struct vm_box *box);
/* Has its owner set one? 1, 0 or negative. Yields. */
RD_YIELDS int vm_pin_is_owners(const struct vm_box *box);
/**
 * Is it this one? That of voicemail.conf, or before it of the mailbox's secret.conf, counts
 * until its owner has entered it once; then its hash does.
 *
 * 1 yes, 0 no, -EAGAIN: too often wrong, nobody gets in for a while; or what the disk
 * says. Yields.
 */
RD_YIELDS int vm_pin_check(const struct vm_box *box, const char *pin);
/* A new one: on the disk when it returns 0. Yields. */
RD_YIELDS int vm_pin_set(const struct vm_box *box, const char *pin);
/* The owner's is forgotten: that of voicemail.conf counts again. 0 or -ENOENT. Yields. */
RD_YIELDS int vm_pin_forget(const struct vm_box *box);
/* Whoever was wrong too often is not waited for any more; at unload. */
void vm_pin_fini(void);

#endif

/* Who calls: a mailbox and its PIN. Yields. */
#ifndef APPS_APP_VOICEMAIL_LOGIN_H
#define APPS_APP_VOICEMAIL_LOGIN_H

#include <ringdown/channel.h>

#include "apps/app_voicemail/settings.h"

struct vm_login {
	struct rd_channel *ch;
	const struct vm_settings *settings;
	const char *name; /* of the mailbox, as the dialplan says; "": the caller does */
	const char *prefix; /* before what the caller says, or "" */
	bool skip_pin;
	bool silent; /* who has no name yet is not asked for it, but keys it */
	/* who it is */
	const struct vm_box *box;
	bool fresh; /* has no PIN yet; only where the dialplan names the mailbox */
};

/* What became of it, or negative; who is refused has been told. */
enum { VM_REFUSED, VM_IN, VM_STAR };
RD_YIELDS int vm_login(struct vm_login *login);

#endif

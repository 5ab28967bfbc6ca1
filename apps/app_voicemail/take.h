/* A recording of the owner's own: a greeting, a comment. Yields. */
#ifndef APPS_APP_VOICEMAIL_TAKE_H
#define APPS_APP_VOICEMAIL_TAKE_H

#include "apps/app_voicemail/session.h"

/* Ask for it, record, review; until it is accepted. 1: it is in stage; 0: it is not wanted,
 * and nothing is left of it; or negative, likewise. */
RD_YIELDS int vm_take(struct vm_session *session, const char *prompt, int max_ms,
		      char stage[VM_PATH]);

#endif

/* What the module keeps across calls. */
#include "apps/app_voicemail/kept.h"

static struct vm_kept own = { .locks = RD_LIST_INIT(own.locks),
			      .keeper_woken = { RD_LIST_INIT(own.keeper_woken.waiters) },
			      .sender_woken = { RD_LIST_INIT(own.sender_woken.waiters) } };
struct vm_kept *vm_kept = &own;

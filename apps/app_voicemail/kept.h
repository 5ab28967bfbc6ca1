/* What stays when a new file takes the module's place. Calls that are in the old code and those
 * in the new take turns at the same locks; what looks after mailboxes and sends mails goes on in
 * the new code. */
#ifndef APPS_APP_VOICEMAIL_KEPT_H
#define APPS_APP_VOICEMAIL_KEPT_H

#include <stdatomic.h>

#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/map.h>

struct vm_kept {
	struct vm_settings *in_force;
	struct rd_list locks; /* of mailboxes; see lock.c */
	struct rd_map *attempts; /* mailbox to struct attempts, of pin.c */
	struct rd_fiber *keeper, *sender;
	struct rd_cond keeper_woken, sender_woken;
	bool all_anew; /* for the keeper */
	bool has_more; /* for the sender */
	unsigned file; /* whose turn it is: fibers of files before it end */
	atomic_bool aborted; /* the mail that is being sent */
	char mark[16]; /* of what is being recorded, in names of files; "": none yet */
};
extern struct vm_kept *vm_kept;

/* Of what is private to a file, as rd_module_state.shape has it. */
extern const size_t vm_sizes_locks[], vm_sizes_pins[];

#endif

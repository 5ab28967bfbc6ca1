/* One at a time in each mailbox. A lock is there while somebody has it or waits. */
#include <string.h>

#include <ringdown/fiber.h>
#include <ringdown/list.h>

#include "apps/app_voicemail/kept.h"
#include "apps/app_voicemail/store.h"

struct lock {
	struct rd_list link;
	struct rd_cond free;
	unsigned users;
	bool held;
	char id[RD_MWI_NAME];
};

const size_t vm_sizes_locks[] = { sizeof(struct lock), 0 };

static struct lock *find(const char *id)
{
	rd_list_foreach(node, tmp, &vm_kept->locks)
		if (strcmp(rd_list_entry(node, struct lock, link)->id, id) == 0)
			return rd_list_entry(node, struct lock, link);
	return NULL;
}

static struct lock *find_or_make(const char *id)
{
	struct lock *lock = find(id);

	if (lock)
		return lock;
	lock = rd_zalloc(sizeof(*lock));
	if (!lock)
		return NULL;
	rd_strcpy(lock->id, sizeof(lock->id), id);
	rd_cond_init(&lock->free);
	rd_list_push(&vm_kept->locks, &lock->link);
	return lock;
}

static void leave(struct lock *lock)
{
	if (--lock->users)
		return;
	rd_list_remove(&lock->link);
	rd_cond_fini(&lock->free);
	rd_free(lock);
}

int vm_lock(const char *id)
{
	struct lock *lock = find_or_make(id);
	int rc = 0;

	if (!lock)
		return -ENOMEM;
	lock->users++;
	while (lock->held && !rc)
		rc = rd_cond_wait(&lock->free, RD_FOREVER);
	if (rc)
		leave(lock);
	else
		lock->held = true;
	return rc;
}

void vm_unlock(const char *id)
{
	struct lock *lock = find(id);

	rd_assert(lock && lock->held);
	lock->held = false;
	rd_cond_signal(&lock->free);
	leave(lock);
}

/* LOCK(), TRYLOCK(), UNLOCK(): one call at a time in a part of the dialplan.
 * What a call holds is given back at its end. */
#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/map.h>
#include <ringdown/module.h>

#include "modules/func.h"

#define PATIENCE_MS 3000 /* what LOCK waits, as Asterisk's does */

struct lock {
	struct rd_list link; /* in the holder's list, when held */
	struct rd_channel *holder;
	int depth; /* how often the holder took it */
	int waiting;
	struct rd_cond freed;
	char *name;
};

/* The locks that one channel holds. */
struct held {
	struct rd_list locks;
};

/* What stays when a new file takes the module's place. */
static struct kept {
	struct rd_map *locks;
	char key; /* of what is kept with a channel */
} own, *kept = &own;

static const size_t sizes[] = { sizeof(own), sizeof(struct lock), sizeof(struct held), 0 };
static const size_t *const shape[] = { sizes, NULL };
static const struct rd_module_state state = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&kept
};

/* Nobody holds it: the next in the queue may, or it is forgotten. */
static void pass_on(struct lock *lock)
{
	if (lock->waiting) {
		rd_cond_signal(&lock->freed);
		return;
	}
	rd_map_remove(kept->locks, lock->name);
	rd_cond_fini(&lock->freed);
	rd_free(lock->name);
	rd_free(lock);
}

static void lock_release(struct lock *lock)
{
	rd_list_remove(&lock->link);
	lock->holder = NULL;
	lock->depth = 0;
	pass_on(lock);
}

static void held_free(void *data)
{
	struct held *held = data;

	rd_list_foreach(it, next, &held->locks)
		lock_release(rd_list_entry(it, struct lock, link));
	rd_free(held);
}

static struct held *held_of(struct rd_channel *ch)
{
	return rd_channel_keep_list(ch, &kept->key, sizeof(struct held),
				    offsetof(struct held, locks), held_free);
}

static struct lock *lock_of(const char *name)
{
	struct lock *lock = rd_map_get(kept->locks, name);

	if (lock)
		return lock;
	lock = rd_zalloc(sizeof(*lock));
	if (!lock)
		return NULL;
	lock->name = rd_strdup(name);
	if (!lock->name || rd_map_set(kept->locks, name, lock, NULL)) {
		rd_free(lock->name);
		rd_free(lock);
		return NULL;
	}
	rd_list_init(&lock->link);
	rd_cond_init(&lock->freed);
	return lock;
}

/* Wait until nobody holds it. Yields. */
static int wait_free(struct lock *lock)
{
	uint64_t end = rd_now_ms() + PATIENCE_MS;
	int rc = 0;

	lock->waiting++;
	while (rc == 0 && lock->holder)
		rc = rd_now_ms() >= end ?
			     -ETIMEDOUT :
			     rd_cond_wait(&lock->freed, (int)(end - rd_now_ms()));
	lock->waiting--;
	return rc;
}

/* 0, -EBUSY, -ETIMEDOUT, -ECANCELED, -ENOMEM. */
static int take(struct rd_channel *ch, const char *name, bool patient)
{
	struct held *held = held_of(ch);
	struct lock *lock = held ? lock_of(name) : NULL;
	int rc = 0;

	if (!lock)
		return -ENOMEM;
	if (lock->holder == ch) {
		lock->depth++;
		return 0;
	}
	if (lock->holder)
		rc = patient ? wait_free(lock) : -EBUSY;
	if (rc) {
		if (!lock->holder) /* it was our turn, but the call has ended */
			pass_on(lock);
		return rc;
	}
	lock->holder = ch;
	lock->depth = 1;
	rd_list_push(&held->locks, &lock->link);
	return 0;
}

static int answer(struct rd_channel *ch, const char *args, struct rd_buf *out, bool patient)
{
	int rc = ch ? take(ch, args, patient) : -EINVAL;

	rd_buf_addc(out, rc == 0 ? '1' : '0');
	return rc == -EBUSY || rc == -ETIMEDOUT ? 0 : rc;
}

static int lock_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return answer(ch, args, out, true);
}

static int trylock_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	return answer(ch, args, out, false);
}

static int unlock_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct lock *lock = rd_map_get(kept->locks, args);
	bool ours = ch && lock && lock->holder == ch;

	if (ours && --lock->depth == 0)
		lock_release(lock);
	rd_buf_addc(out, ours ? '1' : '0');
	return 0;
}

static const char *check(const char *name, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return *name ? NULL : "which lock?";
}

static int load(void)
{
	return rd_map_new(&kept->locks, 0);
}

static void unload(void)
{
	rd_map_free(kept->locks);
}

static const struct rd_function functions[] = {
	{ .name = "LOCK",
	  .read = lock_read,
	  .check = check,
	  .yields = true,
	  .synopsis = "Take a lock; wait for it if somebody has it",
	  .syntax = "LOCK(name)",
	  .description = "1 when this call has it, 0 after three seconds of waiting. "
			 "It is given back at the end of the call." },
	{ .name = "TRYLOCK",
	  .read = trylock_read,
	  .check = check,
	  .synopsis = "Take a lock if nobody has it",
	  .syntax = "TRYLOCK(name)" },
	{ .name = "UNLOCK",
	  .read = unlock_read,
	  .check = check,
	  .synopsis = "Give a lock back",
	  .syntax = "UNLOCK(name)" },
	{ 0 }
};

RD_MODULE(.name = "func_lock", .synopsis = "Locks in the dialplan", .functions = functions,
	  .load = load, .unload = unload, .state = &state);

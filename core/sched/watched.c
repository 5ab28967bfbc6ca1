/* Which threads are watched, and who of them is stuck. */
#include "core/sched/watched.h"

#include <pthread.h>

#include "core/sched/clock.h"
#include "core/sched/standstill.h"

static struct {
	pthread_mutex_t lock;
	struct rd_list all;
	atomic_ulong stuck;
	atomic_uint_fast64_t stuck_at_us;
} watched_threads = { .lock = PTHREAD_MUTEX_INITIALIZER, .all = RD_LIST_INIT(watched_threads.all) };

void rd__watched_add(struct rd__watched *watched)
{
	rd_list_init(&watched->link);
	pthread_mutex_lock(&watched_threads.lock);
	rd_list_push(&watched_threads.all, &watched->link);
	pthread_mutex_unlock(&watched_threads.lock);
}

void rd__watched_remove(struct rd__watched *watched)
{
	pthread_mutex_lock(&watched_threads.lock);
	rd_list_remove(&watched->link);
	pthread_mutex_unlock(&watched_threads.lock);
}

static void look_at(struct rd__watched *watched, uint64_t stuck_us, uint64_t again_us)
{
	uint64_t now_us = rd__clock_real_us();
	uint64_t began_us = atomic_load_explicit(&watched->began_us, memory_order_relaxed);
	uint64_t since_us;

	if (!began_us || now_us <= began_us + stuck_us ||
	    (began_us == watched->told && now_us - watched->told_at_us <= again_us))
		return;
	since_us = rd__standstill_after(began_us, now_us);
	if (now_us - since_us <= stuck_us)
		return;
	watched->told = began_us;
	watched->told_at_us = now_us;
	atomic_fetch_add(&watched_threads.stuck, 1);
	atomic_store(&watched_threads.stuck_at_us, now_us);
	watched->tell(watched, now_us - since_us);
}

void rd__watched_look(uint64_t stuck_us, uint64_t again_us)
{
	pthread_mutex_lock(&watched_threads.lock);
	rd_list_foreach(node, tmp, &watched_threads.all)
		look_at(rd_list_entry(node, struct rd__watched, link), stuck_us, again_us);
	pthread_mutex_unlock(&watched_threads.lock);
}

unsigned long rd__watched_stuck(void)
{
	return atomic_load(&watched_threads.stuck);
}

uint64_t rd__watched_stuck_at_us(void)
{
	return atomic_load(&watched_threads.stuck_at_us);
}

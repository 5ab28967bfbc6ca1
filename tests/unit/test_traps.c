/* Traps for blocking calls. They are compiled into this program when the
 * core was built without them. */
#undef _FORTIFY_SOURCE
#include "tests/unit/test.h"

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef RD_DEBUG_TRAPS
#define RD_DEBUG_TRAPS	 1
#define rd__traps_sprung rd__traps_sprung_here
#define rd__thread_join	 rd__thread_join_here
#include "core/sched/traps.c"
#endif

#include <ringdown/fiber.h>

#include "core/module/module.h"
#include "core/sched/place.h"
#include "core/sched/sched.h"
#include "core/sched/traps.h"

static int block(void *arg)
{
	struct pollfd none = { .fd = -1 };

	(void)arg;
	usleep(1);
	poll(&none, 1, 1);
	poll(&none, 1, 0); /* does not wait */
	return 0;
}

static void *end_at_once(void *arg)
{
	return arg;
}

/* Each in the way that it returns soon. */
static int block_in_every_other_way(void *arg)
{
	struct timespec moment = { 0, 1000 };
	struct epoll_event event;
	pthread_t thread;
	sem_t semaphore;
	int fd = epoll_create1(0);

	clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
	epoll_wait(fd, &event, 1, 1);
	epoll_wait(fd, &event, 1, 0); /* does not wait */
	close(fd);
	wait(NULL); /* there is no child */
	waitpid(-1, NULL, 0);
	waitpid(-1, NULL, WNOHANG); /* does not wait */
	sem_init(&semaphore, 0, 1);
	sem_wait(&semaphore);
	pthread_create(&thread, NULL, end_at_once, NULL);
	pthread_join(thread, NULL);
	return arg != NULL;
}

static void other_blocking_calls_are_caught_too(void **state)
{
	unsigned long before = rd__traps_sprung();

	(void)state;
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd__sched_call(block_in_every_other_way, NULL), 0);
	assert_int_equal(rd__traps_sprung(), before + 6);
	rd__sched_fini();
}

struct signal {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool given;
};

static void *give_signal(void *arg)
{
	struct signal *signal = arg;

	pthread_mutex_lock(&signal->lock);
	signal->given = true;
	pthread_cond_signal(&signal->cond);
	pthread_mutex_unlock(&signal->lock);
	return NULL;
}

static int wait_for_signal(void *arg)
{
	struct signal *signal = arg;
	pthread_t thread;

	pthread_mutex_lock(&signal->lock);
	pthread_create(&thread, NULL, give_signal, signal);
	while (!signal->given)
		pthread_cond_wait(&signal->cond, &signal->lock);
	pthread_mutex_unlock(&signal->lock);
	pthread_detach(thread);
	return 0;
}

static void a_trapped_condition_still_works(void **state)
{
	struct signal signal = { .lock = PTHREAD_MUTEX_INITIALIZER,
				 .cond = PTHREAD_COND_INITIALIZER };
	unsigned long before = rd__traps_sprung();

	(void)state;
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd__sched_call(wait_for_signal, &signal), 0);
	assert_true(rd__traps_sprung() > before);
	rd__sched_fini();
}

static void there_is_a_trap_for_all_that_the_loader_warns_of(void **state)
{
	const char *name;

	(void)state;
	for (size_t i = 0; (name = rd__module_blocking(i)); i++)
		if (!rd__place_in_program(dlsym(RTLD_DEFAULT, name)))
			fail_msg("there is no trap for %s()", name);
}

static void blocking_calls_in_a_fiber_are_caught(void **state)
{
	unsigned long before = rd__traps_sprung();

	(void)state;
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd__sched_call(block, NULL), 0);
	assert_int_equal(rd__traps_sprung(), before + 2);
	rd__sched_fini();
}

static int join_on_purpose(void *arg)
{
	pthread_t thread;

	pthread_create(&thread, NULL, end_at_once, NULL);
	rd__thread_join(thread);
	return block(arg);
}

static void a_join_that_is_meant_is_no_mistake(void **state)
{
	unsigned long before = rd__traps_sprung();

	(void)state;
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd__sched_call(join_on_purpose, NULL), 0);
	assert_int_equal(rd__traps_sprung(), before + 2); /* what follows it is caught */
	rd__sched_fini();
}

static void blocking_calls_outside_of_the_loop_are_nobodys_business(void **state)
{
	unsigned long before = rd__traps_sprung();

	(void)state;
	block(NULL);
	assert_int_equal(rd__traps_sprung(), before);
}

static int block_in_pool(void *arg)
{
	return rd_offload(block, arg);
}

static void blocking_calls_in_the_pool_are_what_it_is_for(void **state)
{
	unsigned long before = rd__traps_sprung();

	(void)state;
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd__sched_call(block_in_pool, NULL), 0);
	assert_int_equal(rd__traps_sprung(), before);
	rd__sched_fini();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocking_calls_in_a_fiber_are_caught),
		cmocka_unit_test(other_blocking_calls_are_caught_too),
		cmocka_unit_test(a_trapped_condition_still_works),
		cmocka_unit_test(a_join_that_is_meant_is_no_mistake),
		cmocka_unit_test(there_is_a_trap_for_all_that_the_loader_warns_of),
		cmocka_unit_test(blocking_calls_outside_of_the_loop_are_nobodys_business),
		cmocka_unit_test(blocking_calls_in_the_pool_are_what_it_is_for),
	};

	return RUN_GROUP(tests);
}

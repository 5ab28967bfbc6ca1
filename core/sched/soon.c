/* rd_call_soon(): a locked list that other threads append to, and one async
 * handle that wakes the loop to empty it. */
#include <pthread.h>
#include <uv.h>

#include <ringdown/fiber.h>

#include "core/sched/soon.h"
#include "core/sched/watchdog.h"

struct request {
	struct rd_list link;
	void (*fn)(void *arg);
	void *arg;
};

static struct {
	pthread_mutex_t lock;
	struct rd_list requests;
	uv_async_t async;
	bool open;
} soon = { .lock = PTHREAD_MUTEX_INITIALIZER };

int rd_call_soon(void (*fn)(void *arg), void *arg)
{
	struct request *request = rd_malloc(sizeof(*request));
	bool first;

	if (!request)
		return -ENOMEM;
	request->fn = fn;
	request->arg = arg;
	pthread_mutex_lock(&soon.lock);
	rd_assert(soon.open);
	first = rd_list_empty(&soon.requests);
	rd_list_push(&soon.requests, &request->link);
	if (first)
		uv_async_send(&soon.async);
	pthread_mutex_unlock(&soon.lock);
	return 0;
}

static void take_all(struct rd_list *out)
{
	rd_list_init(out);
	pthread_mutex_lock(&soon.lock);
	if (!rd_list_empty(&soon.requests)) {
		rd_list_insert_after(soon.requests.prev, out);
		rd_list_remove(&soon.requests);
	}
	pthread_mutex_unlock(&soon.lock);
}

static void on_async(uv_async_t *async)
{
	struct rd_list batch;
	struct rd_list *node;

	(void)async;
	take_all(&batch);
	while ((node = rd_list_pop(&batch))) {
		struct request *request = rd_list_entry(node, struct request, link);
		void (*fn)(void *arg) = request->fn;
		void *arg = request->arg;

		rd_free(request);
		rd__slice_begin();
		fn(arg);
		rd__slice_end((const void *)fn);
	}
}

int rd__soon_init(struct uv_loop_s *uv)
{
	int rc;

	rd_list_init(&soon.requests);
	rc = uv_async_init(uv, &soon.async, on_async);
	soon.open = rc == 0;
	return rc;
}

/* What was asked for until now is still done. */
void rd__soon_fini(void)
{
	if (!soon.open)
		return;
	on_async(&soon.async);
	pthread_mutex_lock(&soon.lock);
	soon.open = false;
	pthread_mutex_unlock(&soon.lock);
	uv_close((uv_handle_t *)&soon.async, NULL);
}

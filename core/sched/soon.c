/* rd_call_soon(): a locked list that other threads append to, and one async
 * handle that wakes the loop to empty it. */
#include <pthread.h>
#include <string.h>
#include <uv.h>

#include <ringdown/fiber.h>

#include "core/base/context.h"
#include "core/sched/soon.h"
#include "core/sched/watchdog.h"

struct request {
	struct rd__soon soon;
	void (*fn)(void *arg);
	void *arg;
	char subject[]; /* of whoever asked; "": nobody's */
};

static struct {
	pthread_mutex_t lock;
	struct rd_list requests;
	uv_async_t async;
	bool open;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER };

void rd__soon_post(struct rd__soon *soon)
{
	bool first;

	pthread_mutex_lock(&queue.lock);
	rd_assert(queue.open);
	first = rd_list_empty(&queue.requests);
	rd_list_push(&queue.requests, &soon->link);
	if (first)
		uv_async_send(&queue.async);
	pthread_mutex_unlock(&queue.lock);
}

static void run_request(void *arg)
{
	struct request *request = arg;
	const char *outer = rd_fiber_set_subject(*request->subject ? request->subject : NULL);

	request->fn(request->arg);
	rd_fiber_set_subject(outer);
	rd_free(request);
}

int rd_call_soon(void (*fn)(void *arg), void *arg)
{
	const char *asking = rd__context_get().channel, *subject = asking ? asking : "";
	size_t size = strlen(subject) + 1;
	struct request *request = rd_malloc(sizeof(*request) + size);

	if (!request)
		return -ENOMEM;
	request->soon = (struct rd__soon){ .fn = run_request, .arg = request };
	request->fn = fn;
	request->arg = arg;
	memcpy(request->subject, subject, size);
	rd__soon_post(&request->soon);
	return 0;
}

static void take_all(struct rd_list *out)
{
	rd_list_init(out);
	pthread_mutex_lock(&queue.lock);
	if (!rd_list_empty(&queue.requests)) {
		rd_list_insert_after(queue.requests.prev, out);
		rd_list_remove(&queue.requests);
	}
	pthread_mutex_unlock(&queue.lock);
}

static void on_async(uv_async_t *async)
{
	struct rd_list batch;
	struct rd_list *node;

	(void)async;
	take_all(&batch);
	while ((node = rd_list_pop(&batch))) {
		struct rd__soon *soon = rd_list_entry(node, struct rd__soon, link);
		void (*fn)(void *arg) = soon->fn;

		rd__slice_begin((const void *)fn, NULL);
		fn(soon->arg);
		rd__slice_end((const void *)fn);
	}
}

int rd__soon_init(struct uv_loop_s *uv)
{
	int rc;

	rd_list_init(&queue.requests);
	rc = uv_async_init(uv, &queue.async, on_async);
	queue.open = rc == 0;
	return rc;
}

/* What was asked for until now is still done. */
void rd__soon_fini(void)
{
	if (!queue.open)
		return;
	on_async(&queue.async);
	pthread_mutex_lock(&queue.lock);
	queue.open = false;
	pthread_mutex_unlock(&queue.lock);
	uv_close((uv_handle_t *)&queue.async, NULL);
}

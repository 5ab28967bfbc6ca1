/* Watches: calls when a descriptor is ready. */
#include <sys/mman.h>
#include <sys/resource.h>
#include <uv.h>

#include "core/sched/io.h"
#include "core/sched/watchdog.h"

/* One descriptor with all its watches; freed when libuv has let go of it. */
struct rd__polled {
	uv_poll_t poll;
	int fd;
	unsigned armed;
	size_t count;
	struct rd_list watches;
};

#define FDS_MAX (1u << 20)

/* By descriptor. Address space only: its pages come when touched. */
static struct rd__polled **table;
static size_t table_size, table_used; /* beyond the latter none was ever set */
static uv_loop_t *loop;

void rd__io_init(struct uv_loop_s *uv)
{
	struct rlimit limit = { FDS_MAX, FDS_MAX };
	void *at;

	getrlimit(RLIMIT_NOFILE, &limit);
	table_size = RD_MIN(limit.rlim_max, FDS_MAX);
	at = mmap(NULL, table_size * sizeof(*table), PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		table_size = 0;
	table = at;
	loop = uv;
}

void rd__io_fini(void)
{
	if (table_size)
		munmap(table, table_size * sizeof(*table));
	table_size = table_used = 0;
}

static int arm(struct rd__polled *polled);

static void on_ready(uv_poll_t *poll, int status, int uv_events)
{
	struct rd__polled *polled = RD_CONTAINER_OF(poll, struct rd__polled, poll);
	unsigned events = 0;
	struct rd_list turn;
	struct rd_list *node;

	if (status < 0 || (uv_events & UV_READABLE))
		events |= RD_IO_READ;
	if (status < 0 || (uv_events & UV_WRITABLE))
		events |= RD_IO_WRITE;
	if (status < 0)
		polled->armed = 0; /* libuv has stopped it */
	rd_io_load(1);
	/* A callback may free any watch, its own included. */
	rd_list_init(&turn);
	rd_list_insert_after(polled->watches.prev, &turn);
	rd_list_remove(&polled->watches);
	while ((node = rd_list_pop(&turn))) {
		struct rd_watch *watch = rd_list_entry(node, struct rd_watch, link);
		void (*ready)(unsigned events, void *arg) = watch->ready;

		rd_list_push(&polled->watches, &watch->link);
		if (!(watch->events & events))
			continue;
		rd__slice_begin((const void *)ready, watch->arg);
		ready(watch->events & events, watch->arg);
		rd__slice_end((const void *)ready);
	}
	if (polled->count > 0)
		arm(polled);
}

static int arm(struct rd__polled *polled)
{
	unsigned events = 0;
	int uv_events = 0;
	int rc;

	rd_list_foreach(it, next, &polled->watches)
		events |= rd_list_entry(it, struct rd_watch, link)->events;
	if (events == polled->armed)
		return 0;
	if (events & RD_IO_READ)
		uv_events |= UV_READABLE;
	if (events & RD_IO_WRITE)
		uv_events |= UV_WRITABLE;
	rc = uv_events ? uv_poll_start(&polled->poll, uv_events, on_ready)
		       : uv_poll_stop(&polled->poll);
	if (rc == 0)
		polled->armed = events;
	return rc;
}

static void on_closed(uv_handle_t *handle)
{
	rd_free(RD_CONTAINER_OF((uv_poll_t *)handle, struct rd__polled, poll));
}

static int polled_get(struct rd__polled **out, int fd)
{
	struct rd__polled *polled;
	int rc;

	if (fd < 0 || (size_t)fd >= table_size)
		return -EBADF;
	*out = table[fd];
	if (*out)
		return 0;
	polled = rd_zalloc(sizeof(*polled));
	if (!polled)
		return -ENOMEM;
	rc = uv_poll_init(loop, &polled->poll, fd);
	if (rc) {
		rd_free(polled);
		return rc;
	}
	polled->fd = fd;
	rd_list_init(&polled->watches);
	table[fd] = polled;
	table_used = RD_MAX(table_used, (size_t)fd + 1);
	*out = polled;
	return 0;
}

static void polled_put(struct rd__polled *polled)
{
	if (polled->count > 0) {
		arm(polled);
		return;
	}
	table[polled->fd] = NULL;
	uv_close((uv_handle_t *)&polled->poll, on_closed);
}

int rd__watch_start(struct rd_watch *watch, int fd, unsigned events,
		    void (*ready)(unsigned events, void *arg), void *arg)
{
	int rc = polled_get(&watch->polled, fd);

	if (rc)
		return rc;
	watch->events = events;
	watch->ready = ready;
	watch->arg = arg;
	rd_list_push(&watch->polled->watches, &watch->link);
	watch->polled->count++;
	rc = arm(watch->polled);
	if (rc)
		rd__watch_stop(watch);
	return rc;
}

void rd__watch_stop(struct rd_watch *watch)
{
	rd_list_remove(&watch->link);
	watch->polled->count--;
	polled_put(watch->polled);
}

size_t rd__watches_in(const void *begin, const void *end)
{
	size_t count = 0;

	for (size_t fd = 0; fd < table_used; fd++) {
		if (!table[fd])
			continue;
		rd_list_foreach(node, tmp, &table[fd]->watches) {
			uintptr_t ready =
				(uintptr_t)rd_list_entry(node, struct rd_watch, link)->ready;

			count += ready >= (uintptr_t)begin && ready < (uintptr_t)end;
		}
	}
	return count;
}

int rd_watch_new(struct rd_watch **wp, int fd, unsigned events,
		 void (*ready)(unsigned events, void *arg), void *arg)
{
	struct rd_watch *watch = rd_zalloc(sizeof(*watch));
	int rc;

	if (!watch)
		return -ENOMEM;
	rd_list_init(&watch->link);
	rc = rd__watch_start(watch, fd, events, ready, arg);
	if (rc) {
		rd_free(watch);
		return rc;
	}
	*wp = watch;
	return 0;
}

int rd_watch_set(struct rd_watch *watch, unsigned events)
{
	watch->events = events;
	return arm(watch->polled);
}

void rd_watch_free(struct rd_watch *watch)
{
	if (!watch)
		return;
	rd__watch_stop(watch);
	rd_free(watch);
}

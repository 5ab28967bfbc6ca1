/* A module for the loader's test that goes while the store and the pool still work
 * for it. */
#include <time.h>

#include <ringdown/fiber.h>
#include <ringdown/module.h>
#include <ringdown/store.h>

enum { WORK_NS = 100000000 };

static void written(int rc, void *arg)
{
	(void)rc;
	(void)arg;
}

static int work(void *arg)
{
	nanosleep(&(struct timespec){ .tv_nsec = WORK_NS }, NULL);
	return arg ? 1 : 0;
}

/* Once more, and then no more. */
static void worked(int rc, void *arg)
{
	(void)arg;
	if (rc)
		rd_offload_then(work, worked, NULL);
}

static void unload(void)
{
	static int more;

	rd_store_write("CREATE TABLE IF NOT EXISTS kept (what TEXT)", NULL, 0, written, NULL);
	rd_offload_then(work, worked, &more);
}

RD_MODULE(.name = "good_keeper", .unload = unload);

/* A module for the loader's test that goes while the store still works for it. */
#include <ringdown/module.h>
#include <ringdown/store.h>

static void written(int rc, void *arg)
{
	(void)rc;
	(void)arg;
}

static void unload(void)
{
	rd_store_write("CREATE TABLE IF NOT EXISTS kept (what TEXT)", NULL, 0, written, NULL);
}

RD_MODULE(.name = "good_keeper", .unload = unload);

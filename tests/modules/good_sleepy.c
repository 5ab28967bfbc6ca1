/* A module for the loader's test that calls what would hold up every call. */
#include <unistd.h>

#include <ringdown/module.h>

static void unload(void)
{
	if (rd_module_loaded("never"))
		sleep(1);
}

RD_MODULE(.name = "good_sleepy", .unload = unload);

/* The store of the simulations. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/sched/sched.h"
#include "core/store/store.h"
#include "tests/sim/sip_store.h"

static char folder[64], path[96];

static int start(void *arg)
{
	return rd__store_start_at(arg);
}

static int stop(void *arg)
{
	(void)arg;
	rd__store_stop();
	return 0;
}

int store_call(int (*fn)(void *arg), void *arg)
{
	return rd__sched_call(fn, arg);
}

void store_open(void)
{
	if (!folder[0]) {
		strcpy(folder, "/tmp/rd-sip-XXXXXX");
		assert_non_null(mkdtemp(folder));
		snprintf(path, sizeof(path), "%s/ringdown.db", folder);
	}
	assert_int_equal(rd__sched_call(start, path), 0);
}

void store_close(void)
{
	assert_int_equal(rd__sched_call(stop, NULL), 0);
}

void store_forget(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	folder[0] = '\0';
}

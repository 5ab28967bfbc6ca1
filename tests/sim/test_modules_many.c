/* Modules that come and go many times while people talk: each gives back all that it took. */
#include <ringdown/test.h>

#include <dirent.h>
#include <stdlib.h>

#include "core/base/alloc.h"

/* TIMES in the environment: so often. */
enum { NAMES = 256, TIMES = 100, WARM_UP = 20, SLICE_MS = 20, EVERY = 50 };

static struct rd_test_phone *alice, *bob;

/* Two talk, and their sound is on its way in each round. */
static void begin_a_call(void)
{
	rd_test_file("sip.conf", "[udp]\ntype = transport\nbind = 127.0.0.1:5060\n");
	alice = rd_test_phone("alice");
	bob = rd_test_phone("bob");
	rd_test_load("app_dial");
	rd_test_dialplan("[sim]\nexten => 1,1,Dial(Sim/bob)\n");
	rd_test_speak(alice, 440, 8000);
	rd_test_call(alice, "1");
	rd_test_pass(500);
	assert_true(rd_test_is_up(bob));
}

static void come_and_go(const char *name, int times)
{
	for (int i = 0; i < times; i++) {
		rd_test_load(name);
		if (i % EVERY == 0)
			rd_test_pass(SLICE_MS);
		rd_test_unload(name);
	}
}

/* Blocks that are left after so many rounds more. */
static long growth(const char *name, int times)
{
	long before;

	come_and_go(name, WARM_UP);
	rd_test_pass(1000);
	before = rd__alloc_live();
	come_and_go(name, times);
	rd_test_pass(1000);
	return rd__alloc_live() - before;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of the folder with the modules of the house. */
static size_t list_modules(char *names[NAMES])
{
	DIR *folder = opendir(rd_directory("modules"));
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)) && n < NAMES) {
		char *end = strstr(entry->d_name, ".so");

		if (end && !end[3])
			names[n++] = strndup(entry->d_name, (size_t)(end - entry->d_name));
	}
	closedir(folder);
	qsort(names, n, sizeof(*names), by_name);
	return n;
}

static void measure_all(int times)
{
	char *names[NAMES];
	size_t n = list_modules(names);

	assert_true(n > 100);
	for (size_t i = 0; i < n; i++) {
		long grown;

		if (!rd_module_loaded(names[i])) {
			grown = growth(names[i], times);
			if (grown)
				fail_msg("%s: %ld blocks more after %d times", names[i], grown,
					 times);
		}
		free(names[i]);
	}
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
}

static void each_module_gives_back_what_it_took(void **state)
{
	(void)state;
	begin_a_call();
	measure_all(getenv("TIMES") ? atoi(getenv("TIMES")) : TIMES);
}

int main(void)
{
	const struct CMUnitTest tests[] = { RD_TEST(each_module_gives_back_what_it_took) };
	const char *build = getenv("RD_BUILD");
	char modules[512];

	/* As they were built. */
	snprintf(modules, sizeof(modules), "%s/modules", build ? build : ".");
	setenv("RD_MODULES", modules, 0);
	return rd_test_run(tests);
}

/* Modules come and go many times while people talk, and calls begin and end: each gives back
 * all that it took. A thousand times, in minutes, and one of them by itself, with figures:
 *
 *	cd build && export RD_MODULES=$PWD/modules
 *	TIMES=1000 tests/sim/test_modules_many
 *	TIMES=1000 ONLY=chan_sip VERBOSE=1 tests/sim/test_modules_many
 */
#include <ringdown/test.h>

#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>

#include <ringdown/store.h>

#include "core/base/alloc.h"
#include "core/base/spare.h"
#include "core/module/module.h"
#include "core/sched/sched.h"

/* TIMES in the environment: so often. */
enum { NAMES = 256, TIMES = 100, WARM_UP = 20, SLICE_MS = 20, EVERY = 50 };

/* By how much the heap may grow: malloc() itself keeps what was freed, of each size some. */
enum { HEAP_KEPT = 65536, HEAP_MAX = 16 /* each time */ };

static struct rd_test_phone *alice, *bob, *carol, *dave;

/* ---- what there is ---- */

struct taken {
	long blocks; /* of rd_malloc() */
	long heap; /* bytes, of anybody's malloc() */
	long files; /* descriptors */
	long threads;
	long fibers;
	long mappings; /* of files: objects that stayed */
};

static long count_in(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	long count = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

static long count_objects(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[4096];
	long count = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		count += strstr(line, ".so") != NULL;
	fclose(maps);
	return count;
}

/* What freed blocks a thread keeps for itself is no growth: there is one in the pool. */
static int drop_spares(void *arg)
{
	(void)arg;
	rd__spare_drop();
	return 0;
}

static int drop_all_spares(void *arg)
{
	return drop_spares(arg) + rd_offload(drop_spares, arg);
}

/* The store of a test is in memory, and what was written into it stays. */
static int read_store_size(void *arg)
{
	long *size = arg;
	struct rd_pool *pool;
	struct rd_rows rows;
	int rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	rc = rd_store_query("SELECT page_count * page_size "
			    "FROM pragma_page_count(), pragma_page_size()",
			    NULL, 0, pool, &rows);
	*size = rc ? 0 : (long)rows.values[0].i;
	rd_pool_free(pool);
	return rc;
}

static struct taken take_stock(void)
{
	struct taken taken;
	struct mallinfo2 heap;
	long stored;

	assert_int_equal(rd__sched_call(read_store_size, &stored), 0);
	assert_int_equal(rd__sched_call(drop_all_spares, NULL), 0);
	taken.blocks = rd__alloc_live();
	taken.fibers = (long)rd__fiber_count();
	taken.files = count_in("/proc/self/fd");
	taken.threads = count_in("/proc/self/task");
	taken.mappings = count_objects();
	heap = mallinfo2();
	taken.heap = (long)(heap.uordblks + heap.hblkhd) - stored;
	return taken;
}

static void assert_no_more(const char *name, const char *what, long before, long after, long most)
{
	if (after - before > most)
		fail_msg("%s: %ld %s more", name, after - before, what);
}

static void compare(const char *name, int times, const struct taken *before,
		    const struct taken *after)
{
	if (after->blocks != before->blocks)
		fail_msg("%s: %ld blocks more", name, after->blocks - before->blocks);
	if (getenv("VERBOSE"))
		print_message("# %-24s heap %+ld files %+ld objects %+ld\n", name,
			      after->heap - before->heap, after->files - before->files,
			      after->mappings - before->mappings);
	assert_no_more(name, "bytes of the heap", before->heap, after->heap,
		       HEAP_KEPT + (long)times * HEAP_MAX);
	assert_no_more(name, "descriptors", before->files, after->files, 0);
	assert_no_more(name, "threads", before->threads, after->threads, 0);
	assert_no_more(name, "fibers", before->fibers, after->fibers, 0);
	assert_no_more(name, "mapped parts of objects", before->mappings, after->mappings, 0);
}

/* ---- traffic ---- */

/* Two talk all the time, and their sound is on its way. */
static void begin_a_call(void)
{
	rd_test_file("sip.conf", "[udp]\ntype = transport\nbind = 127.0.0.1:5060\n");
	alice = rd_test_phone("alice");
	bob = rd_test_phone("bob");
	carol = rd_test_phone("carol");
	dave = rd_test_phone("dave");
	rd_test_load("app_dial");
	rd_test_dialplan("[sim]\nexten => 1,1,Dial(Sim/bob)\nexten => 2,1,Dial(Sim/dave)\n");
	rd_test_speak(alice, 440, 8000);
	rd_test_call(alice, "1");
	rd_test_pass(500);
	assert_true(rd_test_is_up(bob));
}

/* One that the module sees from its beginning to its end, and whose parties hear each other
 * when it comes with a codec, a function, a subscriber. */
static void have_a_short_call(void)
{
	rd_test_speak(carol, 1000, 8000);
	rd_test_call(carol, "2");
	rd_test_pass(400);
	assert_true(rd_test_is_up(dave));
	assert_in_range(rd_test_heard_hz(dave), 990, 1010);
	rd_test_hang_up(carol);
	rd_test_pass(100);
	assert_null(rd_test_channel(dave));
}

/* The same where there is neither a dialplan nor Dial(). */
static void have_a_call_by_hand(void)
{
	rd_test_command("channel originate Sim/carol application Echo", NULL);
	rd_test_pass(300);
	assert_true(rd_test_is_up(carol));
	rd_test_hang_up(carol);
	rd_test_pass(100);
}

/* ---- modules ---- */

static void come_and_go(const char *name, int times, void (*have_call)(void))
{
	for (int i = 0; i < times; i++) {
		rd_test_load(name);
		rd_test_pass(i % EVERY == 0 ? SLICE_MS : 0);
		if (i % EVERY == 1)
			have_call();
		rd_test_unload(name);
	}
}

static void measure(const char *name, int times, void (*have_call)(void))
{
	struct taken before, after;

	come_and_go(name, WARM_UP, have_call);
	rd_test_pass(1000);
	before = take_stock();
	come_and_go(name, times, have_call);
	rd_test_pass(1000);
	after = take_stock();
	compare(name, times, &before, &after);
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

static size_t count_loaded(void)
{
	struct rd__module_info info;
	size_t pos = 0;

	while (rd__module_next(&pos, &info))
		;
	return pos;
}

/* What was loaded because others need it goes, the last one first. */
static void unload_all_but(size_t count)
{
	while (count_loaded() > count) {
		struct rd__module_info info = { 0 };
		char name[64];
		size_t pos = 0;

		while (rd__module_next(&pos, &info))
			;
		snprintf(name, sizeof(name), "%s", info.name);
		rd_test_unload(name);
	}
}

/* ONLY in the environment: this one. */
static bool is_asked_for(const char *name)
{
	const char *only = getenv("ONLY");

	return !only || strcmp(only, name) == 0;
}

static int times(void)
{
	return getenv("TIMES") ? atoi(getenv("TIMES")) : TIMES;
}

/* Those that people need to talk have a test of their own. */
static void each_module_gives_back_what_it_took(void **state)
{
	char *names[NAMES];
	size_t n, loaded, measured = 0;

	(void)state;
	begin_a_call();
	n = list_modules(names);
	assert_true(n > 100);
	loaded = count_loaded();
	for (size_t i = 0; i < n; i++) {
		if (!rd_module_loaded(names[i]) && is_asked_for(names[i])) {
			measure(names[i], times(), have_a_short_call);
			unload_all_but(loaded);
			measured++;
		}
		free(names[i]);
	}
	if (!getenv("ONLY"))
		assert_int_equal(measured + loaded, n);
	assert_in_range(rd_test_heard_hz(bob), 430, 450);
}

static void so_do_those_that_are_always_there(void **state)
{
	(void)state;
	alice = rd_test_phone("alice");
	carol = rd_test_phone("carol");
	rd_test_speak(alice, 440, 8000);
	rd_test_load("app_echo");
	rd_test_file("extensions.conf", "[sim]\nexten => 1,1,Echo()\n");
	rd_test_command("channel originate Sim/alice application Echo", NULL);
	rd_test_pass(500);
	measure("app_dial", times(), have_a_call_by_hand);
	measure("dialplan", times(), have_a_call_by_hand);
	assert_in_range(rd_test_heard_hz(alice), 430, 450);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(each_module_gives_back_what_it_took),
		RD_TEST(so_do_those_that_are_always_there),
	};
	const char *build = getenv("RD_BUILD");
	char modules[512];

	/* As they were built. */
	snprintf(modules, sizeof(modules), "%s/modules", build ? build : ".");
	setenv("RD_MODULES", modules, 0);
	setenv("UV_THREADPOOL_SIZE", "1", 1);
	return rd_test_run(tests);
}

/* Families of the key-value tree that a module keeps: what comes of it, what goes to it,
 * when that fails, and what is there when it has gone. */
#include "tests/unit/test.h"
#include "tests/unit/log_catch.h"

#include <ringdown/fiber.h>
#include <ringdown/store.h>

#include "core/sched/clock.h"
#include "core/sched/sched.h"
#include "core/store/storage.h"
#include "core/store/store.h"

/* The back end of these tests; .read and .write are on a pool thread, while nobody
 * else looks. */
static struct {
	int read_rc, write_rc;
	size_t calls, changes;
	char last[256]; /* of the changes written: "key=value key-" */
} theirs;

static int read_two(int (*keep)(void *arg, const char *key, const char *value), void *arg)
{
	int rc = keep(arg, "1", "one");

	if (rc == 0)
		rc = keep(arg, "2/deep", "two");
	return rc ? rc : theirs.read_rc;
}

static int write_down(const struct rd_storage_change *changes, size_t count)
{
	size_t n = 0;

	theirs.calls++;
	theirs.changes += count;
	theirs.last[0] = '\0';
	for (size_t i = 0; i < count; i++)
		n += (size_t)snprintf(theirs.last + n, sizeof(theirs.last) - n, "%s%s%s%s",
				      n ? " " : "", changes[i].key, changes[i].value ? "=" : "-",
				      changes[i].value ? changes[i].value : "");
	return theirs.write_rc;
}

static const struct rd_storage book = { "book", read_two, write_down };

static struct rd_pool *pool;

static const char *get(const char *key)
{
	const char *value;

	return rd_db_get("book", key, pool, &value) ? "" : value;
}

static int run_with_store(void *arg)
{
	void (*const *fn)(void) = arg;
	int rc = rd__store_start_at(":memory:");

	if (rc)
		return rc;
	(*fn)();
	rd__store_stop();
	return 0;
}

static void with_store(void (*fn)(void))
{
	memset(&theirs, 0, sizeof(theirs));
	rd__clock_set_virtual();
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(rd__sched_call(run_with_store, &fn), 0);
	rd_pool_free(pool);
	rd__sched_fini();
	rd__clock_set_real();
}

static void change_and_look(void)
{
	assert_int_equal(rd_db_put("book", "9", "hidden"), 0);
	assert_int_equal(rd_db_put("bookshop", "9", "ours"), 0);
	assert_int_equal(rd__storage_attach(&book), 0);
	assert_string_equal(get("9"), "");
	assert_string_equal(get("1"), "one");
	assert_string_equal(get("2/deep"), "two");
	assert_int_equal(rd_db_put("book", "3", "three"), 0);
	assert_int_equal(rd_db_del("book", "1"), 0);
	assert_int_equal(rd_db_put("book/2", "deep", "new"), 0);
	assert_int_equal(rd_db_put("bookshop", "9", "ours still"), 0);
	assert_string_equal(get("3"), "three");
	rd_sleep(50);
	assert_int_equal(theirs.calls, 1);
	assert_string_equal(theirs.last, "3=three 1- 2/deep=new");
	assert_int_equal(rd_db_deltree("book", NULL), 2);
	rd__storage_detach(&book);
	assert_int_equal(theirs.changes, 5);
	assert_string_equal(get("9"), "hidden");
	assert_string_equal(get("3"), "");
	rd__storage_detach(&book);
}

static void a_back_end_keeps_its_family_while_it_is_there(void **state)
{
	(void)state;
	with_store(change_and_look);
}

static void fail_and_recover(void)
{
	assert_int_equal(rd__storage_attach(&book), 0);
	theirs.write_rc = -EIO;
	assert_int_equal(rd_db_put("book", "a", "1"), 0);
	rd_sleep(500);
	assert_int_equal(theirs.calls, 1);
	assert_int_equal(rd_db_put("book", "b", "2"), 0);
	rd_sleep(500);
	assert_int_equal(theirs.calls, 1);
	theirs.write_rc = 0;
	rd_sleep(3000);
	assert_int_equal(theirs.calls, 2);
	assert_string_equal(theirs.last, "a=1 b=2");
	theirs.write_rc = -EIO;
	assert_int_equal(rd_db_put("book", "c", "3"), 0);
	rd__storage_detach(&book);
}

static void what_fails_is_tried_again_and_said_once(void **state)
{
	struct log_catch log;
	const char *said;

	(void)state;
	log_catch(&log);
	with_store(fail_and_recover);
	said = log_caught(&log);
	assert_non_null(strstr(said, "/book cannot be written: "));
	assert_non_null(strstr(said, "/book is written again"));
	assert_non_null(strstr(said, "/book: the last changes of it are lost: 1"));
}

/* It wakes up in the same turn as who waits for the last batch, and before that one. */
static int put_late(void *arg)
{
	(void)arg;
	rd_sleep(10);
	return rd_db_put("book", "z", "late");
}

static void change_as_it_goes(void)
{
	assert_int_equal(rd__storage_attach(&book), 0);
	assert_int_equal(rd_fiber_new_detached("late", put_late, NULL), 0);
	rd_yield();
	assert_int_equal(rd_db_put("book", "y", "early"), 0);
	rd__storage_detach(&book);
	assert_int_equal(theirs.calls, 2);
	assert_string_equal(theirs.last, "z=late");
}

static void a_change_that_comes_while_it_goes_is_written(void **state)
{
	(void)state;
	with_store(change_as_it_goes);
}

static void refuse(void)
{
	static const struct rd_storage bad = { "a/b", read_two, write_down };
	static const struct rd_storage again = { "book", read_two, write_down };

	assert_int_equal(rd_db_put("book", "9", "ours"), 0);
	assert_int_equal(rd__storage_attach(&bad), -EINVAL);
	theirs.read_rc = -EIO;
	assert_int_equal(rd__storage_attach(&book), -EIO);
	assert_string_equal(get("9"), "ours");
	theirs.read_rc = 0;
	assert_int_equal(rd__storage_attach(&book), 0);
	assert_int_equal(rd__storage_attach(&again), -EEXIST);
	rd__storage_detach(&again);
	assert_string_equal(get("1"), "one");
	rd__storage_detach(&book);
}

static void what_cannot_be_kept_is_refused(void **state)
{
	(void)state;
	with_store(refuse);
}

static void starve(void)
{
	int rc = -ENOMEM;

	assert_int_equal(rd_db_put("book", "9", "ours"), 0);
	for (long n = 0; rc; n++) {
		rd__alloc_fail_after(n);
		rc = rd__storage_attach(&book);
		rd__alloc_fail_after(-1);
		if (rc) {
			assert_int_equal(rc, -ENOMEM);
			assert_string_equal(get("9"), "ours");
		}
	}
	assert_string_equal(get("1"), "one");
	rd__storage_detach(&book);
}

static void without_memory_nothing_changes(void **state)
{
	(void)state;
	with_store(starve);
}

static int attach(void *arg)
{
	(void)arg;
	return rd__storage_attach(&book);
}

static void without_a_store_there_is_no_tree(void **state)
{
	(void)state;
	assert_int_equal(rd__sched_init(0), 0);
	assert_int_equal(rd__sched_call(attach, NULL), -ENODEV);
	rd__sched_fini();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_back_end_keeps_its_family_while_it_is_there),
		cmocka_unit_test(what_fails_is_tried_again_and_said_once),
		cmocka_unit_test(a_change_that_comes_while_it_goes_is_written),
		cmocka_unit_test(what_cannot_be_kept_is_refused),
		cmocka_unit_test(without_memory_nothing_changes),
		cmocka_unit_test(without_a_store_there_is_no_tree),
	};

	return RUN_GROUP(tests);
}

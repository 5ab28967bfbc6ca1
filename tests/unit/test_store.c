/* The store on files of its own: rows, transactions, schema versions, the
 * key-value tree, restart, damage. */
#include "tests/unit/test.h"
#include "tests/unit/log_catch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ringdown/fiber.h>

#include "core/sched/clock.h"
#include "core/sched/sched.h"
#include "core/store/store.h"

static char folder[64], path[96];

static int make_folder(void)
{
	strcpy(folder, "/tmp/rd-store-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/ringdown.db", folder);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	rd__clock_set_virtual();
	return make_folder() ? -1 : rd__sched_init(0);
}

/* The store waits for real milliseconds, or for none. */
static int setup_real(void **state)
{
	(void)state;
	return make_folder() ? -1 : rd__sched_init(0);
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	rd__sched_fini();
	rd__clock_set_real();
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

struct use {
	int (*fn)(void *arg);
	void *arg;
};

static int use_store(void *arg)
{
	const struct use *use = arg;
	int rc = rd__store_start_at(path);

	if (rc)
		return rc;
	rc = use->fn(use->arg);
	rd__store_stop();
	return rc;
}

/* Run fn with the store open. */
static int with_store(int (*fn)(void *arg), void *arg)
{
	struct use use = { fn, arg };

	return rd__sched_call(use_store, &use);
}

static const char *const steps_1[] = {
	"CREATE TABLE phones (name TEXT PRIMARY KEY, number INTEGER, gain REAL)", NULL
};
static const char *const steps_2[] = {
	"CREATE TABLE phones (name TEXT PRIMARY KEY, number INTEGER, gain REAL)",
	"ALTER TABLE phones ADD COLUMN room TEXT; UPDATE phones SET room = 'cellar'", NULL
};
static const struct rd_schema first = { "test", steps_1 }, second = { "test", steps_2 };

static int rows_of(struct rd_pool *pool, const char *sql, struct rd_rows *rows)
{
	return rd_store_query(sql, NULL, 0, pool, rows);
}

static int write_and_read(void *arg)
{
	struct rd_value params[] = { RD_TEXT("1001"), RD_INT(INT64_C(1) << 40), RD_REAL(-3.5) };
	const char *insert = "INSERT INTO phones VALUES (?, ?, ?)";
	struct rd_pool *pool;
	struct rd_rows rows;

	(void)arg;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(rd_store_schema(&first), 0);
	assert_int_equal(rd_store_query(insert, params, 3, NULL, NULL), 0);
	assert_int_equal(rd_store_query(insert, params, 3, NULL, NULL), -EEXIST);
	params[0] = RD_TEXT("Jürgen's");
	params[2] = RD_TEXT(NULL);
	assert_int_equal(rd_store_query(insert, params, 3, NULL, NULL), 0);
	assert_int_equal(rows_of(pool, "SELECT * FROM phones ORDER BY name", &rows), 0);
	assert_int_equal(rows.columns, 3);
	assert_int_equal(rows.count, 2);
	assert_string_equal(rows.values[0].text, "1001");
	assert_int_equal(rows.values[1].i, INT64_C(1) << 40);
	assert_true(rows.values[2].d == -3.5);
	assert_string_equal(rows.values[3].text, "Jürgen's");
	assert_int_equal(rows.values[5].type, RD_VALUE_NULL);
	assert_int_equal(rows_of(pool, "SELECT * FROM phones WHERE name = 'x'", &rows), 0);
	assert_int_equal(rows.count, 0);
	rd_pool_free(pool);
	return 0;
}

static void what_is_written_can_be_read(void **state)
{
	(void)state;
	assert_int_equal(with_store(write_and_read, NULL), 0);
}

static const char many[] = "1001,1002";

/* Written at once and without waiting, and looked for: parts of a text, none, and bytes. */
static int write_parts(void *arg)
{
	static const struct rd_str texts[] = { { many, 4 }, { NULL, 0 }, { "a\0b", 3 } };
	static const char *const read[] = { "", "1001", "a" };
	const char *insert = "INSERT INTO phones (name) VALUES (?)";
	struct rd_value part;
	struct rd_pool *pool;
	struct rd_rows rows;

	(void)arg;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(rd_store_schema(&first), 0);
	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++) {
		part = RD_TEXT_OF(texts[i]);
		assert_int_equal(i ? rd_store_write(insert, &part, 1, NULL, NULL)
				   : rd_store_query(insert, &part, 1, NULL, NULL),
				 0);
	}
	assert_int_equal(rows_of(pool, "SELECT name FROM phones ORDER BY name", &rows), 0);
	assert_int_equal(rows.count, RD_ARRAY_SIZE(read));
	for (size_t i = 0; i < RD_ARRAY_SIZE(read); i++) {
		assert_int_equal(rows.values[i].type, RD_VALUE_TEXT);
		assert_string_equal(rows.values[i].text, read[i]);
	}
	part = RD_TEXT_OF(texts[0]);
	assert_int_equal(rd_store_query("SELECT 1 FROM phones WHERE name = ?", &part, 1, pool,
					&rows),
			 0);
	assert_int_equal(rows.count, 1);
	rd__alloc_fail_after(0);
	assert_int_equal(rd_store_write(insert, &part, 1, NULL, NULL), -ENOMEM);
	rd__alloc_fail_after(-1);
	rd_pool_free(pool);
	return 0;
}

static void a_text_need_not_end(void **state)
{
	(void)state;
	assert_int_equal(with_store(write_parts, NULL), 0);
}

static int make_mistakes(void *arg)
{
	struct rd_value one = RD_INT(1);

	(void)arg;
	assert_int_equal(rd_store_query("SELEKT 1", NULL, 0, NULL, NULL), -EINVAL);
	assert_int_equal(rd_store_query("SELECT ?, ?", &one, 1, NULL, NULL), -EINVAL);
	assert_int_equal(rd_store_query("", NULL, 0, NULL, NULL), -EINVAL);
	assert_int_equal(rd_store_query("SELECT * FROM nowhere", NULL, 0, NULL, NULL), -EINVAL);
	return 0;
}

static void a_wrong_statement_is_an_error_and_no_more(void **state)
{
	(void)state;
	assert_int_equal(with_store(make_mistakes, NULL), 0);
}

static int upgrade(void *arg)
{
	struct rd_pool *pool;
	struct rd_rows rows;

	(void)arg;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(rd_store_schema(&second), 0);
	assert_int_equal(rd_store_schema(&second), 0);
	assert_int_equal(rows_of(pool, "SELECT room FROM phones", &rows), 0);
	assert_int_equal(rows.count, 2);
	assert_string_equal(rows.values[0].text, "cellar");
	assert_int_equal(rd_store_schema(&first), -EINVAL); /* too old for these tables */
	rd_pool_free(pool);
	return 0;
}

static void tables_are_brought_up_to_date_after_a_restart(void **state)
{
	(void)state;
	assert_int_equal(with_store(write_and_read, NULL), 0);
	assert_int_equal(with_store(upgrade, NULL), 0);
}

static const char *const bad_steps[] = { "CREATE TABLE a (x)", "CREATE TABEL b (x)", NULL };

static int fail_to_upgrade(void *arg)
{
	const struct rd_schema bad = { "bad", bad_steps };

	(void)arg;
	assert_int_equal(rd_store_schema(&bad), -EINVAL);
	assert_int_equal(rd_store_query("SELECT * FROM a", NULL, 0, NULL, NULL), -EINVAL);
	return 0;
}

static void a_step_that_fails_leaves_no_half_of_it(void **state)
{
	(void)state;
	assert_int_equal(with_store(fail_to_upgrade, NULL), 0);
}

static int done_count, done_rc;

static void on_done(int rc, void *arg)
{
	assert_ptr_equal(arg, &done_count);
	done_count++;
	done_rc = rc;
}

static int write_many(void *arg)
{
	struct rd_value value;

	(void)arg;
	done_count = 0;
	assert_int_equal(rd_store_query("CREATE TABLE n (i INTEGER)", NULL, 0, NULL, NULL), 0);
	for (int i = 0; i < 1000; i++) {
		value = RD_INT(i);
		assert_int_equal(rd_store_write("INSERT INTO n VALUES (?)", &value, 1, on_done,
						&done_count), 0);
	}
	assert_int_equal(done_count, 0);
	return 0;
}

static int count_rows(void *arg)
{
	struct rd_pool *pool;
	struct rd_rows rows;
	int count;

	(void)arg;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(rows_of(pool, "SELECT count(*) FROM n", &rows), 0);
	count = (int)rows.values[0].i;
	rd_pool_free(pool);
	return count;
}

static void writes_that_nobody_waits_for_are_done_before_the_end(void **state)
{
	(void)state;
	assert_int_equal(with_store(write_many, NULL), 0);
	assert_int_equal(done_count, 1000);
	assert_int_equal(done_rc, 0);
	assert_int_equal(with_store(count_rows, NULL), 1000);
}

/* ---- when it is safe ---- */

static atomic_int syncs;

/* In the place of libc's, for sqlite; the traps are there already. */
#ifdef RD_DEBUG_TRAPS
enum { COUNTS_SYNCS = false };
#else
enum { COUNTS_SYNCS = true };

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fdatasync, fd);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
	syncs++;
	return (int)syscall(SYS_fsync, fd);
}
#endif

/* As the next start sees it, were this the end: -1 before there is a table. */
static int count_from_outside(void)
{
	sqlite3 *other;
	sqlite3_stmt *statement = NULL;
	int count = -1;

	assert_int_equal(sqlite3_open_v2(path, &other, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	if (!sqlite3_prepare_v2(other, "SELECT count(*) FROM n", -1, &statement, NULL) &&
	    sqlite3_step(statement) == SQLITE_ROW)
		count = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(other);
	return count;
}

static void insert_one(int within_ms)
{
	assert_int_equal(rd_store_write_within(within_ms, "INSERT INTO n VALUES (1)", NULL, 0,
					       on_done, &done_count), 0);
}

static uint64_t ms_until_outside(int count)
{
	uint64_t began_ms = rd_now_ms();

	while (count_from_outside() < count && rd_now_ms() - began_ms < 10000)
		rd_sleep(1);
	return rd_now_ms() - began_ms;
}

static int write_now_and_then(void *arg)
{
	uint64_t best_ms = UINT64_MAX, took_ms;

	(void)arg;
	done_count = 0;
	assert_int_equal(rd_store_query("CREATE TABLE n (i INTEGER)", NULL, 0, NULL, NULL), 0);
	for (int i = 1; i <= 20 && best_ms > 10; i++) {
		rd_sleep(200);
		insert_one(i % 2 ? 0 : 150);
		took_ms = ms_until_outside(i);
		best_ms = RD_MIN(best_ms, took_ms);
	}
	assert_in_range(best_ms, 0, 10);
	return done_rc;
}

static void what_is_written_now_and_then_outlives_us_at_once(void **state)
{
	(void)state;
	assert_int_equal(with_store(write_now_and_then, NULL), 0);
}

/* Each is on the disk when that is said, and many go there together: one sync in 50 ms, however
 * long it takes on a machine with other work. */
static int write_for_half_a_second(void *arg)
{
	uint64_t began_ms;
	int former, written = 0;

	(void)arg;
	done_count = 0;
	assert_int_equal(rd_store_query("CREATE TABLE n (i INTEGER)", NULL, 0, NULL, NULL), 0);
	rd_sleep(200);
	began_ms = rd_now_ms();
	former = syncs;
	for (; written < 100; written++) {
		insert_one(0);
		rd_sleep(5);
		assert_true(!COUNTS_SYNCS || !done_count || syncs > former);
	}
	while (done_count < written)
		rd_sleep(5);
	if (COUNTS_SYNCS)
		assert_in_range(syncs - former, 2, 2 + (rd_now_ms() - began_ms) / 40);
	return done_rc;
}

static void what_is_written_all_the_time_goes_to_the_disk_together(void **state)
{
	(void)state;
	assert_int_equal(with_store(write_for_half_a_second, NULL), 0);
}

/* 1: sqlite leaves it to us, 2: it syncs each commit. */
static int ask_how_it_syncs(void *arg)
{
	struct rd_pool *pool;
	struct rd_rows rows;
	int how;

	(void)arg;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(rows_of(pool, "PRAGMA synchronous", &rows), 0);
	how = (int)rows.values[0].i;
	rd_pool_free(pool);
	return how;
}

static void where_there_can_be_no_such_log_each_commit_is_synced(void **state)
{
	sqlite3_vfs *usual = sqlite3_vfs_find(NULL);

	(void)state;
	assert_int_equal(with_store(ask_how_it_syncs, NULL), 1);
	assert_int_equal(unlink(path), 0);
	sqlite3_vfs_register(sqlite3_vfs_find("unix-dotfile"), true);
	assert_int_equal(with_store(ask_how_it_syncs, NULL), 2);
	assert_int_equal(with_store(write_many, NULL), 0);
	assert_int_equal(done_count, 1000);
	assert_int_equal(with_store(count_rows, NULL), 1000);
	sqlite3_vfs_register(usual, true);
}

static int write_patiently(void *arg)
{
	const char *insert = "INSERT INTO n VALUES (1)";
	uint64_t began_ms = rd_now_ms();

	(void)arg;
	done_count = 0;
	assert_int_equal(rd_store_query("CREATE TABLE n (i INTEGER)", NULL, 0, NULL, NULL), 0);
	rd_sleep(200); /* that is on the disk */
	assert_int_equal(rd_store_write_within(60000, insert, NULL, 0, on_done, &done_count), 0);
	rd_sleep(200);
	assert_int_equal(done_count, 0);
	/* A question sees what was written before it. */
	assert_int_equal(count_rows(NULL), 1);
	assert_int_equal(rd_store_write_within(60000, insert, NULL, 0, on_done, &done_count), 0);
	assert_int_equal(rd_store_write(insert, NULL, 0, on_done, &done_count), 0);
	while (done_count < 3)
		rd_sleep(5);
	assert_int_equal(rd_store_write_within(60000, insert, NULL, 0, on_done, &done_count), 0);
	rd__store_settle();
	assert_int_equal(done_count, 4);
	assert_true(rd_now_ms() - began_ms < 30000);
	return done_rc;
}

/* A question opens the transaction that the hasty write then joins. */
static uint64_t ms_of_a_hasty_write(void)
{
	const char *insert = "INSERT INTO n VALUES (1)";
	uint64_t began_ms;

	done_count = 0;
	assert_int_equal(rd_store_write_within(60000, insert, NULL, 0, on_done, &done_count), 0);
	count_rows(NULL);
	began_ms = rd_now_ms();
	assert_int_equal(rd_store_write_within(5, insert, NULL, 0, on_done, &done_count), 0);
	while (done_count < 2)
		rd_sleep(1);
	return rd_now_ms() - began_ms;
}

static int write_hastily(void *arg)
{
	uint64_t best_ms = UINT64_MAX, took_ms;

	(void)arg;
	assert_int_equal(rd_store_query("CREATE TABLE n (i INTEGER)", NULL, 0, NULL, NULL), 0);
	for (int i = 0; i < 20 && best_ms > 150; i++) {
		took_ms = ms_of_a_hasty_write();
		best_ms = RD_MIN(best_ms, took_ms);
	}
	assert_in_range(best_ms, 0, 150);
	return done_rc;
}

static void a_hasty_write_takes_along_what_would_wait(void **state)
{
	(void)state;
	assert_int_equal(with_store(write_hastily, NULL), 0);
}

static void a_patient_write_goes_with_those_that_are_not(void **state)
{
	(void)state;
	assert_int_equal(with_store(write_patiently, NULL), 0);
	assert_int_equal(with_store(count_rows, NULL), 4);
}

static void on_answer(int rc, const struct rd_rows *rows, void *arg)
{
	done_count++;
	done_rc = rc;
	assert_null(rd_fiber_self());
	assert_ptr_equal(arg, &done_count);
	if (rc)
		assert_int_equal(rows->count, 0);
	else
		assert_string_equal(rows->values[1].text, "two");
}

static int ask(void *arg)
{
	struct rd_value two = RD_TEXT("two");

	(void)arg;
	done_count = 0;
	assert_int_equal(rd_store_query_then("SELECT 'one', ?", &two, 1, on_answer, &done_count),
			 0);
	while (done_count == 0)
		rd_yield();
	assert_int_equal(done_rc, 0);
	return rd_store_query_then("SELECT nothing", NULL, 0, on_answer, &done_count);
}

static void a_question_may_be_answered_by_a_call(void **state)
{
	(void)state;
	assert_int_equal(with_store(ask, NULL), 0);
	assert_int_equal(done_count, 2);
	assert_int_equal(done_rc, -EINVAL);
}

static int write_wrong(void *arg)
{
	(void)arg;
	done_count = 0;
	return rd_store_write("INSERT INTO nowhere VALUES (1)", NULL, 0, on_done, &done_count);
}

static void a_write_that_fails_says_so(void **state)
{
	(void)state;
	assert_int_equal(with_store(write_wrong, NULL), 0);
	assert_int_equal(done_count, 1);
	assert_int_equal(done_rc, -EINVAL);
}

static struct rd__store_state looked(void)
{
	struct rd__store_state state;

	rd__store_look(&state);
	return state;
}

static int write_without_a_file(void *arg)
{
	const char *insert = "INSERT INTO n VALUES (1)";

	(void)arg;
	assert_int_equal(rd_store_query("CREATE TABLE n (i)", NULL, 0, NULL, NULL), 0);
	assert_int_equal(unlink(path), 0);
	for (int i = 0; i < 2; i++) {
		done_count = 0;
		assert_int_equal(rd_store_write(insert, NULL, 0, on_done, &done_count), 0);
		while (!done_count)
			rd_sleep(5);
		assert_true(looked().is_moved);
	}
	return done_rc;
}

static void a_file_that_is_taken_away_is_told_once(void **state)
{
	struct log_catch caught;
	const char *told;

	(void)state;
	log_catch(&caught);
	assert_int_equal(with_store(write_without_a_file, NULL), 0);
	told = strstr(log_caught(&caught), "was moved or removed");
	assert_non_null(told);
	assert_null(strstr(told + 1, "was moved or removed"));
}

static int limit_pages(int64_t pages)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld", (long long)pages);
	return rd_store_query(sql, NULL, 0, NULL, NULL);
}

static void fill(int rows)
{
	const char *sql = "INSERT INTO n VALUES (zeroblob(1000))";

	for (int i = 0; i < rows; i++)
		assert_int_equal(rd_store_write(sql, NULL, 0, NULL, NULL), 0);
}

/* A limit on its pages is to sqlite what a full disk is. */
static int write_to_a_full_disk(void *arg)
{
	const char *insert = "INSERT INTO n VALUES (zeroblob(10000))";

	assert_int_equal(rd_store_query("CREATE TABLE n (i BLOB)", NULL, 0, NULL, NULL), 0);
	rd_sleep(200);
	assert_int_equal(limit_pages(8), 0);
	fill(5);
	rd_sleep(200);
	fill(50);
	rd_sleep(200);
	fill(5);
	/* Who asks hears at once. */
	done_count = 0;
	assert_int_equal(rd_store_write(insert, NULL, 0, on_done, &done_count), 0);
	while (done_count < 1)
		rd_sleep(5);
	assert_int_equal(done_rc, -ENOSPC);
	assert_true(count_rows(NULL) < 60);
	assert_true(looked().is_stuck);
	assert_in_range(looked().waiting, 1, 60);
	assert_int_equal(limit_pages(arg ? 8 : 10000), 0);
	return 0;
}

static int wait_for_the_disk(void *arg)
{
	int rc = write_to_a_full_disk(arg);

	for (int i = 0; i < 1000 && count_rows(NULL) < 60; i++)
		rd_sleep(10);
	assert_false(looked().is_stuck);
	assert_int_equal(looked().waiting, 0);
	return rc ? rc : count_rows(NULL);
}

static void what_a_full_disk_refuses_is_not_lost(void **state)
{
	(void)state;
	assert_int_equal(with_store(wait_for_the_disk, NULL), 60);
}

static void what_waits_for_the_disk_is_written_at_the_end(void **state)
{
	(void)state;
	assert_int_equal(with_store(write_to_a_full_disk, NULL), 0);
	assert_int_equal(with_store(count_rows, NULL), 60);
}

static void a_disk_that_stays_full_does_not_hold_up_the_end(void **state)
{
	int still_full = 1;

	(void)state;
	assert_int_equal(with_store(write_to_a_full_disk, &still_full), 0);
	assert_true(with_store(count_rows, NULL) < 60);
}

static int use_tree(void *arg)
{
	struct rd_pool *pool;
	const char *value, *at;
	size_t pos = 0;
	int seen = 0;

	(void)arg;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(rd_db_get("CF", "1001", pool, &value), -ENOENT);
	assert_int_equal(rd_db_put("CF", "1001", "1002"), 0);
	assert_int_equal(rd_db_put("CF", "1001", "1003"), 0);
	assert_int_equal(rd_db_put("AMPUSER/1001", "cidname", "Anna"), 0);
	assert_int_equal(rd_db_put("AMPUSER", "1001/ringtimer", "0"), 0);
	assert_int_equal(rd_db_put("AMPUSER", "10012", "no"), 0);
	assert_int_equal(rd_db_get("CF", "1001", pool, &value), 0);
	assert_string_equal(value, "1003");
	while (rd_db_next(&pos, "AMPUSER", "1001", &at, &value))
		seen++;
	assert_int_equal(seen, 2);
	assert_int_equal(rd_db_deltree("AMPUSER", "1001"), 2);
	assert_int_equal(rd_db_deltree("AMPUSER", "1001"), 0);
	assert_int_equal(rd_db_put("gone", "x", "1"), 0);
	assert_int_equal(rd_db_del("gone", "x"), 0);
	assert_int_equal(rd_db_del("gone", "x"), -ENOENT);
	rd_pool_free(pool);
	return 0;
}

static int find_tree(void *arg)
{
	struct rd_pool *pool;
	const char *value, *at;
	size_t pos = 0;
	int seen = 0;

	(void)arg;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_int_equal(rd_db_get("CF", "1001", pool, &value), 0);
	assert_string_equal(value, "1003");
	while (rd_db_next(&pos, NULL, NULL, &at, &value))
		seen++;
	assert_int_equal(seen, 2);
	assert_int_equal(rd_db_deltree(NULL, NULL), 2);
	rd_pool_free(pool);
	return 0;
}

static void the_tree_survives_a_restart(void **state)
{
	(void)state;
	assert_int_equal(with_store(use_tree, NULL), 0);
	assert_int_equal(with_store(find_tree, NULL), 0);
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static void the_file_is_for_the_daemon_alone(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(with_store(nothing, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	FILE *f = fopen(path, "w");

	(void)state;
	for (int i = 0; i < 1000; i++)
		fprintf(f, "this is not a database %d\n", i);
	fclose(f);
	assert_int_equal(with_store(nothing, NULL), -EBADMSG);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/nowhere/ringdown.db", folder);
	assert_int_equal(with_store(nothing, NULL), -ENOENT);
}

static void without_the_store_nothing_is_stored(void **state)
{
	(void)state;
	assert_int_equal(rd_store_write("SELECT 1", NULL, 0, NULL, NULL), -ENODEV);
	assert_int_equal(rd_db_put("a", "b", "c"), -ENODEV);
	assert_int_equal(rd_db_del("a", "b"), -ENOENT);
}

static int everything(void *arg)
{
	struct rd_value value = RD_TEXT("x");
	struct rd_pool *pool = NULL;
	struct rd_rows rows;
	const char *text;
	int rc = rd_pool_new(&pool, 0);

	(void)arg;
	if (rc == 0)
		rc = rd_store_query("SELECT ?", &value, 1, pool, &rows);
	if (rc == 0)
		rc = rd_db_put("a", "b", "c");
	if (rc == 0)
		rc = rd_db_get("a", "b", pool, &text);
	if (rc == 0)
		rc = rd_db_del("a", "b");
	rd_pool_free(pool);
	return rc;
}

static int open_and_use(void *arg)
{
	(void)arg;
	return with_store(everything, NULL);
}

static void memory_may_run_out_at_any_moment(void **state)
{
	(void)state;
	/* Lenient: the write behind rd_db_put() may fail, and nobody waits for it. */
	assert_true(oom_sweep_lenient(open_and_use, NULL) > 10);
}

#define ON_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define ON_REAL(test) cmocka_unit_test_setup_teardown(test, setup_real, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_LOOP(what_is_written_can_be_read),
		ON_LOOP(a_text_need_not_end),
		ON_LOOP(a_wrong_statement_is_an_error_and_no_more),
		ON_LOOP(tables_are_brought_up_to_date_after_a_restart),
		ON_LOOP(a_step_that_fails_leaves_no_half_of_it),
		ON_LOOP(writes_that_nobody_waits_for_are_done_before_the_end),
		ON_REAL(a_patient_write_goes_with_those_that_are_not),
		ON_REAL(what_is_written_now_and_then_outlives_us_at_once),
		ON_REAL(what_is_written_all_the_time_goes_to_the_disk_together),
		ON_REAL(where_there_can_be_no_such_log_each_commit_is_synced),
		ON_REAL(a_hasty_write_takes_along_what_would_wait),
		ON_LOOP(a_write_that_fails_says_so),
		ON_REAL(a_file_that_is_taken_away_is_told_once),
		ON_REAL(what_a_full_disk_refuses_is_not_lost),
		ON_REAL(what_waits_for_the_disk_is_written_at_the_end),
		ON_REAL(a_disk_that_stays_full_does_not_hold_up_the_end),
		ON_LOOP(a_question_may_be_answered_by_a_call),
		ON_LOOP(the_tree_survives_a_restart),
		ON_LOOP(the_file_is_for_the_daemon_alone),
		ON_LOOP(a_file_that_is_no_database_is_refused),
		ON_LOOP(a_folder_that_is_not_there_is_an_error),
		ON_LOOP(without_the_store_nothing_is_stored),
		ON_LOOP(memory_may_run_out_at_any_moment),
	};

	return RUN_GROUP(tests);
}

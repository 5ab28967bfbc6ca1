/* What the store charges: the key-value tree, questions, and writes that
 * nobody waits for; CPU time of all threads, on a file in /tmp. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/bench.h"
#include "core/sched/sched.h"
#include "core/store/store.h"

enum { READS = 1000000, WRITES = 100000, QUESTIONS = 10000, KEYS = 10000 };

static char path[] = "/tmp/rd-bench-store-XXXXXX";

static int bench_tree(struct rd_pool *pool)
{
	char key[16];
	const char *value;
	double start = bench_cpu_us();
	int rc = 0;

	for (int i = 0; i < KEYS && rc == 0; i++) {
		snprintf(key, sizeof(key), "%d", i);
		rc = rd_db_put("bench", key, "value");
	}
	if (rc == 0) /* comes after them all */
		rc = rd_store_query("SELECT 1", NULL, 0, NULL, NULL);
	bench_row_since("key put, both threads", start, KEYS);
	start = bench_cpu_us();
	for (int i = 0; i < READS && rc == 0; i++) {
		rc = rd_db_get("bench", "1234", pool, &value);
		rd_pool_reset(pool);
	}
	bench_row_since("key read, among 10,000", start, READS);
	return rc;
}

static int bench_statements(struct rd_pool *pool)
{
	struct rd_value params[] = { RD_INT(1), RD_TEXT("sip:1001@192.168.1.21:5060") };
	struct rd_rows rows;
	double start = bench_cpu_us();
	int rc = rd_store_query("CREATE TABLE bench (n INTEGER, uri TEXT)", NULL, 0, NULL, NULL);

	for (int i = 0; i < WRITES && rc == 0; i++)
		rc = rd_store_write("INSERT INTO bench VALUES (?, ?)", params, 2, NULL, NULL);
	if (rc == 0)
		rc = rd_store_query("SELECT 1", NULL, 0, NULL, NULL);
	bench_row_since("row written, nobody waits", start, WRITES);
	start = bench_cpu_us();
	for (int i = 0; i < QUESTIONS && rc == 0; i++) {
		rc = rd_store_query("SELECT ?, ?", params, 2, pool, &rows);
		rd_pool_reset(pool);
	}
	bench_row_since("question answered, alone (both threads)", start, QUESTIONS);
	return rc;
}

static int bench(void *arg)
{
	struct rd_pool *pool = NULL;
	int rc = rd__store_start_at(path);

	(void)arg;
	if (rc)
		return rc;
	rc = rd_pool_new(&pool, 0);
	if (rc == 0)
		rc = bench_tree(pool);
	if (rc == 0)
		rc = bench_statements(pool);
	rd_pool_free(pool);
	rd__store_stop();
	return rc;
}

static void remove_files(void)
{
	char beside[sizeof(path) + 4];

	unlink(path);
	snprintf(beside, sizeof(beside), "%s-wal", path);
	unlink(beside);
	snprintf(beside, sizeof(beside), "%s-shm", path);
	unlink(beside);
}

int main(void)
{
	int fd = mkstemp(path);
	int rc = fd < 0 ? -1 : rd__sched_init(0);

	if (rc)
		return 1;
	close(fd);
	rc = rd__sched_call(bench, NULL);
	rd__sched_fini();
	remove_files();
	return rc != 0;
}

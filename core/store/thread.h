/* The inside of the store: jobs for its thread, and how it runs them. */
#ifndef CORE_STORE_THREAD_H
#define CORE_STORE_THREAD_H

#include <sqlite3.h>

#include <ringdown/map.h>
#include <ringdown/str.h>

#include "core/sched/soon.h"
#include "core/store/store.h"

/* Rows as the thread collects them; texts are offsets until they are copied
 * to the asker's pool. */
struct rd__result {
	struct rd_value *values; /* .i of a text: its offset in texts */
	size_t count, capacity;
	int columns, rows;
	struct rd_buf texts;
};

struct rd__job {
	struct rd_list link;
	struct rd__soon soon; /* its way back */
	/* runs on the thread: 0 or negative errno */
	int (*run)(struct rd__job *job);
	int rc;
	bool until_committed; /* comes back only when it is in the file; nobody waits */
	unsigned gather_us; /* then: so long it may wait for others */
	bool keep; /* then: it waits while the disk is full; nobody hears of it. Else it
		    * comes back when it is synced */

	const char *sql;
	const struct rd_value *params;
	int param_count;
	struct rd__result *result; /* NULL: rows are not wanted */
	const void *arg;	   /* for .run */
};

/* -- thread.c ------------------------------------------------------------------ */

/* Open the file on a thread of its own. rest_max_us: how long writes gather
 * at most that come after others, before they are committed; sync_us: how long commits
 * do before they are synced. 0, or negative (logged). */
RD_YIELDS int rd__store_thread_start(const char *path, unsigned rest_max_us, unsigned sync_us);
/* All jobs are done first. Blocks: call it on a pool thread. */
void rd__store_thread_stop(void);
/* Are jobs taken? And: none are from now on. */
bool rd__store_thread_running(void);
void rd__store_thread_refuse(void);
void rd__store_submit(struct rd__job *job);
/* What was submitted is to be on the disk soon. */
void rd__store_flush(void);
/* Submit and wait; the job may lie on the fiber's stack. Yields. */
RD_YIELDS int rd__store_wait(struct rd__job *job);

/* -- on the thread only --------------------------------------------------------- */

/* connection.c */
int rd__connection_open(const char *path);
void rd__connection_close(void);
/* heap.c: where sqlite gets memory from. */
extern const struct sqlite3_mem_methods rd__sqlite_heap;
sqlite3 *rd__connection(void);
/* What was committed goes to the disk. 0 or -EIO (logged). */
int rd__connection_sync(void);
/* Is its file no longer where it was opened? */
bool rd__connection_moved(void);
/* Log what sqlite has to say about sql, and translate it. */
int rd__sqlite_error(int code, const char *sql);
/* Several statements without parameters. */
int rd__sqlite_exec(const char *sql);
/* A prepared statement of this text, kept for the next time; reset it. */
int rd__statement_get(const char *sql, sqlite3_stmt **out);

/* execute.c: one statement, with parameters and rows. */
int rd__execute(struct rd__job *job);

/* thread.c: transactions. */
int rd__transaction_begin(void);
/* What is open is committed and reported now. */
int rd__transaction_commit(void);
/* What is open is taken back; rc is reported to all that were in it but those that
 * wait for the disk. */
void rd__transaction_undo(int rc);

/* schema.c: job->arg is a struct rd_schema. */
int rd__schema_run(struct rd__job *job);

/* -- db.c: the key-value tree ------------------------------------------------------ */

RD_YIELDS int rd__db_load(void);
void rd__db_unload(void);

/* Bytes of a path, "/family/key", with its NUL. */
enum { RD__DB_PATH_SIZE = 1024 };

/* What storage.c does to the tree, without a word to whoever keeps it. prefix:
 * "/family". */
bool rd__db_is_there(void);
/* Is path prefix itself, or below it? "": all are. */
bool rd__db_is_below(const char *path, const char *prefix);
/* 0 or -ENAMETOOLONG. */
int rd__db_path(char path[RD__DB_PATH_SIZE], const char *family, const char *key);
/* Out of the tree, but for these paths (NULL: for none). */
void rd__db_hide(const char *prefix, const struct rd_map *but);
/* Into it; what was there is the caller's, NULL: nothing. 0, -ENAMETOOLONG, -ENOMEM. */
int rd__db_show(const char *family, const char *key, const char *value, char **former);
/* Undo that. */
void rd__db_take_back(const char *family, const char *key, char *former);
/* As the embedded store has it. 0 or negative. Yields. */
RD_YIELDS int rd__db_read(const char *prefix);

#endif

/* The one connection to sqlite, and its prepared statements. Used by the
 * store's thread only. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/log.h>
#include <ringdown/map.h>

#include "core/store/thread.h"

/* More texts than this means that somebody pastes values into them. */
#define STATEMENTS_MAX 256

static sqlite3 *connection;
static struct rd_map *statements;
static sqlite3_stmt *latest; /* of them: one is often wanted many times in a row */

sqlite3 *rd__connection(void)
{
	return connection;
}

static int errno_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return -EACCES;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_TOOBIG:
		return -EBADMSG;
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
		return -EINVAL;
	default:
		return -EIO;
	}
}

static const char *advice(int code)
{
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return "; the file is damaged or no database: put a copy of it back, or move it "
		       "away to begin with an empty one";
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return "; the state directory and the file must be writable for the user that "
		       "ringdown runs as";
	case SQLITE_FULL:
		return "; the disk is full";
	default:
		return "";
	}
}

int rd__sqlite_error(int code, const char *sql)
{
	const char *path = connection ? sqlite3_db_filename(connection, NULL) : NULL;

	rd_error("store: %s: %s: %s%s", path && *path ? path : "memory", sql,
		 connection ? sqlite3_errmsg(connection) : sqlite3_errstr(code), advice(code));
	return errno_of(code);
}

int rd__sqlite_exec(const char *sql)
{
	int code = sqlite3_exec(connection, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : rd__sqlite_error(code, sql);
}

/* Contacts and secrets of users: for the daemon alone. sqlite gives the
 * files beside it the same mode. */
static int make_file(const char *path)
{
	int fd;

	if (strcmp(path, ":memory:") == 0)
		return 0;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		int rc = -errno;

		rd_error("store: %s: %s%s", path, rd_strerror(rc), advice(SQLITE_CANTOPEN));
		return rc;
	}
	close(fd);
	return 0;
}

static int note_mode(void *is_wal, int columns, char **values, char **names)
{
	(void)names;
	*(bool *)is_wal = columns == 1 && values[0] && strcmp(values[0], "wal") == 0;
	return 0;
}

/* In the journal of WAL each commit is one write, which rd__connection_sync() follows. Where
 * a file system has none, each is synced. A code of sqlite. */
static int choose_journal(void)
{
	bool is_wal = false;
	int code = sqlite3_exec(connection, "PRAGMA journal_mode = WAL", note_mode, &is_wal, NULL);

	return code ? code
		    : sqlite3_exec(connection,
				   is_wal ? "PRAGMA synchronous = NORMAL"
					  : "PRAGMA synchronous = FULL",
				   NULL, NULL, NULL);
}

int rd__connection_open(const char *path)
{
	static const char prepare[] =
		"PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
		"BEGIN IMMEDIATE;"
		"CREATE TABLE IF NOT EXISTS schema_versions "
		"(name TEXT PRIMARY KEY, version INTEGER NOT NULL);"
		"COMMIT";
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int rc = make_file(path);

	if (rc == 0)
		rc = rd_map_new(&statements, 0);
	if (rc)
		return rc;
	/* Its own counting takes a lock each time. Once it has begun it refuses to be told;
	 * then it has been told. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &rd__sqlite_heap);
	rc = sqlite3_open_v2(path, &connection, flags, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(connection, 5000);
		rc = choose_journal();
	}
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(connection, prepare, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	rc = rd__sqlite_error(rc, "open");
	rd__connection_close();
	return rc;
}

static void drop_statements(void)
{
	size_t pos = 0;
	const char *sql;
	void *statement;

	while (rd_map_next(statements, &pos, &sql, &statement))
		sqlite3_finalize(statement);
	rd_map_free(statements);
	statements = NULL;
	latest = NULL;
}

void rd__connection_close(void)
{
	if (statements)
		drop_statements();
	sqlite3_close(connection);
	connection = NULL;
}

int rd__connection_sync(void)
{
	sqlite3_file *journal = NULL;
	int code = sqlite3_file_control(connection, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &journal);

	if (code == SQLITE_OK && journal && journal->pMethods)
		code = journal->pMethods->xSync(journal, SQLITE_SYNC_NORMAL);
	if (code == SQLITE_OK)
		return 0;
	rd_error("store: %s: what was written may not be on the disk: %s",
		 sqlite3_db_filename(connection, NULL), sqlite3_errstr(code));
	return -EIO;
}

bool rd__connection_moved(void)
{
	int moved = 0;

	return !sqlite3_file_control(connection, NULL, SQLITE_FCNTL_HAS_MOVED, &moved) && moved;
}

static int forget_all_statements(void)
{
	drop_statements();
	return rd_map_new(&statements, 0);
}

/* What is prepared already; NULL: it is not. */
static sqlite3_stmt *find_statement(const char *sql)
{
	if (latest && strcmp(sqlite3_sql(latest), sql) == 0)
		return latest;
	return statements ? rd_map_get(statements, sql) : NULL;
}

static int prepare_statement(const char *sql, sqlite3_stmt **out)
{
	int code, rc = 0;

	if (!statements || rd_map_count(statements) >= STATEMENTS_MAX)
		rc = statements ? forget_all_statements() : rd_map_new(&statements, 0);
	if (rc)
		return rc;
	code = sqlite3_prepare_v3(connection, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
	if (code)
		return rd__sqlite_error(code, sql);
	if (!*out)
		return -EINVAL;
	rc = rd_map_set(statements, sql, *out, NULL);
	if (rc)
		sqlite3_finalize(*out);
	return rc;
}

int rd__statement_get(const char *sql, sqlite3_stmt **out)
{
	int rc = 0;

	*out = find_statement(sql);
	if (!*out)
		rc = prepare_statement(sql, out);
	if (!rc)
		latest = *out;
	return rc;
}

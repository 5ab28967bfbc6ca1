/* Ringdown SDK: the embedded store. sqlite runs on a thread of its own; the
 * yielding calls are for fibers, the _then forms for event-driven code. */
#ifndef RINGDOWN_STORE_H
#define RINGDOWN_STORE_H

#include <ringdown/base.h>
#include <ringdown/pool.h>
#include <ringdown/str.h>

/* One value of a row or a parameter. Text is borrowed. RD_VALUE_STR is a parameter's alone:
 * a text of i bytes, which need not end there. */
struct rd_value {
	enum { RD_VALUE_NULL, RD_VALUE_INT, RD_VALUE_REAL, RD_VALUE_TEXT, RD_VALUE_STR } type;
	int64_t i;
	double d;
	const char *text;
};

#define RD_INT(v)  ((struct rd_value){ .type = RD_VALUE_INT, .i = (v) })
#define RD_REAL(v) ((struct rd_value){ .type = RD_VALUE_REAL, .d = (v) })
#define RD_TEXT(v) rd_value_text(v)
/* Of a struct rd_str: "" where it is absent; up to its first NUL. */
#define RD_TEXT_OF(v) rd_value_str(v)

/* Borrows the text; NULL is the NULL of SQL. */
static inline struct rd_value rd_value_text(const char *text)
{
	return (struct rd_value){ .type = text ? RD_VALUE_TEXT : RD_VALUE_NULL,
				  .text = text };
}

static inline struct rd_value rd_value_str(struct rd_str text)
{
	return (struct rd_value){ .type = RD_VALUE_STR,
				  .i = (int64_t)text.n,
				  .text = text.n ? text.p : "" };
}

struct rd_rows {
	int columns;
	int count;
	const struct rd_value *values; /* count * columns, row by row */
};

/* Steps that bring a module's tables from any older version to today's:
 * steps[n] leads from version n to n + 1; NULL-terminated. */
struct rd_schema {
	const char *name; /* the module's; versions are kept by it */
	const char *const *steps;
};

RD_API_BEGIN

/* Bring the tables up to date; call from a module's load. 0 or negative (logged). Yields. */
RD_YIELDS int rd_store_schema(const struct rd_schema *schema);

/* One statement with '?' parameters; rows (may be NULL) go to the pool.
 * Statements are prepared once and kept by their text. A write that was
 * answered is seen by every later query, outlives a killed daemon within 50 ms, and
 * is on the disk at most 100 ms later. 0 or negative errno (logged); not
 * cancellable. Yields. */
RD_YIELDS int rd_store_query(const char *sql, const struct rd_value *params, int n,
			     struct rd_pool *pool, struct rd_rows *rows);

/* The same for event-driven code: answer runs on the loop; rows are borrowed
 * for the time of the call. Parameters are copied. 0, -ENOMEM or -ENODEV;
 * then answer is not called. */
int rd_store_query_then(const char *sql, const struct rd_value *params, int n,
			void (*answer)(int rc, const struct rd_rows *rows, void *arg),
			void *arg);

/* A write that nobody waits for; parameters are copied; writes keep their
 * order. They are committed at once, or at most 50 ms later with others when more
 * keep coming, and are on the disk at most 100 ms later. done (may be NULL) runs on
 * the loop when the write is on the disk or has failed. Without it nobody would know:
 * such a write waits in memory when the disk is full, and is tried again from time to
 * time; queries and writes with done pass those that wait. 0, -ENOMEM, -ENODEV. */
int rd_store_write(const char *sql, const struct rd_value *params, int n,
		   void (*done)(int rc, void *arg), void *arg);

/* The same for what may be lost when it is younger than ms: it is committed with whatever
 * else is, or so long after what was before it. Fewer commits are cheaper ones. */
int rd_store_write_within(int ms, const char *sql, const struct rd_value *params, int n,
			  void (*done)(int rc, void *arg), void *arg);

/* The key-value tree that DB() shows. It is kept in memory: none of these
 * waits, changes reach the disk as rd_store_write() does it. family and key
 * may hold slashes: they make a path, "/family/key". -ENOENT when absent. */
int rd_db_get(const char *family, const char *key, struct rd_pool *pool,
	      const char **value);
/* 0, -ENAMETOOLONG, -ENOMEM, or -ENODEV where there is no store: nothing is changed
 * then. */
int rd_db_put(const char *family, const char *key, const char *value);
/* The same, and -ENOENT when there is no such key. */
int rd_db_del(const char *family, const char *key);
/* Number of entries removed; key_prefix NULL: the whole family. */
int rd_db_deltree(const char *family, const char *key_prefix);
/* Walk what is at and below family and key_prefix (NULL: all): start with
 * *pos = 0. Borrowed until the next change; in no order. */
bool rd_db_next(size_t *pos, const char *family, const char *key_prefix,
		const char **path, const char **value);

RD_API_END

#endif

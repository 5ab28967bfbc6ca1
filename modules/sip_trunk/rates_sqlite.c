/* Prices from a database of sqlite: a table or view "rates" with "prefix" and "price". It is
 * read as a whole, as a csv file is; a call never waits for it. */
#include <sqlite3.h>
#include <stdio.h>

#include "modules/sip_trunk/rates_private.h"

#define PATIENCE_MS 2000 /* of somebody who writes into it */

bool rates_is_sqlite(const char *name)
{
	static const char *const ends[] = { ".sqlite", ".sqlite3", ".db" };
	size_t n = strlen(name);

	for (size_t i = 0; i < RD_ARRAY_SIZE(ends); i++)
		if (n > strlen(ends[i]) && strcmp(name + n - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

static struct rd_str column(sqlite3_stmt *statement, int i)
{
	const unsigned char *text = sqlite3_column_text(statement, i);

	return rd_str_trim(rd_str_of(text ? (const char *)text : ""));
}

/* A small one would be "3.4e-05" as sqlite writes it. What is too small is cut off as in a file. */
static struct rd_str price(sqlite3_stmt *statement, int i, char buf[32])
{
	if (sqlite3_column_type(statement, i) != SQLITE_FLOAT)
		return column(statement, i);
	snprintf(buf, 32, "%.9f", sqlite3_column_double(statement, i));
	return rd_str_of(buf);
}

static int read_rows(struct rates_reader *reader, sqlite3 *db)
{
	static const char sql[] = "SELECT prefix, price FROM rates";
	sqlite3_stmt *statement = NULL;
	char buf[32];
	int status = sqlite3_prepare_v2(db, sql, -1, &statement, NULL), rc = 0;

	while (status == SQLITE_OK || status == SQLITE_ROW) {
		status = sqlite3_step(statement);
		reader->line++; /* a row is one */
		if (status == SQLITE_ROW)
			rc = rates_take(reader, column(statement, 0), price(statement, 1, buf),
					column(statement, 0));
		if (rc)
			break;
	}
	if (rc == 0 && status != SQLITE_DONE)
		rates_complain(reader, 0, sqlite3_errmsg(db), rd_str_of(sql));
	sqlite3_finalize(statement);
	return rc;
}

int rates_read_sqlite(struct rates_reader *reader, const char *path)
{
	sqlite3 *db = NULL;
	int rc = 0;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
		rates_complain(reader, 0, db ? sqlite3_errmsg(db) : "no memory", rd_str_of(path));
	} else {
		sqlite3_busy_timeout(db, PATIENCE_MS);
		rc = read_rows(reader, db);
	}
	sqlite3_close(db);
	return rc;
}

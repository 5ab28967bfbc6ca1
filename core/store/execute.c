/* One statement on the store's thread: bind, step, collect rows. */
#include <ringdown/log.h>

#include "core/store/thread.h"

static int bind_one(sqlite3_stmt *statement, int at, const struct rd_value *value)
{
	switch (value->type) {
	case RD_VALUE_INT:
		return sqlite3_bind_int64(statement, at, value->i);
	case RD_VALUE_REAL:
		return sqlite3_bind_double(statement, at, value->d);
	case RD_VALUE_TEXT:
		return sqlite3_bind_text(statement, at, value->text, -1, SQLITE_STATIC);
	case RD_VALUE_STR:
		return sqlite3_bind_text(statement, at, value->text,
					 (int)strnlen(value->text, (size_t)value->i),
					 SQLITE_STATIC);
	default:
		return sqlite3_bind_null(statement, at);
	}
}

static int bind_all(sqlite3_stmt *statement, const struct rd__job *job)
{
	int wanted = sqlite3_bind_parameter_count(statement);

	if (wanted != job->param_count) {
		rd_error("store: %s: %d parameters given, %d wanted", job->sql, job->param_count,
			 wanted);
		return -EINVAL;
	}
	for (int i = 0; i < wanted; i++) {
		int code = bind_one(statement, i + 1, &job->params[i]);

		if (code)
			return rd__sqlite_error(code, job->sql);
	}
	return 0;
}

static struct rd_value *new_value(struct rd__result *result)
{
	if (result->count == result->capacity) {
		size_t capacity = result->capacity ? result->capacity * 2 : 16;
		struct rd_value *values =
			rd_realloc(result->values, capacity * sizeof(*values));

		if (!values)
			return NULL;
		result->values = values;
		result->capacity = capacity;
	}
	return &result->values[result->count++];
}

static int collect_value(struct rd__result *result, sqlite3_stmt *statement, int column)
{
	struct rd_value *value = new_value(result);

	if (!value)
		return -ENOMEM;
	*value = (struct rd_value){ .type = RD_VALUE_NULL };
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_INTEGER:
		*value = RD_INT(sqlite3_column_int64(statement, column));
		break;
	case SQLITE_FLOAT:
		*value = RD_REAL(sqlite3_column_double(statement, column));
		break;
	case SQLITE_NULL:
		break;
	default:
		value->type = RD_VALUE_TEXT;
		value->i = (int64_t)result->texts.n;
		rd_buf_adds(&result->texts, (const char *)sqlite3_column_text(statement, column));
		rd_buf_addc(&result->texts, '\0');
	}
	return result->texts.failed ? -ENOMEM : 0;
}

static int collect_row(struct rd__result *result, sqlite3_stmt *statement)
{
	result->columns = sqlite3_column_count(statement);
	for (int i = 0; i < result->columns; i++) {
		int rc = collect_value(result, statement, i);

		if (rc)
			return rc;
	}
	result->rows++;
	return 0;
}

static int step_all(sqlite3_stmt *statement, struct rd__job *job)
{
	int code;

	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		int rc = job->result ? collect_row(job->result, statement) : 0;

		if (rc)
			return rc;
	}
	return code == SQLITE_DONE ? 0 : rd__sqlite_error(code, job->sql);
}

int rd__execute(struct rd__job *job)
{
	sqlite3_stmt *statement;
	int rc = rd__statement_get(job->sql, &statement);

	if (rc)
		return rc;
	rc = bind_all(statement, job);
	if (rc == 0 && !sqlite3_stmt_readonly(statement))
		rc = rd__transaction_begin();
	if (rc == 0)
		rc = step_all(statement, job);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return rc;
}

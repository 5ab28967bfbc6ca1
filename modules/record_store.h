/* Records and events of calls as rows of the store: a table is its columns, and what is
 * written into them is printed from these. */
#ifndef MODULES_RECORD_STORE_H
#define MODULES_RECORD_STORE_H

#include <ringdown/event.h>

enum record_kind {
	RECORD_TEXT, /* the event's field of that name, as it is */
	RECORD_NUMBER, /* of the kind that its column is; none where the field is empty */
	RECORD_MOMENT, /* seconds; none where it has never come, which is 0 */
	RECORD_NOW, /* the event's own time */
	RECORD_SUBJECT, /* its .name */
	RECORD_NOTE, /* its .text */
	RECORD_CHANNEL, /* the unique identifier of its channel */
};

struct record_column {
	const char *name;
	enum record_kind kind;
};

enum { RECORD_COLUMNS_MAX = 24, RECORD_SQL_MAX = 640 };

struct record_table {
	const char *name;
	const struct record_column *columns; /* in the order in which events tell them */
	size_t count;
	char insert[RECORD_SQL_MAX]; /* printed with the first */
};

/* 0, or what rd_store_write_within() says. */
int record_table_write(struct record_table *table, const struct rd_event *event);

/* Milliseconds. They are told half a second after the end of a call at the latest, and
 * are to be on the disk half a second later. */
enum { RECORD_WITHIN_MS = 450 };

#endif

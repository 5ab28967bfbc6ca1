/* Writing comma-separated values: one line for one record. */
#ifndef MODULES_CSV_H
#define MODULES_CSV_H

#include <ringdown/str.h>

/* A quote within is written twice; a line stays one line. */
static inline void csv_add_quoted(struct rd_buf *line, const char *text)
{
	rd_buf_addc(line, '"');
	for (; *text; text++) {
		if (*text == '"')
			rd_buf_addc(line, '"');
		rd_buf_addc(line, *text == '\n' || *text == '\r' ? ' ' : *text);
	}
	rd_buf_addc(line, '"');
}

#endif

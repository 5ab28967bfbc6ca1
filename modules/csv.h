/* Writing comma-separated values: one line for one record. */
#ifndef MODULES_CSV_H
#define MODULES_CSV_H

#include <string.h>

#include <ringdown/str.h>

/* A quote within is written twice; a line stays one line. */
static inline void csv_add_quoted(struct rd_buf *line, const char *text)
{
	size_t plain;

	rd_buf_addc(line, '"');
	for (; plain = strcspn(text, "\"\n\r"), rd_buf_add(line, text, plain), text[plain];
	     text += plain + 1)
		rd_buf_adds(line, text[plain] == '"' ? "\"\"" : " ");
	rd_buf_addc(line, '"');
}

#endif

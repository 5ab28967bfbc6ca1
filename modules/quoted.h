/* Texts between quotes, as CSV and JSON want them: one line stays one line. */
#ifndef MODULES_QUOTED_H
#define MODULES_QUOTED_H

#include <string.h>

#include <ringdown/str.h>

/* CSV: a quote within is written twice. */
static inline void csv_add_quoted(struct rd_buf *line, const char *text)
{
	size_t plain;

	rd_buf_addc(line, '"');
	for (; plain = strcspn(text, "\"\n\r"), rd_buf_add(line, text, plain), text[plain];
	     text += plain + 1)
		rd_buf_adds(line, text[plain] == '"' ? "\"\"" : " ");
	rd_buf_addc(line, '"');
}

/* JSON (RFC 8259 §7). */
static inline void json_add_quoted(struct rd_buf *line, const char *text)
{
	rd_buf_addc(line, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			rd_buf_printf(line, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			rd_buf_printf(line, "\\u%04x", (unsigned)*text);
		else
			rd_buf_addc(line, *text);
	}
	rd_buf_addc(line, '"');
}

#endif

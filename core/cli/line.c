/* A typed line, cut into words. */
#include <string.h>

#include "core/cli/session.h"

/* Copy one word to `to`, without its quotes; returns what follows in `from`. */
static const char *copy_word(struct rd__cli_line *line, const char *from, char **to)
{
	bool quoted = false;

	for (; *from && (quoted || (*from != ' ' && *from != '\t')); from++) {
		if (*from == '"')
			quoted = !quoted;
		else if (*from == '\\' && from[1])
			*(*to)++ = *++from;
		else
			*(*to)++ = *from;
	}
	*(*to)++ = '\0';
	line->open = *from == '\0';
	return from;
}

int rd__cli_line_split(struct rd__cli_line *line, const char *text)
{
	char *to;

	*line = (struct rd__cli_line){ 0 };
	/* Taking quotes off never makes it longer; one more for the last NUL. */
	line->text = to = rd_malloc(strlen(text) + 2);
	if (!line->text)
		return -ENOMEM;
	for (;;) {
		text += strspn(text, " \t\r\n");
		if (!*text)
			return 0;
		if (line->count == RD__CLI_MAX_WORDS) {
			rd__cli_line_free(line);
			return -E2BIG;
		}
		line->words[line->count++] = to;
		text = copy_word(line, text, &to);
	}
}

void rd__cli_line_free(struct rd__cli_line *line)
{
	rd_free(line->text);
	*line = (struct rd__cli_line){ 0 };
}

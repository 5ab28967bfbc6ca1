/* Error numbers in words, for the middle of a sentence. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <ringdown/base.h>

const char *rd_strerror(int rc)
{
	/* Several, so that one log line may name several errors. */
	static _Thread_local char texts[4][64];
	static _Thread_local unsigned turn;
	char *text = texts[turn++ % RD_ARRAY_SIZE(texts)];
	int number = rc < 0 && rc != INT32_MIN ? -rc : rc;
	const char *words = strerrordesc_np(number);

	if (!words) {
		snprintf(text, sizeof(texts[0]), "error %d", number);
		return text;
	}
	snprintf(text, sizeof(texts[0]), "%s", words);
	if (!isupper((unsigned char)text[1]))
		text[0] = (char)tolower((unsigned char)text[0]);
	return text;
}

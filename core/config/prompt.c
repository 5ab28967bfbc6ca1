/* Prompts that a configuration names, with the eyes of a doctor. One by its whole path may be
 * recorded before it is played, and is passed over. */
#include <glob.h>
#include <string.h>

#include <ringdown/config.h>
#include <ringdown/prompt.h>

enum { PROMPT_MAX = 256 };

static bool is_there(char *pattern)
{
	glob_t found;
	int rc = pattern ? glob(pattern, GLOB_NOSORT, NULL, &found) : GLOB_NOSPACE;

	if (rc == 0)
		globfree(&found);
	rd_free(pattern);
	return rc != GLOB_NOMATCH;
}

/* In whatever format, for their modules need not run here; each folder of the prompts may be a
 * language. A beep is made where there is no file. */
static bool is_anywhere(const char *prompt)
{
	const char *sounds = rd_directory("sounds");

	return strcmp(prompt, "beep") == 0 || strpbrk(prompt, "*?[\\") ||
	       is_there(rd_asprintf("%s/%s.*", sounds, prompt)) ||
	       is_there(rd_asprintf("%s/*/%s.*", sounds, prompt));
}

static struct rd_str next(struct rd_str *prompts)
{
	struct rd_str one = { prompts->p, 0 };

	while (one.n < prompts->n && one.p[one.n] != '&' && one.p[one.n] != ',')
		one.n++;
	prompts->p += RD_MIN(one.n + 1, prompts->n);
	prompts->n -= RD_MIN(one.n + 1, prompts->n);
	return rd_str_trim(one);
}

void rd_prompt_examine(struct rd_config_report *report, const char *file, int line,
		       const char *what, const char *prompts)
{
	struct rd_str rest = rd_str_of(prompts), one;
	char prompt[PROMPT_MAX];

	while (rd_config_is_examined() && rest.n) {
		one = next(&rest);
		if (!one.n || *one.p == '/' || memchr(one.p, '$', one.n) ||
		    !rd_strcpyn(prompt, sizeof(prompt), one) || is_anywhere(prompt))
			continue;
		rd_config_warning(report, file, line,
				  "%s: there is no prompt \"%s\" in any language", what, prompt);
	}
}

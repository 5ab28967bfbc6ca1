/* For a doctor: prompts that extensions.conf has played and that are in no language. One by its
 * whole path may be recorded before it is played, and is passed over. */
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/config.h>
#include <ringdown/fiber.h>

#include "dialplan/check.h"

enum { PROMPT_MAX = 256 };

struct wanted {
	const char *prompt;
	bool found;
};

static bool is_there(char *pattern)
{
	glob_t found;
	int rc = pattern ? glob(pattern, GLOB_NOSORT, NULL, &found) : GLOB_NOSPACE;

	if (rc == 0)
		globfree(&found);
	rd_free(pattern);
	return rc != GLOB_NOMATCH;
}

/* On a thread of the pool. In whatever format, for their modules do not run here; each folder of
 * the prompts may be a language. */
static int look(void *arg)
{
	struct wanted *wanted = arg;
	const char *sounds = rd_directory("sounds");

	wanted->found = strpbrk(wanted->prompt, "*?[\\") ||
			is_there(rd_asprintf("%s/%s.*", sounds, wanted->prompt)) ||
			is_there(rd_asprintf("%s/*/%s.*", sounds, wanted->prompt));
	return 0;
}

/* A beep is made where there is no file. */
static bool is_anywhere(const char *prompt)
{
	struct wanted wanted = { .prompt = prompt };

	if (strcmp(prompt, "beep") == 0)
		return true;
	return rd_offload(look, &wanted) || wanted.found;
}

static void check_prompt(dp_check_report *report, void *arg, const struct dp_exten *exten,
			 const struct dp_step *step, struct rd_str prompt)
{
	char name[PROMPT_MAX], text[2 * PROMPT_MAX];

	if (!prompt.n || prompt.p[0] == '/' || !rd_strcpyn(name, sizeof(name), prompt) ||
	    is_anywhere(name))
		return;
	snprintf(text, sizeof(text), "%s,%s: %s: there is no prompt \"%s\" in any language",
		 exten->context->name, exten->name, step->app, name);
	report(step->file, step->line, text, arg);
}

static bool plays(const char *app)
{
	static const char *const apps[] = { "Playback", "Background", "ControlPlayback", NULL };
	const char *const *known = apps;

	while (*known && strcasecmp(*known, app) != 0)
		known++;
	return *known;
}

static void check_step(dp_check_report *report, void *arg, const struct dp_exten *exten,
		       const struct dp_step *step)
{
	struct rd_str rest = rd_str_of(step->args), prompts, prompt;

	if (!plays(step->app))
		return;
	rd_str_cut(&rest, ',', &prompts);
	if (prompts.n && memchr(prompts.p, '$', prompts.n))
		return;
	while (prompts.n) {
		rd_str_cut(&prompts, '&', &prompt);
		check_prompt(report, arg, exten, step, rd_str_trim(prompt));
	}
}

void dp_check_prompts(const struct dp_plan *plan, dp_check_report *report, void *arg)
{
	for (const struct dp_context *it = plan->first; it; it = it->following)
		for (const struct dp_exten *exten = it->first; exten; exten = exten->following)
			for (size_t i = 0; i < exten->count; i++)
				check_step(report, arg, exten, &exten->steps[i]);
}

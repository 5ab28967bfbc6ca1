/* Timezones that a plan names, read ahead: where the plan is read a file may take
 * its time, in a call it holds up all others. What is a zone is guessed by its
 * form, since a word that is none costs no more than a look. */
#include <ctype.h>
#include <string.h>

#include <ringdown/zone.h>

#include "dialplan/plan.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/"

/* "Europe/Berlin", "UTC": each word that begins so. */
static void read_words(const char *text)
{
	char word[64];

	for (size_t n; *text; text += n) {
		n = strspn(text, LETTERS);
		if (isupper((unsigned char)*text) &&
		    rd_strcpyn(word, sizeof(word), (struct rd_str){ text, n }))
			rd_zone_known(word);
		n += strcspn(text + n, LETTERS);
	}
}

/* GotoIfTime, SayUnixTime, IFTIME(), STRFTIME() and their like. */
static bool tells_time(const struct dp_step *step)
{
	return strcasestr(step->app, "time") || strcasestr(step->args, "time");
}

void dp_zones_read(const struct dp_plan *plan)
{
	for (const struct dp_global *global = plan->globals; global; global = global->next)
		read_words(global->value);
	for (struct dp_spot spot = { 0 }; dp_plan_next_step(plan, &spot);)
		if (tells_time(spot.step))
			read_words(spot.step->args);
}

/* Countries: how numbers are dialled there, whom one calls in need, and which country a
 * number of the world is in. */
#ifndef MODULES_SIP_TRUNK_COUNTRIES_H
#define MODULES_SIP_TRUNK_COUNTRIES_H

#include <ringdown/str.h>

/* How one dials in a country. */
struct country {
	const char *name; /* ISO 3166: "DE" */
	const char *code; /* before its numbers in all of the world: "49" */
	const char *national; /* before a number of another town: "0"; "": nothing */
	const char *international; /* before the code of another country: "00" */
	/* Numbers of the whole country that are dialled without .national, by how many digits
	 * they have and what these begin with; most 0: there are none. */
	int least, most;
	const char *begins;
	const char *services; /* what begins with one of these is nobody's line: "1 3" */
	const char *const *emergency;
};

/* By its name in letters of any case; NULL: its rules are not known here. */
const struct country *country_find(const char *name);

/* Does one call for help by it there? country NULL: 112 and 911, which telephones know. */
bool country_is_emergency(const struct country *country, struct rd_str number);

/* The country of a number of the world, its digits without "+": "DE"; "001": it is in none
 * (satellites, freephone of the world). Islands of North America's numbers, +1, have names
 * of their own. NULL: nobody has such a number. */
const char *country_of_number(struct rd_str e164);

/* Is the number in it? word: "DE", "UK", "NANP" (all of +1), or how its numbers begin: "49". */
bool country_has(const char *word, struct rd_str e164);
/* Is it such a word? */
bool country_is_known(const char *word);

#endif

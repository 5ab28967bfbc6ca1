/* Names by the letters on the keys: see letters.h. */
#include "apps/app_voicemail/letters.h"

#include <ctype.h>
#include <string.h>

/* U+00C0 to U+00FF without their accents; '.' is no letter. */
static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOO.OUUUUYTSAAAAAAACEEEEIIIIDNOOOOO.OUUUUYTY";

/* A to Z. */
static const char keys[] = "22233344455566677778889999";

/* The key of the letter at *p, which goes on to the next; 0: it is none. */
static char key_at(const unsigned char **p)
{
	const unsigned char *at = *p;
	int letter = toupper(at[0]);

	*p += 1;
	if (at[0] == 0xc3 && (at[1] & 0xc0) == 0x80) {
		*p += 1;
		letter = latin[at[1] - 0x80];
	}
	if (isdigit(letter))
		return (char)letter;
	return letter >= 'A' && letter <= 'Z' ? keys[letter - 'A'] : 0;
}

/* Apostrophes and the like have no key. */
static bool word_matches(const char *word, const char *digits)
{
	const unsigned char *p = (const unsigned char *)word;

	while (*digits && *p && *p != ' ') {
		char key = key_at(&p);

		if (key && key != *digits)
			return false;
		digits += key != 0;
	}
	return !*digits;
}

bool vm_name_matches(const char *name, const char *digits, unsigned parts)
{
	const char *space = strrchr(name, ' ');
	const char *last = space ? space + 1 : name;

	return ((parts & VM_LAST_NAME) && word_matches(last, digits)) ||
	       ((parts & VM_FIRST_NAME) && word_matches(name, digits));
}

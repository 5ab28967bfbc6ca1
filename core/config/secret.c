/* Secrets with the eyes of who wants in: what he tries first. */
#include <ringdown/secret.h>

#include <ctype.h>
#include <string.h>

#include <ringdown/str.h>

enum {
	SECRET_LEAST = 8, /* characters */
	DIGITS_LEAST = 12, /* where there is nothing else */
	PIN_LEAST = 4,
};

/* Those that every scanner tries, besides the name itself. A part of a secret, too. */
static const char *const words[] = { "password", "passw0rd", "changeme",   "asterisk",
				     "ringdown", "secret",   "qwerty",     "admin",
				     "letmein",  "welcome",  "phone",      "test",
				     "1234",     "abc123",   "prometheus", NULL };

/* Only as a whole. */
static const char *const numbers[] = { "0",         "1",          "0000",     "1111",
				       "12345",     "123456",     "1234567",  "12345678",
				       "123456789", "1234567890", "00000000", "11111111",
				       "87654321",  NULL };

static const char *const pins[] = { "1212",   "1122",   "1313",   "2580", "0852",   "6969",
				    "1004",   "2000",   "1010",   "2020", "112233", "121212",
				    "123123", "159753", "147258", NULL };

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

const char *rd_secret_usual(size_t i)
{
	size_t n = count(words);

	return i < n ? words[i] : i - n < count(numbers) ? numbers[i - n] : NULL;
}

static bool contains(const char *text, const char *part)
{
	size_t n = strlen(part);

	for (; strlen(text) >= n; text++)
		if (rd_str_ieq((struct rd_str){ text, n }, (struct rd_str){ part, n }))
			return true;
	return false;
}

/* With few letters beside it, it is no better than that. */
static bool is_little_more(const char *secret, const char *than)
{
	return contains(secret, than) && strlen(secret) < strlen(than) + SECRET_LEAST;
}

static bool is_usual(const char *secret)
{
	for (const char *const *word = words; *word; word++)
		if (is_little_more(secret, *word))
			return true;
	return false;
}

static bool is_digits(const char *text)
{
	while (isdigit((unsigned char)*text))
		text++;
	return !*text;
}

const char *rd_secret_weakness(const char *secret, const char *name)
{
	if (strlen(secret) < SECRET_LEAST)
		return "shorter than 8 characters";
	if (name && *name && is_little_more(secret, name))
		return "little more than the name";
	if (is_digits(secret) && strlen(secret) < DIGITS_LEAST)
		return "a short number";
	if (strspn(secret, (char[]){ secret[0], '\0' }) == strlen(secret))
		return "one character again and again";
	return is_usual(secret) ? "a word that every scanner tries" : NULL;
}

static bool is_in_a_row(const char *pin)
{
	int step = pin[1] - pin[0];

	for (; pin[1]; pin++)
		if (pin[1] - pin[0] != step)
			return false;
	return step >= -1 && step <= 1;
}

const char *rd_pin_weakness(const char *pin, const char *name)
{
	if (strlen(pin) < PIN_LEAST)
		return "shorter than 4 digits";
	if (name && strcmp(pin, name) == 0)
		return "its number";
	if (is_in_a_row(pin))
		return "digits in a row";
	for (const char *const *known = pins; *known; known++)
		if (strcmp(pin, *known) == 0)
			return "one that many choose";
	return NULL;
}

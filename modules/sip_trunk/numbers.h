/* Numbers as a trunk writes them and as the office does: what is said of it in trunks.conf,
 * and what it makes of a number. Functions of what they are given. */
#ifndef MODULES_SIP_TRUNK_NUMBERS_H
#define MODULES_SIP_TRUNK_NUMBERS_H

#include <ringdown/config.h>

#include "modules/sip_trunk/countries.h"

#define NUMBER_WORLD 16 /* room for the digits of a number of the world (E.164), with NUL */

enum number_form {
	NUMBER_AS_IS,
	NUMBER_PLUS, /* +49305551234 */
	NUMBER_E164, /* 49305551234 */
	NUMBER_INTERNATIONAL, /* 0049305551234 */
	NUMBER_NATIONAL, /* 0305551234, 0033140205050 */
};

/* Which number, in which direction. */
enum number_way {
	NUMBER_CALLED_OUT,
	NUMBER_CALLED_IN,
	NUMBER_CALLER_OUT,
	NUMBER_CALLER_IN,
	NUMBER_WAYS
};

/* Of one trunk. */
struct number_policy {
	const struct country *country; /* NULL: a number of the world begins with "+" */
	const char *area; /* of our town, "30"; NULL: numbers without one stay as they are */
	bool bare; /* it may have no prefix at all, and is one of the world */
	const char *const *emergency; /* beside those of the country; NULL: none */
	int forms[NUMBER_WAYS]; /* enum number_form: what it becomes first ... */
	const char *const *rules[NUMBER_WAYS]; /* ... and then, by the first that fits */
};

/* The options of a trunk that a policy is read from, and what is wrong with them as a whole. */
extern const struct rd_option number_options[];
void number_policy_review(const struct number_policy *policy,
			  void (*wrong)(void *arg, const char *option, const char *what),
			  void *arg);

/* What is wrong with a number that calls are compared with, or a pattern, in one phrase;
 * NULL: nothing. */
const char *number_pattern_fault(const char *text);
/* A word in a list of them, in letters of any case. list NULL: it is empty. */
bool number_list_has(const char *const *list, const char *word);

/* What is wrong with a rule, "_0Z. -> +49{1}", in one phrase; NULL: nothing. */
const char *number_rule_fault(const char *rule);

/* What the number becomes. False: there is no room for it. */
bool number_translate(char *buf, size_t size, const struct number_policy *policy,
		      enum number_way way, struct rd_str number);

/* Its digits in all of the world: "49305551234" of "030 5551234" in DE. False: it has none
 * there, as 112 has, or an extension of the office. policy NULL: of "+49305551234" alone. */
bool number_world(char out[NUMBER_WORLD], const struct number_policy *policy, struct rd_str number);

/* The same of a number as it goes out to the trunk: NUMBER_CALLED_OUT or NUMBER_CALLER_OUT. */
bool number_sent_world(char out[NUMBER_WORLD], const struct number_policy *policy,
		       enum number_way way, struct rd_str sent);

/* As one dials in the country what goes out to the trunk so: "0171...", "0033...". False: it
 * is not known, by a country code or the prefix of a town, where it leads to. */
bool number_as_dialled(char *buf, size_t size, const struct number_policy *policy,
		       struct rd_str sent);

/* Numbers of so many digits are services, and of the trunk's own country: 115, 118899. */
#define NUMBER_SERVICE_MAX 6

bool number_is_digits(struct rd_str text);
bool number_is_dialled(const char *text); /* "+493055510", "*61", "112" */

/* Does one call for help by it? policy NULL: 112 and 911. */
bool number_is_emergency(const struct number_policy *policy, struct rd_str number);

#endif

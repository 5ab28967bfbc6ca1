/* The options of a trunk that say how numbers are written. */
#include "modules/sip_trunk/numbers.h"

#define POLICY(member) offsetof(struct number_policy, member)

/* In the order of enum number_form. */
static const char *const forms[] = { "as_is", "plus", "e164", "international", "national", NULL };

static const char *parse_country(const char *value, void *dest, struct rd_pool *pool)
{
	const struct country *country = country_find(value);

	(void)pool;
	memcpy(dest, &country, sizeof(country));
	return country ? NULL
		       : "one of AT AU BE CA CH CZ DE DK ES FI FR GB IE IT NL NO NZ PL PT SE US";
}

#define FORM(option, way, text)                                                                    \
	{                                                                                          \
		.name = option, .type = RD_OPTION_ENUM, .offset = POLICY(forms[way]),              \
		.fallback = "as_is", .names = forms, .help = text                                  \
	}

#define RULES(option, way, text)                                                                   \
	{                                                                                          \
		.name = option, .type = RD_OPTION_LIST, .offset = POLICY(rules[way]), .help = text \
	}

const struct rd_option number_options[] = {
	{ .name = "country",
	  .type = RD_OPTION_CUSTOM,
	  .offset = POLICY(country),
	  .parse = parse_country,
	  .help = "how numbers are to be read that do not begin with +: DE" },
	{ .name = "area_code",
	  .type = RD_OPTION_STRING,
	  .offset = POLICY(area),
	  .help = "of our town, as it stands behind the country code: 30" },
	{ .name = "bare_numbers",
	  .type = RD_OPTION_BOOL,
	  .offset = POLICY(bare),
	  .fallback = "no",
	  .help = "a number may be one of the world without any prefix: 4930..." },
	{ .name = "emergency_numbers",
	  .type = RD_OPTION_LIST,
	  .offset = POLICY(emergency),
	  .help = "that one calls for help by, beside those of the country" },
	FORM("called_out", NUMBER_CALLED_OUT,
	     "how it is told whom we call: plus, e164, "
	     "international, national"),
	FORM("called_in", NUMBER_CALLED_IN, "how the dialplan sees whom it calls"),
	FORM("caller_out", NUMBER_CALLER_OUT, "how it is told who calls"),
	FORM("caller_in", NUMBER_CALLER_IN, "how the dialplan sees who calls from there"),
	RULES("called_out_rules", NUMBER_CALLED_OUT,
	      "what becomes of that then, by the first that fits: _0Z. -> +49{1}"),
	RULES("called_in_rules", NUMBER_CALLED_IN, "the same of calls from it"),
	RULES("caller_out_rules", NUMBER_CALLER_OUT, "the same of who calls it"),
	RULES("caller_in_rules", NUMBER_CALLER_IN, "the same of who calls from there"),
	{ 0 }
};

/* The names of an option and its rules, by their way. */
static const char *const options[NUMBER_WAYS][2] = {
	[NUMBER_CALLED_OUT] = { "called_out", "called_out_rules" },
	[NUMBER_CALLED_IN] = { "called_in", "called_in_rules" },
	[NUMBER_CALLER_OUT] = { "caller_out", "caller_out_rules" },
	[NUMBER_CALLER_IN] = { "caller_in", "caller_in_rules" },
};

void number_policy_review(const struct number_policy *policy,
			  void (*wrong)(void *arg, const char *option, const char *what), void *arg)
{
	static const char lacks[] = "it needs a line \"country\", whose prefixes are meant";

	for (int way = 0; way < NUMBER_WAYS; way++) {
		const char *const *rule = policy->rules[way];

		if (!policy->country && policy->forms[way] >= NUMBER_INTERNATIONAL)
			wrong(arg, options[way][0], lacks);
		for (; rule && *rule; rule++)
			if (number_rule_fault(*rule))
				wrong(arg, options[way][1], number_rule_fault(*rule));
	}
	if (policy->area && !policy->country)
		wrong(arg, "area_code", lacks);
	if (policy->area && !number_is_digits(rd_str_of(policy->area)))
		wrong(arg, "area_code", "digits were expected");
	for (const char *const *it = policy->emergency; it && *it; it++)
		if (!number_is_dialled(*it))
			wrong(arg, "emergency_numbers", "numbers were expected, and no patterns");
	if (policy->bare && !policy->country)
		wrong(arg, "bare_numbers", lacks);
}

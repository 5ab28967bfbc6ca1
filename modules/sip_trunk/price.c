/* What a call to a number costs by a trunk: sip show rates, and who is the cheapest. */
#include <stdio.h>

#include "modules/sip_trunk/trunk.h"

/* Without a country a number is taken for one of the world: its digits are. */
static bool digits_of(char out[NUMBER_WORLD], const struct trunk *trunk, const char *number)
{
	struct rd_str text = rd_str_of(number);

	if (number_world(out, &trunk->policy, text))
		return true;
	return !trunk->policy.country && number_is_digits(text) &&
	       !number_is_emergency(&trunk->policy, text) &&
	       (rd_strcpyn(out, NUMBER_WORLD, text) || true);
}

static bool find(const struct trunk *trunk, const char *number, uint32_t *price,
		 char digits[NUMBER_WORLD], size_t *prefix)
{
	return trunk->rates && digits_of(digits, trunk, number) &&
	       rates_find(trunk->rates, rd_str_of(digits), price, prefix);
}

bool trunk_price(const char *name, const char *number, uint32_t *price)
{
	const struct trunk *trunk = trunks_in_force ? trunk_find(trunks_in_force, name) : NULL;
	char digits[NUMBER_WORLD];
	size_t prefix;

	return trunk && find(trunk, number, price, digits, &prefix);
}

/* ---- sip show rates ---- */

static void show(struct rd_cli *cli, const struct trunk *trunk, const char *number)
{
	char digits[NUMBER_WORLD], text[24] = "-";
	size_t prefix = 0;
	uint32_t price;

	if (find(trunk, number, &price, digits, &prefix))
		snprintf(text, sizeof(text), "%u.%06u", price / RATE_UNIT, price % RATE_UNIT);
	rd_cli_print(cli, "%-16s %10zu %12s %.*s\n", trunk->name, rates_count(trunk->rates), text,
		     (int)prefix, prefix ? digits : "");
}

int trunk_show_rates(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct trunk *trunk = trunks_in_force ? trunks_in_force->trunks : NULL;
	unsigned count = 0;

	if (argc != 1)
		return -EINVAL;
	rd_cli_print(cli, "%-16s %10s %12s %s\n", "Trunk", "Prefixes", "Price", "of");
	for (; trunk; trunk = trunk->next)
		if (trunk->rates) {
			show(cli, trunk, argv[0]);
			count++;
		}
	rd_cli_count(cli, count, "trunk with prices", "trunks with prices");
	return 0;
}

/* By which trunk of its group a call goes next. */
#include "modules/sip_trunk/route.h"

#define CHOICES_MAX 64 /* of a group that are looked at */

static uint64_t bit_of(const struct trunk_choice *choice)
{
	return choice->place < CHOICES_MAX ? UINT64_C(1) << choice->place : 0;
}

static enum trunk_worth worth_of(const struct trunk_route *route, const struct trunk_choice *choice)
{
	enum trunk_worth worth;

	if (choice->place >= CHOICES_MAX || route->tried & bit_of(choice))
		return TRUNK_USELESS;
	worth = trunk_worth(choice->name);
	if (worth > TRUNK_CLOSED && trunk_has_room(choice->name, route->number))
		return worth;
	/* Of calls for help a full one may have more room than we know of. */
	return trunk_is_emergency(choice->name, route->number) ? RD_MIN(worth, TRUNK_RESTS)
							       : TRUNK_USELESS;
}

/* What decides among those that are worth the same: the greatest is the last. */
static uint64_t price_of(const struct trunk_route *route, const struct trunk_choice *choice)
{
	uint32_t price;

	if (!route->group->least_cost)
		return 0;
	return trunk_price(choice->name, route->number, &price) ? price : UINT64_MAX;
}

/* The first and cheapest of those that are worth most; NULL: none is worth a try. */
static const struct trunk_choice *first_of_best(const struct trunk_route *route)
{
	const struct trunk_choice *best = NULL;
	enum trunk_worth most = TRUNK_USELESS;
	uint64_t least = 0;

	for (const struct trunk_choice *it = route->group->choices; it; it = it->next) {
		enum trunk_worth worth = worth_of(route, it);

		if (worth > most || (best && worth == most && price_of(route, it) < least)) {
			best = it;
			most = worth;
			least = price_of(route, it);
		}
	}
	return best;
}

static bool is_as_good(const struct trunk_route *route, const struct trunk_choice *choice,
		       const struct trunk_choice *best)
{
	return choice->rank == best->rank && worth_of(route, choice) == worth_of(route, best) &&
	       price_of(route, choice) == price_of(route, best);
}

/* Among those of its rank by chance, as their weights are. */
static const struct trunk_choice *choose(const struct trunk_route *route)
{
	const struct trunk_choice *best = first_of_best(route), *chosen = best;
	uint32_t sum = 0, random;

	for (const struct trunk_choice *it = best; it; it = it->next) {
		if (!is_as_good(route, it, best))
			continue;
		sum += (uint32_t)it->weight;
		rd_random(&random, sizeof(random));
		if (random % sum < (uint32_t)it->weight)
			chosen = it;
	}
	return chosen;
}

/* ---- once more ---- */

/* Those where nobody has refused the call, but the one where it was last. */
static uint64_t second_try(const struct trunk_route *route)
{
	return route->is_second || !route->choice ? 0 : route->lapsed & ~bit_of(route->choice);
}

void trunk_route_lapse(struct trunk_route *route)
{
	if (route->choice)
		route->lapsed |= bit_of(route->choice);
}

/* It died under the call as the last one has, and may be back. */
static bool begin_again(struct trunk_route *route)
{
	uint64_t again = second_try(route);

	if (!again || !(route->lapsed & bit_of(route->choice)))
		return false;
	route->is_second = true;
	route->tried &= ~again;
	return true;
}

const struct trunk_choice *trunk_route_choose(struct trunk_route *route)
{
	const struct trunk_choice *choice = choose(route);

	if (!choice && begin_again(route))
		choice = choose(route);
	if (choice)
		route->tried |= bit_of(choice);
	return choice;
}

bool trunk_route_has_other(const struct trunk_route *route)
{
	struct trunk_route later = *route;

	later.tried &= ~second_try(route);
	return first_of_best(&later);
}

bool trunk_route_has_sound(const struct trunk_route *route)
{
	const struct trunk_choice *best = first_of_best(route);

	return best && worth_of(route, best) > TRUNK_SILENT;
}

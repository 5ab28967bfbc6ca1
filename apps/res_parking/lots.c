/* A section of res_parking.conf: one lot. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/str.h>

#include "apps/res_parking/parking.h"

enum {
	PLACES_MAX = 10000, /* of a lot: each is an extension */
	PLACE_LAST = 999999999, /* the one after it still is an int */
};

/* In the order of enum parking_side. */
static const char *const who_hears[] = { "no", "caller", "parked", "both", "callee", NULL };
enum { CALLEE = 4 }; /* as Asterisk calls who is parked */
static const char *const who_may[] = { "no", "caller", "callee", "both", NULL };
static const char *const orders[] = { "first", "next", NULL };

/* "701-750" */
static const char *read_places(const char *value, void *dest, struct rd_pool *pool)
{
	struct parking_lot *lot = RD_CONTAINER_OF(dest, struct parking_lot, first);
	struct rd_str rest = rd_str_of(value), from;
	uint64_t first, last;

	(void)pool;
	if (!rd_str_cut(&rest, '-', &from))
		rest = from;
	if (rd_str_to_u64(rd_str_trim(from), PLACE_LAST, &first) ||
	    rd_str_to_u64(rd_str_trim(rest), PLACE_LAST, &last) || first == 0 || last < first ||
	    last - first >= PLACES_MAX)
		return "the numbers of 1 to 10000 places: 701-750";
	lot->first = (int)first;
	lot->last = (int)last;
	return NULL;
}

#define AT(field) .offset = offsetof(struct parking_lot, field)

static const struct rd_option options[] = {
	{ .name = "parkext",
	  .type = RD_OPTION_STRING,
	  .fallback = "",
	  AT(exten),
	  .help = "the extension that parks who is sent there" },
	{ .name = "parkpos",
	  .type = RD_OPTION_CUSTOM,
	  .fallback = "701-750",
	  .parse = read_places,
	  AT(first),
	  .help = "the extensions of the places" },
	{ .name = "context",
	  .type = RD_OPTION_STRING,
	  .fallback = "parkedcalls",
	  AT(context),
	  .help = "where those extensions are" },
	{ .name = "parkext_exclusive",
	  .type = RD_OPTION_BOOL,
	  .fallback = "no",
	  AT(exclusive),
	  .help = "parkext parks here, whatever lot the channel has" },
	{ .name = "parkinghints",
	  .type = RD_OPTION_BOOL,
	  .fallback = "no",
	  AT(hints),
	  .help = "a hint for each place, for lamps" },
	{ .name = "parkingtime",
	  .type = RD_OPTION_DURATION,
	  .fallback = "45",
	  AT(time_ms),
	  .help = "how long a call stays, in seconds; 0: until somebody gets it" },
	{ .name = "comebacktoorigin",
	  .type = RD_OPTION_BOOL,
	  .fallback = "yes",
	  AT(to_parker),
	  .help = "then it calls who has parked it" },
	{ .name = "comebackdialtime",
	  .type = RD_OPTION_DURATION,
	  .fallback = "30",
	  AT(comeback_dial_ms),
	  .min = 1000,
	  .max = 86400000,
	  .help = "for so many seconds" },
	{ .name = "comebackcontext",
	  .type = RD_OPTION_STRING,
	  .fallback = PARKING_COMEBACK,
	  AT(comeback_context),
	  .help = "where it goes otherwise" },
	{ .name = "courtesytone",
	  .type = RD_OPTION_STRING,
	  .fallback = "",
	  .prompt = true,
	  AT(tone),
	  .help = "a prompt before the two talk" },
	{ .name = "parkedplay",
	  .type = RD_OPTION_ENUM,
	  .names = who_hears,
	  .fallback = "caller",
	  AT(tone_to),
	  .help = "who hears that" },
	{ .name = "parkedmusicclass",
	  .type = RD_OPTION_STRING,
	  .fallback = "",
	  AT(music),
	  .help = "what one hears who is parked" },
	{ .name = "findslot",
	  .type = RD_OPTION_ENUM,
	  .names = orders,
	  .fallback = "first",
	  AT(in_turn),
	  .help = "the first place that is free, or the next one each time" },
	{ .name = "parkedcalltransfers",
	  .type = RD_OPTION_ENUM,
	  .names = who_may,
	  .fallback = "no",
	  AT(transfers),
	  .help = "who may use blindxfer afterwards" },
	{ .name = "parkedcallhangup",
	  .type = RD_OPTION_ENUM,
	  .names = who_may,
	  .fallback = "no",
	  AT(hangs_up),
	  .help = "who may use disconnect afterwards" },
	{ .name = "parkedcallreparking",
	  .type = RD_OPTION_ENUM,
	  .names = who_may,
	  .fallback = "no",
	  AT(parks),
	  .help = "who may use parkcall afterwards" },
	{ .name = "parkedcallrecording",
	  .type = RD_OPTION_ENUM,
	  .names = who_may,
	  .fallback = "no",
	  AT(records),
	  .help = "who may use automixmon afterwards" },
	{ 0 },
};

int parking_lot_read(struct parking_lot **lp, const struct rd_config_section *section,
		     struct rd_pool *pool, struct rd_config_report *report)
{
	struct parking_lot *lot = rd_pool_zalloc(pool, sizeof(*lot));
	const char *name = section ? rd_config_section_name(section) : "default";
	int rc;

	if (!lot)
		return -ENOMEM;
	rc = rd_options_read(options, section, NULL, lot, pool, report);
	if (rc)
		return rc;
	if (lot->tone_to == CALLEE)
		lot->tone_to = PARKING_PARKED;
	lot->name = rd_pool_strdup(pool, name);
	/* The lot that needs no file is one that can be used. */
	if (strcmp(name, "default") == 0 && !(section && rd_config_get(section, "parkext")))
		lot->exten = "700";
	if (section) {
		lot->file = rd_pool_strdup(pool, rd_config_section_file(section));
		lot->line = rd_config_section_line(section);
	}
	if (!lot->name || (section && !lot->file))
		return -ENOMEM;
	*lp = lot;
	return 0;
}

/* -- lots beside each other --------------------------------------------------------- */

static void complain(const struct parking_lot *a, const struct parking_lot *b,
		     struct rd_config_report *report, const char *what)
{
	rd_config_error(report, a->file ? a->file : b->file, a->file ? a->line : b->line,
			"[%s] and [%s], both in context %s, %s", b->name, a->name, a->context,
			what);
}

/* Is this extension the number of one of its places? */
static bool is_place(const struct parking_lot *lot, const char *exten)
{
	uint64_t n;

	return rd_str_to_u64(rd_str_of(exten), PLACE_LAST, &n) == 0 && (int)n >= lot->first &&
	       (int)n <= lot->last;
}

static void compare(const struct parking_lot *a, const struct parking_lot *b,
		    struct rd_config_report *report)
{
	bool same_exten = *a->exten && strcmp(a->exten, b->exten) == 0;

	if (strcmp(a->context, b->context) != 0)
		return;
	if (a->first <= b->last && b->first <= a->last)
		complain(a, b, report, "share places: parkpos");
	if (is_place(a, b->exten) || is_place(b, a->exten))
		complain(a, b, report, "have a parkext among the other's places");
	if (same_exten && (a->exclusive || b->exclusive))
		complain(a, b, report, "share a parkext that is to be exclusive");
}

void parking_lots_compare(const struct parking_lot *lots, struct rd_config_report *report)
{
	for (const struct parking_lot *a = lots; a; a = a->next) {
		if (is_place(a, a->exten))
			rd_config_error(report, a->file, a->line,
					"[%s]: parkext %s is one of its own places", a->name,
					a->exten);
		for (const struct parking_lot *b = lots; b != a; b = b->next)
			compare(a, b, report);
	}
}

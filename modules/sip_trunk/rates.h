/* What calls cost by a trunk: prices by the prefix of the number, the longest counts. */
#ifndef MODULES_SIP_TRUNK_RATES_H
#define MODULES_SIP_TRUNK_RATES_H

#include <ringdown/config.h>

struct rates;

#define RATE_UNIT 1000000 /* what a price of 1 is counted as */

/**
 * Read a file of lines "prefix,price": digits in all of the world, with or without "+", and
 * what a minute costs. For a pool thread, as a build is.
 *
 * - ";" between columns, and then a decimal comma, are fine; so are "quotes", further
 *   columns, empty lines, and lines that begin with "#"
 * - a first line without a number names the columns: prefix and price may be anywhere
 *
 * A file ending in .sqlite, .sqlite3 or .db has a table "rates" with prefix and price instead.
 * Whatever is wrong goes to the report, by line or row. name: of the file, in the directory of the
 * configuration where it has no path. 0, -EINVAL or -ENOMEM.
 */
int rates_read(struct rates **rp, const char *name, struct rd_config_report *report);
void rates_free(struct rates *rates); /* NULL is fine */

/* Of a number's digits, in RATE_UNITs, and how many of them count. False: the file has no
 * prefix of it. */
bool rates_find(const struct rates *rates, struct rd_str digits, uint32_t *price,
		size_t *prefix);

size_t rates_count(const struct rates *rates);
size_t rates_bytes(const struct rates *rates);

#endif

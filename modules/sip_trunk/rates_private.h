/* What reading prices from a csv file and from sqlite have in common. */
#ifndef MODULES_SIP_TRUNK_RATES_PRIVATE_H
#define MODULES_SIP_TRUNK_RATES_PRIVATE_H

#include "modules/sip_trunk/rates.h"

struct rates_reader {
	struct rates *rates;
	struct rd_config_report *report;
	const char *name;
	int line, errors;
	size_t prefix, price; /* which columns they are ... */
	size_t named; /* ... of so many that a first line names; 0: there is none */
	bool begun; /* a line has been read */
};

/* line 0: it is of the whole file. */
void rates_complain(struct rates_reader *reader, int line, const char *what, struct rd_str where);
/* A prefix and its price, as they stand in .line; where: what is shown of it. What is wrong is
 * told. 0 or -ENOMEM. */
int rates_take(struct rates_reader *reader, struct rd_str prefix, struct rd_str price,
	       struct rd_str where);

/* ---- rates_sqlite.c ---- */

bool rates_is_sqlite(const char *name);
/* What cannot be read is told. 0 or -ENOMEM. */
int rates_read_sqlite(struct rates_reader *reader, const char *path);

#endif

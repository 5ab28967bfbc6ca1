/* Ringdown SDK: what "core show health" says. A module has a line for what it looks
 * after, marked when somebody should look at it, and then with what helps:
 *
 *	static void look(struct rd_health *out)
 *	{
 *		rd_health_line(out, stuck ? "oil the hinges" : NULL, "Doors",
 *			       "%d, %d of them do not close", count, stuck);
 *	}
 *
 *	RD_MODULE(.name = "app_door", .look = look);
 *
 * A line is what there is and what of it is wrong now. What was wrong belongs in the log. */
#ifndef RINGDOWN_HEALTH_H
#define RINGDOWN_HEALTH_H

#include <ringdown/base.h>

struct rd_health; /* one report, while it is made */

RD_API_BEGIN

/* One line, of at most 255 bytes. advice: what helps, NULL when all is well. what: one or
 * two words that say of what. In .look only: on the switch thread; does not yield. */
void rd_health_line(struct rd_health *out, const char *advice, const char *what,
		    const char *fmt, ...) RD_PRINTF(4, 5);

RD_API_END

#endif

/* A field of a CallRecord or CallEvent event by its name. */
#ifndef MODULES_RECORD_FIELD_H
#define MODULES_RECORD_FIELD_H

#include <stdlib.h>
#include <string.h>

#include <ringdown/event.h>

/* "" when it has none of that name. *at is where it is looked for first, and then
 * the place behind it: who asks in the order in which they are told finds each at
 * once. */
static inline const char *record_field_next(const struct rd_event *event, const char *name,
					    size_t *at)
{
	for (size_t i = 0; i < event->field_count; i++, ++*at) {
		if (*at >= event->field_count)
			*at = 0;
		if (strcmp(event->fields[*at].name, name) == 0)
			return event->fields[(*at)++].value;
	}
	return "";
}

static inline const char *record_field(const struct rd_event *event, const char *name)
{
	size_t at = 0;

	return record_field_next(event, name, &at);
}

#endif

/* A field of a CallRecord or CallEvent event by its name. */
#ifndef MODULES_RECORD_FIELD_H
#define MODULES_RECORD_FIELD_H

#include <stdlib.h>
#include <string.h>

#include <ringdown/event.h>

/* "" when it has none of that name. */
static inline const char *record_field(const struct rd_event *event, const char *name)
{
	for (size_t i = 0; i < event->field_count; i++)
		if (strcmp(event->fields[i].name, name) == 0)
			return event->fields[i].value;
	return "";
}

#endif

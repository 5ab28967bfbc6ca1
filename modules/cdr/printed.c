/* A record as a text: a line "name=value" for each field, in which % and the end of a line are
 * %25 and %0A. Its end is not known when it is written. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/str.h>

#include "modules/cdr/cdr.h"

enum { US = 1000000, NUMBER_SIZE = 32 };

static void print_value(const char *value, struct rd_buf *out)
{
	for (; *value; value++)
		if (*value == '%' || *value == '\n')
			rd_buf_printf(out, "%%%02X", (unsigned)*value);
		else
			rd_buf_addc(out, *value);
}

int cdr_record_print(const struct cdr_leg *leg, const struct cdr_record *record, struct rd_buf *out)
{
	struct rd_event_field fields[CDR_FIELDS_MAX];
	struct rd_buf values;
	size_t count;

	rd_buf_init(&values);
	count = cdr_record_fill(leg, record, fields, &values);
	for (size_t i = 0; i < count; i++) {
		rd_buf_adds(out, fields[i].name);
		rd_buf_addc(out, '=');
		print_value(fields[i].value, out);
		rd_buf_addc(out, '\n');
	}
	rd_buf_fini(&values);
	return count && !out->failed ? 0 : -ENOMEM;
}

/* ---- reading ---- */

static void undo(char *value)
{
	char *to = value;

	for (; *value; value++) {
		bool is_code = strncmp(value, "%25", 3) == 0 || strncmp(value, "%0A", 3) == 0;

		*to++ = !is_code ? *value : value[1] == '2' ? '%' : '\n';
		value += is_code ? 2 : 0;
	}
	*to = '\0';
}

static size_t read_fields(char *text, struct rd_event_field fields[CDR_FIELDS_MAX])
{
	size_t count = 0;
	char *line;

	while (count < CDR_FIELDS_MAX && (line = strsep(&text, "\n"))) {
		char *value = strchr(line, '=');

		if (!value)
			continue;
		*value++ = '\0';
		undo(value);
		fields[count++] = (struct rd_event_field){ line, value };
	}
	return count;
}

static struct rd_event_field *field_of(struct rd_event_field *fields, size_t count,
				       const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

static int64_t time_of(struct rd_event_field *fields, size_t count, const char *name)
{
	const struct rd_event_field *field = field_of(fields, count, name);

	return field ? (int64_t)(strtod(field->value, NULL) * US) : 0;
}

static void put(struct rd_event_field *fields, size_t count, const char *name, const char *value)
{
	struct rd_event_field *field = field_of(fields, count, name);

	if (field)
		field->value = value;
}

static void print_length(char text[NUMBER_SIZE], int64_t us)
{
	snprintf(text, NUMBER_SIZE, "%" PRId64,
		 (us + (cdr_kept->settings.round_up ? US - 1 : 0)) / US);
}

void cdr_record_tell_printed(const char *text, int64_t end_us)
{
	struct rd_event_field fields[CDR_FIELDS_MAX];
	struct rd_event event = { .type = RD_EVENT_CALL_RECORD, .fields = fields };
	char end[NUMBER_SIZE], duration[NUMBER_SIZE], billsec[NUMBER_SIZE];
	char *copy = rd_strdup(text);
	int64_t start_us, answer_us;

	if (!copy || !cdr_kept->settings.enable) {
		rd_free(copy);
		return;
	}
	event.field_count = read_fields(copy, fields);
	start_us = time_of(fields, event.field_count, "start");
	answer_us = time_of(fields, event.field_count, "answer");
	end_us = RD_MAX(end_us, answer_us);
	snprintf(end, sizeof(end), "%" PRId64 ".%06" PRId64, end_us / US, end_us % US);
	print_length(duration, end_us - start_us);
	print_length(billsec, end_us - answer_us);
	put(fields, event.field_count, "end", end);
	put(fields, event.field_count, "duration", duration);
	put(fields, event.field_count, "billsec", billsec);
	rd_event_publish(&event);
	rd_free(copy);
}

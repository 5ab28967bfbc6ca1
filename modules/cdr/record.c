/* One call detail record. What may change while the channel goes on is its own,
 * the rest is read of the channel when the record is told. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/str.h>

#include "modules/ama_flags.h"
#include "modules/cdr/cdr.h"
#include "modules/channel_item.h"

enum { US = 1000000 };

static const char *const dispositions[] = {
	[CDR_NO_ANSWER] = "NO ANSWER", [CDR_FAILED] = "FAILED",		[CDR_BUSY] = "BUSY",
	[CDR_ANSWERED] = "ANSWERED",   [CDR_CONGESTION] = "CONGESTION",
};

/* What CDR(disposition,u) is, as in Asterisk. */
static const unsigned disposition_numbers[] = {
	[CDR_NO_ANSWER] = 0, [CDR_FAILED] = 2,	    [CDR_BUSY] = 4,
	[CDR_ANSWERED] = 8,  [CDR_CONGESTION] = 16,
};

/* ---- texts ---- */

void cdr_text_set(char **text, const char *value)
{
	if (*text && value && strcmp(*text, value) == 0)
		return;
	rd_free(*text);
	*text = rd_strdup(value);
}

void cdr_place_copy(struct cdr_place *to, const struct cdr_place *from)
{
	cdr_text_set(&to->context, from->context);
	cdr_text_set(&to->exten, from->exten);
	cdr_text_set(&to->app, from->app);
	cdr_text_set(&to->data, from->data);
}

void cdr_place_free(struct cdr_place *place)
{
	rd_free(place->context);
	rd_free(place->exten);
	rd_free(place->app);
	rd_free(place->data);
}

/* ---- birth and end ---- */

/* A channel that lives for days may have thousands. */
static void forget_told(struct cdr_leg *leg)
{
	rd_list_foreach(node, tmp, &leg->records) {
		struct cdr_record *record = rd_list_entry(node, struct cdr_record, link);

		if (record->phase == CDR_ENDED && !rd_list_linked(&record->ended))
			cdr_record_free(record);
	}
}

struct cdr_record *cdr_record_new(struct cdr_leg *leg)
{
	struct cdr_record *record = rd_zalloc(sizeof(*record));

	if (!record) {
		rd_error("%s: no memory for its call record", rd_channel_name(leg->ch));
		return NULL;
	}
	forget_told(leg);
	rd_list_init(&record->ended);
	rd_list_init(&record->met);
	record->leg = leg;
	record->start_us = leg->busy_us ? leg->busy_us : (int64_t)rd_wall_us();
	leg->busy_us = 0;
	record->sequence = cdr_kept->sequences++;
	if (rd_channel_state(leg->ch) == RD_CHANNEL_UP) {
		record->answer_us = record->start_us;
		record->disposition = CDR_ANSWERED;
	}
	cdr_place_copy(&record->place, &leg->place);
	rd_list_push(&leg->records, &record->link);
	return record;
}

void cdr_record_free(struct cdr_record *record)
{
	cdr_journal_forget(record);
	rd_list_remove(&record->link);
	rd_list_remove(&record->ended);
	rd_list_remove(&record->met);
	cdr_place_free(&record->place);
	rd_free(record->peer_name);
	rd_free(record->peer_account);
	rd_free(record);
}

void cdr_record_set_peer(struct cdr_record *record, const struct rd_channel *peer)
{
	rd_free(record->peer_name);
	rd_free(record->peer_account);
	record->peer_name = rd_strdup(peer ? rd_channel_name(peer) : NULL);
	record->peer_account = peer ? channel_item((struct rd_channel *)peer, "accountcode") : NULL;
	rd_strcpy(record->peer_id, sizeof(record->peer_id),
		  peer ? rd_channel_uniqueid(peer) : "");
	rd_strcpy(record->shown_id, sizeof(record->shown_id), record->peer_id);
}

void cdr_record_show(struct cdr_record *record, const struct cdr_record *other)
{
	cdr_text_set(&record->peer_name, other->peer_name);
	cdr_text_set(&record->peer_account, other->peer_account);
	rd_strcpy(record->shown_id, sizeof(record->shown_id), other->shown_id);
}

/* ---- its fields ---- */

static void add_number(struct rd_buf *out, uint64_t number)
{
	char text[RD_NUMBER_MAX];

	rd_buf_add(out, text, rd_print_number(text, number));
}

static void add_seconds(struct rd_buf *out, int64_t us)
{
	char fraction[sizeof(".000000")];

	add_number(out, (uint64_t)(us / US));
	rd_buf_add(out, fraction, rd_print_fraction(fraction, (uint64_t)(us % US), 6));
}

static void add_time(struct rd_buf *out, int64_t us, bool raw)
{
	time_t seconds = us / US;
	struct tm tm;
	char text[32];

	if (raw)
		add_seconds(out, us);
	else if (us && localtime_r(&seconds, &tm) &&
		 strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		rd_buf_adds(out, text);
}

static int64_t end_of(const struct cdr_record *record)
{
	return record->end_us ? record->end_us : (int64_t)rd_wall_us();
}

static void add_length(struct rd_buf *out, const struct cdr_record *record, int64_t from,
		       bool raw)
{
	int64_t us = from ? RD_MAX(end_of(record) - from, 0) : 0;

	if (raw)
		add_seconds(out, us);
	else
		add_number(out, (uint64_t)(us + (cdr_kept->settings.round_up ? US - 1 : 0)) / US);
}

/* Those that have a way of their own. */
typedef void maker(const struct cdr_leg *leg, const struct cdr_record *record, bool raw,
		   struct rd_buf *out);

static void add_disposition(const struct cdr_leg *leg, const struct cdr_record *record, bool raw,
			    struct rd_buf *out)
{
	(void)leg;
	if (raw)
		add_number(out, disposition_numbers[record->disposition]);
	else
		rd_buf_adds(out, dispositions[record->disposition]);
}

static void add_sequence(const struct cdr_leg *leg, const struct cdr_record *record, bool raw,
			 struct rd_buf *out)
{
	(void)leg;
	(void)raw;
	add_number(out, record->sequence);
}

static void add_peer_id(const struct cdr_leg *leg, const struct cdr_record *record, bool raw,
			struct rd_buf *out)
{
	(void)leg;
	(void)raw;
	rd_buf_adds(out, record->shown_id);
}

static const char *number_of(const struct rd_party *party)
{
	return party->number ? party->number : "";
}

static void add_channel(const struct cdr_leg *leg, const struct cdr_record *record, bool raw,
			struct rd_buf *out)
{
	(void)record;
	(void)raw;
	rd_buf_adds(out, rd_channel_name(leg->ch));
}

static void add_src(const struct cdr_leg *leg, const struct cdr_record *record, bool raw,
		    struct rd_buf *out)
{
	(void)record;
	(void)raw;
	rd_buf_adds(out, number_of(rd_channel_party(leg->ch, RD_PARTY_CALLER)));
}

static void add_clid(const struct cdr_leg *leg, const struct cdr_record *record, bool raw,
		     struct rd_buf *out)
{
	const struct rd_party *caller = rd_channel_party(leg->ch, RD_PARTY_CALLER);

	(void)record;
	(void)raw;
	if (caller->name && *caller->name) {
		rd_buf_addc(out, '"');
		rd_buf_adds(out, caller->name);
		rd_buf_adds(out, "\" <");
	}
	rd_buf_adds(out, number_of(caller));
	if (caller->name && *caller->name)
		rd_buf_addc(out, '>');
}

static void add_ama(const struct cdr_leg *leg, const struct cdr_record *record, bool raw,
		    struct rd_buf *out)
{
	enum ama_flags flags = ama_flags_of(leg->ch);

	(void)record;
	if (raw)
		add_number(out, flags);
	else
		rd_buf_adds(out, ama_flags_name(flags));
}

/* In the order in which they are told. */
static const struct field {
	const char *name;
	enum {
		KEPT, /* a text of the record */
		TIME, /* the time that the record has at offset; told as an epoch */
		LENGTH, /* since then */
		ITEM, /* of the channel, by the same name */
		MADE,
	} kind;
	size_t offset; /* in struct cdr_record */
	maker *make;
} record_fields[] = {
#define RECORD(member) offsetof(struct cdr_record, member)
	{ "accountcode", ITEM, 0, NULL },
	{ "src", MADE, 0, add_src },
	{ "dst", KEPT, RECORD(place.exten), NULL },
	{ "dcontext", KEPT, RECORD(place.context), NULL },
	{ "clid", MADE, 0, add_clid },
	{ "channel", MADE, 0, add_channel },
	{ "dstchannel", KEPT, RECORD(peer_name), NULL },
	{ "lastapp", KEPT, RECORD(place.app), NULL },
	{ "lastdata", KEPT, RECORD(place.data), NULL },
	{ "start", TIME, RECORD(start_us), NULL },
	{ "answer", TIME, RECORD(answer_us), NULL },
	{ "end", TIME, RECORD(end_us), NULL },
	{ "duration", LENGTH, RECORD(start_us), NULL },
	{ "billsec", LENGTH, RECORD(answer_us), NULL },
	{ "disposition", MADE, 0, add_disposition },
	{ "amaflags", MADE, 0, add_ama },
	{ "uniqueid", ITEM, 0, NULL },
	{ "userfield", ITEM, 0, NULL },
	{ "linkedid", ITEM, 0, NULL },
	{ "sequence", MADE, 0, add_sequence },
	{ "peeraccount", KEPT, RECORD(peer_account), NULL },
	{ "dstuniqueid", MADE, 0, add_peer_id },
#undef RECORD
};

enum { RECORD_FIELDS = RD_ARRAY_SIZE(record_fields) };

static const struct field *field_of(const char *name)
{
	for (int i = 0; i < RECORD_FIELDS; i++)
		if (strcasecmp(name, record_fields[i].name) == 0)
			return &record_fields[i];
	return NULL;
}

static void add_text(struct rd_buf *out, const char *text)
{
	if (text)
		rd_buf_adds(out, text);
}

static void add_field(const struct field *field, const struct cdr_leg *leg,
		      const struct cdr_record *record, bool raw, struct rd_buf *out)
{
	const void *member = (const char *)record + field->offset;

	if (field->kind == KEPT)
		add_text(out, *(const char *const *)member);
	else if (field->kind == TIME)
		add_time(out, *(const int64_t *)member, raw);
	else if (field->kind == LENGTH)
		add_length(out, record, *(const int64_t *)member, raw);
	else if (field->kind == ITEM)
		rd_channel_get(leg->ch, field->name, out);
	else
		field->make(leg, record, raw, out);
}

bool cdr_is_field(const char *name)
{
	return field_of(name);
}

bool cdr_record_get(const struct cdr_leg *leg, const struct cdr_record *record, const char *name,
		    bool raw, struct rd_buf *out)
{
	const char *own = leg->variables ? rd_map_get(leg->variables, name) : NULL;
	const struct field *field = own ? NULL : field_of(name);

	if (own)
		rd_buf_adds(out, own);
	else if (field)
		add_field(field, leg, record, raw, out);
	return own || field;
}

/* ---- when it ends ---- */

void cdr_record_end(struct cdr_leg *leg, struct cdr_record *record)
{
	if (record->phase == CDR_ENDED)
		return;
	if (record->phase != CDR_DIALING && !record->peer_id[0])
		cdr_place_copy(&record->place, &leg->place);
	rd_list_remove(&record->met);
	record->phase = CDR_ENDED;
	record->end_us = (int64_t)rd_wall_us();
	if (record->disposition != CDR_ANSWERED)
		record->answer_us = 0;
	leg->busy_us = 0;
}

/* ---- for those who write it ---- */

/* The values stand one behind the other in `values`, each with its end. */
static bool fill(const struct cdr_leg *leg, const struct cdr_record *record,
		 struct rd_event_field *fields, struct rd_buf *values)
{
	size_t places[RECORD_FIELDS];

	for (int i = 0; i < RECORD_FIELDS; i++) {
		places[i] = values->n;
		add_field(&record_fields[i], leg, record, record_fields[i].kind == TIME, values);
		rd_buf_addc(values, '\0');
	}
	for (int i = 0; i < RECORD_FIELDS && !values->failed; i++)
		fields[i] = (struct rd_event_field){ record_fields[i].name, values->p + places[i] };
	return !values->failed;
}

/* What the dialplan has put into it by names of its own. */
static size_t fill_own(const struct cdr_leg *leg, struct rd_event_field *fields, size_t count)
{
	const char *name;
	size_t pos = 0;
	void *value;

	while (leg->variables && count < CDR_FIELDS_MAX &&
	       rd_map_next(leg->variables, &pos, &name, &value))
		fields[count++] = (struct rd_event_field){ name, value };
	return count;
}

bool cdr_record_is_wanted(const struct cdr_leg *leg, const struct cdr_record *record)
{
	if (!cdr_kept->settings.enable || leg->off || leg->is_half)
		return false;
	return cdr_kept->settings.unanswered || record->disposition == CDR_ANSWERED ||
	       record->peer_id[0];
}

size_t cdr_record_fill(const struct cdr_leg *leg, const struct cdr_record *record,
		       struct rd_event_field fields[CDR_FIELDS_MAX], struct rd_buf *values)
{
	return fill(leg, record, fields, values) ? fill_own(leg, fields, RECORD_FIELDS) : 0;
}

void cdr_record_tell(const struct cdr_leg *leg, struct cdr_record *record)
{
	struct rd_event_field fields[CDR_FIELDS_MAX];
	struct rd_event event = { .type = RD_EVENT_CALL_RECORD, .channel = leg->ch,
				  .fields = fields };
	struct rd_buf values;

	rd_list_remove(&record->ended);
	if (!cdr_record_is_wanted(leg, record) || !rd_event_wanted(RD_EVENT_CALL_RECORD)) {
		cdr_journal_forget(record);
		return;
	}
	rd_buf_init(&values);
	event.field_count = cdr_record_fill(leg, record, fields, &values);
	if (event.field_count)
		rd_event_publish(&event);
	else
		rd_error("%s: no memory for its call record", rd_channel_name(leg->ch));
	rd_buf_fini(&values);
	cdr_journal_forget(record);
}

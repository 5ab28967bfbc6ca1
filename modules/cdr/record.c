/* One call detail record. What may change while the channel goes on is its own,
 * the rest is read of the channel when the record is told. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/str.h>

#include "modules/cdr/cdr.h"

enum { US = 1000000 };

static const char *const dispositions[] = {
	[CDR_NO_ANSWER] = "NO ANSWER", [CDR_FAILED] = "FAILED",		[CDR_BUSY] = "BUSY",
	[CDR_ANSWERED] = "ANSWERED",   [CDR_CONGESTION] = "CONGESTION",
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

static unsigned sequences;

struct cdr_record *cdr_record_new(struct cdr_leg *leg)
{
	struct cdr_record *record = rd_zalloc(sizeof(*record));

	if (!record)
		return NULL;
	rd_list_init(&record->ended);
	record->leg = leg;
	record->start_us = (int64_t)rd_wall_us();
	record->sequence = sequences++;
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
	rd_list_remove(&record->link);
	rd_list_remove(&record->ended);
	cdr_place_free(&record->place);
	rd_free(record->peer_name);
	rd_free(record->peer_account);
	rd_free(record);
}

static char *item_of(struct rd_channel *ch, const char *item)
{
	struct rd_buf text;

	rd_buf_init(&text);
	rd_channel_get(ch, item, &text);
	return rd_buf_take(&text);
}

void cdr_record_set_peer(struct cdr_record *record, const struct rd_channel *peer)
{
	rd_free(record->peer_name);
	rd_free(record->peer_account);
	record->peer_name = rd_strdup(peer ? rd_channel_name(peer) : NULL);
	record->peer_account = peer ? item_of((struct rd_channel *)peer, "accountcode") : NULL;
	rd_strcpy(record->peer_id, sizeof(record->peer_id),
		  peer ? rd_channel_uniqueid(peer) : "");
}

/* ---- its fields ---- */

static void add_time(struct rd_buf *out, int64_t us, bool raw)
{
	time_t seconds = us / US;
	struct tm tm;
	char text[32];

	if (raw)
		rd_buf_printf(out, "%lld.%06d", (long long)seconds, (int)(us % US));
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
		rd_buf_printf(out, "%lld.%06d", (long long)(us / US), (int)(us % US));
	else
		rd_buf_printf(out, "%lld",
			      (long long)((us + (cdr_settings.round_up ? US - 1 : 0)) / US));
}

static void add_start(const struct cdr_record *record, bool raw, struct rd_buf *out)
{
	add_time(out, record->start_us, raw);
}

static void add_answer(const struct cdr_record *record, bool raw, struct rd_buf *out)
{
	add_time(out, record->answer_us, raw);
}

static void add_end(const struct cdr_record *record, bool raw, struct rd_buf *out)
{
	add_time(out, record->end_us, raw);
}

static void add_duration(const struct cdr_record *record, bool raw, struct rd_buf *out)
{
	add_length(out, record, record->start_us, raw);
}

static void add_billsec(const struct cdr_record *record, bool raw, struct rd_buf *out)
{
	add_length(out, record, record->answer_us, raw);
}

static void add_disposition(const struct cdr_record *record, bool raw, struct rd_buf *out)
{
	if (raw)
		rd_buf_printf(out, "%d", record->disposition);
	else
		rd_buf_adds(out, dispositions[record->disposition]);
}

static void add_sequence(const struct cdr_record *record, bool raw, struct rd_buf *out)
{
	(void)raw;
	rd_buf_printf(out, "%u", record->sequence);
}

/* The record's own fields. */
static const struct {
	const char *name;
	void (*add)(const struct cdr_record *record, bool raw, struct rd_buf *out);
} own_fields[] = {
	{ "start", add_start },	      { "answer", add_answer },
	{ "end", add_end },	      { "duration", add_duration },
	{ "billsec", add_billsec },   { "disposition", add_disposition },
	{ "sequence", add_sequence },
};

/* What is read of the channel; in the order of their offsets in texts_of(). */
static const char *const channel_fields[] = {
	"clid",	    "src",     "channel",   "accountcode", "uniqueid",
	"linkedid", "amaflags", "userfield",
};

static void add_clid(const struct rd_party *caller, struct rd_buf *out)
{
	const char *number = caller->number ? caller->number : "";

	if (caller->name && *caller->name)
		rd_buf_printf(out, "\"%s\" <%s>", caller->name, number);
	else
		rd_buf_adds(out, number);
}

static void add_ama(struct rd_channel *ch, bool raw, struct rd_buf *out)
{
	static const char *const names[] = { "", "OMIT", "BILLING", "DOCUMENTATION" };
	char *value = item_of(ch, "amaflags");
	int flags = 3;

	for (int i = 1; value && i < 4; i++)
		if (strcasecmp(value, names[i]) == 0 || atoi(value) == i)
			flags = i;
	rd_free(value);
	if (raw)
		rd_buf_printf(out, "%d", flags);
	else
		rd_buf_adds(out, names[flags]);
}

static void read_channel(struct rd_channel *ch, const char *field, bool raw, struct rd_buf *out)
{
	const struct rd_party *caller = rd_channel_party(ch, RD_PARTY_CALLER);

	if (strcasecmp(field, "clid") == 0)
		add_clid(caller, out);
	else if (strcasecmp(field, "src") == 0)
		rd_buf_adds(out, caller->number ? caller->number : "");
	else if (strcasecmp(field, "channel") == 0)
		rd_buf_adds(out, rd_channel_name(ch));
	else if (strcasecmp(field, "amaflags") == 0)
		add_ama(ch, raw, out);
	else
		rd_channel_get(ch, field, out);
}

static bool is_channel_field(const char *name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(channel_fields); i++)
		if (strcasecmp(name, channel_fields[i]) == 0)
			return true;
	return false;
}

/* NULL: it is none of these. */
static const char *kept_text(const struct cdr_record *record, const char *name)
{
	const struct {
		const char *name, *value;
	} kept[] = {
		{ "dst", record->place.exten },
		{ "dcontext", record->place.context },
		{ "lastapp", record->place.app },
		{ "lastdata", record->place.data },
		{ "dstchannel", record->peer_name },
		{ "dstuniqueid", record->peer_id },
		{ "peeraccount", record->peer_account },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(kept); i++)
		if (strcasecmp(name, kept[i].name) == 0)
			return kept[i].value ? kept[i].value : "";
	return NULL;
}

static bool add_own(const struct cdr_record *record, const char *name, bool raw,
		    struct rd_buf *out)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(own_fields); i++) {
		if (strcasecmp(name, own_fields[i].name) != 0)
			continue;
		if (out)
			own_fields[i].add(record, raw, out);
		return true;
	}
	return false;
}

bool cdr_is_field(const char *name)
{
	static const struct cdr_record empty;

	return is_channel_field(name) || kept_text(&empty, name) ||
	       add_own(&empty, name, false, NULL);
}

bool cdr_record_get(const struct cdr_leg *leg, const struct cdr_record *record, const char *name,
		    bool raw, struct rd_buf *out)
{
	const char *text = leg->variables ? rd_map_get(leg->variables, name) : NULL;

	if (!text)
		text = kept_text(record, name);
	if (text)
		rd_buf_adds(out, text);
	else if (is_channel_field(name))
		read_channel(leg->ch, name, raw, out);
	else
		return add_own(record, name, raw, out);
	return true;
}

/* ---- when it ends ---- */

void cdr_record_end(struct cdr_leg *leg, struct cdr_record *record)
{
	if (record->phase == CDR_ENDED)
		return;
	if (record->phase != CDR_DIALING && !record->peer_id[0])
		cdr_place_copy(&record->place, &leg->place);
	record->phase = CDR_ENDED;
	record->end_us = (int64_t)rd_wall_us();
	if (record->disposition != CDR_ANSWERED)
		record->answer_us = 0;
	leg->busy_us = 0;
}

/* ---- for those who write it ---- */

enum { FIELDS_MAX = 64 };

static const char *const told_fields[] = {
	"accountcode", "src",	    "dst",	"dcontext",    "clid",	   "channel",
	"dstchannel",  "lastapp",   "lastdata", "start",       "answer",   "end",
	"duration",    "billsec",   "disposition", "amaflags", "uniqueid", "userfield",
	"linkedid",    "sequence",  "peeraccount", "dstuniqueid",
};

static bool is_time(const char *name)
{
	return strcmp(name, "start") == 0 || strcmp(name, "answer") == 0 ||
	       strcmp(name, "end") == 0;
}

/* The values stand one behind the other in `values`, each with its end. */
static bool fill(const struct cdr_leg *leg, const struct cdr_record *record,
		 struct rd_event_field *fields, struct rd_buf *values)
{
	size_t places[RD_ARRAY_SIZE(told_fields)];

	for (size_t i = 0; i < RD_ARRAY_SIZE(told_fields); i++) {
		places[i] = values->n;
		cdr_record_get(leg, record, told_fields[i], is_time(told_fields[i]), values);
		rd_buf_addc(values, '\0');
	}
	for (size_t i = 0; i < RD_ARRAY_SIZE(told_fields) && !values->failed; i++)
		fields[i] = (struct rd_event_field){ told_fields[i], values->p + places[i] };
	return !values->failed;
}

/* What the dialplan has put into it by names of its own. */
static size_t fill_own(const struct cdr_leg *leg, struct rd_event_field *fields, size_t count)
{
	const char *name;
	size_t pos = 0;
	void *value;

	while (leg->variables && count < FIELDS_MAX &&
	       rd_map_next(leg->variables, &pos, &name, &value))
		fields[count++] = (struct rd_event_field){ name, value };
	return count;
}

static bool is_wanted(const struct cdr_leg *leg, const struct cdr_record *record)
{
	if (!cdr_settings.enable || leg->off)
		return false;
	return cdr_settings.unanswered || record->disposition == CDR_ANSWERED ||
	       record->peer_id[0];
}

void cdr_record_tell(const struct cdr_leg *leg, struct cdr_record *record)
{
	struct rd_event_field fields[FIELDS_MAX];
	struct rd_event event = { .type = RD_EVENT_CALL_RECORD, .channel = leg->ch,
				  .fields = fields };
	struct rd_buf values;

	rd_list_remove(&record->ended);
	if (!is_wanted(leg, record) || !rd_event_wanted(RD_EVENT_CALL_RECORD))
		return;
	rd_buf_init(&values);
	if (fill(leg, record, fields, &values)) {
		event.field_count = fill_own(leg, fields, RD_ARRAY_SIZE(told_fields));
		rd_event_publish(&event);
	} else {
		rd_error("%s: no memory for its call record", rd_channel_name(leg->ch));
	}
	rd_buf_fini(&values);
}

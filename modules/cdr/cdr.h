/* Call detail records between record.c (one record), leg.c (whose they are), events.c (what
 * the events of a call mean), function.c (what the dialplan sees) and cdr.c (the module). */
#ifndef MODULES_CDR_CDR_H
#define MODULES_CDR_CDR_H

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/function.h>
#include <ringdown/list.h>
#include <ringdown/map.h>
#include <ringdown/store.h>

enum { CDR_ID_SIZE = 40, CDR_FIELDS_MAX = 64 };

/* cdr.conf */
struct cdr_settings {
	bool enable, unanswered, congestion, round_up, on_by_default;
};

/* See journal.c. */
struct cdr_journal {
	bool stored; /* the store is open */
	unsigned written; /* records that are in it */
	struct rd_timer look, tell;
	struct cdr_leg *next; /* where this round goes on; NULL: at its end */
	struct rd_pool *left; /* of a run before, until it is told */
	struct rd_rows left_rows;
	int64_t seen_us;
};

/* What stays when a new file takes the module's place. */
struct cdr_kept {
	struct cdr_settings settings;
	struct rd_list legs, ended; /* ended: records that are to be told */
	struct rd_list met; /* records whose two are to be joined */
	struct rd_timer teller;
	struct cdr_journal journal;
	bool at_work;
	unsigned sequences;
	char key; /* with which a channel keeps its leg */
};
extern struct cdr_kept *cdr_kept;

enum cdr_disposition {
	CDR_NO_ANSWER,
	CDR_FAILED,
	CDR_BUSY,
	CDR_ANSWERED,
	CDR_CONGESTION,
};

enum cdr_phase {
	CDR_ALONE,   /* the channel is in the dialplan, no other one yet */
	CDR_DIALING, /* it calls party B */
	CDR_MET,     /* party B has answered */
	CDR_BRIDGED, /* they talk */
	CDR_ENDED,
};

/* Where a channel is in the dialplan; of subroutines, what called them. */
struct cdr_place {
	char *context, *exten, *app, *data;
};

/* One record: what party A did, alone or with one party B. */
struct cdr_record {
	struct rd_list link;	/* of its leg, oldest first */
	struct rd_list ended;	/* ended, and not yet told */
	struct rd_list met;	/* party B has answered, and they are not yet joined */
	struct cdr_leg *leg;	/* party A's */
	enum cdr_phase phase;
	enum cdr_disposition disposition;
	int64_t start_us, answer_us, end_us; /* wall clock; 0: not yet */
	uint64_t tell_ms; /* when it has ended: rd_now_ms() of its telling */
	unsigned sequence;
	uint32_t journaled; /* what of it is in the store (journal.c); 0: nothing */
	char peer_id[CDR_ID_SIZE]; /* unique id of party B; "": none */
	char shown_id[CDR_ID_SIZE]; /* of whom the record shows: he may be behind that one */
	char bridge_id[CDR_ID_SIZE]; /* where they talk; alone: of the last room; "": none */
	char *peer_name, *peer_account;
	struct cdr_place place;
};

/* A channel that is party A of its records. */
struct cdr_leg {
	struct rd_list link;
	struct rd_channel *ch; /* borrowed: until its end */
	struct rd_list records;
	struct cdr_place place;
	struct rd_map *variables; /* Set(CDR(name)=value); NULL: none */
	bool off;		  /* CDR_PROP(disable): nothing is written */
	bool party_a;		  /* CDR_PROP(party_a) */
	bool hanging_up;
	/* The end of a Local channel that runs the dialplan for who calls by keys or the like:
	 * he has the records, and in them this one's party B. */
	bool is_half;
	int64_t busy_us; /* its first step after a record ended; 0: none */
};

/* ---- record.c ---- */

/* Without memory it is left out of the record. */
void cdr_text_set(char **text, const char *value);
void cdr_place_copy(struct cdr_place *to, const struct cdr_place *from);
void cdr_place_free(struct cdr_place *place);

/* Begin one behind the others of its leg; those that are told are forgotten. NULL: no
 * memory (logged). */
struct cdr_record *cdr_record_new(struct cdr_leg *leg);
void cdr_record_free(struct cdr_record *record);
/* Party B. NULL: none. */
void cdr_record_set_peer(struct cdr_record *record, const struct rd_channel *peer);
/* Show party B of another record as one's own. */
void cdr_record_show(struct cdr_record *record, const struct cdr_record *other);
/* It is over; what happens from now on belongs to the next one. */
void cdr_record_end(struct cdr_leg *leg, struct cdr_record *record);
/* The value of a field as CDR() gives it; raw: numbers and epochs. False: there is
 * no such field. */
bool cdr_record_get(const struct cdr_leg *leg, const struct cdr_record *record,
		    const char *name, bool raw, struct rd_buf *out);
/* Is it a field that every record has? */
bool cdr_is_field(const char *name);
/* Give it to whoever writes records, once. */
void cdr_record_tell(const struct cdr_leg *leg, struct cdr_record *record);

/* What is told of it, in values; how many fields, 0: no memory. */
size_t cdr_record_fill(const struct cdr_leg *leg, const struct cdr_record *record,
		       struct rd_event_field fields[CDR_FIELDS_MAX], struct rd_buf *values);
/* Will it be told, as it is? */
bool cdr_record_is_wanted(const struct cdr_leg *leg, const struct cdr_record *record);

/* ---- printed.c ---- */

/* What would be told of it, but for its end. 0 or -ENOMEM. */
int cdr_record_print(const struct cdr_leg *leg, const struct cdr_record *record,
		     struct rd_buf *out);
/* Tell it, with this end. */
void cdr_record_tell_printed(const char *text, int64_t end_us);

/* ---- journal.c ---- */

RD_YIELDS void cdr_journal_start(void);
void cdr_journal_stop(void);
/* Its timers go on in this file. */
void cdr_journal_take_over(void);
/* It is told, or nobody will tell it. */
void cdr_journal_forget(struct cdr_record *record);
/* It goes. */
void cdr_journal_pass_over(const struct cdr_leg *leg);

/* ---- leg.c ---- */

RD_YIELDS int cdr_legs_start(void);
/* Their timers go on in this file. */
void cdr_legs_take_over(void);
/* One of the old file's: if it runs, it fires at once, in this one. */
void cdr_timer_take_over(struct rd_timer *timer, void (*fire)(void *arg));
void cdr_legs_stop(void);
/* Between the two. */
bool cdr_legs_are_kept(void);
/* NULL: it has none. */
struct cdr_leg *cdr_leg_find(const struct rd_channel *ch);
/* Made when there is none. NULL: no memory (logged). */
struct cdr_leg *cdr_leg_of(struct rd_channel *ch);
/* The newest record. NULL. */
struct cdr_record *cdr_leg_last(const struct cdr_leg *leg);
/* The newest one that has not ended. NULL. */
struct cdr_record *cdr_leg_live(const struct cdr_leg *leg);
/* The record that what happens now belongs to. NULL: no memory (logged). */
struct cdr_record *cdr_leg_need_live(struct cdr_leg *leg);
/* Where its channel is now. */
void cdr_leg_set_place(struct cdr_leg *leg);
/* This record is over, or all are; they are told a little later. */
void cdr_leg_end(struct cdr_leg *leg, struct cdr_record *record);
void cdr_leg_end_all(struct cdr_leg *leg);
/* The one with that peer that has ended just now is not over; the caller gives it a phase again.
 * NULL: there is none. */
struct cdr_record *cdr_leg_resume(struct cdr_leg *leg, const char *peer_id);
/* Its channel goes: what it has is told now. */
void cdr_leg_close(struct cdr_leg *leg);
void cdr_leg_forget_variables(struct cdr_leg *leg);
/* What it was until now is forgotten, or written as it is (keep). */
void cdr_leg_reset(struct cdr_leg *leg, bool keep);
/* The one behind it, or the oldest (NULL). NULL: it was the last. */
struct cdr_leg *cdr_leg_next(const struct cdr_leg *leg);

/* ---- events.c ---- */

void cdr_notify(const struct rd_event *event, void *arg);

/* ---- behind.c ---- */

/* This channel is called: the end behind it, if it has one, is such a half. */
void cdr_behind_mark(const struct rd_channel *called);
/* As cdr_record_set_peer(); of whom is behind such a channel that one is shown. */
void cdr_behind_set_peer(struct cdr_record *record, const struct rd_channel *peer);
/* A half has this party B now: so have those who call, or talk, by its other end. */
void cdr_behind_show(const struct cdr_leg *half, const struct cdr_record *with);

/* ---- function.c ---- */

extern const struct rd_function cdr_functions[];
extern const struct rd_app cdr_apps[];

#endif

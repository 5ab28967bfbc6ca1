/* Ringdown SDK: who is in a conference, for those who show it. Whoever runs
 * conferences publishes struct rd_conferences as the interface RD_CONFERENCES, and
 * RD_EVENT_CONFERENCE (name: the conference's) when one has changed. */
#ifndef RINGDOWN_CONFERENCE_H
#define RINGDOWN_CONFERENCE_H

#include <ringdown/base.h>

#define RD_CONFERENCES	       "conferences"
#define RD_CONFERENCES_VERSION 2

struct rd_conference {
	const char *subject; /* NULL: none */
	unsigned users, max_users; /* 0: no limit */
	bool locked;
};

struct rd_conference_user {
	const char *id;		   /* of its channel, unique */
	const char *name, *number; /* NULL: not known, or withheld */
	uint64_t joined_us;	   /* wall clock; 0: not known */
	bool on_hold, muted;
	bool dialled_out;	   /* we called it */
};

struct rd_conferences {
	/* -ENOENT: there is none of this name. */
	int (*find)(const char *name, struct rd_conference *conference);
	/* Walk its users: *pos starts at 0. Borrowed; does not yield. */
	bool (*user)(const char *name, size_t *pos, struct rd_conference_user *user);
	/* The conference that somebody is in who dialled this number; NULL: none. */
	const char *(*by_number)(const char *dialled);
};

struct rd_channel;

RD_API_BEGIN

/* The conference that this leg is in, best said before its answer: far ends are told
 * whom they have reached. NULL: none, or no more. 0 or -ENOMEM. */
int rd_channel_set_conference(struct rd_channel *ch, const char *name);
/* NULL: none. */
const char *rd_channel_conference(const struct rd_channel *ch);

RD_API_END

#endif

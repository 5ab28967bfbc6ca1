/* FollowMe() between app_followme.c (the story of the caller), find.c (the phones that ring, and
 * what is asked there) and settings.c (followme.conf). */
#ifndef APPS_APP_FOLLOWME_FOLLOWME_H
#define APPS_APP_FOLLOWME_FOLLOWME_H

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/config.h>
#include <ringdown/list.h>

/* -- settings.c -- */

enum { FOLLOWME_CODE_MAX = 19 };

/* "number => 1001&1002,20,1" */
struct followme_number {
	const char *numbers;
	int ring_ms, order;
	int line;
};

struct followme_profile {
	struct followme_profile *next;
	const char *name;
	const char *music, *context;
	const char *call_from, *norecording, *options, *hold, *status, *sorry, *connecting;
	char take[FOLLOWME_CODE_MAX + 1], decline[FOLLOWME_CODE_MAX + 1];
	int digit_ms;
	bool asks; /* who answers is asked whether he takes the call */
	struct followme_number *numbers; /* by their order */
	size_t count;
};

struct followme_settings {
	int refs;
	struct rd_pool *pool;
	struct followme_profile *profiles;
};

extern const struct rd_module_config followme_config;
/* rd_module.review */
void followme_review(void *snapshot, struct rd_config_report *report);

/* In force; a reference. NULL: nothing was read. */
struct followme_settings *followme_settings_get(void);
/* The same during a review, of what comes. */
struct followme_settings *followme_settings_coming(void);
void followme_settings_put(struct followme_settings *settings);
/* NULL: there is none of that name. */
const struct followme_profile *followme_profile(const struct followme_settings *settings,
						const char *name);
/* What is in force goes. */
void followme_settings_forget(void);

/* -- the application -- */

enum followme_option {
	FOLLOWME_RECORD_NAME = 1 << 0, /* a */
	FOLLOWME_BEFORE_LEG = 1 << 1, /* b */
	FOLLOWME_BEFORE_CALLER = 1 << 2, /* B */
	FOLLOWME_NO_HOLD_PROMPT = 1 << 3, /* d */
	FOLLOWME_NO_UPDATE = 1 << 4, /* I */
	FOLLOWME_NO_ANSWER = 1 << 5, /* N */
	FOLLOWME_SAY_UNREACHABLE = 1 << 6, /* n */
	FOLLOWME_SAY_STATUS = 1 << 7, /* s */
	FOLLOWME_STAY_LOCAL = 1 << 8, /* l */
};

enum { FOLLOWME_ARG_BEFORE_LEG, FOLLOWME_ARG_BEFORE_CALLER };

/* On the stack of the caller's fiber, which waits for all others. */
struct followme {
	struct rd_channel *caller;
	const struct followme_profile *profile;
	struct rd_app_options given;
	const char *recorded; /* his name, as a prompt; NULL: it was not recorded */
	struct rd_list rings; /* of this step */
	int open; /* of them: they ring, or are asked */
	struct rd_channel *winner; /* has taken the call; a reference */
	struct rd_cond changed; /* one of these, or the caller */
};

static inline bool followme_has(const struct followme *it, enum followme_option option)
{
	return it->given.flags & option;
}

/* -- find.c -- */

/* Ring these numbers side by side, until somebody takes the call (then .winner is set), none is
 * left, or the caller goes: 0 or -ECANCELED. Yields. */
RD_YIELDS int followme_find(struct followme *it, const struct followme_number *numbers,
			    size_t count);

#endif

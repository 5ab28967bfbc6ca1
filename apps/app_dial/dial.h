/* One Dial(), between app_dial.c (the attempt), options.c (the letters) and
 * answered.c (what follows an answer). */
#ifndef APPS_APP_DIAL_DIAL_H
#define APPS_APP_DIAL_DIAL_H

#include <ringdown/app.h>
#include <ringdown/bridge.h>
#include <ringdown/channel.h>
#include <ringdown/dial.h>

/* Bits of rd_app_options.flags, below those of apps/features.h. A letter that means nothing
 * without its (...) has none: dial_arg() says whether it is there. */
enum dial_flag {
	DIAL_RING = 1 << 0, /* r */
	DIAL_MUSIC = 1 << 1, /* m */
	DIAL_GO_ON = 1 << 2, /* g */
	DIAL_IGNORE_FORWARD = 1 << 3, /* i */
	DIAL_NO_UPDATE = 1 << 4, /* I */
	DIAL_ELSEWHERE = 1 << 5, /* c */
	DIAL_PEER_GOES_ON = 1 << 6, /* F */
	DIAL_PEER_H = 1 << 7, /* e */
	DIAL_EXIT_KEY = 1 << 8, /* d */
	DIAL_SCREEN = 1 << 9, /* p */
	DIAL_PRIVACY = 1 << 10, /* P */
	DIAL_NO_INTRO = 1 << 11, /* n */
	DIAL_LET_KNOWN = 1 << 12, /* N */
	DIAL_IDENTITY = 1 << 13, /* o */
	DIAL_FORCED = 1 << 14, /* f */
};

enum dial_arg {
	DIAL_ARG_TONE,
	DIAL_ARG_MUSIC,
	DIAL_ARG_ANNOUNCE,
	DIAL_ARG_DIGITS,
	DIAL_ARG_LIMIT,
	DIAL_ARG_STOP_AFTER,
	DIAL_ARG_PEER_GOSUB,
	DIAL_ARG_BEFORE_LEG,
	DIAL_ARG_BEFORE_CALLER,
	DIAL_ARG_PEER_GOES_ON,
	DIAL_ARG_BOTH_GO,
	DIAL_ARG_IDENTITY,
	DIAL_ARG_FORCED,
	DIAL_ARG_BEATEN,
	DIAL_ARG_PRIVACY,
	DIAL_ARG_NO_INTRO,
};

/* Nobody talks: DIALSTATUS says why, and the caller's dialplan goes on. */
enum { DIAL_DECIDED = 1001 };

/* How many arguments: Dial(targets,timeout,letters,URL), and RetryDial(), whose last is
 * all of these. */
enum { DIAL_ARGUMENTS = 4, RETRY_ARGUMENTS = 4 };

struct dial {
	struct rd_channel *caller;
	const char *targets;
	const char *group; /* that GROUP() counts who is called in; "": none */
	struct rd_app_options options;
	int timeout_ms;
	struct rd_bridge_options bridge;
	int beaten_cause; /* Q; 0: the usual one */
	/* D(called:calling:progress) and A(called:calling), taken apart */
	const char *digits_peer, *digits_caller, *digits_progress;
	const char *announce_peer, *announce_caller;
	struct rd_dial_result result;
	uint64_t started_ms;
	char exit_key;
	struct {
		bool screens; /* who is called is asked first */
		bool known; /* the caller shows his number */
		char who[128]; /* the caller, as a key */
		char intro[512]; /* his name as he says it, without extension; "": none */
	} privacy;
};

static inline bool dial_has(const struct dial *dial, enum dial_flag flag)
{
	return dial->options.flags & flag;
}

/* What stands in the parentheses of a letter; "" where it is not there. */
static inline const char *dial_arg(const struct dial *dial, enum dial_arg arg)
{
	return dial->options.args[arg] ? dial->options.args[arg] : "";
}

/* Fill in from the arguments. 0, or -EINVAL (logged), -ENOMEM. */
int dial_read(struct dial *dial, struct rd_channel *caller, const char *args);

/* What is wrong with arguments that hold no variables; NULL: nothing. */
const char *dial_check(const char *args, char *buf, size_t size);
const char *dial_check_retry(const char *args, char *buf, size_t size);

/* The times and causes that the dialplan looks at afterwards. */
void dial_set_result(struct dial *dial, const char *status);

/* A time in two variables. */
void dial_set_time(struct dial *dial, const char *seconds, const char *milliseconds, uint64_t ms);

/* -- privacy.c: options p P n N -- */

/* 0: go on; DIAL_DECIDED; or negative. Yields. */
RD_YIELDS int dial_privacy_begin(struct dial *dial);
/* Somebody has answered. The same. */
RD_YIELDS int dial_privacy_ask(struct dial *dial, struct rd_channel *peer);
RD_YIELDS void dial_privacy_end(struct dial *dial);

/* From the answer to the end; takes the peer. What Dial() returns. Yields. */
RD_YIELDS int dial_answered(struct dial *dial, struct rd_channel *peer);

#endif

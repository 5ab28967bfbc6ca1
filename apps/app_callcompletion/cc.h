/* Call completion: who found somebody busy, or had no answer, is called back when that one can
 * be reached. offers.c notices calls that failed, requests.c waits and calls back. */
#ifndef APPS_APP_CALLCOMPLETION_CC_H
#define APPS_APP_CALLCOMPLETION_CC_H

#include <ringdown/base.h>
#include <ringdown/cli.h>
#include <ringdown/event.h>
#include <ringdown/fiber.h>
#include <ringdown/function.h>
#include <ringdown/list.h>
#include <ringdown/tech.h>

enum { CC_NAME_MAX = 96, CC_TARGETS_MAX = 10 };

/* CALLCOMPLETION(), and what ccss.conf says for all. Times in seconds. */
struct cc_params {
	bool no_agent, no_monitor; /* policy never */
	int offer_s, ccnr_s, ccbs_s, recall_s;
	int max_agents, max_monitors;
	char dialstring[CC_NAME_MAX]; /* whom to call back; "": who called */
};

enum cc_state {
	CC_OFFERED,
	CC_REQUESTED, /* until who was called is free */
	CC_CALLER_BUSY, /* he is, but not who wants him */
	CC_RECALLING,
};

/* A call that failed, by one channel. */
struct cc_call {
	struct rd_list link; /* of offers or of requests; of none while it goes on */
	enum cc_state state;
	int id;
	char caller[CC_NAME_MAX]; /* a device */
	char context[CC_NAME_MAX], exten[CC_NAME_MAX]; /* what he dialled */
	char targets[CC_TARGETS_MAX][CC_NAME_MAX]; /* devices that were called */
	int target_count;
	bool busy; /* one of them was; else none answered */
	bool answered; /* in the end somebody did: there is nothing to offer */
	bool was_in_use; /* no answer: he has used his phone since */
	int64_t expires; /* a request: seconds since 1970 */
	struct cc_params params;
	struct rd_timer timer; /* its offer, or its request, is over */
};

/* What stays when a new file takes the module's place. */
struct cc_kept {
	struct cc_settings *in_force;
	struct rd_list offers, requests; /* offers: the newest last */
	struct rd_timer look_soon;
	int ids;
	const struct rd_subscriber *listener; /* NULL: nobody listens */
	char call_key, params_key; /* of what is kept with channels */
};
extern struct cc_kept *cc_kept;
/* By the code of this file, whoever did it. */
void cc_listen_on(void);

/* -- settings -- */

const struct cc_params *cc_defaults(void);
int cc_max_requests(void);
/* Of this channel, or the defaults. */
const struct cc_params *cc_params_of(const struct rd_channel *ch);

/* -- offers.c -- */

extern const struct rd_subscriber cc_subscribers[];
/* What the channel may ask for: its own call that failed just now, or the last one that the same
 * phone has made. It is the caller's. NULL: nothing. */
struct cc_call *cc_offer_take(struct rd_channel *ch);
void cc_offers_free(void);

/* -- requests.c -- */

/* Takes call. NULL, or why not, as CC_REQUEST_REASON has it. */
const char *cc_request(struct cc_call *call);
/* Of a device; NULL: of all. How many there were. */
int cc_cancel(const char *caller);
/* Walk: NULL is the first. */
const struct cc_call *cc_request_next(const struct cc_call *after);
void cc_requests_free(void);
/* Takes one that was asked for before a restart: it goes on. */
void cc_resume(struct cc_call *call);

/* -- keep.c: what outlives a restart -- */

void cc_keep(const struct cc_call *call);
void cc_unkeep(const struct cc_call *call);
int cc_requests_load(void);

/* -- show.c, params.c -- */

extern const struct rd_cli_command cc_commands[];
extern const struct rd_tech cc_lamps[];
void cc_lamp_changed(const struct cc_call *call);
extern const struct rd_function cc_functions[];

#endif

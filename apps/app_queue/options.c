/* The options of queues.conf: what each is called, and means when it is left out. */
#include <string.h>
#include <strings.h>

#include "apps/app_queue/settings.h"

const char *const queue_strategy_names[] = { "ringall",     "linear", "rrmemory",  "leastrecent",
					     "fewestcalls", "random", "rrordered", "wrandom",
					     "roundrobin",  NULL };

static const char *const absent_names[] = { "paused",      "penalty", "inuse",   "ringing",
					    "unavailable", "invalid", "unknown", "wrapup" };

/* What words stand for several of them. */
enum {
	ABSENT_LOOSE = QUEUE_ABSENT_PENALTY | QUEUE_ABSENT_INVALID,
	ABSENT_USUAL = ABSENT_LOOSE | QUEUE_ABSENT_PAUSED,
	ABSENT_STRICT = ABSENT_USUAL | QUEUE_ABSENT_UNAVAILABLE,
};

/* -- joinempty, leavewhenempty ----------------------------------------------------- */

/* strict, loose, yes and no begin anew, the others are added, as in Asterisk. always: the word
 * that lets everybody in, or nobody out. */
static bool take_word(struct rd_str word, bool always, unsigned *bits)
{
	bool yes = false;

	for (size_t i = 0; i < RD_ARRAY_SIZE(absent_names); i++)
		if (rd_str_ieq(word, rd_str_of(absent_names[i]))) {
			*bits |= 1u << i;
			return true;
		}
	if (rd_str_ieq(word, RD_STR("strict")))
		*bits = ABSENT_STRICT;
	else if (rd_str_ieq(word, RD_STR("loose")))
		*bits = ABSENT_LOOSE;
	else if (!word.n || rd_config_bool(word, &yes))
		*bits = yes == always ? 0 : ABSENT_USUAL;
	else
		return false;
	return true;
}

static const char *read_absent(const char *value, void *dest, bool always)
{
	struct rd_str rest = rd_str_of(value), word;
	unsigned *bits = dest;
	bool more = true;

	*bits = 0;
	while (more) {
		more = rd_str_cut(&rest, ',', &word);
		if (!take_word(rd_str_trim(word), always, bits))
			return "yes, no, strict, loose, paused, penalty, inuse, ringing, "
			       "unavailable, invalid, unknown, wrapup, or some of them";
	}
	return NULL;
}

static const char *read_join(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return read_absent(value, dest, true);
}

static const char *read_leave(const char *value, void *dest, struct rd_pool *pool)
{
	(void)pool;
	return read_absent(value, dest, false);
}

/* -- the tables ---------------------------------------------------------------------- */

static const char *const position_names[] = { "no", "yes", "limit", "more", NULL };
static const char *const holdtime_names[] = { "no", "yes", "once", NULL };
static const char *const autopause_names[] = { "no", "yes", "all", NULL };
static const char *const priority_names[] = { "app", "conf", NULL };

#define ROW(option, kind, field, value)                                                            \
	.name = option, .type = kind, .offset = offsetof(struct queue_settings, field),            \
	.fallback = value
#define SAY(option, field, value)                                                                  \
	{                                                                                          \
		ROW(option, RD_OPTION_STRING, say.field, value), .prompt = true                    \
	}

const struct rd_option queue_option_table[] = {
	{ ROW("strategy", RD_OPTION_ENUM, strategy, "ringall"), .names = queue_strategy_names },
	{ ROW("timeout", RD_OPTION_DURATION, timeout_ms, "15") },
	{ ROW("retry", RD_OPTION_DURATION, retry_ms, "5") },
	{ ROW("timeoutrestart", RD_OPTION_BOOL, timeoutrestart, "no") },
	{ ROW("timeoutpriority", RD_OPTION_ENUM, timeoutpriority, "app"), .names = priority_names },
	{ ROW("wrapuptime", RD_OPTION_DURATION, wrapup_ms, "0") },
	{ ROW("servicelevel", RD_OPTION_DURATION, servicelevel_ms, "0") },
	{ ROW("memberdelay", RD_OPTION_DURATION, memberdelay_ms, "0") },
	{ ROW("maxlen", RD_OPTION_INT, maxlen, "0"), .max = QUEUE_NUMBER_MAX },
	{ ROW("weight", RD_OPTION_INT, weight, "0"), .min = -QUEUE_NUMBER_MAX,
	  .max = QUEUE_NUMBER_MAX },
	{ ROW("penaltymemberslimit", RD_OPTION_INT, penaltymemberslimit, "0"),
	  .max = QUEUE_NUMBER_MAX },
	{ ROW("autofill", RD_OPTION_BOOL, autofill, "yes") },
	{ ROW("ringinuse", RD_OPTION_BOOL, ringinuse, "yes") },
	{ ROW("autopause", RD_OPTION_ENUM, autopause, "no"), .names = autopause_names },
	{ ROW("autopausedelay", RD_OPTION_DURATION, autopausedelay_ms, "0") },
	{ ROW("autopausebusy", RD_OPTION_BOOL, autopausebusy, "no") },
	{ ROW("autopauseunavail", RD_OPTION_BOOL, autopauseunavail, "no") },
	{ ROW("joinempty", RD_OPTION_CUSTOM, joinempty, "yes"), .parse = read_join },
	{ ROW("leavewhenempty", RD_OPTION_CUSTOM, leavewhenempty, "no"), .parse = read_leave },
	{ ROW("musicclass", RD_OPTION_STRING, musicclass, NULL) },
	{ ROW("musiconhold", RD_OPTION_STRING, musicclass, NULL) },
	{ ROW("music", RD_OPTION_STRING, musicclass, NULL) },
	{ ROW("context", RD_OPTION_STRING, context, NULL) },
	{ ROW("membergosub", RD_OPTION_STRING, membergosub, NULL) },
	{ ROW("defaultrule", RD_OPTION_STRING, defaultrule, NULL) },
	{ ROW("announce", RD_OPTION_STRING, announce, NULL), .prompt = true },
	{ ROW("reportholdtime", RD_OPTION_BOOL, reportholdtime, "no") },
	{ ROW("announce-frequency", RD_OPTION_DURATION, say.frequency_ms, "0") },
	{ ROW("min-announce-frequency", RD_OPTION_DURATION, say.min_frequency_ms, "15") },
	{ ROW("announce-position", RD_OPTION_ENUM, say.position, "yes"), .names = position_names },
	{ ROW("announce-position-limit", RD_OPTION_INT, say.position_limit, "5"),
	  .max = QUEUE_NUMBER_MAX },
	{ ROW("announce-position-only-up", RD_OPTION_BOOL, say.only_up, "no") },
	{ ROW("announce-holdtime", RD_OPTION_ENUM, say.holdtime, "no"), .names = holdtime_names },
	{ ROW("announce-round-seconds", RD_OPTION_INT, say.round_s, "0"), .max = 59 },
	{ ROW("announce-to-first-user", RD_OPTION_BOOL, say.to_first_user, "no") },
	{ ROW("periodic-announce", RD_OPTION_LIST, say.periodic, "queue-periodic-announce"),
	  .prompt = true },
	{ ROW("periodic-announce-frequency", RD_OPTION_DURATION, say.periodic_ms, "0") },
	{ ROW("periodic-announce-startdelay", RD_OPTION_DURATION, say.startdelay_ms, NULL) },
	{ ROW("random-periodic-announce", RD_OPTION_BOOL, say.random, "no") },
	{ ROW("relative-periodic-announce", RD_OPTION_BOOL, say.relative, "no") },
	SAY("queue-youarenext", youarenext, "queue-youarenext"),
	SAY("queue-thereare", thereare, "queue-thereare"),
	SAY("queue-callswaiting", callswaiting, "queue-callswaiting"),
	SAY("queue-quantity1", quantity1, "queue-quantity1"),
	SAY("queue-quantity2", quantity2, "queue-quantity2"),
	SAY("queue-holdtime", holdtime_is, "queue-holdtime"),
	SAY("queue-minute", minute, "queue-minute"),
	SAY("queue-minutes", minutes, "queue-minutes"),
	SAY("queue-seconds", seconds, "queue-seconds"),
	SAY("queue-thankyou", thankyou, "queue-thankyou"),
	SAY("queue-reporthold", reporthold, "queue-reporthold"),
	SAY("queue-callerannounce", callerannounce, NULL),
	RD_OPTION_ABSENT("setinterfacevar", "MEMBERINTERFACE and its like are always set"),
	RD_OPTION_ABSENT("setqueueentryvar", "QEHOLDTIME and QEORIGINALPOS are always set"),
	{ ROW("setqueuevar", RD_OPTION_BOOL, setqueuevar, "no") },
	{ ROW("monitor-format", RD_OPTION_STRING, monitor_format, NULL) },
	RD_OPTION_ABSENT("monitor-join", "a recording has both sides"),
	RD_OPTION_ABSENT("queue-lessthan", "not supported"),
	RD_OPTION_ABSENT("membermacro", "not supported; membergosub is"),
	RD_OPTION_ABSENT("eventwhencalled", "what happens is always told"),
	RD_OPTION_ABSENT("eventmemberstatus", "what happens is always told"),
	RD_OPTION_ABSENT("log-restricted-caller-id", "not supported; it is always logged"),
	{ 0 },
};

#undef ROW
#define ROW(option, field, value)                                                                  \
	.name = option, .type = RD_OPTION_BOOL, .offset = offsetof(struct queue_snapshot, field),  \
	.fallback = value

const struct rd_option queue_general_table[] = {
	{ ROW("persistentmembers", persistent, "yes") },
	{ ROW("autofill", autofill, "yes") },
	{ ROW("shared_lastcall", shared_lastcall, "no") },
	{ ROW("log_membername_as_agent", log_names, "no") },
	{ ROW("log_unpause_on_reason_change", log_unpause, "no") },
	{ ROW("log-caller-id-name", log_caller_name, "no") },
	{ ROW("enable_cidname_logging", log_caller_name, "no") },
	RD_OPTION_ABSENT("keepstats", "a reload always keeps statistics"),
	RD_OPTION_ABSENT("updatecdr", "not supported"),
	RD_OPTION_ABSENT("negative_penalty_invalid", "no penalty is negative"),
	RD_OPTION_ABSENT("force_longest_waiting_caller", "not supported"),
	RD_OPTION_ABSENT("log-restricted-caller-id", "not supported; it is always logged"),
	{ 0 },
};

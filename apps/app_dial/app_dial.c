/* Dial() and RetryDial(): ring somebody for the caller. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/clock.h>
#include <ringdown/dialplan.h>
#include <ringdown/function.h>
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/app_dial/dial.h"
#include "apps/place.h"
#include "apps/seconds.h"

/* -- what the dialplan looks at afterwards ------------------------------------------ */

void dial_set_time(struct dial *dial, const char *seconds, const char *milliseconds, uint64_t ms)
{
	rd_var_number(dial->caller, seconds, ms / 1000);
	rd_var_number(dial->caller, milliseconds, ms);
}

void dial_set_result(struct dial *dial, const char *status)
{
	struct rd_channel *caller = dial->caller;

	rd_var_set(caller, "DIALSTATUS", status);
	rd_var_number(caller, "HANGUPCAUSE", dial->result.cause);
	dial_set_time(dial, "DIALEDTIME", "DIALEDTIME_MS", rd_now_ms() - dial->started_ms);
	if (dial->result.ring_ms)
		dial_set_time(dial, "RINGTIME", "RINGTIME_MS", dial->result.ring_ms);
	if (dial->result.progress_ms)
		dial_set_time(dial, "PROGRESSTIME", "PROGRESSTIME_MS", dial->result.progress_ms);
	if (*dial->result.forwarder)
		rd_var_set(caller, "FORWARDERNAME", dial->result.forwarder);
}

/* Nothing that an earlier Dial() has left may be taken for ours. */
static void clear_result(struct rd_channel *caller)
{
	static const char *const names[] = {
		"DIALSTATUS",	"DIALEDPEERNAME", "DIALEDPEERNUMBER", "DIALEDTIME",
		"DIALEDTIME_MS", "ANSWEREDTIME",  "ANSWEREDTIME_MS",  "RINGTIME",
		"RINGTIME_MS",	"PROGRESSTIME",	  "PROGRESSTIME_MS",  "FORWARDERNAME",
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(names); i++)
		rd_var_set(caller, names[i], NULL);
}

/* -- while it rings --------------------------------------------------------------------- */

static void enter_group(struct rd_channel *leg, const struct dial *dial)
{
	int rc = *dial->group ? rd_function_write(leg, "GROUP", "", dial->group) : 0;

	if (rc)
		rd_app_warning(dial->caller, "OUTBOUND_GROUP %s: %s", dial->group, rd_strerror(rc));
}

static int before_leg(struct rd_channel *leg, void *arg)
{
	const struct dial *dial = arg;

	enter_group(leg, dial);
	return app_gosub_option(dial->caller, leg, 'b', dial->options.args[DIAL_ARG_BEFORE_LEG]);
}

static void on_progress(struct rd_channel *leg, void *arg)
{
	struct dial *dial = arg;

	for (const char *digit = dial->digits_progress; *digit; digit++)
		rd_channel_send_digit(leg, *digit, 0);
}

static const char *exit_context(struct rd_channel *caller)
{
	const char *context = rd_var_get(caller, "EXITCONTEXT");

	return context && *context ? context : rd_channel_context(caller);
}

/* Option d: a key that is an extension leaves Dial for it. */
static bool on_caller_key(char digit, void *arg)
{
	struct dial *dial = arg;
	char exten[2] = { digit, '\0' };

	if (!dial_has(dial, DIAL_EXIT_KEY) ||
	    !rd_dialplan_exists(exit_context(dial->caller), exten, 1,
				rd_channel_party(dial->caller, RD_PARTY_CALLER)->number))
		return false;
	dial->exit_key = digit;
	return true;
}

static const char *ring_tone(const struct dial *dial)
{
	if (!dial_has(dial, DIAL_RING) || dial_has(dial, DIAL_MUSIC))
		return NULL;
	return dial->options.args[DIAL_ARG_TONE] ? dial->options.args[DIAL_ARG_TONE] : "";
}

static const char *music(const struct dial *dial)
{
	if (!dial_has(dial, DIAL_MUSIC))
		return NULL;
	return dial->options.args[DIAL_ARG_MUSIC] ? dial->options.args[DIAL_ARG_MUSIC] : "";
}

struct identity {
	char name[80], number[80];
	struct rd_party party;
};

/* The number that was dialled, with the name that its hint has. */
static void identity_of_extension(const struct dial *dial, struct identity *shown)
{
	struct rd_buf devices, name;

	rd_buf_init(&devices);
	rd_buf_init(&name);
	rd_strcpy(shown->number, sizeof(shown->number), rd_channel_exten(dial->caller));
	if (!rd_dialplan_hint(rd_channel_context(dial->caller), shown->number, &devices, &name))
		rd_strcpy(shown->name, sizeof(shown->name), rd_buf_text(&name));
	rd_buf_fini(&devices);
	rd_buf_fini(&name);
}

/* f(x) and o(x) show all who are called x; f only those whom somebody forwards to. */
static void choose_identity(const struct dial *dial, struct identity *shown,
			    struct rd_dial_options *options)
{
	const char *text = dial_arg(dial, DIAL_ARG_FORCED);

	*shown = (struct identity){ .party = { .name = shown->name, .number = shown->number } };
	options->forwards_identity = dial_has(dial, DIAL_FORCED) && !*text;
	if (!*text && !options->forwards_identity)
		text = dial_arg(dial, DIAL_ARG_IDENTITY);
	if (*text)
		rd_party_split(text, shown->name, shown->number, sizeof(shown->name));
	else if (options->forwards_identity)
		identity_of_extension(dial, shown);
	else
		return;
	options->identity = &shown->party;
}

static int ring(struct dial *dial, struct rd_channel **peer)
{
	struct identity shown;
	struct rd_dial_options options = {
		.timeout_ms = dial->timeout_ms,
		.ring_tone = ring_tone(dial),
		.music = music(dial),
		.ignore_forward = dial_has(dial, DIAL_IGNORE_FORWARD),
		.forward_context = rd_var_get(dial->caller, "FORWARD_CONTEXT"),
		.no_caller_update = dial_has(dial, DIAL_NO_UPDATE),
		.elsewhere = dial_has(dial, DIAL_ELSEWHERE),
		.beaten_cause = dial->beaten_cause,
		.before_call = before_leg,
		.caller_digit = on_caller_key,
		.on_progress = on_progress,
		.arg = dial,
	};

	choose_identity(dial, &shown, &options);
	return rd_dial(dial->caller, dial->targets, &options, peer, &dial->result);
}

static int before_caller(struct dial *dial)
{
	return app_gosub_option(dial->caller, dial->caller, 'B',
				dial->options.args[DIAL_ARG_BEFORE_CALLER]);
}

/* 0: nobody answered, go on; *peer has answered; or negative. */
static int attempt(struct dial *dial, struct rd_channel **peer)
{
	int rc = before_caller(dial);

	*peer = NULL;
	if (rc)
		return rc;
	dial->started_ms = rd_now_ms();
	rc = ring(dial, peer);
	if (!*peer)
		dial_set_result(dial, rd_dial_status_name(dial->result.status));
	return rc;
}

static int leave_by_key(struct dial *dial)
{
	char exten[2] = { dial->exit_key, '\0' };
	int rc = rd_channel_set_place(dial->caller, exit_context(dial->caller), exten, 1);

	return rc ? rc : RD_APP_JUMP;
}

static int dial_app(struct rd_channel *ch, const char *args)
{
	struct rd_channel *peer;
	struct dial dial;
	int rc;

	clear_result(ch);
	rc = dial_read(&dial, ch, args);
	if (rc) {
		rd_var_set(ch, "DIALSTATUS", "INVALIDARGS");
		return rc;
	}
	rc = dial_privacy_begin(&dial);
	if (!rc)
		rc = attempt(&dial, &peer);
	if (!rc && dial.exit_key)
		rc = leave_by_key(&dial);
	else if (!rc && peer)
		rc = dial_answered(&dial, peer);
	dial_privacy_end(&dial);
	return rc == DIAL_DECIDED ? 0 : rc;
}

/* -- RetryDial(announce,sleep,retries,what Dial takes) -------------------------------------- */

enum { RETRY_SLEEP_MS = 10000 };

struct retry {
	const char *announce;
	int sleep_ms;
	long retries; /* negative: for ever */
	const char *dial_args;
};

static int read_retry(struct rd_channel *ch, const char *args, struct retry *retry)
{
	const char *argv[RETRY_ARGUMENTS];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, RETRY_ARGUMENTS);

	if (rc < 0)
		return rc;
	if (rc < RETRY_ARGUMENTS) {
		rd_app_error(ch, "wants announcement, pause, retries, and whom to dial");
		return -EINVAL;
	}
	*retry = (struct retry){
		.announce = argv[0],
		.sleep_ms = RETRY_SLEEP_MS,
		.retries = *argv[2] ? strtol(argv[2], NULL, 10) : 0,
		.dial_args = argv[3],
	};
	if (*argv[1])
		app_seconds(ch, argv[1], &retry->sleep_ms);
	if (!retry->sleep_ms)
		retry->sleep_ms = RETRY_SLEEP_MS;
	return 0;
}

static int pause_between(struct dial *dial, const struct retry *retry)
{
	int rc;

	if (*retry->announce && rd_play(dial->caller, retry->announce, "") == -ECANCELED)
		return -ECANCELED;
	rd_music_start(dial->caller, music(dial) ? music(dial) : "");
	rc = rd_channel_sleep(dial->caller, retry->sleep_ms);
	rd_music_stop(dial->caller);
	return rc;
}

/* 0: *peer has answered, or nobody in the end; or RD_APP_JUMP, or negative. */
static int retry_until_answered(struct dial *dial, const struct retry *retry,
				struct rd_channel **peer)
{
	for (long n = 0;; n++) {
		int rc = attempt(dial, peer);

		if (!rc && dial->exit_key)
			return leave_by_key(dial);
		if (rc || *peer || (retry->retries >= 0 && n >= retry->retries))
			return rc;
		rc = pause_between(dial, retry);
		if (rc)
			return rc;
	}
}

static int retrydial_app(struct rd_channel *ch, const char *args)
{
	struct rd_channel *peer;
	struct retry retry = { 0 };
	struct dial dial;
	int rc = read_retry(ch, args, &retry);

	clear_result(ch);
	if (!rc)
		rc = dial_read(&dial, ch, retry.dial_args);
	if (rc) {
		rd_var_set(ch, "DIALSTATUS", "INVALIDARGS");
		return rc;
	}
	rc = dial_privacy_begin(&dial);
	if (!rc)
		rc = retry_until_answered(&dial, &retry, &peer);
	if (!rc && peer)
		rc = dial_answered(&dial, peer);
	dial_privacy_end(&dial);
	return rc == DIAL_DECIDED ? 0 : rc;
}

/* -- the module ------------------------------------------------------------------------------- */

static const struct rd_app apps[] = {
	{
		.name = "Dial",
		.run = dial_app,
		.check = dial_check,
		.synopsis = "Ring one or several, and talk to the first who answers",
		.syntax = "Dial(Technology/Resource[&...],timeout,options)",
		.description =
			"Sets DIALSTATUS: ANSWER BUSY NOANSWER CANCEL CONGESTION CHANUNAVAIL "
			"DONTCALL TORTURE INVALIDARGS; HANGUPCAUSE; DIALEDPEERNAME, "
			"DIALEDPEERNUMBER; DIALEDTIME, ANSWEREDTIME, RINGTIME, PROGRESSTIME in "
			"seconds, and with _MS in milliseconds; FORWARDERNAME.\n"
			"  t T  the called party, the caller may transfer: blindxfer, atxfer\n"
			"  h H  they may hang up: disconnect\n"
			"  k K  they may park: parkcall\n"
			"  x X w W  they may record: automixmon, automon\n"
			"  r(tone) m(class)  the caller hears ringing, a tone, music\n"
			"  g  the dialplan goes on when the called party hangs up\n"
			"  F(context^exten^priority)  the called one goes on after a hang-up\n"
			"  G(context^exten^priority)  both go there: the caller, then the other\n"
			"  i I  ignore forwards; do not tell the caller who answered\n"
			"  A(x:y)  announce x to the called party, y to the caller\n"
			"  D(called:calling:progress)  send digits after the answer\n"
			"  L(ms:warn:repeat) S(seconds)  limit the call\n"
			"  c  a caller who gives up: the phones show no missed call\n"
			"  U(context^args)  Gosub on the called party before they talk\n"
			"  b(place) B(place)  Gosub on each leg, on the caller, before calling\n"
			"  e  run the h extension for the called party too\n"
			"  o(identity) f(identity)  what the called party is shown\n"
			"  f  whom somebody forwards to is shown the extension\n"
			"  Q(cause)  how the others end when one has answered\n"
			"  d  the caller may press an extension of one digit while it rings\n"
			"  p  the caller says his name; who answers takes the call by 1, or not:\n"
			"     2 NOANSWER, 3 TORTURE, 4 DONTCALL\n"
			"  P(key)  the same, and it counts for him from now on; 5: this once\n"
			"  n  his name is not kept; N  nobody is asked whose number is shown",
	},
	{
		.name = "RetryDial",
		.run = retrydial_app,
		.check = dial_check_retry,
		.synopsis = "Dial again until somebody answers",
		.syntax = "RetryDial(announce,sleep,retries,Technology/Resource[&...],"
			  "timeout,options)",
		.description = "Plays announce and waits sleep seconds (10) with music between "
			       "attempts; retries: -1 is for ever.",
	},
	{ 0 },
};

RD_MODULE(.name = "app_dial", .synopsis = "Dial and RetryDial", .apps = apps);

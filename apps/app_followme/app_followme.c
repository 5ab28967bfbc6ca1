/* FollowMe(): look for somebody at one number after the other, and let him say whether he takes
 * the call. */
#include <stdio.h>
#include <unistd.h>

#include <ringdown/app_leads.h>
#include <ringdown/bridge.h>
#include <ringdown/fiber.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>

#include "apps/app_followme/followme.h"
#include "apps/folders.h"
#include "apps/place.h"

enum { NAME_MAX_MS = 5000, SHIELD_MS = 5000, PATH_SIZE = 512 };

static const struct rd_app_option letters[] = {
	{ 'a', false, FOLLOWME_RECORD_NAME, 0 },
	{ 'b', true, FOLLOWME_BEFORE_LEG, FOLLOWME_ARG_BEFORE_LEG },
	{ 'B', true, FOLLOWME_BEFORE_CALLER, FOLLOWME_ARG_BEFORE_CALLER },
	{ 'd', false, FOLLOWME_NO_HOLD_PROMPT, 0 },
	{ 'I', false, FOLLOWME_NO_UPDATE, 0 },
	{ 'l', false, FOLLOWME_STAY_LOCAL, 0 },
	{ 'N', false, FOLLOWME_NO_ANSWER, 0 },
	{ 'n', false, FOLLOWME_SAY_UNREACHABLE, 0 },
	{ 's', false, FOLLOWME_SAY_STATUS, 0 },
	{ 0 },
};

/* -- what the caller hears and says ------------------------------------------------------ */

/* Where it is wanted; who is not answered hears no prompt. 0 or -ECANCELED. */
static int tell(const struct followme *it, bool is_wanted, const char *prompt)
{
	if (!is_wanted || !*prompt || followme_has(it, FOLLOWME_NO_ANSWER))
		return 0;
	return rd_play(it->caller, prompt, "") == -ECANCELED ? -ECANCELED : 0;
}

/* Into path: a prompt of his own, which goes when the call has been made. */
static int record_name(struct followme *it, char *path, size_t size)
{
	struct rd_record_options options = {
		.path = path, .format = "wav", .stop_keys = "#", .max_ms = NAME_MAX_MS, .beep = true
	};
	struct rd_record_result result = { 0 };
	int n = snprintf(path, size, "%s/followme/%s", rd_directory("spool"),
			 rd_channel_uniqueid(it->caller));
	int rc = n < 0 || (size_t)n >= size ? -ENAMETOOLONG : folders_make(path);

	if (!rc && rd_play(it->caller, "vm-rec-name", "") == -ECANCELED)
		rc = -ECANCELED;
	if (!rc)
		rc = rd_record(it->caller, &options, &result);
	if (!rc && result.length_ms)
		it->recorded = path;
	if (rc && rc != -ECANCELED)
		rd_app_warning(it->caller, "%s.wav: %s", path, rd_strerror(rc));
	return rc == -ECANCELED ? rc : 0;
}

static int remove_file(void *path)
{
	return unlink(path) ? -errno : 0;
}

static void forget_name(char *path)
{
	size_t n = strlen(path);

	if (!n)
		return;
	snprintf(path + n, PATH_SIZE - n, ".wav");
	rd_shield_begin(SHIELD_MS);
	rd_offload(remove_file, path);
	rd_shield_end();
}

/* -- the search -------------------------------------------------------------------------- */

/* How many from here on have the same place in the order. */
static size_t step_size(const struct followme_profile *profile, size_t at)
{
	size_t n = 1;

	while (at + n < profile->count &&
	       profile->numbers[at + n].order == profile->numbers[at].order)
		n++;
	return n;
}

static int search(struct followme *it)
{
	const struct followme_profile *profile = it->profile;
	int rc = 0;

	if (followme_has(it, FOLLOWME_NO_ANSWER))
		rd_indicate(it->caller, RD_INDICATE_RINGING);
	else
		rd_music_start(it->caller, profile->music);
	for (size_t at = 0; !rc && !it->winner && at < profile->count;) {
		size_t n = step_size(profile, at);

		rc = followme_find(it, &profile->numbers[at], n);
		at += n;
	}
	if (!followme_has(it, FOLLOWME_NO_ANSWER))
		rd_music_stop(it->caller);
	return rc;
}

static int prepare(struct followme *it, char *path, size_t size)
{
	int rc = app_gosub_option(it->caller, it->caller, 'B',
				  it->given.args[FOLLOWME_ARG_BEFORE_CALLER]);

	if (!rc && !followme_has(it, FOLLOWME_NO_ANSWER))
		rc = rd_answer(it->caller);
	if (!rc)
		rc = tell(it, followme_has(it, FOLLOWME_SAY_STATUS), it->profile->status);
	if (!rc && followme_has(it, FOLLOWME_RECORD_NAME) && !followme_has(it, FOLLOWME_NO_ANSWER))
		rc = record_name(it, path, size);
	return rc ? rc : tell(it, !followme_has(it, FOLLOWME_NO_HOLD_PROMPT), it->profile->hold);
}

/* -- the talk ------------------------------------------------------------------------------- */

static void show_winner(const struct followme *it)
{
	const struct rd_party *party = rd_channel_party(it->winner, RD_PARTY_CALLER);

	if (!followme_has(it, FOLLOWME_NO_UPDATE) && (party->number || party->name))
		rd_channel_set_party(it->caller, RD_PARTY_CONNECTED, party);
}

/* As after Dial(): who was called hangs up, and the caller's call ends. */
static int talk(struct followme *it)
{
	struct rd_bridge_options options = { .peer_seat = &it->winner };
	const char *prompt = it->profile->connecting;
	int rc = *prompt ? rd_play(it->winner, prompt, "") : 0;

	show_winner(it);
	rc = rd_answer(it->caller);
	if (!rc)
		rc = rd_bridge_run(it->caller, it->winner, &options);
	if (rc < 0 && rc != -ECANCELED)
		rd_app_error(it->caller, "%s cannot be joined: %s", rd_channel_name(it->winner),
			     rd_strerror(rc));
	if (!rd_channel_gone(it->caller) && !rd_channel_moved(it->caller))
		rd_hangup(it->caller, RD_CAUSE_NORMAL);
	rd_channel_let_go(it->winner, RD_CAUSE_NORMAL);
	return -ECANCELED;
}

static int run(struct followme *it)
{
	char path[PATH_SIZE] = "";
	int rc = prepare(it, path, sizeof(path));

	rd_cond_init(&it->changed);
	if (!rc)
		rc = search(it);
	rd_cond_fini(&it->changed);
	forget_name(path);
	if (!rc && it->winner)
		return talk(it);
	if (it->winner)
		rd_channel_let_go(it->winner, RD_CAUSE_NORMAL);
	return rc ? rc : tell(it, followme_has(it, FOLLOWME_SAY_UNREACHABLE), it->profile->sorry);
}

static int followme_app(struct rd_channel *ch, const char *args)
{
	struct followme_settings *settings = followme_settings_get();
	struct followme it = { .caller = ch };
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc >= 0)
		rc = rd_app_read_options(ch, letters, argv[1], &it.given);
	if (!rc) {
		it.profile = followme_profile(settings, argv[0]);
		if (it.profile)
			rc = run(&it);
		else
			rd_app_warning(ch, "followme.conf has no section [%s]", argv[0]);
	}
	followme_settings_put(settings);
	return rc;
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	struct followme_settings *settings;
	bool known;

	if (!*argv[0])
		return "whom? It wants a section of followme.conf";
	settings = followme_settings_coming();
	known = !settings || followme_profile(settings, argv[0]);
	followme_settings_put(settings);
	if (known)
		return rd_app_check_options(pool, letters, argv[1], buf, size);
	snprintf(buf, size, "followme.conf has no section [%s]", argv[0]);
	return buf;
}

static const char *followme_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_arguments, buf, size);
}

/* -- for a doctor -------------------------------------------------------------------------- */

static void tell_numbers(const char *numbers, const char *context, rd_app_lead_fn *tell, void *arg)
{
	struct rd_str rest = rd_str_of(numbers), one;
	struct rd_buf target;

	rd_buf_init(&target);
	while (rest.n) {
		rd_str_cut(&rest, '&', &one);
		one = rd_str_trim(one);
		rd_buf_reset(&target);
		rd_buf_printf(&target, "Local/%.*s@%s", RD_STR_ARG(one), context);
		tell(RD_APP_LEAD_CALLS, rd_buf_text(&target), arg);
	}
	rd_buf_fini(&target);
}

static void each_lead(const char *args, rd_app_lead_fn *tell, void *arg)
{
	struct followme_settings *settings = followme_settings_coming();
	const struct followme_profile *profile;
	const char *argv[2];
	struct rd_pool *pool;

	if (rd_pool_new(&pool, 0) == 0) {
		rd_app_args(pool, args, argv, 2);
		profile = followme_profile(settings, argv[0]);
		for (size_t i = 0; profile && i < profile->count; i++)
			tell_numbers(profile->numbers[i].numbers, profile->context, tell, arg);
		rd_pool_free(pool);
	}
	followme_settings_put(settings);
}

static const struct rd_app_leads leads = { .each = each_lead };

static const struct rd_interface interfaces[] = {
	{ .name = RD_APP_LEADS("FollowMe"), .version = RD_APP_LEADS_VERSION, .functions = &leads },
	{ 0 },
};

static void unload(void)
{
	followme_settings_forget();
}

static const struct rd_app apps[] = {
	{ .name = "FollowMe",
	  .run = followme_app,
	  .check = followme_check,
	  .synopsis = "Look for somebody at one number after the other",
	  .syntax = "FollowMe(section,options)",
	  .description =
		  "The section of followme.conf has the numbers. Whoever answers is asked whether "
		  "he "
		  "takes the call; the caller hears music meanwhile. The dialplan goes on when "
		  "nobody has taken it, or there is no such section; after a talk the call ends.\n"
		  "  a  the caller says his name first, which is played to who answers\n"
		  "  d  without the prompt that asks him to wait\n"
		  "  s  he hears first that the other is being looked for\n"
		  "  n  and in the end that he was not found\n"
		  "  N  he is not answered before somebody has taken the call, and hears ringing\n"
		  "  I  he is not told who has\n"
		  "  l  nothing: Local channels stay as they are\n"
		  "  b(place) B(place)  Gosub on each leg, on the caller, before" },
	{ 0 },
};

RD_MODULE(.name = "app_followme", .synopsis = "FollowMe", .apps = apps, .config = &followme_config,
	  .interfaces = interfaces, .review = followme_review, .unload = unload);

/* Pickup() and PickupChan(): answer for a phone that rings. What Dial() called is let go,
 * and this leg is who has answered. */
#include <stdio.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/dialplan.h>
#include <ringdown/features.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/tech.h>
#include <ringdown/transfer.h>

/* Does this one ring for a caller, and not for the one who wants it? */
static bool rings(const struct rd_channel *leg, const struct rd_channel *picker)
{
	enum rd_channel_state state = rd_channel_state(leg);
	const struct rd_channel *dialler = rd_channel_dialler(leg);

	return (state == RD_CHANNEL_RINGING || state == RD_CHANNEL_DIALING) && dialler &&
	       dialler != picker;
}

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* -- whom a target names -------------------------------------------------------------- */

typedef bool matches_fn(const struct rd_channel *leg, const char *what, const char *where);

/* Who called it dialled that extension there. */
static bool was_dialled(const struct rd_channel *leg, const char *exten, const char *context)
{
	const struct rd_channel *dialler = rd_channel_dialler(leg);

	return (same(rd_channel_exten(dialler), exten) ||
		same(rd_channel_dialled(dialler), exten)) &&
	       same(rd_channel_context(dialler), context);
}

static bool is_marked(const struct rd_channel *leg, const char *mark, const char *unused)
{
	(void)unused;
	return same(rd_var_get(leg, "PICKUPMARK"), mark);
}

static bool is_named(const struct rd_channel *leg, const char *name, const char *unused)
{
	(void)unused;
	return same(rd_channel_name(leg), name) || same(rd_channel_device(leg), name);
}

static bool begins_with(const struct rd_channel *leg, const char *name, const char *unused)
{
	(void)unused;
	return strncmp(rd_channel_name(leg), name, strlen(name)) == 0;
}

/* The one that rings longest. */
static struct rd_channel *find(const struct rd_channel *picker, matches_fn *matches,
			       const char *what, const char *where)
{
	struct rd_channel *leg = NULL;

	while ((leg = rd_channel_next(leg)))
		if (rings(leg, picker) && matches(leg, what, where))
			return leg;
	return NULL;
}

static struct rd_channel *find_in_groups(const struct rd_channel *picker)
{
	struct rd_channel *leg = NULL;

	while ((leg = rd_channel_next(leg)))
		if (rings(leg, picker) && rd_channel_may_pick_up(picker, leg))
			return leg;
	return NULL;
}

static struct rd_channel *find_channel(const struct rd_channel *picker, char *target)
{
	char proper[160];

	return find(picker, is_named, rd_tech_proper_name(target, proper, sizeof(proper)), NULL);
}

/* The devices of its hint stand for an extension, whatever was dialled to reach them. */
static struct rd_channel *find_by_hint(const struct rd_channel *picker, const char *exten,
				       const char *context)
{
	struct rd_channel *found = NULL;
	struct rd_str rest, one;
	struct rd_buf devices;
	char device[128];
	bool more;

	rd_buf_init(&devices);
	more = rd_dialplan_hint(context, exten, &devices, NULL) == 0;
	rest = rd_str_of(rd_buf_text(&devices));
	while (more && !found) {
		more = rd_str_cut(&rest, '&', &one);
		if (rd_strcpyn(device, sizeof(device), rd_str_trim(one)))
			found = find_channel(picker, device);
	}
	rd_buf_fini(&devices);
	return found;
}

/* "1001", "1001@office", "sales@PICKUPMARK" */
static struct rd_channel *find_exten(const struct rd_channel *picker, char *target)
{
	const char *context = rd_channel_context(picker);
	struct rd_channel *leg;
	char *at = strchr(target, '@');

	if (at) {
		*at = '\0';
		context = at + 1;
	}
	if (same(context, "PICKUPMARK"))
		return find(picker, is_marked, target, NULL);
	leg = find(picker, was_dialled, target, context);
	return leg ? leg : find_by_hint(picker, target, context);
}

static struct rd_channel *find_prefix(const struct rd_channel *picker, char *target)
{
	char proper[160];

	return find(picker, begins_with, rd_tech_proper_name(target, proper, sizeof(proper)), NULL);
}

/* -- answering for it ---------------------------------------------------------------------- */

typedef struct rd_channel *find_fn(const struct rd_channel *picker, char *target);

static struct rd_channel *find_one_of(const struct rd_channel *picker, const char *targets,
				      find_fn *find_one)
{
	struct rd_str rest = rd_str_of(targets), one;
	struct rd_channel *leg = NULL;
	char target[160];
	bool more = true;

	while (more && !leg) {
		more = rd_str_cut(&rest, '&', &one);
		one = rd_str_trim(one);
		if (one.n && rd_strcpyn(target, sizeof(target), one))
			leg = find_one(picker, target);
	}
	return leg;
}

static struct rd_channel *find_any(const struct rd_channel *picker, const char *targets,
				   find_fn *find_one)
{
	return *targets ? find_one_of(picker, targets, find_one) : find_in_groups(picker);
}

/* One of features.conf, to who is answered for it; what cannot be played is not missed. */
static int play_sound(struct rd_channel *ch, const char *option)
{
	struct rd_buf sound;
	int rc = 0;

	rd_buf_init(&sound);
	if (!rd_features_get(ch, RD_FEATURES_GENERAL, option, &sound) && sound.n) {
		rc = rd_answer(ch);
		if (!rc && rd_play(ch, rd_buf_text(&sound), "") == -ECANCELED)
			rc = -ECANCELED;
	}
	rd_buf_fini(&sound);
	return rc;
}

static int nothing_rings(struct rd_channel *ch, const char *targets)
{
	rd_app_warning(ch, "nothing rings %s%s", *targets ? "at " : "in its pickup groups",
		       targets);
	return play_sound(ch, "pickupfailsound");
}

/* Answered, and told: that takes a moment, and who rings then is looked for afterwards. */
static int pick_up(struct rd_channel *ch, const char *targets, find_fn *find_one)
{
	struct rd_channel *leg;
	int rc;

	if (!find_any(ch, targets, find_one))
		return nothing_rings(ch, targets);
	rc = rd_answer(ch);
	if (!rc)
		rc = play_sound(ch, "pickupsound");
	if (rc)
		return rc;
	leg = find_any(ch, targets, find_one);
	if (!leg)
		return nothing_rings(ch, targets);
	rc = rd_channel_replace(leg, ch);
	if (rc)
		rd_app_warning(ch, "%s: %s", rd_channel_name(leg), rd_strerror(rc));
	/* Taken out of here: it goes on in the call that it has answered. */
	return rc ? 0 : -ECANCELED;
}

static int pickup_app(struct rd_channel *ch, const char *args)
{
	return pick_up(ch, args, find_exten);
}

static const struct rd_app_option letters[] = {
	{ 'p', false, 1, 0 },
	{ 0 },
};

static int pickupchan_app(struct rd_channel *ch, const char *args)
{
	struct rd_app_options options;
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc >= 0)
		rc = rd_app_read_options(ch, letters, argv[1], &options);
	if (rc < 0)
		return rc;
	if (!*argv[0]) {
		rd_app_error(ch, "whom? It wants channels or devices");
		return 0;
	}
	return pick_up(ch, argv[0], options.flags ? find_prefix : find_channel);
}

static const char *check_pickupchan_letters(struct rd_pool *pool, const char *const *argv,
					    char *buf, size_t size)
{
	const char *wrong = rd_app_check_options(pool, letters, argv[1], buf, size);

	/* With option p they are beginnings of names. */
	return wrong || *argv[1] ? wrong : rd_devices_fault(argv[0], buf, size);
}

static const char *pickupchan_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 2, check_pickupchan_letters, buf, size);
}

static const struct rd_app apps[] = {
	{
		.name = "Pickup",
		.run = pickup_app,
		.synopsis = "Answer for a phone that rings",
		.syntax = "Pickup(extension@context&...)",
		.description =
			"For who was called at that extension, or whom its hint names. With "
			"@PICKUPMARK: whose variable PICKUPMARK is that. Without an extension: for "
			"a phone one of whose call groups is a pickup group of this one. The "
			"dialplan goes on when nothing rings there.",
	},
	{
		.name = "PickupChan",
		.run = pickupchan_app,
		.check = pickupchan_check,
		.synopsis = "The same, by channel or device",
		.syntax = "PickupChan(channel&...,options)",
		.description = "Option p: what the channel's name begins with.",
	},
	{ 0 },
};

RD_MODULE(.name = "app_directed_pickup", .synopsis = "Pickup", .apps = apps);

/* The arguments of Dial(): targets, timeout, option letters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ringdown/cause.h>
#include <ringdown/tech.h>

#include "apps/app_dial/dial.h"
#include "apps/features.h"
#include "apps/option_args.h"
#include "apps/seconds.h"

static const struct rd_app_option letters[] = {
	APP_FEATURE_OPTIONS,
	{ 'r', true, DIAL_RING, DIAL_ARG_TONE },
	{ 'm', true, DIAL_MUSIC, DIAL_ARG_MUSIC },
	{ 'g', false, DIAL_GO_ON, 0 },
	{ 'i', false, DIAL_IGNORE_FORWARD, 0 },
	{ 'I', false, DIAL_NO_UPDATE, 0 },
	{ 'A', true, 0, DIAL_ARG_ANNOUNCE },
	{ 'D', true, 0, DIAL_ARG_DIGITS },
	{ 'L', true, 0, DIAL_ARG_LIMIT },
	{ 'S', true, 0, DIAL_ARG_STOP_AFTER },
	{ 'c', false, DIAL_ELSEWHERE, 0 },
	{ 'U', true, 0, DIAL_ARG_PEER_GOSUB },
	{ 'b', true, 0, DIAL_ARG_BEFORE_LEG },
	{ 'B', true, 0, DIAL_ARG_BEFORE_CALLER },
	{ 'F', true, DIAL_PEER_GOES_ON, DIAL_ARG_PEER_GOES_ON },
	{ 'e', false, DIAL_PEER_H, 0 },
	{ 'G', true, 0, DIAL_ARG_BOTH_GO },
	{ 'o', true, DIAL_IDENTITY, DIAL_ARG_IDENTITY },
	{ 'f', true, DIAL_FORCED, DIAL_ARG_FORCED },
	{ 'Q', true, 0, DIAL_ARG_BEATEN },
	{ 'd', false, DIAL_EXIT_KEY, 0 },
	{ 'p', false, DIAL_SCREEN, 0 },
	{ 'P', true, DIAL_PRIVACY, DIAL_ARG_PRIVACY },
	{ 'n', true, DIAL_NO_INTRO, DIAL_ARG_NO_INTRO },
	{ 'N', false, DIAL_LET_KNOWN, 0 },
	{ 0 },
};

static bool has_letter(const char *text, char letter)
{
	int depth = 0;

	for (; *text; text++) {
		if (*text == '(')
			depth++;
		else if (*text == ')')
			depth--;
		else if (depth == 0 && *text == letter)
			return true;
	}
	return false;
}

/* Letters without a bit mean nothing without their parentheses. */
static void name_empty_letters(const struct dial *dial, const char *text)
{
	for (const struct rd_app_option *it = letters; it->letter; it++)
		if (!it->bit && !*dial_arg(dial, it->arg) && has_letter(text, it->letter))
			rd_app_warning(dial->caller,
				       "option %c wants (...) after it, it is passed over",
				       it->letter);
}

static int read_letters(struct dial *dial, const char *text)
{
	int rc = rd_app_read_options(dial->caller, letters, text, &dial->options);

	if (!rc)
		name_empty_letters(dial, text);
	return rc;
}

/* "20", "1.5", "20^10" (the second, for progress, has no meaning here). */
static int read_timeout(struct dial *dial, const char *text)
{
	char *copy;
	int ms;

	dial->timeout_ms = RD_FOREVER;
	if (!*text)
		return 0;
	copy = rd_pool_strndup(rd_channel_scratch(dial->caller), text, strcspn(text, "^"));
	if (!copy)
		return -ENOMEM;
	/* What is no number, app_seconds() has named: it rings without a limit. */
	if (!app_seconds(dial->caller, copy, &ms) && ms > 0)
		dial->timeout_ms = ms;
	return 0;
}

static int read_stop_after(struct dial *dial)
{
	int rc = app_seconds(dial->caller, dial_arg(dial, DIAL_ARG_STOP_AFTER),
			     &dial->bridge.limit_ms);

	if (rc || dial->bridge.limit_ms)
		return rc;
	rd_app_error(dial->caller, "option S(%s): the limit is no time at all",
		     dial_arg(dial, DIAL_ARG_STOP_AFTER));
	return -EINVAL;
}

/* Q(17), Q(USER_BUSY), Q(NONE): a plain end, as if nobody had answered. */
static void read_beaten_cause(struct dial *dial)
{
	const char *text = dial_arg(dial, DIAL_ARG_BEATEN);
	int cause = strcasecmp(text, "NONE") == 0 ? RD_CAUSE_NORMAL : rd_cause_from_name(text);

	if (!*text)
		return;
	if (cause < 0)
		rd_app_warning(dial->caller, "option Q(%s) is no cause, it is passed over", text);
	else
		dial->beaten_cause = cause ? cause : RD_CAUSE_NORMAL;
}

static int read_details(struct dial *dial)
{
	const char *piece[3] = { "", "", "" };
	int rc = app_split_colons(dial->caller, dial_arg(dial, DIAL_ARG_DIGITS), piece, 3);

	dial->digits_peer = piece[0];
	dial->digits_caller = piece[1];
	dial->digits_progress = piece[2];
	if (!rc)
		rc = app_split_colons(dial->caller, dial_arg(dial, DIAL_ARG_ANNOUNCE), piece, 2);
	dial->announce_peer = piece[0];
	dial->announce_caller = piece[1];
	if (!rc && *dial_arg(dial, DIAL_ARG_STOP_AFTER))
		rc = read_stop_after(dial);
	if (!rc && *dial_arg(dial, DIAL_ARG_LIMIT))
		rc = app_limit_option(dial->caller, dial_arg(dial, DIAL_ARG_LIMIT), &dial->bridge);
	read_beaten_cause(dial);
	dial->bridge.peer_features = app_peer_features(dial->options.flags);
	dial->bridge.caller_features = app_caller_features(dial->options.flags);
	return rc;
}

/* OUTBOUND_GROUP_ONCE is for one Dial(), and counts more. */
static int read_group(struct dial *dial)
{
	static const char once[] = "OUTBOUND_GROUP_ONCE";
	const char *group = rd_var_get(dial->caller, once);
	bool is_once = group && *group;

	if (!is_once)
		group = rd_var_get(dial->caller, "OUTBOUND_GROUP");
	dial->group = rd_pool_strdup(rd_channel_scratch(dial->caller), group ? group : "");
	if (is_once)
		rd_var_set(dial->caller, once, NULL);
	return dial->group ? 0 : -ENOMEM;
}

int dial_read(struct dial *dial, struct rd_channel *caller, const char *args)
{
	const char *argv[DIAL_ARGUMENTS];
	int rc;

	*dial = (struct dial){ .caller = caller };
	rc = rd_app_args(rd_channel_scratch(caller), args, argv, DIAL_ARGUMENTS);
	if (rc < 0)
		return rc;
	dial->targets = argv[0];
	if (!*dial->targets) {
		rd_app_error(caller, "whom? It wants TECHNOLOGY/RESOURCE");
		return -EINVAL;
	}
	rc = read_timeout(dial, argv[1]);
	if (!rc)
		rc = read_letters(dial, argv[2]);
	if (!rc)
		rc = read_group(dial);
	return rc ? rc : read_details(dial);
}

/* -- what "dialplan check" asks, outside a call ------------------------------------ */

static const char *check_targets(const char *targets, char *buf, size_t size)
{
	struct rd_str rest = rd_str_of(targets), one;
	bool more = true;

	while (more) {
		more = rd_str_cut(&rest, '&', &one);
		one = rd_str_trim(one);
		if (one.n < size && !memchr(one.p, '/', one.n)) {
			snprintf(buf, size, "\"%.*s\" is not TECHNOLOGY/RESOURCE",
				 (int)one.n, one.p);
			return buf;
		}
	}
	return rd_devices_fault(targets, buf, size);
}

static const char *check_arguments(struct rd_pool *pool, const char *const *argv, char *buf,
				   size_t size)
{
	const char *wrong = check_targets(argv[0], buf, size);

	return wrong ? wrong : rd_app_check_options(pool, letters, argv[2], buf, size);
}

const char *dial_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, DIAL_ARGUMENTS, check_arguments, buf, size);
}

static const char *check_retried(struct rd_pool *pool, const char *const *argv, char *buf,
				 size_t size)
{
	(void)pool;
	return dial_check(argv[3], buf, size);
}

const char *dial_check_retry(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, RETRY_ARGUMENTS, check_retried, buf, size);
}

/* The arguments of Dial(): targets, timeout, option letters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	{ 'A', true, DIAL_ANNOUNCE, DIAL_ARG_ANNOUNCE },
	{ 'D', true, DIAL_SEND_DIGITS, DIAL_ARG_DIGITS },
	{ 'L', true, DIAL_LIMIT, DIAL_ARG_LIMIT },
	{ 'S', true, DIAL_STOP_AFTER, DIAL_ARG_STOP_AFTER },
	{ 'c', false, DIAL_ELSEWHERE, 0 },
	{ 'U', true, DIAL_PEER_GOSUB, DIAL_ARG_PEER_GOSUB },
	{ 'b', true, DIAL_BEFORE_LEG, DIAL_ARG_BEFORE_LEG },
	{ 'B', true, DIAL_BEFORE_CALLER, DIAL_ARG_BEFORE_CALLER },
	{ 'F', true, DIAL_PEER_GOES_ON, DIAL_ARG_PEER_GOES_ON },
	{ 'e', false, DIAL_PEER_H, 0 },
	{ 'G', true, DIAL_BOTH_GO, DIAL_ARG_BOTH_GO },
	{ 'o', true, DIAL_IDENTITY, DIAL_ARG_IDENTITY },
	{ 'd', false, DIAL_EXIT_KEY, 0 },
	{ 'p', false, DIAL_SCREEN, 0 },
	{ 'P', true, DIAL_PRIVACY, DIAL_ARG_PRIVACY },
	{ 'n', true, DIAL_NO_INTRO, DIAL_ARG_NO_INTRO },
	{ 'N', false, DIAL_LET_KNOWN, 0 },
	{ 0 },
};

/* Letters that mean nothing without their parentheses. */
static const char needs_argument[] = "ADLSUbBG";

static const char *argument(const struct dial *dial, enum dial_arg arg)
{
	return dial->options.args[arg] ? dial->options.args[arg] : "";
}

static void drop_empty_letters(struct rd_channel *caller, struct rd_app_options *options)
{
	for (const struct rd_app_option *it = letters; it->letter; it++) {
		if (!(options->flags & it->bit) || !strchr(needs_argument, it->letter) ||
		    (options->args[it->arg] && *options->args[it->arg]))
			continue;
		rd_app_warning(caller, "option %c wants (...) after it, it is passed over",
			       it->letter);
		options->flags &= ~(uint64_t)it->bit;
	}
}

static int read_letters(struct dial *dial, const char *text)
{
	int rc = rd_app_read_options(dial->caller, letters, text, &dial->options);

	if (!rc)
		drop_empty_letters(dial->caller, &dial->options);
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
	int rc = app_seconds(dial->caller, argument(dial, DIAL_ARG_STOP_AFTER),
			     &dial->bridge.limit_ms);

	if (rc || dial->bridge.limit_ms)
		return rc;
	rd_app_error(dial->caller, "option S(%s): the limit is no time at all",
		     argument(dial, DIAL_ARG_STOP_AFTER));
	return -EINVAL;
}

static int read_details(struct dial *dial)
{
	const char *piece[3] = { "", "", "" };
	int rc = app_split_colons(dial->caller, argument(dial, DIAL_ARG_DIGITS), piece, 3);

	dial->digits_peer = piece[0];
	dial->digits_caller = piece[1];
	dial->digits_progress = piece[2];
	if (!rc)
		rc = app_split_colons(dial->caller, argument(dial, DIAL_ARG_ANNOUNCE), piece, 2);
	dial->announce_peer = piece[0];
	dial->announce_caller = piece[1];
	if (!rc && dial_has(dial, DIAL_STOP_AFTER))
		rc = read_stop_after(dial);
	if (!rc && dial_has(dial, DIAL_LIMIT))
		rc = app_limit_option(dial->caller, argument(dial, DIAL_ARG_LIMIT), &dial->bridge);
	dial->bridge.peer_features = app_peer_features(dial->options.flags);
	dial->bridge.caller_features = app_caller_features(dial->options.flags);
	return rc;
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

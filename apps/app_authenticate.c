/* Authenticate(): no further without the right digits. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/io.h>
#include <ringdown/module.h>
#include <ringdown/prompt.h>
#include <ringdown/store.h>

#include "apps/secret.h"

#define ATTEMPTS    3
#define MAX_DIGITS  255
#define FILE_LIMIT  (1024 * 1024)
#define KEY_TIMEOUT 10000

enum { OPT_ACCOUNT = 1, OPT_DATABASE = 2, OPT_REMOVE = 4 };

static const struct rd_app_option options_table[] = {
	{ 'a', false, OPT_ACCOUNT, 0 },
	{ 'd', false, OPT_DATABASE, 0 },
	{ 'r', false, OPT_REMOVE, 0 },
	{ 0 }
};

static bool equal(const char *secret, const char *digits)
{
	return app_same_secret(rd_str_of(secret), rd_str_of(digits));
}

/* Is digits one of the lines? */
static bool in_lines(char *lines, const char *digits)
{
	struct rd_str secret;
	char *line;

	while ((line = strsep(&lines, "\n"))) {
		line[strcspn(line, "\r;")] = '\0';
		secret = rd_str_trim(rd_str_of(line));
		if (secret.n && app_same_secret(secret, rd_str_of(digits)))
			return true;
	}
	return false;
}

/* "/pins" with option d: the key that was entered in that family. */
static int in_database(struct rd_pool *pool, const char *family, const char *digits,
		       uint64_t flags)
{
	const char *value;
	int rc;

	family += *family == '/';
	rc = rd_db_get(family, digits, pool, &value);
	if (rc == 0 && (flags & OPT_REMOVE))
		rc = rd_db_del(family, digits);
	return rc == 0 ? 1 : rc == -ENOENT ? 0 : rc;
}

/* 1 right, 0 wrong, or negative. Yields. */
static int check(struct rd_channel *ch, const char *secret, const char *digits,
		 uint64_t flags)
{
	struct rd_pool *pool;
	size_t size;
	char *data;
	int rc;

	if (!*digits)
		return 0;
	if (!(flags & OPT_DATABASE) && *secret != '/')
		return equal(secret, digits);
	rc = rd_pool_new(&pool, 0);
	if (rc)
		return rc;
	if (flags & OPT_DATABASE) {
		rc = in_database(pool, secret, digits, flags);
	} else {
		rc = rd_file_read(secret, pool, FILE_LIMIT, &data, &size);
		if (rc == 0)
			rc = in_lines(data, digits);
		else
			rd_app_error(ch, "%s: %s", secret, rd_strerror(rc));
	}
	rd_pool_free(pool);
	return rc;
}

/* The prompt and what is keyed: 0 or negative. Yields. */
static int ask(struct rd_channel *ch, const char *prompt, char *digits, int max)
{
	int n = 0, ended;
	int rc = rd_play(ch, prompt, RD_ANY_DIGIT);

	if (rc < 0)
		return rc;
	if (rc == '#') {
		digits[0] = '\0';
		return 0;
	}
	if (rc > 0)
		digits[n++] = (char)rc;
	rc = rd_read_digits(ch, digits + n, max - n, "#", KEY_TIMEOUT, KEY_TIMEOUT / 2,
			    &ended);
	return rc < 0 ? rc : 0;
}

static int let_in(struct rd_channel *ch, const char *digits, uint64_t flags)
{
	int rc;

	if (flags & OPT_ACCOUNT)
		rd_channel_set(ch, "accountcode", digits);
	rc = rd_play(ch, "auth-thankyou", NULL);
	return rc == -ECANCELED ? rc : 0;
}

static int authenticate_app(struct rd_channel *ch, const char *args)
{
	struct rd_app_options options;
	const char *argv[4], *prompt;
	char digits[MAX_DIGITS + 1];
	int max, rc = rd_app_args(rd_channel_scratch(ch), args, argv, 4);

	if (rc < 0)
		return rc;
	if (!*argv[0]) {
		rd_app_error(ch, "a password is missing");
		return -EINVAL;
	}
	if (rd_app_read_options(ch, options_table, argv[1], &options))
		return -ENOMEM;
	max = *argv[2] ? atoi(argv[2]) : MAX_DIGITS;
	if (max <= 0 || max > MAX_DIGITS)
		max = MAX_DIGITS;
	prompt = *argv[3] ? argv[3] : "agent-pass";
	rc = rd_answer(ch);
	if (rc)
		return rc;
	for (int i = 0; i < ATTEMPTS; i++) {
		rc = ask(ch, prompt, digits, max);
		if (rc == 0)
			rc = check(ch, argv[0], digits, options.flags);
		if (rc < 0)
			return rc;
		if (rc)
			return let_in(ch, digits, options.flags);
		prompt = "auth-incorrect";
	}
	rd_app_warning(ch, "%d wrong passwords", ATTEMPTS);
	rd_play(ch, "vm-goodbye", NULL);
	rd_hangup(ch, RD_CAUSE_NORMAL);
	return -ECANCELED;
}

static const char *check_authenticate_letters(struct rd_pool *pool, const char *const *argv,
					      char *buf, size_t size)
{
	return rd_app_check_options(pool, options_table, argv[1], buf, size);
}

static const char *authenticate_check(const char *args, char *buf, size_t size)
{
	return rd_app_check_args(args, 4, check_authenticate_letters, buf, size);
}

static const struct rd_app apps[] = {
	{ .name = "Authenticate",
	  .run = authenticate_app,
	  .check = authenticate_check,
	  .synopsis = "Ask for a password of digits",
	  .syntax = "Authenticate(password[,options[,max_digits[,prompt]]])",
	  .description =
		  "A password that begins with / is a file with one per line. d: it "
		  "is a family of the database, and the digits a key of it; r: taken "
		  "out of there. a: the digits become the account code. The call "
		  "ends after three wrong ones." },
	{ 0 }
};

RD_MODULE(.name = "app_authenticate", .synopsis = "Ask for a password", .apps = apps);

/* Options p and P: the caller says his name, and who is called hears it and decides. With P the
 * decision is kept in the database, /privacy/KEY/CALLER, and counts the next time. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <ringdown/config.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>
#include <ringdown/store.h>

#include "apps/app_dial/dial.h"
#include "apps/folders.h"

#define FAMILY "privacy"

enum { NAME_MS = 4000, SILENCE_MS = 2000, KEY_MS = 8000, ASK_TIMES = 3, SHIELD_MS = 2000 };

/* What may be decided; the word that is kept, and what Dial() says of a call that is not to be. */
static const struct verdict {
	const char *word, *status; /* NULL: none */
	char key;
} verdicts[] = {
	{ "allow", NULL, '1' },      { "deny", "NOANSWER", '2' }, { "torture", "TORTURE", '3' },
	{ "kill", "DONTCALL", '4' }, { NULL, NULL, '5' }, /* this once; with P only */
};

static const struct verdict *by_key(int key)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(verdicts); i++)
		if (verdicts[i].key == key)
			return &verdicts[i];
	return NULL;
}

static const struct verdict *by_word(const char *word)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(verdicts); i++)
		if (verdicts[i].word && strcasecmp(verdicts[i].word, word) == 0)
			return &verdicts[i];
	return NULL;
}

/* ---- who calls whom ---- */

static bool is_shown(const struct rd_party *who)
{
	return who->number && *who->number && rd_presentation_shown(who->number_pres);
}

/* A word for him that may be a key, and the name of a file. Who does not show himself is
 * somebody else each time. */
static void name_caller(struct dial *dial)
{
	const struct rd_party *who = rd_channel_party(dial->caller, RD_PARTY_CALLER);
	char *name = dial->privacy.who;

	dial->privacy.known = is_shown(who);
	if (dial->privacy.known)
		rd_strcpy(name, sizeof(dial->privacy.who), who->number);
	else
		rd_strcpy(name, sizeof(dial->privacy.who), "NOCALLERID_");
	folders_safe_name(name);
}

/* Is what is decided of him kept? */
static bool is_remembered(const struct dial *dial)
{
	return dial_has(dial, DIAL_PRIVACY) && dial->privacy.known;
}

/* And his name? */
static bool is_intro_kept(const struct dial *dial)
{
	return dial->privacy.known && !dial_has(dial, DIAL_NO_INTRO);
}

/* "office/1001": of the option's word, or of the extension. */
static int print_key(const struct dial *dial, char key[256])
{
	const char *word = dial->options.args[DIAL_ARG_PRIVACY];
	int n = snprintf(key, 256, "%s/%s", word && *word ? word : rd_channel_exten(dial->caller),
			 dial->privacy.who);

	return n < 256 ? 0 : -ENAMETOOLONG;
}

/* NULL: he is not known there. */
static const struct verdict *kept(const struct dial *dial)
{
	const char *word;
	char key[256];

	if (!is_remembered(dial) || print_key(dial, key) ||
	    rd_db_get(FAMILY, key, rd_channel_scratch(dial->caller), &word))
		return NULL;
	return by_word(word);
}

static void keep(const struct dial *dial, const struct verdict *verdict)
{
	char key[256];
	int rc;

	if (!is_remembered(dial) || !verdict->word)
		return;
	rc = print_key(dial, key);
	if (!rc)
		rc = rd_db_put(FAMILY, key, verdict->word);
	if (rc)
		rd_app_error(dial->caller, "option P: \"%s\" is not kept: %s", verdict->word,
			     rd_strerror(rc));
}

/* ---- the caller's name ---- */

static int is_there(void *path)
{
	return access(path, R_OK) ? -errno : 0;
}

static int record(struct dial *dial)
{
	struct rd_record_options options = { .path = dial->privacy.intro,
					     .format = "wav",
					     .stop_keys = "#",
					     .max_ms = NAME_MS,
					     .silence_ms = SILENCE_MS,
					     .beep = true };
	struct rd_record_result result;
	int rc = folders_make(dial->privacy.intro);

	if (!rc)
		rc = rd_answer(dial->caller);
	if (!rc && rd_play(dial->caller, "priv-recordintro", "") == -ECANCELED)
		rc = -ECANCELED;
	if (!rc)
		rc = rd_record(dial->caller, &options, &result);
	if (rc && rc != -ECANCELED) {
		rd_app_warning(dial->caller, "%s.wav: %s", dial->privacy.intro, rd_strerror(rc));
		*dial->privacy.intro = '\0';
	}
	return rc == -ECANCELED ? rc : 0;
}

/* Who has said it once need not again, unless it is not kept. */
static int get_intro(struct dial *dial)
{
	char file[sizeof(dial->privacy.intro) + 8];
	int n = snprintf(dial->privacy.intro, sizeof(dial->privacy.intro),
			 "%s/priv-callerintros/%s%s", rd_directory("spool"), dial->privacy.who,
			 is_intro_kept(dial) ? "" : rd_channel_uniqueid(dial->caller));

	if (n < 0 || (size_t)n >= sizeof(dial->privacy.intro))
		return -ENAMETOOLONG;
	snprintf(file, sizeof(file), "%s.wav", dial->privacy.intro);
	return rd_offload(is_there, file) == 0 ? 0 : record(dial);
}

static int remove_file(void *path)
{
	return unlink(path) ? -errno : 0;
}

void dial_privacy_end(struct dial *dial)
{
	char file[sizeof(dial->privacy.intro) + 8];

	if (!dial->privacy.screens || !*dial->privacy.intro || is_intro_kept(dial))
		return;
	snprintf(file, sizeof(file), "%s.wav", dial->privacy.intro);
	rd_shield_begin(SHIELD_MS);
	rd_offload(remove_file, file);
	rd_shield_end();
}

/* ---- before anybody is called ---- */

int dial_privacy_begin(struct dial *dial)
{
	const struct verdict *verdict;
	bool known = is_shown(rd_channel_party(dial->caller, RD_PARTY_CALLER));

	if (!dial_has(dial, DIAL_SCREEN) && !dial_has(dial, DIAL_PRIVACY))
		return 0;
	if (known && dial_has(dial, DIAL_LET_KNOWN))
		return 0;
	name_caller(dial);
	verdict = kept(dial);
	if (verdict && verdict->status) {
		dial_set_result(dial, verdict->status);
		return DIAL_DECIDED;
	}
	dial->privacy.screens = !verdict;
	return verdict ? 0 : get_intro(dial);
}

/* ---- who has answered ---- */

/* The key; 0: none that means anything. */
static int ask(const struct dial *dial, struct rd_channel *peer)
{
	bool privacy = dial_has(dial, DIAL_PRIVACY);
	const char *keys = privacy ? "12345" : "1234";
	const char *menu = privacy ? "priv-callee-options" : "screen-callee-options";
	int key = rd_play(peer, "priv-callpending", keys);

	if (!key && *dial->privacy.intro)
		key = rd_play(peer, dial->privacy.intro, keys);
	for (int i = 0; i < ASK_TIMES && (key == 0 || key == -ENOENT); i++) {
		key = rd_play(peer, menu, keys);
		if (key == 0 || key == -ENOENT)
			key = rd_read_digit(peer, KEY_MS);
		if (key == -ETIMEDOUT || (key > 0 && !strchr(keys, key)))
			key = 0;
	}
	return key;
}

int dial_privacy_ask(struct dial *dial, struct rd_channel *peer)
{
	const struct verdict *verdict;
	int key;

	if (!dial->privacy.screens)
		return 0;
	if (dial_has(dial, DIAL_MUSIC))
		rd_music_start(dial->caller, dial->options.args[DIAL_ARG_MUSIC]
						     ? dial->options.args[DIAL_ARG_MUSIC]
						     : "");
	key = ask(dial, peer);
	if (dial_has(dial, DIAL_MUSIC))
		rd_music_stop(dial->caller);
	if (rd_channel_gone(dial->caller) || rd_channel_moved(dial->caller))
		return -ECANCELED;
	verdict = by_key(key);
	if (verdict)
		keep(dial, verdict);
	if (verdict && !verdict->status)
		return 0;
	rd_var_set(dial->caller, "DIALSTATUS", verdict ? verdict->status : "NOANSWER");
	return DIAL_DECIDED;
}

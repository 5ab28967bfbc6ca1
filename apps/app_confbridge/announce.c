/* What all in a conference hear, one thing after the other, spoken by a fiber of the
 * conference's own, for whoever has it said may be gone by then. */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/say.h>

#include "apps/app_confbridge/confbridge.h"

struct saying {
	struct rd_list link;
	char *prompts;
	char *file; /* deleted when it was said; NULL: none */
};

struct conf_announcer {
	struct conf_room *room; /* NULL: it has ended */
	struct conf_choice profile; /* of the room, which may end in the midst of a prompt */
	struct rd_list sayings;
};

const size_t conf_sizes_announced[] = { sizeof(struct saying), sizeof(struct conf_announcer), 0 };

/* ---- recorded names ---- */

static int delete_file(void *path)
{
	return unlink(path) ? -errno : 0;
}

static void deleted(int rc, void *path)
{
	if (rc && rc != -ENOENT)
		rd_warning("%s: %s", (char *)path, rd_strerror(rc));
	rd_free(path);
}

/* In the pool; takes the path. */
static void delete_taken(char *path)
{
	int rc = rd_offload_then(delete_file, deleted, path);

	if (rc)
		deleted(rc, path);
}

static char *name_path(const struct conf_user *user)
{
	char path[CONF_PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s.wav", user->name_file);
	return rd_strdup(path);
}

void conf_forget_name(struct conf_user *user)
{
	char *path = *user->name_file ? name_path(user) : NULL;

	user->name_file[0] = '\0';
	if (path)
		delete_taken(path);
}

/* ---- the fiber ---- */

static void saying_free(struct saying *saying)
{
	if (saying->file)
		delete_taken(saying->file);
	rd_free(saying->prompts);
	rd_free(saying);
}

static void announcer_free(struct conf_announcer *announcer)
{
	conf_settings_unref(announcer->profile.settings);
	rd_free(announcer);
}

/* The room is there, or has cut it off. */
static void say(struct conf_announcer *announcer, const struct saying *saying)
{
	if (announcer->room)
		(void)rd_bridge_play(announcer->room->bridge, saying->prompts,
				     announcer->profile.profile->bridge.language);
}

static void note_said(struct conf_room *room)
{
	room->said++;
	rd_cond_broadcast(&room->heard);
}

static int speak(void *arg)
{
	struct conf_announcer *announcer = arg;
	struct rd_list *node;

	while ((node = rd_list_pop(&announcer->sayings))) {
		struct saying *saying = rd_list_entry(node, struct saying, link);

		say(announcer, saying);
		saying_free(saying);
		if (announcer->room)
			note_said(announcer->room);
	}
	if (announcer->room)
		announcer->room->announcer = NULL;
	announcer_free(announcer);
	rd_module_release(RD_MODULE_NAME);
	return 0;
}

static int start(struct conf_room *room)
{
	struct conf_announcer *announcer = rd_zalloc(sizeof(*announcer));
	int rc;

	if (!announcer)
		return -ENOMEM;
	announcer->room = room;
	announcer->profile = room->profile;
	conf_settings_ref(announcer->profile.settings);
	rd_list_init(&announcer->sayings);
	rc = rd_fiber_new_detached("conference", speak, announcer);
	if (rc) {
		announcer_free(announcer);
		return rc;
	}
	rd_module_use(RD_MODULE_NAME); /* speak() lies in it */
	room->announcer = announcer;
	return 0;
}

/* ---- for the others ---- */

static struct saying *saying_new(const char *prompts)
{
	struct saying *saying = rd_zalloc(sizeof(*saying));

	if (!saying)
		return NULL;
	rd_list_init(&saying->link);
	saying->prompts = rd_strdup(prompts);
	if (saying->prompts)
		return saying;
	rd_free(saying);
	return NULL;
}

/* NULL: it is not said. */
static struct saying *announce(struct conf_room *room, const char *prompts)
{
	struct saying *saying = saying_new(prompts);
	int rc = saying ? 0 : -ENOMEM;

	if (!rc && !room->announcer)
		rc = start(room);
	if (!rc) {
		rd_list_push(&room->announcer->sayings, &saying->link);
		room->to_say++;
		return saying;
	}
	rd_warning("conference %s: \"%s\" is not said: %s", room->name, prompts, rd_strerror(rc));
	if (saying)
		saying_free(saying);
	return NULL;
}

void conf_announce(struct conf_room *room, const char *prompts)
{
	if (*prompts)
		(void)announce(room, prompts);
}

int conf_announce_wait(struct conf_room *room)
{
	unsigned last = room->to_say;
	int rc = 0;

	while (!rc && (int)(last - room->said) > 0)
		rc = rd_cond_wait(&room->heard, RD_FOREVER);
	return rc;
}

static struct saying *announce_name(const struct conf_user *user, enum conf_sound what)
{
	struct saying *saying = NULL;
	struct rd_buf prompts;

	if (!*user->name_file)
		return NULL;
	rd_buf_init(&prompts);
	rd_buf_printf(&prompts, "%s&%s", user->name_file, conf_sound(user->room, what));
	if (!prompts.failed)
		saying = announce(user->room, rd_buf_text(&prompts));
	rd_buf_fini(&prompts);
	return saying;
}

void conf_announce_come(const struct conf_user *user)
{
	conf_announce(user->room, conf_sound(user->room, CONF_SOUND_JOIN));
	(void)announce_name(user, CONF_SOUND_HAS_JOINED);
}

void conf_announce_gone(struct conf_user *user)
{
	struct saying *saying;

	conf_announce(user->room, conf_sound(user->room, CONF_SOUND_LEAVE));
	saying = announce_name(user, CONF_SOUND_HAS_LEFT);
	if (!saying)
		return;
	saying->file = name_path(user);
	user->name_file[0] = '\0';
}

/* "There are three others", which each of them may take to be said to himself. */
static void write_count(const struct conf_room *room, struct rd_buf *out)
{
	const struct rd_say *say_words = rd_interface_get(RD_SAY_NAME, RD_SAY_VERSION);

	if (room->count == 2) {
		rd_buf_adds(out, conf_sound(room, CONF_SOUND_ONLY_ONE));
	} else if (say_words) {
		rd_buf_printf(out, "%s&", conf_sound(room, CONF_SOUND_THERE_ARE));
		say_words->write_number(out, room->count - 1);
		rd_buf_printf(out, "&%s", conf_sound(room, CONF_SOUND_OTHER_IN_PARTY));
	}
	rd_interface_put(say_words);
}

void conf_announce_count(struct conf_room *room)
{
	struct rd_buf prompts;

	rd_buf_init(&prompts);
	write_count(room, &prompts);
	if (!prompts.failed)
		conf_announce(room, rd_buf_text(&prompts));
	rd_buf_fini(&prompts);
}

void conf_announce_end(struct conf_room *room)
{
	if (room->announcer)
		room->announcer->room = NULL;
	room->announcer = NULL;
}

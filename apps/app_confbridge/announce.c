/* What all in a conference hear, one thing after the other, spoken by a fiber of the
 * conference's own, for whoever has it said may be gone by then. */

#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "apps/app_confbridge/confbridge.h"

struct saying {
	struct rd_list link;
	char *prompts;
};

struct conf_announcer {
	struct conf_room *room; /* NULL: it has ended */
	struct rd_list sayings;
};

static void saying_free(struct saying *saying)
{
	rd_free(saying->prompts);
	rd_free(saying);
}

/* The room is there, or has cut it off. */
static void say(struct conf_announcer *announcer, const struct saying *saying)
{
	if (announcer->room)
		(void)rd_bridge_play(announcer->room->bridge, saying->prompts,
				     announcer->room->options->language);
}

static int speak(void *arg)
{
	struct conf_announcer *announcer = arg;
	struct rd_list *node;

	while ((node = rd_list_pop(&announcer->sayings))) {
		struct saying *saying = rd_list_entry(node, struct saying, link);

		say(announcer, saying);
		saying_free(saying);
	}
	if (announcer->room)
		announcer->room->announcer = NULL;
	rd_free(announcer);
	return 0;
}

static int start(struct conf_room *room)
{
	struct conf_announcer *announcer = rd_zalloc(sizeof(*announcer));
	int rc;

	if (!announcer)
		return -ENOMEM;
	announcer->room = room;
	rd_list_init(&announcer->sayings);
	rc = rd_fiber_new_detached("conference", speak, announcer);
	if (rc)
		rd_free(announcer);
	else
		room->announcer = announcer;
	return rc;
}

static int announce(struct conf_room *room, const char *prompts)
{
	struct saying *saying = rd_zalloc(sizeof(*saying));
	int rc = saying ? 0 : -ENOMEM;

	if (rc)
		return rc;
	rd_list_init(&saying->link);
	saying->prompts = rd_strdup(prompts);
	rc = saying->prompts ? 0 : -ENOMEM;
	if (!rc && !room->announcer)
		rc = start(room);
	if (rc)
		saying_free(saying);
	else
		rd_list_push(&room->announcer->sayings, &saying->link);
	return rc;
}

void conf_announce(struct conf_room *room, const char *prompts)
{
	int rc = *prompts ? announce(room, prompts) : 0;

	if (rc)
		rd_warning("conference %s: \"%s\" is not said: %s", room->name, prompts,
			   rd_strerror(rc));
}

void conf_announce_end(struct conf_room *room)
{
	if (room->announcer)
		room->announcer->room = NULL;
	room->announcer = NULL;
}

/* What a bridge itself says and hears: prompts to all, and recordings of all. */
#include <stdio.h>

#include <ringdown/log.h>

#include "core/call/bridge.h"
#include "core/call/prompt.h"
#include "core/media/mixer.h"

enum { PATH_SIZE = 1024 };

/* While anybody uses it the bridge mixes, even two. */
static int use_speaker(struct rd_bridge *bridge)
{
	int rc;

	if (bridge->speaker_uses++)
		return 0;
	rc = rd__bridge_make_mixer(bridge);
	if (!rc)
		rc = rd__mixer_speaker(bridge->mixer, &bridge->speaker);
	if (rc)
		bridge->speaker_uses--;
	rd__bridge_relink(bridge);
	return rc;
}

static void leave_speaker(struct rd_bridge *bridge)
{
	if (--bridge->speaker_uses)
		return;
	rd_stream_close(bridge->speaker);
	bridge->speaker = NULL;
	rd__bridge_relink(bridge);
}

/* -- prompts ------------------------------------------------------------------------ */

struct announcement {
	struct rd_bridge *bridge;
	struct rd__player *player;
	int rc;
	bool over;
};

static void ended(void *arg, int rc)
{
	struct announcement *it = arg;

	it->rc = rc;
	it->over = true;
	rd_cond_broadcast(&it->bridge->played);
}

static bool is_over(const struct rd_bridge *bridge)
{
	return !rd__bridge_is_room(bridge) && !bridge->legs[0];
}

/* Whoever comes while another speaks waits for its turn. */
static int wait_for_turn(struct rd_bridge *bridge)
{
	int rc = 0;

	while (!rc && bridge->plays)
		rc = rd_cond_wait(&bridge->played, RD_FOREVER);
	return rc || !is_over(bridge) ? rc : -ECANCELED;
}

static int announce(struct rd_bridge *bridge, const struct rd__prompts *prompts)
{
	struct announcement it = { .bridge = bridge };
	struct rd__play play = { .sounds = prompts->sounds,
				 .count = prompts->count,
				 .ended = ended,
				 .arg = &it };
	int rc = rd__stream_play(bridge->speaker, &play, &it.player);

	while (!rc && !it.over && !is_over(bridge))
		rc = rd_cond_wait(&bridge->played, RD_FOREVER);
	if (it.player && !it.over) {
		rd__player_stop(it.player);
		return rc ? rc : -ECANCELED;
	}
	return rc ? rc : it.rc;
}

static int play(struct rd_bridge *bridge, const char *prompt, const char *language)
{
	struct rd__prompts prompts;
	int rc = rd__prompts_load(&prompts, prompt, language, NULL, NULL);

	if (rc)
		return rc;
	rc = use_speaker(bridge);
	if (!rc) {
		rc = announce(bridge, &prompts);
		leave_speaker(bridge);
	}
	rd__prompts_free(&prompts);
	return rc;
}

int rd_bridge_play(struct rd_bridge *bridge, const char *prompt, const char *language)
{
	int rc;

	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	bridge->users++;
	rc = wait_for_turn(bridge);
	if (!rc) {
		bridge->plays = true;
		rc = play(bridge, prompt, language);
		bridge->plays = false;
		rd_cond_broadcast(&bridge->played);
	}
	bridge->users--;
	rd__bridge_drop(bridge);
	return rc;
}

/* -- recordings ------------------------------------------------------------------------- */

struct rd_bridge_recording {
	struct rd_bridge *bridge; /* NULL: it has ended */
	struct rd_list link;
	struct rd__recorder *recorder;
	char path[PATH_SIZE];
};

static void publish(const struct rd_bridge_recording *recording, const char *state)
{
	struct rd_event event = { .type = RD_EVENT_RECORDING,
				  .bridge = recording->bridge,
				  .name = recording->path,
				  .text = state };

	rd_event_publish(&event);
}

static int start(struct rd_bridge_recording *recording, const struct rd_format *format,
		 bool append)
{
	struct rd__record record = { .path = recording->path,
				     .format = format,
				     .append = append,
				     .patient = true };
	struct rd_bridge *bridge = recording->bridge;
	int rc = use_speaker(bridge);

	if (rc)
		return rc;
	rc = rd__stream_record(bridge->speaker, &record, &recording->recorder);
	if (rc)
		leave_speaker(bridge);
	return rc;
}

int rd_bridge_record(struct rd_bridge *bridge, const char *path, const char *format_name,
		     bool append, struct rd_bridge_recording **rp)
{
	const struct rd_format *format = rd_format_find(format_name);
	struct rd_bridge_recording *recording;
	int n, rc;

	RD_CHECK(bridge, RD__BRIDGE_MAGIC);
	if (!format)
		return -ENOTSUP;
	recording = rd_zalloc(sizeof(*recording));
	if (!recording)
		return -ENOMEM;
	rd_list_init(&recording->link);
	recording->bridge = bridge;
	bridge->users++;
	n = snprintf(recording->path, sizeof(recording->path), "%s.%s", path, format->extension);
	rc = n < 0 || (size_t)n >= sizeof(recording->path) ? -ENAMETOOLONG
							   : start(recording, format, append);
	bridge->users--;
	if (rc) {
		rd_free(recording);
	} else {
		rd_list_push(&bridge->recordings, &recording->link);
		publish(recording, "started");
		*rp = recording;
	}
	rd__bridge_drop(bridge);
	return rc;
}

void rd__bridge_forget_recordings(struct rd_bridge *bridge)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&bridge->recordings)))
		rd_list_entry(node, struct rd_bridge_recording, link)->bridge = NULL;
}

void rd_bridge_record_stop(struct rd_bridge_recording *recording)
{
	struct rd__record_result result;

	rd__recorder_stop(recording->recorder, &result);
	publish(recording, result.rc ? "failed" : "stopped");
	rd_list_remove(&recording->link);
	if (recording->bridge)
		leave_speaker(recording->bridge);
	rd_free(recording);
}

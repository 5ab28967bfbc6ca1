/* A recording from its beginning to the command after it. A fiber of its own
 * sees to its end, which may come when the channel is gone. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/bridge.h>
#include <ringdown/clock.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

#include "apps/app_mixmonitor/session.h"
#include "apps/folders.h"
#include "apps/shell.h"

/* -- the list of a channel ------------------------------------------------------- */

struct monitors {
	struct rd_list all;
};

/* What stays when a new file takes the module's place. */
static struct kept {
	char list_key;
	unsigned last_id;
} own, *kept = &own;

static const size_t sizes[] = { sizeof(own), sizeof(struct monitors), sizeof(struct mixmonitor),
				sizeof(struct mixmonitor_letter), 0 };
static const size_t *const shape[] = { sizes, NULL };

const struct rd_module_state mixmonitor_kept = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&kept
};

/* The channel goes; its sound ends a moment later, and so do the recordings. */
static void channel_goes(void *data)
{
	struct monitors *monitors = data;
	struct rd_list *node;

	while ((node = rd_list_pop(&monitors->all)))
		rd_list_entry(node, struct mixmonitor, in_channel)->ch = NULL;
	rd_free(monitors);
}

static struct monitors *monitors_of(struct rd_channel *ch)
{
	return rd_channel_keep_list(ch, &kept->list_key, sizeof(struct monitors),
				    offsetof(struct monitors, all), channel_goes);
}

struct mixmonitor *mixmonitor_next(const struct rd_channel *ch, const struct mixmonitor *after)
{
	struct monitors *monitors = rd_channel_attached(ch, &kept->list_key);
	struct rd_list *next;

	if (!monitors)
		return NULL;
	next = after ? after->in_channel.next : monitors->all.next;
	return next == &monitors->all ? NULL : rd_list_entry(next, struct mixmonitor, in_channel);
}

struct mixmonitor *mixmonitor_find(const struct rd_channel *ch, const char *id)
{
	struct mixmonitor *it = NULL;

	while ((it = mixmonitor_next(ch, it)))
		if (!id[0] || strcmp(it->id, id) == 0)
			return it;
	return NULL;
}

/* -- birth and death --------------------------------------------------------------- */

static void session_free(struct mixmonitor *it)
{
	rd_list_remove(&it->in_channel);
	rd_cond_fini(&it->changed);
	for (int i = 0; i < MIXMONITOR_FILES; i++)
		rd_free(it->paths[i]);
	rd_free(it->command);
	mixmonitor_letter_fini(&it->letter);
	rd_free(it);
}

static int copy_plan(struct mixmonitor *it, const struct mixmonitor_plan *plan)
{
	it->bridged_only = plan->bridged_only;
	it->beep_at_end = plan->beep_at_end;
	it->delete_after = plan->delete_after;
	it->begins_ms = plan->skip_s ? rd_now_ms() + (uint64_t)plan->skip_s * 1000 : 0;
	it->beep_ms = plan->beep_s * 1000;
	it->beeps_ms = plan->beep_s ? rd_now_ms() + (uint64_t)it->beep_ms : 0;
	it->command = rd_strdup(plan->command);
	if (!it->command)
		return -ENOMEM;
	for (int i = 0; i < MIXMONITOR_FILES; i++) {
		if (!plan->files[i].path)
			continue;
		it->paths[i] = rd_strdup(plan->files[i].path);
		if (!it->paths[i])
			return -ENOMEM;
		if (!it->path)
			it->path = it->paths[i];
	}
	return it->path ? 0 : -EINVAL;
}

static int session_new(struct mixmonitor **mp, struct rd_channel *ch,
		       const struct mixmonitor_plan *plan)
{
	struct mixmonitor *it = rd_zalloc(sizeof(*it));
	int rc;

	if (!it)
		return -ENOMEM;
	rd_list_init(&it->in_channel);
	rd_cond_init(&it->changed);
	it->ch = ch;
	snprintf(it->id, sizeof(it->id), "0x%08x", ++kept->last_id);
	rc = copy_plan(it, plan);
	if (!rc)
		rc = mixmonitor_letter_init(&it->letter, ch, plan);
	if (rc) {
		session_free(it);
		return rc;
	}
	*mp = it;
	return 0;
}

/* -- while it goes on ---------------------------------------------------------------- */

static bool is_held(const struct mixmonitor *it)
{
	return it->paused || it->begins_ms || (it->bridged_only && !rd_channel_bridge(it->ch));
}

static void apply_pause(struct mixmonitor *it)
{
	bool held = is_held(it);

	for (int i = 0; i < MIXMONITOR_FILES; i++)
		if (it->monitors[i])
			rd_monitor_pause(it->monitors[i], held);
}

/* Whoever talks to the channel is to know, too; those in a room are too many. */
static void beep(struct mixmonitor *it)
{
	const struct rd_bridge *bridge = rd_channel_bridge(it->ch);
	struct rd_channel *legs[2] = { it->ch };
	int count = 1;

	if (bridge && rd_bridge_count(bridge) == 2)
		count = rd_bridge_channels(bridge, legs, 2);
	for (int i = 0; i < count; i++)
		rd_channel_ref(legs[i]);
	for (int i = 0; i < count; i++) {
		rd_play_start(legs[i], "beep", false);
		rd_channel_unref(legs[i]);
	}
}

static void do_what_is_due(struct mixmonitor *it)
{
	uint64_t now = rd_now_ms();

	if (!it->ch)
		return;
	if (it->begins_ms && now >= it->begins_ms) {
		it->begins_ms = 0;
		apply_pause(it);
	}
	if (!it->beeps_ms || now < it->beeps_ms)
		return;
	it->beeps_ms = now + (uint64_t)it->beep_ms;
	if (!is_held(it))
		beep(it);
}

static int next_ms(const struct mixmonitor *it)
{
	uint64_t now = rd_now_ms(), due = UINT64_MAX;

	if (!it->ch) /* it has gone, and nothing is due any more */
		return RD_FOREVER;
	if (it->begins_ms)
		due = it->begins_ms;
	if (it->beeps_ms)
		due = RD_MIN(due, it->beeps_ms);
	if (due == UINT64_MAX)
		return RD_FOREVER;
	return due > now ? (int)(due - now) : 0;
}

static void wait_for_the_end(struct mixmonitor *it)
{
	int rc = 0;

	while (!it->stopping && (rc == 0 || rc == -ETIMEDOUT)) {
		rc = rd_cond_wait(&it->changed, next_ms(it));
		if (!it->stopping)
			do_what_is_due(it);
	}
}

/* -- its end ------------------------------------------------------------------------- */

/* How long the first one is. */
static int64_t stop_files(struct mixmonitor *it)
{
	struct rd_record_result result;
	int64_t length_ms = -1;

	for (int i = 0; i < MIXMONITOR_FILES; i++) {
		if (!it->monitors[i])
			continue;
		rd_monitor_stop(it->monitors[i], &result);
		if (length_ms < 0)
			length_ms = result.length_ms;
	}
	return RD_MAX(length_ms, 0);
}

static void run_command(const struct mixmonitor *it)
{
	int rc = it->command[0] ? shell_run(RD_MODULE_NAME, it->command) : 0;

	if (rc < 0)
		rd_warning("mixmonitor %s: \"%s\": %s", it->path, it->command, rd_strerror(rc));
	else if (rc)
		rd_warning("mixmonitor %s: \"%s\": exit status %d", it->path, it->command, rc);
}

static int delete_files(void *arg)
{
	const struct mixmonitor *it = arg;

	for (int i = 0; i < MIXMONITOR_FILES; i++)
		if (it->paths[i])
			unlink(it->paths[i]);
	return 0;
}

static int see_to_the_end(void *arg)
{
	struct mixmonitor *it = arg;
	int64_t length_ms;
	bool has_arrived;

	wait_for_the_end(it);
	length_ms = stop_files(it);
	if (it->beep_at_end && it->ch && !rd_channel_gone(it->ch)) {
		struct rd_channel *ch = rd_channel_ref(it->ch);

		rd_play_start(ch, "beep", false);
		rd_channel_unref(ch);
	}
	has_arrived = mixmonitor_letter_send(&it->letter, it->path, length_ms);
	run_command(it);
	if (it->delete_after && has_arrived)
		rd_offload(delete_files, it);
	else if (it->delete_after)
		rd_warning("mixmonitor %s: kept: not every mailbox has it", it->path);
	session_free(it);
	rd_module_release(RD_MODULE_NAME);
	return 0;
}

static void over(struct rd_monitor *monitor, int rc, void *arg)
{
	(void)monitor;
	(void)rc;
	mixmonitor_stop(arg);
}

void mixmonitor_stop(struct mixmonitor *it)
{
	it->stopping = true;
	rd_list_remove(&it->in_channel);
	rd_cond_broadcast(&it->changed);
}

/* -- its beginning ---------------------------------------------------------------------- */

static int start_file(struct mixmonitor *it, const struct mixmonitor_plan *plan, int i)
{
	struct rd_monitor_options options = {
		.path = it->paths[i],
		.sides = plan->files[i].sides,
		.stereo = plan->stereo && i == 0,
		.append = plan->append,
		.steps_in = plan->steps_in,
		.steps_out = plan->steps_out,
		.over = over,
		.arg = it,
	};
	int rc = folders_make(it->paths[i]);

	if (!rc)
		rc = rd_monitor_start(it->ch, &options, &it->monitors[i]);
	if (rc && rc != -ECANCELED)
		rd_warning("%s: cannot record to %s: %s", rd_channel_name(it->ch), it->paths[i],
			   rc == -ENOTSUP ? "no such format, or not in stereo" : rd_strerror(rc));
	return rc;
}

int mixmonitor_start(struct rd_channel *ch, const struct mixmonitor_plan *plan,
		     struct mixmonitor **mp)
{
	struct monitors *monitors = monitors_of(ch);
	struct mixmonitor *it;
	int rc = monitors ? session_new(&it, ch, plan) : -ENOMEM;

	if (rc)
		return rc;
	rd_list_push(&monitors->all, &it->in_channel);
	for (int i = 0; i < MIXMONITOR_FILES && !rc; i++)
		if (it->paths[i])
			rc = start_file(it, plan, i);
	if (!rc)
		rc = rd_fiber_new_detached("mixmonitor", see_to_the_end, it);
	if (rc) {
		stop_files(it);
		session_free(it);
		return rc;
	}
	rd_module_use(RD_MODULE_NAME); /* see_to_the_end() lies in it */
	apply_pause(it);
	*mp = it;
	return 0;
}

void mixmonitor_pause(struct mixmonitor *it, bool paused)
{
	it->paused = paused;
	apply_pause(it);
}

void mixmonitor_mute(struct mixmonitor *it, unsigned sides)
{
	it->muted = sides;
	for (int i = 0; i < MIXMONITOR_FILES; i++)
		if (it->monitors[i])
			rd_monitor_mute(it->monitors[i], sides);
}

void mixmonitor_bridged(struct mixmonitor *it)
{
	if (it->bridged_only)
		apply_pause(it);
}

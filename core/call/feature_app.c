/* An application that a key runs while two talk: on the leg of who pressed it, or of the
 * other, who does not hear the first meanwhile. Then they talk on. */
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/dialplan.h>
#include <ringdown/log.h>
#include <ringdown/prompt.h>

#include "core/call/bridge.h"
#include "core/call/join.h"

/* What is to be run, copied: a reload may come meanwhile. */
struct job {
	struct rd_buf app, args, music;
};

/* Gosub(context,exten,priority(arguments)) is what the dialplan does by itself. */
static int run_gosub(struct rd_channel *ch, const char *args)
{
	const char *open = strchr(args, '('), *close = open ? strrchr(open, ')') : NULL;
	struct rd_buf target, inner;
	int rc = -ENOMEM;

	rd_buf_init(&target);
	rd_buf_init(&inner);
	rd_buf_add(&target, args, open ? (size_t)(open - args) : strlen(args));
	if (open)
		rd_buf_add(&inner, open + 1, close ? (size_t)(close - open - 1) : strlen(open + 1));
	if (!target.failed && !inner.failed)
		rc = rd_dialplan_gosub(ch, rd_buf_text(&target), rd_buf_text(&inner));
	rd_buf_fini(&target);
	rd_buf_fini(&inner);
	return rc;
}

static int run_job(struct rd_channel *ch, const struct job *job)
{
	const char *app = rd_buf_text(&job->app), *args = rd_buf_text(&job->args);

	return strcasecmp(app, "Gosub") == 0 ? run_gosub(ch, args) : rd_app_run(ch, app, args);
}

static int prepare(struct job *job, struct rd_channel *ch, const struct rd__feature_app *app)
{
	rd_buf_init(&job->app);
	rd_buf_init(&job->args);
	rd_buf_init(&job->music);
	rd_buf_adds(&job->app, app->app);
	if (app->music)
		rd_buf_adds(&job->music, app->music);
	if (job->app.failed || job->music.failed)
		return -ENOMEM;
	return rd_dialplan_expand(ch, app->args, &job->args);
}

static void finish(struct job *job)
{
	rd_buf_fini(&job->app);
	rd_buf_fini(&job->args);
	rd_buf_fini(&job->music);
}

void rd__feature_app(struct rd__run *run, struct rd__side *from, const struct rd__feature_app *app)
{
	struct rd__side *on = app->on_peer ? rd__other_side(run, from) : from;
	struct rd__side *waits = rd__other_side(run, on);
	struct job job;
	int rc = prepare(&job, on->ch, app);

	if (!rc) {
		rd__media_part(on->ch, waits->ch);
		if (job.music.n)
			waits->music = rd_music_start(waits->ch, rd_buf_text(&job.music)) == 0;
		rc = run_job(on->ch, &job);
	}
	if (rc == -ENOENT)
		rd_notice("%s: features.conf: there is no application %s",
			  rd_channel_name(from->ch), rd_buf_text(&job.app));
	else if (rc == -ENOMEM)
		rd_notice("%s: no memory for what its key runs", rd_channel_name(from->ch));
	finish(&job);
	rd__side_music_stop(waits);
	rd__bridge_relink(run->bridge);
}

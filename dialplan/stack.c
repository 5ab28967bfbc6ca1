/* Subroutines: where each goes back to, and what its variables were before. */
#include <stdio.h>

#include <ringdown/app.h>

#include "dialplan/kept.h"
#include "dialplan/run.h"

#define DEPTH_LIMIT 1024

/* What a variable was before the frame set it. */
struct local {
	struct local *next;
	char *name, *before; /* NULL: there was none */
};

struct dp_frame {
	struct dp_frame *outer;
	char *context, *exten;
	int priority; /* to go on at */
	struct local *locals;
};

const size_t dp_sizes_stack[] = { sizeof(struct dp_frame), sizeof(struct local), 0 };

static void frame_free(struct dp_frame *frame)
{
	if (!frame)
		return;
	while (frame->locals) {
		struct local *local = frame->locals;

		frame->locals = local->next;
		rd_free(local->name);
		rd_free(local->before);
		rd_free(local);
	}
	rd_free(frame->context);
	rd_free(frame->exten);
	rd_free(frame);
}

static struct dp_frame *frame_new(const struct rd_channel *ch)
{
	struct dp_frame *frame = rd_zalloc(sizeof(*frame));

	if (!frame)
		return NULL;
	frame->context = rd_strdup(rd_channel_context(ch));
	frame->exten = rd_strdup(rd_channel_exten(ch));
	frame->priority = rd_channel_priority(ch) + 1;
	if (frame->context && frame->exten)
		return frame;
	frame_free(frame);
	return NULL;
}

/* The channel's own value: a global one is not hidden for ever. */
static const char *own_value(const struct rd_channel *ch, const char *name)
{
	const char *value = rd_var_get(ch, name);

	return value && value != rd_var_get(NULL, name) ? value : NULL;
}

static struct local *remember(const struct rd_channel *ch, const char *name)
{
	struct local *local = rd_zalloc(sizeof(*local));
	const char *before = own_value(ch, name);

	if (!local)
		return NULL;
	local->name = rd_strdup(name);
	local->before = rd_strdup(before);
	if (local->name && (local->before || !before))
		return local;
	rd_free(local->name);
	rd_free(local->before);
	rd_free(local);
	return NULL;
}

int dp_stack_set_local(struct dp_run *run, const char *name, const char *value)
{
	struct local *local;

	if (!run->frames)
		return -ENOENT;
	for (local = run->frames->locals; local; local = local->next)
		if (strcmp(local->name, name) == 0)
			break;
	if (!local) {
		local = remember(run->ch, name);
		if (!local)
			return -ENOMEM;
		local->next = run->frames->locals;
		run->frames->locals = local;
	}
	return rd_var_set(run->ch, name, value);
}

/* "one,two" as ARG1, ARG2 and ARGC. */
static int set_args(struct dp_run *run, const char *args)
{
	const char *argv[32];
	char name[16], count[16];
	struct rd_pool *pool;
	int argc, rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	argc = rd_app_args(pool, args, argv, RD_ARRAY_SIZE(argv));
	rc = argc < 0 ? argc : 0;
	for (int i = 0; rc == 0 && i < argc; i++) {
		snprintf(name, sizeof(name), "ARG%d", i + 1);
		rc = dp_stack_set_local(run, name, argv[i]);
	}
	snprintf(count, sizeof(count), "%d", argc);
	if (rc == 0)
		rc = dp_stack_set_local(run, "ARGC", count);
	rd_pool_free(pool);
	return rc;
}

/* To a place that must be there; else the channel stays where it is. */
static int go_to(struct dp_run *run, const char *target, const struct dp_frame *frame)
{
	struct rd_channel *ch = run->ch;
	int rc = rd_dialplan_goto(ch, target);

	if (rc || dp_run_exists(run, rd_channel_exten(ch), rd_channel_priority(ch)))
		return rc;
	rd_channel_set_place(ch, frame->context, frame->exten, frame->priority - 1);
	return -ENOENT;
}

int dp_stack_call(struct dp_run *run, const char *target, const char *args)
{
	struct dp_frame *frame;
	int rc;

	if (run->depth >= DEPTH_LIMIT) {
		rd_app_error(run->ch, "%d subroutines deep, none returned", DEPTH_LIMIT);
		return -ELOOP;
	}
	frame = frame_new(run->ch);
	if (!frame)
		return -ENOMEM;
	rc = go_to(run, target, frame);
	if (rc) {
		frame_free(frame);
		return rc;
	}
	frame->outer = run->frames;
	run->frames = frame;
	run->depth++;
	return set_args(run, args);
}

int dp_stack_pop(struct dp_run *run)
{
	struct dp_frame *frame = run->frames;

	if (!frame)
		return -ENOENT;
	for (struct local *local = frame->locals; local; local = local->next)
		rd_var_set(run->ch, local->name, local->before);
	run->frames = frame->outer;
	run->depth--;
	frame_free(frame);
	return 0;
}

int dp_stack_return(struct dp_run *run, const char *value)
{
	struct dp_frame *frame = run->frames;
	int rc;

	if (!frame)
		return -ENOENT;
	rc = rd_channel_set_place(run->ch, frame->context, frame->exten, frame->priority);
	dp_stack_pop(run);
	return rc ? rc : rd_var_set(run->ch, "GOSUB_RETVAL", value);
}

void dp_stack_free(struct dp_run *run)
{
	while (run->frames) {
		struct dp_frame *frame = run->frames;

		run->frames = frame->outer;
		frame_free(frame);
	}
	run->depth = 0;
}

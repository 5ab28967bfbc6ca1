/* Monitors: a recorder beside a call, and the events that tell of it. */
#include <ringdown/format.h>
#include <ringdown/log.h>
#include <ringdown/monitor.h>

#include "core/call/call.h"
#include "core/media/media.h"

struct rd_monitor {
	struct rd_channel *ch; /* NULL: its sound has ended; not counted */
	struct rd__recorder *recorder;
	char *path, *channel_name;
	bool paused;
	void (*over)(struct rd_monitor *monitor, int rc, void *arg);
	void *arg;
};

static void monitor_free(struct rd_monitor *monitor)
{
	rd_free(monitor->path);
	rd_free(monitor->channel_name);
	rd_free(monitor);
}

static void publish(const struct rd_monitor *monitor, const char *state)
{
	struct rd_event event = { .type = RD_EVENT_RECORDING, .channel = monitor->ch,
				  .name = monitor->path, .text = state };

	rd_event_publish(&event);
}

static void notify(void *arg, int what, int rc)
{
	struct rd_monitor *monitor = arg;
	void (*over)(struct rd_monitor *, int, void *) = monitor->over;

	if (what == RD__RECORD_DETACHED)
		monitor->ch = NULL;
	else if (what != RD__RECORD_FAILED)
		return;
	if (what == RD__RECORD_FAILED)
		publish(monitor, "failed");
	monitor->over = NULL;
	if (over)
		over(monitor, rc, monitor->arg);
}

/* Several may have the extension; not all of them write. */
static const struct rd_format *format_of(const char *path, bool stereo)
{
	const char *dot = strrchr(path, '.'), *module;
	const struct rd_format *format;
	size_t pos = 0;

	if (!dot || strchr(dot, '/'))
		return NULL;
	while (rd__format_next(&pos, &format, &module))
		if (strcmp(format->extension, dot + 1) == 0 &&
		    (stereo ? format->open_write_stereo : format->open_write))
			return format;
	return rd_format_find(dot + 1);
}

static int monitor_new(struct rd_monitor **mp, struct rd_channel *ch,
		       const struct rd_monitor_options *options)
{
	struct rd_monitor *monitor = rd_zalloc(sizeof(*monitor));

	if (!monitor)
		return -ENOMEM;
	monitor->ch = ch;
	monitor->over = options->over;
	monitor->arg = options->arg;
	monitor->path = rd_strdup(options->path);
	monitor->channel_name = rd_strdup(rd_channel_name(ch));
	if (!monitor->path || !monitor->channel_name) {
		monitor_free(monitor);
		return -ENOMEM;
	}
	*mp = monitor;
	return 0;
}

int rd_monitor_start(struct rd_channel *ch, const struct rd_monitor_options *options,
		     struct rd_monitor **mp)
{
	struct rd_stream *stream = rd_channel_stream(ch, RD_MEDIA_AUDIO);
	struct rd__record record = {
		.path = options->path,
		.format = format_of(options->path, options->stereo),
		.sides = options->sides,
		.stereo = options->stereo,
		.append = options->append,
		.steps_in = options->steps_in,
		.steps_out = options->steps_out,
		.notify = notify,
	};
	struct rd_monitor *monitor;
	int rc;

	if (rd_channel_gone(ch))
		return -ECANCELED;
	if (!stream)
		return -ENODATA;
	if (!record.format)
		return -ENOTSUP;
	rc = monitor_new(&monitor, ch, options);
	if (rc)
		return rc;
	record.arg = monitor;
	rc = rd__stream_record(stream, &record, &monitor->recorder);
	if (rc) {
		monitor_free(monitor);
		return rc;
	}
	publish(monitor, "started");
	*mp = monitor;
	return 0;
}

void rd_monitor_pause(struct rd_monitor *monitor, bool paused)
{
	if (monitor->paused == paused)
		return;
	monitor->paused = paused;
	rd__recorder_pause(monitor->recorder, paused);
	publish(monitor, paused ? "paused" : "resumed");
}

void rd_monitor_mute(struct rd_monitor *monitor, unsigned sides)
{
	rd__recorder_mute(monitor->recorder, sides);
}

int rd_monitor_stop(struct rd_monitor *monitor, struct rd_record_result *result)
{
	struct rd__record_result done;

	monitor->over = NULL;
	rd__recorder_stop(monitor->recorder, &done);
	if (done.rc)
		rd_warning("%s: %s: %s", monitor->channel_name, monitor->path,
			   rd_strerror(done.rc));
	publish(monitor, done.rc ? "failed" : "stopped");
	if (result) {
		memset(result, 0, sizeof(*result));
		result->length_ms = done.length_ms;
		result->bytes = done.bytes;
	}
	monitor_free(monitor);
	return done.rc;
}

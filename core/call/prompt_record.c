/* Record a caller: to a file, until a key, silence, a limit or the end. */
#include <stdio.h>
#include <unistd.h>

#include <ringdown/log.h>

#include "core/call/prompt.h"

enum { PATH_SIZE = 1024 };

/* What the fiber that records waits for. */
struct session {
	struct rd_channel *ch;
	struct rd_record_result *result;
	int rc;
	bool over;
};

static void notify(void *arg, int what, int rc)
{
	struct session *session = arg;
	struct rd_signal signal = { .type = RD_SIGNAL_MEDIA, .number = what, .source = session };

	session->over = true;
	session->result->by_limit |= what == RD__RECORD_LIMIT;
	session->result->by_silence |= what == RD__RECORD_SILENCE;
	if (what == RD__RECORD_FAILED)
		session->rc = rc;
	rd_channel_signal(session->ch, &signal);
}

static int wait_for_end(struct session *session, const char *stop_keys)
{
	unsigned kinds = RD_SIGNAL_BIT(RD_SIGNAL_MEDIA);
	struct rd_signal signal;
	int rc = 0;

	if (stop_keys && stop_keys[0])
		kinds |= RD_SIGNAL_BIT(RD_SIGNAL_DIGIT);
	while (!session->over && !rc) {
		rc = rd_channel_wait_for(session->ch, kinds, RD_FOREVER, &signal);
		if (!rc && signal.type == RD_SIGNAL_DIGIT && strchr(stop_keys, signal.number)) {
			session->result->key = signal.number;
			break;
		}
	}
	return rc ? rc : session->rc;
}

static void publish(struct rd_channel *ch, const char *path, const char *state)
{
	struct rd_event event = { .type = RD_EVENT_RECORDING, .channel = ch,
				  .name = path, .text = state };

	rd_event_publish(&event);
}

static int record(struct rd_channel *ch, const struct rd_record_options *options,
		  const struct rd_format *format, const char *path,
		  struct rd_record_result *result)
{
	struct session session = { .ch = ch, .result = result };
	struct rd__record request = {
		.path = path,
		.format = format,
		.append = options->append,
		.gain_db = options->gain_db,
		.max_ms = options->max_ms,
		.silence_ms = options->silence_ms,
		.notify = notify,
		.arg = &session,
	};
	struct rd_stream *stream = rd_channel_stream(ch, RD_MEDIA_AUDIO);
	struct rd__record_result done;
	struct rd__recorder *recorder;
	int rc = stream ? rd__stream_record(stream, &request, &recorder) : -ENODATA;

	if (rc)
		return rc;
	publish(ch, path, "started");
	rc = wait_for_end(&session, options->stop_keys);
	rd__recorder_stop(recorder, &done);
	publish(ch, path, done.rc ? "failed" : "stopped");
	result->length_ms = done.length_ms;
	result->bytes = done.bytes;
	if (rc == -ECANCELED)
		return rc;
	return rc ? rc : done.rc;
}

/* In the pool. */
static int remove_file(void *arg)
{
	return unlink(arg) ? -errno : 0;
}

int rd_record(struct rd_channel *ch, const struct rd_record_options *options,
	      struct rd_record_result *result)
{
	const struct rd_format *format = rd_format_find(options->format);
	char path[PATH_SIZE];
	int n, rc;

	memset(result, 0, sizeof(*result));
	if (!format)
		return -ENOTSUP;
	n = snprintf(path, sizeof(path), "%s.%s", options->path, format->extension);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	rc = options->beep ? rd_play(ch, "beep", "") : 0;
	if (rc == -ECANCELED)
		return rc;
	/* Its module may have gone meanwhile, or have given way to a new one. */
	format = rd_format_find(options->format);
	if (!format)
		return -ENOTSUP;
	rc = record(ch, options, format, path, result);
	if (rc == -ECANCELED && !options->keep_on_hangup && !options->append) {
		rd_shield_begin(1000);
		rd_offload(remove_file, path);
		rd_shield_end();
	}
	return rc;
}

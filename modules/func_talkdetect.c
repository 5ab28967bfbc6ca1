/* TALK_DETECT(): tells the bus when the user of a channel begins to talk, and
 * when he stops. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <ringdown/channel.h>
#include <ringdown/detect.h>
#include <ringdown/module.h>

enum { SILENCE_MS = 2500, VOICE_MS = 60 };

struct watch {
	struct rd_channel *ch;
	struct rd_detector *detector; /* NULL: not now */
};

/* What stays when a new file takes the module's place. */
static struct kept {
	char key; /* of what is kept with a channel */
} own, *kept = &own;

static const size_t sizes[] = { sizeof(own), sizeof(struct watch), 0 };
static const size_t *const shape[] = { sizes, NULL };
static const struct rd_module_state state = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&kept
};

static void watch_free(void *data)
{
	struct watch *watch = data;

	if (watch->detector)
		rd_detector_free(watch->detector);
	rd_free(watch);
}

static void told(enum rd_detected what, int ms, void *arg)
{
	const struct watch *watch = arg;
	char text[16] = "";
	struct rd_event event = { .type = RD_EVENT_CHANNEL_TALK, .channel = watch->ch,
				  .number = what == RD_DETECTED_VOICE, .text = text };

	if (what == RD_DETECTED_SILENCE)
		snprintf(text, sizeof(text), "%d", ms);
	rd_event_publish(&event);
}

static struct watch *watch_of(struct rd_channel *ch)
{
	struct watch *watch = rd_channel_keep(ch, &kept->key, sizeof(*watch), watch_free);

	if (watch)
		watch->ch = ch;
	return watch;
}

static void stop(struct watch *watch)
{
	if (watch->detector)
		rd_detector_free(watch->detector);
	watch->detector = NULL;
}

/* "silence[,threshold]" */
static int start(struct watch *watch, const char *value)
{
	struct rd_detect_options options = { .kinds = RD_DETECT_VOICE, .voice_ms = VOICE_MS,
					     .silence_ms = SILENCE_MS, .told = told,
					     .arg = watch };
	const char *comma = strchr(value, ',');

	if (atoi(value) > 0)
		options.silence_ms = atoi(value);
	if (comma && atoi(comma + 1) > 0)
		options.threshold = atoi(comma + 1);
	stop(watch);
	return rd_detector_new(&watch->detector, watch->ch, &options);
}

static bool is_set(const char *word)
{
	return strcasecmp(word, "set") == 0;
}

static bool is_remove(const char *word)
{
	return strcasecmp(word, "remove") == 0;
}

static int write(struct rd_channel *ch, const char *args, const char *value)
{
	struct watch *watch;

	if (!ch)
		return -EINVAL;
	watch = watch_of(ch);
	if (!watch)
		return -ENOMEM;
	if (is_set(args))
		return start(watch, value);
	if (!is_remove(args))
		return -EINVAL;
	stop(watch);
	return 0;
}

static const char *check(const char *args, char *buf, size_t size)
{
	if (is_set(args) || is_remove(args))
		return NULL;
	snprintf(buf, size, "it is set or remove, not \"%s\"", args);
	return buf;
}

static const struct rd_function functions[] = {
	{ .name = "TALK_DETECT",
	  .write = write,
	  .check = check,
	  .synopsis = "Tell when the user of the channel talks",
	  .syntax = "TALK_DETECT(set|remove)",
	  .description = "Set(TALK_DETECT(set)=2500,256): the event ChannelTalk is published when "
			 "he begins, and when he was silent for so many milliseconds; the second "
			 "number is the mean amplitude of a voice." },
	{ 0 }
};

RD_MODULE(.name = "func_talkdetect", .synopsis = "Who talks", .functions = functions,
	  .state = &state);

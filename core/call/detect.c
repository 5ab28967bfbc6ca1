/* Detectors of a channel's voice, and the fax that has rung a person. */
#include <ringdown/dialplan.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/call/call.h"
#include "core/media/detect.h"

int rd_detector_new(struct rd_detector **dp, struct rd_channel *ch,
		    const struct rd_detect_options *options)
{
	struct rd_stream *stream = rd_channel_stream(ch, RD_MEDIA_AUDIO);

	if (!stream || rd_channel_gone(ch))
		return -ENODATA;
	return rd__stream_detect(stream, options, dp);
}

void rd_detector_free(struct rd_detector *detector)
{
	rd__detector_free(detector);
}

bool rd_detector_hears_voice(const struct rd_detector *detector)
{
	return rd__detector_hears_voice(detector);
}

/* -- fax ----------------------------------------------------------------------------- */

struct fax_watch {
	struct rd_channel *ch;
	struct rd_detector *detector;
	struct rd_timer timer; /* ends it */
};

static const char fax_key;

static void fax_free(void *data)
{
	struct fax_watch *watch = data;

	rd_timer_stop(&watch->timer);
	rd_detector_free(watch->detector);
	rd_free(watch);
}

static void fax_over(void *arg)
{
	struct fax_watch *watch = arg;

	rd_channel_attach(watch->ch, &fax_key, NULL, NULL);
}

static void fax_told(enum rd_detected what, int ms, void *arg)
{
	struct fax_watch *watch = arg;
	struct rd_channel *ch = watch->ch;
	int rc;

	(void)ms;
	if (what != RD_DETECTED_FAX || rd_channel_gone(ch) || strcmp(ch->exten, "fax") == 0)
		return;
	if (!rd_dialplan_exists(ch->context, "fax", 1, NULL)) {
		rd_notice("%s: a fax machine calls, and context \"%s\" has no extension \"fax\"",
			  rd_channel_name(ch), ch->context);
		return;
	}
	rd_notice("%s: a fax machine calls, it goes to \"fax\"", rd_channel_name(ch));
	rd_var_set(ch, "FAXEXTEN", ch->exten);
	rc = rd_channel_redirect(ch, ch->context, "fax", 1);
	if (rc)
		rd_error("%s: it cannot go to \"fax\": %s", rd_channel_name(ch), rd_strerror(rc));
}

int rd_channel_detect_fax(struct rd_channel *ch, int for_ms)
{
	struct rd_detect_options options = { .kinds = RD_DETECT_FAX, .told = fax_told };
	struct fax_watch *watch;
	int rc;

	if (rd_channel_attached(ch, &fax_key))
		return 0;
	watch = rd_zalloc(sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	watch->ch = ch;
	rd_timer_init(&watch->timer, fax_over, watch);
	options.arg = watch;
	rc = rd_detector_new(&watch->detector, ch, &options);
	if (rc) {
		rd_free(watch);
		return rc;
	}
	rc = rd_channel_attach(ch, &fax_key, watch, fax_free);
	if (rc)
		fax_free(watch);
	else if (for_ms)
		rd_timer_start(&watch->timer, for_ms);
	return rc;
}

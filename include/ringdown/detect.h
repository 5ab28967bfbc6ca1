/* Ringdown SDK: what can be told from the sound of a leg, where somebody asks:
 * whether its user speaks, whether a fax machine calls, and which tones there are. */
#ifndef RINGDOWN_DETECT_H
#define RINGDOWN_DETECT_H

#include <ringdown/base.h>

struct rd_channel;
struct rd_detector;

enum rd_detect_kinds {
	RD_DETECT_VOICE = 1,
	RD_DETECT_FAX = 2, /* the calling tone of T.30, 1100 Hz */
	RD_DETECT_TONE = 4, /* one of .hz, for .tone_ms */
	RD_DETECT_PROGRESS = 8, /* what networks say by tones, as indications.conf has them */
};

enum rd_detected {
	RD_DETECTED_VOICE,   /* a voice begins; ms: so long it was silent */
	RD_DETECTED_SILENCE, /* it has stopped; ms: so long it spoke */
	RD_DETECTED_FAX,
	RD_DETECTED_TONE,
	RD_DETECTED_BUSY, /* these need a cycle or two to be known */
	RD_DETECTED_RINGING,
	RD_DETECTED_CONGESTION,
	RD_DETECTED_DIAL_TONE,
	RD_DETECTED_ANNOUNCEMENT, /* the three tones before one that a call has failed */
};

#define RD_DETECT_THRESHOLD 256

struct rd_detect_options {
	unsigned kinds; /* enum rd_detect_kinds or'ed */
	int threshold;	/* mean amplitude of a voice; 0: RD_DETECT_THRESHOLD */
	/* A voice, or silence, counts when it lasts so long; 0: 20 ms. */
	int voice_ms, silence_ms;
	int hz, tone_ms;	 /* of a tone */
	const char *zone;	 /* whose tones; NULL: the default country's; not kept */
	bool heard;		 /* of what the leg hears, not of what it says */
	/* On the loop; must not yield; may free the detector. NULL: nobody. */
	void (*told)(enum rd_detected what, int ms, void *arg);
	void *arg;
	void *reserved[2];
};

RD_API_BEGIN

/* 0, -ENODATA (the leg has no sound) or -ENOMEM. */
int rd_detector_new(struct rd_detector **dp, struct rd_channel *ch,
		    const struct rd_detect_options *options);
/* Also when the leg is gone. */
void rd_detector_free(struct rd_detector *detector);
/* Does it hear a voice just now? */
bool rd_detector_hears_voice(const struct rd_detector *detector);

/**
 * For so long (0: as long as the leg lives) a fax tone sends the leg to the
 * extension "fax" of its context, where there is one; FAXEXTEN becomes where it was.
 * 0, -ENODATA or -ENOMEM.
 */
int rd_channel_detect_fax(struct rd_channel *ch, int for_ms);

RD_API_END

#endif

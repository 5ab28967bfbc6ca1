/* A tone in a recording: when it begins, how long it lasts, where it is broken. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/doctor/doctor.h"

enum {
	HEADER = 44, /* of a plain wav file */
	RATE = 8000,
	FRAME = 160,
	MILLIWATT_HZ = 1004,
};

static const double QUIETEST = 100; /* of 32,768: below it nothing is a tone */

/* Goertzel: how much of the frame's energy is at that frequency, 0 to 1. */
static double purity(const int16_t frame[FRAME], double *energy)
{
	double turn = 2 * cos(2 * M_PI * MILLIWATT_HZ / RATE), before = 0, last = 0, now, power;

	*energy = 0;
	for (int i = 0; i < FRAME; i++) {
		now = frame[i] + turn * last - before;
		before = last;
		last = now;
		*energy += (double)frame[i] * frame[i];
	}
	power = last * last + before * before - turn * last * before;
	return *energy > 0 ? power / (*energy * FRAME / 2) : 0;
}

static bool is_tone(const int16_t frame[FRAME], double *energy)
{
	return purity(frame, energy) > 0.8 && *energy > QUIETEST * QUIETEST * FRAME;
}

int rd__tone_measure(const char *path, struct rd__tone_heard *heard)
{
	FILE *file = fopen(path, "re");
	long at = 0, first = -1, last = -1, longest = 0, frames = 0;
	int16_t frame[FRAME];
	double energy, sum = 0;
	char header[HEADER];

	*heard = (struct rd__tone_heard){ 0 };
	if (!file)
		return -errno;
	if (fread(header, 1, HEADER, file) != HEADER || memcmp(header, "RIFF", 4) != 0) {
		fclose(file);
		return -EILSEQ;
	}
	for (; fread(frame, sizeof(*frame), FRAME, file) == FRAME; at++) {
		if (!is_tone(frame, &energy))
			continue;
		if (first < 0)
			first = at;
		else
			longest = RD_MAX(longest, at - last - 1);
		last = at;
		sum += energy;
		frames++;
	}
	fclose(file);
	if (!frames)
		return 0;
	heard->seconds = (double)(last - first + 1) * FRAME / RATE;
	heard->longest_gap = (double)longest * FRAME / RATE;
	heard->level = 10 * log10(sum / (double)(frames * FRAME) / (32768.0 * 32768.0 / 2));
	return 0;
}

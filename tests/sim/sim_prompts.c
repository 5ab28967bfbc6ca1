/* Prompts of tests: see sim_prompts.h. */
#include "tests/sim/sim_prompts.h"

#include <stdio.h>

#include "core/config/config.h"
#include "tests/unit/conf_dir.h"

enum { BYTES = 2 * 8 * 100, HEADER = 44, STEP_MS = 10 };

void sim_prompt_write(const char *path, int16_t sample)
{
	char wav[HEADER + BYTES] = "RIFF....WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0"
				   "\x10\0data";
	uint32_t bytes = BYTES, all = BYTES + HEADER - 8;

	memcpy(wav + 4, &all, 4);
	memcpy(wav + 40, &bytes, 4);
	for (size_t i = HEADER; i < sizeof(wav); i += 2)
		memcpy(wav + i, &sample, 2);
	conf_dir_write_bytes(path, wav, sizeof(wav));
}

void sim_prompts(const struct sim_prompt *prompts)
{
	struct rd_config_report *report;
	char text[512];

	for (; prompts->name; prompts++) {
		snprintf(text, sizeof(text), "sounds/en/%s.wav", prompts->name);
		sim_prompt_write(text, prompts->sample);
	}
	snprintf(text, sizeof(text), "[directories]\nsounds = %s/sounds\n", conf_dir_path());
	conf_dir_write("ringdown.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__directories_load(conf_dir_path(), conf_dir_path(), report), 0);
	rd_config_report_free(report);
}

/* '\0': nothing of them. */
static char mark_of(const struct sim_prompt *prompts, int16_t sample)
{
	while (prompts->name && prompts->sample != sample)
		prompts++;
	return prompts->mark;
}

const char *sim_marks_heard(const struct sim_prompt *prompts, const struct sim_phone *phone, int ms)
{
	static char heard[128];
	size_t n = 0;
	char last = 0;

	for (int at = 0; at < ms; at += STEP_MS) {
		char mark;

		sim_pass(STEP_MS);
		mark = phone->ch ? mark_of(prompts, phone->hears) : '\0';
		if (mark && mark != last && n < sizeof(heard) - 1)
			heard[n++] = mark;
		last = mark;
	}
	heard[n] = '\0';
	return heard;
}

/* Prompts of tests: see sim_prompts.h. */
#include "tests/sim/sim_prompts.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/call/call.h"
#include "core/config/config.h"
#include "tests/unit/conf_dir.h"

enum { HEADER = 44, STEP_MS = 10, SAMPLES_A_MS = 8 };

void sim_prompt_write(const char *path, int16_t sample, int ms)
{
	static const char header[HEADER] = "RIFF....WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0"
					   "\x80\x3e\0\0\2\0\x10\0data";
	uint32_t bytes = (uint32_t)ms * SAMPLES_A_MS * 2, all = bytes + HEADER - 8;
	char *wav = malloc(HEADER + bytes);

	assert_non_null(wav);
	memcpy(wav, header, HEADER);
	memcpy(wav + 4, &all, 4);
	memcpy(wav + 40, &bytes, 4);
	for (size_t i = HEADER; i < HEADER + bytes; i += 2)
		memcpy(wav + i, &sample, 2);
	conf_dir_write_bytes(path, wav, HEADER + bytes);
	free(wav);
}

void sim_directories(void)
{
	struct rd_config_report *report;
	char text[512];

	snprintf(text, sizeof(text), "[directories]\nsounds = %s/sounds\nspool = %s/spool\n",
		 conf_dir_path(), conf_dir_path());
	conf_dir_write("ringdown.conf", text);
	assert_int_equal(rd_config_report_new(&report), 0);
	assert_int_equal(rd__directories_load(conf_dir_path(), conf_dir_path(), report), 0);
	rd_config_report_free(report);
}

void sim_default_music(void)
{
	char text[512];

	snprintf(text, sizeof(text), "[default]\nmode = files\ndirectory = %s/sounds/moh\n",
		 conf_dir_path());
	assert_int_equal(conf_dir_apply(&rd__music_config, text), 0);
}

void sim_other_music(int16_t sample)
{
	char text[512];

	sim_prompt_write("sounds/other/other.wav", sample, 2000);
	snprintf(text, sizeof(text),
		 "[default]\nmode = files\ndirectory = %s/sounds/moh\n"
		 "[other]\nmode = files\ndirectory = %s/sounds/other\n",
		 conf_dir_path(), conf_dir_path());
	assert_int_equal(conf_dir_apply(&rd__music_config, text), 0);
}

void sim_prompts(const struct sim_prompt *prompts)
{
	char path[128];

	for (; prompts->name; prompts++) {
		snprintf(path, sizeof(path), "sounds/en/%s.wav", prompts->name);
		sim_prompt_write(path, prompts->sample, SIM_PROMPT_MS);
	}
	sim_directories();
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

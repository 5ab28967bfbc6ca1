/* Prompts that are told apart by what they sound like: each is SIM_PROMPT_MS of one sample. */
#ifndef TESTS_SIM_SIM_PROMPTS_H
#define TESTS_SIM_SIM_PROMPTS_H

#include "tests/sim/sim.h"

struct sim_prompt {
	const char *name; /* "digits/1"; of language en */
	int16_t sample;
	char mark; /* what stands for it, see below */
};

enum { SIM_PROMPT_MS = 100 };

/* One file below the folder of the test: "sounds/en/beep.wav". */
void sim_prompt_write(const char *path, int16_t sample, int ms);
/* The folders sounds and spool of the folder of the test are the house's. */
void sim_directories(void);
/* What lies in sounds/moh is the default music. */
void sim_default_music(void);
/* And in sounds/other that of the class "other": this sample. */
void sim_other_music(int16_t sample);
/* All of a table, whose last has no name, where the house finds them from now on. */
void sim_prompts(const struct sim_prompt *prompts);
/* What the phone hears of them while so much time passes: their marks, each once for so
 * long as it lasts. */
const char *sim_marks_heard(const struct sim_prompt *prompts, const struct sim_phone *phone,
			    int ms);

#endif

/* The house of the tests of attended transfers by keys: four phones, the prompts that are heard,
 * and steps that most of them begin with. */
#ifndef TESTS_SIM_CONSULT_RIG_H
#define TESTS_SIM_CONSULT_RIG_H

#include "tests/sim/sim_dialplan.h"

extern struct sim_phone phones[4];
extern struct sim_phone *const alice, *const bob, *const carol, *const dave;
extern char transfers[256]; /* what RD_EVENT_TRANSFER and its end told */

#define PLAN                                                                                       \
	"[sim]\n"                                                                                  \
	"exten => bob,1,Dial(Sim/bob,,tTg)\n same => n,Note(next-${DIALSTATUS})\n"                 \
	"exten => 3,1,Dial(Sim/carol)\n"                                                           \
	"exten => 4,1,Dial(Sim/dave)\n"                                                            \
	"exten => h,1,Note(h)\n"

#define FEATURES                                                                                   \
	"[general]\ntransferinvalidsound = no-more\n"                                              \
	"[featuremap]\natxfer => *2\nblindxfer => #1\n"

/* cmocka fixtures. */
int consult_begin(void **state);
int consult_finish(void **state);
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, consult_begin, consult_finish)

/* features.conf from now on. */
void features(const char *conf);
void press(struct sim_phone *phone, const char *keys);
/* The marks of the prompts: t, b, e, i, n, and m for music. */
const char *hears(const struct sim_phone *phone, int ms);
/* They hear each other. */
void talk(const struct sim_phone *a, const struct sim_phone *b);
void alice_calls_bob(void);
/* One of the two asks carol, who answers; the other hears music. */
void asks_carol(struct sim_phone *who, struct sim_phone *other);
/* The same, but she does not answer. */
void rings_at_carol(struct sim_phone *who);

#endif

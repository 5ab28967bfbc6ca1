/* The simulated house with the real interpreter: extensions.conf is given as
 * text, and what a call did is read from what it noted on its way. */
#ifndef TESTS_SIM_SIM_DIALPLAN_H
#define TESTS_SIM_SIM_DIALPLAN_H

#include "tests/sim/sim.h"

/* cmocka fixtures: a fresh house with one phone "alice", the applications of
 * control flow, and Note(text), Key(digit) and Fail(). */
int sim_dialplan_begin(void **state);
int sim_dialplan_end(void **state);
#define SIM_DIALPLAN_TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, sim_dialplan_begin, sim_dialplan_end)

extern struct sim_phone sim_alice;

/* Put a plan in force; "[sim]" is where alice dials. Fails on an error. */
void sim_plan(const char *extensions);
/* The same, but expects errors: their text, valid until the next call. */
const char *sim_plan_errors(const char *extensions);

const struct rd_cli_command *sim_dialplan_commands(void);

/* Alice dials; everything happens; what was noted, "a b c". */
const char *sim_dial(const char *exten);
/* Within a call of alice: "name=value" lines are set, text is expanded. Valid
 * until the next one. */
const char *sim_expand(const char *variables, const char *text);
/* What was noted so far. */
const char *sim_notes(void);

#endif

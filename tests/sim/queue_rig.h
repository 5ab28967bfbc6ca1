/* A simulated call centre: the real dialplan, phones with sound, prompts that are told
 * apart by what they sound like, and queue_log as text. */
#ifndef TESTS_SIM_QUEUE_RIG_H
#define TESTS_SIM_QUEUE_RIG_H

#include "tests/sim/sim_dialplan.h"

extern struct sim_phone *const alice, *const bob, *const carol, *const dave, *const erin;
extern const struct rd_module *queue_module;

int queue_rig_begin(void **state);
int queue_rig_end(void **state);
#define QUEUE_TEST(fn) cmocka_unit_test_setup_teardown(fn, queue_rig_begin, queue_rig_end)

/* queues.conf, from now on. */
void queues(const char *conf);
/* As after a restart: what was in memory is gone. */
void queues_restart(const char *conf);
/* The phone dials an extension that is these steps, one a line; after that Note(QUEUESTATUS). Its
 * leg, kept until the end of the test. The hint of seat@sim is bob. */
struct rd_channel *dials(struct sim_phone *phone, const char *steps);
/* The answer of an expression, within a call of erin that ends. */
const char *asks(const char *expression);
const char *variable_of(const struct rd_channel *ch, const char *name); /* "(none)" */

/* What queue_log got since the last call: "verb agent data, ...", without times that begin
 * a line; unique identifiers are "*". */
const char *log_lines(void);

/* Prompts, each a letter; what the phone hears of them while so much time passes. */
const char *hears(const struct sim_phone *phone, int ms);

#endif

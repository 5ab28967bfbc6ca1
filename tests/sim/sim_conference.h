/* The simulated house with conferences: silent phones, prompts that are told apart, and for
 * each phone what it has heard of them. */
#ifndef TESTS_SIM_SIM_CONFERENCE_H
#define TESTS_SIM_SIM_CONFERENCE_H

#include "tests/sim/sim.h"

enum { SIM_GUESTS = 4 };

extern struct sim_phone sim_guests[SIM_GUESTS]; /* alice, bob, carol, dave */
extern const struct rd_module *sim_confbridge;

/* cmocka fixtures. */
int sim_conference_begin(void **state);
int sim_conference_end(void **state);
#define SIM_CONFERENCE_TEST(fn)                                                                    \
	cmocka_unit_test_setup_teardown(fn, sim_conference_begin, sim_conference_end)

/* Put a confbridge.conf in force; what is wrong with one, a line each. */
void sim_conference_conf(const char *text);
const char *sim_conference_errors(const char *text);

/* Dial ConfBridge(args), with CONFBRIDGE() set before: "user,pin=1234\nmenu,1=no_op\n"; "" for
 * nothing. */
void sim_confer(struct sim_phone *phone, const char *sets, const char *args);
/* From now on those who enter have pictures. */
void sim_conference_pictures(void);
/* Let it pass, and note what is heard. The prompts, "conf-getpin conf-locked", since the
 * last time that it was asked; what is no prompt of ours is "<sample>". */
void sim_listen(int ms);
const char *sim_heard_by(const struct sim_phone *phone);
/* Both, for one phone. */
const char *sim_hears(struct sim_phone *phone, int ms);
/* It presses these one after the other. */
void sim_type(struct sim_phone *phone, const char *keys);
/* Both: so long afterwards. */
const char *sim_type_hears(struct sim_phone *phone, const char *keys, int ms);
/* CONFBRIDGE_RESULT, once it has left; "". */
const char *sim_result(const struct sim_phone *phone);
/* ${NAME(args)} */
const char *sim_function(const char *name, const char *args);

#endif

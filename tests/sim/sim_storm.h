/* Many simulated phones that do whatever comes to their minds: dial, hold, press keys,
 * transfer, redirect, hang up. A seed plays the same storm again. */
#ifndef TESTS_SIM_SIM_STORM_H
#define TESTS_SIM_SIM_STORM_H

#include "tests/sim/sim.h"

enum { STORM_PHONES = 12 };

/* A number below `sides`. */
unsigned storm_dice(unsigned sides);
void storm_seed(uint64_t seed);
/* The phones p0, p1 ... are the house's, and dial these from now on. */
void storm_begin(const char *const *extens, size_t count);
const char *storm_someone(void);
/* One of them does something. */
void storm_step(void);
/* All channels are hung up, until none is left or a few minutes have passed. */
void storm_end(void);

#endif

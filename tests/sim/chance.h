/* Chance that is the same in each run, for a test that is linked with
 * -Wl,--wrap=rd_random: what it asks for at any time comes always then. */
#ifndef TESTS_SIM_CHANCE_H
#define TESTS_SIM_CHANCE_H

#include <stdint.h>

/* From here on as after every call with this seed. */
void chance_begin(uint32_t seed);

#endif

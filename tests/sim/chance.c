/* In the place of rd_random(), see chance.h. */
#include <stddef.h>

#include "tests/sim/chance.h"

static uint32_t chance;

void __wrap_rd_random(void *buf, size_t size);

void chance_begin(uint32_t seed)
{
	chance = seed;
}

void __wrap_rd_random(void *buf, size_t size)
{
	uint8_t *bytes = buf;

	for (size_t i = 0; i < size; i++) {
		chance = chance * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(chance >> 24);
	}
}

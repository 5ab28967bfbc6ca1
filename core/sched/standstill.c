/* When the process stood still; see the header. */
#include "core/sched/standstill.h"

#include <stdatomic.h>

#include "core/sched/clock.h"

static struct {
	atomic_uint_fast64_t gap_us;
	atomic_uint_fast64_t looked_us; /* the last time */
	atomic_uint_fast64_t ended_us; /* of the last standstill; 0: there was none */
} still;

void rd__standstill_start(uint64_t gap_us)
{
	atomic_store(&still.looked_us, rd__clock_real_us());
	atomic_store(&still.ended_us, 0);
	atomic_store(&still.gap_us, gap_us);
}

uint64_t rd__standstill_look(void)
{
	uint64_t now_us = rd__clock_real_us();
	uint64_t absent_us = now_us - atomic_load(&still.looked_us);
	uint64_t gap_us = atomic_load(&still.gap_us);
	bool stood = gap_us && absent_us > gap_us;

	if (stood)
		atomic_store(&still.ended_us, now_us);
	atomic_store(&still.looked_us, now_us);
	return stood ? absent_us : 0;
}

/* Whoever goes on before the watchdog's thread does sees how long that has not looked. It may
 * also have looked since: later than now_us. */
uint64_t rd__standstill_after(uint64_t began_us, uint64_t now_us)
{
	uint64_t gap_us = atomic_load(&still.gap_us);

	if (!gap_us)
		return began_us;
	if (now_us > atomic_load(&still.looked_us) + gap_us)
		return now_us;
	return RD_MAX(began_us, RD_MIN(now_us, (uint64_t)atomic_load(&still.ended_us)));
}

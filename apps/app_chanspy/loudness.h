/* How loud a spy hears those he spies on. */
#ifndef APPS_APP_CHANSPY_LOUDNESS_H
#define APPS_APP_CHANSPY_LOUDNESS_H

#include <ringdown/base.h>

struct rd_channel;
struct loudness;

enum { LOUDNESS_MOST = 4 };

/**
 * From now on what the channel hears is so loud: 2 to 4 times, -2 to -4 a half to a
 * quarter; 1, 0 and -1: as it is. *lp: NULL, or what it was until now.
 *
 * 0, -ENODATA (it has no sound) or -ENOMEM: it stays as it was. Does not yield.
 */
int loudness_set(struct loudness **lp, struct rd_channel *ch, int factor);
/* The same, and it hears nothing. */
int loudness_mute(struct loudness **lp, struct rd_channel *ch);
/* As it is without. */
void loudness_end(struct loudness **lp);

#endif

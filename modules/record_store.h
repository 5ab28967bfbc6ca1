/* How long the store may keep records and events of calls in memory. */
#ifndef MODULES_RECORD_STORE_H
#define MODULES_RECORD_STORE_H

/* Milliseconds. They are told half a second after the end of a call at the latest, and
 * are to be on the disk half a second later. */
enum { RECORD_WITHIN_MS = 450 };

#endif

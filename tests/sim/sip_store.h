/* The store for simulations of the SIP driver: a file of its own, which stays from
 * one run of the driver to the next until it is forgotten. */
#ifndef TESTS_SIM_SIP_STORE_H
#define TESTS_SIM_SIP_STORE_H

#include <ringdown/base.h>

/* When the scheduler runs; before it stops. */
void store_open(void);
void store_close(void);
/* Run fn in a fiber: what waits for the store. What it returns. */
int store_call(int (*fn)(void *arg), void *arg);
/* Remove the file. */
void store_forget(void);

#endif

/* A network that no other program is on: whatever port a test takes is free, and what
 * it listens on hears nobody else. */
#ifndef TESTS_UNIT_OWN_NETWORK_H
#define TESTS_UNIT_OWN_NETWORK_H

/* For this process and its threads to come. Whoever may not have one, root may, stays
 * on that of the machine. */
void own_network(void);

#endif

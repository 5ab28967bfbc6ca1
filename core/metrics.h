/* What is known of the process, for pages of figures and for the console. Any thread. */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

/* Bytes of memory that are really there. */
double rd__process_resident(void);
/* File descriptors that are open. */
double rd__process_descriptors(void);

#endif

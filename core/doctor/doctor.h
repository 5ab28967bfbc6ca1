/* `ringdown doctor`: what is wrong with the machine, the configuration and the running
 * daemon, and how to mend it. A program of its own that may block: no loop, no fibers,
 * but while the configuration is read. */
#ifndef CORE_DOCTOR_DOCTOR_H
#define CORE_DOCTOR_DOCTOR_H

#include <ringdown/config.h>

RD_API_BEGIN

enum rd__finding { RD__FINDING_GOOD, RD__FINDING_UNWISE, RD__FINDING_WRONG };

/* Before the configuration is read: modules then warn of what works and is unwise, too. */
void rd__doctor_begin(void);
/* What was found in it. rc: of the check as a whole; all_modules: none was left out. */
void rd__doctor_configuration(const struct rd_config_report *report, int rc, bool all_modules);
/* The machine, the daemon if it runs, and a call. Prints; the exit status: 0, or 1 where
 * something is wrong, which what is unwise is not. */
int rd__doctor_end(void);

/* ---- for the files of this folder ---- */

/* A line of the report; mend: what helps, NULL where nothing is to be done. */
void rd__doctor_tell(enum rd__finding finding, const char *what, const char *mend, const char *fmt,
		     ...) RD_PRINTF(4, 5);

/* eyes.c: from now on files are what they are for the daemon's user, if root asks; and again
 * for root. On this thread, and on those that it begins meanwhile. */
void rd__doctor_see_as_daemon(void);
void rd__doctor_see_as_root(void);

/* machine.c: limits, time, names, disk, prompts, database. */
void rd__doctor_machine(void);

/* call.c: a daemon of its own, with a configuration of its own, calls itself at this
 * machine's address, over SIP and RTP. */
void rd__doctor_call(void);

/* tone.c: what of a recording is the tone of Milliwatt(). */
struct rd__tone_heard {
	double seconds; /* from its first to its last 20 ms */
	double longest_gap; /* in between, in seconds */
	double level; /* dB below full scale, negative */
};

/* The file: 16 bits, 8,000 Hz, mono, as format_wav writes it. 0, -ENOENT, -EILSEQ. */
int rd__tone_measure(const char *path, struct rd__tone_heard *heard);

RD_API_END

#endif

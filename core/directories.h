/* Where things are: the directories behind rd_directory(). */
#ifndef RD_CORE_DIRECTORIES_H
#define RD_CORE_DIRECTORIES_H

#include <ringdown/config.h>

/**
 * Settle the directories: what the command line says, else [directories] of
 * ringdown.conf, else of asterisk.conf (but astmoddir), else the build's.
 * Reads both files, creates nothing. config_dir and state_dir may be NULL.
 *
 * 0; -EINVAL: errors are in the report; -ENOENT: there is no such
 * configuration directory; -ENOMEM.
 */
int rd__directories_settle(const char *config_dir, const char *state_dir,
			   struct rd_config_report *report);

/* Make those that the daemon writes to, for its own user alone. On failure
 * negative errno, *which names the one. */
int rd__directories_make(const char **which);

/* Give the memory back. */
void rd__directories_forget(void);

#endif

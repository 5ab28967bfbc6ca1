/* What the core itself needs of configuration: reports that are shown, the
 * directories, and load and reload of everything that takes part. */
#ifndef CORE_CONFIG_CONFIG_H
#define CORE_CONFIG_CONFIG_H

#include <ringdown/config.h>

RD_API_BEGIN

/* ---- reports ---- */

/* Each finding as one line, "sip.conf:12: ...", in the order reported. */
void rd__report_each(const struct rd_config_report *report,
		     void (*show)(const char *text, bool is_error, void *arg),
		     void *arg);
/* Each finding to the log, as an error or a warning. */
void rd__report_log(const struct rd_config_report *report);

/* ---- sections that modules bring for files of others ---- */

/* A table of struct rd_module, borrowed until removed. 0 or -ENOMEM. */
int rd__config_sources_add(const struct rd_config_source *table);
void rd__config_sources_remove(const struct rd_config_source *table);
/* Nobody asks it any more; back: it is asked again, which takes no memory. */
void rd__config_sources_retire(const struct rd_config_source *table, bool back);

/* ---- directories and the daemon's own file ---- */

/* What says where things are and how the daemon runs, read once for all who ask.
 * NULL: there is no such file. */
struct rd__daemon_files {
	struct rd_config *own, *asterisk; /* ringdown.conf, asterisk.conf */
};

/**
 * Read [directories] of ringdown.conf and of asterisk.conf in config_dir and
 * put the directories in force; none is created. state_dir comes from the
 * command line and wins over the files. Either may be NULL: not given.
 * Once, at start, before threads. 0, -EINVAL (reported; the rest is in force if the
 * directory itself can be read), -ENOMEM.
 */
int rd__directories_load(const char *config_dir, const char *state_dir,
			 struct rd_config_report *report);
/* The same for whoever reads the options of these files next: he gets what was read, and
 * ends it, also when there was a mistake. */
int rd__directories_read(const char *config_dir, const char *state_dir,
			 struct rd__daemon_files *files, struct rd_config_report *report);
/* Make state, spool, log and run where they do not exist yet (mode 0750;
 * state and run get 0700). 0, or -EINVAL (reported). */
int rd__directories_make(struct rd_config_report *report);
/* Is it a file that says so? */
bool rd__directory_is_named(const char *which);
void rd__directories_free(void);

/* On any thread. 0, -EINVAL (reported) or -ENOMEM: then there is nothing to end. */
int rd__daemon_files_load(struct rd__daemon_files *files, struct rd_config_report *report);
void rd__daemon_files_fini(struct rd__daemon_files *files);
/* At a reload, on any thread: warn of each directory that is another one at the next
 * start. 0, -EINVAL (reported), -ENOMEM. */
int rd__directories_look(const struct rd__daemon_files *files, struct rd_config_report *report);

/* Is there a module of that name, loaded or not? *near: one that was meant, or NULL.
 * True when the folder of modules cannot be read. */
bool rd__module_name_known(struct rd_pool *pool, const char *name, const char **near);

/* [options] execincludes of ringdown.conf: may "#exec" run commands? */
void rd__config_allow_exec(bool allow);
/* exec_timeout: after so long they are killed (10 s). */
void rd__config_limit_exec(int ms);
/* Kill those that run, and those that are to come; false: no more. */
void rd__config_stop_exec(bool stop);

/* ---- who takes part ---- */

/* From now on `config` is part of every reload. owner is the module's name,
 * both are borrowed until _leave. Reads nothing. 0 or -ENOMEM. */
int rd__config_join(const char *owner, const struct rd_module_config *config);
/* The same, but it is built before all others. */
int rd__config_join_first(const char *owner, const struct rd_module_config *config);
void rd__config_leave(const struct rd_module_config *config);
/* The one that has joined has its place taken by another, whose snapshots nobody looks over
 * yet; not while a reload is under way. */
void rd__config_exchange(const struct rd_module_config *config, const char *owner,
			 const struct rd_module_config *by);
typedef void rd__config_look_fn(void *snapshot, struct rd_config_report *report);
/* It wants to look over each snapshot before that is committed or, in a check,
 * discarded, and to get what the snapshot needs; see struct rd_module. Either may
 * be NULL. */
void rd__config_set_review(const struct rd_module_config *config,
			   rd__config_look_fn *review, rd__config_look_fn *prepare);

/* From now on a doctor asks; is there a daemon with this configuration? */
void rd__config_examine(bool daemon_runs);

/* Told of every reload (not of checks): owner NULL for all. May be NULL. */
void rd__config_on_reload(void (*told)(const char *owner, int rc));

/* What follows a reload that came into force, of all or of one: owner NULL for all.
 * May yield, and report. May be NULL. */
void rd__config_on_commit(void (*follow)(const char *owner, struct rd_config_report *report));

/**
 * Build the snapshots of `owner` (NULL: of all that take part, in the order
 * in which they joined), and commit them all when no error was reported;
 * else discard them all. In a fiber, the builds run in the pool: yields.
 * 0, -EINVAL (reported), -ENOENT (no such owner), -EBUSY (another is under
 * way), -ENOMEM.
 */
RD_YIELDS int rd__config_reload(const char *owner, struct rd_config_report *report);
/* The same for somebody who asks for it: refused, reported and -EAGAIN, while closed,
 * which it is as the daemon starts and stops; those who take part come and go then. */
RD_YIELDS int rd__config_ask(const char *owner, struct rd_config_report *report);
void rd__config_close(bool close);
/* The same as _reload, but discard in any case. */
RD_YIELDS int rd__config_check(struct rd_config_report *report);

/* Warn of files that Asterisk would read and nothing here does (foreign.c). */
void rd__config_note_foreign(struct rd_config_report *report);
/* Warn of what has no effect in asterisk.conf (asterisk_options.c). */
void rd__config_note_asterisk(const struct rd_config *config, struct rd_config_report *report);

/* Is a reload or check under way? Nobody may join or leave then. */
bool rd__config_under_way(void);

/* Walk: start with *pos = 0. False at the end. */
bool rd__config_next_owner(size_t *pos, const char **owner,
			   const struct rd_module_config **config);

RD_API_END

#endif

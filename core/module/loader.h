/* The inside of the loader, shared by the files of core/module: what a loaded
 * module is, and the steps of its life. */
#ifndef CORE_MODULE_LOADER_H
#define CORE_MODULE_LOADER_H

#include <sys/types.h>
#include <time.h>

#include <ringdown/list.h>
#include <ringdown/pool.h>
#include <ringdown/str.h>

#include "core/module/module.h"

/* The kinds of tables, in the order in which they are registered. */
enum {
	RD__KIND_CODEC,
	RD__KIND_FORMAT,
	RD__KIND_TECH,
	RD__KIND_APP,
	RD__KIND_FUNCTION,
	RD__KIND_SUBSCRIBER,
	RD__KIND_INTERFACE,
	RD__KINDS
};

/* What tells a file from another one at the same path. */
struct rd__module_file {
	dev_t device;
	ino_t inode;
	struct timespec changed;
	off_t size;
};

struct rd__module {
	struct rd_list link; /* in the order of loading */
	char *name, *path;
	void *handle;
	const void *code, *code_end; /* where its object lies; NULL: unknown */
	struct rd__module_file file; /* as it was opened */
	unsigned serial; /* 0, or how many of its name there were before, since none was loaded */
	bool retired; /* another has taken its place, and it waits for its last call */
	unsigned opened, left; /* in which order modules came, and had their places taken */
	unsigned came; /* likewise, into another's place; 0: it had none before it */
	bool was_in_use; /* when it went */
	bool optional; /* the daemon starts without it, too */
	struct rd__usage *usage;
	struct rd_pool *pool;	 /* of widened tables */
	struct rd_module module; /* as of this SDK, whatever it was built for */
	size_t added[RD__KINDS]; /* rows that are registered */
	bool commands_added, dialplan_set, reach_set, sources_added, joined, started;
	int holds; /* rd_module_use() */
	struct rd__state *state; /* shared with others of its name; NULL: it keeps none */
	const char *refused; /* of what it offers, what was not taken; NULL: nothing */
};

/* -- open.c: the shared object ----------------------------------------------- */

/* Open and examine; nothing of it runs but its constructors. On failure what
 * is wrong is in the report. 0, -ENOENT, -EINVAL, -ENOMEM. Yields. */
RD_YIELDS int rd__module_open(struct rd__module **mp, const char *path,
			      struct rd_config_report *report);
/* "app_echo" of "/x/app_echo.so". Allocated; NULL without memory. */
char *rd__module_name_of(const char *path);
/* That of one in the modules directory, the other way. Allocated; NULL without memory. */
char *rd__module_path_of(const char *name);
/* Let go of the shared object. */
void rd__module_close(struct rd__module *module);

/* Room for "#4294967295" and a NUL. */
enum { RD__MODULE_SERIAL = 12 };

enum rd__module_change {
	RD__MODULE_SAME,
	RD__MODULE_NEW_FILE,
	RD__MODULE_OVERWRITTEN,
	RD__MODULE_GONE
};

/* What has become of its file since it was opened. Yields. */
RD_YIELDS enum rd__module_change rd__module_look(const struct rd__module *module);

/* -- imports.c: what it calls -------------------------------------------------- */

/* Warn of functions that would block the switch thread. */
void rd__module_check_imports(const struct rd__module *module);

/* -- rows.c: what it offers, row by row --------------------------------------------- */

/* 0, or -EINVAL: a row, or several, lack what they cannot do without (reported). The rows have
 * our sizes. */
int rd__module_judge_rows(const struct rd_module *module, const char *path,
			  struct rd_config_report *report);

/* -- tables.c: what it offers --------------------------------------------------- */

/* All of it or nothing. 0, -EEXIST (logged), -ENOMEM. */
int rd__module_register(struct rd__module *module);
/* That failed: what, and of what it offers. */
void rd__module_tell_refused(const struct rd__module *module, const char *what, int rc,
			     struct rd_config_report *report);
RD_YIELDS void rd__module_unregister(struct rd__module *module);
/* What it offers is not found any more, and is used on by whoever uses it; only for one that
 * rd__module_fixed() says nothing of. back: the other way, which takes no memory. */
void rd__module_retire(struct rd__module *module, bool back);
/* And nobody uses it: of what only the core calls. */
void rd__module_retire_for_good(struct rd__module *module);
/* What it has that can be there but once, in words; NULL: nothing. */
const char *rd__module_fixed(const struct rd__module *module);
/* How many things of it run now; out (may be NULL) gets them in words, and whose
 * they are. */
int rd__module_running(const struct rd__module *module, struct rd_buf *out);
/* What it has begun by itself and not ended: fibers, subscriptions, timers, watches. */
bool rd__module_begun(const struct rd__module *module, struct rd_buf *out);
/* That, and jobs of the pool that did not end in their time. Is there any, then its code stays
 * in memory when it is closed. */
bool rd__module_left(const struct rd__module *module, struct rd_buf *out);

/* -- holders.c: who uses it -------------------------------------------------------- */

/* " by SIP/1001-00000001, app_x, "sip trace", /x/y.wav and 3 more"; nothing where
 * nobody has a name. */
void rd__module_name_holders(const struct rd__module *module, struct rd_buf *out);

/* -- interface.c ----------------------------------------------------------------- */

int rd__interface_add(const struct rd_interface *interface, const char *module);
void rd__interface_remove(const struct rd_interface *interface);
/* Nobody finds it any more, who holds it goes on; back: it is found again. */
void rd__interface_retire(const struct rd_interface *interface, bool back);
int rd__interfaces_used(const char *module);
/* The modules that hold an interface of this one. */
void rd__interfaces_each_user(const char *module, void (*fn)(void *arg, const char *user),
			      void *arg);
/* How many a module holds of others; out gets their names. */
size_t rd__interfaces_held_by(const char *user, struct rd_buf *out);
/* It holds none any more. */
void rd__interfaces_put_by(const char *user);

/* -- load.c: from a list of names to running modules --------------------------------- */

extern struct rd_list rd__modules;
extern struct rd_list rd__modules_retired;

struct rd__module *rd__module_find(const char *name);
struct rd__module *rd__module_find_in(const struct rd_list *list, const char *name);
/* The next of .opened and .left. */
unsigned rd__modules_turn(void);
bool rd__module_needs(const struct rd__module *module, const char *name);
/* The first of its needs that is not loaded, or NULL. */
const char *rd__module_lacks(const struct rd__module *module);
/* Tell subscribers of it: RD_EVENT_MODULE. */
void rd__module_announce(const char *name, const char *what);

/* Loading and unloading wait in between: one at a time. 0; or -EBUSY, reported. */
int rd__modules_begin(const char *name, struct rd_config_report *report);
bool rd__modules_busy(void);
void rd__modules_end(void);

/* Not while a reload is under way. 0, or -ECANCELED. Yields. */
RD_YIELDS int rd__module_await_reload(void);
/* From an opened module to a running one; on failure it is to be taken down. Yields. */
RD_YIELDS int rd__module_bring_up(struct rd__module *module, struct rd_config_report *report);
/* In the place of its load(). Yields. */
RD_YIELDS void rd__module_take_over(struct rd__module *module);
/* Take back what has been done, whatever that is; it is to be closed yet. Yields. */
RD_YIELDS void rd__module_take_down(struct rd__module *module);
/* Its configuration takes part in reloads, its own review included. 0 or -ENOMEM. */
int rd__module_join_config(struct rd__module *module);
void rd__module_attend_review(const struct rd__module *module);

/* -- leave.c ------------------------------------------------------------------------------ */

/* May it leave? 0, or -EBUSY with the reason in the report. */
int rd__module_may_leave(const struct rd__module *module, struct rd_config_report *report);
/* Those that need it and were loaded before it lost its place: they may have what they found
 * in it, a codec, and nobody counts that. How many; fn (may be NULL) gets their names. */
int rd__module_loaded_with(const struct rd__module *module, void (*fn)(void *arg, const char *name),
			   void *arg);
/* It has been taken down: what it has left behind, to whoever looks at the console, and not at
 * the log. */
void rd__module_tell_left(const struct rd__module *module, struct rd_config_report *report);
/* What the core has of it that nobody gives back, to the log. */
bool rd__module_log_kept(const struct rd__module *module); /* true: there was some */
/* Its code goes, so what it holds of others it does not use any more. */
void rd__module_put_interfaces(const struct rd__module *module);

/* -- hold.c: rd_module_use() ------------------------------------------------------------ */

/* What is known of names, before a module goes or comes. */
void rd__module_holds_forget(void);

/* -- state.c: what is kept across calls, and files whose code stays for it ---------------- */

/* NULL, or what is wrong with the row. */
const char *rd__state_fault(const struct rd_module_state *row);
/* May new work in what old keeps? Also when neither keeps any. */
bool rd__state_fits(const struct rd__module *new, const struct rd__module *old);
/* It does from now on. 0 or -ENOMEM. */
int rd__state_share(struct rd__module *new, struct rd__module *old);
/* It has not begun to, and never will. */
void rd__state_part(struct rd__module *new);
bool rd__state_shared(const struct rd__module *a, const struct rd__module *b);
/* Of rd_module_use(): of all who share it, for one lets go what another has held. */
int *rd__module_holds(struct rd__module *module);
/* How many; those that are shared count for the one that is found. */
int rd__module_held(const struct rd__module *module);
/* It is closed, and others who share it live: its code stays. False: it is the last. */
bool rd__state_keep_code(struct rd__module *module);
/* One of them went in use: then none goes. */
bool rd__state_was_in_use(const struct rd__module *module);
/* It was the last: also what has stayed goes, one after the other, or stays for ever. Yields. */
RD_YIELDS void rd__state_free(struct rd__module *module, bool code_goes);
/* A sum over its code and what has stayed of others. */
size_t rd__module_sum(const struct rd__module *module,
		      size_t (*count)(const void *begin, const void *end));
/* Is it the object of one that has stayed? */
bool rd__state_has_object(const struct rd__module *module, const void *handle);
/* How many files have stayed for it; bytes: how long they are. */
size_t rd__state_files(const struct rd__module *module, size_t *bytes);

/* -- replace.c: a new file in the place of one that runs --------------------------------- */

/* module reload NAME: its configuration, or all of it, where there is a new file. 0; -ENOENT,
 * -EBUSY, -EINVAL, reported. Yields. */
RD_YIELDS int rd__module_reload(const char *name, struct rd_config_report *report);
/* Those that wait for their last call go now; of all modules (but codecs, while one that is
 * there was loaded with them), or that share what this one keeps. Yields. */
RD_YIELDS void rd__modules_retired_stop(void);
RD_YIELDS void rd__module_sharers_stop(const struct rd__module *module);

#endif

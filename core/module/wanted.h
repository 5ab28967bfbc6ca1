/* Which modules are to be loaded: modules.conf, the plan to open them with all that they need,
 * and those that were left out. What a loaded one is stands in loader.h. */
#ifndef CORE_MODULE_WANTED_H
#define CORE_MODULE_WANTED_H

#include "core/module/loader.h"

/* -- list.c: modules.conf ---------------------------------------------------------- */

/* One that is wanted; file NULL: because it is in the folder. */
struct rd__wanted {
	const char *name, *file;
	int line;
	bool missing; /* after a reload: its line is to load it yet */
	bool optional; /* autoload alone wants it: see left_out.c */
};

struct rd__wanted_list {
	struct rd_pool *pool;
	struct rd__wanted *wanted;
	size_t count, capacity;
	struct rd__wanted *unwanted; /* noload */
	size_t unwanted_count, unwanted_capacity;
	const char **present;  /* in the folder; sorted, NULL-terminated */
	bool foreign;	       /* names as Asterisk's were in it */
};

/* On a pool thread, for it reads the disk. 0; -EINVAL (reported; the list holds what could
 * be understood, and is to be freed); -ENOMEM. */
int rd__wanted_read(struct rd__wanted_list *list, struct rd_config_report *report);
void rd__wanted_free(struct rd__wanted_list *list);
const struct rd__wanted *rd__wanted_find(const struct rd__wanted_list *list, const char *name);
/* Under noload. */
const struct rd__wanted *rd__unwanted_find(const struct rd__wanted_list *list, const char *name);

/* -- plan.c: opening, with all that is needed -------------------------------------------- */

/* What is being opened: in order of need, and whose needs are being opened. */
struct rd__plan {
	struct rd_list opened, opening;
	const struct rd__wanted_list *list; /* NULL: by hand, from the console */
	struct rd_config_report *report;
};

void rd__plan_init(struct rd__plan *plan, const struct rd__wanted_list *list,
		   struct rd_config_report *report);
/* Closes what is opened still. */
void rd__plan_fini(struct rd__plan *plan);
/* One, and what it needs that is not loaded. 0 or negative errno, reported. Yields. */
RD_YIELDS int rd__plan_open(struct rd__plan *plan, const char *path);
/* The same for one of the folder of modules. */
RD_YIELDS int rd__plan_open_name(struct rd__plan *plan, const char *name);
/* All that is wanted; goes on after a mistake, to report every one, and without those that
 * may be left out. Yields. */
RD_YIELDS int rd__plan_open_wanted(struct rd__plan *plan, const struct rd__wanted_list *list);

/* -- left_out.c: found by autoload alone, and not to be had --------------------------------- */

enum { RD__LEFT_OUT = 1 };

/* A step with one that is optional, with a report of its own. Where it fails it is noted, and
 * what was wrong is a warning of `report`: RD__LEFT_OUT. Else what the step returned, with what
 * it found: negative where there is no memory, or the fiber is cancelled. */
RD_YIELDS int rd__left_out_try(const char *name,
			       int (*step)(void *arg, struct rd_config_report *report), void *arg,
			       struct rd_config_report *report);
/* It is not to be had, for the errors of that report. 0 or -ENOMEM. */
int rd__left_out_note(const char *name, const struct rd_config_report *report);
/* NULL: it is not left out. Borrowed until the next wait. */
const char *rd__left_out_why(const char *name);
void rd__left_out_forget(const char *name);
/* All but those that are wanted still; NULL: all. */
void rd__left_out_keep(const struct rd__wanted_list *list);
/* Each is an error of the log. */
void rd__left_out_log(void);

/* -- follow.c: modules.conf at a reload ------------------------------------------------- */

/* The list that was read at the start, or was followed since; taken. */
void rd__modules_listed_take(struct rd__wanted_list *list);
/* Somebody has unloaded it: its line, as it is, does not bring it back. */
void rd__modules_stay_away(const char *name);

#endif

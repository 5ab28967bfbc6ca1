/* The loader as main.c and the console see it. What a module may ask of it is
 * in the SDK's module.h. */
#ifndef CORE_MODULE_MODULE_H
#define CORE_MODULE_MODULE_H

#include <ringdown/cli.h>
#include <ringdown/config.h>
#include <ringdown/module.h>

/* One loaded module, as listed. Strings are borrowed until the next wait. */
struct rd__module_info {
	const char *name, *synopsis, *path;
	const struct rd_module *module; /* what it offers */
	int uses;			/* why it cannot be unloaded, counted */
	const struct rd__usage *usage; /* what it has used, see core/base/usage.h */
	bool retired; /* another one has its place; its last call is awaited */
};

RD_API_BEGIN

/**
 * Open what modules.conf says, in order of need; register what they offer;
 * build and commit the configuration of all that have joined; run their load
 * functions. Every error goes to the report, and then nothing stays loaded. One
 * that autoload alone has found is left out instead, with a warning.
 * In a fiber. 0, -EINVAL (reported), -ENOMEM. Yields.
 */
RD_YIELDS int rd__modules_start(struct rd_config_report *report);

/* Open them all and check the configuration; nothing is started. Yields. */
RD_YIELDS int rd__modules_check(struct rd_config_report *report);

/* Unload all, the last one loaded first, in use or not. Yields. */
RD_YIELDS void rd__modules_stop(void);

/* How many have gone untidily since the start: something of them was left behind, kept, or
 * in use still. Each is logged. */
unsigned rd__modules_untidy(void);

/* From now on modules.conf is part of every reload. 0 or -ENOMEM. */
int rd__modules_join(void);
void rd__modules_leave(void);

/* Load one by name ("app_echo") or by an absolute path. 0, -EEXIST (it is
 * loaded), -ENOENT, -EINVAL, ...; reported. Yields. */
RD_YIELDS int rd__module_load(const char *name, struct rd_config_report *report);

/* Unload one. 0; -ENOENT; -EBUSY while something of it is in use: the report
 * says what. Yields. */
RD_YIELDS int rd__module_unload(const char *name, struct rd_config_report *report);

/* Walk in the order of loading, the retired last: start with *pos = 0. */
bool rd__module_next(size_t *pos, struct rd__module_info *info);

/* Walk those that autoload has found and that are left out, and why: start with *pos = 0.
 * Strings are borrowed until the next wait. */
bool rd__module_left_out(size_t *pos, const char **name, const char **why);

/* Names of libc's that block, which the loader warns of: 0, 1, ...; NULL. */
const char *rd__module_blocking(size_t i);

/* The name of the module whose code is at that address; false when it is in
 * none. On any thread. */
bool rd__module_at(const void *place, char *name, size_t size);

/* "module show|load|unload|reload". */
extern const struct rd_cli_command rd__module_commands[];

RD_API_END

#endif

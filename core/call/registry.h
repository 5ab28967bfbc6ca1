/* What modules have registered for the dialplan: applications, functions and
 * the interpreter. The module loader adds and takes back whole tables; the
 * SDK's app.h, function.h and dialplan.h are the public side. */
#ifndef CORE_CALL_REGISTRY_H
#define CORE_CALL_REGISTRY_H

#include <ringdown/app.h>
#include <ringdown/dialplan.h>
#include <ringdown/function.h>

/* Row and module name are borrowed until removed. 0, -ENOMEM, or -EEXIST
 * (logged) when another module has that name already. */
int rd__app_add(const struct rd_app *app, const char *module);
void rd__app_remove(const struct rd_app *app);
/* Nobody finds it any more, and who runs it goes on; back: it is found again.
 * It is to be removed yet. */
void rd__app_retire(const struct rd_app *app, bool back);
int rd__function_add(const struct rd_function *function, const char *module);
void rd__function_remove(const struct rd_function *function);
void rd__function_retire(const struct rd_function *function, bool back);

/* How many applications and functions of this module run right now: it must
 * not be unloaded while there are any. */
int rd__apps_running(const char *module);
int rd__functions_running(const char *module);

/* One interpreter at a time: -EEXIST. NULL takes it back. */
int rd__dialplan_set(const struct rd_dialplan *dialplan);
/* Which module an application or function comes from; NULL when unknown. */
const char *rd__app_module(const char *name);
const char *rd__function_module(const char *name);

#endif

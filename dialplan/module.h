/* The tables that the module's files offer to dialplan.c, which puts
 * them into the module. */
#ifndef DIALPLAN_MODULE_H
#define DIALPLAN_MODULE_H

#include <ringdown/module.h>

/* app_stack.c, commands.c, hints.c */
extern const struct rd_app dp_apps[];
extern const struct rd_function dp_functions[];
extern const struct rd_cli_command dp_commands[];
extern const struct rd_subscriber dp_hint_subscribers[];

/* app_while.c */
int dp_while_app(struct rd_channel *ch, const char *args);
int dp_endwhile_app(struct rd_channel *ch, const char *args);
int dp_exitwhile_app(struct rd_channel *ch, const char *args);
int dp_continuewhile_app(struct rd_channel *ch, const char *args);

/* hints.c: see rd_dialplan_hint(). */
int dp_hint(const char *context, const char *exten, struct rd_buf *devices,
	    struct rd_buf *name);
/* After a plan was put in force: say what changed. */
void dp_hints_changed(void);
void dp_hints_forget(void);

#endif

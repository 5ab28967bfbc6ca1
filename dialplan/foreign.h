/* Applications, functions and variables of Asterisk's that there are not here. */
#ifndef DIALPLAN_FOREIGN_H
#define DIALPLAN_FOREIGN_H

/* What there is instead, in a few words, or why there is nothing; NULL for a name that
 * is not known from there. */
const char *dp_foreign_app(const char *name);
const char *dp_foreign_function(const char *name);
/* One that a dialplan sets for Asterisk to go by. */
const char *dp_foreign_variable(const char *name);

#endif

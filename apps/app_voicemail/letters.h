/* Names by the letters on the keys of a telephone. */
#ifndef APPS_APP_VOICEMAIL_LETTERS_H
#define APPS_APP_VOICEMAIL_LETTERS_H

#include <ringdown/base.h>

enum vm_name_part { VM_LAST_NAME = 1, VM_FIRST_NAME = 2 };

/* Does the last or the first word of a name ("Anna Berg", UTF-8), or either where both are
 * or'ed, begin with what was keyed? */
bool vm_name_matches(const char *name, const char *digits, unsigned parts);

#endif

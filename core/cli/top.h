/* `ringdown top`. */
#ifndef CORE_CLI_TOP_H
#define CORE_CLI_TOP_H

#include <ringdown/base.h>

RD_API_BEGIN

/* Until q, or Ctrl-C; where the output is no terminal, once. The exit status. */
int rd__cli_top(void);

RD_API_END

#endif

/* A module for the loader's test that needs one that nobody has. */
#include <ringdown/module.h>

static const char *const needs[] = { "no_such_module", NULL };

RD_MODULE(.name = "bad_absent", .needs = needs);

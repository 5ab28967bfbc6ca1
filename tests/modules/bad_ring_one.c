/* A module for the loader's test: needs bad_ring_two, which needs it. */
#include <ringdown/module.h>

static const char *const needs[] = { "bad_ring_two", NULL };

RD_MODULE(.name = "bad_ring_one", .needs = needs);

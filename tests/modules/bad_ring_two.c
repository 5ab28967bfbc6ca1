/* A module for the loader's test: needs bad_ring_one, which needs it. */
#include <ringdown/module.h>

static const char *const needs[] = { "bad_ring_one", NULL };

RD_MODULE(.name = "bad_ring_two", .needs = needs);

/* A module for the loader's test whose name is not that of its file. */
#include <ringdown/module.h>

RD_MODULE(.name = "bad_title");

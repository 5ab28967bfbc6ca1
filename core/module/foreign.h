/* The names of Asterisk's modules, for modules.conf that comes from there. */
#ifndef CORE_MODULE_FOREIGN_H
#define CORE_MODULE_FOREIGN_H

#include <ringdown/base.h>

enum rd__foreign {
	RD__FOREIGN_NOT,    /* no such name is known there */
	RD__FOREIGN_OURS,   /* *ours does the same */
	RD__FOREIGN_CORE,   /* the daemon does it by itself */
	RD__FOREIGN_ABSENT, /* there is nothing like it here */
};

/* For a name that is not one of our modules. */
enum rd__foreign rd__module_foreign(const char *name, const char **ours);

/* Ours that do what needs no module there; NULL-terminated. */
extern const char *const rd__modules_core_there[];

#endif

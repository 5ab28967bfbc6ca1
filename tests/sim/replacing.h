/* For tests of new files in the place of modules that run: a folder of modules, and what the
 * console says of them. */
#ifndef TESTS_SIM_REPLACING_H
#define TESTS_SIM_REPLACING_H

#include <ringdown/test.h>

int replacing_make(void **state);
int replacing_clean(void **state);
#define REPLACE(test) cmocka_unit_test_setup_teardown(test, replacing_make, replacing_clean)
/* rd_test_run(), with the modules as they were built. */
void replacing_as_built(void);

/* Where a module lies in the folder; valid until the next one. */
const char *replacing_path(const char *module);
/* Have a file take a module's place there, as `install` does it: "good_twin_2" of the
 * tests' own, "app_confbridge" of the product's. */
void replacing_install(const char *module, const char *built);
/* The product's, and loaded from there. */
void replacing_load(const char *module);
/* The same, of which `module show like` says another thing: with one text for another,
 * which is as long. */
void replacing_install_with(const char *module, const char *text, const char *other);
/* Both, and reload it: as often as you like. */
void replacing_replace(const char *module);
/* What "module reload" said, when it did as it was told, or did not. */
const char *replacing_reload(const char *module, bool done);
/* The console says this when asked so. */
void replacing_expect(const char *command, const char *text);
/* As many rounds as the environment wants (REPLACE_ROUNDS=1000), else so many. */
int replacing_rounds(int usual);
/* How many rows "module show" has of it. */
int replacing_shown(const char *module);
/* How many files of the folder are mapped, also such as are not there any more. */
int replacing_mapped(void);

#endif

/* A configuration directory of a test's own, and reports as text. */
#ifndef TESTS_UNIT_CONF_DIR_H
#define TESTS_UNIT_CONF_DIR_H

#include <stdlib.h>
#include <string.h>

#include <ringdown/config.h>
#include <ringdown/module.h>
#include <ringdown/str.h>

#include "core/config/config.h"

/* Make it and put it in force; the name is kept here. */
void conf_dir_make(void);
/* Write a file in it (or in a folder of it, which is made). */
void conf_dir_write(const char *name, const char *text);
void conf_dir_write_bytes(const char *name, const char *bytes, size_t size);
/* Delete all of it. */
void conf_dir_remove(void);
/* These two as cmocka fixtures. */
int conf_dir_setup(void **state);
int conf_dir_teardown(void **state);

/* Write this text to the first file of config, and put it in force: 0, or what the
 * reading of it returned. */
int conf_dir_apply(const struct rd_module_config *config, const char *conf);
/* All findings of the last one, a line each. */
const char *conf_dir_findings(void);

/* For oom_sweep(): read what config (a struct rd_module_config) reads, and let it go. */
int conf_dir_build_once(void *config);

const char *conf_dir_path(void);

/* All findings, a line each; the caller frees it with rd_free(). */
char *conf_report_text(const struct rd_config_report *report);
/* Likewise, of a module whose files are read and reviewed, and not put in force. */
char *conf_dir_review(const struct rd_module *module);

#endif

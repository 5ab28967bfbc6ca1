/* A file that grows by whole lines: records and logs that other programs read. It
 * is opened for each batch, so that it may be moved away at any time. What cannot
 * be written now is tried again. */
#ifndef MODULES_LINE_FILE_H
#define MODULES_LINE_FILE_H

#include <ringdown/fiber.h>
#include <ringdown/str.h>

struct line_file;
extern const size_t line_file_sizes[]; /* as rd_module_state.shape has it */

/* Folders on the way are made. 0 or -ENOMEM. */
int line_file_new(struct line_file **fp, const char *path);
/* Lines with their ends; copied. The pool begins to write them at once, or 500 ms after
 * it began with those before them; after a failure 2 s later. What is lost is logged. */
void line_file_add(struct line_file *file, const char *lines, size_t n);
/* What is left is still written, once, and then it is freed. */
void line_file_free(struct line_file *file);

#endif

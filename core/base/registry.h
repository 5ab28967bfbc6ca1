/* What modules have registered of one kind, by name without case, in the
 * order of registration: applications, functions, technologies, codecs, file
 * formats. Who may use a row is the owner's matter. Switch thread only. */
#ifndef CORE_BASE_REGISTRY_H
#define CORE_BASE_REGISTRY_H

#include <ringdown/map.h>

struct rd__row {
	const void *item;
	const char *module;
	int uses; /* running, open: the module must stay while there are any */
};

/* { .kind = "codec" }; nothing to free once all rows are out. */
struct rd__registry {
	const char *kind;
	struct rd_map *rows;
};

RD_API_BEGIN

/* name, item and module are borrowed until removed. 0, -ENOMEM, or -EEXIST
 * (logged) when the name is taken. */
int rd__registry_add(struct rd__registry *registry, const char *name, const void *item,
		     const char *module);
/* Harmless when that name is another item's. It must not be in use. */
void rd__registry_remove(struct rd__registry *registry, const char *name, const void *item);

/* NULL when there is none. */
struct rd__row *rd__registry_find(const struct rd__registry *registry, const char *name);
/* Walk: start with *pos = 0; NULL at the end. */
struct rd__row *rd__registry_next(const struct rd__registry *registry, size_t *pos);
/* Uses of all rows of a module together. */
int rd__registry_uses(const struct rd__registry *registry, const char *module);

RD_API_END

#endif

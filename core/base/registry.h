/* What modules have registered of one kind, by name without case, in the
 * order of registration: applications, functions, technologies, codecs, file
 * formats. Who may use a row is the owner's matter. Switch thread only. */
#ifndef CORE_BASE_REGISTRY_H
#define CORE_BASE_REGISTRY_H

#include <ringdown/map.h>
#include <ringdown/str.h>

struct rd__row {
	const void *item;
	const char *module;
	int uses; /* running, open: the module must stay while there are any */
	bool retired; /* nobody finds it any more */
	struct rd__row *next; /* of its name, or of those that are gone: an older one */
};

/* { .kind = "codec" }; nothing to free once all rows are out. */
struct rd__registry {
	const char *kind;
	struct rd_map *rows; /* of each name the newest */
	struct rd__row *gone; /* removed while they were in use */
};

RD_API_BEGIN

/* name, item and module are borrowed until removed. 0, -ENOMEM, or -EEXIST
 * (logged) when the name is taken. */
int rd__registry_add(struct rd__registry *registry, const char *name, const void *item,
		     const char *module);
/* Harmless when that name is another item's. Whoever uses it still, as the daemon stops and
 * waits no longer, comes back to its row. */
void rd__registry_remove(struct rd__registry *registry, const char *name, const void *item);

/* Nobody finds it any more, and who uses it goes on: another may take its name. It is to be
 * removed yet. back: it is found again, when who took its name is removed; no memory is taken. */
void rd__registry_retire(struct rd__registry *registry, const char *name, const void *item,
			 bool back);
/* The row of this very item, retired or not; NULL. */
struct rd__row *rd__registry_of(const struct rd__registry *registry, const char *name,
				const void *item);

/* NULL when there is none. */
struct rd__row *rd__registry_find(const struct rd__registry *registry, const char *name);
struct rd__row *rd__registry_findn(const struct rd__registry *registry, struct rd_str name);
/* Walk: start with *pos = 0; NULL at the end. */
struct rd__row *rd__registry_next(const struct rd__registry *registry, size_t *pos);
/* Uses of all rows of a module together, retired ones as well. */
int rd__registry_uses(const struct rd__registry *registry, const char *module);

RD_API_END

#endif

/* Families of the key-value tree that modules keep: what the tree and the loader of
 * modules need to know of them. */
#ifndef CORE_STORE_STORAGE_H
#define CORE_STORE_STORAGE_H

#include <ringdown/storage.h>

struct rd__storage;

/* Have it keep its family. 0; -ENODEV without a store, -EEXIST: another does, -EINVAL: a
 * name that is none, -ENOMEM, or what its .read says; then nothing has changed. In a
 * fiber. Yields. */
RD_YIELDS int rd__storage_attach(const struct rd_storage *row);
/* It keeps it no more, once all was written that it takes. Also of one that was never
 * attached. Yields. */
RD_YIELDS void rd__storage_detach(const struct rd_storage *row);

/* Who keeps this path, "/phonebook/1001"; NULL: the embedded store. */
struct rd__storage *rd__storage_of(const char *path);
/* The tree has it so (NULL: no more); let it be written. 0 or -ENOMEM. */
int rd__storage_change(struct rd__storage *storage, const char *path, const char *value);

#endif

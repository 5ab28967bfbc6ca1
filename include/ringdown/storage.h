/* Ringdown SDK: storage back ends. A family of the key-value tree (store.h, DB() of the
 * dialplan) is kept by a module instead of the embedded store: in a file of its own, a
 * directory service, another database. */
#ifndef RINGDOWN_STORAGE_H
#define RINGDOWN_STORAGE_H

#include <ringdown/base.h>

/* What a back end is to keep from now on. Keys are below the family: "1001/name". */
struct rd_storage_change {
	const char *key;
	const char *value; /* NULL: the key is gone */
};

/**
 * A row of RD_MODULE(.storages). As with a file system that is mounted, what the embedded
 * store has of the family is hidden meanwhile, and is there again when the module has gone.
 *
 * @name   the family: "phonebook" of DB(phonebook/1001). No slash
 * @read   tell all that is kept, by keep() for each, as the module comes: after its
 *         configuration is in force, before load(). What keep() returns (0, -ENOMEM,
 *         -ENAMETOOLONG), if negative, is to be returned. 0; negative: the module is not
 *         loaded. Both texts are copied
 * @write  keep these, the oldest first. 0 when all of them are safe; negative: none or
 *         some are, all will be given again, later ones with them
 *
 * Both run on a pool thread, one of them at a time, and may take as long as they need: the
 * tree is in memory, and nobody who reads or sets a value waits for them. A change that was
 * not written yet is lost in a crash. When the module goes, @write is called once more for
 * what is left; what it does not take then is lost, and logged.
 */
struct rd_storage {
	const char *name;
	int (*read)(int (*keep)(void *arg, const char *key, const char *value), void *arg);
	int (*write)(const struct rd_storage_change *changes, size_t count);
};

#endif

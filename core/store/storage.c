/* Families that modules keep. The tree has their values as all others; here are the
 * changes on their way to a back end, which writes a batch after the other. */
#include <string.h>

#include <ringdown/fiber.h>
#include <ringdown/list.h>
#include <ringdown/log.h>
#include <ringdown/map.h>

#include "core/store/storage.h"
#include "core/store/thread.h"

enum { AGAIN_MS = 2000, POLL_MS = 10 };

struct change {
	struct rd_list link;
	char *key; /* behind this, as the value */
	char *value; /* NULL: gone */
	char *former; /* of what is read: what the tree had before */
};

struct rd__storage {
	struct rd_list link;
	const struct rd_storage *row;
	char prefix[64]; /* "/phonebook" */
	struct rd_list pending; /* not told yet */
	struct rd_list batch; /* the pool's, while writing */
	size_t batch_size;
	bool writing, failing, leaving;
	struct rd_timer again;
};

static struct rd_list all = RD_LIST_INIT(all);

struct rd__storage *rd__storage_of(const char *path)
{
	rd_list_foreach(node, tmp, &all) {
		struct rd__storage *storage = rd_list_entry(node, struct rd__storage, link);

		if (rd__db_is_below(path, storage->prefix))
			return storage;
	}
	return NULL;
}

/* ---- changes ---- */

static struct change *change_new(const char *key, const char *value)
{
	size_t n = strlen(key) + 1, m = value ? strlen(value) + 1 : 0;
	struct change *change = rd_malloc(sizeof(*change) + n + m);

	if (!change)
		return NULL;
	rd_list_init(&change->link);
	change->former = NULL;
	change->key = memcpy(change + 1, key, n);
	change->value = value ? memcpy(change->key + n, value, m) : NULL;
	return change;
}

/* How many there were. */
static size_t forget(struct rd_list *changes)
{
	struct rd_list *node;
	size_t n = 0;

	for (; (node = rd_list_pop(changes)); n++)
		rd_free(rd_list_entry(node, struct change, link));
	return n;
}

/* On a pool thread: until it comes back, the batch is its own. */
static int write_batch(void *arg)
{
	struct rd__storage *storage = arg;
	struct rd_storage_change *changes = rd_malloc(storage->batch_size * sizeof(*changes));
	size_t n = 0;
	int rc;

	if (!changes)
		return -ENOMEM;
	rd_list_foreach(node, tmp, &storage->batch) {
		const struct change *change = rd_list_entry(node, struct change, link);

		changes[n++] = (struct rd_storage_change){ change->key, change->value };
	}
	rc = storage->row->write(changes, n);
	rd_free(changes);
	return rc;
}

static void say(struct rd__storage *storage, int rc)
{
	bool news = rd_log_is_news(&storage->failing, rc != 0);

	if (news && rc)
		rd_error("store: %s cannot be written: %s; its changes wait", storage->prefix,
			 rd_strerror(rc));
	else if (news)
		rd_notice("store: %s is written again", storage->prefix);
}

static void flush(void *arg);

static void written(int rc, void *arg)
{
	struct rd__storage *storage = arg;

	storage->writing = false;
	say(storage, rc);
	if (!rc) {
		forget(&storage->batch);
		storage->batch_size = 0;
		flush(storage);
	} else if (!storage->leaving) {
		rd_timer_start(&storage->again, AGAIN_MS);
	}
}

/* What could not be written comes first, what has come since then with it. */
static void flush(void *arg)
{
	struct rd__storage *storage = arg;
	struct rd_list *node;
	int rc;

	if (storage->writing)
		return;
	while ((node = rd_list_pop(&storage->pending))) {
		rd_list_push(&storage->batch, node);
		storage->batch_size++;
	}
	if (!storage->batch_size)
		return;
	storage->writing = true;
	rc = rd_offload_then(write_batch, written, storage);
	if (rc)
		written(rc, storage);
}

int rd__storage_change(struct rd__storage *storage, const char *path, const char *value)
{
	struct change *change = change_new(path + strlen(storage->prefix) + 1, value);

	if (!change)
		return -ENOMEM;
	rd_list_push(&storage->pending, &change->link);
	/* All that this turn changes is one batch. */
	if (!storage->writing && !rd_timer_running(&storage->again))
		rd_timer_start(&storage->again, 0);
	return 0;
}

/* ---- a back end comes ---- */

struct reading {
	const struct rd_storage *row;
	struct rd_list found;
	struct rd_map *paths; /* of these */
};

/* On a pool thread. */
static int keep(void *arg, const char *key, const char *value)
{
	struct reading *reading = arg;
	struct change *change;
	char path[RD__DB_PATH_SIZE];
	int rc = rd__db_path(path, reading->row->name, key);

	if (rc)
		return rc;
	change = change_new(key, value);
	if (!change)
		return -ENOMEM;
	rd_list_push(&reading->found, &change->link);
	return rd_map_set(reading->paths, path, change, NULL);
}

static int read_all(void *arg)
{
	struct reading *reading = arg;

	return reading->row->read(keep, reading);
}

/* The tree as it was before: what was put into it last is taken out first. */
static void put_back(struct reading *reading, struct rd_list *done)
{
	struct rd_list *node;

	while ((node = rd_list_pop(done))) {
		struct change *change = rd_list_entry(node, struct change, link);

		rd__db_take_back(reading->row->name, change->key, change->former);
		rd_free(change);
	}
}

/* What may fail comes first. */
static int show_all(struct reading *reading, const char *prefix)
{
	struct rd_list done = RD_LIST_INIT(done);
	int rc = 0;

	while (rc == 0 && !rd_list_empty(&reading->found)) {
		struct change *change = rd_list_entry(reading->found.next, struct change, link);

		rc = rd__db_show(reading->row->name, change->key, change->value, &change->former);
		if (rc)
			break;
		rd_list_remove(&change->link);
		rd_list_push_front(&done, &change->link);
	}
	if (rc)
		put_back(reading, &done);
	else
		rd__db_hide(prefix, reading->paths);
	rd_list_foreach(node, tmp, &done)
		rd_free(rd_list_entry(node, struct change, link)->former);
	forget(&done);
	return rc;
}

static struct rd__storage *find(const struct rd_storage *row)
{
	rd_list_foreach(node, tmp, &all) {
		struct rd__storage *storage = rd_list_entry(node, struct rd__storage, link);

		if (storage->row == row)
			return storage;
	}
	return NULL;
}

static int storage_new(struct rd__storage **sp, const struct rd_storage *row)
{
	struct rd__storage *storage = rd_zalloc(sizeof(*storage));

	if (!storage)
		return -ENOMEM;
	storage->row = row;
	storage->prefix[0] = '/';
	rd_list_init(&storage->pending);
	rd_list_init(&storage->batch);
	rd_timer_init(&storage->again, flush, storage);
	if (!row->name[0] || strchr(row->name, '/') ||
	    !rd_strcpy(storage->prefix + 1, sizeof(storage->prefix) - 1, row->name)) {
		rd_free(storage);
		return -EINVAL;
	}
	*sp = storage;
	return 0;
}

int rd__storage_attach(const struct rd_storage *row)
{
	struct reading reading = { .row = row, .found = RD_LIST_INIT(reading.found) };
	struct rd__storage *storage;
	int rc = rd__db_is_there() ? storage_new(&storage, row) : -ENODEV;

	if (rc)
		return rc;
	rc = rd__storage_of(storage->prefix) ? -EEXIST : rd_map_new(&reading.paths, 0);
	if (rc == 0)
		rc = rd_offload(read_all, &reading);
	if (rc == 0)
		rc = show_all(&reading, storage->prefix);
	if (rc == 0)
		rd_list_push(&all, &storage->link);
	else
		rd_free(storage);
	rd_map_free(reading.paths);
	forget(&reading.found);
	return rc;
}

/* ---- and goes ---- */

/* In a fiber: until all is written, or it fails; a writer that has begun is waited for
 * in any case, for it runs code of the module. */
static void write_the_rest(struct rd__storage *storage)
{
	rd_shield_begin(INT32_MAX);
	while (storage->writing)
		rd_sleep(POLL_MS);
	storage->leaving = true;
	rd_timer_stop(&storage->again);
	flush(storage);
	while (storage->writing || rd_timer_running(&storage->again))
		rd_sleep(POLL_MS);
	rd_shield_end();
}

void rd__storage_detach(const struct rd_storage *row)
{
	struct rd__storage *storage = find(row);
	size_t lost;
	int rc;

	if (!storage)
		return;
	write_the_rest(storage);
	rd_list_remove(&storage->link);
	lost = forget(&storage->batch) + forget(&storage->pending);
	if (lost)
		rd_error("store: %s: the last changes of it are lost: %zu", storage->prefix, lost);
	rd__db_hide(storage->prefix, NULL);
	rc = rd__db_read(storage->prefix);
	if (rc)
		rd_error("store: %s of the embedded store is not seen until a restart: %s",
			 storage->prefix, rd_strerror(rc));
	rd_free(storage);
}

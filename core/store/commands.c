/* The console's view of the key-value tree. The words of the answers are
 * those that scripts look for. */
#include <stdlib.h>
#include <string.h>

#include "core/store/store.h"

struct entry {
	const char *path, *value;
};

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

static size_t collect(const char *family, const char *prefix, struct entry *entries)
{
	struct entry entry;
	size_t pos = 0, n = 0;

	while (rd_db_next(&pos, family, prefix, &entry.path, &entry.value)) {
		if (entries)
			entries[n] = entry;
		n++;
	}
	return n;
}

static int show(struct rd_cli *cli, int argc, const char *const *argv)
{
	const char *family = argc > 0 ? argv[0] : NULL;
	const char *prefix = argc > 1 ? argv[1] : NULL;
	size_t n = collect(family, prefix, NULL);
	struct entry *entries;

	if (argc > 2)
		return -EINVAL;
	entries = rd_malloc(n * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	collect(family, prefix, entries);
	qsort(entries, n, sizeof(*entries), by_path);
	for (size_t i = 0; i < n; i++)
		rd_cli_print(cli, "%-50s: %-25s\n", entries[i].path, entries[i].value);
	rd_cli_print(cli, "%zu results found.\n", n);
	rd_free(entries);
	return 0;
}

static int get(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_pool *pool;
	const char *value;
	int rc;

	if (argc != 2)
		return -EINVAL;
	rc = rd_pool_new(&pool, 0);
	if (rc)
		return rc;
	rc = rd_db_get(argv[0], argv[1], pool, &value);
	if (rc == 0)
		rd_cli_print(cli, "Value: %s\n", value);
	else if (rc == -ENOENT)
		rd_cli_print(cli, "Database entry not found.\n");
	rd_pool_free(pool);
	return rc == -ENOENT ? 1 : rc;
}

static int put(struct rd_cli *cli, int argc, const char *const *argv)
{
	int rc;

	if (argc != 3)
		return -EINVAL;
	rc = rd_db_put(argv[0], argv[1], argv[2]);
	rd_cli_print(cli, rc ? "Failed to update entry\n" : "Updated database successfully\n");
	return rc;
}

static int del(struct rd_cli *cli, int argc, const char *const *argv)
{
	int rc;

	if (argc != 2)
		return -EINVAL;
	rc = rd_db_del(argv[0], argv[1]);
	if (rc == 0)
		rd_cli_print(cli, "Database entry removed.\n");
	else if (rc == -ENOENT)
		rd_cli_print(cli, "Database entry does not exist.\n");
	return rc == -ENOENT ? 1 : rc;
}

static int deltree(struct rd_cli *cli, int argc, const char *const *argv)
{
	int n;

	if (argc < 1 || argc > 2)
		return -EINVAL;
	n = rd_db_deltree(argv[0], argc > 1 ? argv[1] : NULL);
	if (n > 0)
		rd_cli_print(cli, "%d database entries removed.\n", n);
	else if (n == 0)
		rd_cli_print(cli, "Database entries do not exist.\n");
	return n > 0 ? 0 : n == 0 ? 1 : n;
}

const struct rd_cli_command rd__store_commands[] = {
	{ .name = "database show", .usage = "[family [keytree]]",
	  .help = "Show the entries of the database, or those below a family or key.",
	  .run = show },
	{ .name = "database get", .usage = "<family> <key>",
	  .help = "Show the value of a database entry.", .run = get },
	{ .name = "database put", .usage = "<family> <key> <value>",
	  .help = "Add a database entry, or change it.", .run = put },
	{ .name = "database del", .usage = "<family> <key>",
	  .help = "Remove a database entry.", .run = del },
	{ .name = "database deltree", .usage = "<family> [keytree]",
	  .help = "Remove all database entries of a family, or below a key.", .run = deltree },
	{ 0 },
};

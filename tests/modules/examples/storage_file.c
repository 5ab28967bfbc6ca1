/* A storage back end: the family "phonebook" of DB() is kept in a text file, a line for
 * each: "1001<tab>Anna". The file may be edited while the module is not loaded. */
#define RD_MODULE_NAME "storage_file"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringdown/io.h>
#include <ringdown/map.h>
#include <ringdown/module.h>

/* All of this runs on a pool thread, where it may wait for the disk, and touches nothing
 * of the switch thread's. */

enum { PATH = 1024 };

static const char *file_path(char path[PATH])
{
	snprintf(path, PATH, "%s/phonebook.txt", rd_directory("state"));
	return path;
}

/* ---- lines: what would end one is written as %0A ---- */

static void escape(struct rd_buf *out, const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '%')
			rd_buf_printf(out, "%%%02X", (unsigned char)*text);
		else
			rd_buf_addc(out, *text);
}

/* In place. */
static char *unescape(char *text)
{
	char *to = text;
	unsigned byte;

	for (char *from = text; *from; from++) {
		if (sscanf(from, "%%%2x", &byte) == 1) {
			*to++ = (char)byte;
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return text;
}

/* ---- all of the file as a map of texts ---- */

static int put(struct rd_map *map, const char *key, const char *value)
{
	char *copy = rd_strdup(value);
	void *old = NULL;
	int rc = copy ? rd_map_set(map, key, copy, &old) : -ENOMEM;

	rd_free(rc ? copy : old);
	return rc;
}

static int put_line(struct rd_map *map, char *line)
{
	char *tab = strchr(line, '\t');

	line[strcspn(line, "\n")] = '\0';
	if (!tab)
		return 0; /* empty, or a remark */
	*tab = '\0';
	return put(map, unescape(line), unescape(tab + 1));
}

static int read_lines(struct rd_map *map, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	while (rc == 0 && getline(&line, &size, file) > 0)
		rc = put_line(map, line);
	free(line);
	return rc ? rc : ferror(file) ? -EIO : 0;
}

static void map_free(struct rd_map *map)
{
	const char *key;
	size_t pos = 0;
	void *value;

	while (rd_map_next(map, &pos, &key, &value))
		rd_free(value);
	rd_map_free(map);
}

/* A file that is not there yet is an empty one. */
static int read_file(struct rd_map **mp)
{
	char path[PATH];
	FILE *file = fopen(file_path(path), "re");
	int rc = file || errno == ENOENT ? 0 : -errno;

	if (rc == 0)
		rc = rd_map_new(mp, 0);
	if (rc == 0 && file) {
		rc = read_lines(*mp, file);
		if (rc)
			map_free(*mp);
	}
	if (file)
		fclose(file);
	return rc;
}

/* All or nothing: a crash leaves the former one. */
static int write_file(const struct rd_map *map)
{
	char path[PATH];
	struct rd_buf text;
	const char *key;
	size_t pos = 0;
	void *value;
	int rc;

	rd_buf_init(&text);
	while (rd_map_next(map, &pos, &key, &value)) {
		escape(&text, key);
		rd_buf_addc(&text, '\t');
		escape(&text, value);
		rd_buf_addc(&text, '\n');
	}
	rc = text.failed ? -ENOMEM : rd_file_write_here(file_path(path), text.p, text.n, 0640);
	rd_buf_fini(&text);
	return rc;
}

/* ---- the back end ---- */

static int storage_read(int (*keep)(void *arg, const char *key, const char *value), void *arg)
{
	struct rd_map *map;
	const char *key;
	size_t pos = 0;
	void *value;
	int rc = read_file(&map);

	if (rc)
		return rc;
	while (rc == 0 && rd_map_next(map, &pos, &key, &value))
		rc = keep(arg, key, value);
	map_free(map);
	return rc;
}

static int storage_write(const struct rd_storage_change *changes, size_t count)
{
	struct rd_map *map;
	int rc = read_file(&map);

	if (rc)
		return rc;
	for (size_t i = 0; i < count && rc == 0; i++)
		if (changes[i].value)
			rc = put(map, changes[i].key, changes[i].value);
		else
			rd_free(rd_map_remove(map, changes[i].key));
	if (rc == 0)
		rc = write_file(map);
	map_free(map);
	return rc;
}

static const struct rd_storage storages[] = {
	{ .name = "phonebook", .read = storage_read, .write = storage_write },
	{ 0 },
};

RD_MODULE(.name = RD_MODULE_NAME, .synopsis = "The phone book in a text file",
	  .storages = storages);

/* The files of one thing, by the part of the name that they share. */
#include "apps/app_voicemail/parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/io.h>
#include <ringdown/str.h>

/* ---- files ---- */

int vm_read_envelope(const char *path, const char *end, struct vm_message *message)
{
	char file[VM_PATH], text[VM_TEXT];
	int rc = vm_path(file, "%s%s", path, end);
	FILE *in = rc ? NULL : fopen(file, "r");
	size_t n;

	if (!in)
		return rc ? rc : -errno;
	n = fread(text, 1, sizeof(text) - 1, in);
	rc = ferror(in) ? -EIO : 0;
	fclose(in);
	text[n] = '\0';
	memset(message, 0, sizeof(*message));
	if (!rc)
		vm_envelope_parse(text, message);
	return rc;
}

static int copy_data(int in, int out)
{
	char block[2048];
	ssize_t n;
	int rc = 0;

	while (!rc && (n = read(in, block, sizeof(block))) != 0)
		rc = n < 0 ? -errno : rd_file_append(out, block, (size_t)n);
	return rc;
}

int vm_copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out, rc;

	if (in < 0)
		return -errno;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	rc = out < 0 ? -errno : copy_data(in, out);
	if (out >= 0 && close(out) && !rc)
		rc = -errno;
	close(in);
	return rc ? rc : rd_file_sync_here(to);
}

/* A message is never written to again, so two mailboxes may share its sound. */
static int link_file(const char *from, const char *to)
{
	if (link(from, to) == 0)
		return 0;
	return errno == EXDEV || errno == EPERM || errno == EMLINK ? vm_copy_file(from, to)
								   : -errno;
}

/* ---- walking ---- */

struct walk {
	DIR *dir;
};

/* False: there is no such directory, or it cannot be read; *rc says so. */
static bool walk_open(struct walk *walk, const char *directory, int *rc)
{
	walk->dir = opendir(directory);
	*rc = walk->dir || errno == ENOENT ? 0 : -errno;
	return walk->dir;
}

static const char *walk_next(struct walk *walk)
{
	struct dirent *entry;

	do {
		entry = readdir(walk->dir);
	} while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	return entry ? entry->d_name : NULL;
}

static int remove_in(const struct walk *walk, const char *name)
{
	return unlinkat(dirfd(walk->dir), name, 0) && errno != ENOENT ? -errno : 0;
}

/* ---- the parts of PATH ---- */

static bool is_text(const char *extension)
{
	return strcmp(extension, "txt") == 0 || strncmp(extension, "txt.", 4) == 0;
}

/* Call fn with the whole name and the extension of each PATH.*. How many, or negative. */
static int each_part(const char *path,
		     int (*fn)(const char *file, const char *extension, void *arg), void *arg)
{
	const char *slash = strrchr(path, '/'), *name;
	struct walk walk;
	size_t n = strlen(slash + 1);
	char directory[VM_PATH], file[VM_PATH];
	int count = 0, rc = vm_path(directory, "%.*s", (int)(slash - path), path);

	if (rc || !walk_open(&walk, directory, &rc))
		return rc;
	while (!rc && (name = walk_next(&walk))) {
		if (strncmp(name, slash + 1, n) != 0 || name[n] != '.')
			continue;
		rc = vm_path(file, "%s/%s", directory, name);
		if (!rc)
			rc = fn(file, name + n + 1, arg);
		count++;
	}
	closedir(walk.dir);
	return rc ? rc : count;
}

struct linking {
	const char *to;
	int sounds;
};

static int link_part(const char *file, const char *extension, void *arg)
{
	struct linking *linking = arg;
	char to[VM_PATH];
	int rc;

	if (is_text(extension))
		return 0;
	rc = vm_path(to, "%s.%s", linking->to, extension);
	linking->sounds++;
	return rc ? rc : link_file(file, to);
}

int vm_parts_link(const char *from, const char *to)
{
	struct linking linking = { .to = to };
	int rc = each_part(from, link_part, &linking);

	if (rc < 0)
		return rc;
	return linking.sounds ? 0 : -ENOENT;
}

static int sync_part(const char *file, const char *extension, void *arg)
{
	int *sounds = arg;

	if (is_text(extension))
		return 0;
	(*sounds)++;
	return rd_file_sync_here(file);
}

int vm_parts_sync(const char *path)
{
	int sounds = 0, rc = each_part(path, sync_part, &sounds);

	if (rc < 0)
		return rc;
	return sounds ? 0 : -ENOENT;
}

static int64_t in_ms(const struct statx_timestamp *time)
{
	return time->tv_sec * INT64_C(1000) + time->tv_nsec / 1000000;
}

struct recorded {
	int64_t begun_ms, born_ms, written_ms; /* born_ms 0: the file system does not tell */
};

static int measure_part(const char *file, const char *extension, void *arg)
{
	struct recorded *recorded = arg;
	struct statx info;

	if (statx(AT_FDCWD, file, 0, STATX_BTIME | STATX_MTIME, &info))
		return -errno;
	if (strcmp(extension, &VM_BEGUN[1]) == 0)
		recorded->begun_ms = in_ms(&info.stx_mtime);
	if (is_text(extension))
		return 0;
	recorded->written_ms = in_ms(&info.stx_mtime);
	if (info.stx_mask & STATX_BTIME)
		recorded->born_ms = in_ms(&info.stx_btime);
	return 0;
}

int64_t vm_parts_recorded_ms(const char *path)
{
	struct recorded recorded = { 0 };

	if (each_part(path, measure_part, &recorded) < 0 || !recorded.written_ms)
		return 0;
	return recorded.written_ms - (recorded.born_ms ? recorded.born_ms : recorded.begun_ms);
}

static int remove_part(const char *file, const char *extension, void *arg)
{
	(void)extension, (void)arg;
	return unlink(file) && errno != ENOENT ? -errno : 0;
}

int vm_disk_discard(const char *path)
{
	int rc = each_part(path, remove_part, NULL);

	return rc < 0 ? rc : 0;
}

struct renaming {
	const char *to;
	char kept[16]; /* the extension that TO has now */
};

static int rename_part(const char *file, const char *extension, void *arg)
{
	struct renaming *renaming = arg;
	char to[VM_PATH];
	int rc = vm_path(to, "%s.%s", renaming->to, extension);

	if (!rc)
		rc = rd_file_sync_here(file);
	if (!rc && rename(file, to))
		rc = -errno;
	rd_strcpy(renaming->kept, sizeof(renaming->kept), extension);
	return rc;
}

static int remove_other(const char *file, const char *extension, void *arg)
{
	const struct renaming *renaming = arg;

	return strcmp(extension, renaming->kept) == 0 ? 0 : remove_part(file, extension, NULL);
}

/* The new one is there before the old one's other formats go. */
int vm_disk_rename(const char *from, const char *to)
{
	struct renaming renaming = { .to = to };
	char directory[VM_PATH];
	int rc = each_part(from, rename_part, &renaming);

	if (rc == 0)
		return -ENOENT;
	if (rc > 0)
		rc = each_part(to, remove_other, &renaming);
	if (rc < 0)
		return rc;
	rc = vm_path(directory, "%.*s", (int)(strrchr(to, '/') - to), to);
	return rc ? rc : rd_file_sync_here(directory);
}

/* ---- a directory's own ---- */

int vm_first_with(const char *directory, const char *end, const char *keep, char *name)
{
	size_t n = strlen(end), length;
	const char *found;
	struct walk walk;
	int rc;

	if (!walk_open(&walk, directory, &rc))
		return -ENOENT;
	rc = -ENOENT;
	while (rc && (found = walk_next(&walk))) {
		length = strlen(found);
		if (length <= n || strcmp(found + length - n, end) != 0 ||
		    (*keep && strncmp(found, keep, strlen(keep)) == 0))
			continue;
		rc = vm_path(name, "%.*s", (int)(length - n), found);
	}
	closedir(walk.dir);
	return rc;
}

int vm_empty_directory(const char *path, const char *keep)
{
	size_t n = strlen(keep);
	const char *name;
	struct walk walk;
	int rc;

	if (!walk_open(&walk, path, &rc))
		return rc;
	while (!rc && (name = walk_next(&walk)))
		if (!n || strncmp(name, keep, n) != 0)
			rc = remove_in(&walk, name);
	closedir(walk.dir);
	return rc;
}

static bool is_orphan(const char *folder, const char *name)
{
	char text[VM_PATH];

	if (strncmp(name, "msg", 3) != 0)
		return false;
	return vm_path(text, "%s/%.*s.txt", folder, (int)strcspn(name, "."), name) == 0 &&
	       access(text, F_OK) != 0;
}

int vm_remove_orphans(const char *folder)
{
	const char *name;
	struct walk walk;
	int rc;

	if (!walk_open(&walk, folder, &rc))
		return rc;
	while (!rc && (name = walk_next(&walk)))
		if (is_orphan(folder, name))
			rc = remove_in(&walk, name);
	closedir(walk.dir);
	return rc;
}

/* Files of a mailbox: made safe, moved, counted, tidied. See disk.h for what they mean. */
#include "apps/app_voicemail/disk.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/io.h>
#include <ringdown/str.h>

#include "apps/app_voicemail/parts.h"

static const char *const folder_names[VM_FOLDERS] = {
	[VM_INBOX] = "INBOX",   [VM_OLD] = "Old",         [VM_WORK] = "Work",
	[VM_FAMILY] = "Family", [VM_FRIENDS] = "Friends", [VM_CUST1] = "Cust1",
	[VM_CUST2] = "Cust2",   [VM_CUST3] = "Cust3",     [VM_CUST4] = "Cust4",
	[VM_CUST5] = "Cust5",   [VM_DELETED] = "Deleted", [VM_URGENT] = "Urgent",
};

const char *vm_folder_name(enum vm_folder folder)
{
	return folder_names[folder];
}

int vm_folder_from_name(const char *name)
{
	for (int i = 0; i < VM_FOLDERS; i++)
		if (strcmp(folder_names[i], name) == 0)
			return i;
	return -ENOENT;
}

int vm_path(char *path, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, VM_PATH, fmt, ap);
	va_end(ap);
	return n < 0 || n >= VM_PATH ? -ENAMETOOLONG : 0;
}

int vm_path_of_message(char *path, const char *folder, int number)
{
	return vm_path(path, "%s/msg%04d", folder, number);
}

/* ---- directories ---- */

static int make_one(char *path)
{
	char *slash;
	int rc;

	if (mkdir(path, 0750))
		return errno == EEXIST ? 0 : -errno;
	slash = strrchr(path, '/');
	if (!slash || slash == path)
		return 0;
	*slash = '\0';
	rc = rd_file_sync_here(path);
	*slash = '/';
	return rc;
}

int vm_disk_make(const char *directory)
{
	char path[VM_PATH];
	int rc = vm_path(path, "%s", directory);

	for (char *p = path + 1; !rc && (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		rc = access(path, F_OK) ? make_one(path) : 0;
	}
	return rc ? rc : make_one(path);
}

/* ---- messages of a folder ---- */

/* The number of "msg0007.txt"; -1: it is something else. */
static int number_of(const char *name)
{
	char *end;
	long n;

	if (strncmp(name, "msg", 3) != 0 || name[3] < '0' || name[3] > '9')
		return -1;
	n = strtol(name + 3, &end, 10);
	return strcmp(end, ".txt") == 0 && n <= VM_MESSAGES_MAX ? (int)n : -1;
}

int vm_disk_read(const char *folder, int number, struct vm_message *message)
{
	char path[VM_PATH];
	int rc = vm_path_of_message(path, folder, number);

	if (!rc)
		rc = vm_read_envelope(path, VM_LETTER, message);
	if (rc)
		return rc;
	message->number = number;
	/* Older ones have none of their own. */
	if (!message->id[0])
		snprintf(message->id, sizeof(message->id), "%lld-%d", (long long)message->origtime,
			 message->duration);
	return 0;
}

static int add(struct vm_list *list, size_t *room, const char *folder, int number)
{
	struct vm_message *grown;
	int rc;

	if (list->count == *room) {
		*room = *room ? *room * 2 : 16;
		grown = rd_realloc(list->messages, *room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		list->messages = grown;
	}
	rc = vm_disk_read(folder, number, &list->messages[list->count]);
	if (!rc)
		list->count++;
	return rc == -ENOENT ? 0 : rc; /* it has gone meanwhile */
}

static int by_number(const void *a, const void *b)
{
	return ((const struct vm_message *)a)->number - ((const struct vm_message *)b)->number;
}

int vm_disk_list(const char *folder, struct vm_list *list)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t room = 0;
	int rc = 0;

	memset(list, 0, sizeof(*list));
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!rc && (entry = readdir(dir)))
		if (number_of(entry->d_name) >= 0)
			rc = add(list, &room, folder, number_of(entry->d_name));
	closedir(dir);
	if (list->count)
		qsort(list->messages, list->count, sizeof(*list->messages), by_number);
	if (rc) {
		rd_free(list->messages);
		memset(list, 0, sizeof(*list));
	}
	return rc;
}

/* How many, and the number that the next one gets. */
static int look(const char *folder, int *next)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int count = 0, number;

	*next = 0;
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir))) {
		number = number_of(entry->d_name);
		if (number < 0)
			continue;
		count++;
		*next = RD_MAX(*next, number + 1);
	}
	closedir(dir);
	return count;
}

int vm_disk_count(const char *folder)
{
	int next;

	return look(folder, &next);
}

/* ---- from place to place ---- */

/* The message FROM.* becomes TO.*: sound first, then the .txt, which is what counts. to_dir:
 * what has to be on the disk for that. */
static int carry(const char *from, const char *to, const char *to_dir)
{
	char from_text[VM_PATH], to_text[VM_PATH];
	int rc = vm_path(from_text, "%s.txt", from);

	if (!rc)
		rc = vm_path(to_text, "%s.txt", to);
	if (!rc)
		rc = vm_disk_discard(to); /* sound that a crash has left there */
	if (!rc)
		rc = vm_parts_link(from, to);
	if (!rc)
		rc = rd_file_sync_here(to_dir);
	if (!rc && rename(from_text, to_text))
		rc = -errno;
	if (!rc)
		rc = rd_file_sync_here(to_dir);
	return rc ? rc : vm_disk_discard(from);
}

/* FROM.* to the end of a folder. */
static int append(const char *from, const char *box, enum vm_folder folder, int *number)
{
	char to_dir[VM_PATH], to[VM_PATH];
	int next = 0, rc = vm_path(to_dir, "%s/%s", box, vm_folder_name(folder));

	if (!rc)
		rc = vm_disk_make(to_dir);
	if (!rc)
		rc = look(to_dir, &next);
	if (rc < 0)
		return rc;
	if (next > VM_MESSAGES_MAX)
		return -ENOSPC;
	rc = vm_path_of_message(to, to_dir, next);
	if (!rc)
		rc = carry(from, to, to_dir);
	if (!rc)
		*number = next;
	return rc;
}

static int write_text(const char *base, const char *end, const struct vm_message *message)
{
	char path[VM_PATH], text[VM_TEXT];
	int n = vm_envelope_print(text, sizeof(text), message);
	int rc = n < 0 || n >= (int)sizeof(text) ? -EMSGSIZE : vm_path(path, "%s%s", base, end);

	return rc ? rc : rd_file_write_here(path, text, (size_t)n, 0640);
}

int vm_disk_begin(const char *path, const struct vm_message *message)
{
	return write_text(path, VM_BEGUN, message);
}

int vm_disk_deliver(const char *box, const char *name, enum vm_folder folder,
		    struct vm_message *message)
{
	char base[VM_PATH], text[VM_PATH];
	int rc = vm_path(base, "%s/tmp/%s", box, name);

	if (!rc)
		rc = vm_path(text, "%s.txt", base);
	if (!rc)
		rc = vm_parts_sync(base);
	if (!rc)
		rc = write_text(base, VM_LETTER, message);
	if (rc)
		return rc;
	rc = append(base, box, folder, &message->number);
	if (rc)
		unlink(text); /* nobody was told that it is a message */
	return rc;
}

/* The path of tmp/NAME, whose directory is there. */
static int make_stage(char to[VM_PATH], const char *box, const char *name)
{
	char tmp[VM_PATH];
	int rc = vm_path(tmp, "%s/tmp", box);

	if (!rc)
		rc = vm_path(to, "%s/%s", tmp, name);
	return rc ? rc : vm_disk_make(tmp);
}

int vm_disk_copy(const char *from, const char *box, const char *name)
{
	char to[VM_PATH];
	int rc = make_stage(to, box, name);

	return rc ? rc : vm_parts_link(from, to);
}

int vm_disk_take_in(const char *file, const char *box, const char *name)
{
	const char *dot = strrchr(file, '.');
	char stage[VM_PATH], to[VM_PATH];
	int rc = make_stage(stage, box, name);

	if (!rc)
		rc = vm_path(to, "%s%s", stage, dot ? dot : "");
	return rc ? rc : vm_copy_file(file, to);
}

int vm_disk_move(const char *box, enum vm_folder from, int *number, enum vm_folder to)
{
	char folder[VM_PATH], path[VM_PATH];
	int rc = vm_path(folder, "%s/%s", box, vm_folder_name(from));

	if (!rc)
		rc = vm_path_of_message(path, folder, *number);
	if (!rc)
		rc = append(path, box, to, number);
	return rc ? rc : rd_file_sync_here(folder);
}

int vm_disk_remove(const char *folder, int number)
{
	char path[VM_PATH], text[VM_PATH];
	int rc = vm_path_of_message(path, folder, number);

	if (!rc)
		rc = vm_path(text, "%s.txt", path);
	if (rc)
		return rc;
	if (unlink(text))
		return -errno;
	rc = vm_disk_discard(path);
	return rc ? rc : rd_file_sync_here(folder);
}

int vm_disk_renumber(const char *folder)
{
	char from[VM_PATH], to[VM_PATH];
	struct vm_list list;
	int rc = vm_disk_list(folder, &list);

	for (size_t i = 0; i < list.count && !rc; i++) {
		if (list.messages[i].number == (int)i)
			continue;
		rc = vm_path_of_message(from, folder, list.messages[i].number);
		if (!rc)
			rc = vm_path_of_message(to, folder, (int)i);
		if (!rc)
			rc = carry(from, to, folder);
	}
	rd_free(list.messages);
	return rc;
}

/* ---- after a crash ---- */

/* What was written down as a message but had not come to its folder. */
static int deliver_waiting(const char *box, const char *tmp, const char *name)
{
	struct vm_message message = { 0 };
	char base[VM_PATH];
	int number, rc = vm_path(base, "%s/%s", tmp, name);

	if (!rc)
		rc = vm_read_envelope(base, VM_LETTER, &message);
	if (!rc)
		rc = append(base, box, message.urgent ? VM_URGENT : VM_INBOX, &number);
	return rc == -ENOENT ? vm_disk_discard(base) : rc; /* somebody has taken the sound */
}

static int deliver_all(const char *box, const char *tmp)
{
	char name[VM_PATH];
	int rc = 0;

	while (!rc && vm_first_with(tmp, VM_LETTER, "", name) == 0)
		rc = deliver_waiting(box, tmp, name);
	return rc;
}

static bool is_being_delivered(const char *base)
{
	char letter[VM_PATH];

	return !vm_path(letter, "%s" VM_LETTER, base) && access(letter, F_OK) == 0;
}

/* As if who spoke had hung up then. Not inlined: its paths would be in a frame with others. */
__attribute__((noinline)) static int finish(const char *tmp, const char *name)
{
	struct vm_message message;
	char base[VM_PATH], begun[VM_PATH];
	int64_t ms;
	int rc = vm_path(base, "%s/%s", tmp, name);

	if (!rc)
		rc = vm_path(begun, "%s" VM_BEGUN, base);
	if (!rc && is_being_delivered(base))
		return unlink(begun) ? -errno : 0;
	if (!rc)
		rc = vm_read_envelope(base, VM_BEGUN, &message);
	if (rc)
		return rc;
	ms = vm_parts_recorded_ms(base);
	if (ms < RD_MAX(message.duration, 1) * INT64_C(1000))
		return vm_disk_discard(base);
	message.duration = (int)((ms + 500) / 1000);
	rc = vm_parts_sync(base);
	if (!rc)
		rc = write_text(base, VM_LETTER, &message);
	return !rc && unlink(begun) ? -errno : rc;
}

/* What was being said when the daemon was killed. */
static int finish_all(const char *tmp, const char *keep)
{
	char name[VM_PATH];
	int rc = 0;

	while (!rc && vm_first_with(tmp, VM_BEGUN, keep, name) == 0)
		rc = finish(tmp, name);
	return rc;
}

int vm_disk_recover(const char *box, const char *keep)
{
	char path[VM_PATH];
	int rc = vm_path(path, "%s/tmp", box);

	if (!rc)
		rc = finish_all(path, keep);
	if (!rc)
		rc = deliver_all(box, path);
	if (!rc)
		rc = vm_empty_directory(path, keep);
	for (int i = 0; i < VM_FOLDERS && !rc; i++) {
		rc = vm_path(path, "%s/%s", box, vm_folder_name(i));
		if (!rc)
			rc = vm_remove_orphans(path);
	}
	return rc;
}

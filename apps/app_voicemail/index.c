/* The index of messages: see index.h. */
#include "apps/app_voicemail/index.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/log.h>
#include <ringdown/mwi.h>
#include <ringdown/store.h>

#include "apps/app_voicemail/program.h"
#include "apps/app_voicemail/store.h"

/* A folder that was changed so short a time ago may change again without a newer date. */
#define RACY_NS INT64_C(1000000000)

/* A caller may wait for the program. */
enum { NOTIFY_MS = 5000 };

static const char *const steps[] = {
	"CREATE TABLE voicemail_folder (box TEXT NOT NULL, folder TEXT NOT NULL, "
	"stamp INTEGER NOT NULL, PRIMARY KEY (box, folder)) WITHOUT ROWID;"
	"CREATE TABLE voicemail_message (box TEXT NOT NULL, folder TEXT NOT NULL, "
	"number INTEGER NOT NULL, id TEXT NOT NULL, origtime INTEGER NOT NULL, "
	"duration INTEGER NOT NULL, callerid TEXT, urgent INTEGER NOT NULL, "
	"PRIMARY KEY (box, folder, number)) WITHOUT ROWID;"
	"CREATE INDEX voicemail_message_id ON voicemail_message (box, id);",
	NULL
};

const struct rd_schema vm_index_schema = { .name = "app_voicemail", .steps = steps };

/* ---- stamps ---- */

/* When the folder changed last; 0: it is not there, or too young to tell. */
static int64_t stamp_of(const char *folder)
{
	struct timespec now;
	struct stat st;
	int64_t stamp;

	if (stat(folder, &st))
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	stamp = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec - stamp < RACY_NS ? 0 : stamp;
}

struct stamps {
	char box[VM_PATH];
	int64_t now[VM_FOLDERS];
	bool there[VM_FOLDERS];
};

static int read_stamps(void *arg)
{
	struct stamps *stamps = arg;
	char folder[VM_PATH];
	struct stat st;

	for (int i = 0; i < VM_FOLDERS; i++) {
		if (vm_path(folder, "%s/%s", stamps->box, vm_folder_name(i)))
			return -ENAMETOOLONG;
		stamps->there[i] = stat(folder, &st) == 0;
		stamps->now[i] = stamp_of(folder);
	}
	return 0;
}

static int known_stamps(const struct vm_box *box, int64_t known[VM_FOLDERS],
			bool listed[VM_FOLDERS])
{
	const struct rd_value params[] = { RD_TEXT(box->id) };
	struct rd_pool *pool;
	struct rd_rows rows;
	int rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	rc = rd_store_query("SELECT folder, stamp FROM voicemail_folder WHERE box = ?", params, 1,
			    pool, &rows);
	for (int i = 0; !rc && i < rows.count; i++) {
		int folder = vm_folder_from_name(rows.values[2 * i].text);

		if (folder < 0)
			continue;
		known[folder] = rows.values[2 * i + 1].i;
		listed[folder] = true;
	}
	rd_pool_free(pool);
	return rc;
}

int vm_index_check(const struct vm_box *box)
{
	int64_t known[VM_FOLDERS] = { 0 };
	bool listed[VM_FOLDERS] = { false };
	struct stamps stamps;
	int changed = 0, rc = vm_store_path(stamps.box, box);

	if (!rc)
		rc = rd_offload(read_stamps, &stamps);
	if (!rc)
		rc = known_stamps(box, known, listed);
	for (int i = 0; i < VM_FOLDERS && !rc; i++) {
		if (stamps.there[i] == listed[i] &&
		    (!listed[i] || (known[i] && known[i] == stamps.now[i])))
			continue;
		rc = vm_index_refresh(box, i);
		changed = 1;
	}
	return rc ? rc : changed;
}

/* ---- a folder ---- */

struct scan {
	char folder[VM_PATH];
	struct vm_list list;
	int64_t stamp;
	bool there;
};

/* The stamp is read first: what changes meanwhile makes the rows old. */
static int scan_folder(void *arg)
{
	struct scan *scan = arg;
	struct stat st;

	scan->there = stat(scan->folder, &st) == 0;
	scan->stamp = stamp_of(scan->folder);
	return vm_disk_list(scan->folder, &scan->list);
}

static int write_row(const char *sql, const struct rd_value *values, int n)
{
	return rd_store_write(sql, values, n, NULL, NULL);
}

static int write_message(const struct vm_box *box, const char *folder,
			 const struct vm_message *message)
{
	const struct rd_value values[] = {
		RD_TEXT(box->id),           RD_TEXT(folder),           RD_INT(message->number),
		RD_TEXT(message->id),       RD_INT(message->origtime), RD_INT(message->duration),
		RD_TEXT(message->callerid), RD_INT(message->urgent),
	};

	return write_row("INSERT OR REPLACE INTO voicemail_message VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			 values, RD_ARRAY_SIZE(values));
}

/* The stamp comes last: rows that were written half have none. */
static int write_folder(const struct vm_box *box, const char *name, const struct scan *scan)
{
	const struct rd_value values[] = { RD_TEXT(box->id), RD_TEXT(name), RD_INT(scan->stamp) };
	int rc = write_row("DELETE FROM voicemail_folder WHERE box = ? AND folder = ?", values, 2);

	if (!rc)
		rc = write_row("DELETE FROM voicemail_message WHERE box = ? AND folder = ?", values,
			       2);
	for (size_t i = 0; !rc && i < scan->list.count; i++)
		rc = write_message(box, name, &scan->list.messages[i]);
	if (!rc && scan->there)
		rc = write_row("INSERT OR REPLACE INTO voicemail_folder VALUES (?, ?, ?)", values,
			       RD_ARRAY_SIZE(values));
	return rc;
}

int vm_index_refresh(const struct vm_box *box, enum vm_folder folder)
{
	struct scan scan = { .stamp = 0 };
	int rc = vm_store_folder_path(scan.folder, box, folder);

	if (!rc)
		rc = rd_offload(scan_folder, &scan);
	if (!rc)
		rc = write_folder(box, vm_folder_name(folder), &scan);
	vm_list_free(&scan.list);
	if (rc)
		rd_warning("mailbox %s: %s could not be read into the index: %s", box->id,
			   vm_folder_name(folder), rd_strerror(rc));
	return rc;
}

/* ---- questions ---- */

int vm_index_counts(const struct vm_box *box, int counts[VM_FOLDERS])
{
	const struct rd_value params[] = { RD_TEXT(box->id) };
	struct rd_pool *pool;
	struct rd_rows rows;
	int rc = rd_pool_new(&pool, 0);

	memset(counts, 0, VM_FOLDERS * sizeof(*counts));
	if (rc)
		return rc;
	rc = rd_store_query("SELECT folder, count(*) FROM voicemail_message WHERE box = ? "
			    "GROUP BY folder",
			    params, 1, pool, &rows);
	for (int i = 0; !rc && i < rows.count; i++) {
		int folder = vm_folder_from_name(rows.values[2 * i].text);

		if (folder >= 0)
			counts[folder] = (int)rows.values[2 * i + 1].i;
	}
	rd_pool_free(pool);
	return rc;
}

int vm_index_find(const struct vm_box *box, const char *id, enum vm_folder *folder, int *number)
{
	const struct rd_value params[] = { RD_TEXT(box->id), RD_TEXT(id) };
	struct rd_pool *pool;
	struct rd_rows rows;
	int found, rc = rd_pool_new(&pool, 0);

	if (rc)
		return rc;
	rc = rd_store_query("SELECT folder, number FROM voicemail_message WHERE box = ? AND id = ?",
			    params, 2, pool, &rows);
	found = !rc && rows.count ? vm_folder_from_name(rows.values[0].text) : -ENOENT;
	if (found >= 0) {
		*folder = (enum vm_folder)found;
		*number = (int)rows.values[1].i;
	}
	rd_pool_free(pool);
	return rc ? rc : RD_MIN(found, 0);
}

/* ---- lamps ---- */

/* Names of mailboxes and contexts hold nothing that a shell would take for its own. */
static void notify_outside(const struct vm_box *box, const struct rd_mwi *mwi)
{
	int rc;
	struct vm_settings *settings = vm_settings_ref();
	const char *program = settings ? settings->general.externnotify : NULL;
	char *command = program && *program
				? rd_asprintf("%s %s %s %u %u %u", program, box->context, box->name,
					      mwi->new_messages, mwi->old_messages, mwi->new_urgent)
				: NULL;

	vm_settings_unref(settings);
	if (!command)
		return;
	rc = vm_program_run(command, NOTIFY_MS);
	if (rc && rc != -ECANCELED)
		rd_warning("externnotify \"%s\": %s", command,
			   rc < 0 ? rd_strerror(rc) : "it has failed");
	rd_free(command);
}

void vm_index_tell(const struct vm_box *box)
{
	struct rd_mwi mwi = { 0 }, before;
	int counts[VM_FOLDERS];
	bool known = rd_mwi_get(box->id, &before) == 0;

	if (vm_index_counts(box, counts))
		return;
	mwi.new_urgent = (unsigned)counts[VM_URGENT];
	mwi.new_messages = (unsigned)counts[VM_INBOX] + mwi.new_urgent;
	mwi.old_messages = (unsigned)counts[VM_OLD];
	if (memcmp(&mwi, &before, sizeof(mwi)) == 0)
		return;
	/* Nobody waits for a lamp that was never lit. */
	if (rd_mwi_set(box->id, &mwi) == 0 && (known || mwi.new_messages || mwi.old_messages))
		notify_outside(box, &mwi);
}

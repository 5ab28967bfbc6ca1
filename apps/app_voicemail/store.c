/* Mailboxes for fibers: see store.h. */
#include "apps/app_voicemail/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ringdown/clock.h>
#include <ringdown/fiber.h>
#include <ringdown/prompt.h>

#include "apps/app_voicemail/index.h"
#include "apps/app_voicemail/kept.h"

/* What a thread of the pool is to do; which of these are used depends on that. */
struct job {
	char box[VM_PATH];
	const char *path, *name;
	enum vm_folder folder;
	struct vm_message *message;
	struct vm_list *list;
	const struct vm_list *messages;
	const struct vm_change *changes;
	const struct vm_options *options;
	unsigned touched; /* folders that were changed: 1 << folder */
};

const char *vm_store_mark(void)
{
	if (!vm_kept->mark[0]) {
		rd_random_token(vm_kept->mark, 8);
		strcat(vm_kept->mark, "-");
	}
	return vm_kept->mark;
}

int vm_store_path(char path[VM_PATH], const struct vm_box *box)
{
	return vm_path(path, "%s/voicemail/%s/%s", rd_directory("spool"), box->context, box->name);
}

int vm_store_folder_path(char path[VM_PATH], const struct vm_box *box, enum vm_folder folder)
{
	char base[VM_PATH];
	int rc = vm_store_path(base, box);

	return rc ? rc : vm_path(path, "%s/%s", base, vm_folder_name(folder));
}

void vm_list_free(struct vm_list *list)
{
	rd_free(list->messages);
	memset(list, 0, sizeof(*list));
}

static int job_init(struct job *job, const struct vm_box *box, enum vm_folder folder)
{
	memset(job, 0, sizeof(*job));
	job->folder = folder;
	job->options = &box->options;
	return vm_store_path(job->box, box);
}

/* With the lock, then the index and the lamp follow. */
static int run_locked(const struct vm_box *box, int (*fn)(void *arg), struct job *job)
{
	int rc = vm_lock(box->id);

	if (rc)
		return rc;
	rc = rd_offload(fn, job);
	for (int i = 0; i < VM_FOLDERS; i++)
		if (job->touched & 1u << i)
			vm_index_refresh(box, i);
	vm_unlock(box->id);
	if (job->touched)
		vm_index_tell(box);
	return rc;
}

/* ---- recordings ---- */

static int make_tmp(void *arg)
{
	struct job *job = arg;
	char path[VM_PATH];
	int rc = vm_path(path, "%s/tmp", job->box);

	return rc ? rc : vm_disk_make(path);
}

int vm_store_stage(const struct vm_box *box, char stage[VM_PATH])
{
	char token[13];
	struct job job;
	int rc = job_init(&job, box, VM_INBOX);

	rd_random_token(token, sizeof(token) - 1);
	if (!rc)
		rc = vm_path(stage, "%s/tmp/%s%s", job.box, vm_store_mark(), token);
	return rc ? rc : rd_offload(make_tmp, &job);
}

static int begin(void *arg)
{
	const struct job *job = arg;

	return vm_disk_begin(job->path, job->message);
}

/* Made up when it is a message, or begins to be one. */
static void name_it(struct vm_message *message)
{
	char token[9];

	rd_random_token(token, sizeof(token) - 1);
	snprintf(message->id, sizeof(message->id), "%lld-%s", (long long)rd_wall(), token);
}

int vm_store_begin(const char *stage, struct vm_message *message)
{
	struct job job = { .path = stage, .message = message };

	name_it(message);
	return rd_offload(begin, &job);
}

static int discard(void *arg)
{
	return vm_disk_discard(arg);
}

int vm_store_discard(const char *path)
{
	return rd_offload(discard, (void *)path);
}

static int deliver(void *arg)
{
	struct job *job = arg;

	job->touched = 1u << job->folder;
	return vm_disk_deliver(job->box, job->name, job->folder, job->message);
}

int vm_store_deliver(const struct vm_box *box, const char *stage, enum vm_folder folder,
		     struct vm_message *message)
{
	struct job job;
	int rc = job_init(&job, box, folder);

	if (rc)
		return rc;
	name_it(message);
	job.name = strrchr(stage, '/') + 1;
	job.message = message;
	return run_locked(box, deliver, &job);
}

static int copy(void *arg)
{
	struct job *job = arg;

	return vm_disk_copy(job->path, job->box, job->name);
}

static int take_in(void *arg)
{
	struct job *job = arg;

	return vm_disk_take_in(job->path, job->box, job->name);
}

/* fn brings it to the stage. */
static int copy_by(int (*fn)(void *arg), const char *from, const struct vm_box *box,
		   char stage[VM_PATH])
{
	struct job job;
	int rc = vm_store_stage(box, stage);

	if (!rc)
		rc = job_init(&job, box, VM_INBOX);
	if (rc)
		return rc;
	job.path = from;
	job.name = strrchr(stage, '/') + 1;
	return rd_offload(fn, &job);
}

int vm_store_copy(const char *from, const struct vm_box *box, char stage[VM_PATH])
{
	return copy_by(copy, from, box, stage);
}

int vm_store_take_in(const char *file, const struct vm_box *box, char stage[VM_PATH])
{
	return copy_by(take_in, file, box, stage);
}

/* ---- looking ---- */

static int list_folder(void *arg)
{
	struct job *job = arg;
	char folder[VM_PATH];
	int rc = vm_path(folder, "%s/%s", job->box, vm_folder_name(job->folder));

	return rc ? rc : vm_disk_list(folder, job->list);
}

int vm_store_list(const struct vm_box *box, enum vm_folder folder, struct vm_list *list)
{
	struct job job;
	int rc = job_init(&job, box, folder);

	memset(list, 0, sizeof(*list));
	job.list = list;
	return rc ? rc : rd_offload(list_folder, &job);
}

static int count_folder(void *arg)
{
	struct job *job = arg;
	char folder[VM_PATH];
	int rc = vm_path(folder, "%s/%s", job->box, vm_folder_name(job->folder));

	return rc ? rc : vm_disk_count(folder);
}

int vm_store_count(const struct vm_box *box, enum vm_folder folder)
{
	struct job job;
	int rc = job_init(&job, box, folder);

	return rc ? rc : rd_offload(count_folder, &job);
}

/* Most likely it still has its number. */
static int find(const char *folder, const char *id, int *number)
{
	struct vm_message there;
	struct vm_list list;
	int rc = vm_disk_read(folder, *number, &there);

	if (!rc && strcmp(there.id, id) == 0)
		return 0;
	rc = vm_disk_list(folder, &list);
	if (rc)
		return rc;
	rc = -ENOENT;
	for (size_t i = 0; i < list.count && rc; i++) {
		if (strcmp(list.messages[i].id, id) != 0)
			continue;
		*number = list.messages[i].number;
		rc = 0;
	}
	rd_free(list.messages);
	return rc;
}

static int locate(void *arg)
{
	struct job *job = arg;
	char folder[VM_PATH];
	int rc = vm_path(folder, "%s/%s", job->box, vm_folder_name(job->folder));

	return rc ? rc : find(folder, job->message->id, &job->message->number);
}

int vm_store_locate(const struct vm_box *box, enum vm_folder folder, struct vm_message *message,
		    char path[VM_PATH])
{
	char directory[VM_PATH];
	struct job job;
	int rc = job_init(&job, box, folder);

	job.message = message;
	if (!rc)
		rc = rd_offload(locate, &job);
	if (!rc)
		rc = vm_store_folder_path(directory, box, folder);
	if (!rc)
		rc = vm_path_of_message(path, directory, message->number);
	if (!rc)
		rd_prompt_changed(path);
	return rc;
}

static int copy_message(void *arg)
{
	const struct job *job = arg;
	char folder[VM_PATH], path[VM_PATH];
	int rc = vm_path(folder, "%s/%s", job->box, vm_folder_name(job->folder));

	if (!rc)
		rc = find(folder, job->message->id, &job->message->number);
	if (!rc)
		rc = vm_path_of_message(path, folder, job->message->number);
	return rc ? rc : vm_disk_copy(path, job->path, job->name);
}

/* With the lock: between finding and copying it keeps its number. */
int vm_store_copy_message(const struct vm_box *box, enum vm_folder folder,
			  const struct vm_message *message, const struct vm_box *to,
			  char stage[VM_PATH])
{
	struct vm_message found = *message;
	char target[VM_PATH];
	struct job job;
	int rc = vm_store_stage(to, stage);

	if (!rc)
		rc = vm_store_path(target, to);
	if (!rc)
		rc = job_init(&job, box, folder);
	if (rc)
		return rc;
	job.message = &found;
	job.path = target;
	job.name = strrchr(stage, '/') + 1;
	return run_locked(box, copy_message, &job);
}

/* ---- leaving a folder ---- */

/* The oldest go. */
static int trim(const char *box, enum vm_folder folder, int most)
{
	char path[VM_PATH];
	struct vm_list list;
	int rc = vm_path(path, "%s/%s", box, vm_folder_name(folder));

	if (!rc)
		rc = vm_disk_list(path, &list);
	if (rc)
		return rc;
	for (size_t i = 0; i + (size_t)most < list.count && !rc; i++)
		rc = vm_disk_remove(path, list.messages[i].number);
	rd_free(list.messages);
	return rc ? rc : vm_disk_renumber(path);
}

static int delete (struct job *job, const char *folder, int number)
{
	int keep = job->options->backupdeleted, rc;

	if (!keep || job->folder == VM_DELETED)
		return vm_disk_remove(folder, number);
	rc = vm_disk_move(job->box, job->folder, &number, VM_DELETED);
	job->touched |= 1u << VM_DELETED;
	return rc ? rc : trim(job->box, VM_DELETED, keep);
}

static int move(struct job *job, int number, enum vm_folder to)
{
	char folder[VM_PATH];
	int rc = vm_path(folder, "%s/%s", job->box, vm_folder_name(to));

	if (!rc)
		rc = vm_disk_count(folder);
	if (rc >= job->options->maxmsg)
		return -ENOSPC;
	job->touched |= 1u << to;
	return rc < 0 ? rc : vm_disk_move(job->box, job->folder, &number, to);
}

static int carry_out(struct job *job, const char *folder, int number, enum vm_folder to)
{
	job->touched |= 1u << job->folder;
	return to == VM_FOLDERS ? delete (job, folder, number) : move(job, number, to);
}

/* Where it is by now, in .folder, with its number. What is in Deleted has gone. */
static int find_elsewhere(struct job *job, const char *id, char folder[VM_PATH], int *number)
{
	int rc = -ENOENT;

	for (int i = 0; *id && i < VM_FOLDERS && rc == -ENOENT; i++) {
		if (i == VM_DELETED)
			continue;
		job->folder = i;
		rc = vm_path(folder, "%s/%s", job->box, vm_folder_name(i));
		if (!rc)
			rc = find(folder, id, number);
	}
	return rc;
}

static int follow(struct job *job, const struct vm_message *message, enum vm_folder to)
{
	struct job there = *job;
	char folder[VM_PATH];
	int number = message->number;
	int rc = find_elsewhere(&there, message->id, folder, &number);

	if (rc)
		return rc == -ENOENT && to == VM_FOLDERS ? 0 : rc;
	if (there.folder == to)
		return 0;
	rc = carry_out(&there, folder, number, to);
	job->touched |= there.touched;
	return rc ? rc : vm_disk_renumber(folder);
}

static int change_one(struct job *job, const char *folder, const struct vm_message *message,
		      const struct vm_change *change)
{
	int number = message->number;
	int rc = find(folder, message->id, &number);

	if (!rc)
		return carry_out(job, folder, number, change->to);
	if (rc != -ENOENT)
		return rc;
	return change->what == VM_FOLLOWED ? follow(job, message, change->to) : 0;
}

/* What goes wrong with one does not keep the others from where they are to go. */
static int apply(void *arg)
{
	struct job *job = arg;
	char folder[VM_PATH];
	int wrong = 0, rc = vm_path(folder, "%s/%s", job->box, vm_folder_name(job->folder));

	if (rc)
		return rc;
	for (size_t i = 0; i < job->messages->count; i++) {
		if (job->changes[i].what == VM_STAYS)
			continue;
		job->touched |= 1u << job->folder;
		rc = change_one(job, folder, &job->messages->messages[i], &job->changes[i]);
		wrong = rc ? rc : wrong;
	}
	rc = vm_disk_renumber(folder);
	return rc ? rc : wrong;
}

int vm_store_apply(const struct vm_box *box, enum vm_folder folder, const struct vm_list *list,
		   const struct vm_change *changes)
{
	struct job job;
	int rc = job_init(&job, box, folder);

	job.messages = list;
	job.changes = changes;
	return rc ? rc : run_locked(box, apply, &job);
}

/* ---- greetings ---- */

static int set_greeting(void *arg)
{
	struct job *job = arg;

	return vm_disk_rename(job->path, job->name);
}

int vm_store_set_greeting(const struct vm_box *box, const char *name, const char *stage)
{
	char path[VM_PATH];
	struct job job;
	int rc = job_init(&job, box, VM_INBOX);

	if (!rc)
		rc = vm_path(path, "%s/%s", job.box, name);
	if (rc)
		return rc;
	job.path = stage;
	job.name = path;
	rc = run_locked(box, set_greeting, &job);
	rd_prompt_changed(path);
	return rc;
}

int vm_store_remove_greeting(const struct vm_box *box, const char *name)
{
	char base[VM_PATH], path[VM_PATH];
	int rc = vm_store_path(base, box);

	if (!rc)
		rc = vm_path(path, "%s/%s", base, name);
	if (rc)
		return rc;
	rc = vm_store_discard(path);
	rd_prompt_changed(path);
	return rc;
}

int vm_store_greeting(const struct vm_box *box, const char *name, char path[VM_PATH])
{
	char base[VM_PATH];
	int rc = vm_store_path(base, box);

	if (!rc)
		rc = vm_path(path, "%s/%s", base, name);
	if (rc)
		return rc;
	return rd_prompt_exists(path, NULL) ? 0 : -ENOENT;
}

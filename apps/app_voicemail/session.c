/* An owner's folder: read when it is opened, changed when it is closed. In between others may
 * leave, hear and delete messages; so each is found again by its id. */
#include "apps/app_voicemail/session.h"

#include <stdio.h>
#include <string.h>

#include <ringdown/app.h>
#include <ringdown/fiber.h>

#include "apps/app_voicemail/leave.h"

const char *vm_folder_prompt(enum vm_folder folder, char *buf)
{
	snprintf(buf, 32, "vm-%s", vm_folder_name(folder));
	return buf;
}

struct vm_entry *vm_session_entry(struct vm_session *session)
{
	return session->current < 0 ? NULL : &session->entries[session->current];
}

/* ---- opening ---- */

static int add(struct vm_session *session, enum vm_folder folder)
{
	struct vm_entry *grown;
	struct vm_list list;
	int rc = vm_store_list(session->box, folder, &list);

	if (rc || !list.count)
		return rc;
	grown = rd_realloc(session->entries,
			   (session->count + list.count) * sizeof(*session->entries));
	if (grown)
		session->entries = grown;
	for (size_t i = 0; grown && i < list.count; i++)
		grown[session->count++] =
			(struct vm_entry){ .message = list.messages[i], .folder = folder };
	vm_list_free(&list);
	return grown ? 0 : -ENOMEM;
}

int vm_session_open(struct vm_session *session, enum vm_folder folder)
{
	int rc = folder == VM_INBOX ? add(session, VM_URGENT) : 0;

	session->folder = folder;
	session->current = -1;
	return rc ? rc : add(session, folder);
}

/* ---- changes ---- */

/* Where it is to go: a folder, VM_FOLDERS for away, or -1 to stay. */
static int destination(const struct vm_session *session, const struct vm_entry *entry)
{
	if (session->read_only)
		return -1;
	if (entry->deleted)
		return VM_FOLDERS;
	if (entry->heard && !entry->kept && session->box->options.moveheard &&
	    (entry->folder == VM_INBOX || entry->folder == VM_URGENT))
		return VM_OLD;
	return -1;
}

static int change_folder(struct vm_session *session, enum vm_folder folder,
			 struct vm_message *messages, struct vm_change *changes)
{
	struct vm_list list = { .messages = messages };

	for (size_t i = 0; i < session->count; i++) {
		int to = destination(session, &session->entries[i]);

		if (to < 0 || session->entries[i].folder != folder)
			continue;
		messages[list.count] = session->entries[i].message;
		changes[list.count].what = to == VM_FOLDERS ? VM_FOLLOWED : VM_GOES;
		changes[list.count++].to = to;
	}
	return list.count ? vm_store_apply(session->box, folder, &list, changes) : 0;
}

static void change_all(struct vm_session *session)
{
	struct vm_message *messages = rd_malloc(session->count * sizeof(*messages));
	struct vm_change *changes = rd_malloc(session->count * sizeof(*changes));
	int rc = messages && changes ? 0 : -ENOMEM;

	for (int folder = 0; folder < VM_FOLDERS && rc != -ENOMEM; folder++) {
		rc = change_folder(session, folder, messages, changes);
		if (rc && rc != -ENOMEM)
			rd_app_warning(session->ch, "mailbox %s, %s: %s", session->box->id,
				       vm_folder_name(folder), rd_strerror(rc));
	}
	if (rc == -ENOMEM)
		rd_app_error(session->ch, "mailbox %s stays as it was: %s", session->box->id,
			     rd_strerror(rc));
	rd_free(messages);
	rd_free(changes);
}

void vm_session_close(struct vm_session *session)
{
	rd_shield_begin(VM_STORE_MS);
	if (session->count)
		change_all(session);
	rd_shield_end();
	rd_free(session->entries);
	session->entries = NULL;
	session->count = 0;
	session->current = -1;
}

int vm_session_save(struct vm_session *session, enum vm_folder folder)
{
	struct vm_entry *entry = vm_session_entry(session);
	const struct vm_list list = { .messages = &entry->message, .count = 1 };
	const struct vm_change change = { .what = VM_FOLLOWED, .to = folder };
	int rc = 0;

	rd_shield_begin(VM_STORE_MS);
	if (entry->folder != folder)
		rc = vm_store_apply(session->box, entry->folder, &list, &change);
	rd_shield_end();
	if (rc)
		return rc;
	entry->folder = folder;
	entry->kept = true;
	entry->deleted = false;
	return 0;
}

/* VMCOUNT(), VM_INFO() and MailboxExists(): what the dialplan may know of a mailbox. */
#include <stdio.h>
#include <string.h>

#include "apps/app_voicemail/index.h"
#include "apps/app_voicemail/store.h"
#include "apps/app_voicemail/voicemail.h"

/* ---- VMCOUNT(mailbox[@context][&...][,folder]) ---- */

/* Urgent messages are new ones, as their owner hears them. */
static int count_of(const struct vm_box *box, enum vm_folder folder)
{
	int counts[VM_FOLDERS];
	int rc = vm_index_counts(box, counts);

	if (rc)
		return rc;
	return counts[folder] + (folder == VM_INBOX ? counts[VM_URGENT] : 0);
}

static int count_all(const struct vm_settings *settings, struct rd_str boxes, enum vm_folder folder)
{
	char name[RD_MWI_NAME];
	struct rd_str one;
	int sum = 0;

	while (boxes.n) {
		const struct vm_box *box;
		int count;

		rd_str_cut(&boxes, '&', &one);
		if (!rd_strcpyn(name, sizeof(name), rd_str_trim(one)))
			continue;
		box = vm_settings_box(settings, name);
		count = box ? count_of(box, folder) : 0;
		if (count < 0)
			return count;
		sum += count;
	}
	return sum;
}

static int folder_of(struct rd_str name)
{
	char text[16];

	name = rd_str_trim(name);
	if (!name.n)
		return VM_INBOX;
	return rd_strcpyn(text, sizeof(text), name) ? vm_folder_from_name(text) : -ENOENT;
}

static int count_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct vm_settings *settings = vm_settings_ref();
	struct rd_str folder_name = rd_str_of(args), boxes;
	int folder, count;

	(void)ch;
	rd_str_cut(&folder_name, ',', &boxes);
	folder = folder_of(folder_name);
	count = folder < 0 ? -EINVAL : count_all(settings, boxes, (enum vm_folder)folder);
	vm_settings_unref(settings);
	if (count >= 0)
		rd_buf_printf(out, "%d", count);
	return RD_MIN(count, 0);
}

static const char *no_folder(struct rd_str folder, char *buf, size_t size)
{
	if (folder_of(folder) >= 0)
		return NULL;
	snprintf(buf, size, "there is no folder \"%.*s\"", RD_STR_ARG(rd_str_trim(folder)));
	return buf;
}

static const char *count_check(const char *args, char *buf, size_t size)
{
	struct rd_str folder = rd_str_of(args), boxes;
	const char *wrong;
	char names[256];

	rd_str_cut(&folder, ',', &boxes);
	wrong = no_folder(folder, buf, size);
	if (wrong || !rd_strcpyn(names, sizeof(names), boxes))
		return wrong;
	return *names ? vm_settings_fault(names, buf, size) : "which mailbox?";
}

/* ---- VM_INFO(mailbox[@context],attribute[,folder]) ---- */

static void print_text(const struct vm_box *box, const char *what, struct rd_buf *out)
{
	const struct {
		const char *name, *value;
	} texts[] = {
		{ "email", box->email },
		{ "fullname", box->owner },
		{ "pager", box->pager },
		{ "tz", box->options.tz },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(texts); i++)
		if (strcmp(texts[i].name, what) == 0 && texts[i].value)
			rd_buf_adds(out, texts[i].value);
}

/* A PIN is not told to anybody, and messages are said in the language of the call. */
static bool is_attribute(const char *what)
{
	static const char *const known[] = {
		"count", "email", "exists", "fullname", "pager", "tz"
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(known); i++)
		if (strcmp(known[i], what) == 0)
			return true;
	return false;
}

static int print_info(const struct vm_box *box, const char *what, struct rd_str folder_name,
		      struct rd_buf *out)
{
	int folder, count;

	if (strcmp(what, "exists") == 0)
		rd_buf_adds(out, box ? "1" : "0");
	if (!box)
		return 0;
	if (strcmp(what, "count") != 0) {
		print_text(box, what, out);
		return 0;
	}
	folder = folder_of(folder_name);
	count = folder < 0 ? -EINVAL : count_of(box, (enum vm_folder)folder);
	if (count >= 0)
		rd_buf_printf(out, "%d", count);
	return RD_MIN(count, 0);
}

struct info_args {
	char box[RD_MWI_NAME], what[16];
	struct rd_str folder;
};

static int read_info_args(struct info_args *info, const char *args)
{
	struct rd_str box, what;

	info->folder = rd_str_of(args);
	rd_str_cut(&info->folder, ',', &box);
	rd_str_cut(&info->folder, ',', &what);
	return rd_strcpyn(info->box, sizeof(info->box), rd_str_trim(box)) &&
			       rd_strcpyn(info->what, sizeof(info->what), rd_str_trim(what)) &&
			       is_attribute(info->what)
		       ? 0
		       : -EINVAL;
}

static int info_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct vm_settings *settings;
	struct info_args info;
	int rc = read_info_args(&info, args);

	(void)ch;
	if (rc)
		return rc;
	settings = vm_settings_ref();
	rc = print_info(vm_settings_box(settings, info.box), info.what, info.folder, out);
	vm_settings_unref(settings);
	return rc;
}

static const char *info_check(const char *args, char *buf, size_t size)
{
	struct info_args info = { 0 };

	if (read_info_args(&info, args)) {
		snprintf(buf, size, "expected mailbox,attribute: there is no attribute \"%s\"",
			 info.what);
		return buf;
	}
	if (no_folder(info.folder, buf, size))
		return buf;
	return strcmp(info.what, "exists") == 0 ? NULL : vm_settings_fault(info.box, buf, size);
}

/* ---- whether there is one ---- */

static bool exists(const char *name)
{
	struct vm_settings *settings = vm_settings_ref();
	bool there = vm_settings_box(settings, name);

	vm_settings_unref(settings);
	return there;
}

static int exists_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	rd_buf_adds(out, exists(args) ? "1" : "0");
	return 0;
}

int vm_mailboxexists_app(struct rd_channel *ch, const char *args)
{
	const char *argv[2];
	int rc = rd_app_args(rd_channel_scratch(ch), args, argv, 2);

	if (rc < 0)
		return rc;
	return rd_var_set(ch, "VMBOXEXISTSSTATUS", exists(argv[0]) ? "SUCCESS" : "FAILED");
}

const struct rd_function vm_functions[] = {
	{ .name = "VMCOUNT",
	  .read = count_read,
	  .check = count_check,
	  .yields = true,
	  .synopsis = "How many messages are in a mailbox",
	  .syntax = "VMCOUNT(mailbox[@context][&mailbox...][,folder])",
	  .description = "Of the folder INBOX where none is named; urgent ones are among them." },
	{ .name = "VM_INFO",
	  .read = info_read,
	  .check = info_check,
	  .yields = true,
	  .synopsis = "What is known of a mailbox",
	  .syntax = "VM_INFO(mailbox[@context],attribute[,folder])",
	  .description = "exists: 1 or 0; count: messages in the folder, INBOX without; email, "
			 "fullname, pager, tz: as voicemail.conf says. The PIN is not told." },
	{ .name = "MAILBOX_EXISTS",
	  .read = exists_read,
	  .synopsis = "Is there such a mailbox",
	  .syntax = "MAILBOX_EXISTS(mailbox[@context])",
	  .description = "1 or 0; VM_INFO(mailbox,exists) says the same." },
	{ 0 }
};

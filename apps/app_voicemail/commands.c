/* The console: voicemail show, and what an administrator does for an owner. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ringdown/log.h>
#include <ringdown/zone.h>

#include "apps/app_voicemail/index.h"
#include "apps/app_voicemail/pin.h"
#include "apps/app_voicemail/store.h"
#include "apps/app_voicemail/voicemail.h"

static int print_users(struct rd_cli *cli, const struct vm_settings *settings, const char *context)
{
	const struct vm_box *box;
	size_t pos = 0, count = 0;
	struct rd_mwi mwi;
	int rc = 0;

	rd_cli_print(cli, "%-20s %-12s %-28s %6s %6s\n", "Context", "Mailbox", "Owner", "New",
		     "Old");
	while (!rc && (box = vm_settings_next(settings, &pos, context))) {
		rd_mwi_get(box->id, &mwi);
		rd_cli_print(cli, "%-20s %-12s %-28s %6u %6u\n", box->context, box->name,
			     box->owner, mwi.new_messages, mwi.old_messages);
		count++;
		rc = rd_cli_pause(cli);
	}
	rd_cli_count(cli, count, "mailbox", "mailboxes");
	return rc;
}

static int show_users(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct vm_settings *settings;
	int rc;

	if (argc != 0 && (argc != 2 || strcmp(argv[0], "for") != 0))
		return -EINVAL;
	settings = vm_settings_ref();
	rc = settings ? print_users(cli, settings, argc ? argv[1] : NULL) : -ENOENT;
	vm_settings_unref(settings);
	return rc;
}

static int show_zones(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct vm_settings *settings;
	size_t pos = 0, count = 0;
	const char *name;
	void *value;

	(void)argv;
	if (argc)
		return -EINVAL;
	settings = vm_settings_ref();
	rd_cli_print(cli, "%-16s %-24s %s\n", "Zone", "Timezone", "Format");
	while (settings && rd_map_next(settings->zones, &pos, &name, &value)) {
		const struct vm_zone *zone = value;

		rd_cli_print(cli, "%-16s %-24s %s\n", name, zone->timezone, zone->format);
		count++;
	}
	vm_settings_unref(settings);
	rd_cli_count(cli, count, "zone", "zones");
	return 0;
}

/* ---- one mailbox ---- */

typedef int with_box(struct rd_cli *cli, const struct vm_box *box);

static int run_with_box(struct rd_cli *cli, int argc, const char *const *argv, with_box *run)
{
	struct vm_settings *settings;
	const struct vm_box *box;
	int rc = 1;

	if (argc != 1)
		return -EINVAL;
	settings = vm_settings_ref();
	box = vm_settings_box(settings, argv[0]);
	if (box)
		rc = run(cli, box);
	else
		rd_cli_print(cli, "There is no mailbox %s.\n", argv[0]);
	vm_settings_unref(settings);
	return rc;
}

static void print_message(struct rd_cli *cli, enum vm_folder folder,
			  const struct vm_message *message)
{
	char when[32];
	struct tm tm;

	rd_zone_localtime(NULL, message->origtime, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	rd_cli_print(cli, "%-8s %4d  %s  %5d s  %-24s %s%s\n", vm_folder_name(folder),
		     message->number, when, message->duration, message->id, message->callerid,
		     message->urgent ? " (urgent)" : "");
}

static int print_messages(struct rd_cli *cli, const struct vm_box *box)
{
	struct vm_list list;
	size_t count = 0;
	int rc = 0;

	for (int folder = 0; folder < VM_FOLDERS && !rc; folder++) {
		rc = vm_store_list(box, folder, &list);
		for (size_t i = 0; i < list.count && !rc; i++) {
			print_message(cli, folder, &list.messages[i]);
			rc = rd_cli_pause(cli);
		}
		count += list.count;
		vm_list_free(&list);
	}
	rd_cli_count(cli, count, "message", "messages");
	return rc;
}

static int show_messages(struct rd_cli *cli, int argc, const char *const *argv)
{
	return run_with_box(cli, argc, argv, print_messages);
}

static int forget(struct rd_cli *cli, const struct vm_box *box)
{
	int rc = vm_pin_forget(box);

	if (rc && rc != -ENOENT)
		return rc;
	rd_cli_print(cli, "%s has %s.\n", box->id,
		     *box->pin ? "the PIN of voicemail.conf again" : "no PIN any more");
	return 0;
}

static int pin_forget(struct rd_cli *cli, int argc, const char *const *argv)
{
	return run_with_box(cli, argc, argv, forget);
}

static int reload(struct rd_cli *cli, int argc, const char *const *argv)
{
	(void)argv;
	return argc ? -EINVAL : rd_cli_reload(cli, "app_voicemail");
}

const struct rd_cli_command vm_commands[] = {
	{ .name = "voicemail show users",
	  .usage = "[for <context>]",
	  .help = "List the mailboxes, and how many messages wait in them.",
	  .run = show_users },
	{ .name = "voicemail show zones",
	  .usage = "",
	  .help = "List the zones in which times are said.",
	  .run = show_zones },
	{ .name = "voicemail show messages",
	  .usage = "<mailbox[@context]>",
	  .help = "List the messages of a mailbox.",
	  .run = show_messages },
	{ .name = "voicemail pin forget",
	  .usage = "<mailbox[@context]>",
	  .help = "Forget the PIN that an owner has set. Also opens a mailbox again that was "
		  "closed after wrong PINs.",
	  .run = pin_forget },
	{ .name = "voicemail reload",
	  .usage = "",
	  .help = "Read voicemail.conf anew.",
	  .run = reload },
	{ 0 }
};

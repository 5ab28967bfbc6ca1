/* MWI(): the counts of a mailbox for the dialplan, and for people at the console:
 * lamps of mailboxes that something else than our voicemail keeps. And MWI:1001@default, a
 * device for hints, whoever counts. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <ringdown/log.h>
#include <ringdown/module.h>
#include <ringdown/mwi.h>
#include <ringdown/tech.h>

#include "modules/func.h"

/* ---- the function ---- */

static int mwi_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	struct rd_mwi mwi;
	int rc = func_args_read(&a, args, 2);

	(void)ch;
	if (rc == 0 && !*a.argv[0])
		rc = -EINVAL;
	if (rc == 0) {
		rd_mwi_get(a.argv[0], &mwi);
		if (strcasecmp(a.argv[1], "old") == 0)
			rd_buf_printf(out, "%u", mwi.old_messages);
		else if (!*a.argv[1] || strcasecmp(a.argv[1], "new") == 0)
			rd_buf_printf(out, "%u", mwi.new_messages);
		else
			rc = -EINVAL;
	}
	func_args_free(&a);
	return rc;
}

static const char *mwi_check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return func_check_read(mwi_read, args, "expected mailbox[@context][,new|old]");
}

static int read_count(struct rd_str text, unsigned *count)
{
	uint64_t value;
	int rc = rd_str_to_u64(rd_str_trim(text), 1000000, &value);

	if (rc == 0)
		*count = (unsigned)value;
	return rc;
}

/* "new[,old]" */
static int mwi_write(struct rd_channel *ch, const char *args, const char *value)
{
	struct rd_str rest = rd_str_of(value), count;
	struct rd_mwi mwi = { 0 };
	bool more;
	int rc;

	(void)ch;
	more = rd_str_cut(&rest, ',', &count);
	rc = read_count(count, &mwi.new_messages);
	if (rc == 0 && more)
		rc = read_count(rest, &mwi.old_messages);
	return rc ? rc : rd_mwi_set(args, &mwi);
}

static const struct rd_function functions[] = {
	{ .name = "MWI",
	  .read = mwi_read,
	  .write = mwi_write,
	  .check = mwi_check,
	  .synopsis = "How many messages wait in a mailbox",
	  .syntax = "MWI(mailbox[@context][,new|old])",
	  .description = "Set to \"new[,old]\" it tells the phones of the mailbox; kept over "
			 "restarts." },
	{ 0 }
};

/* ---- the console ---- */

static int update(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct rd_mwi mwi = { 0 };
	int rc;

	if (argc < 2 || argc > 3)
		return -EINVAL;
	if (read_count(rd_str_of(argv[1]), &mwi.new_messages) ||
	    (argc == 3 && read_count(rd_str_of(argv[2]), &mwi.old_messages))) {
		rd_cli_print(cli, "Two numbers were expected: new and old messages.\n");
		return 1;
	}
	rc = rd_mwi_set(argv[0], &mwi);
	if (rc == -EINVAL) {
		rd_cli_print(cli, "%s is no name of a mailbox.\n", argv[0]);
		return 1;
	}
	return rc;
}

static int forget(struct rd_cli *cli, int argc, const char *const *argv)
{
	int rc = argc == 1 ? rd_mwi_forget(argv[0]) : -EINVAL;

	if (argc != 1 || rc == 0)
		return rc;
	rd_cli_print(cli, "Nobody counts %s.\n", argv[0]);
	return 1;
}

static int show(struct rd_cli *cli, int argc, const char *const *argv)
{
	unsigned count = 0;
	const char *name;
	struct rd_mwi mwi;
	size_t pos = 0;

	(void)argv;
	if (argc)
		return -EINVAL;
	rd_cli_print(cli, "%-32s %6s %6s\n", "Mailbox", "New", "Old");
	for (; rd_mwi_next(&pos, &name, &mwi); count++)
		rd_cli_print(cli, "%-32s %6u %6u\n", name, mwi.new_messages, mwi.old_messages);
	rd_cli_count(cli, count, "mailbox", "mailboxes");
	return 0;
}

static const struct rd_cli_command commands[] = {
	{ .name = "mwi update",
	  .usage = "<mailbox[@context]> <new> [old]",
	  .help = "Say how many messages wait in a mailbox; its phones are told.",
	  .run = update },
	{ .name = "mwi delete",
	  .usage = "<mailbox[@context]>",
	  .help = "Forget what was said of a mailbox; its phones are told that it is empty.",
	  .run = forget },
	{ .name = "mwi show",
	  .usage = "",
	  .help = "List the mailboxes and how many messages wait.",
	  .run = show },
	{ 0 }
};

/* ---- lamps ---- */

#define USUAL "@default"

static int lamp_state(const char *mailbox)
{
	struct rd_mwi mwi;

	rd_mwi_get(mailbox, &mwi);
	return mwi.new_messages ? RD_DEVICE_INUSE : RD_DEVICE_NOT_INUSE;
}

/* Where nobody has a mailbox, somebody outside counts. */
static bool is_there(const char *who, const char *mailbox, bool otherwise)
{
	const struct rd_mailboxes *mailboxes = rd_interface_get(who, RD_MAILBOXES_VERSION);
	bool there = mailboxes && mailboxes->any() ? mailboxes->has(mailbox) : otherwise;

	rd_interface_put(mailboxes);
	return there;
}

static const char *lamp_check(const char *mailbox, char *buf, size_t size)
{
	char name[RD_MWI_NAME];
	struct rd_mwi mwi;

	if (rd_mwi_name(mailbox, name)) {
		snprintf(buf, size, "\"%s\" is no name of a mailbox", mailbox);
		return buf;
	}
	if (rd_mwi_get(name, &mwi) == 0 || is_there(RD_MAILBOXES("voicemail"), name, true) ||
	    is_there(RD_MAILBOXES("sip"), name, false))
		return NULL;
	snprintf(buf, size, "voicemail.conf has no mailbox \"%s\", so its lamp stays dark",
		 mailbox);
	return buf;
}

static const struct rd_tech techs[] = { { .name = "MWI",
					  .synopsis = "Lamps: in whose mailbox are new messages",
					  .check = lamp_check,
					  .device_state = lamp_state },
					{ 0 } };

/* A hint may leave out the usual context. */
static void on_count(const struct rd_event *event, void *arg)
{
	size_t n = strlen(event->name), usual = strlen(USUAL);
	char device[RD_MWI_NAME + 8];

	(void)arg;
	snprintf(device, sizeof(device), "MWI:%s", event->name);
	rd_device_changed(device);
	if (n <= usual || strcmp(event->name + n - usual, USUAL) != 0)
		return;
	device[strlen(device) - usual] = '\0';
	rd_device_changed(device);
}

static const struct rd_subscriber subscribers[] = {
	{ .name = "func_mwi", .types = RD_EVENT_BIT(RD_EVENT_MWI), .notify = on_count },
	{ 0 }
};

RD_MODULE(.name = "func_mwi", .synopsis = "Counts of waiting messages", .techs = techs,
	  .functions = functions, .commands = commands, .subscribers = subscribers);

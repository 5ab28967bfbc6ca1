/* reach show, reach set, reach block. */
#include <string.h>
#include <strings.h>

#include "modules/reach/reach.h"

static void show_person(struct rd_cli *cli, const struct reach_person *person)
{
	const char *number;
	size_t pos = 0;
	void *value;

	for (int i = 0; i < REACH_ITEMS; i++)
		if (person->value[i])
			rd_cli_print(cli, "%-16s %-20s %s\n", person->name,
				     reach_item_name((enum reach_item)i), person->value[i]);
	while (person->blocked && rd_map_next(person->blocked, &pos, &number, &value))
		rd_cli_print(cli, "%-16s %-20s %s\n", person->name, "block", number);
}

static int show(struct rd_cli *cli, int argc, const char *const *argv)
{
	const struct reach_person *person;
	size_t pos = 0, count = 0;

	if (argc > 1)
		return -EINVAL;
	while ((person = reach_person_next(&pos))) {
		if (argc && strcasecmp(person->name, argv[0]) != 0)
			continue;
		show_person(cli, person);
		count++;
		if (rd_cli_pause(cli))
			return -ECANCELED;
	}
	rd_cli_count(cli, count, "person who wants something", "people who want something");
	return 0;
}

static int say(struct rd_cli *cli, int rc)
{
	if (rc == -EINVAL)
		rd_cli_print(cli, "There is no such value\n");
	return rc == -EINVAL ? 1 : rc;
}

static int set(struct rd_cli *cli, int argc, const char *const *argv)
{
	int item = argc == 2 || argc == 3 ? reach_item_of(argv[1]) : -EINVAL;

	if (item == -ENOENT) {
		rd_cli_print(cli, "\"%s\": expected", argv[1]);
		for (int i = 0; i < REACH_ITEMS; i++)
			rd_cli_print(cli, " %s", reach_item_name((enum reach_item)i));
		rd_cli_print(cli, "\n");
		return 1;
	}
	return item < 0 ? item
			: say(cli,
			      reach_set(argv[0], (enum reach_item)item, argc == 3 ? argv[2] : ""));
}

static int block(struct rd_cli *cli, int argc, const char *const *argv)
{
	return argc == 2 ? say(cli, reach_block(argv[0], argv[1], true)) : -EINVAL;
}

static int unblock(struct rd_cli *cli, int argc, const char *const *argv)
{
	return argc == 2 ? say(cli, reach_block(argv[0], argv[1], false)) : -EINVAL;
}

const struct rd_cli_command reach_commands[] = {
	{ .name = "reach show",
	  .usage = "[who]",
	  .run = show,
	  .help = "Who is forwarded, does not want to be disturbed, or is at another phone" },
	{ .name = "reach set",
	  .usage = "who what [value]",
	  .run = set,
	  .help = "Change that; what is dnd, callwaiting, screening, hotdesk, forward/always, "
		  "forward/busy, forward/noanswer, forward/unreachable, forward/time" },
	{ .name = "reach block",
	  .usage = "who number",
	  .run = block,
	  .help = "Let no calls of a number, a pattern (_0900.) or anonymous through" },
	{ .name = "reach unblock",
	  .usage = "who number",
	  .run = unblock,
	  .help = "Let them through again" },
	{ 0 },
};

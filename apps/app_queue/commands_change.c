/* What the console changes: members, their pauses and penalties, what was counted. Words
 * with a value follow what the command is about: "to support penalty 5". */
#include <string.h>
#include <strings.h>

#include "apps/app_queue/queue.h"

struct word {
	const char *word, *value; /* NULL: it was not given */
};

/* 0, or -EINVAL for a word that is none of these, which end with { 0 }. */
static int read_words(struct word *words, int argc, const char *const *argv)
{
	for (int i = 0; i < argc; i += 2) {
		struct word *it = words;

		while (it->word && strcasecmp(it->word, argv[i]) != 0)
			it++;
		if (!it->word || i + 1 == argc)
			return -EINVAL;
		it->value = argv[i + 1];
	}
	return 0;
}

static bool read_penalty(const char *text, int *out)
{
	uint64_t n = 0;

	if (text && rd_str_to_u64(rd_str_of(text), QUEUE_NUMBER_MAX, &n))
		return false;
	*out = (int)n;
	return true;
}

/* Prints that there is no such queue. */
static struct queue *find(struct rd_cli *cli, const char *name)
{
	struct queue *queue = queue_find(name);

	if (!queue)
		rd_cli_print(cli, "No queue \"%s\"\n", name);
	return queue;
}

/* -- members -------------------------------------------------------------------------- */

int queue_command_add(struct rd_cli *cli, int argc, const char *const *argv)
{
	enum { TO, PENALTY, AS, DEVICE };
	struct word words[] = {
		{ "to", NULL }, { "penalty", NULL }, { "as", NULL }, { "state_interface", NULL },
		{ 0 },
	};
	struct queue_newcomer who = { 0 };
	struct queue *queue;
	int rc;

	if (argc < 3 || read_words(words, argc - 1, argv + 1) || !words[TO].value ||
	    !read_penalty(words[PENALTY].value, &who.penalty))
		return -EINVAL;
	who.interface = argv[0];
	who.name = words[AS].value;
	who.device = words[DEVICE].value;
	queue = find(cli, words[TO].value);
	if (!queue)
		return 1;
	rc = queue_join(queue, &who, NULL);
	if (rc == -EEXIST)
		rd_cli_print(cli, "%s is a member already\n", argv[0]);
	else if (rc == -EINVAL)
		rd_cli_print(cli, "%s is not TECHNOLOGY/RESOURCE\n", argv[0]);
	return rc == -ENOMEM ? rc : rc ? 1 : 0;
}

int queue_command_remove(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct queue *queue;
	int rc;

	if (argc != 3 || strcasecmp(argv[1], "from") != 0)
		return -EINVAL;
	queue = find(cli, argv[2]);
	if (!queue)
		return 1;
	rc = queue_part(queue, argv[0], NULL);
	if (rc)
		rd_cli_print(cli,
			     rc == -EPERM ? "%s is a member by queues.conf\n" : "%s is no member\n",
			     argv[0]);
	return rc ? 1 : 0;
}

/* -- in one queue, or in all ---------------------------------------------------------- */

static int tell_found(struct rd_cli *cli, const char *interface, unsigned found)
{
	if (!found)
		rd_cli_print(cli, "%s is no member\n", interface);
	return found ? 0 : 1;
}

static int change_pause(struct rd_cli *cli, int argc, const char *const *argv, bool paused)
{
	struct word words[] = { { "queue", NULL }, { "reason", NULL }, { 0 } };

	if (argc < 1 || read_words(words, argc - 1, argv + 1))
		return -EINVAL;
	return tell_found(
		cli, argv[0],
		queue_pause(words[0].value, argv[0], paused, words[1].value ? words[1].value : ""));
}

int queue_command_pause(struct rd_cli *cli, int argc, const char *const *argv)
{
	return change_pause(cli, argc, argv, true);
}

int queue_command_unpause(struct rd_cli *cli, int argc, const char *const *argv)
{
	return change_pause(cli, argc, argv, false);
}

int queue_command_penalty(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct word words[] = { { "on", NULL }, { "in", NULL }, { 0 } };
	int penalty;

	if (argc < 3 || read_words(words, argc - 1, argv + 1) || !words[0].value ||
	    !read_penalty(argv[0], &penalty))
		return -EINVAL;
	return tell_found(cli, words[0].value,
			  queue_set_penalty(words[1].value, words[0].value, penalty));
}

/* -- what was counted ----------------------------------------------------------------- */

int queue_command_reset(struct rd_cli *cli, int argc, const char *const *argv)
{
	struct queue *queue;
	size_t pos = 0;

	if (argc > 1)
		return -EINVAL;
	if (argc == 1) {
		queue = find(cli, argv[0]);
		if (queue)
			queue_statistics_reset(queue);
		return queue ? 0 : 1;
	}
	while ((queue = queue_next(&pos)))
		queue_statistics_reset(queue);
	return 0;
}

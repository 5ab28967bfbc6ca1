/* The registry of commands: tables by owner, one list sorted by name, and
 * the search for what a person meant. */
#include <stdlib.h>
#include <string.h>

#include <ringdown/list.h>
#include <ringdown/log.h>

#include "core/cli/session.h"

/* A command, copied from a row that may be of an older, shorter kind. */
struct entry {
	struct rd_cli_command command;
	struct table *table;
};

struct table {
	struct rd_list link;
	const char *owner;
	const struct rd_cli_command *rows; /* as registered: the table's identity */
	int running;
	size_t count;
	struct entry entries[];
};

static struct rd_list tables = RD_LIST_INIT(tables);
static struct entry **sorted;
static size_t sorted_count, sorted_room; /* room for all, also for those that are retired */

/* ---- tables ---- */

static const struct rd_cli_command *row_at(const struct rd_cli_command *rows, size_t i,
					   size_t row_size)
{
	return (const void *)((const char *)rows + i * row_size);
}

static size_t count_rows(const struct rd_cli_command *rows, size_t row_size)
{
	size_t n = 0;

	while (row_at(rows, n, row_size)->name)
		n++;
	return n;
}

static int by_name(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return strcmp((*x)->command.name, (*y)->command.name);
}

static const struct entry *find_entry(const char *name)
{
	for (size_t i = 0; i < sorted_count; i++)
		if (strcmp(sorted[i]->command.name, name) == 0)
			return sorted[i];
	return NULL;
}

static int refuse_doubles(const char *owner, const struct table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const char *name = table->entries[i].command.name;
		const struct entry *other = find_entry(name);

		if (!other)
			continue;
		rd_error("%s: console command \"%s\" is %s's already", owner, name,
			 other->table->owner);
		return -EEXIST;
	}
	return 0;
}

static size_t count_all(void)
{
	size_t count = 0;

	rd_list_foreach(node, tmp, &tables)
		count += rd_list_entry(node, struct table, link)->count;
	return count;
}

static int make_room(size_t count)
{
	struct entry **grown;

	if (sorted && count <= sorted_room)
		return 0;
	grown = rd_realloc(sorted, RD_MAX(count, 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	sorted = grown;
	sorted_room = count;
	return 0;
}

static void add_sorted(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		sorted[sorted_count++] = &table->entries[i];
	qsort(sorted, sorted_count, sizeof(*sorted), by_name);
}

static void remove_sorted(const struct table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < sorted_count; i++)
		if (sorted[i]->table != table)
			sorted[kept++] = sorted[i];
	sorted_count = kept;
}

int rd__cli_register(const char *owner, const struct rd_cli_command *rows,
		     size_t row_size)
{
	size_t count = count_rows(rows, row_size);
	struct table *table = rd_zalloc(sizeof(*table) + count * sizeof(table->entries[0]));
	int rc;

	if (!table)
		return -ENOMEM;
	table->owner = owner;
	table->rows = rows;
	table->count = count;
	for (size_t i = 0; i < count; i++) {
		memcpy(&table->entries[i].command, row_at(rows, i, row_size),
		       RD_MIN(row_size, sizeof(struct rd_cli_command)));
		table->entries[i].table = table;
	}
	rc = refuse_doubles(owner, table);
	if (rc == 0)
		rc = make_room(count_all() + count);
	if (rc < 0) {
		rd_free(table);
		return rc;
	}
	add_sorted(table);
	rd_list_push(&tables, &table->link);
	return 0;
}

static struct table *find_table(const struct rd_cli_command *rows)
{
	rd_list_foreach(node, tmp, &tables) {
		struct table *table = rd_list_entry(node, struct table, link);

		if (table->rows == rows)
			return table;
	}
	return NULL;
}

void rd__cli_unregister(const struct rd_cli_command *rows)
{
	struct table *table = find_table(rows);

	if (!table)
		return;
	rd__cli_end_running(&table->running);
	remove_sorted(table);
	rd_list_remove(&table->link);
	rd_free(table);
	if (!rd_list_empty(&tables))
		return;
	rd_free(sorted);
	sorted = NULL;
	sorted_room = 0;
}

void rd__cli_retire(const struct rd_cli_command *rows, bool back)
{
	struct table *table = find_table(rows);

	if (table && back)
		add_sorted(table);
	else if (table)
		remove_sorted(table);
}

int rd__cli_running(const struct rd_cli_command *rows)
{
	struct table *table = find_table(rows);

	return table ? table->running : 0;
}

void rd__cli_each_running(const struct rd_cli_command *rows,
			  void (*fn)(void *arg, const char *name), void *arg)
{
	struct table *table = find_table(rows);

	if (table)
		rd__cli_each_run(&table->running, fn, arg);
}

bool rd__cli_next(size_t *pos, const struct rd_cli_command **command,
		  const char **owner)
{
	if (*pos >= sorted_count)
		return false;
	*command = &sorted[*pos]->command;
	if (owner)
		*owner = sorted[*pos]->table->owner;
	(*pos)++;
	return true;
}

/* ---- the search ---- */

/* The i-th word of a command's name; absent behind the last. */
static struct rd_str name_word(const char *name, int i)
{
	struct rd_str rest = rd_str_of(name), word;

	for (; rest.p; i--) {
		rd_str_cut(&rest, ' ', &word);
		if (i == 0)
			return word;
	}
	return (struct rd_str){ 0 };
}

/* Do the first n words of the name say what was understood so far? */
static bool follows(const char *name, const struct rd_str *understood, int n)
{
	for (int i = 0; i < n; i++)
		if (!rd_str_eq(name_word(name, i), understood[i]))
			return false;
	return true;
}

/* The word that `typed` stands for at place n, written out or shortened as
 * far as only one is left. Absent when there is none, or several. */
static struct rd_str understand(const char *typed, const struct rd_str *understood, int n,
				bool may_shorten, bool *ambiguous)
{
	struct rd_str found = { 0 };

	for (size_t i = 0; i < sorted_count; i++) {
		const char *name = sorted[i]->command.name;
		struct rd_str word;

		if (!follows(name, understood, n))
			continue;
		word = name_word(name, n);
		if (!word.p || !rd_str_istarts(word, rd_str_of(typed)))
			continue;
		if (word.n == strlen(typed)) {
			*ambiguous = false;
			return word;
		}
		if (!may_shorten)
			continue;
		if (found.p && !rd_str_eq(found, word))
			*ambiguous = true;
		found = word;
	}
	return *ambiguous ? (struct rd_str){ 0 } : found;
}

/* The command whose whole name is these n words. */
static struct entry *whole_command(const struct rd_str *understood, int n)
{
	for (size_t i = 0; i < sorted_count; i++) {
		const char *name = sorted[i]->command.name;

		if (follows(name, understood, n) && !name_word(name, n).p)
			return sorted[i];
	}
	return NULL;
}

void rd__cli_find(const struct rd__cli_line *line, int count, struct rd__cli_match *match)
{
	struct rd_str understood[RD__CLI_MAX_WORDS];

	*match = (struct rd__cli_match){ 0 };
	for (int n = 0; n < count; n++) {
		bool ambiguous = false;
		struct entry *entry;

		/* Behind a whole command, a word is an argument unless it is
		 * exactly the next word of a longer one. */
		understood[n] = understand(line->words[n], understood, n,
					   !match->command, &ambiguous);
		if (ambiguous && !match->command) {
			match->ambiguous = true;
			match->words = n;
		}
		if (!understood[n].p)
			return;
		entry = whole_command(understood, n + 1);
		if (!entry)
			continue;
		match->command = &entry->command;
		match->running = &entry->table->running;
		match->words = n + 1;
	}
}

/* ---- completion ---- */

/* Distinct next words that begin as the last one typed does. */
static void complete_words(const struct rd__cli_line *line, int done, const char *last,
			   struct rd_buf *out)
{
	struct rd_str understood[RD__CLI_MAX_WORDS], former = { 0 };

	for (int n = 0; n < done; n++) {
		bool ambiguous = false;

		understood[n] = understand(line->words[n], understood, n, true,
					   &ambiguous);
		if (!understood[n].p)
			return;
	}
	for (size_t i = 0; i < sorted_count; i++) {
		const char *name = sorted[i]->command.name;
		struct rd_str word = name_word(name, done);

		if (!word.p || !follows(name, understood, done) ||
		    !rd_str_istarts(word, rd_str_of(last)) || rd_str_eq(word, former))
			continue;
		rd_buf_printf(out, "%.*s\n", RD_STR_ARG(word));
		former = word;
	}
}

static void complete_arguments(const struct rd__cli_line *line, int count,
			       struct rd_buf *out)
{
	struct rd__cli_match match;
	char *candidate;

	rd__cli_find(line, count - 1, &match);
	if (!match.command || !match.command->complete)
		return;
	for (int n = 0; (candidate = match.command->complete(
				 count - match.words, line->words + match.words, n));
	     n++) {
		rd_buf_printf(out, "%s\n", candidate);
		rd_free(candidate);
	}
}

void rd__cli_complete(const char *text, struct rd_buf *out)
{
	struct rd__cli_line line;
	int count;

	if (rd__cli_line_split(&line, text) < 0)
		return;
	count = line.count;
	if (count == 0 || !line.open) {
		if (count == RD__CLI_MAX_WORDS) {
			rd__cli_line_free(&line);
			return;
		}
		line.words[count++] = "";
	}
	complete_words(&line, count - 1, line.words[count - 1], out);
	complete_arguments(&line, count, out);
	rd__cli_line_free(&line);
}

/* The registries of codecs and file formats, filled from the tables of
 * modules. Read on the switch thread only, but for formats, which the pool
 * and the writer use by pointer. */
#include <string.h>
#include <strings.h>

#include <ringdown/log.h>
#include <ringdown/str.h>

#include "core/media/registry.h"

enum { ROWS_MAX = 64, WORD_MAX = 64 };

struct row {
	const void *item;
	const char *name, *module;
	int uses;
};

/* In the order of registration. */
struct registry {
	const char *kind;
	struct row rows[ROWS_MAX];
	size_t count;
};

static struct registry codecs = { .kind = "codec" }, formats = { .kind = "format" };

/* ---- what both have in common ---- */

static struct row *find_row(struct registry *registry, const void *item)
{
	for (size_t i = 0; i < registry->count; i++)
		if (registry->rows[i].item == item)
			return &registry->rows[i];
	return NULL;
}

static const struct row *find_name(const struct registry *registry, const char *name)
{
	for (size_t i = 0; i < registry->count; i++)
		if (strcasecmp(registry->rows[i].name, name) == 0)
			return &registry->rows[i];
	return NULL;
}

static int add(struct registry *registry, const void *item, const char *name,
	       const char *module)
{
	const struct row *other = find_name(registry, name);

	if (other) {
		rd_error("%s: %s %s is there already, from %s", module, registry->kind, name,
			 other->module);
		return -EEXIST;
	}
	if (registry->count == ROWS_MAX) {
		rd_error("%s: no room for %s %s: there are %d", module, registry->kind, name,
			 ROWS_MAX);
		return -ENOMEM;
	}
	registry->rows[registry->count++] = (struct row){ item, name, module, 0 };
	return 0;
}

static void take_out(struct registry *registry, const void *item)
{
	struct row *row = find_row(registry, item);
	size_t after;

	if (!row)
		return;
	rd_assert(row->uses == 0);
	after = registry->count - (size_t)(row - registry->rows) - 1;
	memmove(row, row + 1, after * sizeof(*row));
	registry->count--;
}

static int running(const struct registry *registry, const char *module)
{
	int uses = 0;

	for (size_t i = 0; i < registry->count; i++)
		if (strcmp(registry->rows[i].module, module) == 0)
			uses += registry->rows[i].uses;
	return uses;
}

static bool next(const struct registry *registry, size_t *pos, const void **item,
		 const char **module)
{
	if (*pos >= registry->count)
		return false;
	*item = registry->rows[*pos].item;
	*module = registry->rows[(*pos)++].module;
	return true;
}

static void use(struct registry *registry, const void *item, int change)
{
	struct row *row = find_row(registry, item);

	/* A row that nobody registered is a test's own. */
	if (row)
		row->uses += change;
}

/* ---- codecs ---- */

int rd__codec_add(const struct rd_codec *codec, const char *module)
{
	return add(&codecs, codec, codec->name, module);
}

void rd__codec_remove(const struct rd_codec *codec)
{
	rd__law_tables_forget(codec);
	take_out(&codecs, codec);
}

int rd__codecs_running(const char *module)
{
	return running(&codecs, module);
}

void rd__codec_use(const struct rd_codec *codec, int change)
{
	use(&codecs, codec, change);
}

bool rd__codec_next(size_t *pos, const struct rd_codec **codec, const char **module)
{
	const void *item;

	if (!next(&codecs, pos, &item, module))
		return false;
	*codec = item;
	return true;
}

const struct rd_codec *rd_codec_find(const char *name)
{
	const struct row *row = find_name(&codecs, name);

	return row ? row->item : NULL;
}

const struct rd_codec *rd_codec_by_rtp(const char *rtp_name, int rtp_rate, int channels)
{
	for (size_t i = 0; i < codecs.count; i++) {
		const struct rd_codec *codec = codecs.rows[i].item;

		if (strcasecmp(codec->rtp_name, rtp_name) == 0 &&
		    rd__codec_clock(codec) == rtp_rate &&
		    RD_MAX(codec->channels, 1) == RD_MAX(channels, 1))
			return codec;
	}
	return NULL;
}

const struct rd_codec *rd_codec_by_payload(int payload)
{
	for (size_t i = 0; i < codecs.count; i++) {
		const struct rd_codec *codec = codecs.rows[i].item;

		if (payload >= 0 && codec->payload == payload)
			return codec;
	}
	return NULL;
}

/* A list that is being read. */
struct choice {
	const struct rd_codec **out;
	int count, max;
};

static void choose(struct choice *choice, const struct rd_codec *codec)
{
	for (int i = 0; i < choice->count; i++)
		if (choice->out[i] == codec)
			return;
	if (choice->count < choice->max)
		choice->out[choice->count++] = codec;
}

static void reject(struct choice *choice, const struct rd_codec *codec)
{
	int kept = 0;

	for (int i = 0; i < choice->count; i++)
		if (choice->out[i] != codec)
			choice->out[kept++] = choice->out[i];
	choice->count = kept;
}

static int choose_word(struct choice *choice, const char *word)
{
	bool no = word[0] == '!';
	const struct rd_codec *codec;

	if (strcasecmp(word + no, "all") == 0) {
		choice->count = 0;
		for (size_t i = 0; !no && i < codecs.count; i++)
			choose(choice, codecs.rows[i].item);
		return 0;
	}
	codec = rd_codec_find(word + no);
	if (!codec)
		return -ENOENT;
	if (no)
		reject(choice, codec);
	else
		choose(choice, codec);
	return 0;
}

int rd_codec_list(const char *text, const struct rd_codec **out, int max, const char **bad)
{
	static char word[WORD_MAX];
	struct choice choice = { out, 0, max };
	struct rd_str rest = rd_str_of(text), item;

	while (rest.n) {
		rd_str_cut(&rest, ',', &item);
		item = rd_str_trim(item);
		if (!item.n)
			continue;
		rd_strcpyn(word, sizeof(word), item);
		if (choose_word(&choice, word) < 0) {
			if (bad)
				*bad = word;
			return -ENOENT;
		}
	}
	return choice.count;
}

/* ---- formats ---- */

int rd__format_add(const struct rd_format *format, const char *module)
{
	return add(&formats, format, format->name, module);
}

void rd__format_remove(const struct rd_format *format)
{
	take_out(&formats, format);
}

int rd__formats_running(const char *module)
{
	return running(&formats, module);
}

void rd__format_use(const struct rd_format *format, int change)
{
	use(&formats, format, change);
}

bool rd__format_next(size_t *pos, const struct rd_format **format, const char **module)
{
	const void *item;

	if (!next(&formats, pos, &item, module))
		return false;
	*format = item;
	return true;
}

static bool has_extension(const struct rd_format *format, const char *name)
{
	const char *const *alias = format->aliases;

	if (strcasecmp(format->extension, name) == 0)
		return true;
	for (; alias && *alias; alias++)
		if (strcasecmp(*alias, name) == 0)
			return true;
	return false;
}

const struct rd_format *rd_format_find(const char *name)
{
	const struct row *row = find_name(&formats, name);

	if (row)
		return row->item;
	for (size_t i = 0; i < formats.count; i++)
		if (has_extension(formats.rows[i].item, name))
			return formats.rows[i].item;
	return NULL;
}

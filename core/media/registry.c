/* The registries of codecs and file formats, filled from the tables of
 * modules. Read on the switch thread only, but for formats, which the pool
 * and the writer use by pointer. */
#include <string.h>
#include <strings.h>

#include <ringdown/str.h>

#include "core/base/registry.h"
#include "core/media/encoding.h"
#include "core/media/media.h"
#include "core/media/registry.h"

enum { WORD_MAX = 64 };

static struct rd__registry codecs = { .kind = "codec" }, formats = { .kind = "format" };

static void use(struct rd__registry *registry, const char *name, const void *item, int change)
{
	struct rd__row *row = rd__registry_of(registry, name, item);

	/* A row that nobody registered is a test's own. */
	if (row)
		row->uses += change;
}

static const void *find_item(const struct rd__registry *registry, const char *name)
{
	const struct rd__row *row = rd__registry_find(registry, name);

	return row ? row->item : NULL;
}

static bool next(const struct rd__registry *registry, size_t *pos, const void **item,
		 const char **module)
{
	const struct rd__row *row = rd__registry_next(registry, pos);

	if (!row)
		return false;
	*item = row->item;
	*module = row->module;
	return true;
}

/* ---- codecs ---- */

int rd__codec_add(const struct rd_codec *codec, const char *module)
{
	return rd__registry_add(&codecs, codec->name, codec, module);
}

void rd__codec_remove(const struct rd_codec *codec)
{
	rd__law_tables_forget(codec);
	rd__encodings_forget(codec);
	rd__registry_remove(&codecs, codec->name, codec);
}

void rd__codec_retire(const struct rd_codec *codec, bool back)
{
	rd__registry_retire(&codecs, codec->name, codec, back);
}

const char *rd__codec_module(const struct rd_codec *codec)
{
	const struct rd__row *row = rd__registry_of(&codecs, codec->name, codec);

	return row ? row->module : NULL;
}

int rd__codecs_running(const char *module)
{
	return rd__registry_uses(&codecs, module);
}

void rd__codec_use(const struct rd_codec *codec, int change)
{
	use(&codecs, codec->name, codec, change);
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
	return find_item(&codecs, name);
}

const struct rd_codec *rd_codec_by_rtp(const char *rtp_name, int rtp_rate, int channels)
{
	const struct rd_codec *codec;
	const char *module;
	size_t pos = 0;

	while (rd__codec_next(&pos, &codec, &module))
		if (strcasecmp(codec->rtp_name, rtp_name) == 0 &&
		    rd_codec_clock(codec) == rtp_rate &&
		    RD_MAX(codec->channels, 1) == RD_MAX(channels, 1))
			return codec;
	return NULL;
}

const struct rd_codec *rd_codec_by_payload(int payload)
{
	const struct rd_codec *codec;
	const char *module;
	size_t pos = 0;

	while (rd__codec_next(&pos, &codec, &module))
		if (payload >= 0 && codec->payload == payload)
			return codec;
	return NULL;
}

int rd__codec_rate_near(const struct rd_codec *codec, int wanted)
{
	const int *rate = codec->rates;

	if (!codec->set_rate || !rate)
		return codec->rate;
	while (*rate < wanted && rate[1])
		rate++;
	return *rate;
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
	const char *module;
	size_t pos = 0;

	if (strcasecmp(word + no, "all") == 0) {
		choice->count = 0;
		while (!no && rd__codec_next(&pos, &codec, &module))
			choose(choice, codec);
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
	return rd__registry_add(&formats, format->name, format, module);
}

void rd__format_remove(const struct rd_format *format)
{
	rd__registry_remove(&formats, format->name, format);
}

void rd__format_retire(const struct rd_format *format, bool back)
{
	rd__registry_retire(&formats, format->name, format, back);
}

int rd__formats_running(const char *module)
{
	return rd__registry_uses(&formats, module);
}

static struct rd_list open_files = RD_LIST_INIT(open_files);

static void use_all(const struct rd__format_use *file, int change)
{
	for (int i = 0; i < file->count; i++)
		use(&formats, file->formats[i]->name, file->formats[i], change);
}

void rd__format_use_begin(struct rd__format_use *file)
{
	rd_list_push(&open_files, &file->link);
	use_all(file, 1);
}

void rd__format_use_end(struct rd__format_use *file)
{
	if (!file->link.next)
		return;
	rd_list_remove(&file->link);
	file->link.next = NULL;
	use_all(file, -1);
}

static bool is_in_format_of(const struct rd__format_use *file, const char *module)
{
	for (int i = 0; i < file->count; i++) {
		const struct rd__row *row =
			rd__registry_of(&formats, file->formats[i]->name, file->formats[i]);

		if (row && strcmp(row->module, module) == 0)
			return true;
	}
	return false;
}

void rd__formats_each_file(const char *module, void (*fn)(void *arg, const char *path), void *arg)
{
	rd_list_foreach(node, tmp, &open_files) {
		const struct rd__format_use *file =
			rd_list_entry(node, struct rd__format_use, link);

		if (is_in_format_of(file, module))
			fn(arg, file->path);
	}
}

bool rd__format_next(size_t *pos, const struct rd_format **format, const char **module)
{
	const void *item;

	if (!next(&formats, pos, &item, module))
		return false;
	*format = item;
	return true;
}

typedef int (*compare_fn)(const char *, const char *);

static bool has_extension(const struct rd_format *format, const char *name, compare_fn compare)
{
	const char *const *alias = format->aliases;

	if (compare(format->extension, name) == 0)
		return true;
	for (; alias && *alias; alias++)
		if (compare(*alias, name) == 0)
			return true;
	return false;
}

/* Of several one that also writes. */
static const struct rd_format *by_extension(const char *name, compare_fn compare)
{
	const struct rd_format *format, *reads = NULL;
	const char *module;
	size_t pos = 0;

	while (rd__format_next(&pos, &format, &module))
		if (has_extension(format, name, compare)) {
			if (format->open_write)
				return format;
			reads = reads ? reads : format;
		}
	return reads;
}

/* .WAV is not .wav, but .Flac is .flac. */
const struct rd_format *rd_format_find(const char *name)
{
	const struct rd_format *format = by_extension(name, strcmp);

	if (!format)
		format = find_item(&formats, name);
	return format ? format : by_extension(name, strcasecmp);
}

/* Texts within calls that are longer than a signal holds: kept with the channel that
 * they were said to, the latest few, until it ends. */
#include <limits.h>
#include <string.h>

#include <ringdown/channel.h>
#include <ringdown/list.h>
#include <ringdown/tech.h>

#define KEPT 8 /* whoever reads slower than that sees the beginning only */

struct text {
	struct rd_list link;
	int number; /* of its signal */
	char text[];
};

struct texts {
	struct rd_list all; /* the oldest first */
	unsigned count;
	int last; /* number */
};

static const char key;

static void drop_first(struct texts *texts)
{
	rd_free(rd_list_entry(rd_list_pop(&texts->all), struct text, link));
	texts->count--;
}

static void texts_free(void *data)
{
	struct texts *texts = data;

	while (texts->count)
		drop_first(texts);
	rd_free(texts);
}

/* NULL without memory. */
static struct texts *texts_of(struct rd_channel *ch)
{
	return rd_channel_keep_list(ch, &key, sizeof(struct texts), offsetof(struct texts, all),
				    texts_free);
}

/* Its number, or 0 without memory. */
static int keep(struct rd_channel *ch, struct rd_str value)
{
	struct texts *texts = texts_of(ch);
	struct text *text = texts ? rd_malloc(sizeof(*text) + value.n + 1) : NULL;

	if (!text)
		return 0;
	memcpy(text->text, value.p, value.n);
	text->text[value.n] = '\0';
	if (texts->count == KEPT)
		drop_first(texts);
	rd_list_push(&texts->all, &text->link);
	texts->count++;
	text->number = texts->last = texts->last == INT_MAX ? 1 : texts->last + 1;
	return text->number;
}

void rd_channel_post_text(struct rd_channel *ch, struct rd_str text)
{
	struct rd_signal signal = { .type = RD_SIGNAL_TEXT };

	if (!rd_strcpyn(signal.text, sizeof(signal.text), text))
		signal.number = keep(ch, text);
	rd_channel_signal(ch, &signal);
}

const char *rd_channel_text(const struct rd_channel *ch, const struct rd_signal *signal)
{
	struct texts *texts = signal->number ? rd_channel_attached(ch, &key) : NULL;

	if (!texts)
		return signal->text;
	rd_list_foreach(node, tmp, &texts->all)
		if (rd_list_entry(node, struct text, link)->number == signal->number)
			return rd_list_entry(node, struct text, link)->text;
	return signal->text;
}

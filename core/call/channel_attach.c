/* What modules keep with a channel, by the address of a key of theirs. */
#include "core/call/call.h"

struct attachment {
	struct rd_list link;
	const void *key;
	void *data;
	void (*free_data)(void *data);
};

void rd__channel_free_attachments(struct rd_channel *ch)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&ch->attachments))) {
		struct attachment *it = rd_list_entry(node, struct attachment, link);

		if (it->free_data)
			it->free_data(it->data);
		rd_free(it);
	}
}

static struct attachment *attachment_of(const struct rd_channel *ch, const void *key)
{
	rd_list_foreach(node, tmp, &ch->attachments) {
		struct attachment *it = rd_list_entry(node, struct attachment, link);

		if (it->key == key)
			return it;
	}
	return NULL;
}

int rd_channel_attach(struct rd_channel *ch, const void *key, void *data,
		      void (*free_data)(void *data))
{
	struct attachment *it = attachment_of(ch, key);

	if (it) {
		if (it->free_data && it->data != data)
			it->free_data(it->data);
	} else {
		it = rd_zalloc(sizeof(*it));
		if (!it)
			return -ENOMEM;
		rd_list_push(&ch->attachments, &it->link);
	}
	it->key = key;
	it->data = data;
	it->free_data = free_data;
	return 0;
}

const void *rd__channel_attachment(const struct rd_channel *ch, size_t index)
{
	rd_list_foreach(node, tmp, &ch->attachments)
		if (index-- == 0)
			return rd_list_entry(node, struct attachment, link)->key;
	return NULL;
}

void *rd_channel_attached(const struct rd_channel *ch, const void *key)
{
	struct attachment *it = attachment_of(ch, key);

	return it ? it->data : NULL;
}

/* What modules keep with a channel, by the address of a key of theirs. */
#include <string.h>

#include <ringdown/fiber.h>
#include <ringdown/module.h>

#include "core/call/call.h"

struct attachment {
	struct rd_list link;
	const void *key;
	void *data;
	void (*free_data)(void *data);
	const char *module; /* where free_data lies */
};

static void fill(struct attachment *it, void *data, void (*free_data)(void *data),
		 const char *module)
{
	it->data = data;
	it->free_data = free_data;
	it->module = module;
	if (free_data)
		rd_module_use(module);
}

static void empty(struct attachment *it, bool also_data)
{
	if (!it->free_data)
		return;
	if (also_data)
		it->free_data(it->data);
	rd_module_release(it->module);
}

void rd__channel_free_attachments(struct rd_channel *ch)
{
	const char *outer = rd_fiber_set_subject(ch->name);
	struct rd_list *node;

	while ((node = rd_list_pop(&ch->attachments))) {
		struct attachment *it = rd_list_entry(node, struct attachment, link);

		empty(it, true);
		rd_free(it);
	}
	rd_fiber_set_subject(outer);
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

int rd_channel_attach_for(const char *module, struct rd_channel *ch, const void *key, void *data,
			  void (*free_data)(void *data))
{
	struct attachment *it = attachment_of(ch, key);

	if (it) {
		empty(it, it->data != data);
	} else {
		it = rd_zalloc(sizeof(*it));
		if (!it)
			return -ENOMEM;
		it->key = key;
		rd_list_push(&ch->attachments, &it->link);
	}
	fill(it, data, free_data, module);
	return 0;
}

void *rd_channel_keep_for(const char *module, struct rd_channel *ch, const void *key, size_t size,
			  void (*free_data)(void *data))
{
	void *data = rd_channel_attached(ch, key);

	if (data)
		return data;
	data = rd_zalloc(size);
	if (data && rd_channel_attach_for(module, ch, key, data, free_data)) {
		rd_free(data);
		data = NULL;
	}
	return data;
}

bool rd__channel_has_data_of(const struct rd_channel *ch, const char *module)
{
	rd_list_foreach(node, tmp, &ch->attachments) {
		const struct attachment *it = rd_list_entry(node, struct attachment, link);

		if (it->free_data && strcmp(it->module, module) == 0)
			return true;
	}
	return false;
}

bool rd__channel_has_data(const struct rd_channel *ch, const void *data)
{
	rd_list_foreach(node, tmp, &ch->attachments)
		if (rd_list_entry(node, struct attachment, link)->data == data)
			return true;
	return false;
}

void *rd_channel_attached(const struct rd_channel *ch, const void *key)
{
	struct attachment *it = attachment_of(ch, key);

	return it ? it->data : NULL;
}

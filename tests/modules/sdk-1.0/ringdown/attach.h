/* Ringdown SDK: what modules keep with a channel. */
#ifndef RINGDOWN_ATTACH_H
#define RINGDOWN_ATTACH_H

#include <ringdown/list.h>

struct rd_channel;

RD_API_BEGIN

/* Data that a module keeps with a channel, by the address of its key; freed
 * with free_data (NULL: not at all) at the end of the channel, or when other data
 * take its place; NULL data take it away. The module, where free_data lies, stays
 * loaded until then. 0, or -ENOMEM: data are the caller's still. */
static inline int rd_channel_attach(struct rd_channel *ch, const void *key, void *data,
				    void (*free_data)(void *data));
/* Borrowed; NULL: nothing is. */
void *rd_channel_attached(const struct rd_channel *ch, const void *key);
/* What is attached, or else size bytes of zeros, attached now; free_data gives them
 * back with rd_free(). NULL: no memory. */
static inline void *rd_channel_keep(struct rd_channel *ch, const void *key, size_t size,
				    void (*free_data)(void *data));
/* The same for a struct with a list in it, which begins empty. */
static inline void *rd_channel_keep_list(struct rd_channel *ch, const void *key, size_t size,
					 size_t list_offset, void (*free_data)(void *data));
/* By the module's name, for code that several share. */
int rd_channel_attach_for(const char *module, struct rd_channel *ch, const void *key, void *data,
			  void (*free_data)(void *data));
void *rd_channel_keep_for(const char *module, struct rd_channel *ch, const void *key, size_t size,
			  void (*free_data)(void *data));

RD_API_END

static inline int rd_channel_attach(struct rd_channel *ch, const void *key, void *data,
				    void (*free_data)(void *data))
{
	return rd_channel_attach_for(RD_MODULE_NAME, ch, key, data, free_data);
}

static inline void *rd_channel_keep(struct rd_channel *ch, const void *key, size_t size,
				    void (*free_data)(void *data))
{
	return rd_channel_keep_for(RD_MODULE_NAME, ch, key, size, free_data);
}

static inline void *rd_channel_keep_list(struct rd_channel *ch, const void *key, size_t size,
					 size_t list_offset, void (*free_data)(void *data))
{
	char *data = rd_channel_keep(ch, key, size, free_data);
	struct rd_list *list = data ? (void *)(data + list_offset) : NULL;

	if (list && !list->next)
		rd_list_init(list);
	return data;
}

#endif

/* Lists of resources, and lists within lists: an RLS may tell the members of an inner list
 * as those of the outer one, as RFC 4826 §4.4 has it for lists that it is given. */
#include <string.h>

#include "channels/sip/endpoint/settings_lists.h"
#include "channels/sip/endpoint/settings_options.h"

enum { DEPTH_MAX = 16 };

int sip_lists_read(struct sip_settings *settings, const struct rd_config_section *section,
		   struct rd_config_report *report)
{
	static const char *const by_hand[] = { "type", NULL };
	struct sip_list *list = rd_pool_zalloc(settings->pool, sizeof(*list));
	int rc;

	if (!list)
		return -ENOMEM;
	rc = rd_options_read(sip_list_options, section, by_hand, list, settings->pool, report);
	list->name = rd_pool_strdup(settings->pool, rd_config_section_name(section));
	list->file = rd_pool_strdup(settings->pool, rd_config_section_file(section));
	list->line = rd_config_section_line(section);
	if (rc == -ENOMEM || !list->name || !list->file)
		return -ENOMEM;
	list->next = settings->lists;
	settings->lists = list;
	return 0;
}

/* ---- lists within lists ---- */

/* A list that is being looked into; depth 0: the one that all is for. */
struct step {
	const struct sip_list *list;
	int depth;
};

struct flattening {
	const struct sip_settings *settings;
	struct rd_config_report *report;
	const struct sip_list *top;
	struct rd_map *seen; /* names of resources and lists */
	const char **items;
	size_t count, room;
};

static bool same_event(const struct sip_list *a, const struct sip_list *b)
{
	return a->event && b->event && strcmp(a->event, b->event) == 0;
}

/* The list that an item is; its own name is that of an extension. NULL: none. */
static const struct sip_list *inner_list(const struct flattening *it, const struct sip_list *outer,
					 const char *name)
{
	const struct sip_list *list = it->settings->lists;

	while (list && (strcmp(list->name, name) != 0 || !same_event(list, outer)))
		list = list->next;
	return list == outer ? NULL : list;
}

static int add(struct flattening *it, const char *name)
{
	size_t room = it->room ? it->room * 2 : 16;
	const char **more = it->items;

	if (it->count == it->room) {
		more = rd_realloc(it->items, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		it->items = more;
		it->room = room;
	}
	more[it->count++] = name;
	return 0;
}

/* Circles are told of by the list that they lead back to. */
static bool may_enter(const struct flattening *it, const struct step *step,
		      const struct sip_list *inner)
{
	const struct sip_list *list = step->list;
	bool is_back = inner == it->top;

	if (!is_back && step->depth < DEPTH_MAX)
		return true;
	rd_config_warning(it->report, list->file, list->line,
			  "[%s] list_item = %s: it is left out: %s", list->name, inner->name,
			  is_back ? "that list has this one in it"
				  : "lists within lists are too deep");
	return false;
}

static int look_into(struct flattening *it, const struct step *step)
{
	const struct sip_list *list = step->list, *inner;
	int rc = 0;

	for (const char *const *name = list->items; rc == 0 && name && *name; name++) {
		inner = inner_list(it, list, *name);
		if (rd_map_get(it->seen, *name) || (inner && !may_enter(it, step, inner)))
			continue;
		rc = rd_map_set(it->seen, *name, it, NULL);
		if (rc == 0)
			rc = inner ? look_into(it, &(struct step){ inner, step->depth + 1 })
				   : add(it, *name);
	}
	return rc;
}

static int keep(const struct flattening *it, struct sip_list *list)
{
	size_t size = it->count * sizeof(*it->items);
	const char **members = rd_pool_alloc(it->settings->pool, size);

	if (!members)
		return -ENOMEM;
	list->members = memcpy(members, it->items, size);
	return 0;
}

static int flatten(struct flattening *it, struct sip_list *list)
{
	int rc = rd_map_new(&it->seen, 0);

	if (rc)
		return rc;
	it->top = list;
	it->count = 0;
	rc = look_into(it, &(struct step){ .list = list });
	if (rc == 0)
		rc = add(it, NULL);
	if (rc == 0)
		rc = keep(it, list);
	rd_map_free(it->seen);
	return rc;
}

int sip_lists_flatten(struct sip_settings *settings, struct rd_config_report *report)
{
	struct flattening it = { .settings = settings, .report = report };
	int rc = 0;

	for (struct sip_list *list = settings->lists; rc == 0 && list; list = list->next)
		rc = flatten(&it, list);
	rd_free(it.items);
	return rc;
}

/* GROUP(), GROUP_COUNT(), GROUP_MATCH_COUNT(), GROUP_LIST(): how many calls
 * are in a group, for limits per trunk, user or customer. */
#include <string.h>

#include <ringdown/list.h>
#include <ringdown/map.h>
#include <ringdown/module.h>
#include <ringdown/regex.h>

#include "modules/func.h"

/* All channels in one group of one category; "group@category" in the map. */
struct group {
	int members;
	size_t category; /* where the category begins in .key */
	char key[];
};

/* One channel's membership in one category. */
struct member {
	struct rd_list link;
	struct group *group;
};

struct membership {
	struct rd_list members;
};

/* What stays when a new file takes the module's place. */
static struct kept {
	struct rd_map *groups;
	char key; /* of what is kept with a channel */
} own, *kept = &own;

static const size_t sizes[] = { sizeof(own), sizeof(struct group), sizeof(struct member),
				sizeof(struct membership), 0 };
static const size_t *const shape[] = { sizes, NULL };
static const struct rd_module_state state = {
	.version = 1, .shape = shape, .size = sizeof(own), .place = (void **)&kept
};

static void member_free(struct member *member)
{
	struct group *group = member->group;

	rd_list_remove(&member->link);
	rd_free(member);
	if (--group->members)
		return;
	rd_map_remove(kept->groups, group->key);
	rd_free(group);
}

static void membership_free(void *data)
{
	struct membership *membership = data;

	rd_list_foreach(it, next, &membership->members)
		member_free(rd_list_entry(it, struct member, link));
	rd_free(membership);
}

static struct membership *membership_of(struct rd_channel *ch)
{
	return rd_channel_keep_list(ch, &kept->key, sizeof(struct membership),
				    offsetof(struct membership, members), membership_free);
}

static struct group *group_of(const char *name, const char *category)
{
	size_t n = strlen(name), m = strlen(category);
	struct group *group = rd_zalloc(sizeof(*group) + n + m + 2);
	struct group *known;

	if (!group)
		return NULL;
	memcpy(group->key, name, n);
	group->key[n] = '@';
	memcpy(group->key + n + 1, category, m + 1);
	group->category = n + 1;
	known = rd_map_get(kept->groups, group->key);
	if (known || rd_map_set(kept->groups, group->key, group, NULL)) {
		rd_free(group);
		return known;
	}
	return group;
}

static struct member *member_in(const struct rd_channel *ch, const char *category)
{
	struct membership *membership = rd_channel_attached(ch, &kept->key);

	if (!membership)
		return NULL;
	rd_list_foreach(it, next, &membership->members) {
		struct member *member = rd_list_entry(it, struct member, link);

		if (strcmp(member->group->key + member->group->category, category) == 0)
			return member;
	}
	return NULL;
}

static int join(struct rd_channel *ch, const char *args, const char *value)
{
	struct membership *membership = ch ? membership_of(ch) : NULL;
	struct member *member, *old;
	struct group *group;

	if (!ch)
		return -EINVAL;
	old = member_in(ch, args);
	if (!*value) {
		if (old)
			member_free(old);
		return 0;
	}
	member = rd_zalloc(sizeof(*member));
	group = membership && member ? group_of(value, args) : NULL;
	if (!group) {
		rd_free(member);
		return -ENOMEM;
	}
	group->members++;
	member->group = group;
	rd_list_push(&membership->members, &member->link);
	if (old)
		member_free(old);
	return 0;
}

/* GROUP(category)=group, or GROUP()=group@category. */
static int group_write(struct rd_channel *ch, const char *args, const char *value)
{
	const char *at = *args ? NULL : strrchr(value, '@');
	char *group;
	int rc;

	if (!at)
		return join(ch, args, value);
	group = rd_strndup(value, (size_t)(at - value));
	rc = group ? join(ch, at + 1, group) : -ENOMEM;
	rd_free(group);
	return rc;
}

static int group_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const struct member *member = ch ? member_in(ch, args) : NULL;

	if (member)
		rd_buf_add(out, member->group->key, member->group->category - 1);
	return 0;
}

/* "group@category", in two; category "" when there is none: any will do. */
static int split(const char *args, char **name, const char **category)
{
	const char *at = strrchr(args, '@');

	*category = at ? at + 1 : "";
	*name = rd_strndup(args, at ? (size_t)(at - args) : strlen(args));
	return *name ? 0 : -ENOMEM;
}

/* Of "" the name is that of this call's group. */
static int count_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	const struct member *own;
	const char *category, *key;
	int count = 0, rc;
	size_t pos = 0;
	struct rd_str wanted;
	void *value;
	char *name;

	rc = split(args, &name, &category);
	if (rc)
		return rc;
	own = ch && !*name ? member_in(ch, category) : NULL;
	wanted = own ? (struct rd_str){ own->group->key, own->group->category - 1 }
		     : rd_str_of(name);
	while (rd_map_next(kept->groups, &pos, &key, &value)) {
		const struct group *group = value;

		if (rd_str_ieq((struct rd_str){ key, group->category - 1 }, wanted) &&
		    (!*category || strcasecmp(key + group->category, category) == 0))
			count += group->members;
	}
	rd_free(name);
	rd_buf_printf(out, "%d", count);
	return 0;
}

/* Members of all groups that both expressions fit, or an error. */
static int count_matching(struct rd_regex *name, struct rd_regex *category)
{
	const char *key;
	size_t pos = 0;
	int count = 0;
	void *value;

	while (rd_map_next(kept->groups, &pos, &key, &value)) {
		const struct group *group = value;
		char *text = rd_strndup(key, group->category - 1);
		int rc = text ? rd_regex_match(name, text, NULL) : -ENOMEM;

		rd_free(text);
		if (rc > 0)
			rc = rd_regex_match(category, key + group->category, NULL);
		if (rc < 0)
			return rc;
		count += rc > 0 ? group->members : 0;
	}
	return count;
}

static int match_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_regex *name = NULL, *category = NULL;
	const char *which;
	char *pattern;
	int rc = split(args, &pattern, &which);

	if (rc)
		return rc;
	rc = rd_regex_new(&name, pattern);
	rd_free(pattern);
	if (rc == 0)
		rc = rd_regex_new(&category, which);
	if (rc == 0)
		rc = count_matching(name, category);
	rd_regex_free(category);
	rd_regex_free(name);
	if (rc < 0)
		return func_regex_failed(ch, "GROUP_MATCH_COUNT", rc);
	rd_buf_printf(out, "%d", rc);
	return 0;
}

static const char *match_check(const char *args, char *buf, size_t size)
{
	const char *which, *wrong;
	char *pattern;

	if (split(args, &pattern, &which))
		return NULL;
	wrong = func_check_regex(pattern, buf, size);
	rd_free(pattern);
	return wrong ? wrong : func_check_regex(which, buf, size);
}

static int list_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct membership *membership = ch ? rd_channel_attached(ch, &kept->key) : NULL;
	size_t start = out->n; /* what stands before this function in the text */

	(void)args;
	if (!membership)
		return 0;
	rd_list_foreach(it, next, &membership->members) {
		const struct group *group = rd_list_entry(it, struct member, link)->group;
		bool plain = !group->key[group->category];

		if (out->n > start)
			rd_buf_addc(out, ' ');
		rd_buf_add(out, group->key,
			   plain ? group->category - 1 : strlen(group->key));
	}
	return 0;
}

static int load(void)
{
	return rd_map_new(&kept->groups, 0);
}

static void unload(void)
{
	rd_map_free(kept->groups);
}

static const struct rd_function functions[] = {
	{ .name = "GROUP",
	  .read = group_read,
	  .write = group_write,
	  .synopsis = "The group of this call in a category",
	  .syntax = "GROUP([category])" },
	{ .name = "GROUP_COUNT",
	  .read = count_read,
	  .synopsis = "How many calls are in a group",
	  .syntax = "GROUP_COUNT([group][@category])" },
	{ .name = "GROUP_MATCH_COUNT",
	  .read = match_read,
	  .check = match_check,
	  .synopsis = "How many calls are in groups that a regular expression matches",
	  .syntax = "GROUP_MATCH_COUNT(expression[@category])" },
	{ .name = "GROUP_LIST",
	  .read = list_read,
	  .synopsis = "The groups of this call",
	  .syntax = "GROUP_LIST()" },
	{ 0 }
};

RD_MODULE(.name = "func_groupcount", .synopsis = "Groups of calls", .functions = functions,
	  .load = load, .unload = unload, .state = &state);

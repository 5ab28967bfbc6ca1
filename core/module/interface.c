/* Tables of functions that one module publishes for others, by name and
 * version, and how many hold one. */
#include <string.h>

#include <ringdown/log.h>

#include "core/module/loader.h"

struct published {
	struct rd_list link;
	const struct rd_interface *interface;
	const char *module;
	bool retired; /* nobody finds it; who holds it goes on */
	struct rd_list users;
};

/* A module that holds it, some times over. */
struct user {
	struct rd_list link;
	int uses;
	char name[];
};

static struct rd_list all = RD_LIST_INIT(all);

static struct published *find(const char *name)
{
	rd_list_foreach(node, tmp, &all) {
		struct published *published = rd_list_entry(node, struct published, link);

		if (!published->retired && strcmp(published->interface->name, name) == 0)
			return published;
	}
	return NULL;
}

int rd__interface_add(const struct rd_interface *interface, const char *module)
{
	struct published *published = find(interface->name);

	if (published) {
		rd_error("%s: interface %s: already published by %s", module, interface->name,
			 published->module);
		return -EEXIST;
	}
	published = rd_zalloc(sizeof(*published));
	if (!published)
		return -ENOMEM;
	published->interface = interface;
	published->module = module;
	rd_list_init(&published->users);
	rd_list_push(&all, &published->link);
	return 0;
}

static struct user *find_user(const struct published *published, const char *name)
{
	rd_list_foreach(node, tmp, &published->users) {
		struct user *user = rd_list_entry(node, struct user, link);

		if (strcmp(user->name, name) == 0)
			return user;
	}
	return NULL;
}

static struct user *get_user(struct published *published, const char *name)
{
	struct user *user = find_user(published, name);

	if (user)
		return user;
	user = rd_zalloc(sizeof(*user) + strlen(name) + 1);
	if (!user)
		return NULL;
	strcpy(user->name, name);
	rd_list_push(&published->users, &user->link);
	return user;
}

static void free_users(struct published *published)
{
	struct rd_list *node;

	while ((node = rd_list_pop(&published->users)))
		rd_free(rd_list_entry(node, struct user, link));
}

void rd__interface_remove(const struct rd_interface *interface)
{
	rd_list_foreach(node, tmp, &all) {
		struct published *published = rd_list_entry(node, struct published, link);

		if (published->interface != interface)
			continue;
		rd_list_remove(node);
		free_users(published);
		rd_free(published);
	}
}

void rd__interface_retire(const struct rd_interface *interface, bool back)
{
	rd_list_foreach(node, tmp, &all) {
		struct published *published = rd_list_entry(node, struct published, link);

		if (published->interface == interface)
			published->retired = !back;
	}
}

static void count_user(void *arg, const char *user)
{
	(void)user;
	++*(int *)arg;
}

int rd__interfaces_used(const char *module)
{
	int users = 0;

	rd__interfaces_each_user(module, count_user, &users);
	return users;
}

void rd__interfaces_each_user(const char *module, void (*fn)(void *arg, const char *user),
			      void *arg)
{
	rd_list_foreach(node, tmp, &all) {
		const struct published *published = rd_list_entry(node, struct published, link);

		if (strcmp(published->module, module) != 0)
			continue;
		rd_list_foreach(at, next, &published->users)
			fn(arg, rd_list_entry(at, struct user, link)->name);
	}
}

size_t rd__interfaces_held_by(const char *user, struct rd_buf *out)
{
	size_t count = 0;

	rd_list_foreach(node, tmp, &all) {
		const struct published *published = rd_list_entry(node, struct published, link);

		if (find_user(published, user))
			rd_buf_printf(out, "%s%s", count++ ? ", " : "", published->interface->name);
	}
	return count;
}

void rd__interfaces_put_by(const char *user_name)
{
	rd_list_foreach(node, tmp, &all) {
		struct user *user =
			find_user(rd_list_entry(node, struct published, link), user_name);

		if (!user)
			continue;
		rd_list_remove(&user->link);
		rd_free(user);
	}
}

const void *rd_interface_get_for(const char *user_name, const char *name, unsigned version)
{
	struct published *published = find(name);
	struct user *user;

	if (!published)
		return NULL;
	if (published->interface->version != version) {
		rd_error("interface %s: version %u was asked for, %s has %u", name, version,
			 published->module, published->interface->version);
		return NULL;
	}
	user = get_user(published, user_name);
	if (!user)
		return NULL;
	user->uses++;
	return published->interface->functions;
}

static void let_go(struct published *published, const char *user_name)
{
	struct user *user = find_user(published, user_name);

	rd_assert(user && user->uses > 0);
	if (--user->uses > 0)
		return;
	rd_list_remove(&user->link);
	rd_free(user);
}

void rd_interface_put_for(const char *user, const void *functions)
{
	if (!functions)
		return;
	rd_list_foreach(node, tmp, &all) {
		struct published *published = rd_list_entry(node, struct published, link);

		if (published->interface->functions == functions) {
			let_go(published, user);
			return;
		}
	}
}

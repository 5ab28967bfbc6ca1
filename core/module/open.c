/* Opening a shared object and judging whether it is a module of ours, built
 * for this SDK or an older one that we still understand. */
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <ringdown/fiber.h>
#include <ringdown/log.h>

#include "core/base/context.h"
#include "core/base/usage.h"
#include "core/call/call.h"
#include "core/module/loader.h"
#include "core/module/object.h"
#include "core/sched/io.h"
#include "core/sched/sched.h"
#include "core/sched/timer.h"
#include "core/sched/watchdog.h"

/* What a pool thread does, because the disk may be slow. */
struct opening {
	const char *name;
	const char *path;
	char *object; /* the same by a name that no other object was opened by */
	struct rd__module_file file;
	void *handle;
	char error[512];
	const char *begin, *end; /* where it lies */
};

static int find_extent(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct opening *opening = arg;
	const char *base = (const char *)info->dlpi_addr;

	(void)size;
	if (base != opening->begin)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type == PT_LOAD)
			opening->end = RD_MAX(opening->end, base + part->p_vaddr + part->p_memsz);
	}
	return 1;
}

/* Objects begin at their base; end stays NULL where nobody knows. */
static void find_place(struct opening *opening)
{
	struct link_map *map;

	if (dlinfo(opening->handle, RTLD_DI_LINKMAP, &map))
		return;
	opening->begin = (const char *)map->l_addr;
	dl_iterate_phdr(find_extent, opening);
}

/* 0, or -errno: it is all zero where it cannot be looked at. */
static int look_at(const char *path, struct rd__module_file *file)
{
	struct stat found;

	*file = (struct rd__module_file){ 0 };
	if (stat(path, &found) < 0)
		return -errno;
	*file = (struct rd__module_file){ found.st_dev, found.st_ino, found.st_mtim,
					  found.st_size };
	return 0;
}

/* Is it for an SDK that this one is not? */
static bool judge_version(unsigned major, unsigned minor, char *text, size_t size)
{
	if (major == RD_SDK_MAJOR && minor <= RD_SDK_MINOR)
		return false;
	if (major == RD_SDK_MAJOR)
		snprintf(text, size,
			 "it was built for version %u.%u of the SDK, and this ringdown "
			 "has %u.%u: it needs a newer one, or is to be built for this one",
			 major, minor, RD_SDK_MAJOR, RD_SDK_MINOR);
	else
		snprintf(text, size,
			 "it was built for another version of the SDK, %u.%u, not "
			 "%u.%u: build it again",
			 major, minor, RD_SDK_MAJOR, RD_SDK_MINOR);
	return true;
}

/* Before it is opened: one that is for a newer version may call what is not here, and then is
 * refused with the name of that, which tells nobody what to do. */
static bool is_for_another_version(struct opening *opening)
{
	struct {
		uint32_t magic;
		uint16_t major, minor;
	} head;
	char text[160];

	if (!rd__object_read(opening->path, "rd_module", &head, sizeof(head)) ||
	    head.magic != RD_MODULE_MAGIC ||
	    !judge_version(head.major, head.minor, text, sizeof(text)))
		return false;
	snprintf(opening->error, sizeof(opening->error), "%s: %s", opening->path, text);
	return true;
}

/* By the name that the file has. */
static void say_why(struct opening *opening, const char *why)
{
	const char *name = strstr(why, opening->object);

	if (name)
		snprintf(opening->error, sizeof(opening->error), "%.*s%s%s", (int)(name - why), why,
			 opening->path, name + strlen(opening->object));
	else
		rd_strcpy(opening->error, sizeof(opening->error), why);
}

static int open_object(void *arg)
{
	struct opening *opening = arg;

	look_at(opening->path, &opening->file);
	if (rd__object_is_cut_short(opening->path)) {
		snprintf(opening->error, sizeof(opening->error),
			 "%s: the file has not all that its header speaks of; was it copied whole?",
			 opening->path);
		return -ENOENT;
	}
	if (is_for_another_version(opening))
		return -EINVAL;
	rd__context_linked = opening->name;
	opening->handle = dlopen(opening->object, RTLD_NOW | RTLD_LOCAL);
	rd__context_linked = NULL;
	if (opening->handle) {
		find_place(opening);
		return 0;
	}
	say_why(opening, dlerror());
	return -ENOENT;
}

/* A row begins with its name; the row of zeroes ends the table. */
static size_t count_rows(const char *table, size_t row)
{
	size_t n = 0;

	while (*(const char *const *)(const void *)(table + n * row))
		n++;
	return n;
}

/* Copy a table of shorter rows into rows of our size, the rest zero. */
static int widen(struct rd_pool *pool, const void **table, size_t row, size_t ours)
{
	const char *from = *table;
	size_t count;
	char *to;

	if (!from || row == ours)
		return 0;
	count = count_rows(from, row);
	to = rd_pool_zalloc(pool, (count + 1) * ours);
	if (!to)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		memcpy(to + i * ours, from + i * row, row);
	*table = to;
	return 0;
}

/* The tables of a module with the sizes of their rows, there and here. */
struct table {
	const void **rows;
	size_t theirs, ours;
	const char *kind;
};

#define TABLES 9

static void list_tables(struct rd_module *module, struct table tables[TABLES])
{
	const struct table list[TABLES] = {
		{ (const void **)&module->apps, module->row.app, sizeof(struct rd_app),
		  "applications" },
		{ (const void **)&module->functions, module->row.function,
		  sizeof(struct rd_function), "functions" },
		{ (const void **)&module->codecs, module->row.codec, sizeof(struct rd_codec),
		  "codecs" },
		{ (const void **)&module->formats, module->row.format, sizeof(struct rd_format),
		  "file formats" },
		{ (const void **)&module->techs, module->row.tech, sizeof(struct rd_tech),
		  "technologies" },
		{ (const void **)&module->commands, module->row.command,
		  sizeof(struct rd_cli_command), "commands" },
		{ (const void **)&module->subscribers, module->row.subscriber,
		  sizeof(struct rd_subscriber), "subscribers" },
		{ (const void **)&module->interfaces, module->row.interface,
		  sizeof(struct rd_interface), "interfaces" },
		{ (const void **)&module->storages, module->row.storage, sizeof(struct rd_storage),
		  "storages" },
	};

	memcpy(tables, list, sizeof(list));
}

/* NULL, or what is wrong with it; in text where it has numbers in it. */
static const char *judge(const struct rd_module *module, char *text, size_t size)
{
	struct rd_module copy = { .magic = 0 };
	struct table tables[TABLES];

	if (module->magic != RD_MODULE_MAGIC)
		return "its rd_module was not made by RD_MODULE()";
	if (judge_version(module->sdk_major, module->sdk_minor, text, size))
		return text;
	if (module->size > sizeof(*module) || module->size < offsetof(struct rd_module, apps))
		return "its struct rd_module has another size: build it again";
	memcpy(&copy, module, module->size);
	list_tables(&copy, tables);
	for (size_t i = 0; i < TABLES; i++)
		if (*tables[i].rows &&
		    (tables[i].theirs > tables[i].ours || tables[i].theirs < sizeof(char *)))
			return "the rows of its tables have another size: build it again";
	return module->name && module->name[0] ? NULL : "it has no name";
}

char *rd__module_path_of(const char *name)
{
	return rd_asprintf("%s/%s.so", rd_directory("modules"), name);
}

char *rd__module_name_of(const char *path)
{
	const char *base = strrchr(path, '/');
	size_t n;

	base = base ? base + 1 : path;
	n = strlen(base);
	if (n > 3 && strcmp(base + n - 3, ".so") == 0)
		n -= 3;
	return rd_strndup(base, n);
}

/* Whatever follows a table without a row of zeroes has no name where a row has one. */
static bool has_end(const struct rd__module *module, const char *row, size_t size)
{
	const char *begin = module->code, *end = module->code_end, *name;
	Dl_info place;

	for (; row >= begin && row + size <= end; row += size) {
		memcpy(&name, row, sizeof(name));
		if (!name)
			return true;
		if (!dladdr(name, &place))
			return false;
	}
	return row < begin || row >= end; /* else the object ends in the middle of a row */
}

static int judge_ends(const struct rd__module *module, const struct table tables[TABLES],
		      struct rd_config_report *report)
{
	for (size_t i = 0; i < TABLES && module->code; i++) {
		if (has_end(module, *tables[i].rows, tables[i].theirs))
			continue;
		rd_config_error(report, module->path, 0,
				"its table of %s does not end with a row of zeroes",
				tables[i].kind);
		return -EINVAL;
	}
	return 0;
}

static int examine(struct rd__module *module, struct rd_config_report *report)
{
	const struct rd_module *found = dlsym(module->handle, "rd_module");
	struct table tables[TABLES];
	char text[160];
	const char *wrong;
	int rc = 0;

	wrong = found ? judge(found, text, sizeof(text)) : "it is no module: it has no rd_module";
	if (wrong) {
		rd_config_error(report, module->path, 0, "%s", wrong);
		return -EINVAL;
	}
	memcpy(&module->module, found, found->size);
	wrong = module->module.state ? rd__state_fault(module->module.state) : NULL;
	if (wrong) {
		rd_config_error(report, module->path, 0, "%s", wrong);
		return -EINVAL;
	}
	if (strcmp(found->name, module->name) != 0) {
		rd_config_error(report, module->path, 0,
				"it calls itself %s; file and module have the same name",
				found->name);
		return -EINVAL;
	}
	list_tables(&module->module, tables);
	rc = judge_ends(module, tables, report);
	for (size_t i = 0; i < TABLES && rc == 0; i++)
		rc = widen(module->pool, tables[i].rows, tables[i].theirs, tables[i].ours);
	return rc ? rc : rd__module_judge_rows(&module->module, module->path, report);
}

static void count_serial(const struct rd_list *list, const char *name, unsigned *serial)
{
	rd_list_foreach(node, tmp, list) {
		const struct rd__module *other = rd_list_entry(node, struct rd__module, link);

		if (strcmp(other->module.name, name) == 0)
			*serial = RD_MAX(*serial, other->serial + 1);
	}
}

/* With room for a serial number behind it. */
static char *named(const char *path)
{
	char *name = rd__module_name_of(path);
	char *roomy = name ? rd_realloc(name, strlen(name) + RD__MODULE_SERIAL) : NULL;

	if (!roomy)
		rd_free(name);
	return roomy;
}

static int module_new(struct rd__module **mp, const char *path)
{
	struct rd__module *module = rd_zalloc(sizeof(*module));

	if (!module)
		return -ENOMEM;
	rd_list_init(&module->link);
	module->path = rd_strdup(path);
	module->name = named(path);
	if (!module->path || !module->name || rd_pool_new(&module->pool, 0) < 0) {
		rd__module_close(module);
		return -ENOMEM;
	}
	count_serial(&rd__modules, module->name, &module->serial);
	count_serial(&rd__modules_retired, module->name, &module->serial);
	module->usage = rd__usage_of(module->name);
	module->opened = rd__modules_turn();
	*mp = module;
	return 0;
}

static bool some_stayed; /* in memory, known to the dynamic linker by its name */

static size_t name_left(struct rd_buf *out, size_t count, const char *one, const char *many)
{
	if (count)
		rd_buf_printf(out, "%s%zu %s", rd_buf_text(out)[0] ? ", " : "", count,
			      count == 1 ? one : many);
	return count;
}

bool rd__module_left(const struct rd__module *module, struct rd_buf *out)
{
	bool begun = rd__module_begun(module, out);
	size_t jobs = rd__module_sum(module, rd__offloads_in);

	return name_left(out, jobs, "job of the pool", "jobs of the pool") || begun;
}

bool rd__module_begun(const struct rd__module *module, struct rd_buf *out)
{
	size_t count;

	if (!module->code)
		return false;
	count = name_left(out, rd__module_sum(module, rd__fibers_begun_in), "fiber", "fibers");
	/* Without those of its table, which are taken back. */
	count += name_left(out,
			   rd__module_sum(module, rd__subscriptions_in) -
				   module->added[RD__KIND_SUBSCRIBER],
			   "subscription (rd_subscribe())", "subscriptions (rd_subscribe())");
	count += name_left(out, rd__module_sum(module, rd__timers_in), "timer", "timers");
	count += name_left(out, rd__module_sum(module, rd__watches_in), "watch of a descriptor",
			   "watches of descriptors");
	return count > 0;
}

/* Under what it has begun and not ended nothing is taken away: true. */
static bool unmap(struct rd__module *module)
{
	struct rd_buf left;
	bool stays;

	rd_buf_init(&left);
	stays = rd__module_left(module, &left);
	if (stays)
		rd_warning("module %s: it has left behind %s: its code stays in memory",
			   module->name, rd_buf_text(&left));
	rd_buf_fini(&left);
	stays |= rd__state_was_in_use(module);
	some_stayed |= stays;
	rd__state_free(module, !stays);
	if (stays)
		return true;
	rd__module_put_interfaces(module);
	if (module->code)
		rd__usage_remove_code(module->code);
	rd__watchdog_forget(module->name, module->code, module->code_end);
	rd__context_linked = module->name;
	dlclose(module->handle);
	rd__context_linked = NULL;
	return false;
}

static unsigned untidy;

unsigned rd__modules_untidy(void)
{
	return untidy;
}

void rd__module_close(struct rd__module *module)
{
	bool is_untidy = module->was_in_use;

	rd_list_remove(&module->link);
	is_untidy |= rd__module_log_kept(module);
	if (!rd__state_keep_code(module)) {
		if (module->handle)
			is_untidy |= unmap(module);
		rd__state_free(module, false);
	}
	untidy += is_untidy;
	rd_pool_free(module->pool);
	rd_free(module->path);
	rd_free(module->name);
	rd_free(module);
}

/* The dynamic linker gives an object that is open to whoever asks for it by a name that it was
 * asked for before. So one that is not the first has a slash that was written out like that
 * never yet: "/./", "//./". */
static char *object_name(const char *path, unsigned serial)
{
	static unsigned names;
	const char *file = strrchr(path, '/');
	struct rd_buf name;

	if ((!serial && !some_stayed) || !file)
		return rd_strdup(path);
	rd_buf_init(&name);
	rd_buf_add(&name, path, (size_t)(file + 1 - path));
	for (unsigned n = ++names; n; n >>= 1)
		rd_buf_adds(&name, n & 1 ? "./" : "/");
	rd_buf_adds(&name, file + 1);
	return rd_buf_take(&name);
}

static const struct rd__module *find_object(const struct rd_list *list, const void *handle)
{
	rd_list_foreach(node, tmp, list) {
		const struct rd__module *other = rd_list_entry(node, struct rd__module, link);

		if (other->handle == handle || rd__state_has_object(other, handle))
			return other;
	}
	return NULL;
}

/* A file is one object, by whatever name it is opened: somebody has put back the old one, or
 * given it another name. */
static const struct rd__module *whose_object(const void *handle)
{
	const struct rd__module *other = find_object(&rd__modules, handle);

	return other ? other : find_object(&rd__modules_retired, handle);
}

/* Where the object lies is its module's now, and it is examined. */
static int take(struct rd__module *module, const struct opening *opening,
		struct rd_config_report *report)
{
	const struct rd__module *other = whose_object(opening->handle);
	int rc;

	module->handle = opening->handle;
	module->file = opening->file;
	if (other) {
		rd_config_error(report, module->path, 0,
				"it is the very file that %s runs from: install a copy of it",
				other->name);
		return -EBUSY;
	}
	if (opening->end && rd__usage_add_code(module->usage, opening->begin, opening->end)) {
		module->code = opening->begin;
		module->code_end = opening->end;
	}
	rc = examine(module, report);
	if (rc == 0)
		rd__module_check_imports(module);
	return rc;
}

int rd__module_open(struct rd__module **mp, const char *path, struct rd_config_report *report)
{
	struct opening opening = { .path = path };
	struct rd__module *module;
	int rc;

	rc = module_new(&module, path);
	if (rc < 0)
		return rc;
	opening.name = module->name;
	opening.object = object_name(path, module->serial);
	rc = opening.object ? rd_offload(open_object, &opening) : -ENOMEM;
	rd_free(opening.object);
	if (rc == 0)
		rc = take(module, &opening, report);
	else if (opening.error[0])
		rd_config_error(report, NULL, 0, "module %s: %s", module->name, opening.error);
	if (rc < 0)
		rd__module_close(module);
	else
		*mp = module;
	return rc;
}

struct look {
	char *path;
	struct rd__module_file file;
};

static int look(void *arg)
{
	struct look *look = arg;

	return look_at(look->path, &look->file);
}

enum rd__module_change rd__module_look(const struct rd__module *module)
{
	struct rd__module_file was = module->file; /* the module may go meanwhile */
	struct look now = { .path = rd_strdup(module->path) };
	int rc = now.path ? rd_offload(look, &now) : -ENOMEM;

	rd_free(now.path);
	if (rc == -ENOENT)
		return RD__MODULE_GONE;
	if (!now.file.inode || !was.inode)
		return RD__MODULE_SAME;
	if (now.file.device != was.device || now.file.inode != was.inode)
		return RD__MODULE_NEW_FILE;
	return now.file.size == was.size && now.file.changed.tv_sec == was.changed.tv_sec &&
			       now.file.changed.tv_nsec == was.changed.tv_nsec
		       ? RD__MODULE_SAME
		       : RD__MODULE_OVERWRITTEN;
}

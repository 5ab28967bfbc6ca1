/* What a module calls that would stop the whole house: the undefined symbols
 * of its shared object are compared with lists of functions that wait, and that
 * end the process. */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

#include <ringdown/log.h>

#include "core/module/loader.h"

/* Each with what to use instead. */
static const struct blocking {
	const char *name, *instead;
} blocking[] = {
	{ "sleep", "rd_sleep()" },
	{ "usleep", "rd_sleep()" },
	{ "nanosleep", "rd_sleep()" },
	{ "clock_nanosleep", "rd_sleep()" },
	{ "thrd_sleep", "rd_sleep()" },
	{ "pause", "rd_sleep()" },
	{ "poll", "rd_fd_wait()" },
	{ "ppoll", "rd_fd_wait()" },
	/* what the two are with _FORTIFY_SOURCE */
	{ "__poll_chk", "rd_fd_wait()" },
	{ "__ppoll_chk", "rd_fd_wait()" },
	{ "select", "rd_fd_wait()" },
	{ "pselect", "rd_fd_wait()" },
	{ "epoll_wait", "rd_watch_new()" },
	{ "epoll_pwait", "rd_watch_new()" },
	{ "getaddrinfo", "rd_offload()" },
	{ "getnameinfo", "rd_offload()" },
	{ "gethostbyname", "rd_offload()" },
	{ "gethostbyname2", "rd_offload()" },
	{ "gethostbyname_r", "rd_offload()" },
	{ "gethostbyaddr", "rd_offload()" },
	{ "res_query", "rd_offload()" },
	{ "system", "rd_offload()" },
	{ "popen", "rd_offload()" },
	{ "pclose", "rd_offload()" },
	{ "wait", "rd_offload()" },
	{ "wait4", "rd_offload()" },
	{ "waitid", "rd_offload()" },
	{ "waitpid", "rd_offload()" },
	{ "sigwait", "rd_offload()" },
	{ "fsync", "rd_file_sync_here() in the pool" },
	{ "fdatasync", "rd_file_sync_here() in the pool" },
	{ "sync", "rd_offload()" },
	{ "flock", "rd_offload()" },
	{ "lockf", "rd_offload()" },
	{ "lockf64", "rd_offload()" },
	{ "sem_wait", "rd_cond_wait()" },
	{ "sem_timedwait", "rd_cond_wait()" },
	{ "pthread_join", "rd_offload()" },
	{ "pthread_cond_wait", "rd_cond_wait()" },
	{ "pthread_cond_timedwait", "rd_cond_wait()" },
	{ "pthread_barrier_wait", "rd_cond_wait()" },
	{ "thrd_join", "rd_offload()" },
	{ "cnd_wait", "rd_cond_wait()" },
	{ "cnd_timedwait", "rd_cond_wait()" },
	{ 0 }
};

/* Whoever calls these ends all calls. */
static const char *const ending[] = { "exit", "_exit", "_Exit", "quick_exit", "abort", NULL };

struct symbols {
	const ElfW(Sym) *table;
	const char *strings;
	size_t count; /* of those that are not defined there */
};

/* The GNU hash table lists defined symbols only, from this index on; what
 * stands before is undefined. */
static size_t undefined_of_gnu_hash(const uint32_t *hash)
{
	return hash[1];
}

static bool find_symbols(void *handle, struct symbols *symbols)
{
	struct link_map *map;

	if (dlinfo(handle, RTLD_DI_LINKMAP, &map) < 0)
		return false;
	for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
		const void *at = (const void *)entry->d_un.d_ptr;

		if (entry->d_tag == DT_SYMTAB)
			symbols->table = at;
		else if (entry->d_tag == DT_STRTAB)
			symbols->strings = at;
		else if (entry->d_tag == DT_GNU_HASH)
			symbols->count = undefined_of_gnu_hash(at);
		else if (entry->d_tag == DT_HASH && !symbols->count)
			symbols->count = ((const uint32_t *)at)[1];
	}
	return symbols->table && symbols->strings;
}

static void warn_of(const struct rd__module *module, const char *symbol)
{
	for (const struct blocking *each = blocking; each->name; each++)
		if (strcmp(each->name, symbol) == 0)
			rd_warning("module %s: calls %s(), which would hold up every call; "
				   "%s does not", module->name, symbol, each->instead);
	for (const char *const *each = ending; *each; each++)
		if (strcmp(*each, symbol) == 0)
			rd_warning("module %s: calls %s(), which would end every call; an error "
				   "that is returned does not",
				   module->name, symbol);
}

const char *rd__module_blocking(size_t i)
{
	return i < RD_ARRAY_SIZE(blocking) ? blocking[i].name : NULL;
}

void rd__module_check_imports(const struct rd__module *module)
{
	struct symbols symbols = { 0 };

	if (!find_symbols(module->handle, &symbols))
		return;
	for (size_t i = 1; i < symbols.count; i++)
		if (symbols.table[i].st_shndx == SHN_UNDEF)
			warn_of(module, symbols.strings + symbols.table[i].st_name);
}

/* Ringdown SDK: what a module is. One shared object with one visible symbol,
 * made by RD_MODULE(): tables of what it offers, which the daemon registers
 * on load and takes back on unload. */
#ifndef RINGDOWN_MODULE_H
#define RINGDOWN_MODULE_H

#include <ringdown/app.h>
#include <ringdown/base.h>
#include <ringdown/cli.h>
#include <ringdown/codec.h>
#include <ringdown/config.h>
#include <ringdown/dialplan.h>
#include <ringdown/event.h>
#include <ringdown/format.h>
#include <ringdown/function.h>
#include <ringdown/health.h>
#include <ringdown/metric.h>
#include <ringdown/reach.h>
#include <ringdown/storage.h>
#include <ringdown/tech.h>

#define RD_MODULE_MAGIC 0x524d4f44u /* "RMOD" */
#define RD_SDK_MAJOR	1
/* One for all that is new between two releases. */
#define RD_SDK_MINOR    1

/* Functions that a module offers to other modules, by name and version. */
struct rd_interface {
	const char *name;
	unsigned version;
	const void *functions;
};

/* What a module keeps across calls (rooms, queues, where it looks for them, keys of channels), all
 * in one struct, so that a new file can take the module's place while calls run: it gets the
 * struct of the old one, when version, shape and size are the same, and the code of both works
 * in it. load() of the new one and unload() of the old one do not run then, and the old code
 * stays in memory until the module is unloaded: what is kept may point into it. */
struct rd_module_state {
	unsigned version; /* of what it means: count up when that changes, and no size does */
	/* sizeof() of all that is reached from it, in lists that end with 0, one for each file of
	 * source that has such; NULL is the last. */
	const size_t *const *shape;
	size_t size;
	/* Where the module's code finds it: its own one, as it is opened. NULL, and size 0: it
	 * keeps nothing; old code goes with its last call then, and unload() runs. */
	void **place;
	/* In the place of load(), once what the new one offers is found: to have what goes on
	 * in the old code, as a fiber of the module's own, go on in the new. May yield. */
	void (*take_over)(void);
};

struct rd_module {
	/* filled by RD_MODULE */
	uint32_t magic;
	uint16_t sdk_major, sdk_minor;
	uint32_t size;
	struct {
		uint16_t app, function, codec, format, tech, command, subscriber, interface,
			storage;
	} row; /* sizes of the rows below, so that they may grow */

	/* filled by the module; tables end with a row of zeroes */
	const char *name;	  /* that of the file: "app_echo" */
	const char *synopsis;
	const char *const *needs; /* modules loaded before it; NULL-terminated */
	const struct rd_app *apps;
	const struct rd_function *functions;
	const struct rd_codec *codecs;
	const struct rd_format *formats;
	const struct rd_tech *techs;
	const struct rd_cli_command *commands;
	const struct rd_subscriber *subscribers;
	const struct rd_interface *interfaces;
	const struct rd_dialplan *dialplan; /* the one interpreter */
	const struct rd_module_config *config;
	/* load: after the configuration was committed and the tables were
	 * registered; negative errno undoes both. unload: before the tables
	 * are taken back. Both run in a fiber and may yield. */
	int (*load)(void);
	void (*unload)(void);
	/* After `config` built a snapshot, with the tables of all modules
	 * registered and before it is committed: to warn of what it names and
	 * nobody offers. Runs on the switch thread and may yield; NULL: nothing
	 * to say. */
	void (*review)(void *snapshot, struct rd_config_report *report);
	/* Get what a snapshot needs and may fail to get: a socket. Runs on the
	 * switch thread when every build and review was clean, and the commits
	 * follow at once; must not yield. An error in the report has everything
	 * discarded, and discard gives back what was got. Not in a check; before
	 * load has run, that is what gets it. */
	void (*prepare)(void *snapshot, struct rd_config_report *report);
	/* What it has to say in files of other modules: a table that ends with a row of zeroes. */
	const struct rd_config_source *sources;
	const struct rd_reach *reach; /* the one that knows who wants to be called how */
	void (*measure)(struct rd_metrics *out); /* its figures, see metric.h; must not yield */
	const struct rd_storage *storages; /* families of the key-value tree that it keeps */
	void (*look)(struct rd_health *out); /* how it is, see health.h; must not yield */
	const struct rd_module_state *state; /* NULL: its variables begin anew with a new file */
};

#define RD_MODULE(...)                                                                             \
	__attribute__((visibility("default"))) extern const struct rd_module rd_module;            \
	__attribute__((visibility("default"))) const struct rd_module rd_module = {                \
		.magic = RD_MODULE_MAGIC,                                                          \
		.sdk_major = RD_SDK_MAJOR,                                                         \
		.sdk_minor = RD_SDK_MINOR,                                                         \
		.size = sizeof(struct rd_module),                                                  \
		.row = { sizeof(struct rd_app), sizeof(struct rd_function),                        \
			 sizeof(struct rd_codec), sizeof(struct rd_format),                        \
			 sizeof(struct rd_tech), sizeof(struct rd_cli_command),                    \
			 sizeof(struct rd_subscriber), sizeof(struct rd_interface),                \
			 sizeof(struct rd_storage) },                                              \
		__VA_ARGS__                                                                        \
	}

RD_API_BEGIN

/* The table that a module published under name; counts as a use of that
 * module until put. NULL when absent, of another version (logged) or without
 * memory. */
static inline const void *rd_interface_get(const char *name, unsigned version);
static inline void rd_interface_put(const void *functions);
/* The same, for user, who is named when that module cannot be unloaded. */
const void *rd_interface_get_for(const char *user, const char *name, unsigned version);
void rd_interface_put_for(const char *user, const void *functions);

/* While held, the module cannot be unloaded. The core counts running
 * applications, channels and open streams by itself. */
void rd_module_use(const char *module_name);
void rd_module_release(const char *module_name);

/* Has it started: was its load() done? */
bool rd_module_loaded(const char *module_name);

RD_API_END

static inline const void *rd_interface_get(const char *name, unsigned version)
{
	return rd_interface_get_for(RD_MODULE_NAME, name, version);
}

static inline void rd_interface_put(const void *functions)
{
	rd_interface_put_for(RD_MODULE_NAME, functions);
}

#endif

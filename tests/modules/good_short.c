/* A module for the loader's test as if built for an older SDK, when rows of
 * applications ended after .run, and struct rd_module after its tables. */
#include <ringdown/module.h>

struct short_app {
	const char *name;
	int (*run)(struct rd_channel *ch, const char *args);
};

static int run(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args;
	return 0;
}

static const struct short_app apps[] = { { "ShortOne", run }, { "ShortTwo", run }, { 0 } };

__attribute__((visibility("default"))) extern const struct rd_module rd_module;
__attribute__((visibility("default"))) const struct rd_module rd_module = {
	.magic = RD_MODULE_MAGIC,
	.sdk_major = RD_SDK_MAJOR,
	.size = offsetof(struct rd_module, dialplan),
	.row = { .app = sizeof(struct short_app) },
	.name = "good_short",
	.apps = (const struct rd_app *)(const void *)apps,
};

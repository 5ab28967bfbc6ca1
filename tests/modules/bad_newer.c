/* A module for the loader's test as if built for a later minor version of the SDK. */
#include <ringdown/module.h>

/* It calls what is not there yet. */
void rd_thing_of_the_next_version(void);
void (*const bad_newer_calls)(void);
void (*const bad_newer_calls)(void) = rd_thing_of_the_next_version;

__attribute__((visibility("default"))) extern const struct rd_module rd_module;
__attribute__((visibility("default"))) const struct rd_module rd_module = {
	.magic = RD_MODULE_MAGIC,
	.sdk_major = RD_SDK_MAJOR,
	.sdk_minor = RD_SDK_MINOR + 1,
	.size = sizeof(struct rd_module),
	.name = "bad_newer",
};

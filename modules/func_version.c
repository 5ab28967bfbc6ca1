/* VERSION and IFMODULE: what this daemon is and has loaded. */
#include <ringdown/module.h>

#include "modules/func.h"

static int version_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	if (*args)
		return -EINVAL;
	rd_buf_adds(out, RD_VERSION);
	return 0;
}

/* "app_dial.so" or "app_dial" */
static int ifmodule_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct rd_str name = rd_str_of(args);
	char copy[80];

	(void)ch;
	if (name.n > 3 && strcmp(args + name.n - 3, ".so") == 0)
		name.n -= 3;
	if (!rd_strcpyn(copy, sizeof(copy), name))
		return -EINVAL;
	rd_buf_addc(out, rd_module_loaded(copy) ? '1' : '0');
	return 0;
}

static const struct rd_function functions[] = {
	{ .name = "VERSION", .read = version_read, .synopsis = "The version of Ringdown",
	  .syntax = "VERSION()" },
	{ .name = "IFMODULE", .read = ifmodule_read, .synopsis = "1 when a module is loaded",
	  .syntax = "IFMODULE(name)" },
	{ 0 }
};

RD_MODULE(.name = "func_version", .synopsis = "Version and modules", .functions = functions);

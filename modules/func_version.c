/* VERSION and IFMODULE: what this daemon is and has loaded. */
#include <stdio.h>
#include <strings.h>

#include <ringdown/module.h>

#include "modules/func.h"

/* "1.2.3" as 10203, which scripts compare as a number. */
static unsigned version_number(void)
{
	unsigned major = 0, minor = 0, patch = 0;

	sscanf(RD_VERSION, "%u.%u.%u", &major, &minor, &patch);
	return major * 10000 + minor * 100 + patch;
}

/* Words that ask for something else, such as who built it, get the version too. */
static int version_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	if (strcasecmp(args, "ASTERISK_VERSION_NUM") == 0)
		rd_buf_printf(out, "%u", version_number());
	else
		rd_buf_adds(out, RD_VERSION);
	return 0;
}

static const char *version_check(const char *args, char *buf, size_t size)
{
	if (!*args || strcasecmp(args, "ASTERISK_VERSION_NUM") == 0)
		return NULL;
	snprintf(buf, size, "there is ASTERISK_VERSION_NUM, not \"%s\"", args);
	return buf;
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

static const struct rd_function functions[] = { { .name = "VERSION",
						  .read = version_read,
						  .check = version_check,
						  .synopsis = "The version of Ringdown",
						  .syntax = "VERSION([ASTERISK_VERSION_NUM])" },
						{ .name = "IFMODULE",
						  .read = ifmodule_read,
						  .synopsis = "1 when a module is loaded",
						  .syntax = "IFMODULE(name)" },
						{ 0 } };

RD_MODULE(.name = "func_version", .synopsis = "Version and modules", .functions = functions);

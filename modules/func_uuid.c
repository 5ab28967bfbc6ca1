/* UUID(): a random one, RFC 4122 §4.4. */
#include <ringdown/function.h>
#include <ringdown/module.h>

static int uuid(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	char id[RD_UUID];

	(void)ch;
	(void)args;
	rd_random_uuid(id);
	rd_buf_adds(out, id);
	return 0;
}

static const struct rd_function functions[] = {
	{ .name = "UUID", .read = uuid, .synopsis = "A random UUID", .syntax = "UUID()" },
	{ 0 }
};

RD_MODULE(.name = "func_uuid", .synopsis = "UUIDs", .functions = functions);

/* UUID(): a random one, RFC 4122 §4.4. */
#include <ringdown/function.h>
#include <ringdown/module.h>

static int uuid(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	unsigned char id[16];

	(void)ch;
	(void)args;
	rd_random(id, sizeof(id));
	id[6] = (id[6] & 0x0f) | 0x40;
	id[8] = (id[8] & 0x3f) | 0x80;
	for (int i = 0; i < 16; i++)
		rd_buf_printf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			      id[i]);
	return 0;
}

static const struct rd_function functions[] = {
	{ .name = "UUID", .read = uuid, .synopsis = "A random UUID", .syntax = "UUID()" },
	{ 0 }
};

RD_MODULE(.name = "func_uuid", .synopsis = "UUIDs", .functions = functions);

/* URIENCODE() and URIDECODE(): RFC 3986 §2.1. */
#include <ctype.h>
#include <string.h>

#include <ringdown/function.h>
#include <ringdown/module.h>

static int encode(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	for (; *args; args++) {
		unsigned char c = (unsigned char)*args;

		if (isalnum(c) || strchr("-._~", c))
			rd_buf_addc(out, (char)c);
		else
			rd_buf_printf(out, "%%%02X", c);
	}
	return 0;
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static int decode(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	for (; *args; args++) {
		if (*args == '%' && isxdigit((unsigned char)args[1]) &&
		    isxdigit((unsigned char)args[2])) {
			int c = hex(args[1]) * 16 + hex(args[2]);

			if (c) /* a variable cannot hold a NUL */
				rd_buf_addc(out, (char)c);
			args += 2;
		} else {
			rd_buf_addc(out, *args);
		}
	}
	return 0;
}

static const struct rd_function functions[] = {
	{ .name = "URIENCODE",
	  .read = encode,
	  .synopsis = "A text fit for a URI",
	  .syntax = "URIENCODE(text)" },
	{ .name = "URIDECODE",
	  .read = decode,
	  .synopsis = "The text that was encoded for a URI",
	  .syntax = "URIDECODE(text)" },
	{ 0 }
};

RD_MODULE(.name = "func_uri", .synopsis = "Escapes of URIs", .functions = functions);

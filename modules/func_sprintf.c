/* SPRINTF: texts and numbers in a given form. */
#include <stdio.h>
#include <stdlib.h>

#include <ringdown/module.h>

#include "modules/func.h"

/* Copy one "%-08.3d" to spec without its length letters; the conversion, or
 * '\0' when it cannot be read. Steps over it. */
static char read_spec(const char **p, char *spec, size_t size)
{
	const char *s = *p + 1;
	size_t n = 0;

	spec[n++] = '%';
	while (*s && strchr("-+ #0123456789.hlLqjzt", *s)) {
		if (!strchr("hlLqjzt", *s) && n + 4 < size)
			spec[n++] = *s;
		s++;
	}
	*p = *s ? s + 1 : s;
	spec[n] = '\0';
	return *s;
}

/* Width and precision stay small: they decide how much is written. */
static bool sane(const char *spec)
{
	for (const char *p = spec; *p; p++)
		if (*p >= '1' && *p <= '9' && strspn(p, "0123456789") > 3)
			return false;
	return true;
}

/* The character of that code, or the first of a text that is not a number; 0
 * where there is none. */
static int character(const char *arg)
{
	char *end;
	long code = strtol(arg, &end, 10);

	if (end == arg || *end)
		return (unsigned char)arg[0];
	return code > 0 && code < 256 ? (int)code : 0;
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the form was checked letter by letter */

static bool format_one(struct rd_buf *out, char *spec, char conversion, const char *arg)
{
	char text[1200];
	size_t n = strlen(spec);

	switch (conversion) {
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		snprintf(spec + n, 4, "ll%c", conversion);
		snprintf(text, sizeof(text), spec, strtoll(arg, NULL, 10));
		break;
	case 'c':
		if (!character(arg))
			return false;
		spec[n] = 'c';
		spec[n + 1] = '\0';
		snprintf(text, sizeof(text), spec, character(arg));
		break;
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
	case 'a':
		spec[n] = conversion;
		spec[n + 1] = '\0';
		snprintf(text, sizeof(text), spec, strtod(arg, NULL));
		break;
	case 's':
		if (n == 1) {
			rd_buf_adds(out, arg);
			return true;
		}
		spec[n] = 's';
		spec[n + 1] = '\0';
		snprintf(text, sizeof(text), spec, arg);
		break;
	default:
		return false;
	}
	rd_buf_adds(out, text);
	return true;
}

static int sprintf_read(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	struct func_args a;
	int rc = func_args_read(&a, args, FUNC_ARGS), next = 1;
	const char *p = a.argv[0];

	(void)ch;
	if (rc == 0 && a.argc == 0)
		rc = -EINVAL;
	while (rc == 0 && *p) {
		char spec[40], conversion;

		if (*p != '%') {
			rd_buf_addc(out, *p++);
			continue;
		}
		conversion = read_spec(&p, spec, sizeof(spec));
		if (conversion == '%')
			rd_buf_addc(out, '%');
		else if (next >= a.argc || !sane(spec) ||
			 !format_one(out, spec, conversion, a.argv[next++]))
			rc = -EINVAL;
	}
	func_args_free(&a);
	return rc;
}

static const char *check(const char *args, char *buf, size_t size)
{
	(void)buf;
	(void)size;
	return func_check_read(sprintf_read, args,
			       "a form that it does not have, or a value is missing");
}

static const struct rd_function functions[] = {
	{ .name = "SPRINTF",
	  .read = sprintf_read,
	  .check = check,
	  .synopsis = "Texts and numbers in a form",
	  .syntax = "SPRINTF(format[,value...])",
	  .description = "As printf: %d %i %u %x %X %o %c %a %e %f %g %s with width and precision. "
			 "%c is the character of a code, so ${SPRINTF(%c,59)} is a semicolon; "
			 "of what is not a number it is the first character." },
	{ 0 }
};

RD_MODULE(.name = "func_sprintf", .synopsis = "SPRINTF()", .functions = functions);

/* "[^[:alpha:]_0-9]": the set of bytes that a bracket means, in the C locale. */
#include <string.h>

#include "core/base/regex.h"

/* Like <ctype.h>, whose answers the process's locale could change. */
static bool in_class(const char *name, size_t n, uint8_t c, bool *known)
{
	bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
	bool digit = c >= '0' && c <= '9', graph = c > ' ' && c < 127;
	const struct {
		const char *name;
		bool in;
	} classes[] = {
		{ "alpha", lower || upper },
		{ "digit", digit },
		{ "alnum", lower || upper || digit },
		{ "lower", lower },
		{ "upper", upper },
		{ "space", c == ' ' || (c >= '\t' && c <= '\r') },
		{ "blank", c == ' ' || c == '\t' },
		{ "punct", graph && !(lower || upper || digit) },
		{ "print", graph || c == ' ' },
		{ "graph", graph },
		{ "cntrl", c < ' ' || c == 127 },
		{ "xdigit", digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') },
	};

	for (size_t i = 0; i < RD_ARRAY_SIZE(classes); i++) {
		*known = strlen(classes[i].name) == n && memcmp(classes[i].name, name, n) == 0;
		if (*known)
			return classes[i].in;
	}
	return false;
}

/* "[:digit:]", from behind its '['. */
static int read_class(const char **at, struct rd__regex_set *set)
{
	const char *name = *at + 1, *end = strstr(name, ":]");
	bool known = false;

	for (unsigned c = 1; end && c < 256; c++)
		if (in_class(name, (size_t)(end - name), (uint8_t)c, &known))
			rd__regex_set_add(set, (uint8_t)c);
	if (!known)
		return -EINVAL;
	*at = end + 2;
	return 0;
}

/* "x", "[.x.]" or "[=x=]". The last cannot bound a range. */
static int read_one(const char **at, uint8_t *c, bool *bounds)
{
	const char *p = *at;

	*bounds = true;
	if (*p != '[' || (p[1] != '.' && p[1] != '=')) {
		*c = (uint8_t)*p;
		*at = p + 1;
		return *c ? 0 : -EINVAL;
	}
	if (!p[2] || p[3] != p[1] || p[4] != ']')
		return -EINVAL;
	*bounds = p[1] == '.';
	*c = (uint8_t)p[2];
	*at = p + 5;
	return 0;
}

static int read_range(const char **at, uint8_t first, bool bounds, struct rd__regex_set *set)
{
	uint8_t last;
	int rc;

	(*at)++;
	rc = read_one(at, &last, &bounds);
	if (rc || !bounds || last < first)
		return -EINVAL;
	for (unsigned c = first; c <= last; c++)
		rd__regex_set_add(set, (uint8_t)c);
	return 0;
}

static int read_member(const char **at, struct rd__regex_set *set)
{
	bool bounds;
	uint8_t c;
	int rc;

	if ((*at)[0] == '[' && (*at)[1] == ':') {
		(*at)++;
		rc = read_class(at, set);
		/* A class bounds no range: '-' must be the last one. */
		return rc || ((*at)[0] == '-' && (*at)[1] != ']') ? -EINVAL : 0;
	}
	rc = read_one(at, &c, &bounds);
	if (rc)
		return rc;
	if ((*at)[0] == '-' && (*at)[1] != ']')
		return bounds ? read_range(at, c, bounds, set) : -EINVAL;
	rd__regex_set_add(set, c);
	return 0;
}

int rd__regex_read_bracket(const char **at, struct rd__regex_set *set)
{
	bool negated = **at == '^';
	bool first = true;

	*set = (struct rd__regex_set){ 0 };
	if (negated )
		(*at)++;
	for (; first || **at != ']'; first = false) {
		int rc = **at ? read_member(at, set) : -EINVAL;

		if (rc)
			return rc;
	}
	(*at)++;
	for (size_t i = 0; negated && i < RD_ARRAY_SIZE(set->bits); i++)
		set->bits[i] = ~set->bits[i];
	return 0;
}

/* Requests that are known by one of their headers. Anybody can write it who knows its
 * value: it is as good as that is secret. */
#include <ringdown/regex.h>

#include "channels/sip/endpoint/match_header.h"

#define VALUE_MAX 512 /* a longer one fits nothing */

/* "name: value"; false without both. */
static bool split(const char *text, struct rd_str *name, struct rd_str *value)
{
	*value = rd_str_of(text);
	if (!rd_str_cut(value, ':', name))
		return false;
	*name = rd_str_trim(*name);
	*value = rd_str_trim(*value);
	return name->n && value->n;
}

/* "/one/" is one. */
static bool take_slashes(struct rd_str *value)
{
	if (value->n < 3 || value->p[0] != '/' || value->p[value->n - 1] != '/')
		return false;
	*value = (struct rd_str){ value->p + 1, value->n - 2 };
	return true;
}

/* 1: it fits, 0: not, or what rd_regex_new() and rd_regex_match() say. What an expression
 * may cost is for all its matches: each has its own. */
static int match(const char *pattern, const char *text)
{
	struct rd_regex *re;
	int rc = rd_regex_new(&re, pattern);

	if (rc)
		return rc;
	rc = rd_regex_match(re, text, NULL);
	rd_regex_free(re);
	return rc;
}

const char *sip_match_header_fault(const char *text)
{
	struct rd_str name, value;
	char pattern[VALUE_MAX];
	int rc;

	if (!split(text, &name, &value))
		return "a header and its value such as \"X-Trunk: one\" was expected";
	if (!rd_strcpyn(pattern, sizeof(pattern), value))
		return "it is too long";
	if (!take_slashes(&value))
		return NULL;
	rd_strcpyn(pattern, sizeof(pattern), value);
	rc = match(pattern, "");
	return rc < 0 ? rd_regex_error(rc) : NULL;
}

int sip_match_header_add(struct sip_settings *settings, struct sip_endpoint *endpoint,
			 const char *text)
{
	struct sip_match_header *header = rd_pool_zalloc(settings->pool, sizeof(*header));
	struct sip_match_header **tail = &settings->match_headers;
	struct rd_str name, value;

	if (!header)
		return -ENOMEM;
	split(text, &name, &value);
	header->is_pattern = take_slashes(&value);
	header->name = rd_pool_strndup(settings->pool, name.p, name.n);
	header->value = rd_pool_strndup(settings->pool, value.p, value.n);
	header->endpoint = endpoint;
	if (!header->name || !header->value)
		return -ENOMEM;
	while (*tail)
		tail = &(*tail)->next;
	*tail = header;
	return 0;
}

static bool fits(const struct sip_match_header *wanted, struct rd_str value)
{
	char text[VALUE_MAX];

	if (!wanted->is_pattern)
		return rd_str_eq(value, rd_str_of(wanted->value));
	return rd_strcpyn(text, sizeof(text), value) && match(wanted->value, text) == 1;
}

static bool has(const struct sip_msg *msg, const struct sip_match_header *wanted)
{
	const struct sip_header *header;

	for (unsigned i = 0; (header = sip_msg_find(msg, rd_str_of(wanted->name), i)); i++)
		if (fits(wanted, rd_str_trim(header->value)))
			return true;
	return false;
}

const struct sip_endpoint *sip_match_header_find(const struct sip_settings *settings,
						 const struct sip_msg *msg)
{
	const struct sip_match_header *wanted = settings->match_headers;

	while (wanted && !has(msg, wanted))
		wanted = wanted->next;
	return wanted ? wanted->endpoint : NULL;
}

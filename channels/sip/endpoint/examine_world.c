/* Peers of sip.conf that are everybody: where does the dialplan let them out, at our cost? */
#include <string.h>

#include <ringdown/dialplan_ways.h>
#include <ringdown/module.h>

#include "channels/sip/endpoint/examine.h"

enum { WIDE_BITS = 8 /* of a network that is nobody's own */ };

/* What is found on the ways of a context. */
struct leak {
	const struct rd_dialplan_ways *ways;
	struct rd_buf out; /* the step that leads out */
	struct rd_buf lost; /* the first that leads nobody knows where to */
	bool is_certain;
};

/* "SIP/4711@tel", "SIP/tel/4711", "TRUNK/out/4711": to somebody who is not in the house. */
static bool is_outside(struct rd_str target)
{
	struct rd_str tech;
	bool is_sip;

	if (!rd_str_cut(&target, '/', &tech) || !target.n || rd_str_ieq(tech, RD_STR("Local")))
		return false;
	is_sip = rd_str_ieq(tech, RD_STR("SIP")) || rd_str_ieq(tech, RD_STR("PJSIP"));
	return rd_str_ieq(tech, RD_STR("TRUNK")) || memchr(target.p, '@', target.n) ||
	       (is_sip && memchr(target.p, '/', target.n));
}

static bool is_unknown(struct rd_str target)
{
	struct rd_str tech;

	rd_str_cut(&target, '/', &tech);
	return tech.n && memchr(tech.p, '$', tech.n);
}

/* Without characters: there is none. */
static struct rd_str first_target(const char *targets, bool (*is)(struct rd_str target))
{
	struct rd_str rest = rd_str_of(targets), one;

	while (rest.n) {
		rd_str_cut(&rest, '&', &one);
		one = rd_str_trim(one);
		if (is(one))
			return one;
	}
	return (struct rd_str){ 0 };
}

/* Who is called stands in the arguments, or elsewhere, as a member of a queue does. */
static void print(const struct leak *leak, const struct rd_way *way, struct rd_str target,
		  struct rd_buf *out)
{
	leak->ways->print(way, out);
	rd_buf_printf(out, ": %s:%d, %s(%s)", way->file, way->line, way->app, way->args);
	if (target.n && !memmem(way->args, strlen(way->args), target.p, target.n))
		rd_buf_printf(out, " calls %.*s", RD_STR_ARG(target));
	if (way->doubt)
		rd_buf_printf(out, ", if it gets there: %s", way->doubt);
}

/* Those for certain come first. */
static bool leads_out(const struct rd_way *way, void *arg)
{
	struct rd_str target = first_target(way->targets, is_outside);
	struct leak *leak = arg;

	if (target.n) {
		leak->is_certain = !way->doubt;
		print(leak, way, target, &leak->out);
		return true;
	}
	target = first_target(way->targets, is_unknown);
	if ((way->is_lost || target.n) && !leak->lost.n)
		print(leak, way, target, &leak->lost);
	return false;
}

static void tell(const struct sip_endpoint *endpoint, const struct leak *leak,
		 struct rd_config_report *report)
{
	if (leak->is_certain)
		rd_config_error(report, endpoint->file, endpoint->line,
				"[%s] match: an open relay: without a secret the world may call "
				"into context %s, and from there out, at your cost: %s; name the "
				"addresses of the peer",
				endpoint->name, endpoint->context, rd_buf_text(&leak->out));
	else if (leak->out.n)
		rd_config_warning(report, endpoint->file, endpoint->line,
				  "[%s] match: without a secret the world may call into context "
				  "%s, and perhaps from there out, at your cost: %s; name the "
				  "addresses of the peer",
				  endpoint->name, endpoint->context, rd_buf_text(&leak->out));
	else if (leak->lost.n)
		rd_config_warning(
			report, endpoint->file, endpoint->line,
			"[%s] match: without a secret the world may call into context "
			"%s, and only a call knows how far: %s; name the addresses of the "
			"peer",
			endpoint->name, endpoint->context, rd_buf_text(&leak->lost));
	else
		rd_config_warning(report, endpoint->file, endpoint->line,
				  "[%s] match: without a secret the world may call into "
				  "context %s; name the addresses of the peer",
				  endpoint->name, endpoint->context);
}

/* "NAME", "value", .., NULL, as Set() has names; functions are left out. To be freed; NULL
 * without memory. */
static const char **variables_of(const struct sip_endpoint *endpoint)
{
	const char **variables;
	size_t n = 0;

	for (const struct sip_var *it = endpoint->vars; it; it = it->next)
		n += 2;
	variables = rd_malloc((n + 1) * sizeof(*variables));
	n = 0;
	for (const struct sip_var *it = variables ? endpoint->vars : NULL; it; it = it->next) {
		if (strchr(it->name, '('))
			continue;
		variables[n++] = it->name;
		variables[n++] = it->value;
	}
	if (variables)
		variables[n] = NULL;
	return variables;
}

static void examine_context(const struct sip_endpoint *endpoint, struct rd_config_report *report)
{
	struct leak leak = { .ways = rd_interface_get(RD_DIALPLAN_WAYS, RD_DIALPLAN_WAYS_VERSION) };
	const char **variables = variables_of(endpoint);

	rd_buf_init(&leak.out);
	rd_buf_init(&leak.lost);
	if (leak.ways)
		leak.ways->follow(endpoint->context, variables, leads_out, &leak);
	rd_free(variables);
	tell(endpoint, &leak, report);
	rd_buf_fini(&leak.out);
	rd_buf_fini(&leak.lost);
	rd_interface_put(leak.ways);
}

void sip_world_examine(const struct sip_endpoint *endpoint, struct rd_config_report *report)
{
	if (endpoint->has_secret)
		return;
	for (const struct sip_network *it = endpoint->match; it; it = it->next)
		if (it->permit && it->bits < WIDE_BITS) {
			examine_context(endpoint, report);
			return;
		}
}

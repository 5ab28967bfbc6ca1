/* set_var: variables and functions of every channel of a phone or peer, one to a line, as
 * Set() takes them. */
#include <ringdown/app.h>
#include <ringdown/function.h>

#include "channels/sip/endpoint/settings_vars.h"

/* "NAME=value" or "FUNCTION(args)=value"; the value may be empty. */
static int add(struct rd_pool *pool, struct sip_var ***tail, const struct rd_config_line *line)
{
	const char *equals = rd_app_equals(line->value);
	struct rd_str value, name;
	struct sip_var *var;

	if (!equals)
		return -EINVAL;
	name = rd_str_trim((struct rd_str){ line->value, (size_t)(equals - line->value) });
	if (!name.n)
		return -EINVAL;
	value = rd_str_trim(rd_str_of(equals + 1));
	var = rd_pool_zalloc(pool, sizeof(*var));
	if (!var)
		return -ENOMEM;
	var->name = rd_pool_strndup(pool, name.p, name.n);
	var->value = rd_pool_strndup(pool, value.n ? value.p : "", value.n);
	var->file = rd_pool_strdup(pool, line->file);
	var->line = line->line;
	if (!var->name || !var->value || !var->file)
		return -ENOMEM;
	**tail = var;
	*tail = &var->next;
	return 0;
}

int sip_vars_read(struct sip_settings *settings, struct sip_endpoint *endpoint,
		  const struct rd_config_section *section, struct rd_config_report *report)
{
	const struct rd_config_line *line = NULL;
	struct sip_var **tail = &endpoint->vars;
	int rc;

	while ((line = rd_config_line_next(section, line))) {
		if (strcasecmp(line->name, "set_var") != 0)
			continue;
		rc = add(settings->pool, &tail, line);
		if (rc == -ENOMEM)
			return rc;
		if (rc)
			rd_config_error(report, line->file, line->line,
					"set_var: NAME=value was expected, not \"%s\"",
					line->value);
	}
	return 0;
}

/* Why a function cannot be set where the channel is made; NULL: it can, or is none. */
static const char *fault(const struct sip_var *var, char *name, size_t size)
{
	struct rd_str rest = rd_str_of(var->name), head;
	const struct rd_function *function;

	if (!rd_str_cut(&rest, '(', &head) || !rd_strcpyn(name, size, head))
		return NULL;
	function = rd_function_find(name);
	if (!function)
		return "there is no such function";
	if (!function->write)
		return "it cannot be set";
	return function->yields ? "it waits: use Set() in the dialplan" : NULL;
}

static bool is_of_line(const struct sip_var *var, const struct sip_var *told)
{
	return told && told->line == var->line && strcmp(told->file, var->file) == 0;
}

void sip_vars_review(const struct sip_settings *settings, struct rd_config_report *report)
{
	const struct sip_var *told = NULL;
	char name[80];

	for (const struct sip_endpoint *endpoint = settings->first; endpoint;
	     endpoint = endpoint->next)
		for (const struct sip_var *var = endpoint->vars; var; var = var->next) {
			const char *why = fault(var, name, sizeof(name));

			if (!why || is_of_line(var, told)) /* of the same template */
				continue;
			rd_config_warning(report, var->file, var->line, "%s: set_var: %s(): %s",
					  endpoint->name, name, why);
			told = var;
		}
}

/* set_var: variables of every channel of a phone or peer, one to a line. */
#include "channels/sip/endpoint/settings_vars.h"

/* "NAME=value"; the value may be empty. */
static int add(struct rd_pool *pool, struct sip_var ***tail, const char *line)
{
	struct rd_str value = rd_str_of(line), name;
	struct sip_var *var;

	if (!rd_str_cut(&value, '=', &name) || !rd_str_trim(name).n)
		return -EINVAL;
	name = rd_str_trim(name);
	value = rd_str_trim(value);
	var = rd_pool_zalloc(pool, sizeof(*var));
	if (!var)
		return -ENOMEM;
	var->name = rd_pool_strndup(pool, name.p, name.n);
	var->value = rd_pool_strndup(pool, value.n ? value.p : "", value.n);
	if (!var->name || !var->value)
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
		rc = add(settings->pool, &tail, line->value);
		if (rc == -ENOMEM)
			return rc;
		if (rc)
			rd_config_error(report, line->file, line->line,
					"set_var: NAME=value was expected, not \"%s\"",
					line->value);
	}
	return 0;
}

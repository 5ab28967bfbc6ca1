/* What a module offers, taken into the registries of the core and back. The
 * tables are alike; only where their rows go differs. */
#include <ringdown/log.h>

#include "core/call/call.h"
#include "core/call/reach.h"
#include "core/call/registry.h"
#include "core/cli/cli.h"
#include "core/config/config.h"
#include "core/media/media.h"
#include "core/module/loader.h"

static int add_codec(const void *row, const char *module)
{
	return rd__codec_add(row, module);
}

static void remove_codec(const void *row)
{
	rd__codec_remove(row);
}

static int add_format(const void *row, const char *module)
{
	return rd__format_add(row, module);
}

static void remove_format(const void *row)
{
	rd__format_remove(row);
}

static int add_tech(const void *row, const char *module)
{
	return rd__tech_add(row, module);
}

static void remove_tech(const void *row)
{
	rd__tech_remove(row);
}

static int add_app(const void *row, const char *module)
{
	return rd__app_add(row, module);
}

static void remove_app(const void *row)
{
	rd__app_remove(row);
}

static int add_function(const void *row, const char *module)
{
	return rd__function_add(row, module);
}

static void remove_function(const void *row)
{
	rd__function_remove(row);
}

static void retire_codec(const void *row, bool back)
{
	rd__codec_retire(row, back);
}

static void retire_format(const void *row, bool back)
{
	rd__format_retire(row, back);
}

static void retire_app(const void *row, bool back)
{
	rd__app_retire(row, back);
}

static void retire_function(const void *row, bool back)
{
	rd__function_retire(row, back);
}

static void retire_tech(const void *row, bool back)
{
	rd__tech_retire(row, back);
}

static void retire_subscriber(const void *row, bool back)
{
	rd__subscriber_retire(row, back);
}

static void retire_interface(const void *row, bool back)
{
	rd__interface_retire(row, back);
}

static int add_subscriber(const void *row, const char *module)
{
	(void)module;
	return rd_subscribe(row);
}

static void remove_subscriber(const void *row)
{
	rd_unsubscribe(row);
}

static int add_interface(const void *row, const char *module)
{
	return rd__interface_add(row, module);
}

static void remove_interface(const void *row)
{
	rd__interface_remove(row);
}

static const struct kind {
	size_t row;
	int (*add)(const void *row, const char *module);
	void (*remove)(const void *row);
	void (*retire)(const void *row, bool back);
	int (*running)(const char *module); /* NULL: nothing of it runs */
	const char *one, *many;
} kinds[RD__KINDS] = {
	[RD__KIND_CODEC] = { sizeof(struct rd_codec), add_codec, remove_codec, retire_codec,
			     rd__codecs_running, "stream of its codecs", "streams of its codecs" },
	[RD__KIND_FORMAT] = { sizeof(struct rd_format), add_format, remove_format, retire_format,
			      rd__formats_running, "open file of its formats",
			      "open files of its formats" },
	[RD__KIND_TECH] = { sizeof(struct rd_tech), add_tech, remove_tech, retire_tech,
			    rd__techs_running, "channel", "channels" },
	[RD__KIND_APP] = { sizeof(struct rd_app), add_app, remove_app, retire_app, rd__apps_running,
			   "running application", "running applications" },
	[RD__KIND_FUNCTION] = { sizeof(struct rd_function), add_function, remove_function,
				retire_function, rd__functions_running, "running function",
				"running functions" },
	[RD__KIND_SUBSCRIBER] = { sizeof(struct rd_subscriber), add_subscriber, remove_subscriber,
				  retire_subscriber, NULL, NULL, NULL },
	[RD__KIND_INTERFACE] = { sizeof(struct rd_interface), add_interface, remove_interface,
				 retire_interface, rd__interfaces_used, "user of its interfaces",
				 "users of its interfaces" },
};

static const char *table_of(const struct rd_module *module, int kind)
{
	const void *const tables[RD__KINDS] = {
		[RD__KIND_CODEC] = module->codecs,
		[RD__KIND_FORMAT] = module->formats,
		[RD__KIND_TECH] = module->techs,
		[RD__KIND_APP] = module->apps,
		[RD__KIND_FUNCTION] = module->functions,
		[RD__KIND_SUBSCRIBER] = module->subscribers,
		[RD__KIND_INTERFACE] = module->interfaces,
	};

	return tables[kind];
}

static int register_table(struct rd__module *module, int kind)
{
	const char *row = table_of(&module->module, kind);
	int rc = 0;

	/* Each kind of row begins with its name. */
	while (row && *(const char *const *)(const void *)row && rc == 0) {
		rc = kinds[kind].add(row, module->name);
		if (rc == 0)
			module->added[kind]++;
		else
			module->refused = *(const char *const *)(const void *)row;
		row += kinds[kind].row;
	}
	return rc;
}

static int register_commands(struct rd__module *module)
{
	int rc;

	if (!module->module.commands)
		return 0;
	rc = rd__cli_register(module->name, module->module.commands,
			      sizeof(struct rd_cli_command));
	module->commands_added = rc == 0;
	return rc;
}

static int register_dialplan(struct rd__module *module)
{
	int rc;

	if (!module->module.dialplan)
		return 0;
	rc = rd__dialplan_set(module->module.dialplan);
	if (rc == -EEXIST)
		rd_error("%s: the dialplan has an interpreter already", module->name);
	module->dialplan_set = rc == 0;
	return rc;
}

static int register_reach(struct rd__module *module)
{
	int rc = module->module.reach ? rd__reach_set(module->module.reach) : 0;

	if (rc == -EEXIST)
		rd_error("%s: another module knows already how people want to be called",
			 module->name);
	module->reach_set = module->module.reach && rc == 0;
	return rc;
}

static int register_sources(struct rd__module *module)
{
	int rc = rd__config_sources_add(module->module.sources);

	module->sources_added = rc == 0;
	return rc;
}

void rd__module_tell_refused(const struct rd__module *module, const char *what, int rc,
			     struct rd_config_report *report)
{
	rd_config_error(report, NULL, 0, "module %s: %s: %s%s%s", module->module.name, what,
			module->refused ? module->refused : "", module->refused ? ": " : "",
			rc == -EEXIST ? "another has that already; the log says which"
				      : rd_strerror(rc));
}

/* What is no table, or taken as a whole. */
static int register_single(struct rd__module *module)
{
	int rc = register_commands(module);

	if (rc == 0)
		rc = register_dialplan(module);
	if (rc == 0)
		rc = register_reach(module);
	return rc ? rc : register_sources(module);
}

static void take_back_single(struct rd__module *module)
{
	if (module->sources_added)
		rd__config_sources_remove(module->module.sources);
	if (module->dialplan_set)
		rd__dialplan_set(NULL);
	if (module->reach_set)
		rd__reach_set(NULL);
	if (module->commands_added)
		rd__cli_unregister(module->module.commands);
	module->dialplan_set = module->reach_set = false;
	module->commands_added = module->sources_added = false;
}

int rd__module_register(struct rd__module *module)
{
	int rc = 0;

	for (int kind = 0; kind < RD__KINDS && rc == 0; kind++)
		rc = register_table(module, kind);
	if (rc == 0)
		rc = register_single(module);
	if (rc < 0)
		rd__module_unregister(module);
	return rc;
}

/* What is in use still as the daemon ends (a job of the pool holds it) is only hidden: who
 * uses it comes back to its row, and its code stays for that. Users go by the module's name:
 * a new version that does not come has none, though the old one may. */
static void take_back(const struct rd__module *module, int kind, const void *row)
{
	if (!module->handle && kinds[kind].running && kinds[kind].running(module->name))
		kinds[kind].retire(row, false);
	else
		kinds[kind].remove(row);
}

void rd__module_unregister(struct rd__module *module)
{
	take_back_single(module);
	for (int kind = RD__KINDS - 1; kind >= 0; kind--) {
		const char *table = table_of(&module->module, kind);

		while (module->added[kind])
			take_back(module, kind, table + --module->added[kind] * kinds[kind].row);
	}
}

static int count(struct rd_buf *out, int n, const char *one, const char *many)
{
	if (n && out)
		rd_buf_printf(out, "%s%d %s", out->n ? ", " : "", n, n == 1 ? one : many);
	return n;
}

int rd__module_running(const struct rd__module *module, struct rd_buf *out)
{
	int total = count(out, rd__module_held(module), "holder", "holders");

	for (int i = 0; i < RD__KINDS; i++) {
		const struct kind *kind = &kinds[i];

		if (kind->running)
			total += count(out, kind->running(module->name), kind->one, kind->many);
	}
	if (module->commands_added)
		total += count(out, rd__cli_running(module->module.commands), "running command",
			       "running commands");
	total += count(out, rd__module_loaded_with(module, NULL, NULL),
		       "module that was loaded with it", "modules that were loaded with it");
	if (total && out)
		rd__module_name_holders(module, out);
	return total;
}

/* -- one in the place of another ---------------------------------------------------------- */

const char *rd__module_fixed(const struct rd__module *module)
{
	const struct rd_module *offers = &module->module;

	if (offers->storages)
		return "families of the key-value tree";
	return offers->load && !offers->state ? "what its load() has begun" : NULL;
}

static void retire_tables(struct rd__module *module, bool back)
{
	for (int kind = 0; kind < RD__KINDS; kind++) {
		const char *table = table_of(&module->module, kind);

		for (size_t i = 0; i < module->added[kind]; i++)
			kinds[kind].retire(table + i * kinds[kind].row, back);
	}
}

static void retire_single(struct rd__module *module, bool back)
{
	if (module->commands_added)
		rd__cli_retire(module->module.commands, back);
	if (module->dialplan_set)
		rd__dialplan_set(back ? module->module.dialplan : NULL);
	if (module->reach_set)
		rd__reach_set(back ? module->module.reach : NULL);
	if (module->sources_added)
		rd__config_sources_retire(module->module.sources, back);
}

void rd__module_retire(struct rd__module *module, bool back)
{
	retire_tables(module, back);
	retire_single(module, back);
}

/* The dialplan and the wishes are another's by now. */
void rd__module_retire_for_good(struct rd__module *module)
{
	const char *table = table_of(&module->module, RD__KIND_SUBSCRIBER);
	size_t *added = &module->added[RD__KIND_SUBSCRIBER];

	while (*added)
		rd_unsubscribe((const void *)(table + --*added * sizeof(struct rd_subscriber)));
	if (module->sources_added)
		rd__config_sources_remove(module->module.sources);
	module->dialplan_set = module->reach_set = module->sources_added = false;
}

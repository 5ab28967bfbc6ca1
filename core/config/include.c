/* Directives of .conf files: other files, and the output of commands, read in the
 * place where they are named. */
#include <glob.h>
#include <signal.h>
#include <string.h>

#include <ringdown/str.h>

#include "core/config/config.h"
#include "core/config/parse.h"
#include "core/config/source.h"
#include "core/config/tree.h"

enum { MAX_DEPTH = 20 };

static bool is_open(const struct rd__parse_source *source, const char *file)
{
	for (; source; source = source->parent)
		if (strcmp(source->file, file) == 0)
			return true;
	return false;
}

static void include_file(struct rd__parser *parser, struct rd__parse_source *source,
			 const char *path, bool must_exist)
{
	const char *shown = rd__config_show_path(path);
	struct rd__parse_source inner = { .parent = source, .depth = source->depth + 1 };
	size_t size;
	char *text;
	int rc;

	if (is_open(source, shown) || inner.depth > MAX_DEPTH) {
		RD__COMPLAIN(parser, source, "\"%s\" includes itself", shown);
		return;
	}
	inner.file = rd_pool_strdup(parser->config->pool, shown);
	rc = inner.file ? rd__config_read_file(path, parser->config->pool, &text, &size) : -ENOMEM;
	if (rc == -ENOMEM)
		parser->no_memory = true;
	else if (rc == 0)
		rd__parse_text(parser, &inner, text, size);
	else if (rc != -ENOENT || must_exist)
		RD__COMPLAIN(parser, source, "#include \"%s\": %s", shown, rd_strerror(rc));
}

static void include(struct rd__parser *parser, struct rd__parse_source *source, const char *name,
		    bool must_exist)
{
	char *path = rd__config_path(parser->config->pool, name);
	bool is_pattern = strpbrk(name, "*?[") != NULL;
	glob_t found;
	int rc;

	if (!path) {
		parser->no_memory = true;
		return;
	}
	if (!is_pattern) {
		include_file(parser, source, path, must_exist);
		return;
	}
	rc = glob(path, 0, NULL, &found);
	if (rc == GLOB_NOMATCH)
		return; /* an empty folder of additions is as good as any */
	if (rc != 0) {
		RD__COMPLAIN(parser, source, "#include \"%s\": the folder cannot be read", name);
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		include_file(parser, source, found.gl_pathv[i], must_exist);
	globfree(&found);
}

/* 128 and more is what the shell says of a signal, too. */
static void complain_status(struct rd__parser *parser, struct rd__parse_source *source,
			    const char *command, const struct rd__command_end *end)
{
	const char *name = end->status > 128 ? sigabbrev_np(end->status - 128) : NULL;
	const char *colon = *end->said ? ": " : "";

	if (name)
		RD__COMPLAIN(parser, source, "#exec %s: signal %s ended it%s%s", command, name,
			     colon, end->said);
	else
		RD__COMPLAIN(parser, source, "#exec %s: it failed with status %d%s%s", command,
			     end->status, colon, end->said);
}

static void complain_command(struct rd__parser *parser, struct rd__parse_source *source,
			     const char *command, const struct rd__command_end *end, int rc)
{
	if (rc == -ECHILD)
		complain_status(parser, source, command, end);
	else if (rc == -ETIMEDOUT)
		RD__COMPLAIN(parser, source, "#exec %s: it took longer than %d ms, and was ended",
			     command, rd__config_exec_limit());
	else if (rc == -ECANCELED)
		RD__COMPLAIN(parser, source, "#exec %s: it was ended, for the daemon stops",
			     command);
	else if (rc == -EFBIG)
		RD__COMPLAIN(parser, source, "#exec %s: it printed more than %d MiB, and was ended",
			     command, RD__CONFIG_MAX_BYTES >> 20);
	else
		RD__COMPLAIN(parser, source, "#exec %s: it cannot be run: %s", command,
			     rd_strerror(rc));
}

/* No file of Asterisk, which would start without the line. */
static bool is_ours(const struct rd__parse_source *source)
{
	while (source->parent)
		source = source->parent;
	return strcmp(source->file, "sip.conf") == 0 || strcmp(source->file, "ringdown.conf") == 0;
}

static void exec_is_off(struct rd__parser *parser, const struct rd__parse_source *source)
{
	static const char what[] = "#exec is off; \"execincludes = yes\" in [options] of "
				   "ringdown.conf turns it on";

	if (is_ours(source))
		RD__COMPLAIN(parser, source, "%s", what);
	else
		rd_config_warning(parser->report, source->file, source->line, "%s", what);
}

static void exec(struct rd__parser *parser, struct rd__parse_source *source, const char *command)
{
	struct rd__parse_source inner = { .parent = source, .depth = source->depth + 1 };
	struct rd__command_end end;
	size_t size;
	char *text;
	int rc;

	if (!rd__config_exec_allowed()) {
		exec_is_off(parser, source);
		return;
	}
	if (inner.depth > MAX_DEPTH) {
		RD__COMPLAIN(parser, source, "#exec within #exec, too deep");
		return;
	}
	inner.file = rd_pool_printf(parser->config->pool, "output of \"%s\"", command);
	rc = inner.file ? rd__config_read_command(command, parser->config->pool, &text, &size, &end)
			: -ENOMEM;
	if (rc == -ENOMEM)
		parser->no_memory = true;
	else if (rc < 0)
		complain_command(parser, source, command, &end, rc);
	else
		rd__parse_text(parser, &inner, text, size);
	if (rc == 0 && *end.said)
		rd_config_warning(parser->report, source->file, source->line, "#exec %s: %s",
				  command, end.said);
}

/* What follows the directive, without "" or <> around it. */
static char *unquote(char *argument)
{
	size_t n = strlen(argument);

	if (n >= 2 && ((argument[0] == '"' && argument[n - 1] == '"') ||
		       (argument[0] == '<' && argument[n - 1] == '>'))) {
		argument[n - 1] = '\0';
		return rd__parse_trim(argument + 1);
	}
	return argument;
}

void rd__parse_directive(struct rd__parser *parser, struct rd__parse_source *source, char *text)
{
	size_t n = strcspn(text + 1, " \t\"<");
	struct rd_str word = { text + 1, n };
	char *argument = unquote(rd__parse_trim(text + 1 + n));

	if (*argument && rd_str_ieq(word, RD_STR("include")))
		include(parser, source, argument, true);
	else if (*argument && rd_str_ieq(word, RD_STR("tryinclude")))
		include(parser, source, argument, false);
	else if (*argument && rd_str_ieq(word, RD_STR("exec")))
		exec(parser, source, argument);
	else
		RD__COMPLAIN(parser, source,
			     "\"%.60s\": expected #include FILE, #tryinclude "
			     "FILE or #exec COMMAND",
			     text);
}

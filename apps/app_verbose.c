/* NoOp, Verbose and Log: saying something about a call. */
#include <stdlib.h>
#include <strings.h>

#include <ringdown/app.h>
#include <ringdown/channel.h>
#include <ringdown/log.h>
#include <ringdown/module.h>

static int noop_app(struct rd_channel *ch, const char *args)
{
	(void)ch;
	(void)args; /* the interpreter has logged them with the step */
	return 0;
}

/* "2,text" or "text" */
static int verbose_app(struct rd_channel *ch, const char *args)
{
	char *end;

	(void)strtol(args, &end, 10);
	if (end != args && *end == ',')
		args = end + 1;
	rd_verbose("%s: %s", rd_channel_name(ch), args);
	return 0;
}

static const struct {
	const char *name;
	enum rd_log_level level;
} levels[] = {
	{ "ERROR", RD_LOG_ERROR },     { "WARNING", RD_LOG_WARNING }, { "NOTICE", RD_LOG_NOTICE },
	{ "VERBOSE", RD_LOG_VERBOSE }, { "DEBUG", RD_LOG_DEBUG },     { "DTMF", RD_LOG_DEBUG },
};

static int level_of(struct rd_str name)
{
	for (size_t i = 0; i < RD_ARRAY_SIZE(levels); i++)
		if (rd_str_ieq(name, rd_str_of(levels[i].name)))
			return (int)levels[i].level;
	return -ENOENT;
}

static int log_app(struct rd_channel *ch, const char *args)
{
	struct rd_str text = rd_str_of(args), name;
	int level;

	rd_str_cut(&text, ',', &name);
	level = level_of(rd_str_trim(name));
	if (level < 0) {
		rd_app_warning(ch,
			       "expected ERROR, WARNING, NOTICE, VERBOSE or DEBUG, not '%.*s'",
			       RD_STR_ARG(name));
		return 0;
	}
	rd_log((enum rd_log_level)level, "app_verbose", "%s: %s,%s,%d: %.*s", rd_channel_name(ch),
	       rd_channel_context(ch), rd_channel_exten(ch), rd_channel_priority(ch),
	       RD_STR_ARG(text));
	return 0;
}

static const char *check_log(const char *args, char *buf, size_t size)
{
	struct rd_str text = rd_str_of(args), name;

	(void)buf;
	(void)size;
	rd_str_cut(&text, ',', &name);
	return level_of(rd_str_trim(name)) < 0
		       ? "begins with ERROR, WARNING, NOTICE, VERBOSE or DEBUG"
		       : NULL;
}

static const struct rd_app apps[] = {
	{ .name = "NoOp", .run = noop_app,
	  .synopsis = "Do nothing, but show the arguments in the log",
	  .syntax = "NoOp([text])" },
	{ .name = "Verbose", .run = verbose_app, .synopsis = "Write a line to the log",
	  .syntax = "Verbose([level,]text)" },
	{ .name = "Log", .run = log_app, .synopsis = "Write a line to the log at a level",
	  .syntax = "Log(level,text)",
	  .description = "The level is ERROR, WARNING, NOTICE, VERBOSE or DEBUG.",
	  .check = check_log },
	{ 0 }
};

RD_MODULE(.name = "app_verbose", .synopsis = "Lines in the log", .apps = apps);

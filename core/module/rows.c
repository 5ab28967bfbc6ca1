/* The rows of a module's tables: has each what whoever uses it calls without another look?
 * Technologies do without all, and an interface without functions is none. */
#include "core/module/loader.h"

static const char *lacks_app(const void *row)
{
	const struct rd_app *app = row;

	return app->run ? NULL : ".run";
}

static const char *lacks_function(const void *row)
{
	const struct rd_function *function = row;

	return function->read || function->write ? NULL : ".read and no .write";
}

static const char *lacks_codec(const void *row)
{
	const struct rd_codec *codec = row;

	if (!codec->rtp_name)
		return ".rtp_name";
	if (rd_codec_clock(codec) <= 0 || (codec->kind == RD_MEDIA_AUDIO && codec->rate <= 0))
		return ".rate";
	return NULL;
}

static const char *lacks_format(const void *row)
{
	const struct rd_format *format = row;

	if (!format->extension)
		return ".extension";
	if (!format->open_read && !format->open_write)
		return ".open_read and no .open_write";
	if (format->open_read && !format->read)
		return ".read";
	if ((format->open_write || format->open_write_stereo) && !format->write)
		return ".write";
	return format->close ? NULL : ".close";
}

static const char *lacks_command(const void *row)
{
	const struct rd_cli_command *command = row;

	return command->run ? NULL : ".run";
}

static const char *lacks_subscriber(const void *row)
{
	const struct rd_subscriber *subscriber = row;

	return subscriber->notify ? NULL : ".notify";
}

static const char *lacks_storage(const void *row)
{
	const struct rd_storage *storage = row;

	if (!storage->read)
		return ".read";
	return storage->write ? NULL : ".write";
}

struct rows {
	const void *first;
	size_t size;
	const char *kind;
	const char *(*lacks)(const void *row);
};

static int judge(const struct rows *rows, const char *path, struct rd_config_report *report)
{
	const char *row = rows->first;
	int rc = 0;

	/* Each kind of row begins with its name. */
	for (; row && *(const char *const *)(const void *)row; row += rows->size) {
		const char *lack = rows->lacks(row);

		if (!lack)
			continue;
		rd_config_error(report, path, 0, "its %s %s has no %s", rows->kind,
				*(const char *const *)(const void *)row, lack);
		rc = -EINVAL;
	}
	return rc;
}

int rd__module_judge_rows(const struct rd_module *module, const char *path,
			  struct rd_config_report *report)
{
	const struct rows tables[] = {
		{ module->apps, sizeof(struct rd_app), "application", lacks_app },
		{ module->functions, sizeof(struct rd_function), "function", lacks_function },
		{ module->codecs, sizeof(struct rd_codec), "codec", lacks_codec },
		{ module->formats, sizeof(struct rd_format), "file format", lacks_format },
		{ module->commands, sizeof(struct rd_cli_command), "command", lacks_command },
		{ module->subscribers, sizeof(struct rd_subscriber), "subscriber",
		  lacks_subscriber },
		{ module->storages, sizeof(struct rd_storage), "storage", lacks_storage },
	};
	int result = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(tables); i++) {
		int rc = judge(&tables[i], path, report);

		result = rc < 0 ? rc : result;
	}
	return result;
}

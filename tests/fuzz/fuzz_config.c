/* The .conf parser and typed options, fed with whatever comes. Includes are
 * looked for where no file of configuration can be. */
#include <stdint.h>
#include <string.h>

#include "core/config/config.h"
#include "core/config/tree.h"

struct options {
	bool flag;
	int number, duration, choice;
	int64_t size;
	const char *string;
	const char **list;
};

static const char *const choices[] = { "udp", "tcp", "tls", NULL };

#define AT(member) .offset = offsetof(struct options, member)

static const struct rd_option table[] = {
	{ "flag", RD_OPTION_BOOL, AT(flag), .fallback = "no" },
	{ "number", RD_OPTION_INT, AT(number), .min = -5, .max = 500 },
	{ "duration", RD_OPTION_DURATION, AT(duration), .fallback = "20s" },
	{ "size", RD_OPTION_SIZE, AT(size), .required = true },
	{ "string", RD_OPTION_STRING, AT(string) },
	{ "choice", RD_OPTION_ENUM, AT(choice), .names = choices },
	{ "list", RD_OPTION_LIST, AT(list), .fallback = "a,b" },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct rd_config *config, struct rd_pool *pool,
		struct rd_config_report *report)
{
	const struct rd_config_section *section = NULL;
	struct options options;
	size_t length = 0;

	while ((section = rd_config_next(config, section, NULL))) {
		const struct rd_config_line *line = NULL;

		while ((line = rd_config_line_next(section, line)))
			length += strlen(line->name) + strlen(line->value);
		rd_assert(rd_config_find(config, rd_config_section_name(section)));
		memset(&options, 0, sizeof(options));
		rd_options_read(table, section, NULL, &options, pool, report);
	}
	rd_assert(length < SIZE_MAX);
}

/* Includes all files of this machine, perhaps: that takes what they take. */
static bool goes_elsewhere(const uint8_t *data, size_t size)
{
	return size && memchr(data, '/', size) && memmem(data, size, "clude", 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_config_report *report = NULL;
	struct rd_config *config = NULL;
	struct rd_pool *pool = NULL;
	char *text;

	if (goes_elsewhere(data, size))
		return 0;
	if (!rd_directory("etc") && rd_config_report_new(&report) == 0) {
		rd__directories_load("/proc/self/fdinfo", "/", report);
		rd_config_report_free(report);
		report = NULL;
	}
	if (rd_config_new(&config) == 0 && rd_config_report_new(&report) == 0 &&
	    rd_pool_new(&pool, 0) == 0 && (text = rd_pool_alloc(pool, size + 1))) {
		if (size)
			memcpy(text, data, size);
		text[size] = '\0';
		if (rd__config_parse(config, "fuzz.conf", text, size, report) == 0)
			use(config, pool, report);
	}
	rd_pool_free(pool);
	rd_config_unref(config);
	rd_config_report_free(report);
	return 0;
}

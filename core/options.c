/* Reads the daemon's command line, which stays as it is from the first
 * release on: scripts and service files depend on it. */
#include "core/options.h"

#include <getopt.h>
#include <string.h>

enum { OPTION_CHECK = 256, OPTION_VERSION, OPTION_HELP };

static const struct option long_options[] = {
	{ "foreground", no_argument, NULL, 'f' },
	{ "config", required_argument, NULL, 'C' },
	{ "state", required_argument, NULL, 'S' },
	{ "execute", required_argument, NULL, 'x' },
	{ "remote", no_argument, NULL, 'r' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "check", no_argument, NULL, OPTION_CHECK },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ 0 },
};

void rd__options_help(FILE *out)
{
	fputs("Usage: ringdown [-f] [-v] [-C DIR] [-S DIR]     start the PBX\n"
	      "       ringdown --check [-C DIR]               check the configuration\n"
	      "       ringdown -r [-C DIR]                    console of the running PBX\n"
	      "       ringdown -x COMMAND [-C DIR]            one command of that console\n"
	      "       ringdown [-C DIR] report calls [...]    of the calls that were made\n"
	      "       ringdown [-C DIR] top                   calls, load and trouble, live\n"
	      "       ringdown [-C DIR] [-S DIR] doctor       what is wrong, and how to mend it\n"
	      "\n"
	      "  -C, --config DIR     configuration (default " RD_DIR_CONFIG ")\n"
	      "  -S, --state DIR      what the PBX remembers (default " RD_DIR_STATE ")\n"
	      "  -f, --foreground     stay in the foreground, log to the terminal\n"
	      "  -v, --verbose        log more; -vv logs for debugging\n"
	      "  -r, --remote         open a console to the PBX that was started with this -C\n"
	      "  -x, --execute CMD    run one console command there; its exit status\n"
	      "      --check          read every file, report every error, start nothing\n"
	      "      --version        print the version\n"
	      "      --help           print this\n"
	      "\n"
	      "SIGTERM stops the PBX, SIGHUP makes it read its configuration again.\n",
	      out);
}

/* One mode only, except that -r -x is -x. */
static int set_mode(struct rd__options *options, enum rd__mode mode, FILE *err)
{
	bool remote_command = options->mode == RD__MODE_CONSOLE && mode == RD__MODE_COMMAND;

	if (options->mode == RD__MODE_COMMAND && mode == RD__MODE_CONSOLE)
		return 0;
	if (options->mode != RD__MODE_DAEMON && options->mode != mode && !remote_command) {
		fputs("ringdown: --check, -r, -x, --version and --help exclude each other\n", err);
		return -EINVAL;
	}
	options->mode = mode;
	return 0;
}

static int take(struct rd__options *options, int letter, const char *argument, FILE *err)
{
	switch (letter) {
	case 'f':
		options->foreground = true;
		return 0;
	case 'v':
		options->verbose++;
		return 0;
	case 'C':
		options->config_dir = argument;
		return 0;
	case 'S':
		options->state_dir = argument;
		return 0;
	case 'x':
		options->command = argument;
		return set_mode(options, RD__MODE_COMMAND, err);
	case 'r':
		return set_mode(options, RD__MODE_CONSOLE, err);
	case OPTION_CHECK:
		return set_mode(options, RD__MODE_CHECK, err);
	case OPTION_VERSION:
		return set_mode(options, RD__MODE_VERSION, err);
	default:
		return set_mode(options, RD__MODE_HELP, err);
	}
}

static int take_letters(struct rd__options *options, int argc, char **argv, FILE *err)
{
	int letter, rc;

	while ((letter = getopt_long(argc, argv, "+:fvC:S:x:r", long_options, NULL)) != -1) {
		const char *word = argv[optind > 1 ? optind - 1 : 1];

		if (letter == ':') {
			fprintf(err, "ringdown: %s wants an argument; try --help\n", word);
			return -EINVAL;
		}
		if (letter == '?') {
			fprintf(err, "ringdown: no option %s; try --help\n", word);
			return -EINVAL;
		}
		rc = take(options, letter, optarg, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* "doctor" or "top", before the options or behind them. */
static int take_mode(struct rd__options *options, const char *word, FILE *err)
{
	bool top = strcmp(word, "top") == 0;

	if (!top && strcmp(word, "doctor") != 0)
		return 0;
	optind++;
	return set_mode(options, top ? RD__MODE_TOP : RD__MODE_DOCTOR, err);
}

/* What follows the options is a command of the console: "report calls --today". */
static int take_command(struct rd__options *options, char **words, FILE *err)
{
	size_t n = 0, size = sizeof(options->line);

	if (strcmp(words[0], "report") != 0) {
		fprintf(err, "ringdown: '%s' is not an option; try --help\n", words[0]);
		return -EINVAL;
	}
	for (; *words && n < size; words++)
		n += (size_t)snprintf(options->line + n, size - n,
				      strchr(*words, ' ') ? "\"%s\" " : "%s ", *words);
	if (n >= size) {
		fputs("ringdown: that command is too long\n", err);
		return -EINVAL;
	}
	options->command = options->line;
	return set_mode(options, RD__MODE_COMMAND, err);
}

int rd__options_parse(struct rd__options *options, int argc, char **argv, FILE *err)
{
	int rc;

	*options = (struct rd__options){ .mode = RD__MODE_DAEMON };
	opterr = 0;
	optind = 0; /* glibc: forget an earlier scan */
	rc = take_letters(options, argc, argv, err);
	if (rc == 0 && optind < argc)
		rc = take_mode(options, argv[optind], err);
	if (rc == 0 && optind < argc)
		rc = take_letters(options, argc, argv, err);
	if (rc == 0 && optind < argc)
		rc = take_command(options, argv + optind, err);
	return rc;
}

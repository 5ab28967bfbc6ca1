/* Where things are. The run directory, which holds the control socket, must
 * be found by `ringdown -r` from nothing but the same -C: unless a file names
 * it, it is derived from the configuration directory's full name. */
#include "core/config/config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ringdown/str.h>

enum which { ETC, STATE, SOUNDS, MODULES, SPOOL, LOG, RUN, DIRECTORIES };

static const char *const names[DIRECTORIES] = {
	[ETC] = "etc",	     [STATE] = "state", [SOUNDS] = "sounds", [MODULES] = "modules",
	[SPOOL] = "spool",   [LOG] = "log",	[RUN] = "run",
};

/* The names of [directories] in either file; a suffix is what Ringdown keeps
 * beneath that directory. */
static const struct alias {
	const char *name;
	enum which which;
	const char *suffix;
} ringdown_names[] = {
	{ "state", STATE, "" }, { "sounds", SOUNDS, "" }, { "modules", MODULES, "" },
	{ "spool", SPOOL, "" }, { "log", LOG, "" },	  { "run", RUN, "" },
	{ 0 },
}, asterisk_names[] = {
	{ "astetcdir", ETC, "" },	{ "astvarlibdir", STATE, "" },
	{ "astdbdir", STATE, "" },	{ "astdatadir", SOUNDS, "/sounds" },
	{ "astsoundsdir", SOUNDS, "" },	{ "astspooldir", SPOOL, "" },
	{ "astlogdir", LOG, "" },	{ "astrundir", RUN, "" },
	{ 0 },
};

/* Of asterisk.conf, and of no use here. */
static const char *const asterisk_unused[] = { "astmoddir", "astkeydir", "astagidir",
					       "astsbindir", "astcachedir", NULL };

static char *directories[DIRECTORIES];

const char *rd_directory(const char *which)
{
	for (int i = 0; i < DIRECTORIES; i++)
		if (strcmp(names[i], which) == 0)
			return directories[i];
	return NULL;
}

void rd__directories_free(void)
{
	for (int i = 0; i < DIRECTORIES; i++) {
		rd_free(directories[i]);
		directories[i] = NULL;
	}
}

/* Takes path, which may be NULL for want of memory. */
static int set_take(enum which which, char *path)
{
	if (!path)
		return -ENOMEM;
	rd_free(directories[which]);
	directories[which] = path;
	return 0;
}

/* path may be relative to the working directory, and need not exist. */
static int set_absolute(enum which which, const char *path)
{
	char full[PATH_MAX], *cwd;

	if (realpath(path, full))
		return set_take(which, rd_strdup(full));
	if (path[0] == '/')
		return set_take(which, rd_strdup(path));
	cwd = getcwd(full, sizeof(full));
	return cwd ? set_take(which, rd_asprintf("%s/%s", cwd, path)) : -errno;
}

static const struct alias *find_alias(const struct alias *aliases, const char *name)
{
	for (const struct alias *alias = aliases; alias->name; alias++)
		if (strcmp(alias->name, name) == 0)
			return alias;
	return NULL;
}

static bool is_unused(const char *name)
{
	for (const char *const *unused = asterisk_unused; *unused; unused++)
		if (strcmp(*unused, name) == 0)
			return true;
	return false;
}

static int take_line(const struct rd_config_line *line, const struct alias *aliases,
		     struct rd_config_report *report)
{
	const struct alias *alias = find_alias(aliases, line->name);

	if (!alias) {
		if (aliases == asterisk_names && is_unused(line->name))
			return 0;
		rd_config_error(report, line->file, line->line,
				"no directory is called \"%s\" here; there are: %s", line->name,
				aliases == asterisk_names ?
					"astetcdir, astvarlibdir, astdbdir, astdatadir, "
					"astsoundsdir, astspooldir, astlogdir, astrundir" :
					"state, sounds, modules, spool, log, run");
		return -EINVAL;
	}
	if (line->value[0] != '/') {
		rd_config_error(report, line->file, line->line,
				"%s = \"%s\": a directory is written from the root, as in /var/lib",
				line->name, line->value);
		return -EINVAL;
	}
	return set_take(alias->which, rd_asprintf("%s%s", line->value, alias->suffix));
}

static void note_options(const struct rd_config *config, struct rd_config_report *report)
{
	const struct rd_config_section *section = rd_config_find(config, "options");

	if (section && rd_config_line_next(section, NULL))
		rd_config_warning(report, rd_config_section_file(section),
				  rd_config_section_line(section),
				  "[options] has no effect: those of ringdown.conf are our own");
}

/* [directories] of one file, which need not exist. */
static int read_file(const char *name, const struct alias *aliases,
		     struct rd_config_report *report)
{
	const struct rd_config_section *section;
	const struct rd_config_line *line = NULL;
	struct rd_config *config;
	int rc, result = 0;

	rc = rd_config_load(&config, name, report);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (aliases == asterisk_names)
		note_options(config, report);
	section = rd_config_find(config, "directories");
	while (section && (line = rd_config_line_next(section, line))) {
		rc = take_line(line, aliases, report);
		if (rc < 0)
			result = rc;
	}
	rd_config_unref(config);
	return result;
}

/* In the build tree, the modules are beside the binary. */
static int set_modules(void)
{
	char self[PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *beside;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash) {
		*slash = '\0';
		beside = rd_asprintf("%s/modules", self);
		if (!beside || access(beside, X_OK) == 0)
			return set_take(MODULES, beside);
		rd_free(beside);
	}
	return set_take(MODULES, rd_strdup(RD_DIR_MODULES));
}

/* FNV-1a: short, and the same in the daemon and in its console. */
static uint32_t hash_path(const char *path)
{
	uint32_t hash = 2166136261u;

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 16777619u;
	return hash;
}

static char *run_directory(const char *etc)
{
	const char *session = getenv("XDG_RUNTIME_DIR");
	unsigned uid = geteuid();

	if (uid == 0 && strcmp(etc, RD_DIR_CONFIG) == 0)
		return rd_strdup("/run/ringdown");
	if (uid == 0)
		return rd_asprintf("/run/ringdown-%08x", hash_path(etc));
	if (session && session[0] == '/')
		return rd_asprintf("%s/ringdown-%08x", session, hash_path(etc));
	return rd_asprintf("/tmp/ringdown-%u-%08x", uid, hash_path(etc));
}

/* What neither the command line nor a file has said. */
static int set_defaults(const char *given_etc)
{
	bool system_wide;
	int rc = 0;

	if (!directories[STATE])
		rc = set_take(STATE, rd_strdup(RD_DIR_STATE));
	if (rc < 0)
		return rc;
	system_wide = strcmp(directories[STATE], RD_DIR_STATE) == 0;
	if (!directories[SOUNDS])
		rc = set_take(SOUNDS, rd_strdup(RD_DIR_SOUNDS));
	if (rc == 0 && !directories[SPOOL])
		rc = set_take(SPOOL, rd_asprintf("%s/spool", directories[STATE]));
	if (rc == 0 && !directories[LOG])
		rc = set_take(LOG, system_wide ? rd_strdup("/var/log/ringdown") :
						 rd_asprintf("%s/log", directories[STATE]));
	if (rc == 0 && !directories[RUN])
		rc = set_take(RUN, run_directory(given_etc));
	if (rc == 0 && !directories[MODULES])
		rc = set_modules();
	return rc;
}

/* Where the configuration is: the one thing that no file of it can say. */
static int set_config_dir(const char *config_dir, struct rd_config_report *report)
{
	int rc = set_absolute(ETC, config_dir);

	if (rc < 0)
		return rc;
	if (access(directories[ETC], R_OK | X_OK) < 0) {
		rd_config_error(report, directories[ETC], 0,
				"the configuration directory cannot be read: %s",
				rd_strerror(errno));
		return -EINVAL;
	}
	return 0;
}

int rd__directories_load(const char *config_dir, const char *state_dir,
			 struct rd_config_report *report)
{
	char *given_etc;
	int rc, other;

	rc = set_config_dir(config_dir ? config_dir : RD_DIR_CONFIG, report);
	if (rc < 0)
		return rc;
	given_etc = rd_strdup(directories[ETC]);
	if (!given_etc)
		return -ENOMEM;

	/* The later one wins: what is Ringdown's own. */
	rc = read_file("asterisk.conf", asterisk_names, report);
	other = read_file("ringdown.conf", ringdown_names, report);
	rc = rc < 0 ? rc : other;
	if (rc == 0 && state_dir)
		rc = set_absolute(STATE, state_dir);
	if (rc == 0)
		rc = set_defaults(given_etc);
	rd_free(given_etc);
	return rc;
}

/* Parents as others have them; the last one as asked, if it is not there. */
static int make_directory(const char *path, mode_t mode)
{
	char partial[PATH_MAX];

	if (!rd_strcpy(partial, sizeof(partial), path))
		return -ENAMETOOLONG;
	for (char *p = partial + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(partial, 0755) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return -errno;
	return access(path, W_OK | X_OK) < 0 ? -errno : 0;
}

/* In /tmp somebody else may have been there first, and would own our socket. */
static int check_owner(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && S_ISDIR(st.st_mode) ? 0 : -EPERM;
}

int rd__directories_make(struct rd_config_report *report)
{
	static const struct {
		enum which which;
		mode_t mode;
	} written[] = { { STATE, 0700 }, { SPOOL, 0750 }, { LOG, 0750 }, { RUN, 0700 } };
	int rc, result = 0;

	for (size_t i = 0; i < RD_ARRAY_SIZE(written); i++) {
		const char *path = directories[written[i].which];

		rc = make_directory(path, written[i].mode);
		if (rc == 0 && written[i].which == RUN && strncmp(path, "/tmp/", 5) == 0)
			rc = check_owner(path);
		if (rc == 0)
			continue;
		rd_config_error(report, path, 0, "the %s directory cannot be used: %s",
				names[written[i].which], rd_strerror(rc));
		result = -EINVAL;
	}
	return result;
}

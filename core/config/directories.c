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

/* A set of them, and which line said so: 0 for none. */
struct directories {
	char *path[DIRECTORIES];
	int line[DIRECTORIES];
};

static struct directories in_force;
/* What the command line said, made absolute; state may be NULL. */
static char *given_etc, *given_state;
static bool etc_is_named; /* by -C: not the default */

const char *rd_directory(const char *which)
{
	for (int i = 0; i < DIRECTORIES; i++)
		if (strcmp(names[i], which) == 0)
			return in_force.path[i];
	return NULL;
}

static void set_free(struct directories *set)
{
	for (int i = 0; i < DIRECTORIES; i++)
		rd_free(set->path[i]);
	*set = (struct directories){ 0 };
}

void rd__directories_free(void)
{
	set_free(&in_force);
	rd_free(given_etc);
	rd_free(given_state);
	given_etc = given_state = NULL;
}

/* Takes path, which may be NULL for want of memory. */
static int set_take(struct directories *set, enum which which, char *path)
{
	if (!path)
		return -ENOMEM;
	rd_free(set->path[which]);
	set->path[which] = path;
	return 0;
}

/* path may be relative to the working directory, and need not exist. NULL without
 * memory, or without a working directory. */
static char *absolute(const char *path)
{
	char full[PATH_MAX], *cwd;

	if (realpath(path, full))
		return rd_strdup(full);
	if (path[0] == '/')
		return rd_strdup(path);
	cwd = getcwd(full, sizeof(full));
	return cwd ? rd_asprintf("%s/%s", cwd, path) : NULL;
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

/* Whoever looks at a copy of a directory wants to know about that. */
static void note_other_etc(const struct rd_config_line *line, struct rd_config_report *report)
{
	if (strcmp(line->value, given_etc) != 0)
		rd_config_warning(report, line->file, line->line,
				  "%s = \"%s\" has no effect: the command line names %s",
				  line->name, line->value, given_etc);
}

static int take_line(struct directories *set, const struct rd_config_line *line,
		     const struct alias *aliases, struct rd_config_report *report)
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
	if (alias->which == ETC && etc_is_named) {
		note_other_etc(line, report);
		return 0;
	}
	set->line[alias->which] = line->line;
	return set_take(set, alias->which, rd_asprintf("%s%s", line->value, alias->suffix));
}

/* [directories] of one file. */
static int take_file(struct directories *set, struct rd_config *config,
		     const struct alias *aliases, struct rd_config_report *report)
{
	const struct rd_config_section *section;
	const struct rd_config_line *line = NULL;
	int rc, result = 0;

	if (aliases == asterisk_names)
		rd__config_note_asterisk(config, report);
	section = rd_config_find(config, "directories");
	while (section && (line = rd_config_line_next(section, line))) {
		rc = take_line(set, line, aliases, report);
		if (rc < 0)
			result = rc;
	}
	return result;
}

/* In the build tree, the modules are beside the binary. */
static int set_modules(struct directories *set)
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
			return set_take(set, MODULES, beside);
		rd_free(beside);
	}
	return set_take(set, MODULES, rd_strdup(RD_DIR_MODULES));
}

/* FNV-1a: short, and the same in the daemon and in its console. */
static uint32_t hash_path(const char *path)
{
	uint32_t hash = 2166136261u;

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 16777619u;
	return hash;
}

/* systemd has made one for its service: /run/ringdown, where root's console looks, too. */
static const char *run_directory_of_service(const char *etc)
{
	const char *given = getenv("RUNTIME_DIRECTORY");
	bool is_one = given && given[0] == '/' && !strchr(given, ':');

	return is_one && strcmp(etc, RD_DIR_CONFIG) == 0 ? given : NULL;
}

static char *run_directory(const char *etc)
{
	const char *service = run_directory_of_service(etc);
	const char *session = getenv("XDG_RUNTIME_DIR");
	unsigned uid = geteuid();

	if (service)
		return rd_strdup(service);
	if (uid == 0 && strcmp(etc, RD_DIR_CONFIG) == 0)
		return rd_strdup("/run/ringdown");
	if (uid == 0)
		return rd_asprintf("/run/ringdown-%08x", hash_path(etc));
	if (session && session[0] == '/')
		return rd_asprintf("%s/ringdown-%08x", session, hash_path(etc));
	return rd_asprintf("/tmp/ringdown-%u-%08x", uid, hash_path(etc));
}

/* What neither the command line nor a file has said. */
static int set_defaults(struct directories *set)
{
	char **path = set->path;
	bool system_wide;
	int rc = 0;

	if (!path[STATE])
		rc = set_take(set, STATE, rd_strdup(RD_DIR_STATE));
	if (rc < 0)
		return rc;
	system_wide = strcmp(path[STATE], RD_DIR_STATE) == 0;
	if (!path[SOUNDS])
		rc = set_take(set, SOUNDS, rd_strdup(RD_DIR_SOUNDS));
	if (rc == 0 && !path[SPOOL])
		rc = set_take(set, SPOOL, rd_asprintf("%s/spool", path[STATE]));
	if (rc == 0 && !path[LOG])
		rc = set_take(set, LOG, system_wide ? rd_strdup("/var/log/ringdown") :
						      rd_asprintf("%s/log", path[STATE]));
	if (rc == 0 && !path[RUN])
		rc = set_take(set, RUN, run_directory(given_etc));
	if (rc == 0 && !path[MODULES])
		rc = set_modules(set);
	return rc;
}

/* Where the configuration is: the one thing that no file of it can say. */
static int check_config_dir(const char *path, struct rd_config_report *report)
{
	if (access(path, R_OK | X_OK) < 0) {
		rd_config_error(report, path, 0,
				"the configuration directory cannot be read: %s",
				rd_strerror(errno));
		return -EINVAL;
	}
	return 0;
}

/* ---- the two files ---- */

/* One that need not exist: *cp NULL. */
static int load_file(struct rd_config **cp, const char *name, struct rd_config_report *report)
{
	int rc = rd_config_load(cp, name, report);

	if (rc < 0)
		*cp = NULL;
	return rc == -ENOENT ? 0 : rc;
}

static int load_asterisk(struct rd__daemon_files *files, struct rd_config_report *report)
{
	char *path = rd_asprintf("%s/asterisk.conf", given_etc);
	int rc = path ? load_file(&files->asterisk, path, report) : -ENOMEM;

	rd_free(path);
	return rc;
}

int rd__daemon_files_load(struct rd__daemon_files *files, struct rd_config_report *report)
{
	int rc, other;

	*files = (struct rd__daemon_files){ 0 };
	rc = load_asterisk(files, report);
	other = load_file(&files->own, "ringdown.conf", report);
	rc = rc < 0 ? rc : other;
	if (rc < 0)
		rd__daemon_files_fini(files);
	return rc;
}

void rd__daemon_files_fini(struct rd__daemon_files *files)
{
	rd_config_unref(files->own);
	rd_config_unref(files->asterisk);
	*files = (struct rd__daemon_files){ 0 };
}

/* ---- in force, and from the next start on ---- */

/* The later one wins: what is Ringdown's own. */
static int take_files(struct directories *set, const struct rd__daemon_files *files,
		      struct rd_config_report *report)
{
	int rc = take_file(set, files->asterisk, asterisk_names, report);
	int other = take_file(set, files->own, ringdown_names, report);

	return rc < 0 ? rc : other;
}

/* The same where the one says where the other is. */
static int read_files(struct directories *set, struct rd__daemon_files *files,
		      struct rd_config_report *report)
{
	int rc = load_asterisk(files, report), other;

	if (rc == 0)
		rc = take_file(set, files->asterisk, asterisk_names, report);
	other = load_file(&files->own, "ringdown.conf", report);
	if (other == 0)
		other = take_file(set, files->own, ringdown_names, report);
	return rc < 0 ? rc : other;
}

/* All of them, also when a file says something wrong. */
static int set_complete(struct directories *set, int result)
{
	int rc = 0;

	if (given_state) {
		set->line[STATE] = 0;
		rc = set_take(set, STATE, rd_strdup(given_state));
	}
	if (rc == 0)
		rc = set_defaults(set);
	return rc < 0 ? rc : result;
}

int rd__directories_read(const char *config_dir, const char *state_dir,
			 struct rd__daemon_files *files, struct rd_config_report *report)
{
	int rc;

	*files = (struct rd__daemon_files){ 0 };
	rd_free(given_etc);
	rd_free(given_state);
	etc_is_named = config_dir;
	given_etc = absolute(config_dir ? config_dir : RD_DIR_CONFIG);
	given_state = state_dir ? absolute(state_dir) : NULL;
	if (!given_etc || (state_dir && !given_state))
		return -ENOMEM;
	rc = set_take(&in_force, ETC, rd_strdup(given_etc));
	if (rc == 0)
		rc = check_config_dir(given_etc, report);
	return rc < 0 ? rc : set_complete(&in_force, read_files(&in_force, files, report));
}

int rd__directories_load(const char *config_dir, const char *state_dir,
			 struct rd_config_report *report)
{
	struct rd__daemon_files files;
	int rc = rd__directories_read(config_dir, state_dir, &files, report);

	rd__daemon_files_fini(&files);
	return rc;
}

bool rd__directory_is_named(const char *which)
{
	for (int i = 0; i < DIRECTORIES; i++)
		if (strcmp(names[i], which) == 0)
			return in_force.line[i] > 0;
	return false;
}

int rd__directories_look(const struct rd__daemon_files *files, struct rd_config_report *report)
{
	struct directories set = { 0 };
	int rc = set_take(&set, ETC, rd_strdup(given_etc));

	if (rc == 0)
		rc = set_complete(&set, take_files(&set, files, report));
	for (int i = 0; i < DIRECTORIES && rc == 0; i++)
		if (strcmp(set.path[i], in_force.path[i]) != 0)
			rd_config_warning(report, "ringdown.conf", set.line[i],
					  "the %s directory is %s from the next start on",
					  names[i], set.path[i]);
	set_free(&set);
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
		const char *path = in_force.path[written[i].which];

		rc = make_directory(path, written[i].mode);
		if (rc == 0 && written[i].which == RUN && strncmp(path, "/tmp/", 5) == 0)
			rc = check_owner(path);
		if (rc == 0)
			continue;
		rd_config_error(report, path, 0, "the %s directory cannot be used: %s%s%s",
				names[written[i].which], rd_strerror(rc),
				rc == -EROFS ? "; for a service of systemd, its unit makes it "
					       "writable with ReadWritePaths="
					     : "",
				rc == -EROFS ? path : "");
		result = -EINVAL;
	}
	return result;
}

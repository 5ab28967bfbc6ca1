/* New files in the place of modules that run, for tests. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/sim/replacing.h"

enum { NAMES_MAX = 8, FILES_MAX = 4096 };

static char folder[64], path[256];
static const char *names[NAMES_MAX]; /* installed */

int replacing_make(void **state)
{
	strcpy(folder, "/tmp/rd-replace-XXXXXX");
	assert_non_null(mkdtemp(folder));
	memset(names, 0, sizeof(names));
	return rd_test_begin(state);
}

int replacing_clean(void **state)
{
	int rc = rd_test_end(state);

	for (int i = 0; i < NAMES_MAX && names[i]; i++)
		unlink(replacing_path(names[i]));
	rmdir(folder);
	return rc;
}

void replacing_as_built(void)
{
	const char *build = getenv("RD_BUILD");
	char modules[512];

	snprintf(modules, sizeof(modules), "%s/modules", build ? build : ".");
	setenv("RD_MODULES", modules, 0);
}

const char *replacing_path(const char *module)
{
	snprintf(path, sizeof(path), "%s/%s.so", folder, module);
	return path;
}

static void note(const char *module)
{
	int i = 0;

	while (names[i] && strcmp(names[i], module) != 0)
		i++;
	assert_in_range(i, 0, NAMES_MAX - 1);
	names[i] = module;
}

static void read_built(const char *built, char **bytes, size_t *size)
{
	const char *build = getenv("RD_BUILD");
	char from[4096];
	struct stat st;
	int in;

	snprintf(from, sizeof(from), "%s/.libs/%s.so", build ? build : ".", built);
	in = open(from, O_RDONLY);
	if (in < 0) {
		snprintf(from, sizeof(from), "%s/%s.so", getenv("RD_MODULES"), built);
		in = open(from, O_RDONLY);
	}
	assert_true(in >= 0 && fstat(in, &st) == 0);
	*size = (size_t)st.st_size;
	*bytes = malloc(*size);
	assert_int_equal(read(in, *bytes, *size), *size);
	close(in);
}

static void put_in_place(const char *module, const char *bytes, size_t size)
{
	char beside[280];
	int out;

	note(module);
	snprintf(beside, sizeof(beside), "%s.new", replacing_path(module));
	out = open(beside, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	assert_true(out >= 0);
	assert_int_equal(write(out, bytes, size), size);
	close(out);
	assert_int_equal(rename(beside, path), 0);
}

void replacing_install(const char *module, const char *built)
{
	char *bytes;
	size_t size;

	read_built(built, &bytes, &size);
	put_in_place(module, bytes, size);
	free(bytes);
}

void replacing_load(const char *module)
{
	replacing_install(module, module);
	rd_test_load(replacing_path(module));
}

void replacing_install_with(const char *module, const char *text, const char *other)
{
	char *bytes, *at;
	size_t size, n = strlen(text) + 1;

	assert_int_equal(strlen(other) + 1, n);
	read_built(module, &bytes, &size);
	at = memmem(bytes, size, text, n);
	assert_non_null(at);
	memcpy(at, other, n);
	put_in_place(module, bytes, size);
	free(bytes);
}

const char *replacing_reload(const char *module, bool done)
{
	char line[128];
	const char *said;
	int status;

	snprintf(line, sizeof(line), "module reload %s", module);
	said = rd_test_command(line, &status);
	if ((status == 0) != done)
		fail_msg("%s", said);
	return said;
}

void replacing_replace(const char *module)
{
	replacing_install(module, module);
	replacing_reload(module, true);
}

void replacing_expect(const char *command, const char *text)
{
	const char *said = rd_test_command(command, NULL);

	if (!strstr(said, text))
		fail_msg("%s: no \"%s\" in: %s", command, text, said);
}

int replacing_rounds(int usual)
{
	const char *wanted = getenv("REPLACE_ROUNDS");

	return wanted ? atoi(wanted) : usual;
}

int replacing_shown(const char *module)
{
	char line[128];
	const char *said;
	int count = 0;

	snprintf(line, sizeof(line), "module show like %s", module);
	said = rd_test_command(line, NULL);
	snprintf(line, sizeof(line), "\n%s", module);
	for (const char *at = said; (at = strstr(at, line)); at++)
		count++;
	return count;
}

int replacing_mapped(void)
{
	static ino_t seen[FILES_MAX];
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[4096];
	int count = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long inode;
		int i = 0;

		if (!strstr(line, folder) || sscanf(line, "%*s %*s %*s %*s %lu", &inode) != 1)
			continue;
		while (i < count && seen[i] != inode)
			i++;
		if (i == count && count < FILES_MAX)
			seen[count++] = inode;
	}
	fclose(maps);
	return count;
}

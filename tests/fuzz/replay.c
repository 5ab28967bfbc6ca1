/* The main() of a fuzz program in an ordinary build: feeds it each file of
 * its corpus, whole and cut off at every length, and prints TAP. With clang
 * and --enable-fuzz, libFuzzer takes its place. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT 65536
#define CUT_LIMIT  2048 /* files up to this size are cut at every byte */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In a block of its exact size, so that a sanitizer sees a read past it. */
static void feed(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int replay_file(const char *dir, const char *name)
{
	static uint8_t data[FILE_LIMIT];
	size_t size, step;
	FILE *file = NULL;
	char *path;

	if (asprintf(&path, "%s/%s", dir, name) >= 0) {
		file = fopen(path, "rb");
		free(path);
	}
	if (!file)
		return -1;
	size = fread(data, 1, sizeof(data), file);
	fclose(file);

	step = size > CUT_LIMIT ? size / CUT_LIMIT : 1;
	for (size_t cut = 0; cut < size; cut += step)
		feed(data, cut);
	feed(data, size);
	return 0;
}

static int replay_folder(const char *dir)
{
	struct dirent *entry;
	DIR *folder = opendir(dir);
	int count = 0;

	if (!folder)
		return -1;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		if (replay_file(dir, entry->d_name) < 0) {
			count = -1;
			break;
		}
		count++;
	}
	closedir(folder);
	return count;
}

int main(int argc, char **argv)
{
	const char *program = strrchr(argv[0], '/');
	const char *source = getenv("RD_SOURCE");
	const char *name = program ? program + 1 : argv[0];
	char *dir;
	int count;

	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	if (argc > 1)
		dir = strdup(argv[1]);
	else if (asprintf(&dir, "%s/tests/fuzz/corpus/%s", source ? source : ".", name) < 0)
		dir = NULL;

	count = dir ? replay_folder(dir) : -1;
	printf("1..1\n%s 1 - %s: %d inputs replayed\n", count > 0 ? "ok" : "not ok", dir, count);
	free(dir);
	return count > 0 ? 0 : 1;
}

/* Files that are loaded as modules and cannot be: half of one, or one of another machine. */
#include <ringdown/test.h>

#include <elf.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[64];

static int make(void **state)
{
	strcpy(path, "/tmp/rd-module-XXXXXX.so");
	close(mkstemps(path, 3));
	return rd_test_begin(state);
}

static int clean(void **state)
{
	int rc = rd_test_end(state);

	unlink(path);
	return rc;
}

/* What is said of it. */
static const char *load(const void *bytes, size_t size)
{
	char command[128];
	const char *said;
	int status;
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
	snprintf(command, sizeof(command), "module load %s", path);
	said = rd_test_command(command, &status);
	assert_int_not_equal(status, 0);
	return said;
}

/* An upload that broke off, or a disk that was full: who maps it is killed. */
static void one_that_was_not_copied_whole_is_refused(void **state)
{
	static const size_t sizes[] = { 1000, 3000, 5000, 9000, 12000 };
	const char *build = getenv("RD_BUILD");
	char whole[4096], bytes[12000];
	FILE *file;

	(void)state;
	snprintf(whole, sizeof(whole), "%s/.libs/good_alpha.so", build ? build : ".");
	file = fopen(whole, "r");
	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, sizeof(bytes), file), sizeof(bytes));
	fclose(file);
	for (size_t i = 0; i < RD_ARRAY_SIZE(sizes); i++)
		assert_non_null(strstr(load(bytes, sizes[i]), "was it copied whole?"));
}

/* Its header has other things where ours says where its parts are. */
static void one_of_another_machine_is_not_taken_for_half(void **state)
{
	static const struct {
		Elf32_Ehdr head;
		Elf32_Phdr part;
		char rest[0x2000];
	} object = { .head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1 },
			       .e_type = ET_DYN,
			       .e_machine = EM_ARM,
			       .e_version = 1,
			       .e_phoff = sizeof(Elf32_Ehdr),
			       .e_flags = 0x05000400,
			       .e_phentsize = sizeof(Elf32_Phdr),
			       .e_phnum = 1 },
		     .part = { .p_type = PT_LOAD, .p_offset = 0x1000, .p_filesz = 0x1000 } };

	(void)state;
	assert_null(strstr(load(&object, sizeof(object)), "copied whole"));
}

/* The daemon knows nothing of where the console was started. */
static void whoever_writes_a_relative_path_is_told_from_where(void **state)
{
	int status;
	const char *said;

	(void)state;
	said = rd_test_command("module load ./app_none.so", &status);
	assert_int_not_equal(status, 0);
	assert_non_null(strstr(said, "module ./app_none.so: it was looked for in /"));
	assert_non_null(strstr(said, "write the whole path"));
	said = rd_test_command("module load app_none", &status);
	assert_int_not_equal(status, 0);
	assert_null(strstr(said, "looked for"));
}

static int mistaken_line;

static void mistaken(void **state)
{
	(void)state;
	mistaken_line = __LINE__ + 1;
	rd_test_load("app_none");
}

/* In a process of its own, as it fails. */
static void what_fails_is_told_with_the_line_of_the_test(void **state)
{
	const struct CMUnitTest tests[] = { RD_TEST(mistaken) };
	char said[4096], place[64];
	ssize_t n, size = 0;
	int ends[2];
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		cmocka_run_group_tests_name("mistaken", tests, NULL, NULL);
		snprintf(place, sizeof(place), "<%d>", mistaken_line);
		fflush(NULL);
		_exit(write(1, place, strlen(place)) < 0);
	}
	close(ends[1]);
	while ((n = read(ends[0], said + size, sizeof(said) - 1 - (size_t)size)) > 0)
		size += n;
	close(ends[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	said[size] = '\0';
	assert_non_null(strrchr(said, '<'));
	snprintf(place, sizeof(place), "test_module_file.c:%d", atoi(strrchr(said, '<') + 1));
	if (!strstr(said, place))
		fail_msg("no %s in %s", place, said);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILE_TEST(one_that_was_not_copied_whole_is_refused),
		FILE_TEST(one_of_another_machine_is_not_taken_for_half),
		cmocka_unit_test(what_fails_is_told_with_the_line_of_the_test),
		FILE_TEST(whoever_writes_a_relative_path_is_told_from_where),
	};

	return rd_test_run(tests);
}

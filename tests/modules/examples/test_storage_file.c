/* The family "phonebook", in a text file. */
#include <ringdown/test.h>

static char path[512];

static void write_book(const char *text)
{
	FILE *file;

	snprintf(path, sizeof(path), "%s/phonebook.txt", rd_directory("state"));
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static const char *book(void)
{
	static char text[256];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void what_is_in_the_file_is_in_the_tree(void **state)
{
	(void)state;
	write_book("# ours\n1001\tAnna\n1002\tOld%0AMan 100%25\n");
	rd_test_load("./storage_file.so");
	rd_test_load("func_db");
	rd_test_dialplan("[sim]\nexten => 1,1,Hangup()\n");
	assert_string_equal(rd_test_expand("${DB(phonebook/1001)}"), "Anna");
	assert_string_equal(rd_test_expand("${DB(phonebook/1002)}"), "Old\nMan 100%");
}

static void what_is_set_is_in_the_file(void **state)
{
	(void)state;
	write_book("1001\tAnna\n1002\tBob\n");
	rd_test_load("./storage_file.so");
	rd_test_command("database put phonebook 1003 \"Carol 50%\"", NULL);
	rd_test_command("database del phonebook 1001", NULL);
	rd_test_pass(100);
	assert_string_equal(book(), "1002\tBob\n1003\tCarol 50%25\n");
	rd_test_command("database put phonebook 1004 Dora", NULL);
	rd_test_unload("storage_file");
	assert_string_equal(book(), "1002\tBob\n1003\tCarol 50%25\n1004\tDora\n");
	assert_non_null(strstr(rd_test_command("database show phonebook", NULL), "0 results"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(what_is_in_the_file_is_in_the_tree),
		RD_TEST(what_is_set_is_in_the_file),
	};

	return rd_test_run(tests);
}

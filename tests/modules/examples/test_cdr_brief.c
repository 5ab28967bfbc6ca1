/* brief.txt: a line for each call record. */
#include <ringdown/test.h>

static void a_call_leaves_a_line(void **state)
{
	struct rd_test_phone *alice = rd_test_phone("alice");
	char path[512], line[128] = "";
	FILE *file;

	(void)state;
	rd_test_phone("bob");
	rd_test_load("./cdr_brief.so");
	rd_test_load("app_dial");
	rd_test_dialplan("[sim]\nexten => 1,1,Dial(Sim/bob)\n");
	rd_test_call(alice, "1");
	rd_test_pass(10500);
	rd_test_hang_up(alice);
	rd_test_pass(5000);
	snprintf(path, sizeof(path), "%s/brief.txt", rd_directory("log"));
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_null(fgets(path, sizeof(path), file));
	fclose(file);
	assert_string_equal(line, "alice -> 1, 10 s, ANSWERED\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RD_TEST(a_call_leaves_a_line),
	};

	return rd_test_run(tests);
}

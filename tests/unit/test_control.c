/* How a console finds the daemon's socket, and whose it does not believe. */
#include "tests/unit/test.h"
#include "tests/unit/conf_dir.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/cli/cli.h"
#include "core/cli/frame.h"

#define STRANGER 54321

static char folder[64], record[64];
static int listener;

/* A daemon listens in DIR/elsewhere, not where the directories say; DIR is the state
 * directory, and like /tmp. */
static int make(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char line[300];

	(void)state;
	conf_dir_make();
	assert_int_equal(chmod(conf_dir_path(), 01777), 0);
	snprintf(folder, sizeof(folder), "%s/elsewhere", conf_dir_path());
	snprintf(record, sizeof(record), "%s/control.path", conf_dir_path());
	snprintf(line, sizeof(line), "%s\n", folder);
	conf_dir_write("control.path", line);
	assert_int_equal(chmod(record, 0600), 0);
	assert_int_equal(mkdir(folder, 0700), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/ringdown.ctl", folder);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (const void *)&address, sizeof(address)), 0);
	return listen(listener, 4);
}

static int clean(void **state)
{
	(void)state;
	close(listener);
	conf_dir_remove();
	return 0;
}

static int find(void)
{
	int fd = rd__control_connect();

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static void give_away(const char *name)
{
	char path[300];

	if (geteuid() != 0)
		skip();
	snprintf(path, sizeof(path), "%s/%s", conf_dir_path(), name);
	assert_int_equal(lchown(path, STRANGER, STRANGER), 0);
}

static void the_record_in_the_state_directory_leads_to_the_socket(void **state)
{
	(void)state;
	assert_int_equal(find(), 0);
	unlink(record);
	assert_int_equal(find(), -ENOENT);
}

static void the_daemon_records_where_it_listens(void **state)
{
	char text[300] = "";
	FILE *file;

	(void)state;
	rd__control_record();
	file = fopen(record, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, rd_directory("run"));
	rd__control_forget();
	assert_int_equal(access(record, F_OK), -1);
}

static void a_folder_that_anybody_may_write_is_refused(void **state)
{
	(void)state;
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(find(), -EPERM);
}

static void the_folder_of_a_stranger_is_refused(void **state)
{
	(void)state;
	give_away("elsewhere");
	assert_int_equal(find(), -EPERM);
}

static void the_socket_of_a_stranger_is_refused(void **state)
{
	(void)state;
	give_away("elsewhere/ringdown.ctl");
	assert_int_equal(find(), -EPERM);
}

static void the_record_of_a_stranger_is_not_read(void **state)
{
	(void)state;
	give_away("control.path");
	assert_int_equal(find(), -ENOENT);
}

static void the_owner_of_the_state_directory_is_believed(void **state)
{
	(void)state;
	give_away("elsewhere");
	give_away("elsewhere/ringdown.ctl");
	give_away("control.path");
	give_away("");
	assert_int_equal(find(), 0);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(the_record_in_the_state_directory_leads_to_the_socket),
		IN_DIR(the_daemon_records_where_it_listens),
		IN_DIR(a_folder_that_anybody_may_write_is_refused),
		IN_DIR(the_folder_of_a_stranger_is_refused),
		IN_DIR(the_socket_of_a_stranger_is_refused),
		IN_DIR(the_record_of_a_stranger_is_not_read),
		IN_DIR(the_owner_of_the_state_directory_is_believed),
	};

	return RUN_GROUP(tests);
}

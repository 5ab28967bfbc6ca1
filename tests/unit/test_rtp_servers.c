/* rtp.conf: the STUN and TURN servers that it names, and whom sound is taken from. */
#include "tests/unit/test.h"

#include "core/config/config.h"
#include "core/media/address.h"
#include "core/media/media.h"
#include "core/media/rtp_config.h"
#include "core/media/turn.h"
#include "tests/unit/conf_dir.h"

/* Put a rtp.conf in force, or say why not. */
static int take(const char *lines)
{
	char text[512];

	snprintf(text, sizeof(text), "[general]\n%s", lines);
	return conf_dir_apply(&rd__rtp_config, text);
}

static void assert_server(const struct rd__address *server, const char *wanted)
{
	char text[RD__ADDRESS_TEXT];

	assert_string_equal(server->size ? rd__address_print(server, text) : "none", wanted);
}

static void servers_are_addresses_with_or_without_port(void **state)
{
	(void)state;
	assert_int_equal(take("stunaddr = 192.0.2.1\nturnaddr = [2001:db8::1]:5000\n"
			      "turnusername = me\nturnpassword = it\n"), 0);
	assert_server(&rd__rtp_settings()->stun, "192.0.2.1:3478");
	assert_server(&rd__rtp_settings()->turn, "[2001:db8::1]:5000");
	assert_string_equal(rd__rtp_settings()->turn_user, "me");
	assert_string_equal(rd__rtp_settings()->turn_password, "it");
	assert_int_equal(take("stunaddr = 192.0.2.1:19302\nturnaddr = 192.0.2.2\n"
			      "turnport = 5349\n"), 0);
	assert_server(&rd__rtp_settings()->stun, "192.0.2.1:19302");
	assert_server(&rd__rtp_settings()->turn, "192.0.2.2:5349");
	assert_string_equal(rd__rtp_settings()->turn_user, "");
}

static void names_are_looked_up(void **state)
{
	(void)state;
	assert_int_equal(take("turnaddr = localhost:99\n"), 0);
	assert_int_equal(rd__address_port(&rd__rtp_settings()->turn), 99);
}

static void without_any_there_is_none(void **state)
{
	(void)state;
	assert_int_equal(take(""), 0);
	assert_server(&rd__rtp_settings()->stun, "none");
	assert_server(&rd__rtp_settings()->turn, "none");
}

static void what_is_no_address_is_an_error(void **state)
{
	char lines[300] = "turnpassword = ";

	(void)state;
	assert_int_equal(take("stunaddr = 192.0.2.1:70000\n"), -EINVAL);
	assert_int_equal(take("stunaddr = :3478\n"), -EINVAL);
	assert_int_equal(take("stunaddr = [2001:db8::1\n"), -EINVAL);
	assert_int_equal(take("turnaddr = 192.0.2.1\nturnport = x\n"), -EINVAL);
	memset(lines + strlen(lines), 'x', RD__TURN_CREDENTIAL + 1);
	assert_int_equal(take(lines), -EINVAL);
}

static void strictness_has_three_words(void **state)
{
	(void)state;
	assert_int_equal(take("strictrtp = no\n"), 0);
	assert_false(rd__rtp_settings()->strict);
	assert_int_equal(take("strictrtp = seqno\n"), 0);
	assert_true(rd__rtp_settings()->strict);
	assert_int_equal(take("strictrtp = Off\n"), 0);
	assert_false(rd__rtp_settings()->strict);
	assert_int_equal(take("strictrtp = yes\n"), 0);
	assert_true(rd__rtp_settings()->strict);
	assert_int_equal(take("strictrtp = sequence\n"), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, conf_dir_setup, conf_dir_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(strictness_has_three_words),
		TEST(servers_are_addresses_with_or_without_port),
		TEST(names_are_looked_up),
		TEST(without_any_there_is_none),
		TEST(what_is_no_address_is_an_error),
	};

	return RUN_GROUP(tests);
}

/* The context of TLS to servers: whom it trusts, and what it says of a file that is none. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <ringdown/tls.h>

static void what_is_old_or_unproven_is_refused(void **state)
{
	SSL_CTX *context;
	const char *why;

	(void)state;
	assert_int_equal(rd_tls_client_new(&context, NULL, &why), 0);
	assert_int_equal(SSL_CTX_get_verify_mode(context), SSL_VERIFY_PEER);
	assert_int_equal(SSL_CTX_get_min_proto_version(context), TLS1_2_VERSION);
	rd_tls_client_free(context);
}

static void a_file_that_is_none_is_told(void **state)
{
	char path[] = "/tmp/rd-tls-XXXXXX";
	SSL_CTX *context = NULL;
	const char *why = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "rubbish\n", 8), 8);
	close(fd);
	assert_int_equal(rd_tls_client_new(&context, path, &why), -EINVAL);
	assert_non_null(why);
	assert_true(*why);
	unlink(path);
	why = NULL;
	assert_int_equal(rd_tls_client_new(&context, path, &why), -EINVAL);
	assert_string_equal(why, "no such file or directory");
	assert_null(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_old_or_unproven_is_refused),
		cmocka_unit_test(a_file_that_is_none_is_told),
	};

	return RUN_GROUP(tests);
}

/* The mail about a message: its header whatever names hold, its parts, and its texts. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "apps/app_voicemail/mime.h"
#include "apps/app_voicemail/template.h"

static char text[65536];

static const struct vm_mime plain = {
	.from_name = "Voicemail",
	.from_address = "pbx@example.org",
	.to_name = "Anna Berg",
	.to = "anna@example.org",
	.subject = "A message",
	.body = "Anna:\n\nhello\n",
	.date = 1790000000,
	.id = "1-abc",
};

static const char *written(const struct vm_mime *mime)
{
	FILE *file = tmpfile();
	size_t n;

	assert_non_null(file);
	assert_int_equal(vm_mime_write(file, mime), 0);
	rewind(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	return text;
}

static void a_plain_mail_is_readable(void **state)
{
	(void)state;
	assert_string_equal(written(&plain), "Date: Mon, 21 Sep 2026 14:13:20 +0000\n"
					     "From: \"Voicemail\" <pbx@example.org>\n"
					     "To: \"Anna Berg\" <anna@example.org>\n"
					     "Subject: A message\n"
					     "Message-ID: <1-abc@example.org>\n"
					     "Auto-Submitted: auto-generated\n"
					     "MIME-Version: 1.0\n"
					     "Content-Type: text/plain; charset=utf-8\n"
					     "Content-Transfer-Encoding: 7bit\n\n"
					     "Anna:\n\nhello\n\n");
}

static void names_cannot_break_the_header(void **state)
{
	struct vm_mime mime = plain;

	(void)state;
	mime.to_name = "Anna <x@y> \"B\"";
	mime.subject = "two\nBcc: all@example.org";
	mime.to = "anna@example.org| bob@example.org";
	written(&mime);
	assert_non_null(strstr(text, "To: \"Anna  x@y   B \" <anna@example.org>,\n "
				     "\"Anna  x@y   B \" <bob@example.org>\n"));
	assert_null(strstr(text, "\nBcc:"));
	assert_non_null(strstr(text, "Subject: =?utf-8?B?dHdvCkJjYzogYWxsQGV4YW1wbGUub3Jn?=\n"));
}

static void other_letters_are_encoded_whole(void **state)
{
	struct vm_mime mime = plain;
	char *at;

	(void)state;
	mime.to_name = "Ännä";
	mime.subject = "Grüße aus Österreich, und zwar ausführlich, mit Käse und Äpfeln";
	mime.body = "Grüße\n";
	written(&mime);
	assert_non_null(strstr(text, "To: =?utf-8?B?w4RubsOk?= <anna@example.org>\n"));
	assert_non_null(strstr(text, "Content-Transfer-Encoding: base64\n\nR3LDvMOfZQo=\n"));
	at = strstr(text, "Subject: ");
	assert_non_null(strstr(at, "?=\n =?utf-8?B?"));
	for (char *line = strtok(at, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 76 + 9);
}

static void a_recording_is_attached(void **state)
{
	char path[] = "/tmp/rd-mail-XXXXXX.wav";
	struct vm_mime mime = plain;
	int fd = mkstemps(path, 4);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(
		write(fd, "0123456789012345678901234567890123456789012345678901234567", 58), 58);
	close(fd);
	mime.sound = path;
	mime.sound_name = "msg0000.wav";
	written(&mime);
	unlink(path);
	assert_non_null(strstr(text, "Content-Type: multipart/mixed; boundary=\"=_1-abc\"\n\n"
				     "--=_1-abc\nContent-Type: text/plain"));
	assert_non_null(
		strstr(text, "Content-Type: audio/x-wav; name=\"msg0000.wav\"\n"
			     "Content-Transfer-Encoding: base64\n"
			     "Content-Disposition: attachment; filename=\"msg0000.wav\"\n\n"
			     "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw"
			     "MTIzNDU2\nNw==\n--=_1-abc--\n"));
	mime.sound = "/nowhere/msg.wav";
	assert_int_equal(vm_mime_write(stderr, &mime), -ENOENT);
}

/* ---- texts ---- */

static const char *filled(const char *value, bool one_line)
{
	const char *words[VM_WORDS];
	struct rd_pool *pool;
	struct rd_buf out;
	const char *template;

	for (int i = 0; i < VM_WORDS; i++)
		words[i] = "";
	words[VM_WORD_NAME] = "Anna";
	words[VM_WORD_MSGNUM] = "7";
	words[VM_WORD_CALLERID] = "Bob\n<1>";
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_null(vm_template_read(value, &template, pool));
	rd_buf_init(&out);
	vm_template_fill(template, words, one_line, &out);
	snprintf(text, sizeof(text), "%s", rd_buf_text(&out));
	rd_buf_fini(&out);
	rd_pool_free(pool);
	return text;
}

static void words_are_filled_in(void **state)
{
	(void)state;
	assert_string_equal(filled("Dear ${VM_NAME}:\\n\\t${VM_MSGNUM}${VM_MSGNUM}", false),
			    "Dear Anna:\n\t77");
	assert_string_equal(filled("${VM_CALLERID}!", false), "Bob\n<1>!");
	assert_string_equal(filled("${VM_CALLERID}!", true), "Bob <1>!");
	assert_string_equal(filled("a${IF($[${VM_DUR}>1]?${X}:y)}b${VM_MSGNUM}", false), "ab7");
	assert_string_equal(filled("", false), "");
	assert_string_equal(filled("5 $ {x} ${", false), "5 $ {x} ${");
}

static void an_unknown_word_is_a_mistake(void **state)
{
	const char *template;
	struct rd_pool *pool;

	(void)state;
	assert_int_equal(rd_pool_new(&pool, 0), 0);
	assert_non_null(vm_template_read("${VM_NAME} ${VM_NAMES}", &template, pool));
	assert_non_null(vm_template_read("${VM_CALLERID(num)}", &template, pool));
	rd_pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_mail_is_readable),
		cmocka_unit_test(names_cannot_break_the_header),
		cmocka_unit_test(other_letters_are_encoded_whole),
		cmocka_unit_test(a_recording_is_attached),
		cmocka_unit_test(words_are_filled_in),
		cmocka_unit_test(an_unknown_word_is_a_mistake),
	};

	return RUN_GROUP(tests);
}

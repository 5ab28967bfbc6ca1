/* BASE64_ENCODE() and BASE64_DECODE(). */
#include <string.h>

#include <openssl/evp.h>

#include <ringdown/function.h>
#include <ringdown/module.h>

static int encode(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	size_t n = strlen(args);
	unsigned char *text;

	(void)ch;
	if (n > INT32_MAX / 2)
		return -E2BIG;
	text = rd_malloc((n + 2) / 3 * 4 + 1);
	if (!text)
		return -ENOMEM;
	EVP_EncodeBlock(text, (const unsigned char *)args, (int)n);
	rd_buf_adds(out, (const char *)text);
	rd_free(text);
	return 0;
}

static size_t padding(const char *text, size_t n)
{
	return n && text[n - 1] == '=' ? 1 + (n > 1 && text[n - 2] == '=') : 0;
}

static int decode(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	size_t n = strlen(args);
	unsigned char *data;
	int size;

	(void)ch;
	if (n == 0)
		return 0;
	if (n % 4 || n > INT32_MAX / 2)
		return -EINVAL;
	data = rd_malloc(n / 4 * 3);
	if (!data)
		return -ENOMEM;
	size = EVP_DecodeBlock(data, (const unsigned char *)args, (int)n);
	if (size >= 0) {
		/* a variable ends at its first NUL */
		size_t whole = (size_t)size - padding(args, n);

		rd_buf_add(out, (const char *)data, strnlen((const char *)data, whole));
	}
	rd_free(data);
	return size < 0 ? -EINVAL : 0;
}

static const char *decode_check(const char *args, char *buf, size_t size)
{
	struct rd_buf out;
	int rc;

	(void)buf;
	(void)size;
	rd_buf_init(&out);
	rc = decode(NULL, args, &out);
	rd_buf_fini(&out);
	return rc == -EINVAL ? "that is no base 64" : NULL;
}

static const struct rd_function functions[] = { { .name = "BASE64_ENCODE",
						  .read = encode,
						  .synopsis = "A text in base 64",
						  .syntax = "BASE64_ENCODE(text)" },
						{ .name = "BASE64_DECODE",
						  .read = decode,
						  .check = decode_check,
						  .synopsis =
							  "The text that was encoded in base 64",
						  .syntax = "BASE64_DECODE(text)" },
						{ 0 } };

RD_MODULE(.name = "func_base64", .synopsis = "Base 64", .functions = functions);

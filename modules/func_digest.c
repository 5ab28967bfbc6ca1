/* MD5() and SHA1(): fingerprints of a text, in hexadecimal. */
#include <string.h>

#include <openssl/evp.h>

#include <ringdown/function.h>
#include <ringdown/module.h>

static int digest(const char *name, const char *text, struct rd_buf *out)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t n;

	if (!EVP_Q_digest(NULL, name, NULL, text, strlen(text), hash, &n))
		return -EIO;
	for (size_t i = 0; i < n; i++)
		rd_buf_printf(out, "%02x", hash[i]);
	return 0;
}

static int md5(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	return digest("MD5", args, out);
}

static int sha1(struct rd_channel *ch, const char *args, struct rd_buf *out)
{
	(void)ch;
	return digest("SHA1", args, out);
}

static const struct rd_function functions[] = {
	{ .name = "MD5",
	  .read = md5,
	  .synopsis = "MD5 of a text",
	  .syntax = "MD5(text)" },
	{ .name = "SHA1",
	  .read = sha1,
	  .synopsis = "SHA-1 of a text",
	  .syntax = "SHA1(text)" },
	{ 0 }
};

RD_MODULE(.name = "func_digest", .synopsis = "Digests", .functions = functions);

/* Random bytes and names, from the kernel. */
#include <string.h>
#include <sys/random.h>

#include <ringdown/base.h>

void rd_random(void *buf, size_t size)
{
	char *p = buf;

	while (size) {
		ssize_t n = getrandom(p, size, 0);

		if (n < 0 && errno == EINTR)
			continue;
		rd_assert(n > 0);
		p += n;
		size -= (size_t)n;
	}
}

void rd_random_token(char *buf, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	/* Bytes from here on would favour some letters. */
	enum { COUNT = sizeof(letters) - 1, FAIR = 256 - 256 % COUNT };
	unsigned char bytes[64];
	size_t filled = 0;

	while (filled < n) {
		size_t want = RD_MIN(n - filled, sizeof(bytes));

		rd_random(bytes, want);
		for (size_t i = 0; i < want; i++)
			if (bytes[i] < FAIR)
				buf[filled++] = letters[bytes[i] % COUNT];
	}
	buf[n] = '\0';
}

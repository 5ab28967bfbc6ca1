/* Random bytes and names, from the kernel. Tags and branches are short and
 * many: each thread asks for a stock of bytes and hands them out once. */
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include <ringdown/str.h>

enum { STOCK_SIZE = 512, SHORT = 64 };

static _Thread_local struct {
	unsigned char bytes[STOCK_SIZE];
	size_t left; /* at the front; what was handed out is wiped */
} stock;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void ask_kernel(void *buf, size_t size)
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

/* A child must not hand out the same bytes as its parent. */
static void forget_stock(void)
{
	stock.left = 0;
}

static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, forget_stock);
}

void rd_random(void *buf, size_t size)
{
	if (size > SHORT) {
		ask_kernel(buf, size);
		return;
	}
	if (stock.left < size) {
		pthread_once(&once, watch_forks);
		ask_kernel(stock.bytes, STOCK_SIZE);
		stock.left = STOCK_SIZE;
	}
	stock.left -= size;
	memcpy(buf, stock.bytes + stock.left, size);
	explicit_bzero(stock.bytes + stock.left, size);
}

void rd_random_token(char *buf, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	/* Bytes from here on would favour some letters. */
	enum { COUNT = sizeof(letters) - 1, FAIR = 256 - 256 % COUNT };
	unsigned char bytes[SHORT];
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

void rd_random_uuid(char uuid[RD_UUID])
{
	unsigned char random[16];

	rd_random(random, sizeof(random));
	random[6] = (random[6] & 0x0f) | 0x40; /* version 4 */
	random[8] = (random[8] & 0x3f) | 0x80;
	for (size_t i = 0; i < sizeof(random); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*uuid++ = '-';
		rd_print_hex(uuid, &random[i], 1);
		uuid += 2;
	}
}

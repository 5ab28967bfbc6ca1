/* The growing text buffer. It is always terminated, and remembers a failed
 * allocation until somebody asks. */
#include <stdio.h>

#include <ringdown/str.h>

void rd_buf_init(struct rd_buf *buf)
{
	*buf = (struct rd_buf){ 0 };
}

void rd_buf_fini(struct rd_buf *buf)
{
	rd_free(buf->p);
	rd_buf_init(buf);
}

void rd_buf_reset(struct rd_buf *buf)
{
	buf->n = 0;
	buf->failed = buf->full = false;
	if (buf->p)
		buf->p[0] = '\0';
}

/* Room for n more bytes and the NUL. */
static bool reserve(struct rd_buf *buf, size_t n)
{
	size_t need, cap;
	char *grown;

	if (buf->failed)
		return false;
	if (buf->limit && n > buf->limit - RD_MIN(buf->n, buf->limit)) {
		buf->failed = buf->full = true;
		return false;
	}
	if (n < buf->cap - buf->n)
		return true;
	if (__builtin_add_overflow(buf->n, n, &need) || need >= SIZE_MAX / 2) {
		buf->failed = true;
		return false;
	}
	cap = buf->cap ? buf->cap : 64;
	while (cap <= need)
		cap *= 2;
	grown = rd_realloc(buf->p, cap);
	if (!grown) {
		buf->failed = true;
		return false;
	}
	buf->p = grown;
	buf->cap = cap;
	return true;
}

void rd_buf_add(struct rd_buf *buf, const char *p, size_t n)
{
	if (n == 0 || !reserve(buf, n))
		return;
	memcpy(buf->p + buf->n, p, n);
	buf->n += n;
	buf->p[buf->n] = '\0';
}

void rd_buf_adds(struct rd_buf *buf, const char *s)
{
	rd_buf_add(buf, s, strlen(s));
}

void rd_buf_addc(struct rd_buf *buf, char c)
{
	rd_buf_add(buf, &c, 1);
}

void rd_buf_printf(struct rd_buf *buf, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	rd_buf_vprintf(buf, fmt, ap);
	va_end(ap);
}

void rd_buf_vprintf(struct rd_buf *buf, const char *fmt, va_list ap)
{
	size_t room = buf->cap - buf->n;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(room ? buf->p + buf->n : NULL, room, fmt, again);
	va_end(again);
	if (n > 0 && reserve(buf, (size_t)n)) {
		if ((size_t)n >= room) /* it did not fit */
			vsnprintf(buf->p + buf->n, (size_t)n + 1, fmt, ap);
		buf->n += (size_t)n;
	} else if (room) {
		buf->p[buf->n] = '\0';
	}
}

const char *rd_buf_text(const struct rd_buf *buf)
{
	return buf->p ? buf->p : "";
}

char *rd_buf_take(struct rd_buf *buf)
{
	char *text;

	if (!reserve(buf, 0)) {
		rd_buf_fini(buf);
		return NULL;
	}
	text = buf->p;
	text[buf->n] = '\0';
	rd_buf_init(buf);
	return text;
}

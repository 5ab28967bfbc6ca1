/* Character classes of the SIP grammar (RFC 3261 §25.1) and the small scanning
 * steps that every parser here takes. Private to message/ and sdp/. */
#ifndef CHANNELS_SIP_MESSAGE_CHARS_H
#define CHANNELS_SIP_MESSAGE_CHARS_H

#include <ringdown/str.h>

enum sip_char {
	SIP_CH_TOKEN = 1,	/* alphanum and -.!%*_+`'~ */
	SIP_CH_SPACE = 2,	/* SP HTAB CR LF */
	SIP_CH_DIGIT = 4,
	SIP_CH_HEX = 8,
	SIP_CH_ALPHA = 16,
	SIP_CH_UNRESERVED = 32, /* alphanum and mark */
	SIP_CH_USER = 64,	/* unreserved and &=+$,;?/ */
	SIP_CH_HOST = 128,	/* alphanum and -._ */
};

extern const uint8_t sip_chars[256];

static inline bool sip_is(char c, unsigned class)
{
	return sip_chars[(unsigned char)c] & class;
}

/* For comparing what is known to be letters, digits and marks. */
static inline char sip_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline int sip_hex_value(char c)
{
	return sip_is(c, SIP_CH_DIGIT) ? c - '0' : (c | 32) - 'a' + 10;
}

static inline const char *sip_skip(const char *p, const char *end, unsigned class)
{
	while (p < end && sip_is(*p, class))
		p++;
	return p;
}

static inline const char *sip_skip_space(const char *p, const char *end)
{
	return sip_skip(p, end, SIP_CH_SPACE);
}

/* Behind its last character; NULL for an absent one, to which not even 0 may be
 * added. */
static inline const char *sip_end(struct rd_str s)
{
	return s.n ? s.p + s.n : s.p;
}

static inline const char *sip_trim_end(const char *start, const char *end)
{
	while (end > start && sip_is(end[-1], SIP_CH_SPACE))
		end--;
	return end;
}

static inline struct rd_str sip_span(const char *start, const char *end)
{
	return (struct rd_str){ start, (size_t)(end - start) };
}

/* Behind the closing quote of a string that starts at p ('"'); NULL when it
 * is not closed before end. */
static inline const char *sip_skip_quoted(const char *p, const char *end)
{
	const char *quote = memchr(p + 1, '"', (size_t)(end - p - 1));

	if (!quote || !memchr(p + 1, '\\', (size_t)(quote - p - 1)))
		return quote ? quote + 1 : NULL;
	for (p++; p < end; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\')
			p++;
	}
	return NULL;
}

/* First of two stop characters outside quotes and angle brackets; end when
 * there is none, NULL when a quote is left open. */
static inline const char *sip_find_outside(const char *p, const char *end, char stop1,
					   char stop2)
{
	bool bracket = false;

	while (p < end) {
		if (*p == '"' && !bracket) {
			p = sip_skip_quoted(p, end);
			if (!p)
				return NULL;
			continue;
		}
		if (!bracket && (*p == stop1 || *p == stop2))
			return p;
		if (*p == '<')
			bracket = true;
		else if (*p == '>')
			bracket = false;
		p++;
	}
	return end;
}

/* Is it a token, fit to name a header? */
static inline bool sip_is_token(struct rd_str s)
{
	return s.n && sip_skip(s.p, s.p + s.n, SIP_CH_TOKEN) == s.p + s.n;
}

/* Digits up to end, at most max: behind them, or NULL when there is no digit
 * or the number is too large. */
static inline const char *sip_scan_number(const char *p, const char *end, uint64_t max,
					  uint64_t *number)
{
	const char *start = p;
	uint64_t n = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n) || n > max)
			return NULL;
	}
	*number = n;
	return p == start ? NULL : p;
}

#endif

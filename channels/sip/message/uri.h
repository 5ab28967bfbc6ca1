/* URIs of SIP headers: sip and sips whole (RFC 3261 §19.1), tel as number and
 * parameters (RFC 3966), every other scheme as opaque text. Views only. */
#ifndef CHANNELS_SIP_MESSAGE_URI_H
#define CHANNELS_SIP_MESSAGE_URI_H

#include <ringdown/str.h>

#define SIP_PORT  5060
#define SIPS_PORT 5061 /* over TLS */

enum sip_scheme {
	SIP_SCHEME_OTHER,
	SIP_SCHEME_SIP,
	SIP_SCHEME_SIPS,
	SIP_SCHEME_TEL,
};

enum sip_host_kind {
	SIP_HOST_NONE, /* not a sip or sips URI */
	SIP_HOST_NAME,
	SIP_HOST_IPV4,
	SIP_HOST_IPV6,
};

/* All as written, still escaped. Absent parts have .p == NULL, so that
 * "sip:u:@h" (empty password) and "sip:u@h" differ. */
struct sip_uri {
	enum sip_scheme scheme;
	enum sip_host_kind host_kind;
	uint16_t port;		/* 0: none given */
	struct rd_str name;	/* of the scheme */
	struct rd_str user;	/* tel: the number */
	struct rd_str password;
	struct rd_str host;	/* IPv6 without its brackets */
	struct rd_str params;	/* after the first ';', without it */
	struct rd_str headers;	/* after '?', without it */
	struct rd_str opaque;	/* all after the scheme's colon */
};

/* One ";name=value" of a URI or header. */
struct sip_param {
	struct rd_str name;
	struct rd_str value; /* .p == NULL without '='; quotes kept */
};

static inline bool sip_uri_is_secure(struct rd_str uri)
{
	return rd_str_istarts(uri, RD_STR("sips:"));
}

/* Where people may leave the scheme out: have they not? */
static inline bool sip_uri_has_scheme(struct rd_str text)
{
	return rd_str_istarts(text, RD_STR("sip:")) || sip_uri_is_secure(text);
}

/**
 * Take a URI apart; text is the whole of it, no angle brackets, no spaces.
 * 0, or -EINVAL with *what (may be NULL) saying what was expected.
 */
int sip_uri_parse(struct sip_uri *uri, struct rd_str text, const char **what);

/**
 * The same resource by RFC 3261 §19.1.4: user and password by case, the rest
 * without; escapes compared by what they stand for; an absent port is not the
 * default port; user, ttl, method, maddr and transport must be in both or in
 * neither. tel: digits without visual separators, then parameters. Other
 * schemes: octet by octet.
 */
bool sip_uri_equal(const struct sip_uri *a, const struct sip_uri *b);

/* The same text, escapes compared by what they stand for; of any length. */
bool sip_uri_text_equal(struct rd_str a, struct rd_str b, bool nocase);

/* The port where none is given (RFC 3261 §19.1.2). */
static inline uint16_t sip_usual_port(bool secure)
{
	return secure ? SIPS_PORT : SIP_PORT;
}

/* The port to use: the given one, else the usual one of its scheme. */
uint16_t sip_uri_port(const struct sip_uri *uri);

/* Does it name a telephone: tel:, or user=phone? */
bool sip_uri_is_phone(const struct sip_uri *uri);

/* Its user part, terminated, escapes undone; of a telephone's the number alone,
 * without visual separators and parameters. The length, 0 without one, or -EINVAL
 * (it does not fit, or holds a NUL). */
ssize_t sip_uri_number(char *dst, size_t size, const struct sip_uri *uri);

/* Where a local number is one: "example.com", "+49" (RFC 3966 §5.1.5). False: it does
 * not say, or is no telephone. */
bool sip_uri_phone_context(const struct sip_uri *uri, struct rd_str *context);

/* The number of an extension behind a telephone's: "101" of "+49305551;ext=101" (RFC 3966 §5.3),
 * its digits alone, terminated. The length, 0: it has none, or there is no room. */
size_t sip_uri_phone_ext(char *dst, size_t size, const struct sip_uri *uri);

/* Is it a number of digits, * and #, with or without a leading +? */
bool sip_is_phone_number(struct rd_str text);

/**
 * Walk parameters: *rest is what follows the first ';'. Skips empty ones,
 * knows quoted strings. False at the end. A value keeps its quotes.
 */
bool sip_param_next(struct rd_str *rest, struct sip_param *param);

/* Find one, name without case. *value (may be NULL) is absent for a bare
 * name. */
bool sip_param_get(struct rd_str params, struct rd_str name, struct rd_str *value);

/* ";q=0.7" in thousandths; 1000 when there is none, or (-EINVAL) none that is right. */
int sip_param_q(struct rd_str params, uint16_t *q);

/* %XX undone into dst. The length, or -EMSGSIZE, or -EINVAL for a bad escape
 * or one that hides a NUL. No terminator is added. */
ssize_t sip_unescape(char *dst, size_t size, struct rd_str src);

/* Quotes and backslashes undone into dst; text without quotes is copied.
 * The length, or -EMSGSIZE. */
ssize_t sip_unquote(char *dst, size_t size, struct rd_str src);
/* The same, but as much of it as there is room for; returns the length of all of it. */
size_t sip_unquote_part(char *dst, size_t size, struct rd_str src);

/* Without the quotes around it, if any; backslashes stay. */
struct rd_str sip_strip_quotes(struct rd_str s);

#endif

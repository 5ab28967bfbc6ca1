/* STUN messages (RFC 8489), and what TURN (RFC 8656) and ICE (RFC 8445) add to
 * them: read where they lie, written into the caller's buffer, signed and
 * verified. No sockets, no clock; nothing is copied or kept. */
#ifndef CORE_MEDIA_STUN_H
#define CORE_MEDIA_STUN_H

#include <ringdown/str.h>

#include "core/media/address.h"
#include "core/media/stun.h"

#define RD__STUN_COOKIE 0x2112a442u

enum {
	RD__STUN_HEADER = 20,
	RD__STUN_ID = 12, /* bytes of a transaction's id */
	RD__STUN_MAX = 1280, /* longest message that is read or written */
	RD__STUN_KEY = 32,
	RD__STUN_ATTRIBUTE = 4, /* header of one */
	RD__STUN_SHA1_SIZE = 20,
	RD__STUN_SHA256_SIZE = 32,
	RD__STUN_FINGERPRINT_SIZE = 8, /* with its header */
};

enum rd__stun_class {
	RD__STUN_REQUEST,
	RD__STUN_INDICATION,
	RD__STUN_SUCCESS,
	RD__STUN_ERROR,
};

enum rd__stun_method {
	RD__STUN_BINDING = 0x001,
	RD__STUN_ALLOCATE = 0x003,
	RD__STUN_REFRESH = 0x004,
	RD__STUN_SEND = 0x006,
	RD__STUN_DATA_METHOD = 0x007,
	RD__STUN_CREATE_PERMISSION = 0x008,
	RD__STUN_CHANNEL_BIND = 0x009,
};

enum rd__stun_attribute {
	RD__STUN_MAPPED_ADDRESS = 0x0001,
	RD__STUN_USERNAME = 0x0006,
	RD__STUN_MESSAGE_INTEGRITY = 0x0008,
	RD__STUN_ERROR_CODE = 0x0009,
	RD__STUN_UNKNOWN_ATTRIBUTES = 0x000a,
	RD__STUN_CHANNEL_NUMBER = 0x000c,
	RD__STUN_LIFETIME = 0x000d,
	RD__STUN_XOR_PEER_ADDRESS = 0x0012,
	RD__STUN_DATA = 0x0013,
	RD__STUN_REALM = 0x0014,
	RD__STUN_NONCE = 0x0015,
	RD__STUN_XOR_RELAYED_ADDRESS = 0x0016,
	RD__STUN_REQUESTED_FAMILY = 0x0017,
	RD__STUN_REQUESTED_TRANSPORT = 0x0019,
	RD__STUN_DONT_FRAGMENT = 0x001a,
	RD__STUN_MESSAGE_INTEGRITY_SHA256 = 0x001c,
	RD__STUN_PASSWORD_ALGORITHM = 0x001d,
	RD__STUN_USERHASH = 0x001e,
	RD__STUN_XOR_MAPPED_ADDRESS = 0x0020,
	RD__STUN_PRIORITY = 0x0024,
	RD__STUN_USE_CANDIDATE = 0x0025,
	RD__STUN_OPTIONAL = 0x8000, /* from here on they may be passed over */
	RD__STUN_PASSWORD_ALGORITHMS = 0x8002,
	RD__STUN_SOFTWARE = 0x8022,
	RD__STUN_ALTERNATE_SERVER = 0x8023,
	RD__STUN_FINGERPRINT = 0x8028,
	RD__STUN_ICE_CONTROLLED = 0x8029,
	RD__STUN_ICE_CONTROLLING = 0x802a,
};

/* How a message is signed. */
enum rd__stun_integrity {
	RD__STUN_UNSIGNED,
	RD__STUN_SHA1,
	RD__STUN_SHA256,
};

/* A message that was read: a view of its packet. */
struct rd__stun {
	enum rd__stun_class class;
	unsigned method; /* enum rd__stun_method, or another */
	const uint8_t *packet, *id;
	size_t size;
	size_t end; /* of the attributes that count */
	/* Where these begin; 0: absent. */
	size_t sha1, sha256, fingerprint;
};

/* A message being written. */
struct rd__stun_out {
	uint8_t *packet;
	size_t size, max;
	bool full; /* it did not fit */
};

/* Is an address in it xored with the cookie and the id? */
static inline bool rd__stun_is_xored(unsigned type)
{
	return type == RD__STUN_XOR_MAPPED_ADDRESS || type == RD__STUN_XOR_PEER_ADDRESS ||
	       type == RD__STUN_XOR_RELAYED_ADDRESS;
}

RD_API_BEGIN

/* -- stun.c: reading ---------------------------------------------------------- */

/* By its first bytes: may this be a STUN message (RFC 7983)? */
bool rd__is_stun(const uint8_t *packet, size_t size);
/* False for what is no whole message, or has a FINGERPRINT that is wrong. */
bool rd__stun_parse(struct rd__stun *stun, const uint8_t *packet, size_t size);

/* The first attribute of this type; absent (p is NULL) without one. */
struct rd_str rd__stun_get(const struct rd__stun *stun, unsigned type);
/* The same as a number, an address. False when absent or of a wrong size. */
bool rd__stun_get32(const struct rd__stun *stun, unsigned type, uint32_t *value);
bool rd__stun_get64(const struct rd__stun *stun, unsigned type, uint64_t *value);
bool rd__stun_get_address(const struct rd__stun *stun, unsigned type,
			  struct rd__address *address);
/* 300 to 699, or 0. */
int rd__stun_error(const struct rd__stun *stun);
/* Attributes that must be understood and are not: their number, the first max
 * of them in types. */
size_t rd__stun_unknown(const struct rd__stun *stun, uint16_t *types, size_t max);

/* -- stun_auth.c: who wrote it -------------------------------------------------- */

/* Is it signed so, with this key? */
bool rd__stun_verify(const struct rd__stun *stun, enum rd__stun_integrity integrity,
		     struct rd_str key);
/* The key of long-term credentials: MD5 for SHA1 (16 bytes), SHA-256 for the
 * password algorithm of that name (32). Its size; 0: no such hash here. */
size_t rd__stun_long_term_key(uint8_t key[RD__STUN_KEY], bool sha256, struct rd_str user,
			      struct rd_str realm, struct rd_str password);
/* The value of FINGERPRINT for these bytes. */
uint32_t rd__stun_crc(const uint8_t *bytes, size_t size);
/* 20 or 32 bytes over what is before the attribute. False without the hash. */
bool rd__stun_hmac(uint8_t *out, enum rd__stun_integrity integrity, struct rd_str key,
		   const uint8_t *bytes, size_t size);

/* -- stun_print.c: writing -------------------------------------------------------- */

/* id NULL: a random one. max need not be more than RD__STUN_MAX. */
void rd__stun_begin(struct rd__stun_out *out, uint8_t *packet, size_t max, unsigned method,
		    enum rd__stun_class class, const uint8_t *id);
void rd__stun_put(struct rd__stun_out *out, unsigned type, const void *value, size_t size);
void rd__stun_put_str(struct rd__stun_out *out, unsigned type, struct rd_str value);
void rd__stun_put32(struct rd__stun_out *out, unsigned type, uint32_t value);
void rd__stun_put64(struct rd__stun_out *out, unsigned type, uint64_t value);
void rd__stun_put_address(struct rd__stun_out *out, unsigned type,
			  const struct rd__address *address);
/* With the reason phrase of its RFC. */
void rd__stun_put_error(struct rd__stun_out *out, int code);
void rd__stun_put_unknown(struct rd__stun_out *out, const uint16_t *types, size_t count);
/* After the attributes that it protects. */
void rd__stun_sign(struct rd__stun_out *out, enum rd__stun_integrity integrity,
		   struct rd_str key);
/* The last attribute. */
void rd__stun_put_fingerprint(struct rd__stun_out *out);
/* Bytes of the message; 0: it did not fit. */
size_t rd__stun_end(const struct rd__stun_out *out);

RD_API_END

#endif

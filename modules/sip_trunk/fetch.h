/* Certificates from where an Identity says that they are: by https, from nowhere inside. Runs
 * on a thread of the pool. */
#ifndef MODULES_SIP_TRUNK_FETCH_H
#define MODULES_SIP_TRUNK_FETCH_H

#include <sys/socket.h>

#include <ringdown/config.h>

#include "modules/sip_trunk/certificate.h"

#define STIR_ERROR 256

/* An address and what its first bits are. */
struct stir_network {
	struct stir_network *next;
	unsigned char bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
	int bits;
};

/* What may be asked. */
struct stir_sources {
	struct stir_network *permit, *deny;
	const char *ca_file; /* who vouches for https servers; NULL: whom the system knows */
	int timeout_ms;
	bool any_port; /* also another than 443 and 8443, and without TLS */
	bool any_path; /* also with a query, a name and password */
};

struct stir_fetch {
	char url[PASSPORT_URL];
	const struct stir_sources *sources;
	X509_STORE *store;
	X509 *x509; /* found; the caller's. NULL: none */
	enum stir_result result;
	char error[STIR_ERROR]; /* "": nothing is wrong */
};

/* rd_option.parse: "10.0.0.0/8, fd00::/8", before a struct stir_network *. */
const char *stir_networks_parse(const char *value, void *dest, struct rd_pool *pool);
/* May this be asked? What is inside only where it is permitted. */
bool stir_address_permitted(const struct stir_sources *sources, const struct sockaddr *address);
/* NULL, or what is wrong with it before anything is asked. */
const char *stir_url_fault(const struct stir_sources *sources, const char *url);

/* Of struct stir_fetch: fills result, x509 and error. 0. */
int stir_fetch(void *arg);

/* Fetches that are under way end soon. */
void stir_fetch_abort(void);
int stir_fetch_init(void);
void stir_fetch_fini(void);

#endif

/* Certificates made for a test: an authority, and what it signs. */
#ifndef TESTS_UNIT_SIP_CERTIFICATES_H
#define TESTS_UNIT_SIP_CERTIFICATES_H

struct certificate {
	const char *path;      /* PATH.crt and PATH.key are written */
	const char *signed_by; /* another path; NULL: by itself, an authority */
	const char *name;      /* its common name */
	const char *alt;       /* "DNS:example.com,IP:127.0.0.1", or NULL */
	const char *usage;     /* extended: "serverAuth,1.3.6.1.5.5.7.3.20", or NULL */
	const char *passphrase; /* of the key, or NULL */
	unsigned rsa_bits; /* 0: a key of a curve */
	int from_days, to_days; /* from now; both 0: yesterday to tomorrow */
};

void certificate_write(const struct certificate *certificate);

#endif

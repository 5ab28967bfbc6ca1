/* stir_shaken.conf, as Asterisk has it: how calls are signed and what becomes of those that
 * come. A peer names a profile: stir_shaken_profile. */
#ifndef MODULES_SIP_TRUNK_STIR_SETTINGS_H
#define MODULES_SIP_TRUNK_STIR_SETTINGS_H

#include "modules/sip_trunk/fetch.h"

#define STIR_CONF "stir_shaken.conf"

/* In the order of endpoint_behavior: bits. */
enum { STIR_OFF = 0, STIR_SIGNS = 1, STIR_VERIFIES = 2 };

/* In the order of attest_level. */
enum stir_level { STIR_BY_POLICY, STIR_FULL, STIR_PARTIAL, STIR_GATEWAY };

/* In the order of passport_form. */
enum { STIR_FORM_SHAKEN, STIR_FORM_FULL, STIR_FORM_COMPACT };

/* In the order of failure_action. */
enum { STIR_CONTINUE, STIR_REJECT, STIR_CONTINUE_AND_TELL };

/* What somebody signs with. */
struct stir_signer {
	const char *key_file, *url; /* NULL: it is not said */
	int level; /* enum stir_level */
	bool with_keys; /* those that encrypt the sound (mky) */
	EVP_PKEY *key;
};

/* type = tn: a number of ours. */
struct stir_number {
	struct stir_number *next;
	const char *name; /* canonical */
	struct stir_signer signer;
};

struct stir_profile {
	struct stir_profile *next;
	const char *name;
	int behavior;

	bool signs_none; /* global_disable of [attestation] */
	struct stir_signer signer;
	int unknown_level; /* of numbers without a section; STIR_BY_POLICY: not said */
	int form;

	bool verifies_none;
	bool system_authorities;
	const char *ca_file, *ca_path, *crl_file, *crl_path;
	X509_STORE *store; /* whom we believe */
	bool needs_list; /* a certificate must say for which numbers it is */
	bool needs_identity; /* a call without one has failed, too */
	bool ignores_date;
	int max_age_ms, max_date_age_ms;
	int cache_age_ms, cache_size;
	int failure_action;
	struct stir_sources sources;
};

struct stir_settings {
	struct stir_profile *profiles;
	struct stir_number *numbers;
};

/* What is wrong goes to the report. 0 or -ENOMEM. stir_settings_fini() follows in any case. */
int stir_settings_read(struct stir_settings *settings, struct rd_pool *pool,
		       struct rd_config_report *report);
void stir_settings_fini(struct stir_settings *settings);

const struct stir_profile *stir_profile_find(const struct stir_settings *settings,
					     const char *name);
const struct stir_number *stir_number_find(const struct stir_settings *settings,
					   const char *number);

#endif

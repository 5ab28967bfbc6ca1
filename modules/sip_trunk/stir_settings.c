/* Reading stir_shaken.conf: what [attestation] and [verification] say is so for each profile
 * that does not say otherwise. */
#include "modules/sip_trunk/stir_settings.h"

#include <stdio.h>
#include <strings.h>

#include <openssl/pem.h>

#include "modules/sip_trunk/stir_examine.h"

#define PROFILE(member) offsetof(struct stir_profile, member)
#define NUMBER(member)  offsetof(struct stir_number, member)

static const char *const behaviors[] = { "off", "attest", "verify", "on", NULL };
static const char *const levels[] = { "not_set", "A", "B", "C", NULL };
static const char *const forms[] = { "shaken", "full", "compact", NULL };
static const char *const actions[] = { "continue", "reject_request", "continue_return_reason",
				       NULL };

#define SIGNER_OPTIONS(place)                                                                      \
	{ .name = "private_key_file",                                                              \
	  .type = RD_OPTION_STRING,                                                                \
	  .offset = place(signer.key_file),                                                        \
	  .pem = RD_PEM_OWN,                                                                       \
	  .help = "the key of P-256 that we sign with, in PEM" },                                  \
		{ .name = "public_cert_url",                                                       \
		  .type = RD_OPTION_STRING,                                                        \
		  .offset = place(signer.url),                                                     \
		  .help = "where everybody finds its certificate" },                               \
		{ .name = "attest_level",                                                          \
		  .type = RD_OPTION_ENUM,                                                          \
		  .offset = place(signer.level),                                                   \
		  .names = levels,                                                                 \
		  .help = "A, B or C; not_set: by who calls with which number" },                  \
		RD_OPTION_ABSENT("check_tn_cert_public_url",                                       \
				 "nobody's certificate is fetched at start"),                      \
		{ .name = "send_mky",                                                              \
		  .type = RD_OPTION_BOOL,                                                          \
		  .offset = place(signer.with_keys),                                               \
		  .help = "say whose keys encrypt the sound, where that is agreed on by DTLS" }

#define ATTEST_OPTIONS                                                                             \
	SIGNER_OPTIONS(PROFILE),                                                                   \
		{ .name = "unknown_tn_attest_level",                                               \
		  .type = RD_OPTION_ENUM,                                                          \
		  .offset = PROFILE(unknown_level),                                                \
		  .names = levels,                                                                 \
		  .help = "of numbers that have no section of type = tn, where others have" },     \
	{                                                                                          \
		.name = "passport_form", .type = RD_OPTION_ENUM, .offset = PROFILE(form),          \
		.names = forms, .help = "shaken (RFC 8588), or full or compact of RFC 8224 alone"  \
	}

#define VERIFY_OPTIONS                                                                             \
	{ .name = "load_system_certs",                                                             \
	  .type = RD_OPTION_BOOL,                                                                  \
	  .offset = PROFILE(system_authorities),                                                   \
	  .help = "believe whom the system believes" },                                            \
		{ .name = "ca_file",                                                               \
		  .type = RD_OPTION_STRING,                                                        \
		  .offset = PROFILE(ca_file),                                                      \
		  .pem = RD_PEM_OTHERS,                                                            \
		  .help = "authorities that are believed, in PEM" },                               \
		{ .name = "ca_path",                                                               \
		  .type = RD_OPTION_STRING,                                                        \
		  .offset = PROFILE(ca_path),                                                      \
		  .help = "a directory of such, by openssl rehash" },                              \
		{ .name = "crl_file",                                                              \
		  .type = RD_OPTION_STRING,                                                        \
		  .offset = PROFILE(crl_file),                                                     \
		  .pem = RD_PEM_OTHERS,                                                            \
		  .help = "certificates that are revoked" },                                       \
		{ .name = "crl_path",                                                              \
		  .type = RD_OPTION_STRING,                                                        \
		  .offset = PROFILE(crl_path),                                                     \
		  .help = "a directory of such, by openssl rehash" },                              \
		RD_OPTION_ABSENT("untrusted_cert_file",                                            \
				 "a certificate comes with those of its issuers"),                 \
		RD_OPTION_ABSENT("untrusted_cert_path",                                            \
				 "a certificate comes with those of its issuers"),                 \
		RD_OPTION_ABSENT("cert_cache_dir", "certificates are kept in memory"),             \
		{ .name = "curl_timeout",                                                          \
		  .type = RD_OPTION_DURATION,                                                      \
		  .offset = PROFILE(sources.timeout_ms),                                           \
		  .min = 100,                                                                      \
		  .max = 30000,                                                                    \
		  .help = "so long a certificate is waited for, and the call with it" },           \
		{ .name = "max_cache_entry_age",                                                   \
		  .type = RD_OPTION_DURATION,                                                      \
		  .offset = PROFILE(cache_age_ms),                                                 \
		  .max = 604800000,                                                                \
		  .help = "so long a certificate is kept" },                                       \
		{ .name = "max_cache_size",                                                        \
		  .type = RD_OPTION_INT,                                                           \
		  .offset = PROFILE(cache_size),                                                   \
		  .min = 1,                                                                        \
		  .max = 100000,                                                                   \
		  .help = "so many certificates are kept" },                                       \
		{ .name = "max_iat_age",                                                           \
		  .type = RD_OPTION_DURATION,                                                      \
		  .offset = PROFILE(max_age_ms),                                                   \
		  .min = 1000,                                                                     \
		  .max = 3600000,                                                                  \
		  .help = "so old may a signature be, or so much too new" },                       \
		{ .name = "max_date_header_age",                                                   \
		  .type = RD_OPTION_DURATION,                                                      \
		  .offset = PROFILE(max_date_age_ms),                                              \
		  .min = 1000,                                                                     \
		  .max = 3600000,                                                                  \
		  .help = "the same of the header Date" },                                         \
		{ .name = "ignore_sip_date_header",                                                \
		  .type = RD_OPTION_BOOL,                                                          \
		  .offset = PROFILE(ignores_date),                                                 \
		  .help = "Date may say what it likes" },                                          \
		{ .name = "failure_action",                                                        \
		  .type = RD_OPTION_ENUM,                                                          \
		  .offset = PROFILE(failure_action),                                               \
		  .names = actions,                                                                \
		  .help = "continue, reject_request; continue_return_reason: and tell the "        \
			  "caller" },                                                              \
		{ .name = "require_identity",                                                      \
		  .type = RD_OPTION_BOOL,                                                          \
		  .offset = PROFILE(needs_identity),                                               \
		  .help = "with reject_request: also calls that nobody has signed" },              \
		{ .name = "require_tn_auth_list",                                                  \
		  .type = RD_OPTION_BOOL,                                                          \
		  .offset = PROFILE(needs_list),                                                   \
		  .help = "a certificate must say for which numbers it is (RFC 8226)" },           \
		RD_OPTION_ABSENT("use_rfc9410_responses",                                          \
				 "a call that is let in is not told of it"),                       \
		{ .name = "relax_x5u_port_scheme_restrictions",                                    \
		  .type = RD_OPTION_BOOL,                                                          \
		  .offset = PROFILE(sources.any_port),                                             \
		  .help = "also other ports than 443, 8443, and http" },                           \
		{ .name = "relax_x5u_path_restrictions",                                           \
		  .type = RD_OPTION_BOOL,                                                          \
		  .offset = PROFILE(sources.any_path),                                             \
		  .help = "also with a query, or a user" },                                        \
		RD_OPTION_ABSENT("x5u_acl", "write x5u_permit and x5u_deny"),                      \
		{ .name = "x5u_permit",                                                            \
		  .type = RD_OPTION_CUSTOM,                                                        \
		  .offset = PROFILE(sources.permit),                                               \
		  .parse = stir_networks_parse,                                                    \
		  .help = "networks inside that certificates may come from" },                     \
		{ .name = "x5u_deny",                                                              \
		  .type = RD_OPTION_CUSTOM,                                                        \
		  .offset = PROFILE(sources.deny),                                                 \
		  .parse = stir_networks_parse,                                                    \
		  .help = "networks outside that they may not come from" },                        \
	{                                                                                          \
		.name = "https_ca_file", .type = RD_OPTION_STRING,                                 \
		.offset = PROFILE(sources.ca_file),                                                \
		.pem = RD_PEM_OTHERS,                                                              \
		.help = "authorities of the servers that have them, instead of the system's"       \
	}

/* Nothing has a fallback here: what a section does not say stays. */
static const struct rd_option attestation[] = { { .name = "global_disable",
						  .type = RD_OPTION_BOOL,
						  .offset = PROFILE(signs_none),
						  .help = "sign nothing, whatever profiles say" },
						ATTEST_OPTIONS,
						{ 0 } };

static const struct rd_option verification[] = {
	{ .name = "global_disable",
	  .type = RD_OPTION_BOOL,
	  .offset = PROFILE(verifies_none),
	  .help = "verify nothing, whatever profiles say" },
	VERIFY_OPTIONS,
	{ 0 }
};

static const struct rd_option profile_options[] = {
	{ .name = "endpoint_behavior",
	  .type = RD_OPTION_ENUM,
	  .offset = PROFILE(behavior),
	  .names = behaviors,
	  .help = "off, attest (sign), verify, or on: both" },
	ATTEST_OPTIONS,
	VERIFY_OPTIONS,
	{ 0 }
};

static const struct rd_option tn_options[] = { SIGNER_OPTIONS(NUMBER), { 0 } };

static const char *const kinds[] = { "type", NULL };

struct reader {
	struct stir_settings *settings;
	struct rd_pool *pool;
	struct rd_config_report *report;
	const struct rd_config_section *attestation;
	struct stir_profile model; /* what is so where a profile says nothing */
	const char *examined; /* the URL that many profiles have of [attestation] */
};

static void complain(const struct reader *reader, const struct rd_config_section *section,
		     const char *option, const char *what, const char *why)
{
	const struct rd_config_line *line = rd_config_line_find(section, option);

	rd_config_error(reader->report, line ? line->file : rd_config_section_file(section),
			line ? line->line : rd_config_section_line(section), "%s: %s: %s%s%s",
			rd_config_section_name(section), option, what, why ? ": " : "",
			why ? why : "");
}

/* ---- keys and authorities ---- */

static bool is_p256(EVP_PKEY *key)
{
	char group[32];

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       (strcmp(group, "prime256v1") == 0 || strcmp(group, "P-256") == 0);
}

static int no_passphrase(char *buf, int size, int writes, void *arg)
{
	(void)buf, (void)size, (void)writes, (void)arg;
	return -1;
}

/* What is not absolute lies beside the file that says it. 0 or -ENOMEM. */
static int make_whole(const struct reader *reader, const char **path)
{
	if (!*path || **path == '/')
		return 0;
	*path = rd_pool_printf(reader->pool, "%s/%s", rd_directory("etc"), *path);
	return *path ? 0 : -ENOMEM;
}

static void load_key(const struct reader *reader, const struct rd_config_section *section,
		     struct stir_signer *signer)
{
	FILE *file = fopen(signer->key_file, "re");

	if (!file) {
		complain(reader, section, "private_key_file", signer->key_file,
			 rd_strerror(-errno));
		return;
	}
	signer->key = PEM_read_PrivateKey(file, NULL, no_passphrase, NULL);
	fclose(file);
	if (!signer->key || !is_p256(signer->key))
		complain(reader, section, "private_key_file", signer->key_file,
			 "a key of P-256 in PEM, without a passphrase, was expected");
}

/* A key alone tells nobody where its certificate is. */
static void check_signer(struct reader *reader, const struct rd_config_section *section,
			 struct stir_signer *signer, const char *https_ca_file)
{
	struct stir_sources any = { .any_port = true };
	const char *fault = signer->url ? stir_url_fault(&any, signer->url) : NULL;

	if (fault)
		complain(reader, section, "public_cert_url", signer->url, fault);
	if (signer->key_file && make_whole(reader, &signer->key_file) == 0)
		load_key(reader, section, signer);
	if (signer->url && !fault && signer->url != reader->examined) {
		const struct rd_config_line *line = rd_config_line_find(section, "public_cert_url");

		if (!line)
			line = rd_config_line_find(reader->attestation, "public_cert_url");
		stir_examine(signer, https_ca_file, line, reader->report);
		reader->examined = signer->url;
	}
}

static void load_store(const struct reader *reader, const struct rd_config_section *section,
		       struct stir_profile *profile)
{
	X509_STORE *store = profile->store = X509_STORE_new();

	if (!store) {
		complain(reader, section, "ca_file", "out of memory", NULL);
		return;
	}
	if (profile->system_authorities)
		X509_STORE_set_default_paths(store);
	if (profile->ca_file && X509_STORE_load_file(store, profile->ca_file) != 1)
		complain(reader, section, "ca_file", profile->ca_file,
			 "certificates in PEM were expected");
	if (profile->ca_path && X509_STORE_load_path(store, profile->ca_path) != 1)
		complain(reader, section, "ca_path", profile->ca_path, "it cannot be read");
	if (profile->crl_file && X509_STORE_load_file(store, profile->crl_file) != 1)
		complain(reader, section, "crl_file", profile->crl_file,
			 "revocations in PEM were expected");
	if (profile->crl_path && X509_STORE_load_path(store, profile->crl_path) != 1)
		complain(reader, section, "crl_path", profile->crl_path, "it cannot be read");
	if (profile->crl_file || profile->crl_path)
		X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

/* ---- sections ---- */

static bool says_type(const struct rd_config_section *section, const char *type)
{
	const char *said = rd_config_get(section, "type");

	return said && strcasecmp(said, type) == 0;
}

static void check_profile(struct reader *reader, const struct rd_config_section *section,
			  struct stir_profile *profile)
{
	bool signs = profile->behavior & STIR_SIGNS && !profile->signs_none;
	bool verifies = profile->behavior & STIR_VERIFIES && !profile->verifies_none;

	if (signs)
		check_signer(reader, section, &profile->signer, profile->sources.ca_file);
	if (signs && profile->signer.key_file && !profile->signer.url)
		complain(reader, section, "public_cert_url", "where is the certificate?", NULL);
	if (!verifies)
		return;
	load_store(reader, section, profile);
	if (!profile->ca_file && !profile->ca_path && !profile->system_authorities)
		complain(reader, section, "ca_file", "whom are we to believe?", NULL);
}

static int make_all_whole(const struct reader *reader, struct stir_profile *profile)
{
	const char **paths[] = { &profile->ca_file, &profile->ca_path, &profile->crl_file,
				 &profile->crl_path, &profile->sources.ca_file };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < RD_ARRAY_SIZE(paths); i++)
		rc = make_whole(reader, paths[i]);
	return rc;
}

static int read_profile(struct reader *reader, const struct rd_config_section *section)
{
	struct stir_profile *profile = rd_pool_zalloc(reader->pool, sizeof(*profile)), **last;

	if (!profile)
		return -ENOMEM;
	*profile = reader->model;
	profile->name = rd_pool_strdup(reader->pool, rd_config_section_name(section));
	if (!profile->name || rd_options_read(profile_options, section, kinds, profile,
					      reader->pool, reader->report) == -ENOMEM)
		return -ENOMEM;
	if (make_all_whole(reader, profile))
		return -ENOMEM;
	for (last = &reader->settings->profiles; *last;)
		last = &(*last)->next;
	*last = profile;
	check_profile(reader, section, profile);
	return 0;
}

static int read_number(struct reader *reader, const struct rd_config_section *section)
{
	struct stir_number *number = rd_pool_zalloc(reader->pool, sizeof(*number));
	char text[PASSPORT_PARTY];

	if (!number || rd_options_read(tn_options, section, kinds, number, reader->pool,
				       reader->report) == -ENOMEM)
		return -ENOMEM;
	if (!passport_number(text, sizeof(text), rd_str_of(rd_config_section_name(section)))) {
		complain(reader, section, "type", "the name of such a section is a number", NULL);
		return 0;
	}
	number->name = rd_pool_strdup(reader->pool, text);
	if (!number->name)
		return -ENOMEM;
	number->next = reader->settings->numbers;
	reader->settings->numbers = number;
	check_signer(reader, section, &number->signer, reader->model.sources.ca_file);
	return 0;
}

static int read_section(struct reader *reader, const struct rd_config_section *section)
{
	const char *name = rd_config_section_name(section);

	if (strcmp(name, "attestation") == 0 || strcmp(name, "verification") == 0)
		return 0;
	if (says_type(section, "profile"))
		return read_profile(reader, section);
	if (says_type(section, "tn"))
		return read_number(reader, section);
	if (strcmp(name, "general") == 0 || says_type(section, "store") ||
	    says_type(section, "certificate"))
		rd_config_warning(reader->report, rd_config_section_file(section),
				  rd_config_section_line(section),
				  "[%s] has no effect: Asterisk 22 has [attestation], "
				  "[verification], type=profile and type=tn",
				  name);
	else
		complain(reader, section, "type", "profile or tn was expected", NULL);
	return 0;
}

/* What is so where the file says nothing. */
static void begin(struct stir_profile *model)
{
	model->needs_list = model->needs_identity = true;
	model->max_age_ms = model->max_date_age_ms = 15000;
	model->cache_age_ms = 3600000;
	model->cache_size = 1000;
	model->sources.timeout_ms = 2000;
}

static int read_model(struct reader *reader, const struct rd_config *config, const char *name,
		      const struct rd_option *options)
{
	const struct rd_config_section *section = rd_config_find(config, name);

	return section && rd_options_read(options, section, kinds, &reader->model, reader->pool,
					  reader->report) == -ENOMEM
		       ? -ENOMEM
		       : 0;
}

static int read_all(struct reader *reader, const struct rd_config *config)
{
	const struct rd_config_section *section = NULL;
	int rc = read_model(reader, config, "attestation", attestation);

	reader->attestation = rd_config_find(config, "attestation");
	if (rc == 0)
		rc = read_model(reader, config, "verification", verification);
	if (rc == 0)
		rc = make_whole(reader, &reader->model.sources.ca_file);
	while (rc == 0 && (section = rd_config_next(config, section, NULL)))
		rc = read_section(reader, section);
	return rc;
}

/* Without the file there is no profile. */
int stir_settings_read(struct stir_settings *settings, struct rd_pool *pool,
		       struct rd_config_report *report)
{
	struct reader reader = { .settings = settings, .pool = pool, .report = report };
	struct rd_config *config;
	int rc = rd_config_load_merged(&config, STIR_CONF, RD_SECOND_JOINS, report);

	if (rc)
		return rc == -ENOMEM ? rc : 0;
	begin(&reader.model);
	rc = read_all(&reader, config);
	rd_config_unref(config);
	return rc;
}

void stir_settings_fini(struct stir_settings *settings)
{
	for (struct stir_profile *it = settings->profiles; it; it = it->next) {
		EVP_PKEY_free(it->signer.key);
		X509_STORE_free(it->store);
	}
	for (struct stir_number *it = settings->numbers; it; it = it->next)
		EVP_PKEY_free(it->signer.key);
}

const struct stir_profile *stir_profile_find(const struct stir_settings *settings, const char *name)
{
	const struct stir_profile *profile = settings->profiles;

	while (profile && strcmp(profile->name, name) != 0)
		profile = profile->next;
	return profile;
}

const struct stir_number *stir_number_find(const struct stir_settings *settings, const char *number)
{
	const struct stir_number *it = settings->numbers;

	while (it && strcmp(it->name, number) != 0)
		it = it->next;
	return it;
}

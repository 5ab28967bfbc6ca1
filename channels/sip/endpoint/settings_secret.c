/* Who has to know which password. Whoever has none must be known by his address: a
 * section of which neither can be told is an error. */
#include <ctype.h>
#include <string.h>

#include "channels/sip/endpoint/settings_secret.h"

/* One section being read. */
struct reader {
	struct sip_settings *settings;
	struct sip_endpoint *endpoint;
	const struct rd_config_section *section;
	struct rd_config_report *report;
};

static void complain(const struct reader *reader, const char *option, const char *what)
{
	const struct rd_config_section *section = reader->section;
	const struct rd_config_line *line = option ? rd_config_line_find(section, option) : NULL;

	rd_config_error(reader->report, line ? line->file : rd_config_section_file(section),
			line ? line->line : rd_config_section_line(section), "%s: %s%s%s",
			rd_config_section_name(section), option ? option : "",
			option ? ": " : "", what);
}

/* ---- algorithms ---- */

static unsigned named(struct rd_str name)
{
	if (rd_str_ieq(name, RD_STR("all")))
		return (1u << SIP_DIGEST_ALGORITHMS) - 1;
	if (rd_str_ieq(name, RD_STR("both")))
		return 1u << SIP_DIGEST_MD5 | 1u << SIP_DIGEST_SHA256;
	for (unsigned i = 0; i < SIP_DIGEST_ALGORITHMS; i++)
		if (rd_str_ieq(name, sip_digest_algorithm_name(i)))
			return 1u << i;
	return 0;
}

unsigned sip_digest_set_parse(struct rd_str names)
{
	struct rd_str name;
	unsigned set = 0, one;

	do {
		rd_str_cut(&names, ',', &name);
		one = named(rd_str_trim(name));
		set |= one;
	} while (one && names.n);
	return one ? set : 0;
}

int sip_secret_hash_parse(struct rd_str text, enum sip_digest_algorithm *algorithm,
			  struct rd_str *hex)
{
	struct rd_str name;
	unsigned i = 0;

	if (!rd_str_cut(&text, ':', &name))
		return -EINVAL;
	name = rd_str_trim(name);
	*hex = rd_str_trim(text);
	while (i < SIP_DIGEST_ALGORITHMS && !rd_str_ieq(name, sip_digest_algorithm_name(i)))
		i++;
	*algorithm = i;
	if (i == SIP_DIGEST_ALGORITHMS || hex->n != (i == SIP_DIGEST_MD5 ? 32 : 64))
		return -EINVAL;
	for (size_t k = 0; k < hex->n; k++)
		if (!isxdigit((unsigned char)hex->p[k]))
			return -EINVAL;
	return 0;
}

/* ---- hashes ---- */

static const char no_hash[] = "\"MD5:\", \"SHA-256:\" or \"SHA-512-256:\" and 32 or 64 "
			      "hexadecimal digits were expected";

static int hash_secret(struct reader *reader)
{
	struct sip_endpoint *endpoint = reader->endpoint;
	struct rd_str realm = rd_str_of(reader->settings->realm);
	struct rd_str secret = rd_str_of(endpoint->secret);

	for (unsigned i = 0; i < SIP_DIGEST_ALGORITHMS; i++)
		if (sip_settings_offer(reader->settings, i) &&
		    sip_digest_ha1(endpoint->ha1[i], i, sip_endpoint_user(endpoint), realm, secret))
			return -ENOMEM;
	return 0;
}

/* Digest compares in small letters. */
static void take_hash(struct reader *reader, const char *text)
{
	enum sip_digest_algorithm algorithm;
	struct rd_str hex;
	char *to;

	if (sip_secret_hash_parse(rd_str_of(text), &algorithm, &hex)) {
		complain(reader, "secret_hash", no_hash);
		return;
	}
	to = reader->endpoint->ha1[algorithm];
	for (size_t i = 0; i < hex.n; i++)
		to[i] = (char)tolower((unsigned char)hex.p[i]);
	to[hex.n] = '\0';
}

/* 0 or -ENOMEM. */
static int take_answers(struct reader *reader)
{
	const char *const *hash = reader->endpoint->answer_hashes;
	enum sip_digest_algorithm algorithm;
	struct rd_str hex;
	char *text;

	for (; hash && *hash; hash++) {
		if (sip_secret_hash_parse(rd_str_of(*hash), &algorithm, &hex)) {
			complain(reader, "answer_hash", no_hash);
			continue;
		}
		text = rd_pool_strndup(reader->settings->pool, hex.p, hex.n);
		if (!text)
			return -ENOMEM;
		for (size_t i = 0; i < hex.n; i++)
			text[i] = (char)tolower((unsigned char)text[i]);
		reader->endpoint->answer_ha1[algorithm] = text;
	}
	return 0;
}

/* Nobody may be asked for what cannot be checked. */
static void take_hashes(struct reader *reader)
{
	int errors = rd_config_errors(reader->report);

	for (const char *const *hash = reader->endpoint->secret_hashes; *hash; hash++)
		take_hash(reader, *hash);
	for (unsigned i = 0; i < SIP_DIGEST_ALGORITHMS; i++)
		if (rd_config_errors(reader->report) == errors &&
		    sip_settings_offer(reader->settings, i) && !reader->endpoint->ha1[i][0])
			complain(reader, "secret_hash", "there is none for each algorithm that "
							"\"digest\" of [global] names");
}

static int map_name(struct reader *reader)
{
	struct sip_settings *settings = reader->settings;
	struct rd_str realm = rd_str_of(settings->realm);
	char hash[SIP_DIGEST_HEX];

	for (unsigned i = 0; settings->hashed && i < SIP_DIGEST_ALGORITHMS; i++)
		if (sip_settings_offer(settings, i) &&
		    (sip_digest_userhash(hash, i, sip_endpoint_user(reader->endpoint), realm) ||
		     rd_map_set(settings->hashed, hash, reader->endpoint, NULL)))
			return -ENOMEM;
	return 0;
}

/* ---- a section ---- */

/* A phone may have a secret of its own though its template has a file; a file that it
 * names itself is meant to be read. */
static void check_file(const struct reader *reader)
{
	const struct rd_config_line *line = rd_config_line_find(reader->section, "secret_file");

	if (!line->inherited)
		rd_config_warning(reader->report, line->file, line->line,
				  "%s: secret_file is not read: there is a \"secret\"",
				  rd_config_section_name(reader->section));
}

/* 0; -EINVAL (reported) or -ENOMEM. */
static int read_file(struct reader *reader, struct sip_secrets **files)
{
	struct sip_endpoint *endpoint = reader->endpoint;
	const char *why = NULL;
	int rc;

	if (!endpoint->secret_file)
		return 0;
	if (endpoint->secret) {
		check_file(reader);
		return 0;
	}
	rc = sip_secrets_find(files, reader->settings->pool, endpoint->secret_file,
			      endpoint->name, &endpoint->secret, &why);
	if (rc && rc != -ENOMEM) {
		complain(reader, "secret_file", why);
		rc = -EINVAL;
	}
	return rc;
}

static bool is_known_without(const struct reader *reader)
{
	const struct sip_endpoint *endpoint = reader->endpoint;

	return endpoint->certificates ||
	       (endpoint->trust_match && (endpoint->match || endpoint->names || endpoint->host ||
					  rd_config_get(reader->section, "match_header")));
}

int sip_secret_read(struct sip_settings *settings, struct sip_endpoint *endpoint,
		    const struct rd_config_section *section, struct sip_secrets **files,
		    struct rd_config_report *report)
{
	struct reader reader = { settings, endpoint, section, report };
	int rc = read_file(&reader, files);
	bool as_text = endpoint->secret && endpoint->secret[0];

	if (rc)
		return rc == -ENOMEM ? rc : 0;
	if (take_answers(&reader))
		return -ENOMEM;
	endpoint->has_secret = as_text || (endpoint->secret_hashes && *endpoint->secret_hashes);
	if (!endpoint->has_secret) {
		if (!is_known_without(&reader))
			complain(&reader, NULL, "\"secret\", \"secret_file\", \"secret_hash\", "
						"\"match\" or \"match_certificate\" was expected");
		return 0;
	}
	if (as_text)
		rc = hash_secret(&reader);
	else
		take_hashes(&reader);
	return rc ? rc : map_name(&reader);
}

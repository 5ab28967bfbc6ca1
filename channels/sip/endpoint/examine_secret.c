/* Secrets of sip.conf, whichever way it gives them: what is guessed, and what is had twice. */
#include <string.h>

#include <ringdown/secret.h>

#include "channels/sip/endpoint/examine.h"

/* ---- what is guessed ---- */

static const char *weakness(const struct sip_endpoint *endpoint)
{
	const char *const names[] = { endpoint->name, endpoint->auth_user, endpoint->username };
	const char *why = NULL;

	for (size_t i = 0; !why && i < RD_ARRAY_SIZE(names); i++)
		why = rd_secret_weakness(endpoint->secret, names[i]);
	return why;
}

static bool is_hash_of(const struct sip_settings *settings, const struct sip_endpoint *endpoint,
		       const char *guess)
{
	struct rd_str realm = rd_str_of(settings->realm);
	char hex[SIP_DIGEST_HEX];

	for (unsigned i = 0; i < SIP_DIGEST_ALGORITHMS; i++)
		if (sip_settings_offer(settings, i) &&
		    sip_digest_ha1(hex, i, sip_endpoint_user(endpoint), realm, rd_str_of(guess)) ==
			    0 &&
		    strcmp(hex, endpoint->ha1[i]) == 0)
			return true;
	return false;
}

/* A hash does not tell, but whoever tries finds out. */
static const char *weakness_of_hash(const struct sip_settings *settings,
				    const struct sip_endpoint *endpoint)
{
	const char *guess;

	if (is_hash_of(settings, endpoint, endpoint->name) ||
	    (endpoint->auth_user && is_hash_of(settings, endpoint, endpoint->auth_user)))
		return "that of the name";
	for (size_t i = 0; (guess = rd_secret_usual(i)); i++)
		if (is_hash_of(settings, endpoint, guess))
			return "that of a word that every scanner tries";
	return NULL;
}

static void examine_one(const struct sip_settings *settings, const struct sip_endpoint *endpoint,
			struct rd_config_report *report)
{
	bool is_text = endpoint->secret && *endpoint->secret;
	const char *why = NULL;

	if (is_text)
		why = weakness(endpoint);
	else if (endpoint->has_secret)
		why = weakness_of_hash(settings, endpoint);
	if (why)
		rd_config_warning(report, endpoint->file, endpoint->line,
				  "[%s] %s: it is %s; \"openssl rand -base64 18\" makes a good one",
				  endpoint->name, is_text ? "secret" : "secret_hash", why);
}

/* ---- what is had twice ---- */

struct shared {
	const struct sip_endpoint *first, *second;
	unsigned count;
};

static void note(struct rd_map *by_secret, struct rd_pool *pool,
		 const struct sip_endpoint *endpoint)
{
	struct shared *shared = rd_map_get(by_secret, endpoint->secret);

	if (!shared) {
		shared = rd_pool_zalloc(pool, sizeof(*shared));
		if (!shared || rd_map_set(by_secret, endpoint->secret, shared, NULL))
			return;
		shared->first = endpoint;
	} else if (!shared->second) {
		shared->second = endpoint;
	}
	shared->count++;
}

static void tell_shared(const struct shared *shared, struct rd_config_report *report)
{
	rd_config_warning(report, shared->first->file, shared->first->line,
			  "[%s] secret: %u phones have it, [%s] among them: who learns it at one "
			  "calls as each",
			  shared->first->name, shared->count, shared->second->name);
}

/* A provider gives one to all lines of an account; phones have their own. */
static bool is_phone(const struct sip_endpoint *endpoint)
{
	return endpoint->type == SIP_SECTION_PHONE && endpoint->secret && *endpoint->secret;
}

static void examine_shared(const struct sip_settings *settings, struct rd_config_report *report)
{
	const struct shared *shared;
	struct rd_map *by_secret = NULL;
	struct rd_pool *pool;

	if (rd_pool_new(&pool, 0))
		return;
	if (rd_map_new(&by_secret, 0) == 0)
		for (const struct sip_endpoint *it = settings->first; it; it = it->next)
			if (is_phone(it))
				note(by_secret, pool, it);
	for (const struct sip_endpoint *it = settings->first; by_secret && it; it = it->next) {
		shared = is_phone(it) ? rd_map_get(by_secret, it->secret) : NULL;
		if (shared && shared->second && shared->first == it)
			tell_shared(shared, report);
	}
	rd_map_free(by_secret);
	rd_pool_free(pool);
}

void sip_secrets_examine(const struct sip_settings *settings, struct rd_config_report *report)
{
	for (const struct sip_endpoint *it = settings->first; it; it = it->next)
		examine_one(settings, it, report);
	examine_shared(settings, report);
}
